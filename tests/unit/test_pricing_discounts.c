/* pricing: the worked examples of discounts, as services/pricing/README.md shows them. */
#include "tests/unit/pricing_case.h"

/* F03: 11 x 100.00, always 10 %, more than 900.00 gives another 5 %. */
static void worked(const char *quantity, const char *amount, enum price_rule_base base)
{
    in.line_count = in.candidate_count = in.rule_count = 0;
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", quantity);
    offer(0, amount, "0");
    rule("A10", PRICE_RULE_ALWAYS, 100000, PRICE_RULE_BASE_RUNNING);
    rule("T900", PRICE_RULE_THRESHOLD, 50000, base)->threshold_micro = micro("900");
    ck_assert(price());
}

START_TEST(always_then_threshold)
{
    worked("11", "100", PRICE_RULE_BASE_RUNNING);
    ck_assert_amount(out.rules[1].tested_micro, "990");
    ck_assert_amount(out.total_micro, "940.50");
    ck_assert_amount(out.lines[0].gross_micro, "1100");
    ck_assert_amount(out.lines[0].discount_micro, "159.50");
    worked("11", "100", PRICE_RULE_BASE_LIST);
    ck_assert_amount(out.total_micro, "935");
}
END_TEST

START_TEST(threshold_is_strict)
{
    worked("10", "100", PRICE_RULE_BASE_RUNNING);
    ck_assert_amount(out.total_micro, "900");
    ck_assert_int_eq(out.rules[1].verdict, PRICE_RULE_NEAR_THRESHOLD);
    ck_assert_int_eq(out.rules[1].missing_micro, 0);
    worked("1", "1000.01", PRICE_RULE_BASE_RUNNING);
    ck_assert_amount(out.total_micro, "855.01"); /* 900.01 - 45.00 */
    worked("9", "100", PRICE_RULE_BASE_RUNNING);
    ck_assert_int_eq(out.rules[1].verdict, PRICE_RULE_NEAR_THRESHOLD);
    ck_assert_amount(out.rules[1].missing_micro, "90");
    worked("1", "899.99", PRICE_RULE_BASE_RUNNING);
    ck_assert_int_eq(out.rules[1].verdict, PRICE_RULE_BELOW_THRESHOLD);
}
END_TEST

/* Three equal lines share 10.00: 3.34, 3.33, 3.33 (F19), and still sum. */
START_TEST(order_discount_is_spread)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    for (int i = 0; i < 3; i++) {
        line(i == 0 ? "A" : i == 1 ? "B" : "C", "1");
        offer(0, "33.34", "0");
    }
    rule("T", PRICE_RULE_THRESHOLD, 100000, PRICE_RULE_BASE_RUNNING)->threshold_micro =
        micro("100");
    ck_assert(price());
    ck_assert_amount(out.rules[0].discount_micro, "10");
    ck_assert_amount(out.lines[0].discount_micro, "3.34");
    ck_assert_amount(out.lines[1].discount_micro, "3.33");
    ck_assert_amount(out.lines[2].discount_micro, "3.33");
    ck_assert_amount(out.subtotal_micro, "90.02");
}
END_TEST

START_TEST(rules_speak_of_skus_and_families)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", "1");
    offer(0, "100", "0");
    line("B", "1")->family = STR("toys");
    offer(0, "100", "0");
    struct price_line *locked = line("A", "1");
    locked->agreed = true;
    locked->agreed_micro = micro("70");
    offer(0, "100", "0");
    static const struct str skus[] = {{"A", 1}}, families[] = {{"toys", 4}};
    struct price_rule *r = rule("S", PRICE_RULE_ALWAYS, 100000, PRICE_RULE_BASE_RUNNING);
    r->skus = skus;
    r->sku_count = 1;
    r = rule("T", PRICE_RULE_THRESHOLD, 500000, PRICE_RULE_BASE_RUNNING);
    r->families = families;
    r->family_count = 1;
    r->threshold_micro = micro("99.99");
    ck_assert(price());
    ck_assert_amount(out.lines[0].net_micro, "90");
    ck_assert_amount(out.lines[1].net_micro, "50");
    ck_assert_amount(out.lines[2].net_micro, "70"); /* a price lock stays what it is */
    ck_assert_uint_eq(out.rules[0].line_count, 1);
    ck_assert_int_eq(out.lines[2].source, PRICE_SOURCE_AGREED);
    ck_assert_int_eq(out.verdicts[2], PRICE_VERDICT_LOWER_LEVEL);
}
END_TEST

/* A share finer than the line's own digits stays payable: the next rule can still take it all. */
START_TEST(shares_of_shares)
{
    tariff(0, "a", PRICE_SOURCE_BASE);
    tariff(1, "b", PRICE_SOURCE_BASE)->rounding.digits = 4;
    line("A", "1");
    offer(0, "1.01", "0");
    line("B", "1");
    offer(1, "2.0203", "0");
    static const struct str skus[] = {{"A", 1}};
    rule("1", PRICE_RULE_THRESHOLD, 333333, PRICE_RULE_BASE_RUNNING);
    struct price_rule *r = rule("2", PRICE_RULE_THRESHOLD, MICRO, PRICE_RULE_BASE_RUNNING);
    r->skus = skus;
    r->sku_count = 1;
    ck_assert(price());
    ck_assert_amount(out.rules[0].discount_micro, "1.0101");
    ck_assert_amount(out.rules[1].tested_micro, "0.6733");
    ck_assert_int_eq(out.lines[0].net_micro, 0);
    ck_assert_amount(out.total_micro, "1.3469");
}
END_TEST

START_TEST(full_discount_is_zero)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", "3");
    offer(0, "0.333", "0");
    rule("D60", PRICE_RULE_ALWAYS, 600000, PRICE_RULE_BASE_RUNNING);
    rule("E60", PRICE_RULE_ALWAYS, 600000, PRICE_RULE_BASE_LIST); /* more than is left */
    ck_assert(price());
    ck_assert_int_eq(out.total_micro, 0);
    ck_assert_amount(out.lines[0].discount_micro, "1");
    /* The same by thresholds of the list, which take what is left at most. */
    rules[0].kind = rules[1].kind = PRICE_RULE_THRESHOLD;
    rules[0].base = PRICE_RULE_BASE_LIST;
    ck_assert(price());
    ck_assert_amount(out.rules[1].discount_micro, "0.4");
    ck_assert_int_eq(out.total_micro, 0);
}
END_TEST

START_TEST(rule_filters)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", "1");
    offer(0, "1", "0");
    static const struct str other[] = {{"Z", 1}};
    rule("1", PRICE_RULE_ALWAYS, 1, PRICE_RULE_BASE_RUNNING)->active = false;
    memcpy(rule("2", PRICE_RULE_THRESHOLD, 1, PRICE_RULE_BASE_RUNNING)->currency, "USD", 4);
    rule("3", PRICE_RULE_ALWAYS, 1, PRICE_RULE_BASE_RUNNING)->account = STR("other");
    rule("4", PRICE_RULE_ALWAYS, 1, PRICE_RULE_BASE_RUNNING)->valid_from_us = NOW + 1;
    rule("5", PRICE_RULE_ALWAYS, 1, PRICE_RULE_BASE_RUNNING)->valid_until_us = NOW;
    for (int i = 0; i < 2; i++) {
        struct price_rule *r = rule(i ? "7" : "6", i ? PRICE_RULE_THRESHOLD : PRICE_RULE_ALWAYS, 1,
                                    PRICE_RULE_BASE_RUNNING);
        r->skus = other;
        r->sku_count = 1;
    }
    rule("8", PRICE_RULE_THRESHOLD, 1, PRICE_RULE_BASE_RUNNING)->threshold_micro = micro("9");
    ck_assert(price());
    static const enum price_rule_verdict wanted[] = {
        PRICE_RULE_INACTIVE, PRICE_RULE_CURRENCY, PRICE_RULE_ACCOUNT, PRICE_RULE_NOT_YET_VALID,
        PRICE_RULE_EXPIRED,  PRICE_RULE_NO_LINE,  PRICE_RULE_NO_LINE, PRICE_RULE_BELOW_THRESHOLD};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        ck_assert_int_eq(out.rules[i].verdict, wanted[i]);
}
END_TEST

START_TEST(rules_by_priority_then_id)
{
    struct price_rule a = {.id = STR("a"), .priority = 1}, b = {.id = STR("b"), .priority = 1};
    ck_assert(price_rule_before(&a, &b));
    ck_assert(!price_rule_before(&b, &a));
    b.priority = 2;
    ck_assert(price_rule_before(&b, &a));
}
END_TEST

/* Sixteen percentages stay exact, a seventeenth is refused. */
START_TEST(many_percentages)
{
    tariff(0, "base", PRICE_SOURCE_BASE)->rounding.digits = 6;
    line("A", "9000000000");
    offer(0, "1", "0");
    for (int i = 0; i < PRICE_PERCENT_COUNT_MAX; i++) {
        static char ids[PRICE_PERCENT_COUNT_MAX][16];
        snprintf(ids[i], sizeof(ids[i]), "%02d", i);
        rule(ids[i], PRICE_RULE_ALWAYS, 1, PRICE_RULE_BASE_RUNNING);
    }
    ck_assert(price());
    /* 9e9 x 0.999999^16, by Python's decimal: 8999856001.079994960... */
    ck_assert_amount(out.total_micro, "8999856001.079995");
    rule("99", PRICE_RULE_ALWAYS, 1, PRICE_RULE_BASE_RUNNING);
    ck_assert(!price());
    ck_assert_int_eq(out.lines[0].fault, PRICE_FAULT_PERCENTS);
    ck_assert_int_eq(out.total_micro, 0);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {always_then_threshold,
                                  threshold_is_strict,
                                  order_discount_is_spread,
                                  rules_speak_of_skus_and_families,
                                  shares_of_shares,
                                  full_discount_is_zero,
                                  rule_filters,
                                  rules_by_priority_then_id,
                                  many_percentages};
    Suite *s = suite_create("pricing_discounts");
    TCase *tcase = tcase_create("pricing_discounts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(s, tcase);
    return s;
}

UNIT_MAIN(suite)
