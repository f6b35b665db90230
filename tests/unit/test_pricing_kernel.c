/* pricing: the worked examples of the rules, as services/pricing/README.md shows them. */
#include "tests/unit/unit.h"

#include "common/limits.h"
#include "services/pricing/kernel/price.h"

enum { CASE_LINE_COUNT_MAX = 8, NOW = 1000 };

/* One order under construction; `price` fills `out`. */
static struct arena arena;
static struct price_tariff tariffs[8];
static struct price_candidate candidates[32];
static struct price_line lines[CASE_LINE_COUNT_MAX];
static struct price_rule rules[20];
static const struct price_rule *rule_list[20];
static struct price_input in;
static struct price_result out;

static void setup(void)
{
    arena_init(&arena);
    memset(tariffs, 0, sizeof(tariffs));
    memset(candidates, 0, sizeof(candidates));
    memset(lines, 0, sizeof(lines));
    memset(rules, 0, sizeof(rules));
    in = (struct price_input){.account = STR("me"),
                              .channel = STR("web"),
                              .currency = "EUR",
                              .at_us = NOW,
                              .lines = lines,
                              .candidates = candidates,
                              .rules = rule_list};
}
static void teardown(void)
{
    arena_release(&arena);
}

static int64_t micro(const char *text)
{
    int64_t value;
    ck_assert(decimal_read(str_of(text), &value));
    return value;
}

static struct price_tariff *tariff(size_t i, const char *id, enum price_source level)
{
    tariffs[i] = (struct price_tariff){
        .id = str_of(id),
        .level = level,
        .currency = "EUR",
        .policy = PRICE_POLICY_PRIORITY,
        .rounding = {PRICE_POINT_LINE, ROUNDING_HALF_AWAY, 2},
        .active = true,
    };
    return &tariffs[i];
}

/* Candidates come line by line: after line() those that belong to it. */
static struct price_line *line(const char *sku, const char *quantity)
{
    struct price_line *l = &lines[in.line_count++];
    *l = (struct price_line){.sku = str_of(sku),
                             .quantity = {.micro = micro(quantity), .unit = "C62"},
                             .candidate_first = in.candidate_count};
    return l;
}

static struct price_candidate *offer(size_t list, const char *amount, const char *from)
{
    struct price_candidate *c = &candidates[in.candidate_count++];
    *c = (struct price_candidate){.tariff = &tariffs[list],
                                  .unit = "C62",
                                  .amount_micro = micro(amount),
                                  .min_quantity_micro = micro(from)};
    lines[in.line_count - 1].candidate_count++;
    return c;
}

static struct price_rule *rule(const char *id, enum price_rule_kind kind, ppm_t rate,
                               enum price_rule_base base)
{
    struct price_rule *r = &rules[in.rule_count];
    *r = (struct price_rule){.id = str_of(id),
                             .kind = kind,
                             .rate_ppm = rate,
                             .base = base,
                             .currency = "EUR",
                             .active = true};
    rule_list[in.rule_count++] = r;
    return r;
}

static bool price(void)
{
    size_t size = price_scratch_size(&in);
    return price_order(&in, arena_alloc(&arena, size), size, &out);
}

#define ck_assert_amount(got, text) ck_assert_int_eq(got, micro(text))

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

/* One rounding of the exact line: 3 x 0.333 less 50 % is 0.4995, not half of 1.00. */
START_TEST(line_rounds_once)
{
    tariff(0, "base", PRICE_SOURCE_BASE);
    line("A", "3")->agreed_ppm = 500000;
    offer(0, "0.333", "0");
    ck_assert(price());
    ck_assert_amount(out.lines[0].gross_micro, "1");
    ck_assert_amount(out.lines[0].net_micro, "0.50");
    ck_assert_amount(out.lines[0].discount_micro, "0.50");
    ck_assert_uint_eq(out.lines[0].step_count, 3);
    ck_assert_amount(out.lines[0].steps[0].value_micro, "0.999");
    ck_assert_amount(out.lines[0].steps[1].value_micro, "0.4995");
    ck_assert_amount(out.lines[0].steps[2].value_micro, "0.50");
    tariffs[0].rounding.digits = 4;
    ck_assert(price());
    ck_assert_amount(out.lines[0].gross_micro, "0.999");
    ck_assert_amount(out.lines[0].net_micro, "0.4995");
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
    const TTest *const tests[] = {always_then_threshold,
                                  threshold_is_strict,
                                  order_discount_is_spread,
                                  rules_speak_of_skus_and_families,
                                  levels_in_order,
                                  contract_above_base_is_kept,
                                  filters_say_why,
                                  ties_inside_a_level,
                                  tiers_count_the_order,
                                  rounding_modes,
                                  line_rounds_once,
                                  unit_point,
                                  order_point,
                                  lists_of_different_digits,
                                  full_discount_is_zero,
                                  rule_filters,
                                  rules_by_priority_then_id,
                                  many_percentages,
                                  overflow,
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
