/* approvals: topics, types, entities, queries: the table that service_main runs. */
#include "services/approvals/approvals.h"

#include "proto/approvals.h"
#include "proto/operator.h"
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

static const struct message_type *const operator_types[] = {&type_approvals_redrive,
                                                            &type_approvals_discard};

static const struct entity *const entities[] = {&entity_account,       &entity_charter,
                                                &entity_authorization, &entity_posting,
                                                &entity_receipt,       NULL};

static const struct query queries[] = {
    {"/accounts?limit=&cursor=&prefix=", "accounts_list", "Accounts with their figures."},
    {"/accounts/{id}/statement?limit=&cursor=", "account_statement",
     "Every posting of an account, with running figures."},
    {"/accounts/{id}", "account_show", "One account: figures, units, users, rules."},
    {"/approvals?state=&account=&approver=&limit=&cursor=", "approvals_list",
     "Orders by state (default pending), with what an approver needs to decide."},
    {"/authorizations/{order}", "authorization_show",
     "One order: state, tiers, postings, receipts."},
    {"/orders/{id}/timeline", "order_timeline", "What was told about an order, in time."},
    {"/counts", "counts", "Sums for reconciliation: figures against postings and holds."},
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
    .operator_types = operator_types,
    .operator_type_count = ARRAY_LEN(operator_types),
    .tells = tells,
    .entities = entities,
    .queries = queries,
    .query_count = ARRAY_LEN(queries),
    .store = &approvals_store,
    .migrations = approvals_migrations,
    .migration_count = &approvals_migration_count,
    .rights = right_names,
    .needs = approvals_needs,
    .decide = approvals_decide,
    .describe = approvals_describe,
};
