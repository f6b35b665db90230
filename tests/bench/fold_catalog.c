/* fold_catalog: stock of one order of one line, reserved and committed. */
#include "proto/rights.h"
#include "services/catalog/catalog.h"
#include "services/catalog/rows.h"
#include "tests/bench/count.h"
#include "tests/unit/world.h"

static void put(struct world *w, const struct message_type *type, const void *body)
{
    ck_assert_int_eq(world_command(w, type, body, RIGHT_CATALOG), FOLD_DONE);
}

static struct world *catalogue(void)
{
    struct world *w = world_new(&catalog_service);
    struct seller seller = {.seller = STR("acme"), .name = STR("Acme")};
    struct node node = {.node = STR("acme/main"), .seller = STR("acme")};
    struct product product = {.sku = STR("a"), .name = STR("A"), .unit = STR("C62")};
    struct stock_item item = {.sku = STR("a"), .quantity = {1000 * MICRO, "C62"}};
    put(w, &type_seller_put,
        &(struct seller_put){STR("reference:seller"), STR("clerk"), STR("k1"), .items = &seller,
                             .items_count = 1});
    put(w, &type_node_put,
        &(struct node_put){STR("reference:node"), STR("clerk"), STR("k2"), .items = &node,
                           .items_count = 1});
    put(w, &type_product_put,
        &(struct product_put){STR("reference:product"), STR("clerk"), STR("k3"), .items = &product,
                              .items_count = 1});
    put(w, &type_stock_set,
        &(struct stock_change){.node = STR("acme/main"),
                               .principal = STR("clerk"),
                               .idempotency_key = STR("k4"),
                               .items = &item,
                               .items_count = 1});
    return w;
}

static void clean_order(struct world *w, const char *order)
{
    struct stock_line line = {.line = 1, .sku = STR("a"), .quantity = {3 * MICRO, "C62"}};
    struct reservation_request request = {.node = STR("acme/main"),
                                          .order = str_of(order),
                                          .version = 1,
                                          .lines = &line,
                                          .lines_count = 1};
    request.expires_at = instant_plus_us(world_time(w), MICROSECONDS_PER_HOUR);
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    struct reservation_request step = {
        .node = STR("acme/main"), .order = str_of(order), .version = 1};
    ck_assert_int_eq(world_event(w, &type_reservation_commit, &step), FOLD_DONE);
    ck_assert_ptr_nonnull(world_last(w, &type_reservation_committed));
}

START_TEST(catalog)
{
    struct world *w = catalogue();
    const char *names[] = {"o1", "o2"};
    size_t next = 0;
    COUNT_SECOND("catalog", clean_order(w, names[next++]));
    world_free(w);
}
END_TEST

COUNT_MAIN(catalog)
