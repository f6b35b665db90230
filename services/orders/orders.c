/* orders: conducts every order from submit to delivered: routes, queries, and what it tells. */
#include "services/orders/orders.h"

#include "proto/approvals.h"
#include "proto/catalog.h"
#include "proto/fulfilment.h"
#include "proto/operator.h"
#include "proto/pricing.h"
#include "proto/rights.h"
#include "proto/topics.h"
#include "services/orders/catalogue.h"
#include "services/orders/decide.h"
#include "services/orders/rows.h"

extern const struct sql_file orders_store;
extern const struct sql_file orders_migrations[];
extern const size_t orders_migration_count;

static const struct message_type *const commands[] = {&type_order_submit, &type_order_preview,
                                                      &type_order_cancel, NULL};
static const struct message_type *const prices[] = {&type_quote_priced, &type_quote_refused, NULL};
static const struct message_type *const authorizations[] = {&type_authorization_granted,
                                                            &type_authorization_pending,
                                                            &type_authorization_reminded,
                                                            &type_authorization_refused,
                                                            &type_authorization_rejected,
                                                            &type_authorization_expired,
                                                            NULL};
static const struct message_type *const catalogue_facts[] = {
    &type_reservation_reserved, &type_reservation_refused, &type_reservation_expired,
    &type_product_changed,      &type_seller_changed,      &type_node_changed,
    &type_offer_changed,        &type_assortment_changed,  NULL};
static const struct message_type *const fulfilments[] = {&type_fulfilment_answered, NULL};

/* Of approvals and catalog the confirmations of commit, reduce, release and settle are passed over:
 * a chained topic delivers what was asked, once. */
static const struct route routes[] = {{&topic_orders_commands, commands},
                                      {&topic_pricing_events, prices},
                                      {&topic_approvals_events, authorizations},
                                      {&topic_catalog_events, catalogue_facts},
                                      {&topic_notifications_events, fulfilments}};

static const struct message_type *const tells[] = {
    &type_order_received,       &type_order_priced,         &type_order_approval_pending,
    &type_order_approved,       &type_order_confirmed,      &type_order_refused,
    &type_order_cancelled,      &type_order_cancel_refused, &type_order_expired,
    &type_order_accepted,       &type_order_line_rejected,  &type_order_shipped,
    &type_order_delivered,      &type_order_closed,         &type_order_previewed,
    &type_order_state,          &type_quote_request,        &type_authorization_request,
    &type_authorization_commit, &type_authorization_reduce, &type_authorization_release,
    &type_authorization_settle, &type_reservation_request,  &type_reservation_commit,
    &type_reservation_release,  &type_fulfilment_announce,  &type_fulfilment_cancel,
    &type_notice_request,       &type_payable_request,      NULL};

static const struct message_type *const operator_types[] = {&type_orders_redrive,
                                                            &type_orders_discard};

static const struct entity *const entities[] = {&orders_entity, NULL};

static const struct query queries[] = {
    {"/orders/{id}", "order_show", "the whole order as it stands"},
    {"/orders?state=&account=&partner=&older_than_seconds=&purchase_order=&reference="
     "&limit=&cursor=",
     "order_list", "orders, newest id first; previews only with state=previewed"},
    {"/orders/{id}/timeline", "order_timeline", "what this service told about the order"},
    {"/reference", "reference_list", "what is known of the catalogue, by kind"},
    {"/counts", "order_counts", "orders, lines and money by state"},
};

const struct service orders_service = {
    .name = "orders",
    .duty =
        "What was ordered and how far it has come: asks the others, joins their answers, tells.",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .routed = &topic_orders_routed,
    .dead_letters = &topic_orders_dead_letters,
    .accepted = &type_orders_command_accepted,
    .refused = &type_orders_command_refused,
    .operator_types = operator_types,
    .operator_type_count = ARRAY_LEN(operator_types),
    .tells = tells,
    .entities = entities,
    .reference_kinds = reference_kinds,
    .queries = queries,
    .query_count = ARRAY_LEN(queries),
    .store = &orders_store,
    .migrations = orders_migrations,
    .migration_count = &orders_migration_count,
    .rights = right_names,
    .needs = orders_needs,
    .decide = orders_decide,
    .snapshot_new = catalogue_new,
    .snapshot_apply = catalogue_apply,
    .snapshot_free = catalogue_free,
    .describe = orders_describe,
};
