/* pricing: winners, tiers and rounding, as services/pricing/README.md tells them. */
#include "tests/unit/pricing_case.h"

#include "services/pricing/kernel/wide.h"

START_TEST(levels_in_order)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    tariff(1, "web", PRICE_SOURCE_CHANNEL)->channel = STR("web");
    tariff(2, "mine", PRICE_SOURCE_ACCOUNT)->account = STR("me");
    tariff(3, "contract", PRICE_SOURCE_CONTRACT)->account = STR("me");
    line("A", "1");
    offer(0, "1", "0");
    offer(1, "2", "0");
    offer(2, "3", "0");
    offer(3, "4", "0");
    for (int level = 3; level >= 0; level--) {
        ck_assert(price());
        ck_assert_int_eq(out.lines[0].winner, level);
        ck_assert_int_eq(out.lines[0].above_base, level == 3 ? 0 : PRICE_NONE);
        ck_assert_int_eq(out.verdicts[0],
                         level == 0 ? PRICE_VERDICT_WINNER : PRICE_VERDICT_LOWER_LEVEL);
        tariffs[level].active = false;
    }
    ck_assert(!price());
    ck_assert_int_eq(out.lines[0].fault, PRICE_FAULT_MISSING);
    ck_assert_int_eq(out.verdicts[3], PRICE_VERDICT_INACTIVE);
}
END_TEST

START_TEST(contract_above_base_is_kept)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    tariff(1, "contract", PRICE_SOURCE_CONTRACT)->account = STR("me");
    line("A", "2");
    offer(0, "10", "0");
    offer(1, "12.5", "0");
    ck_assert(price());
    ck_assert_amount(out.total_micro, "25");
    ck_assert_int_eq(out.lines[0].above_base, 0);
    ck_assert_amount(out.lines[0].above_base_micro, "2.5");
    candidates[1].amount_micro = micro("10");
    ck_assert(price());
    ck_assert_int_eq(out.lines[0].above_base, PRICE_NONE);
}
END_TEST

START_TEST(filters_say_why)
{
    for (size_t i = 0; i < 8; i++)
        tariff(i, "x", PRICE_SOURCE_BASE);
    tariffs[0].active = false;
    memcpy(tariffs[1].currency, "USD", CURRENCY_SIZE);
    tariffs[2].account = STR("other");
    tariffs[3].channel = STR("shop");
    tariffs[4].valid_from_us = NOW + 1;
    tariffs[5].valid_until_us = NOW; /* half open: the end is out */
    tariffs[6].valid_from_us = NOW;  /* the start is in */
    line("A", "1");
    for (size_t i = 0; i < 8; i++)
        offer(i, "1", "0");
    memcpy(candidates[7].unit, "KGM", 4);
    offer(6, "1", "1.000001");
    ck_assert(price());
    static const enum price_verdict wanted[] = {
        PRICE_VERDICT_INACTIVE, PRICE_VERDICT_CURRENCY,      PRICE_VERDICT_ACCOUNT,
        PRICE_VERDICT_CHANNEL,  PRICE_VERDICT_NOT_YET_VALID, PRICE_VERDICT_EXPIRED,
        PRICE_VERDICT_WINNER,   PRICE_VERDICT_UNIT,          PRICE_VERDICT_MIN_QUANTITY};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        ck_assert_int_eq(out.verdicts[i], wanted[i]);
    in.channel = STR_NONE;
    ck_assert(price());
    ck_assert_int_eq(out.verdicts[3], PRICE_VERDICT_CHANNEL);
}
END_TEST

START_TEST(ties_inside_a_level)
{
    tariff(0, "b", PRICE_SOURCE_BASE);
    tariff(1, "a", PRICE_SOURCE_BASE);
    line("A", "1");
    offer(0, "5", "0");
    offer(1, "5", "0");
    ck_assert(price());
    ck_assert_int_eq(out.lines[0].winner, 1); /* lower id */
    ck_assert_int_eq(out.verdicts[0], PRICE_VERDICT_HIGHER_ID);
    candidates[0].amount_micro = micro("4.99");
    ck_assert(price());
    ck_assert_int_eq(out.verdicts[1], PRICE_VERDICT_HIGHER_AMOUNT);
    tariffs[1].valid_from_us = 1; /* later than always */
    ck_assert(price());
    ck_assert_int_eq(out.verdicts[0], PRICE_VERDICT_EARLIER_START);
    tariffs[0].priority = 1;
    ck_assert(price());
    ck_assert_int_eq(out.verdicts[1], PRICE_VERDICT_PRIORITY);
    /* The policy of the list with the highest priority counts for the level. */
    tariffs[1].policy = PRICE_POLICY_LOWEST;
    candidates[0].amount_micro = micro("6");
    ck_assert(price());
    ck_assert_int_eq(out.lines[0].winner, 0);
    tariffs[0].policy = PRICE_POLICY_LOWEST;
    ck_assert(price());
    ck_assert_int_eq(out.lines[0].winner, 1);
    ck_assert_int_eq(out.verdicts[0], PRICE_VERDICT_HIGHER_AMOUNT);
    /* Twice the same price of one list, which no load lets in: the first one given. */
    candidates[0] = candidates[1];
    ck_assert(price());
    ck_assert_int_eq(out.lines[0].winner, 0);
}
END_TEST

/* F04: splitting a line changes nothing. */
START_TEST(tiers_count_the_order)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    for (int i = 0; i < 2; i++) {
        line("A", "6");
        offer(0, "10", "0");
        offer(0, "9", "12");
        offer(0, "8", "13");
    }
    ck_assert(price());
    ck_assert_amount(out.total_micro, "108");
    ck_assert_amount(out.lines[0].tier_quantity_micro, "12");
    ck_assert_int_eq(out.verdicts[0], PRICE_VERDICT_LOWER_TIER);
    ck_assert_int_eq(out.verdicts[1], PRICE_VERDICT_WINNER);
    ck_assert_int_eq(out.verdicts[2], PRICE_VERDICT_MIN_QUANTITY);
    lines[1].sku = STR("B");
    ck_assert(price());
    ck_assert_amount(out.total_micro, "120");
    lines[1].sku = STR("A");
    memcpy(lines[1].quantity.unit, "KGM", 4);
    ck_assert(!price());
    ck_assert_int_eq(out.lines[0].fault, PRICE_FAULT_ABSENT);
    ck_assert_int_eq(out.lines[1].fault, PRICE_FAULT_MISSING);
}
END_TEST

static int64_t rounded_line(enum rounding mode, const char *amount)
{
    in.line_count = in.candidate_count = 0;
    tariff(0, "base", PRICE_SOURCE_BASE)->rounding.mode = mode;
    line("A", "1");
    offer(0, amount, "0");
    ck_assert(price());
    ck_assert_int_eq(out.lines[0].discount_micro, 0);
    return out.total_micro;
}

START_TEST(rounding_modes)
{
    ck_assert_amount(rounded_line(ROUNDING_HALF_AWAY, "0.125"), "0.13");
    ck_assert_amount(rounded_line(ROUNDING_HALF_UP, "0.125"), "0.13");
    ck_assert_amount(rounded_line(ROUNDING_HALF_DOWN, "0.125"), "0.12");
    ck_assert_amount(rounded_line(ROUNDING_HALF_EVEN, "0.125"), "0.12");
    ck_assert_amount(rounded_line(ROUNDING_HALF_EVEN, "0.135"), "0.14");
    ck_assert_amount(rounded_line(ROUNDING_HALF_DOWN, "0.125001"), "0.13");
}
END_TEST

/* One rounding of the exact line: 3 x 0.335 less 50 % is 0.5025, not half of 1.01. */
START_TEST(line_rounds_once)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", "3")->agreed_ppm = 500000;
    offer(0, "0.335", "0");
    ck_assert(price());
    ck_assert_amount(out.lines[0].gross_micro, "1.01");
    ck_assert_amount(out.lines[0].net_micro, "0.50");
    ck_assert_amount(out.lines[0].discount_micro, "0.51");
    ck_assert_uint_eq(out.lines[0].step_count, 3);
    ck_assert_amount(out.lines[0].steps[0].value_micro, "1.005");
    ck_assert_amount(out.lines[0].steps[1].value_micro, "0.5025");
    ck_assert_amount(out.lines[0].steps[2].value_micro, "0.50");
    tariffs[0].rounding.digits = 4;
    ck_assert(price());
    ck_assert_amount(out.lines[0].gross_micro, "1.005");
    ck_assert_amount(out.lines[0].net_micro, "0.5025");
}
END_TEST

START_TEST(unit_point)
{
    tariff(0, "base", PRICE_SOURCE_BASE)->rounding.point = PRICE_POINT_UNIT;
    line("A", "1000");
    offer(0, "0.333", "0");
    rule("D", PRICE_RULE_ALWAYS, 100000, PRICE_RULE_BASE_RUNNING);
    ck_assert(price());
    ck_assert_amount(out.lines[0].unit_price_micro, "0.33");
    ck_assert_amount(out.lines[0].gross_micro, "330");
    ck_assert_amount(out.lines[0].net_micro, "300"); /* 0.2997 -> 0.30 x 1000 */
}
END_TEST

/* Point order: 3 x 0.333333 is 0.999999; the order says 1.00, and the lines sum to it. */
START_TEST(order_point)
{
    tariff(0, "base", PRICE_SOURCE_BASE)->rounding.point = PRICE_POINT_ORDER;
    for (int i = 0; i < 3; i++) {
        line(i == 0 ? "A" : i == 1 ? "B" : "C", "1");
        offer(0, "0.333333", "0");
    }
    ck_assert(price());
    ck_assert_amount(out.order_exact_micro, "0.999999");
    ck_assert_amount(out.subtotal_micro, "1");
    ck_assert_amount(out.lines[0].net_micro, "0.333334");
    ck_assert_amount(out.lines[2].net_micro, "0.333333");
    ck_assert_amount(out.lines[0].discount_micro, "-0.000001");
    ck_assert_uint_eq(out.order_rounded_count, 3);
}
END_TEST

/* Several lists in one order: each line by its own settings; shared sums by the finest. */
START_TEST(lists_of_different_digits)
{
    tariff(0, "a", PRICE_SOURCE_BASE);
    tariff(1, "b", PRICE_SOURCE_BASE)->rounding.digits = 4;
    line("A", "1");
    offer(0, "1.006", "0");
    line("B", "1");
    offer(1, "1.00066", "0");
    ck_assert(price());
    ck_assert_amount(out.lines[0].net_micro, "1.01");
    ck_assert_amount(out.lines[1].net_micro, "1.0007");
    rule("T", PRICE_RULE_THRESHOLD, MICRO, PRICE_RULE_BASE_RUNNING)->threshold_micro = micro("2");
    ck_assert(price());
    ck_assert_int_eq(out.total_micro, 0);
    ck_assert_int_eq(out.lines[0].net_micro, 0);
    ck_assert_int_eq(out.rules[0].rounding.digits, 4);
    /* Of two with the same digits the lower list id leads: its mode rounds 0.005 to 0.01. */
    tariffs[1].rounding = (struct price_rounding){PRICE_POINT_LINE, ROUNDING_HALF_DOWN, 2};
    rules[0].rate_ppm = 2500;
    candidates[0].amount_micro = candidates[1].amount_micro = micro("1.0");
    rules[0].threshold_micro = micro("1.99");
    ck_assert(price());
    ck_assert_amount(out.rules[0].discount_micro, "0.01");
}
END_TEST

START_TEST(overflow)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", "2");
    offer(0, "9000000000", "0");
    ck_assert(!price());
    ck_assert_int_eq(out.lines[0].fault, PRICE_FAULT_OVERFLOW);
    lines[0].quantity.micro = micro("9000000000");
    ck_assert(!price());
    lines[0].quantity.micro = micro("1");
    ck_assert(price());
    int64_t charge = 1;
    in.charges_micro = &charge;
    in.charge_count = 1;
    ck_assert(!price());
    ck_assert_int_eq(out.fault, PRICE_FAULT_OVERFLOW);
    ck_assert_int_eq(out.lines[0].fault, PRICE_FAULT_ABSENT);
    ck_assert_int_eq(out.lines[0].net_micro, 0);
    charge = INT64_MAX;
    ck_assert(!price());
    /* Quantities that cannot even be added up. */
    line("A", "1");
    lines[0].quantity.micro = lines[1].quantity.micro = INT64_MAX / 2 + 1;
    ck_assert(!price());
    ck_assert_int_eq(out.lines[1].fault, PRICE_FAULT_OVERFLOW);
}
END_TEST

/* So many of the dearest lines that their sum does not fit 64 bits. */
START_TEST(overflow_of_sums)
{
    enum { COUNT = 1100 };
    struct price_line *many = arena_array(&arena, struct price_line, COUNT);
    for (int i = 0; i < COUNT; i++)
        many[i] = (struct price_line){.sku = arena_printf(&arena, "S%d", i),
                                      .quantity = {.micro = MICRO, .unit = "C62"},
                                      .agreed = true,
                                      .agreed_micro = AMOUNT_MICRO_MAX};
    in.lines = many;
    in.line_count = COUNT;
    ck_assert(!price());
    ck_assert_int_eq(out.fault, PRICE_FAULT_OVERFLOW);
    tariff(0, "base", PRICE_SOURCE_BASE)->rounding.point = PRICE_POINT_ORDER;
    struct price_candidate *items = arena_array(&arena, struct price_candidate, COUNT);
    for (int i = 0; i < COUNT; i++) {
        items[i] = (struct price_candidate){
            .tariff = &tariffs[0], .unit = "C62", .amount_micro = AMOUNT_MICRO_MAX};
        many[i].agreed = false;
        many[i].candidate_first = (size_t)i;
        many[i].candidate_count = 1;
    }
    in.candidates = items;
    in.candidate_count = COUNT;
    ck_assert(!price());
    ck_assert_int_eq(out.fault, PRICE_FAULT_OVERFLOW);
    rule("T", PRICE_RULE_THRESHOLD, 1, PRICE_RULE_BASE_RUNNING);
    ck_assert(!price());
    ck_assert_int_eq(out.fault, PRICE_FAULT_OVERFLOW);
    ck_assert_int_eq(out.lines[0].fault, PRICE_FAULT_ABSENT);
}
END_TEST

START_TEST(wide_numbers)
{
    struct wide w = wide_product(INT64_MAX, INT64_MAX);
    int64_t got;
    ck_assert(!wide_round(&w, 0, 1, ROUNDING_HALF_AWAY, &got));
    w = wide_product(INT64_MAX, 1);
    ck_assert(!wide_round(&w, 0, 1, ROUNDING_HALF_AWAY, &got));
    w = wide_product(INT64_C(1) << 61, 1);
    ck_assert(wide_round(&w, 0, 1, ROUNDING_HALF_AWAY, &got));
    ck_assert_int_eq(got, INT64_C(1) << 61);
    struct wide less = wide_product(INT64_C(1) << 32, 1);
    w = wide_product(INT64_C(1) << 33, 1);
    ck_assert_int_gt(wide_compare(&w, &less), 0);
    wide_subtract(&w, &less);
    ck_assert_int_eq(wide_compare(&w, &less), 0);
    w = wide_product((INT64_C(1) << 33) + 5, 1);
    less = wide_product((INT64_C(1) << 32) + 7, 1);
    wide_subtract(&w, &less);
    ck_assert(wide_round(&w, 0, 1, ROUNDING_HALF_EVEN, &got));
    ck_assert_int_eq(got, (INT64_C(1) << 32) - 2);
    wide_subtract(&w, &w);
    ck_assert(wide_round(&w, 3, MICRO, ROUNDING_HALF_DOWN, &got));
    ck_assert_int_eq(got, 0);
}
END_TEST

START_TEST(charges_and_agreed_defaults)
{
    memcpy(in.currency, "JPY", CURRENCY_SIZE);
    struct price_line *l = line("unlisted", "3");
    l->agreed = true;
    l->agreed_micro = micro("33.5");
    static const int64_t charges[] = {7 * MICRO, 5 * MICRO};
    in.charges_micro = charges;
    in.charge_count = 2;
    ck_assert(price());
    ck_assert_amount(out.subtotal_micro, "101"); /* 100.5, no decimals in JPY */
    ck_assert_amount(out.charges_micro, "12");
    ck_assert_amount(out.total_micro, "113");
    ck_assert(!str_present(out.lines[0].settings_of));
    tariff(0, "base", PRICE_SOURCE_BASE)->rounding.digits = 1;
    memcpy(tariffs[0].currency, "JPY", CURRENCY_SIZE);
    offer(0, "50", "0");
    ck_assert(price());
    ck_assert_amount(out.subtotal_micro, "100.5"); /* the base list's settings */
    ck_assert_int_eq(out.lines[0].winner, PRICE_NONE);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {levels_in_order,
                                  contract_above_base_is_kept,
                                  filters_say_why,
                                  ties_inside_a_level,
                                  tiers_count_the_order,
                                  rounding_modes,
                                  line_rounds_once,
                                  unit_point,
                                  order_point,
                                  lists_of_different_digits,
                                  overflow,
                                  overflow_of_sums,
                                  wide_numbers,
                                  charges_and_agreed_defaults};
    Suite *s = suite_create("pricing_kernel");
    TCase *tcase = tcase_create("pricing_kernel");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(s, tcase);
    return s;
}

UNIT_MAIN(suite)
