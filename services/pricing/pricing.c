/* pricing: routes, queries and what the service tells. */
#include "services/pricing/pricing.h"

#include "proto/operator.h"
#include "proto/pricing.h"
#include "proto/rights.h"
#include "proto/topics.h"
#include "services/pricing/decide.h"
#include "services/pricing/docs.h"
#include "services/pricing/rows.h"
#include "services/pricing/snapshot.h"

extern const struct sql_file pricing_store;
extern const struct sql_file pricing_migrations[];
extern const size_t pricing_migration_count;

static const struct message_type *const requests[] = {&type_quote_request, NULL};
static const struct message_type *const commands[] = {&type_price_list_put, &type_discount_put,
                                                      NULL};

static const struct route routes[] = {
    {&topic_pricing_requests, requests},
    {&topic_pricing_commands, commands},
};

static const struct message_type *const tells[] = {
    &type_quote_priced, &type_quote_refused, &type_contract_above_base, &type_threshold_near, NULL};

static const struct message_type *const operator_types[] = {&type_pricing_redrive,
                                                            &type_pricing_discard};

static const struct entity *const entities[] = {&quote_entity, &quote_chain_entity,
                                                &price_list_entity, NULL};

static const char *const reference_kinds[] = {KIND_PRICE_LIST, KIND_PRICE, KIND_DISCOUNT, NULL};

static const struct query queries[] = {
    {"/quotes/{order}", "quote_show", "every version's answer and receipt; for the seller's staff"},
    {"/price_lists?limit=&cursor=", "price_list_list", "the lists as they are now"},
    {"/price_lists/{id}?limit=&cursor=", "price_list_show", "one list and a page of its prices"},
    {"/discounts?limit=&cursor=", "discount_list", "the discounts as they are now"},
    {"/orders/{id}/timeline", "order_timeline", "what this service told about the order"},
    {"/reference", "reference_counts", "kinds of reference data: version and count"},
    {"/counts", "counts", "quotes by outcome, totals by currency, size of the reference data"},
};

const struct service pricing_service = {
    .name = "pricing",
    .duty = "What it costs this buyer now: lists, contracts, tiers, discounts, quotes; and why.",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .routed = &topic_pricing_routed,
    .dead_letters = &topic_pricing_dead_letters,
    .accepted = &type_pricing_command_accepted,
    .refused = &type_pricing_command_refused,
    .operator_types = operator_types,
    .operator_type_count = ARRAY_LEN(operator_types),
    .tells = tells,
    .entities = entities,
    .reference_kinds = reference_kinds,
    .queries = queries,
    .query_count = ARRAY_LEN(queries),
    .store = &pricing_store,
    .migrations = pricing_migrations,
    .migration_count = &pricing_migration_count,
    .rights = right_names,
    .needs = pricing_needs,
    .decide = pricing_decide,
    .snapshot_new = snapshot_new,
    .snapshot_apply = snapshot_apply,
    .snapshot_free = snapshot_free,
    .describe = pricing_describe,
};
