/* money: decimals, currencies, sums and rounding. */
#include "common/money.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    int places; /* -1: no decimal */
    bool ok;
    int64_t micro;
} decimals[] = {
    {"0", 0, true, 0},
    {"-0", 0, true, 0},
    {"-12.340000", 6, true, -12340000},
    {"1.5", 1, true, 1500000},
    {"000012.50", 2, true, 12500000},
    {"0.000001", 6, true, 1},
    {"-0.000001", 6, true, -1},
    {"9223372036854.775807", 6, true, INT64_MAX},
    {"-9223372036854.775808", 6, true, INT64_MIN},
    {"9223372036854.775808", 6, false, 0},
    {"-9223372036854.775809", 6, false, 0},
    {"9223372036855", 0, false, 0},
    {"-9223372036855", 0, false, 0},
    {"99999999999999999999999999", 0, false, 0},
    {"-9223372036854.77581", 5, false, 0},
    {"1.0000000", 7, false, 0},
    {"", -1, false, 0},
    {"-", -1, false, 0},
    {"+1", -1, false, 0},
    {"1e3", -1, false, 0},
    {"1.5e3", -1, false, 0},
    {"0x1", -1, false, 0},
    {".5", -1, false, 0},
    {"-.5", -1, false, 0},
    {"5.", -1, false, 0},
    {"1.2.3", -1, false, 0},
    {"--1", -1, false, 0},
    {" 1", -1, false, 0},
    {"1 ", -1, false, 0},
    {"1,5", -1, false, 0},
    {"NaN", -1, false, 0},
    {"Infinity", -1, false, 0},
    {"\xd9\xa1", -1, false, 0}, /* an Arabic digit */
};

START_TEST(decimals_are_read_exactly)
{
    for (size_t i = 0; i < ARRAY_LEN(decimals); i++) {
        int64_t micro = 77;
        struct str text = str_of(decimals[i].text);
        ck_assert_msg(decimal_read(text, &micro) == decimals[i].ok, "%s", decimals[i].text);
        ck_assert_int_eq(micro, decimals[i].ok ? decimals[i].micro : 77);
        ck_assert_int_eq(decimal_places(text), decimals[i].places);
    }
    int64_t untouched;
    ck_assert(!decimal_read(STR_NONE, &untouched));
    ck_assert(!decimal_read((struct str){"1\0", 2}, &untouched));
}
END_TEST

START_TEST(decimals_are_written_shortly)
{
    static const struct {
        int64_t micro;
        int places_min;
        const char *text;
    } rows[] = {
        {0, 0, "0"},
        {0, 2, "0.00"},
        {1500000, 0, "1.5"},
        {1500000, 2, "1.50"},
        {-1500000, 2, "-1.50"},
        {1234567, 2, "1.234567"},
        {-1, 0, "-0.000001"},
        {1000000, 6, "1.000000"},
        {120000000, 0, "120"},
        {INT64_MAX, 0, "9223372036854.775807"},
        {INT64_MIN, 6, "-9223372036854.775808"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[DECIMAL_TEXT_SIZE];
        size_t size = decimal_write(rows[i].micro, rows[i].places_min, text);
        ck_assert_str_eq(text, rows[i].text);
        ck_assert_uint_eq(size, strlen(text));
        int64_t again;
        ck_assert(decimal_read(str_of(text), &again));
        ck_assert_int_eq(again, rows[i].micro);
    }
}
END_TEST

static struct money euros(int64_t micro)
{
    return (struct money){micro, "EUR"};
}

START_TEST(money_is_written_with_the_digits_of_its_currency)
{
    char text[DECIMAL_TEXT_SIZE];
    money_write(euros(12500000), text);
    ck_assert_str_eq(text, "12.50");
    money_write(euros(12345678), text);
    ck_assert_str_eq(text, "12.345678");
    money_write((struct money){12000000, "JPY"}, text);
    ck_assert_str_eq(text, "12");
    money_write((struct money){12500000, "JPY"}, text);
    ck_assert_str_eq(text, "12.5");
    money_write((struct money){12500000, "KWD"}, text);
    ck_assert_str_eq(text, "12.500");
    money_write((struct money){12500000, "CLF"}, text);
    ck_assert_str_eq(text, "12.5000");
    money_write((struct money){12000000, "???"}, text);
    ck_assert_str_eq(text, "12.00");
}
END_TEST

START_TEST(currencies_are_those_of_iso_4217)
{
    /* XXX is ISO 4217's own code for "no currency": none either. */
    static const struct {
        const char *code;
        int exponent;
    } rows[] = {
        {"AED", 2},  {"ZWG", 2},  {"ZMW", 2}, {"EUR", 2},  {"USD", 2},   {"GBP", 2},  {"JPY", 0},
        {"KRW", 0},  {"ISK", 0},  {"XOF", 0}, {"BHD", 3},  {"TND", 3},   {"OMR", 3},  {"CLF", 4},
        {"UYW", 4},  {"UYI", 0},  {"XCG", 2}, {"BGN", -1}, {"HRK", -1},  {"DEM", -1}, {"XAU", -1},
        {"XXX", -1}, {"eur", -1}, {"", -1},   {"EU", -1},  {"EURO", -1}, {"AAA", -1}, {"ZZZ", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(currency_exponent(rows[i].code) == rows[i].exponent, "%s", rows[i].code);
    ck_assert_int_eq(currency_exponent(NULL), -1);
    /* Every code that there can be, so that a row out of order, which a search would miss, shows in
     * the count. */
    int known = 0;
    char code[CURRENCY_SIZE] = "";
    for (int i = 0; i < 26 * 26 * 26; i++) {
        code[0] = (char)('A' + i / 676);
        code[1] = (char)('A' + i / 26 % 26);
        code[2] = (char)('A' + i % 26);
        int exponent = currency_exponent(code);
        ck_assert(exponent >= -1 && exponent <= 4);
        known += exponent >= 0;
    }
    ck_assert_int_eq(known, 165);
    ck_assert_str_eq(currency_table_version, "2026-01-01");
}
END_TEST

START_TEST(sums_are_checked)
{
    struct money out = euros(7);
    ck_assert(money_add(euros(1), euros(2), &out) && out.micro == 3);
    ck_assert_str_eq(out.currency, "EUR");
    ck_assert(money_sub(euros(1), euros(2), &out) && out.micro == -1);
    out = euros(7);
    struct money dollars = {1, "USD"};
    ck_assert(!money_add(euros(1), dollars, &out) && !money_sub(euros(1), dollars, &out));
    ck_assert(!money_add(euros(INT64_MAX), euros(1), &out));
    ck_assert(!money_sub(euros(INT64_MIN), euros(1), &out));
    ck_assert_int_eq(out.micro, 7);
    ck_assert(money_same_currency(euros(1), euros(9)) && !money_same_currency(euros(1), dollars));
}
END_TEST

START_TEST(halves_go_where_the_mode_says)
{
    static const struct {
        int numerator, denominator;
        int away, even, up, down;
    } rows[] = {
        {1, 2, 1, 0, 1, 0},      {3, 2, 2, 2, 2, 1},      {5, 2, 3, 2, 3, 2},
        {-1, 2, -1, 0, 0, 0},    {-3, 2, -2, -2, -1, -1}, {-5, 2, -3, -2, -2, -2},
        {1, 3, 0, 0, 0, 0},      {2, 3, 1, 1, 1, 1},      {-1, 3, 0, 0, 0, 0},
        {-2, 3, -1, -1, -1, -1}, {4, 2, 2, 2, 2, 2},      {-4, 2, -2, -2, -2, -2},
        {0, 5, 0, 0, 0, 0},      {7, 1, 7, 7, 7, 7},      {49, 100, 0, 0, 0, 0},
        {51, 100, 1, 1, 1, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int wanted[] = {0, rows[i].away, rows[i].even, rows[i].up, rows[i].down};
        for (int mode = ROUNDING_HALF_AWAY; mode <= ROUNDING_HALF_DOWN; mode++) {
            int64_t got = 77;
            ck_assert(
                divide_rounded(rows[i].numerator, rows[i].denominator, (enum rounding)mode, &got));
            ck_assert_msg(got == wanted[mode], "%d / %d, mode %d: %lld", rows[i].numerator,
                          rows[i].denominator, mode, (long long)got);
        }
    }
}
END_TEST

START_TEST(division_is_checked_and_wide)
{
    int64_t got = 7;
    __int128 wide = (__int128)1 << 126;
    ck_assert(divide_rounded(wide, (__int128)1 << 64, ROUNDING_HALF_AWAY, &got));
    ck_assert_int_eq(got, INT64_C(1) << 62);
    got = 7;
    ck_assert(!divide_rounded(wide, 1, ROUNDING_HALF_AWAY, &got));
    ck_assert(!divide_rounded(-wide, 1, ROUNDING_HALF_AWAY, &got));
    ck_assert_int_eq(got, 7);
    /* Just outside, and only because of the rounding. */
    __int128 doubled = (__int128)INT64_MAX * 2;
    ck_assert(divide_rounded(doubled + 1, 2, ROUNDING_HALF_DOWN, &got) && got == INT64_MAX);
    ck_assert(!divide_rounded(doubled + 1, 2, ROUNDING_HALF_AWAY, &got));
    /* A denominator so large that twice the rest would not fit. */
    __int128 huge = ((__int128)1 << 126) + (((__int128)1 << 126) - 1);
    ck_assert(divide_rounded(huge - 1, huge, ROUNDING_HALF_AWAY, &got) && got == 1);
}
END_TEST

START_TEST(amounts_are_rounded_to_digits)
{
    int64_t got;
    ck_assert(round_to_digits(1005000, 2, ROUNDING_HALF_AWAY, &got) && got == 1010000);
    ck_assert(round_to_digits(1005000, 2, ROUNDING_HALF_EVEN, &got) && got == 1000000);
    ck_assert(round_to_digits(-1005000, 2, ROUNDING_HALF_AWAY, &got) && got == -1010000);
    ck_assert(round_to_digits(-1005000, 2, ROUNDING_HALF_UP, &got) && got == -1000000);
    ck_assert(round_to_digits(1234567, 6, ROUNDING_HALF_AWAY, &got) && got == 1234567);
    ck_assert(round_to_digits(1500000, 0, ROUNDING_HALF_DOWN, &got) && got == 1000000);
    ck_assert(round_to_digits(INT64_MAX, 6, ROUNDING_HALF_AWAY, &got) && got == INT64_MAX);
    ck_assert(!round_to_digits(INT64_MAX, 0, ROUNDING_HALF_AWAY, &got));
    ck_assert(!round_to_digits(INT64_MIN, 0, ROUNDING_HALF_AWAY, &got));
}
END_TEST

START_TEST(prices_are_extended)
{
    int64_t got;
    ck_assert(extend_rounded(9990000, 3000000, 2, ROUNDING_HALF_AWAY, &got) && got == 29970000);
    /* 0.333333 x 1.5 = 0.4999995 */
    ck_assert(extend_rounded(333333, 1500000, 6, ROUNDING_HALF_AWAY, &got) && got == 500000);
    ck_assert(extend_rounded(333333, 1500000, 6, ROUNDING_HALF_EVEN, &got) && got == 500000);
    ck_assert(extend_rounded(333333, 1500000, 6, ROUNDING_HALF_DOWN, &got) && got == 499999);
    ck_assert(extend_rounded(-333333, 1500000, 2, ROUNDING_HALF_AWAY, &got) && got == -500000);
    ck_assert(extend_rounded(5000, 1000000, 2, ROUNDING_HALF_AWAY, &got) && got == 10000);
    ck_assert(!extend_rounded(INT64_MAX, 2000000, 2, ROUNDING_HALF_AWAY, &got));
    ck_assert(!extend_rounded(INT64_MAX, INT64_MAX, 0, ROUNDING_HALF_AWAY, &got));
}
END_TEST

static void no_mode(void)
{
    int64_t got;
    bool ok = divide_rounded(1, 2, ROUNDING_ABSENT, &got);
    (void)ok;
}

static void no_denominator(void)
{
    int64_t got;
    bool ok = divide_rounded(1, 0, ROUNDING_HALF_AWAY, &got);
    (void)ok;
}

static void too_many_digits(void)
{
    int64_t got;
    bool ok = round_to_digits(1, 7, ROUNDING_HALF_AWAY, &got);
    (void)ok;
}

START_TEST(wrong_arguments_end_the_process)
{
    ck_assert(unit_dies(no_mode) && unit_dies(no_denominator) && unit_dies(too_many_digits));
}
END_TEST

static Suite *money_suite(void)
{
    const TTest *const tests[] = {
        decimals_are_read_exactly,
        decimals_are_written_shortly,
        money_is_written_with_the_digits_of_its_currency,
        currencies_are_those_of_iso_4217,
        sums_are_checked,
        halves_go_where_the_mode_says,
        division_is_checked_and_wide,
        amounts_are_rounded_to_digits,
        prices_are_extended,
        wrong_arguments_end_the_process,
    };
    return unit_suite("money", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(money_suite)
