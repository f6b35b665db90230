/* pricing: what commands on lists and discounts must fulfil; ids of prices; the picture in memory.
 */
#include "tests/unit/unit.h"

#include "services/pricing/docs.h"
#include "services/pricing/put_rules.h"
#include "services/pricing/snapshot.h"

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}
static void teardown(void)
{
    arena_release(&arena);
}

static struct decimal dec(int64_t micro)
{
    return (struct decimal){.micro = micro, .present = true};
}

static struct price some_price(void)
{
    return (struct price){.sku = STR("A"), .unit = STR("C62"), .amount = dec(MICRO)};
}

static struct price_list_put some_list(void)
{
    return (struct price_list_put){.reference = STR("reference:price_list"),
                                   .price_list = STR("base"),
                                   .level = PRICE_LEVEL_BASE,
                                   .currency = STR("EUR")};
}

static void list_refused(struct price_list_put put, const char *code, const char *path)
{
    struct fault fault = {0};
    ck_assert(!price_list_check(&put, STR("EUR"), &arena, &fault));
    ck_assert_str_eq(fault.code, code);
    ck_assert_view(fault.path, path);
    ck_assert(str_present(fault.text) && str_present(fault.remedy));
}

static bool list_taken(struct price_list_put put, struct str kept)
{
    struct fault fault = {0};
    return price_list_check(&put, kept, &arena, &fault);
}

START_TEST(list_headers)
{
    struct price_list_put put = some_list();
    ck_assert(list_taken(put, STR_NONE));
    ck_assert(list_taken(put, STR("EUR")));
    static const char *const bad[] = {"a|b", "a b", "agreed", "a\x01", "caf\xc3\xa9"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put.price_list = str_of(bad[i]);
        list_refused(put, "id_invalid", "/price_list");
    }
    put.price_list = STR("Az09._:/+-@");
    ck_assert(list_taken(put, STR_NONE));
    put.currency = STR("USD");
    list_refused(put, "currency_fixed", "/currency");
    put.currency = STR("ZZZ");
    list_refused(put, "currency_unknown", "/currency");
    put.currency = STR("EURO");
    list_refused(put, "currency_unknown", "/currency");
    put = some_list();
    put.reference = STR("reference:discount"); /* another partition would order its changes */
    list_refused(put, "reference_invalid", "/reference");
    put = some_list();
    put.valid_until.at = 5;
    ck_assert(list_taken(put, STR_NONE));
    put.valid_from.at = 5;
    list_refused(put, "window_empty", "/valid_until");
    put.valid_from.at = 4;
    ck_assert(list_taken(put, STR_NONE));
    put.status = STR("sleeping");
    list_refused(put, "value_unknown", "/status");
    put.status = STR("inactive");
    ck_assert(list_taken(put, STR_NONE));
    put.status = STR("active");
    put.decimals = dec(7 * MICRO);
    list_refused(put, "decimals_invalid", "/decimals");
    put.decimals = dec(-MICRO);
    list_refused(put, "decimals_invalid", "/decimals");
    put.decimals = dec(MICRO / 2);
    list_refused(put, "decimals_invalid", "/decimals");
    put.decimals = dec(6 * MICRO);
    ck_assert(list_taken(put, STR_NONE));
}
END_TEST

START_TEST(list_scopes)
{
    struct price_list_put put = some_list();
    put.level = PRICE_LEVEL_CONTRACT;
    list_refused(put, "account_missing", "/account");
    put.level = PRICE_LEVEL_ACCOUNT;
    list_refused(put, "account_missing", "/account");
    put.account = STR("me");
    put.channel = STR("web");
    ck_assert(list_taken(put, STR_NONE));
    put.level = PRICE_LEVEL_CHANNEL;
    list_refused(put, "account_not_allowed", "/account");
    put.account = STR_NONE;
    ck_assert(list_taken(put, STR_NONE));
    put.channel = STR_NONE;
    list_refused(put, "channel_missing", "/channel");
    put.level = PRICE_LEVEL_BASE;
    put.channel = STR("web");
    list_refused(put, "channel_not_allowed", "/channel");
}
END_TEST

START_TEST(list_prices)
{
    struct price prices[] = {some_price(), some_price(), some_price(), some_price()};
    prices[1].min_quantity = dec(MICRO);
    prices[2].sku = STR("B");
    prices[3].unit = STR("KGM");
    struct price_list_put put = some_list();
    put.prices = prices;
    put.prices_count = 4;
    ck_assert(list_taken(put, STR_NONE));
    prices[3].unit = STR("C62");
    list_refused(put, "tier_duplicate", "/prices/3");
    put.prices_count = 3;
    struct price gone = prices[1];
    gone.amount.present = false;
    put.removed = &gone;
    put.removed_count = 1;
    list_refused(put, "tier_duplicate", "/removed/0");
    gone.sku = STR("C");
    ck_assert(list_taken(put, STR_NONE));
    gone.unit = STR("c62");
    list_refused(put, "unit_invalid", "/removed/0/unit");
    prices[1].amount.present = false;
    list_refused(put, "amount_missing", "/prices/1/amount");
    prices[0].unit = STR("");
    list_refused(put, "unit_invalid", "/prices/0/unit");
    prices[0].unit = STR("ABCDEFGH");
    list_refused(put, "unit_invalid", "/prices/0/unit");
}
END_TEST

/* Many of them, so that the table of the check wraps and collides. */
START_TEST(list_of_two_thousand)
{
    enum { COUNT = 2000 };
    struct price *prices = arena_array(&arena, struct price, COUNT);
    for (int i = 0; i < COUNT; i++) {
        prices[i] = some_price();
        prices[i].sku = arena_printf(&arena, "S%d", i / 2);
        prices[i].min_quantity = dec(i % 2);
    }
    struct price_list_put put = some_list();
    put.prices = prices;
    put.prices_count = COUNT;
    ck_assert(list_taken(put, STR_NONE));
    prices[COUNT - 1] = prices[COUNT - 2];
    list_refused(put, "tier_duplicate", "/prices/1999");
}
END_TEST

static void discounts_refused(struct discount d, const char *code, const char *path)
{
    struct discount_put put = {
        .reference = STR("reference:discount"), .items = &d, .items_count = 1};
    struct fault fault = {0};
    ck_assert(!discounts_check(&put, &arena, &fault));
    ck_assert_str_eq(fault.code, code);
    ck_assert_view(fault.path, path);
    ck_assert(str_present(fault.text) && str_present(fault.remedy));
}

static bool discount_taken(struct discount d)
{
    struct discount_put put = {
        .reference = STR("reference:discount"), .items = &d, .items_count = 1};
    struct fault fault = {0};
    return discounts_check(&put, &arena, &fault);
}

START_TEST(discounts)
{
    struct discount d = {.discount = STR("D"), .kind = DISCOUNT_ALWAYS, .rate_ppm = 1};
    ck_assert(discount_taken(d));
    d.currency = STR("EUR");
    discounts_refused(d, "threshold_not_allowed", "/items/0/currency");
    d.threshold = dec(0);
    discounts_refused(d, "threshold_not_allowed", "/items/0/threshold");
    d.kind = DISCOUNT_THRESHOLD;
    ck_assert(discount_taken(d));
    d.currency = STR("QQQ");
    discounts_refused(d, "currency_unknown", "/items/0/currency");
    d.currency = STR_NONE;
    discounts_refused(d, "currency_missing", "/items/0/currency");
    d.threshold.present = false;
    discounts_refused(d, "threshold_missing", "/items/0/threshold");
    d.kind = DISCOUNT_ALWAYS;
    d.valid_from.at = d.valid_until.at = 1;
    discounts_refused(d, "window_empty", "/items/0/valid_until");
    d.valid_until.at = 2;
    d.status = STR("off");
    discounts_refused(d, "value_unknown", "/items/0/status");
    d.status = STR_NONE;
    struct str names[] = {STR("fine"), {arena_alloc(&arena, 101), 101}};
    d.skus = d.families = names;
    d.skus_count = 1;
    d.families_count = 2;
    discounts_refused(d, "text_too_long", "/items/0/families");
    names[1].size = 0;
    d.skus_count = 2;
    discounts_refused(d, "text_too_long", "/items/0/skus");
    d.discount = STR("a|b");
    discounts_refused(d, "id_invalid", "/items/0/discount");
    struct discount twice[] = {{.discount = STR("D"), .kind = DISCOUNT_ALWAYS},
                               {.discount = STR("D"), .kind = DISCOUNT_ALWAYS}};
    struct discount_put put = {
        .reference = STR("reference:discount"), .items = twice, .items_count = 2};
    struct fault fault = {0};
    ck_assert(!discounts_check(&put, &arena, &fault));
    ck_assert_str_eq(fault.code, "discount_duplicate");
    ck_assert_view(fault.path, "/items/1");
    struct discount_put elsewhere = {
        .reference = STR("reference:price_list"), .items = twice, .items_count = 1};
    ck_assert(!discounts_check(&elsewhere, &arena, &fault));
    ck_assert_str_eq(fault.code, "reference_invalid");
}
END_TEST

START_TEST(price_ids)
{
    struct price p = {.sku = STR("x|y|z"), .unit = STR("KGM"), .min_quantity = dec(1500000)};
    struct str id = price_id(&arena, STR("L1"), &p);
    ck_assert_view(id, "L1|x|y|z|KGM|1.5");
    struct price_key key;
    ck_assert(price_id_read(id, &key));
    ck_assert_view(key.list, "L1");
    ck_assert_view(key.sku, "x|y|z");
    ck_assert_view(key.unit, "KGM");
    ck_assert_int_eq(key.min_quantity_micro, 1500000);
    ck_assert(!price_id_read(STR("L1|x"), &key));
    ck_assert(!price_id_read(STR("L1"), &key));
    ck_assert(!price_id_read(STR("L1|KGM|1"), &key));
    ck_assert(!price_id_read(STR("L1|x|KGM|one"), &key));
}
END_TEST

START_TEST(list_defaults)
{
    struct price_list_put put = some_list();
    put.currency = STR("KWD");
    struct list_doc doc = list_doc_of(&put);
    ck_assert_int_eq(doc.decimals, 3);
    ck_assert_int_eq(doc.policy, LEVEL_POLICY_PRIORITY);
    ck_assert_int_eq(doc.rounding_point, ROUNDING_POINT_LINE);
    ck_assert_int_eq(doc.rounding, ROUNDING_HALF_AWAY);
    ck_assert(doc.active);
    put.decimals = dec(4 * MICRO);
    put.policy = LEVEL_POLICY_LOWEST;
    put.rounding_point = ROUNDING_POINT_ORDER;
    put.rounding = ROUNDING_HALF_EVEN;
    put.status = STR("inactive");
    doc = list_doc_of(&put);
    ck_assert_int_eq(doc.decimals, 4);
    ck_assert_int_eq(doc.policy, LEVEL_POLICY_LOWEST);
    ck_assert_int_eq(doc.rounding_point, ROUNDING_POINT_ORDER);
    ck_assert_int_eq(doc.rounding, ROUNDING_HALF_EVEN);
    ck_assert(!doc.active);
}
END_TEST

static void apply(struct snapshot *s, const char *kind, struct str id, struct str doc)
{
    snapshot_apply(s, &(struct reference_row){.kind = str_of(kind), .id = id, .doc = doc});
}

static void price_apply(struct snapshot *s, const char *list, struct price p)
{
    struct price_doc doc = price_doc_of(str_of(list), &p);
    apply(s, KIND_PRICE, price_id(&arena, str_of(list), &p),
          p.amount.present ? shape_text(&price_doc_shape, &doc, &arena) : STR_NONE);
}

START_TEST(snapshot_of_prices)
{
    struct snapshot *s = snapshot_new();
    struct price p = some_price();
    /* Prices may come before their list: then nothing wins, but nothing is lost. */
    price_apply(s, "z", p);
    p.min_quantity = dec(10 * MICRO);
    price_apply(s, "a", p);
    p.min_quantity = dec(5 * MICRO);
    price_apply(s, "a", p);
    p.unit = STR("BX");
    price_apply(s, "a", p);
    struct sku_prices found = snapshot_prices(s, STR("A"));
    ck_assert_uint_eq(found.count, 4);
    ck_assert_view(found.items[0].tariff->id, "a");
    ck_assert_str_eq(found.items[0].unit, "BX");
    ck_assert_int_eq(found.items[1].min_quantity_micro, 5 * MICRO);
    ck_assert_view(found.items[3].tariff->id, "z");
    ck_assert(!found.items[3].tariff->active);
    struct price_list_put put = some_list();
    put.price_list = STR("z");
    struct list_doc doc = list_doc_of(&put);
    apply(s, KIND_PRICE_LIST, STR("z"), shape_text(&list_doc_shape, &doc, &arena));
    ck_assert(found.items[3].tariff->active);
    ck_assert_ptr_eq(snapshot_list(s, STR("z")), found.items[3].tariff);
    ck_assert_ptr_null(snapshot_list(s, STR("y")));
    p.amount.micro = 7;
    price_apply(s, "a", p);
    ck_assert_int_eq(snapshot_prices(s, STR("A")).items[0].amount_micro, 7);
    p.amount.present = false;
    price_apply(s, "a", p);
    price_apply(s, "a", p);
    p.sku = STR("never");
    price_apply(s, "a", p);
    ck_assert_uint_eq(snapshot_prices(s, STR("A")).count, 3);
    ck_assert_uint_eq(snapshot_price_count(s), 3);
    apply(s, KIND_PRICE_LIST, STR("z"), STR_NONE);
    ck_assert(!snapshot_list(s, STR("z"))->active);
    ck_assert_uint_eq(snapshot_prices(s, STR("B")).count, 0);
    apply(s, "something_else", STR("x"), STR_NONE);
    snapshot_free(s);
    snapshot_free(NULL);
}
END_TEST

START_TEST(snapshot_of_discounts)
{
    struct snapshot *s = snapshot_new();
    struct str names[] = {STR("c"), STR("a"), STR("b")};
    for (int i = 0; i < 40; i++) {
        struct discount d = {.discount = arena_printf(&arena, "D%02d", i % 20),
                             .kind = DISCOUNT_ALWAYS,
                             .rate_ppm = 1,
                             .priority = i % 3,
                             .skus = names,
                             .skus_count = 3,
                             .families = names,
                             .families_count = 2};
        apply(s, KIND_DISCOUNT, d.discount, shape_text(&discount_shape, &d, &arena));
    }
    struct snapshot_rules rules = snapshot_rules(s);
    ck_assert_uint_eq(rules.count, 20);
    for (size_t i = 1; i < rules.count; i++)
        ck_assert(price_rule_before(rules.items[i - 1], rules.items[i]));
    ck_assert_view(rules.items[0]->skus[0], "a");
    ck_assert_view(rules.items[0]->skus[2], "c");
    ck_assert_view(rules.items[0]->families[1], "c");
    apply(s, KIND_DISCOUNT, STR("D07"), STR_NONE);
    apply(s, KIND_DISCOUNT, STR("D07"), STR_NONE);
    ck_assert_uint_eq(snapshot_rules(s).count, 19);
    snapshot_free(s);
}
END_TEST

/* Many prices: each SKU is found in one step. */
START_TEST(snapshot_of_a_hundred_thousand)
{
    enum { SKU_COUNT = 25000 };
    struct snapshot *s = snapshot_new();
    struct arena turn;
    arena_init(&turn);
    for (int i = 0; i < 4 * SKU_COUNT; i++) {
        struct str list = i % 4 < 2 ? STR("a") : STR("b");
        struct price p = some_price();
        p.sku = arena_printf(&turn, "SKU-%d", i / 4);
        p.min_quantity = dec(i % 2 * MICRO);
        struct price_doc doc = price_doc_of(list, &p);
        apply(s, KIND_PRICE, price_id(&turn, list, &p), shape_text(&price_doc_shape, &doc, &turn));
        arena_reset(&turn);
    }
    ck_assert_uint_eq(snapshot_price_count(s), 4 * SKU_COUNT);
    ck_assert_uint_eq(snapshot_prices(s, STR("SKU-24999")).count, 4);
    ck_assert_uint_eq(snapshot_prices(s, STR("SKU-25000")).count, 0);
    arena_release(&turn);
    snapshot_free(s);
}
END_TEST

static struct snapshot *broken;
static void unreadable_doc(void)
{
    broken = snapshot_new();
    apply(broken, KIND_DISCOUNT, STR("D"), STR("{}"));
}
static void unreadable_id(void)
{
    broken = snapshot_new();
    apply(broken, KIND_PRICE, STR("D"), STR("{}"));
}

START_TEST(unreadable_rows_end_the_process)
{
    ck_assert(unit_dies(unreadable_doc));
    ck_assert(unit_dies(unreadable_id));
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {list_headers,
                                  list_scopes,
                                  list_prices,
                                  list_of_two_thousand,
                                  discounts,
                                  price_ids,
                                  list_defaults,
                                  snapshot_of_prices,
                                  snapshot_of_discounts,
                                  snapshot_of_a_hundred_thousand,
                                  unreadable_rows_end_the_process};
    Suite *s = suite_create("pricing_put");
    TCase *tcase = tcase_create("pricing_put");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(s, tcase);
    return s;
}

UNIT_MAIN(suite)
