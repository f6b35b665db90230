/* clock: RFC 3339 text both ways, and sums of time. */
#include "common/clock.h"
#include "tests/unit/unit.h"

#include <time.h>

START_TEST(instants_are_read)
{
    static const struct {
        const char *text;
        int64_t at;
    } rows[] = {
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1970-01-01T00:00:01Z", INT64_C(1000000)},
        {"2000-02-29T12:34:56Z", INT64_C(951827696000000)},
        {"2026-11-24T17:00:00.123456Z", INT64_C(1795539600123456)},
        {"2026-11-24T17:00:00.5Z", INT64_C(1795539600500000)},
        {"2026-11-24T17:00:00.000000Z", INT64_C(1795539600000000)},
        {"2100-02-28T23:59:59Z", INT64_C(4107542399000000)},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct instant t = {0};
        ck_assert_msg(instant_read(str_of(rows[i].text), &t), "%s", rows[i].text);
        ck_assert_int_eq(t.at, rows[i].at);
    }
}
END_TEST

START_TEST(all_else_is_refused)
{
    static const char *const rows[] = {
        "",
        "2026",
        "2026-11-24",
        "2026-11-24T17:00:00",
        "2026-11-24T17:00Z",
        "2026-11-24 17:00:00Z",
        "2026-11-24t17:00:00Z",
        "2026-11-24T17:00:00z",
        "2026-11-24T17:00:00+00:00",
        "2026-11-24T17:00:00.Z",
        "2026-11-24T17:00:00.1234567Z",
        "2026-11-24T17:00:00,5Z",
        "2026-11-24T17:00:00.1x3Z",
        "2026-11-24T17:00:00.123",
        "2026-11-24T17:00:00ZZ",
        "2026-11-24T17:00:00Z ",
        " 2026-11-24T17:00:00Z",
        "2026-00-24T17:00:00Z",
        "2026-13-24T17:00:00Z",
        "2026-11-00T17:00:00Z",
        "2026-11-31T17:00:00Z",
        "2026-02-29T17:00:00Z",
        "2100-02-29T17:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T17:60:00Z",
        "2026-11-24T17:00:60Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z", /* would read as absent */
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-026-11-24T17:00:00Z",
        "2O26-11-24T17:00:00Z",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct instant t = {77};
        ck_assert_msg(!instant_read(str_of(rows[i]), &t), "%s", rows[i]);
        ck_assert_int_eq(t.at, 77);
    }
    ck_assert(!instant_read(STR_NONE, &(struct instant){0}));
}
END_TEST

/* The C library agrees on the calendar of every day from 1970 to 9999. */
START_TEST(every_day_is_written_and_read_back)
{
    for (int64_t day = 0; day <= 2932896; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct instant t = {seconds * MICROSECONDS_PER_SECOND + 1}, again = {0};
        char text[INSTANT_TEXT_SIZE], wanted[INSTANT_TEXT_SIZE];
        size_t size = instant_write(t, text);
        if (day % 97 == 0) {
            struct tm tm;
            gmtime_r(&seconds, &tm);
            strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.000001Z", &tm);
            ck_assert_str_eq(text, wanted);
        }
        if (size != INSTANT_TEXT_SIZE - 1 || !instant_read((struct str){text, size}, &again) ||
            again.at != t.at)
            ck_abort_msg("%s", text);
    }
}
END_TEST

START_TEST(whole_seconds_have_no_decimals)
{
    char text[INSTANT_TEXT_SIZE];
    ck_assert_uint_eq(instant_write((struct instant){INT64_C(1795539600000000)}, text), 20);
    ck_assert_str_eq(text, "2026-11-24T17:00:00Z");
    instant_write((struct instant){INT64_C(1795539600500000)}, text);
    ck_assert_str_eq(text, "2026-11-24T17:00:00.500000Z");
    instant_write((struct instant){0}, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
}
END_TEST

START_TEST(sums_saturate)
{
    const int64_t last = INT64_C(253402300799999999);
    struct instant t = {1000};
    ck_assert_int_eq(instant_plus_us(t, 5).at, 1005);
    ck_assert_int_eq(instant_plus_us(t, -5).at, 995);
    ck_assert_int_eq(instant_plus_us(t, 0).at, 1000);
    ck_assert_int_eq(instant_plus_us(t, INT64_MAX).at, last);
    ck_assert_int_eq(instant_plus_us((struct instant){last}, 1).at, last);
    ck_assert_int_eq(instant_plus_us(t, -1000).at, 1);
    ck_assert_int_eq(instant_plus_us(t, INT64_MIN).at, 1);
    ck_assert_int_eq(instant_plus_us((struct instant){-1}, INT64_MIN).at, 1);
    ck_assert(!instant_present(instant_plus_us((struct instant){0}, 0)));
}
END_TEST

START_TEST(clocks_run)
{
    struct instant now = clock_now();
    ck_assert(instant_present(now) && now.at > INT64_C(1600000000000000));
    int64_t first = clock_monotonic_us(), second = clock_monotonic_us();
    ck_assert_int_le(first, second);
}
END_TEST

static void write_before_the_epoch(void)
{
    char text[INSTANT_TEXT_SIZE];
    instant_write((struct instant){-1}, text);
}

START_TEST(wrong_arguments_end_the_process)
{
    ck_assert(unit_dies(write_before_the_epoch));
}
END_TEST

static Suite *clock_suite(void)
{
    const TTest *const tests[] = {
        instants_are_read,
        all_else_is_refused,
        every_day_is_written_and_read_back,
        whole_seconds_have_no_decimals,
        sums_saturate,
        clocks_run,
        wrong_arguments_end_the_process,
    };
    return unit_suite("clock", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(clock_suite)
