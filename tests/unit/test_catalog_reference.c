/* test_catalog_reference: puts of reference facts and commands on stock through catalog's decide:
 * what is taken, what is refused and where it points. */
#include "proto/rights.h"
#include "services/catalog/catalog.h"
#include "services/catalog/reference_rules.h"
#include "services/catalog/rows.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

static int commands;

/* The five put bodies have the same members; one macro sends any of them. */
#define PUT(w, kind, items_, count_)                                                               \
    do {                                                                                           \
        struct kind##_put put_ = {.reference = STR("reference:" #kind),                            \
                                  .principal = STR("clerk"),                                       \
                                  .idempotency_key =                                               \
                                      arena_printf(world_arena(w), "key-%d", ++commands),          \
                                  .items = items_,                                                 \
                                  .items_count = count_};                                          \
        ck_assert_int_eq(world_command(w, &type_##kind##_put, &put_, RIGHT_CATALOG), FOLD_DONE);   \
    } while (0)

static struct product product_of(const char *sku)
{
    return (struct product){.sku = str_of(sku), .name = STR("A thing"), .unit = STR("C62")};
}

static struct seller seller_of(const char *id)
{
    return (struct seller){.seller = str_of(id), .name = STR("Somebody")};
}

static void assert_refused(struct world *w, const char *code, const char *path)
{
    const struct command_answer *a = world_last(w, &type_catalog_command_refused);
    ck_assert_ptr_nonnull(a);
    ck_assert_view(a->code, code);
    ck_assert_view(a->path, path);
    ck_assert(!str_blank(a->text));
    world_forget(w);
}

static struct world *sold(void)
{
    struct world *w = world_new(&catalog_service);
    struct product a = product_of("a");
    struct seller acme = seller_of("acme");
    struct node main = {.node = STR("acme/main"), .seller = STR("acme")};
    PUT(w, product, &a, 1);
    PUT(w, seller, &acme, 1);
    PUT(w, node, &main, 1);
    ck_assert_uint_eq(world_count(w, &type_catalog_command_accepted), 3);
    return w;
}

START_TEST(facts_follow_with_their_version)
{
    struct world *w = sold();
    struct product two[] = {product_of("b"), product_of("a")};
    two[1].status = STR("discontinued");
    PUT(w, product, two, 2);
    const struct product_put *told = world_last(w, &type_product_changed);
    ck_assert_view(told->reference, "reference:product");
    ck_assert_int_eq(told->version, 2);
    ck_assert_uint_eq(told->items_count, 2);
    ck_assert_view(told->items[1].status, "discontinued");
    ck_assert(!str_present(told->principal));
    struct offer offer = {.sku = STR("b"), .node = STR("acme/main"), .priority = 3};
    PUT(w, offer, &offer, 1);
    ck_assert_uint_eq(world_count(w, &type_offer_changed), 1);
    struct str skus[] = {STR("a")};
    struct assortment own = {
        .assortment = STR("own"), .effect = STR("deny"), .skus = skus, .skus_count = 1};
    PUT(w, assortment, &own, 1);
    own = (struct assortment){
        .assortment = STR("all"), .effect = STR("allow"), .status = STR("active")};
    const struct assortment_put *denied = world_last(w, &type_assortment_changed);
    ck_assert_view(denied->items[0].skus[0], "a");
    PUT(w, assortment, &own, 1);
    ck_assert_uint_eq(world_count(w, &type_assortment_changed), 2);
    world_free(w);
}
END_TEST

START_TEST(as_many_as_fit)
{
    enum { COUNT = 1500 };
    struct world *w = world_new(&catalog_service);
    struct product *many = arena_array(world_arena(w), struct product, COUNT);
    for (int i = 0; i < COUNT; i++) {
        many[i] = product_of("x");
        many[i].sku = arena_printf(world_arena(w), "sku-%d", i);
    }
    PUT(w, product, many, COUNT);
    ck_assert_uint_eq(world_count(w, &type_product_changed), 1);
    many[COUNT - 1].sku = many[0].sku;
    PUT(w, product, many, COUNT);
    assert_refused(w, "item_repeated", "/items/1499");
    ck_assert_ptr_null(reference_kind_of(&type_stock_set));
    world_free(w);
}
END_TEST

START_TEST(headers_refused)
{
    struct world *w = world_new(&catalog_service);
    struct product a = product_of("a");
    struct product_put put = {.reference = STR("reference:products"),
                              .principal = STR("clerk"),
                              .idempotency_key = STR("k"),
                              .items = &a,
                              .items_count = 1};
    world_command(w, &type_product_put, &put, RIGHT_CATALOG);
    assert_refused(w, "reference_invalid", "/reference");
    put.reference = STR("reference:product");
    put.version = 7;
    put.idempotency_key = STR("l");
    world_command(w, &type_product_put, &put, RIGHT_CATALOG);
    assert_refused(w, "member_unknown", "/version");
    put.version = 0;
    put.idempotency_key = STR_NONE;
    world_command(w, &type_product_put, &put, RIGHT_CATALOG);
    assert_refused(w, "member_missing", "/idempotency_key");
    put.idempotency_key = STR("m");
    put.principal = STR_NONE;
    world_command(w, &type_product_put, &put, RIGHT_CATALOG);
    assert_refused(w, "member_missing", "/principal");
    world_free(w);
}
END_TEST

START_TEST(products_refused)
{
    struct world *w = sold();
    struct product two[] = {product_of("b"), product_of("c")};
    two[1].unit = STR("c62");
    PUT(w, product, two, 2);
    assert_refused(w, "unit_invalid", "/items/1/unit");
    two[1].unit = STR("C-2");
    PUT(w, product, two, 2);
    assert_refused(w, "unit_invalid", "/items/1/unit");
    two[1] = product_of("a");
    two[1].unit = STR("KGM");
    PUT(w, product, two, 2);
    assert_refused(w, "unit_fixed", "/items/1/unit");
    two[1] = product_of("c\n");
    PUT(w, product, two, 2);
    assert_refused(w, "sku_invalid", "/items/1/sku");
    two[1] = product_of("c");
    two[1].status = STR("inactive");
    PUT(w, product, two, 2);
    assert_refused(w, "status_unknown", "/items/1/status");
    two[1] = product_of("b");
    PUT(w, product, two, 2);
    assert_refused(w, "item_repeated", "/items/1");
    ck_assert_uint_eq(world_count(w, &type_product_changed), 0);
    struct offer offer = {.sku = STR("b"), .node = STR("acme/main")};
    PUT(w, offer, &offer, 1); /* nothing of those puts was taken */
    assert_refused(w, "sku_unknown", "/items/0/sku");
    world_free(w);
}
END_TEST

START_TEST(sellers_and_nodes_refused)
{
    static const char *const bad[] = {"Acme", "_a", "a b", "a/b", "\xc3\xa4"};
    struct world *w = sold();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct seller seller = seller_of(bad[i]);
        PUT(w, seller, &seller, 1);
        assert_refused(w, "seller_invalid", "/items/0/seller");
    }
    struct seller fine = seller_of("a-1.b_c");
    fine.status = STR("inactive");
    PUT(w, seller, &fine, 1);
    ck_assert_uint_eq(world_count(w, &type_seller_changed), 1);
    static const char *const bad_nodes[] = {"acme-main", "acme/", "acmes/x", "acme/a/b", "acme/\t"};
    for (size_t i = 0; i < ARRAY_LEN(bad_nodes); i++) {
        struct node node = {.node = str_of(bad_nodes[i]), .seller = STR("acme")};
        PUT(w, node, &node, 1);
        assert_refused(w, "node_invalid", "/items/0/node");
    }
    struct node stranger = {.node = STR("x/main"), .seller = STR("x")};
    PUT(w, node, &stranger, 1);
    assert_refused(w, "seller_unknown", "/items/0/seller");
    struct node odd = {.node = STR("acme/b"), .seller = STR("acme"), .status = STR("odd")};
    PUT(w, node, &odd, 1);
    assert_refused(w, "status_unknown", "/items/0/status");
    world_free(w);
}
END_TEST

START_TEST(offers_and_assortments_refused)
{
    struct world *w = sold();
    struct offer offer = {.sku = STR("a"), .node = STR("acme/other")};
    PUT(w, offer, &offer, 1);
    assert_refused(w, "node_unknown", "/items/0/node");
    struct assortment own = {.assortment = STR("own"), .effect = STR("hide")};
    PUT(w, assortment, &own, 1);
    assert_refused(w, "effect_unknown", "/items/0/effect");
    world_free(w);
}
END_TEST

static void stock_send(struct world *w, const struct message_type *type, const char *node,
                       struct stock_item *items, size_t count)
{
    struct stock_change change = {.node = str_of(node),
                                  .principal = STR("clerk"),
                                  .idempotency_key =
                                      arena_printf(world_arena(w), "key-%d", ++commands),
                                  .items = items,
                                  .items_count = count};
    ck_assert_int_eq(world_command(w, type, &change, RIGHT_CATALOG), FOLD_DONE);
}

START_TEST(stock_commands)
{
    struct world *w = sold();
    struct stock_item five = {.sku = STR("a"), .quantity = {5 * MICRO, "C62"}};
    stock_send(w, &type_stock_set, "acme/main", &five, 1);
    stock_send(w, &type_stock_receive, "acme/main", &five, 1);
    const struct stock_told *told = world_last(w, &type_stock_changed);
    ck_assert_view(told->node, "acme/main");
    ck_assert_int_eq(told->items[0].on_hand.micro, 10 * MICRO);
    ck_assert_int_eq(told->items[0].reserved.micro, 0);
    world_forget(w);
    struct stock_item two[] = {five, {.sku = STR("b"), .quantity = {MICRO, "C62"}}};
    stock_send(w, &type_stock_set, "acme/main", two, 2);
    assert_refused(w, "sku_unknown", "/items/1/sku");
    two[1] = five;
    stock_send(w, &type_stock_set, "acme/main", two, 2);
    assert_refused(w, "item_repeated", "/items/1");
    memcpy(two[0].quantity.unit, "KGM", 4);
    stock_send(w, &type_stock_set, "acme/main", two, 1);
    assert_refused(w, "unit_mismatch", "/items/0/quantity/unit");
    stock_send(w, &type_stock_set, "acme/other", &five, 1);
    assert_refused(w, "node_unknown", "/node");
    struct stock_item huge = {.sku = STR("a"), .quantity = {INT64_C(9000000000000000), "C62"}};
    stock_send(w, &type_stock_receive, "acme/main", &huge, 1);
    assert_refused(w, "amount_too_large", "/items/0/quantity");
    const struct stock *row =
        world_row(w, &stock_entity, &(struct stock){.node = STR("acme/main"), .sku = STR("a")});
    ck_assert_int_eq(row->on_hand, 10 * MICRO);
    world_free(w);
}
END_TEST

START_TEST(repeats_and_conflicts)
{
    struct world *w = sold();
    struct stock_item five = {.sku = STR("a"), .quantity = {5 * MICRO, "C62"}};
    struct stock_change change = {.node = STR("acme/main"),
                                  .principal = STR("clerk"),
                                  .idempotency_key = STR("once"),
                                  .items = &five,
                                  .items_count = 1};
    for (int i = 0; i < 3; i++)
        world_command(w, &type_stock_receive, &change, RIGHT_CATALOG);
    ck_assert_uint_eq(world_count(w, &type_stock_changed), 1);
    five.quantity.micro = MICRO;
    world_command(w, &type_stock_receive, &change, RIGHT_CATALOG);
    const struct command_answer *a = world_last(w, &type_catalog_command_refused);
    ck_assert_view(a->code, "conflict");
    world_free(w);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {as_many_as_fit,
                                  facts_follow_with_their_version,
                                  headers_refused,
                                  products_refused,
                                  sellers_and_nodes_refused,
                                  offers_and_assortments_refused,
                                  stock_commands,
                                  repeats_and_conflicts};
    return unit_suite("catalog_reference", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(suite)
