/* pricing: commands on lists and discounts through the fold, and what quotes make of them. */
#include "tests/unit/pricing_world.h"

START_TEST(foreign_prices_are_shown_by_the_first_few)
{
    base_put("A", "1.00");
    struct price p = price_of("A", "0.50", "0");
    for (int i = 0; i < 12; i++) {
        char id[16];
        snprintf(id, sizeof(id), "F%02d", i);
        struct price_list_put list = list_of(id, PRICE_LEVEL_ACCOUNT, &p, 1);
        list.account = STR("other");
        ck_assert_str_eq(put(&list), "accepted");
    }
    struct quote_line line = line_of(1, "A", "1");
    struct quote_request r = request_of("o1", &line, 1);
    ck_assert_int_eq(ask(&r)->total.micro, eur("1.00").micro);
    const struct receipt *receipt = receipt_read(row_of("o1", "1", "order"));
    ck_assert_uint_eq(receipt->lines[0].candidates_count, 9);
    ck_assert_int_eq(receipt->lines[0].left_out, 4);
    ck_assert_view(receipt->lines[0].candidates[0].verdict, "account");
    ck_assert_uint_eq(receipt->lists_count, 9);
}
END_TEST

START_TEST(lists_change)
{
    struct price prices[] = {price_of("A", "10", "0"), price_of("A", "9", "10"),
                             price_of("B|odd", "5", "0")};
    struct price_list_put list = list_of("base", PRICE_LEVEL_BASE, prices, 3);
    ck_assert_str_eq(put(&list), "accepted");
    struct quote_line lines[] = {line_of(1, "A", "10"), line_of(2, "B|odd", "1")};
    struct quote_request r = request_of("o1", lines, 2);
    ck_assert_int_eq(ask(&r)->total.micro, eur("95").micro);
    /* One tier goes, one price changes, in one version. */
    struct price fresh = price_of("B|odd", "6", "0");
    list = list_of("base", PRICE_LEVEL_BASE, &fresh, 1);
    list.removed = &prices[1];
    list.removed_count = 1;
    ck_assert_str_eq(put(&list), "accepted");
    r = request_of("o2", lines, 2);
    const struct quote_told *told = ask(&r);
    ck_assert_int_eq(told->total.micro, eur("106").micro);
    ck_assert_view(told->versions, "price_list=2,price=2,discount=0");
    list = list_of("base", PRICE_LEVEL_BASE, NULL, 0);
    list.status = STR("inactive");
    ck_assert_str_eq(put(&list), "accepted");
    r = request_of("o3", lines, 1);
    ck_assert_view(ask(&r)->reasons[0].code, "price_missing");
    ck_assert_view(receipt_read(row_of("o3", "1", "order"))->lines[0].candidates[0].verdict,
                   "inactive");
    list = list_of("base", PRICE_LEVEL_BASE, NULL, 0);
    list.currency = STR("USD");
    ck_assert_str_eq(put(&list), "currency_fixed");
}
END_TEST

/* A refused command changes nothing. */
START_TEST(all_or_nothing)
{
    struct price prices[] = {price_of("A", "10", "0"), price_of("A", "11", "0")};
    struct price_list_put list = list_of("base", PRICE_LEVEL_BASE, prices, 2);
    ck_assert_str_eq(put(&list), "tier_duplicate");
    const struct command_answer *no = world_last(world, &type_pricing_command_refused);
    ck_assert_view(no->path, "/prices/1");
    struct price_list_row key = {.price_list = STR("base")};
    ck_assert_ptr_null(world_row(world, &price_list_entity, &key));
    struct quote_line line = line_of(1, "A", "1");
    struct quote_request r = request_of("o1", &line, 1);
    ck_assert_view(ask(&r)->versions, "price_list=0,price=0,discount=0");
    struct discount twice[] = {{.discount = STR("D"), .kind = DISCOUNT_ALWAYS, .rate_ppm = 1},
                               {.discount = STR("D"), .kind = DISCOUNT_ALWAYS, .rate_ppm = 2}};
    struct discount_put command = {.reference = STR("reference:discount"),
                                   .principal = STR("clerk"),
                                   .idempotency_key = next_key(),
                                   .items = twice,
                                   .items_count = 2};
    world_forget(world);
    world_command(world, &type_discount_put, &command, RIGHT_PRICING);
    no = world_last(world, &type_pricing_command_refused);
    ck_assert_view(no->code, "discount_duplicate");
}
END_TEST

START_TEST(discounts_replace)
{
    base_put("A", "100");
    struct discount d = {.discount = STR("D"), .kind = DISCOUNT_ALWAYS, .rate_ppm = 100000};
    discount_put(d);
    d.rate_ppm = 200000;
    discount_put(d);
    struct quote_line line = line_of(1, "A", "1");
    struct quote_request r = request_of("o1", &line, 1);
    ck_assert_int_eq(ask(&r)->total.micro, eur("80").micro);
    d.account = STR("other");
    discount_put(d);
    r = request_of("o2", &line, 1);
    ck_assert_int_eq(ask(&r)->total.micro, eur("100").micro);
    ck_assert_uint_eq(receipt_read(row_of("o2", "1", "order"))->rules_count, 0);
    d.account = STR_NONE;
    struct str skus[] = {STR("Z"), STR("A")};
    d.skus = skus;
    d.skus_count = 2;
    discount_put(d);
    r = request_of("o3", &line, 1);
    ck_assert_int_eq(ask(&r)->total.micro, eur("80").micro);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {foreign_prices_are_shown_by_the_first_few, lists_change,
                                  all_or_nothing, discounts_replace};
    Suite *s = suite_create("pricing_lists");
    TCase *tcase = tcase_create("pricing_lists");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(s, tcase);
    return s;
}

UNIT_MAIN(suite)
