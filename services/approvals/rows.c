/* rows: tables of columns; their order is that of the statements in store.sql. */
#include "services/approvals/rows.h"

const char *const account_status_names[4] = {NULL, "active", "hold", "closed"};

#define COLUMN_AS(T, name_, kind_, m)                                                              \
    {                                                                                              \
        .name = name_, .kind = kind_, .offset = offsetof(T, m)                                     \
    }
#define COLUMN_CHAIN(T)                                                                            \
    COLUMN_AS(T, "sequence", COLUMN_INT8, chain.sequence),                                         \
        COLUMN_AS(T, "hash", COLUMN_HASH, chain.hash)

static const struct column account_columns[] = {
    COLUMN(struct account, account),
    COLUMN(struct account, name),
    COLUMN_ENUM_OF(struct account, status, account_status_names),
    COLUMN(struct account, currency),
    COLUMN_AS(struct account, "credit_limit", COLUMN_AMOUNT, credit.limit),
    COLUMN_AS(struct account, "tolerance", COLUMN_AMOUNT, credit.tolerance),
    COLUMN_AS(struct account, "unlimited", COLUMN_BOOL, credit.unlimited),
    COLUMN_AS(struct account, "reserved", COLUMN_AMOUNT, credit.reserved),
    COLUMN_AS(struct account, "committed", COLUMN_AMOUNT, credit.committed),
    COLUMN_AS(struct account, "posted", COLUMN_AMOUNT, credit.posted),
    COLUMN(struct account, version),
    COLUMN(struct account, warned),
    COLUMN(struct account, posting_count),
    COLUMN_CHAIN(struct account),
};
const struct entity entity_account = ENTITY("account", struct account, account_columns, 1);

static const struct member term_members[] = {
    MEMBER(struct term, term, REQUIRED, 1, TEXT_SIZE_MAX, NULL),
};
static const struct shape term_shape = SHAPE("term", struct term, term_members, NULL);

static const struct column charter_columns[] = {
    COLUMN(struct charter, account),
    COLUMN_LIST_OF(struct charter, units, &account_unit_shape),
    COLUMN_LIST_OF(struct charter, users, &account_user_shape),
    COLUMN_LIST_OF(struct charter, rules, &approval_rule_shape),
    COLUMN_LIST_OF(struct charter, payment_terms, &term_shape),
};
const struct entity entity_charter = ENTITY("charter", struct charter, charter_columns, 1);

enum { GROUP_COUNT_MAX = 64, APPROVER_COUNT_MAX = 50 };

static const struct member flow_group_members[] = {
    MEMBER(struct flow_group, role, REQUIRED, 1, TEXT_SIZE_MAX, NULL),
    MEMBER(struct flow_group, user, OPTIONAL, 1, ID_SIZE_MAX, NULL),
};
static const struct shape flow_group_shape =
    SHAPE("flow_group", struct flow_group, flow_group_members, NULL);
static const struct member flow_tier_members[] = {
    MEMBER(struct flow_tier, tier, REQUIRED, 1, TIER_COUNT_MAX, NULL),
    MEMBER(struct flow_tier, expire_seconds, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER_LIST(struct flow_tier, groups, REQUIRED, 1, GROUP_COUNT_MAX, &flow_group_shape, NULL),
    MEMBER_TEXTS(struct flow_tier, approvers, OPTIONAL, 0, APPROVER_COUNT_MAX, NULL),
};
const struct shape flow_tier_shape = SHAPE("flow_tier", struct flow_tier, flow_tier_members, NULL);

static const struct member pinned_rule_members[] = {
    MEMBER(struct pinned_rule, rule, REQUIRED, 1, ID_SIZE_MAX, NULL),
};
static const struct shape pinned_rule_shape =
    SHAPE("pinned_rule", struct pinned_rule, pinned_rule_members, NULL);
static const struct member path_unit_members[] = {
    MEMBER(struct path_unit, unit, REQUIRED, 1, ID_SIZE_MAX, NULL),
};
static const struct shape path_unit_shape =
    SHAPE("path_unit", struct path_unit, path_unit_members, NULL);

static const struct column authorization_columns[] = {
    COLUMN(struct authorization, account),
    COLUMN(struct authorization, order_id),
    COLUMN(struct authorization, version),
    COLUMN_ENUM_OF(struct authorization, state, authorization_state_names),
    COLUMN_AMOUNT_OF(struct authorization, total),
    COLUMN(struct authorization, currency),
    COLUMN(struct authorization, content_hash),
    COLUMN(struct authorization, buyer),
    COLUMN(struct authorization, principal),
    COLUMN(struct authorization, sales_rep),
    COLUMN(struct authorization, unit),
    COLUMN(struct authorization, payment_term),
    COLUMN(struct authorization, purchase_order),
    COLUMN(struct authorization, reference),
    COLUMN(struct authorization, commits),
    COLUMN(struct authorization, account_version),
    COLUMN_LIST_OF(struct authorization, path, &path_unit_shape),
    COLUMN_LIST_OF(struct authorization, rules, &pinned_rule_shape),
    COLUMN_LIST_OF(struct authorization, tiers, &flow_tier_shape),
    COLUMN(struct authorization, tier),
    COLUMN_LIST_OF(struct authorization, approvals, &approval_shape),
    COLUMN_LIST_OF(struct authorization, reasons, &reason_shape),
    COLUMN(struct authorization, judged_at),
    COLUMN(struct authorization, expires_at),
    COLUMN(struct authorization, cause),
    COLUMN(struct authorization, receipt_hash),
    COLUMN(struct authorization, receipt_count),
    COLUMN_CHAIN(struct authorization),
};
const struct entity entity_authorization =
    ENTITY("authorization", struct authorization, authorization_columns, 2);

static const struct column posting_columns[] = {
    COLUMN(struct posting, account),
    COLUMN(struct posting, cause),
    COLUMN(struct posting, number),
    COLUMN_ENUM_OF(struct posting, kind, posting_kind_names),
    COLUMN(struct posting, order_id),
    COLUMN_AMOUNT_OF(struct posting, amount),
    COLUMN(struct posting, currency),
    COLUMN_AS(struct posting, "reserved", COLUMN_AMOUNT, change.reserved),
    COLUMN_AS(struct posting, "committed", COLUMN_AMOUNT, change.committed),
    COLUMN_AS(struct posting, "posted", COLUMN_AMOUNT, change.posted),
    COLUMN_AMOUNT_OF(struct posting, reserved_after),
    COLUMN_AMOUNT_OF(struct posting, committed_after),
    COLUMN_AMOUNT_OF(struct posting, posted_after),
    COLUMN(struct posting, why),
    COLUMN(struct posting, posted_at),
};
const struct entity entity_posting = ENTITY_APPENDED("posting", struct posting, posting_columns, 2);

static const struct column receipt_columns[] = {
    COLUMN(struct receipt_row, account),    COLUMN(struct receipt_row, order_id),
    COLUMN(struct receipt_row, step),       COLUMN(struct receipt_row, number),
    COLUMN(struct receipt_row, receipt),    COLUMN(struct receipt_row, receipt_hash),
    COLUMN(struct receipt_row, decided_at),
};
const struct entity entity_receipt =
    ENTITY_APPENDED("receipt", struct receipt_row, receipt_columns, 3);
