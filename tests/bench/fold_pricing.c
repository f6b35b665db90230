/* fold_pricing: a quote of three lines: the price calculation with its receipt, kept and told. */
#include "tests/bench/count.h"
#include "tests/unit/pricing_world.h"

static void clean_order(const char *order)
{
    struct quote_line three[] = {line_of(1, "A", "3"), line_of(2, "B", "7"), line_of(3, "C", "1")};
    struct quote_request r = request_of(order, three, ARRAY_LEN(three));
    ask(&r);
}

START_TEST(pricing)
{
    setup();
    struct price prices[] = {price_of("A", "12.50", "0"), price_of("A", "11.00", "6"),
                             price_of("B", "3.10", "0"), price_of("B", "2.90", "6"),
                             price_of("C", "99.00", "0")};
    struct price_list_put list = list_of("base", PRICE_LEVEL_BASE, prices, ARRAY_LEN(prices));
    ck_assert_str_eq(put(&list), "accepted");
    const char *orders[] = {"o1", "o2"};
    size_t next = 0;
    COUNT_SECOND("pricing", clean_order(orders[next++]));
    teardown();
}
END_TEST

COUNT_MAIN(pricing)
