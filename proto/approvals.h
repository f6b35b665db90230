/* approvals: what travels about accounts, credit, and who must say yes. */
#ifndef PROTO_APPROVALS_H
#define PROTO_APPROVALS_H

#include "proto/order.h"
#include "proto/parts.h"

struct account_unit {
    struct str unit, parent, name,
        status; /* parent absent = top; status active (default), inactive */
};
struct account_user {
    struct str user, name, unit, status;
    struct str *roles; /* roles are data: "buyer", "approver", "finance", ... */
    size_t roles_count;
};
struct rule_tier {
    struct str
        *roles; /* one yes of one person of each role group; AND of groups, a group is one role */
    size_t roles_count;
};
struct approval_rule {       /* "over amount X, role R must approve" */
    struct str rule;         /* id */
    struct str unit;         /* absent: the whole account; else this unit and those below */
    struct money over;       /* strict >; on the order's total */
    struct rule_tier *tiers; /* in order; all required */
    size_t tiers_count;
    int64_t expire_seconds; /* per tier; 0 = 72 h; reminder at half */
    struct str status;
};
extern const struct shape account_unit_shape, account_user_shape, rule_tier_shape,
    approval_rule_shape;

struct account_put {
    struct str account;
    struct str principal, idempotency_key;
    struct str name, status;   /* absent: unchanged; status active, hold, closed */
    struct str currency;       /* of credit; required when the account is new */
    struct money credit_limit; /* absent: unchanged; new: 0, nothing on credit */
    struct money tolerance;
    bool credit_unlimited;      /* true: no limit is judged (used is kept all the same) */
    struct account_unit *units; /* added or replaced by id */
    size_t units_count;
    struct account_user *users;
    size_t users_count;
    struct approval_rule *rules;
    size_t rules_count;
    struct str *payment_terms; /* allowed; present replaces; none = every term */
    size_t payment_terms_count;
};
extern const struct shape account_put_shape;
extern const struct message_type type_account_put;

struct payment_record { /* money came in: reduces what is posted */
    struct str account, principal, idempotency_key;
    struct money amount;
    struct str reference;
};
extern const struct shape payment_record_shape;
extern const struct message_type type_payment_record;

struct approval_decide { /* approval.approve.v1, approval.reject.v1 */
    struct str account, order;
    struct str principal; /* the person who decides */
    struct str idempotency_key;
    struct str content_hash; /* what was seen; a yes to something else is refused */
    struct str comment;
};
extern const struct shape approval_decide_shape;
extern const struct message_type type_approval_approve, type_approval_reject;

/* --- requests of orders, key account */
struct authorization_request {
    struct str account, order, unit, buyer, principal, actor, sales_rep, payment_term;
    int64_t version;
    struct money total;
    struct str content_hash;
    struct instant placed_at;
    bool dry_run;
    bool commit;      /* request: what is granted is committed at once, with no commit to follow */
    struct str cause; /* release, reduce: cancelled, refused, expired, rejected, short */
    struct str purchase_order, reference;
};
extern const struct shape authorization_request_shape;
extern const struct message_type type_authorization_request, /* judge and hold credit */
    type_authorization_commit,  /* confirmed: the hold becomes committed */
    type_authorization_reduce,  /* content version+1 is cheaper: shrink the hold or commitment to
                                   `total` */
    type_authorization_release, /* give back what is held or committed */
    type_authorization_settle;  /* closed: what is committed becomes posted receivable */

/* --- answers, key order */
struct waiting_tier {
    int64_t tier;
    struct str *roles; /* still needed */
    size_t roles_count;
    struct str *approvers; /* users who could say yes */
    size_t approvers_count;
};
struct authorization_told {
    struct str order, account;
    int64_t version;
    struct str content_hash;
    struct money total;
    struct waiting_tier *waiting; /* pending, reminded; dry run: what would be asked */
    size_t waiting_count;
    struct approval *approvals;
    size_t approvals_count;
    struct reason *reasons;
    size_t reasons_count;
    struct money limit, reserved, committed,
        posted; /* of the account after this; seller's staff only */
    struct str receipt_hash;
    struct instant expires_at;
    bool dry_run;
    struct str cause;
    struct str unit; /* the buyer's, when the order named none */
};
extern const struct shape authorization_told_shape;
extern const struct message_type type_authorization_granted, type_authorization_pending,
    type_authorization_reminded,
    type_authorization_refused,  /* a rule, credit, an unknown account or buyer */
    type_authorization_rejected, /* a person said no */
    type_authorization_expired, type_authorization_committed, type_authorization_reduced,
    type_authorization_released, type_authorization_settled;

/* --- facts, key account */
struct account_told {
    struct str account, name, status, currency;
    struct money limit, tolerance, reserved, committed, posted;
    int64_t version;
    struct str cause; /* put, payment, credit_warning_80, credit_warning_95 */
};
extern const struct shape account_told_shape;
extern const struct message_type type_account_changed, type_account_paid, type_credit_warned;
extern const struct message_type type_approvals_command_accepted, type_approvals_command_refused;

#endif
