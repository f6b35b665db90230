/* catalog: what the service declares about itself. */
#include "services/catalog/catalog.h"

#include "proto/catalog.h"
#include "proto/operator.h"
#include "proto/rights.h"
#include "proto/topics.h"
#include "services/catalog/decide.h"
#include "services/catalog/rows.h"
#include "services/catalog/snapshot.h"

extern const struct sql_file catalog_store, catalog_migrations[];
extern const size_t catalog_migration_count;

static const struct message_type *const requests[] = {
    &type_reservation_request, &type_reservation_commit, &type_reservation_release, NULL};
static const struct message_type *const commands[] = {
    &type_product_put,    &type_seller_put, &type_node_put,      &type_offer_put,
    &type_assortment_put, &type_stock_set,  &type_stock_receive, NULL};
static const struct route routes[] = {
    {&topic_catalog_requests, requests},
    {&topic_catalog_commands, commands},
};

static const struct message_type *const operator_types[] = {&type_catalog_redrive,
                                                            &type_catalog_discard};

static const struct message_type *const tells[] = {
    &type_reservation_reserved, &type_reservation_refused, &type_reservation_committed,
    &type_reservation_released, &type_reservation_expired, &type_product_changed,
    &type_seller_changed,       &type_node_changed,        &type_offer_changed,
    &type_assortment_changed,   &type_stock_changed,       NULL};

static const struct entity *const entities[] = {&stock_entity, &reservation_entity, &expiry_entity,
                                                NULL};
static const char *const kinds[] = {"product", "seller", "node", "offer", "assortment", NULL};

static const struct query queries[] = {
    {"/stock?node=&sku=&limit=&cursor=", "stock_list", "Stock by node and SKU."},
    {"/products?sku=&limit=&cursor=", "product_list", "Products."},
    {"/products/{sku}", "product_show", "One product."},
    {"/sellers?limit=&cursor=", "seller_list", "Sellers."},
    {"/nodes?limit=&cursor=", "node_list", "Stock sites."},
    {"/offers?sku=&limit=&cursor=", "offer_list", "Who sells what from where."},
    {"/assortments?limit=&cursor=", "assortment_list", "What accounts may see."},
    {"/reservations/{order}", "reservation_show", "What an order holds, node by node."},
    {"/orders/{id}/timeline", "order_timeline", "What was told about an order, in time."},
    {"/reference", "reference_counts", "Versions and counts of reference facts."},
    {"/counts", "counts", "Sums for reconciliation: stock.reserved equals stock.held."},
};

const struct service catalog_service = {
    .name = "catalog",
    .duty = "Says what can be sold, by whom and from where, and holds stock for orders.",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .routed = &topic_catalog_routed,
    .dead_letters = &topic_catalog_dead_letters,
    .accepted = &type_catalog_command_accepted,
    .refused = &type_catalog_command_refused,
    .operator_types = operator_types,
    .operator_type_count = ARRAY_LEN(operator_types),
    .tells = tells,
    .entities = entities,
    .reference_kinds = kinds,
    .queries = queries,
    .query_count = ARRAY_LEN(queries),
    .store = &catalog_store,
    .migrations = catalog_migrations,
    .migration_count = &catalog_migration_count,
    .rights = right_names,
    .needs = catalog_needs,
    .decide = catalog_decide,
    .snapshot_new = snapshot_new,
    .snapshot_apply = snapshot_apply,
    .snapshot_free = snapshot_free,
    .describe = catalog_describe,
};
