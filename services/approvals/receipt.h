/* receipt: one decision with all that it looked at, as canonical JSON that anyone can hash again
 * (SHA-256 of the text). Pure. Amounts are in the currency named beside them. */
#ifndef SERVICES_APPROVALS_RECEIPT_H
#define SERVICES_APPROVALS_RECEIPT_H

#include "services/approvals/rows.h"

struct receipt_check {
    struct str check;   /* account, buyer, credit, ... */
    struct str verdict; /* "ok", or the code of the refusal */
    struct str why;
};
struct receipt_rule {
    struct str rule;
    struct str verdict; /* matched, not_matched */
    struct str why;     /* over, not_over, other_currency, other_unit, not_active */
    struct money over;
};
struct receipt_role {
    int64_t tier;
    struct str role;
    struct str *approvers; /* who could say yes, bounded */
    size_t approvers_count;
};
struct receipt_credit {
    struct str currency;
    struct decimal limit, tolerance;
    bool unlimited;
    struct decimal amount; /* asked, or moved */
    struct decimal available_before;
    struct decimal reserved_before, committed_before, posted_before;
    struct decimal reserved_after, committed_after, posted_after;
};
struct receipt {
    struct str step;    /* request, approve, reject, expire, reduce, release */
    struct str outcome; /* the state it led to */
    struct str account, order;
    int64_t version, account_version;
    struct instant decided_at;
    struct str content_hash, unit, buyer, principal, actor, sales_rep, payment_term, cause;
    struct money total;
    bool dry_run;
    struct approval *decision; /* approve, reject */
    struct receipt_check *checks;
    size_t checks_count;
    struct receipt_rule *rules;
    size_t rules_count;
    struct receipt_role *roles;
    size_t roles_count;
    struct receipt_credit *credit;
    struct str previous; /* hash of the order's receipt before this one */
};
extern const struct shape receipt_shape;

struct receipt_credit *receipt_credit_of(struct str currency, const struct credit *before,
                                         const struct credit *after, int64_t amount,
                                         struct arena *a);
struct decimal decimal_of(int64_t micro);

#endif
