/* receipt: the shape of a decision's receipt. The order of members is part of the hash. */
#include "services/approvals/receipt.h"

enum { CHECK_COUNT_MAX = 32, RULE_COUNT_MAX_RECEIPT = 100, ROLE_COUNT_MAX = 64 };
enum { PERSON_COUNT_MAX = 50 };

static const struct member check_members[] = {
    MEMBER(struct receipt_check, check, REQUIRED, 1, 64, NULL),
    MEMBER(struct receipt_check, verdict, REQUIRED, 1, 64, "ok, or the code of the refusal"),
    MEMBER(struct receipt_check, why, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
static const struct shape check_shape =
    SHAPE("receipt_check", struct receipt_check, check_members, NULL);
static const struct member rule_members[] = {
    MEMBER(struct receipt_rule, rule, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt_rule, verdict, REQUIRED, 1, 64, "matched, not_matched"),
    MEMBER(struct receipt_rule, why, REQUIRED, 1, 64, NULL),
    MEMBER_AMOUNT(struct receipt_rule, over, REQUIRED, 0, DECIMALS_MAX, NULL),
};
static const struct shape rule_shape =
    SHAPE("receipt_rule", struct receipt_rule, rule_members, NULL);
static const struct member role_members[] = {
    MEMBER(struct receipt_role, tier, REQUIRED, 1, TIER_COUNT_MAX, NULL),
    MEMBER(struct receipt_role, role, REQUIRED, 1, TEXT_SIZE_MAX, NULL),
    MEMBER_TEXTS(struct receipt_role, approvers, OPTIONAL, 0, PERSON_COUNT_MAX, NULL),
};
static const struct shape role_shape =
    SHAPE("receipt_role", struct receipt_role, role_members, NULL);
#define FIGURE(m)                                                                                  \
    MEMBER_AMOUNT(struct receipt_credit, m, REQUIRED, -AMOUNT_MICRO_MAX, DECIMALS_MAX, NULL)
static const struct member credit_members[] = {
    MEMBER(struct receipt_credit, currency, REQUIRED, 3, 3, NULL),
    FIGURE(limit),
    FIGURE(tolerance),
    MEMBER(struct receipt_credit, unlimited, OPTIONAL, 0, 0, NULL),
    FIGURE(amount),
    FIGURE(available_before),
    FIGURE(reserved_before),
    FIGURE(committed_before),
    FIGURE(posted_before),
    FIGURE(reserved_after),
    FIGURE(committed_after),
    FIGURE(posted_after),
};
static const struct shape credit_shape =
    SHAPE("receipt_credit", struct receipt_credit, credit_members, NULL);

static const struct member receipt_members[] = {
    MEMBER(struct receipt, step, REQUIRED, 1, 64, NULL),
    MEMBER(struct receipt, outcome, REQUIRED, 1, 64, NULL),
    MEMBER(struct receipt, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct receipt, account_version, OPTIONAL, 0, INT64_MAX, NULL),
    MEMBER(struct receipt, decided_at, REQUIRED, 0, 0, NULL),
    MEMBER(struct receipt, content_hash, OPTIONAL, 0, 64, NULL),
    MEMBER(struct receipt, unit, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, buyer, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, principal, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, actor, OPTIONAL, 0, 32, NULL),
    MEMBER(struct receipt, sales_rep, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, payment_term, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct receipt, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct receipt, total, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct receipt, dry_run, OPTIONAL, 0, 0, NULL),
    MEMBER_OBJECT(struct receipt, decision, OPTIONAL, &approval_shape, NULL),
    MEMBER_LIST(struct receipt, checks, OPTIONAL, 0, CHECK_COUNT_MAX, &check_shape, NULL),
    MEMBER_LIST(struct receipt, rules, OPTIONAL, 0, RULE_COUNT_MAX_RECEIPT, &rule_shape, NULL),
    MEMBER_LIST(struct receipt, roles, OPTIONAL, 0, ROLE_COUNT_MAX, &role_shape, NULL),
    MEMBER_OBJECT(struct receipt, credit, OPTIONAL, &credit_shape, NULL),
    MEMBER(struct receipt, previous, OPTIONAL, 64, 64, NULL),
};
const struct shape receipt_shape =
    SHAPE("approvals_receipt", struct receipt, receipt_members, "Why it was decided so.");

struct decimal decimal_of(int64_t micro)
{
    return (struct decimal){.micro = micro, .present = true};
}

struct receipt_credit *receipt_credit_of(struct str currency, const struct credit *before,
                                         const struct credit *after, int64_t amount,
                                         struct arena *a)
{
    struct receipt_credit *credit = arena_new(a, struct receipt_credit);
    *credit = (struct receipt_credit){
        .currency = currency,
        .limit = decimal_of(before->limit),
        .tolerance = decimal_of(before->tolerance),
        .unlimited = before->unlimited,
        .amount = decimal_of(amount),
        .available_before = decimal_of(credit_available(before)),
        .reserved_before = decimal_of(before->reserved),
        .committed_before = decimal_of(before->committed),
        .posted_before = decimal_of(before->posted),
        .reserved_after = decimal_of(after->reserved),
        .committed_after = decimal_of(after->committed),
        .posted_after = decimal_of(after->posted),
    };
    return credit;
}
