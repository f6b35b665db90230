/* notifications: what the service declares about itself. */
#include "services/notifications/notifications.h"

#include "proto/fulfilment.h"
#include "proto/operator.h"
#include "proto/rights.h"
#include "proto/topics.h"
#include "services/notifications/decide.h"
#include "services/notifications/rows.h"

extern const struct sql_file notifications_store, notifications_migrations[];
extern const size_t notifications_migration_count;

static const struct message_type *const requests[] = {&type_fulfilment_announce,
                                                      &type_fulfilment_cancel, &type_notice_request,
                                                      &type_payable_request, NULL};
static const struct message_type *const responses[] = {
    &type_fulfilment_accept, &type_fulfilment_reject, &type_fulfilment_ship,
    &type_fulfilment_deliver, NULL};
/* None is defined yet: each is answered as unknown. */
static const struct message_type *const commands[] = {NULL};
static const struct route routes[] = {
    {&topic_notifications_requests, requests},
    {&topic_partners_responses, responses},
    {&topic_notifications_commands, commands},
};

static const struct message_type *const operator_types[] = {&type_notifications_redrive,
                                                            &type_notifications_discard};

static const struct message_type *const tells[] = {
    &type_fulfilment_ordered, &type_fulfilment_cancelled, &type_fulfilment_answered,
    &type_notice_told,        &type_payable_told,         NULL};

static const struct entity *const entities[] = {&partner_entity, &fulfilment_entity, &notice_entity,
                                                &payable_entity, NULL};

static const struct query queries[] = {
    {"/partners?limit=&cursor=", "partner_list", "Partners and their sequences."},
    {"/partners/{partner}/fulfilments?state=&limit=&cursor=", "partner_fulfilments",
     "Sub-orders of one partner."},
    {"/fulfilments/{order}", "fulfilment_show", "Sub-orders of one order."},
    {"/notices?order=&recipient=&limit=&cursor=", "notice_list", "Who was told what."},
    {"/payables?account=&order=&limit=&cursor=", "payable_list", "Accounts-payable notices."},
    {"/orders/{id}/timeline", "order_timeline", "What was told about an order, in time."},
    {"/counts", "counts", "Counts and sums for reconciliation."},
};

const struct service notifications_service = {
    .name = "notifications",
    .duty = "Tells sellers what to fulfil, people what happened and payers what is due, each once.",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .routed = &topic_notifications_routed,
    .dead_letters = &topic_notifications_dead_letters,
    .accepted = &type_notifications_command_accepted,
    .refused = &type_notifications_command_refused,
    .operator_types = operator_types,
    .operator_type_count = ARRAY_LEN(operator_types),
    .tells = tells,
    .entities = entities,
    .queries = queries,
    .query_count = ARRAY_LEN(queries),
    .store = &notifications_store,
    .migrations = notifications_migrations,
    .migration_count = &notifications_migration_count,
    .rights = right_names,
    .needs = notifications_needs,
    .decide = notifications_decide,
    .describe = notifications_describe,
};
