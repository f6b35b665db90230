/* rows: what approvals keeps. Amounts are millionths of the account's currency; texts and arrays
 * live in the arena of the batch. */
#ifndef SERVICES_APPROVALS_ROWS_H
#define SERVICES_APPROVALS_ROWS_H

#include "common/entity.h"
#include "common/fold.h"
#include "common/limits.h"
#include "proto/approvals.h"
#include "services/approvals/credit.h"
#include "services/approvals/states.h"

enum account_status { ACCOUNT_ABSENT = 0, ACCOUNT_ACTIVE, ACCOUNT_HOLD, ACCOUNT_CLOSED };
extern const char *const account_status_names[4];

/* The hot row of an account: what its money does. Key: account. */
struct account {
    struct str account, name;
    enum account_status status;
    struct str currency;
    struct credit credit;
    int64_t version;       /* account.put commands taken */
    int64_t warned;        /* credit level told last: 0, 80 or 95 */
    int64_t posting_count; /* number of the last posting */
    struct chain chain;
};

struct term { /* a payment term that the account may name */
    struct str term;
};

/* The cold row of an account: who belongs to it and what they agreed. It is read with each order
 * and written by account.put only, so that a large company costs nothing at each hold. Key:
 * account. */
struct charter {
    struct str account;
    struct account_unit *units;
    size_t units_count;
    struct account_user *users;
    size_t users_count;
    struct approval_rule *rules;
    size_t rules_count;
    struct term *payment_terms;
    size_t payment_terms_count;
};

struct flow_group { /* one yes that is needed */
    struct str role;
    struct str user; /* who gave it; absent: open */
};
struct flow_tier {
    int64_t tier; /* 1.. */
    int64_t expire_seconds;
    struct flow_group *groups;
    size_t groups_count;
    struct str *approvers; /* who could say yes when this tier was last looked at; bounded */
    size_t approvers_count;
};
struct pinned_rule { /* a rule that matched when the order was judged */
    struct str rule;
};
struct path_unit { /* the order's unit first, then its parents, as they were then */
    struct str unit;
};
extern const struct shape flow_tier_shape;

/* Key: account, order_id. */
struct authorization {
    struct str account, order_id;
    int64_t version;
    enum authorization_state state;
    int64_t total; /* what is held, committed or was settled; what was asked, when refused */
    struct str currency, content_hash;
    struct str buyer, principal, sales_rep, unit, payment_term, purchase_order, reference;
    bool commits;            /* it is committed as soon as it is granted */
    int64_t account_version; /* the account's when it was judged: pins rules and tree */
    struct path_unit *path;
    size_t path_count;
    struct pinned_rule *rules;
    size_t rules_count;
    struct flow_tier *tiers;
    size_t tiers_count;
    int64_t tier; /* current; 0: nobody is asked */
    struct approval *approvals;
    size_t approvals_count;
    struct reason *reasons;
    size_t reasons_count;
    struct instant judged_at, expires_at; /* expires_at: of the current tier; absent when closed */
    struct str cause;                     /* why it ended: cancelled, expired, ... */
    struct sha256 receipt_hash;           /* of the last decision */
    int64_t receipt_count;
    struct chain chain;
};

/* One change of an account's money; never changed. Key: account, cause. */
struct posting {
    struct str account, cause; /* "order/<id>/<version>/<step>" or "payment/..." */
    int64_t number;            /* 1.. in the account, without gaps */
    enum posting_kind kind;
    struct str order_id; /* absent: a payment */
    int64_t amount;      /* more than zero */
    struct str currency;
    struct credit_change change; /* signed */
    int64_t reserved_after, committed_after, posted_after;
    struct str why; /* release: cancelled, rejected, ...; payment: its reference */
    struct instant posted_at;
};

/* One decision with all that it looked at; never changed. Key: account, order_id, step. */
struct receipt_row {
    struct str account, order_id, step; /* "1/request", "1/approve/2/alice" */
    int64_t number;                     /* 1.. in the order */
    struct str receipt;                 /* canonical JSON (receipt.h) */
    struct sha256 receipt_hash;
    struct instant decided_at;
};

extern const struct entity entity_account, entity_charter, entity_authorization, entity_posting,
    entity_receipt;

#endif
