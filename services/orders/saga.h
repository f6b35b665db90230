/* saga: the steps of an order, one file each, and what they share while one input is decided. A
 * step takes the row for change, asks the next service, tells what happened. */
#ifndef SERVICES_ORDERS_SAGA_H
#define SERVICES_ORDERS_SAGA_H

#include "proto/approvals.h"
#include "proto/catalog.h"
#include "proto/fulfilment.h"
#include "proto/pricing.h"
#include "services/orders/machine.h"

struct saga {
    struct fold *fold;
    const struct input *in;
    struct order_row *row; /* for change */
    struct arena *arena;   /* the batch's */
};

/* Lines of one answer and how much of each. */
struct touched {
    struct line_quantity *lines;
    size_t count;
};

/* --- amounts.c: money of the row. */
struct money row_money(const struct order_row *row, int64_t micro);
/* The unit in which an amount is split: the currency's smallest, or a millionth when the amount is
 * finer than that. */
int64_t amount_step(const struct order_row *row, int64_t micro);
/* Takes `taken` micro of the line's quantity, and what it costs, out of the line (F19). */
void line_shrink(struct saga *s, struct order_line *line, int64_t taken);
/* Sums of lines and sub-orders into the header; sub-orders of which nothing is left lose their
 * charges. */
void totals_sum(struct saga *s);
bool anything_left(const struct order_row *row); /* a line with a quantity, not ended without one */

/* --- content.c: hashes. */
struct sha256 content_hash(const struct order_row *row, struct arena *a);
struct sha256 command_hash(const struct message_type *type, const struct order_submit *body,
                           struct arena *a);

/* --- size.c: every event of an order that was taken fits (EVENT_SIZE_MAX), whatever comes. */
enum {
    NAME_SIZE_MAX = 200,          /* bytes in JSON, as are all of these: a product's name */
    NAME_SIZE_CROWDED = 100,      /* the same in an order of more lines than LINES_ALWAYS_FIT */
    SHIPMENT_SIZE_MAX = 100,      /* carrier and tracking number, as the row keeps the last */
    COMMENT_SIZE_MAX = 200,       /* an approver's, as the row keeps it */
    REASON_TEXT_SIZE_MAX = 1024,  /* text of one reason */
    REASONS_SIZE_MAX = 96 * 1024, /* all reasons that an order keeps */
    LINES_ALWAYS_FIT = 100        /* with so many lines an order fits in any case */
};
/* Cut at a whole character so that it takes at most so many bytes between its quotes. */
struct str text_cut(struct str text, size_t size_max);
size_t reason_size(const struct reason *reason); /* about: never less than it takes */
/* Whether the largest snapshot that may follow fits, as far as it is known by now: amounts count
 * once the row is priced. */
bool order_fits(const struct saga *s);
extern const struct reason reason_too_large;

/* --- lines.c */
struct order_line *line_find(struct order_row *row, int64_t number); /* NULL: none */
struct str line_path(const struct saga *s, const struct order_line *line, const char *member);
/* To the row's, copied. Beyond REASONS_SIZE_MAX a last one says that there are more. */
void reason_add(struct saga *s, const struct reason *reason);
void reasons_add(struct saga *s, const struct reason *reasons, size_t count);
void state_set(struct order_row *row); /* header and sub-orders, from the lines */

/* --- tell.c: facts, notices, snapshots. Members of `more` that are set replace the row's own. */
struct str tell_fact(struct saga *s, const struct message_type *type,
                     const struct order_fact *more);
/* The order as it is now, encoded: what can be told more than once while nothing of it changes. */
struct str snapshot_text(const struct saga *s);
struct str tell_snapshot(struct saga *s, const struct message_type *type, struct str snapshot);
void tell_state(struct saga *s); /* orders.state.v1 */
void tell_state_as(struct saga *s, struct str snapshot);
void tell_repeat(struct saga *s, const struct message_type *type);
struct notice_text {
    const char *kind;
    struct str cause, text;
};
void tell_buyer(struct saga *s, const struct notice_text *n);
void tell_person(struct saga *s, struct str recipient, const struct notice_text *n);
void ask(struct saga *s, const struct message_type *type, const void *body);

/* --- submit.c, cancel.c: commands. */
void submit_decide(struct fold *f, const struct input *in);
void cancel_decide(struct fold *f, const struct input *in);

/* --- price_step.c */
void price_ask(struct saga *s);
void price_told(struct saga *s, const void *quote_told);
void price_refused(struct saga *s, const void *quote_told);

/* --- authorize_step.c. The body of each answer is a struct authorization_told. */
void authorize_ask(struct saga *s);
void authorize_granted(struct saga *s, const void *told);
void authorize_pending(struct saga *s, const void *told);
void authorize_reminded(struct saga *s, const void *told);
void authorize_refused(struct saga *s, const void *told);
void authorize_rejected(struct saga *s, const void *told);
void authorize_expired(struct saga *s, const void *told);
void authorize_late_yes(struct saga *s, const void *told);
void authorize_late_no(struct saga *s, const void *told);
void credit_give_back(struct saga *s, struct str cause); /* once, and only what is held */
void credit_shrink(struct saga *s, struct str cause);    /* to the row's total */
void credit_commit(struct saga *s); /* at confirm, unless it was granted committed */
void credit_settle(struct saga *s);

/* --- reserve_step.c. The body of each answer is a struct reservation_told. */
void reserve_ask(struct saga *s);
void reserve_reserved(struct saga *s, const void *told);
void reserve_refused(struct saga *s, const void *told);
void reserve_expired(struct saga *s, const void *told);
void reserve_late_yes(struct saga *s, const void *told);
void reserve_late_no(struct saga *s, const void *told);
struct reservation *reservation_find(struct order_row *row, struct str node); /* NULL: none */
/* Before confirm: all that is held, and what was committed where it was reserved. */
void stock_give_back(struct saga *s, struct str cause);
/* Part of a committed reservation: quantities per line. */
void stock_give_back_lines(struct saga *s, struct str node, const struct touched *lines,
                           struct str cause);
void stock_commit(struct saga *s); /* at confirm, what was not reserved committed */

/* --- confirm.c, split.c, payable.c */
void order_confirm(struct saga *s);
void order_split(struct saga *s); /* sub-orders, amounts moved (F28) */
void payable_ask(struct saga *s); /* names the notice that it replaces, if any */

/* --- fulfil.c: what sellers answer; cancel.c: when they stop. */
void fulfil_answered(struct saga *s, const void *fulfilment_answer);
/* Takes what is not shipped of a line out of the order; adds it to `out` when there was any. */
void line_take(struct saga *s, struct order_line *line, int64_t wanted, enum line_cause cause,
               struct touched *out);
/* What follows when lines of a sub-order were taken out after confirm: version, amounts, stock,
 * credit, the payer. */
void content_shrunk(struct saga *s, const struct sub_order *sub, const struct touched *taken,
                    struct str cause);
void cancel_done(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t);
void cancel_declined(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t);

/* --- remind.c: sellers who do not answer (F27). */
enum {
    REMINDER_HOURS = 24,  /* after confirm: the seller is reminded */
    ESCALATION_HOURS = 48 /* after confirm: the seller's staff hear of it */
};
void sellers_await(struct saga *s); /* at confirm: a clock for each sub-order */
/* Stops the sub-order's clock when none of its lines waits for its seller any more. */
void seller_heard(struct saga *s, const struct sub_order *sub);
void remind_needs(struct fold *f, const struct input *in);
void remind_decide(struct fold *f, const struct input *in);

/* --- end.c: how an order ends. Each ends the saga and gives back what is held. */
void order_refuse(struct saga *s); /* for the row's reasons; a preview ends as previewed */
void order_expire(struct saga *s);
void order_cancel(struct saga *s); /* before confirm */
/* After confirm, when every line has ended. `told`: the end is told already (order.cancelled). */
void order_end_if_over(struct saga *s, bool told);
void preview_end(struct saga *s, enum order_state outcome);
struct str end_cause(const struct order_row *row); /* names the posting of a late release */

#endif
