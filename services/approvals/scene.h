/* scene: one input and the rows it is about, as all handlers see them. Rows that are not there are
 * NULL. Pure: everything goes through the fold. */
#ifndef SERVICES_APPROVALS_SCENE_H
#define SERVICES_APPROVALS_SCENE_H

#include "services/approvals/judge.h"

struct scene {
    struct fold *fold;
    const struct input *in;
    struct arena *arena;
    struct str account_id, order;
    const struct account *account;
    const struct authorization *authorization;
};
struct scene scene_of(struct fold *f, const struct input *in, struct str account, struct str order);
/* The account's charter: large, so it is fetched only by what looks at people or rules. */
const struct charter *scene_charter(struct scene *s);

/* Timers of an order that waits: one of each kind, moved at each tier. */
#define TIMER_REMINDER "approval_reminder"
#define TIMER_EXPIRY   "approval_expiry"

/* Keys of what a step leaves behind, each once: "order/<id>/<version>/<step>" of a posting,
 * "<version>/<step>" of a receipt, with tier and person behind it for what a person decided. */
struct str posting_cause(struct arena *a, struct str order, int64_t version, const char *step);
struct str payment_cause(struct arena *a, const struct payment_record *payment);
struct str receipt_step(struct arena *a, int64_t version, const char *step);
struct str decision_step(struct arena *a, const struct authorization *auth, const char *step,
                         struct str user);

/* --- what one input does to the rows */

struct ledger_entry {
    enum posting_kind kind;
    struct str cause; /* of posting_cause or payment_cause */
    struct str order; /* STR_NONE: a payment */
    int64_t amount;   /* 0: nothing to post */
    bool committed;   /* reduce, release: taken from what is committed */
    struct str why;
};
bool ledger_posted(struct scene *s, struct str cause);
/* Posts once: a cause that was posted before changes nothing. Returns the change for the receipt.
 * The account must exist. An impossible sum poisons the input. */
struct receipt_credit *ledger_post(struct scene *s, const struct ledger_entry *e);
/* Tells a fact about the account, as it is now. */
void account_tell(struct scene *s, const struct message_type *type, struct str cause);
/* Tells credit.warned, when 80 or 95 % was crossed upwards since the last time. */
void credit_watch(struct scene *s);

/* Completes and keeps a receipt; its hash becomes the authorization's. */
void receipt_keep(struct scene *s, struct authorization *auth, struct str step,
                  struct receipt *receipt);
/* The same without keeping: for dry runs. */
struct str receipt_hash_only(struct scene *s, struct receipt *receipt);
/* A receipt of the row's order, to be completed by the caller. */
struct receipt receipt_begin(const struct scene *s, const struct authorization *auth,
                             const char *step);

/* --- telling */

/* The account's figures, as they are now. */
void told_figures(struct scene *s, struct authorization_told *told);
/* The row as it stands now, with `version` of the message that is answered. */
struct authorization_told told_of(struct scene *s, const struct authorization *auth,
                                  int64_t version);
/* Tells it in the sequence of the order's row. */
void authorization_tell(struct scene *s, const struct message_type *type,
                        const struct authorization_told *told);
struct rule_case rule_case_of(struct scene *s, const struct authorization *auth);

#endif
