/* approvals: topics, types, entities, queries: the table that service_main runs. */
#include "services/approvals/approvals.h"

#include "proto/approvals.h"
#include "proto/rights.h"
#include "proto/topics.h"
#include "services/approvals/decide.h"
#include "services/approvals/rows.h"

extern const struct sql_file approvals_store, approvals_migrations[];
extern const size_t approvals_migration_count;

static const struct message_type *const requests[] = {
    &type_authorization_request, &type_authorization_commit, &type_authorization_reduce,
    &type_authorization_release, &type_authorization_settle, NULL};
static const struct message_type *const commands[] = {
    &type_account_put, &type_payment_record, &type_approval_approve, &type_approval_reject, NULL};
static const struct route routes[] = {
    {&topic_approvals_requests, requests},
    {&topic_approvals_commands, commands},
};

static const struct message_type *const tells[] = {
    &type_authorization_granted,   &type_authorization_pending,
    &type_authorization_reminded,  &type_authorization_refused,
    &type_authorization_rejected,  &type_authorization_expired,
    &type_authorization_committed, &type_authorization_reduced,
    &type_authorization_released,  &type_authorization_settled,
    &type_account_changed,         &type_account_paid,
    &type_credit_warned,           NULL};

static const struct entity *const entities[] = {&entity_account,       &entity_charter,
                                                &entity_authorization, &entity_posting,
                                                &entity_receipt,       NULL};

static const struct query queries[] = {
    {"/accounts?limit=&cursor=&prefix=", "accounts_list", "Accounts with their figures."},
    {"/accounts/{id}", "account_show", "One account: figures, units, users, rules."},
    {"/accounts/{id}/statement?limit=&cursor=", "account_statement",
     "Every posting of an account, with running figures."},
    {"/approvals?state=&account=&approver=&limit=&cursor=", "approvals_list",
     "Orders by state (default pending), with what an approver needs to decide."},
    {"/authorizations/{order}", "authorization_show",
     "One order: state, tiers, postings, receipts."},
    {"/orders/{id}/timeline", "order_timeline", "What was told about an order, in time."},
    {"/counts", "counts", "Sums for reconciliation: figures against postings and holds."},
};

/* Every name that the systems file may hold, so that one file serves all services. */
static const struct right_name rights[] = {
    {"order_agreed_price", RIGHT_AGREED_PRICE},
    {"order_charges", RIGHT_CHARGES},
    {"order_backdate", RIGHT_BACKDATE},
    {"order_on_behalf", RIGHT_ON_BEHALF},
    {"manage_accounts", RIGHT_ACCOUNTS},
    {"decide_approvals", RIGHT_DECIDE},
    {"manage_catalog", RIGHT_CATALOG},
    {"manage_pricing", RIGHT_PRICING},
    {"answer_partners", RIGHT_ANSWER},
    {"operate", RIGHT_OPERATE},
    {NULL, 0},
};

const struct service approvals_service = {
    .name = "approvals",
    .duty = "Says who may buy, with whose money, and who must say yes.",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .routed = &topic_approvals_routed,
    .dead_letters = &topic_approvals_dead_letters,
    .accepted = &type_approvals_command_accepted,
    .refused = &type_approvals_command_refused,
    .tells = tells,
    .entities = entities,
    .queries = queries,
    .query_count = ARRAY_LEN(queries),
    .store = &approvals_store,
    .migrations = approvals_migrations,
    .migration_count = &approvals_migration_count,
    .rights = rights,
    .needs = approvals_needs,
    .decide = approvals_decide,
    .describe = approvals_describe,
};
