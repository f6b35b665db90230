/* approvals: shapes and types of accounts, credit and authorisations. */
#include "proto/approvals.h"

#include "common/limits.h"
#include "proto/rights.h"
#include "proto/type_table.h"

enum {
    RULE_COUNT_MAX = 100,
    ROLE_COUNT_MAX = 32,
    EXPIRE_SECONDS_MAX = 365 * 86400,
    APPROVAL_COUNT_MAX = 64
};
enum { TERM_COUNT_MAX = 32, APPROVER_COUNT_MAX = 50 };

static const struct member account_unit_members[] = {
    MEMBER(struct account_unit, unit, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_unit, parent, OPTIONAL, 1, ID_SIZE_MAX, "absent: top"),
    MEMBER(struct account_unit, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct account_unit, status, OPTIONAL, 1, 32,
           "active (default) or inactive: may not order"),
};
const struct shape account_unit_shape =
    SHAPE("account_unit", struct account_unit, account_unit_members, NULL);
static const struct member account_user_members[] = {
    MEMBER(struct account_user, user, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_user, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct account_user, unit, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_user, status, OPTIONAL, 1, 32, "active (default) or inactive"),
    MEMBER_TEXTS(struct account_user, roles, OPTIONAL, 0, ROLE_COUNT_MAX,
                 "buyer may order; others are yours"),
};
const struct shape account_user_shape =
    SHAPE("account_user", struct account_user, account_user_members, NULL);
static const struct member rule_tier_members[] = {
    MEMBER_TEXTS(struct rule_tier, roles, REQUIRED, 1, ROLE_COUNT_MAX,
                 "one yes for each of these roles"),
};
const struct shape rule_tier_shape = SHAPE("rule_tier", struct rule_tier, rule_tier_members, NULL);
static const struct member approval_rule_members[] = {
    MEMBER(struct approval_rule, rule, REQUIRED, 1, ID_SIZE_MAX, "id"),
    MEMBER(struct approval_rule, unit, OPTIONAL, 1, ID_SIZE_MAX,
           "this unit and those below; absent: all"),
    MEMBER_AMOUNT(struct approval_rule, over, REQUIRED, 0, DECIMALS_MAX,
                  "the order's total must be more than this"),
    MEMBER_LIST(struct approval_rule, tiers, REQUIRED, 1, TIER_COUNT_MAX, &rule_tier_shape,
                "in order, all required"),
    MEMBER(struct approval_rule, expire_seconds, OPTIONAL, 0, EXPIRE_SECONDS_MAX,
           "per tier; absent: 72 h"),
    MEMBER(struct approval_rule, status, OPTIONAL, 1, 32, "active (default) or inactive"),
};
const struct shape approval_rule_shape =
    SHAPE("approval_rule", struct approval_rule, approval_rule_members, NULL);

static const struct member account_put_members[] = {
    MEMBER(struct account_put, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_put, principal, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_put, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_put, name, OPTIONAL, 1, TEXT_SIZE_MAX, "required when new"),
    MEMBER(struct account_put, status, OPTIONAL, 1, 32,
           "active (default), hold (no new confirms), closed"),
    MEMBER(struct account_put, currency, OPTIONAL, 3, 3,
           "of the credit; required when new, then fixed"),
    MEMBER_AMOUNT(struct account_put, credit_limit, OPTIONAL, 0, DIGITS_OF_CURRENCY,
                  "absent: unchanged, 0 when new"),
    MEMBER_AMOUNT(struct account_put, tolerance, OPTIONAL, 0, DIGITS_OF_CURRENCY,
                  "allowed above the limit"),
    MEMBER(struct account_put, credit_unlimited, OPTIONAL, 0, 0,
           "no limit is judged; what is used is kept"),
    MEMBER_LIST(struct account_put, units, OPTIONAL, 0, UNIT_COUNT_MAX, &account_unit_shape,
                "added or replaced"),
    MEMBER_LIST(struct account_put, users, OPTIONAL, 0, USER_COUNT_MAX, &account_user_shape,
                "added or replaced"),
    MEMBER_LIST(struct account_put, rules, OPTIONAL, 0, RULE_COUNT_MAX, &approval_rule_shape,
                "added or replaced"),
    MEMBER_TEXTS(struct account_put, payment_terms, OPTIONAL, 0, TERM_COUNT_MAX,
                 "allowed; absent: unchanged"),
};
const struct shape account_put_shape = SHAPE("account_put", struct account_put, account_put_members,
                                             "An account, created or changed.");
const struct message_type type_account_put =
    COMMAND_TYPE("batuta.approvals.account.put.v1", topic_approvals_commands, struct account_put,
                 account_put_shape, account, RIGHT_ACCOUNTS,
                 "Create or change an account, its units, users, rules.");

static const struct member payment_record_members[] = {
    MEMBER(struct payment_record, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct payment_record, principal, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct payment_record, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct payment_record, amount, REQUIRED, 1, DIGITS_OF_CURRENCY, "more than zero"),
    MEMBER(struct payment_record, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape payment_record_shape =
    SHAPE("payment_record", struct payment_record, payment_record_members, "Money came in.");
const struct message_type type_payment_record = COMMAND_TYPE(
    "batuta.approvals.payment.record.v1", topic_approvals_commands, struct payment_record,
    payment_record_shape, account, RIGHT_ACCOUNTS, "A payment reduces what is posted.");

static const struct member approval_decide_members[] = {
    MEMBER(struct approval_decide, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct approval_decide, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct approval_decide, principal, REQUIRED, 1, ID_SIZE_MAX, "the person who decides"),
    MEMBER(struct approval_decide, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct approval_decide, content_hash, REQUIRED, 64, 64, "of what was seen"),
    MEMBER(struct approval_decide, comment, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape approval_decide_shape = SHAPE("approval_decide", struct approval_decide,
                                                 approval_decide_members, "A person's yes or no.");
#define DECIDE_TYPE(verb_, doc_)                                                                   \
    {                                                                                              \
        .name = "batuta.approvals.approval." verb_ ".v1", .topic = &topic_approvals_commands,      \
        .shape = &approval_decide_shape, .command = true,                                          \
        .key_at = TYPE_AT(struct approval_decide, account),                                        \
        .subject_at = TYPE_AT(struct approval_decide, order),                                      \
        .principal_at = TYPE_AT(struct approval_decide, principal),                                \
        .idempotency_at = TYPE_AT(struct approval_decide, idempotency_key),                        \
        .rights = RIGHT_DECIDE, .doc = doc_                                                        \
    }
const struct message_type type_approval_approve =
    DECIDE_TYPE("approve", "Yes, to exactly this content.");
const struct message_type type_approval_reject = DECIDE_TYPE("reject", "No; the order ends.");

static const struct member authorization_request_members[] = {
    MEMBER(struct authorization_request, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER_AMOUNT(struct authorization_request, total, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct authorization_request, unit, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, buyer, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, principal, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, actor, OPTIONAL, 0, 32, NULL),
    MEMBER(struct authorization_request, sales_rep, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, payment_term, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, content_hash, OPTIONAL, 0, 64, NULL),
    MEMBER(struct authorization_request, placed_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct authorization_request, dry_run, OPTIONAL, 0, 0, NULL),
    MEMBER(struct authorization_request, commit, OPTIONAL, 0, 0,
           "request: committed as soon as it is granted"),
    MEMBER(struct authorization_request, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, purchase_order, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_request, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape authorization_request_shape =
    SHAPE("authorization_request", struct authorization_request, authorization_request_members,
          "An order to be authorised, or what to do with its authorisation.");
#define ASK(verb_, doc_)                                                                           \
    ORDER_TYPE("batuta.approvals.authorization." verb_ ".v1", topic_approvals_requests,            \
               struct authorization_request, authorization_request_shape, account, doc_)
const struct message_type type_authorization_request =
    ASK("request", "Judge this order and hold its credit.");
const struct message_type type_authorization_commit =
    ASK("commit", "Confirmed: the hold becomes committed.");
const struct message_type type_authorization_reduce =
    ASK("reduce", "Less was to be had: shrink to this total.");
const struct message_type type_authorization_release =
    ASK("release", "Give back what is held or committed.");
const struct message_type type_authorization_settle =
    ASK("settle", "Closed: what is committed is receivable.");

static const struct member waiting_tier_members[] = {
    MEMBER(struct waiting_tier, tier, REQUIRED, 1, TIER_COUNT_MAX, NULL),
    MEMBER_TEXTS(struct waiting_tier, roles, OPTIONAL, 0, ROLE_COUNT_MAX, "still needed"),
    MEMBER_TEXTS(struct waiting_tier, approvers, OPTIONAL, 0, APPROVER_COUNT_MAX,
                 "who could say yes"),
};
static const struct shape waiting_tier_shape =
    SHAPE("waiting_tier", struct waiting_tier, waiting_tier_members, NULL);
static const struct member authorization_told_members[] = {
    MEMBER(struct authorization_told, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_told, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_told, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct authorization_told, content_hash, OPTIONAL, 0, 64, NULL),
    MEMBER_AMOUNT(struct authorization_told, total, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_LIST(struct authorization_told, waiting, OPTIONAL, 0, TIER_COUNT_MAX,
                &waiting_tier_shape, NULL),
    MEMBER_LIST(struct authorization_told, approvals, OPTIONAL, 0, APPROVAL_COUNT_MAX,
                &approval_shape, NULL),
    MEMBER_LIST(struct authorization_told, reasons, OPTIONAL, 0, APPROVAL_COUNT_MAX, &reason_shape,
                NULL),
    MEMBER_AMOUNT(struct authorization_told, limit, OPTIONAL, 0, DECIMALS_MAX, "of the account"),
    MEMBER_AMOUNT(struct authorization_told, reserved, OPTIONAL, 0, DECIMALS_MAX,
                  "of the account, after this"),
    MEMBER_AMOUNT(struct authorization_told, committed, OPTIONAL, 0, DECIMALS_MAX,
                  "of the account, after this"),
    MEMBER_AMOUNT(struct authorization_told, posted, OPTIONAL, -AMOUNT_MICRO_MAX, DECIMALS_MAX,
                  "of the account, after this"),
    MEMBER(struct authorization_told, receipt_hash, OPTIONAL, 0, 64, NULL),
    MEMBER(struct authorization_told, expires_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct authorization_told, dry_run, OPTIONAL, 0, 0, NULL),
    MEMBER(struct authorization_told, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct authorization_told, unit, OPTIONAL, 0, ID_SIZE_MAX, NULL),
};
const struct shape authorization_told_shape =
    SHAPE("authorization_told", struct authorization_told, authorization_told_members,
          "What came of an authorisation.");
#define ANSWER(verb_, doc_)                                                                        \
    ORDER_TYPE("batuta.approvals.authorization." verb_ ".v1", topic_approvals_events,              \
               struct authorization_told, authorization_told_shape, order, doc_)
const struct message_type type_authorization_granted =
    ANSWER("granted", "All said yes, or nobody had to.");
const struct message_type type_authorization_pending =
    ANSWER("pending", "Credit is held; people must say yes.");
const struct message_type type_authorization_reminded =
    ANSWER("reminded", "Half of the time is over.");
const struct message_type type_authorization_refused =
    ANSWER("refused", "Credit, account, buyer or rule says no.");
const struct message_type type_authorization_rejected =
    ANSWER("rejected", "A person said no; the hold is released.");
const struct message_type type_authorization_expired =
    ANSWER("expired", "Nobody said yes; the hold is released.");
const struct message_type type_authorization_committed =
    ANSWER("committed", "The hold is committed.");
const struct message_type type_authorization_reduced = ANSWER("reduced", "The hold shrank.");
const struct message_type type_authorization_released = ANSWER("released", "Given back.");
const struct message_type type_authorization_settled = ANSWER("settled", "Posted as receivable.");

static const struct member account_told_members[] = {
    MEMBER(struct account_told, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct account_told, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct account_told, status, OPTIONAL, 0, 32, NULL),
    MEMBER(struct account_told, currency, OPTIONAL, 3, 3, NULL),
    MEMBER_AMOUNT(struct account_told, limit, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct account_told, tolerance, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct account_told, reserved, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct account_told, committed, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct account_told, posted, OPTIONAL, -AMOUNT_MICRO_MAX, DECIMALS_MAX, NULL),
    MEMBER(struct account_told, version, OPTIONAL, 0, INT64_MAX, "of the account"),
    MEMBER(struct account_told, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
};
const struct shape account_told_shape =
    SHAPE("account_told", struct account_told, account_told_members, "An account's money.");
const struct message_type type_account_changed =
    FACT_TYPE("batuta.approvals.account.changed.v1", topic_approvals_events, struct account_told,
              account_told_shape, account, "An account was created or changed.");
const struct message_type type_account_paid =
    FACT_TYPE("batuta.approvals.account.paid.v1", topic_approvals_events, struct account_told,
              account_told_shape, account, "A payment was recorded.");
const struct message_type type_credit_warned =
    FACT_TYPE("batuta.approvals.credit.warned.v1", topic_approvals_events, struct account_told,
              account_told_shape, account, "80 or 95 % of the credit limit is used.");
const struct message_type type_approvals_command_accepted =
    ACCEPTED_TYPE("approvals", topic_approvals_events);
const struct message_type type_approvals_command_refused =
    REFUSED_TYPE("approvals", topic_approvals_events);
