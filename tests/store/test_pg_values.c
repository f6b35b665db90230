/* test_pg_values: values of every type survive the way to Postgres and back. */
#include "common/money.h"
#include "common/pg.h"
#include "common/pg_wire.h"
#include "tests/store/store.h"

static const struct sql_file store = {
    "store.sql",
    "-- name: texts\n"
    "select x, x is null from unnest($1::text[]) with ordinality u(x, n) order by n\n"
    "-- name: bytes\n"
    "select x from unnest($1::bytea[]) with ordinality u(x, n) order by n\n"
    "-- name: integers\n"
    "select a, b, c from unnest($1::bigint[], $2::int[], $3::smallint[])\n"
    "  with ordinality u(a, b, c, n) order by n\n"
    "-- name: bools_times\n"
    "select a, b, b::text from unnest($1::bool[], $2::timestamptz[])\n"
    "  with ordinality u(a, b, n) order by n\n"
    "-- name: amounts\n"
    "select x, x::text from unnest($1::numeric[]) with ordinality u(x, n) order by n\n"
    "-- name: scalars\n"
    "select $1::text, $2::bigint, $3::int, $4::smallint, $5::bool, $6::timestamptz\n"
    "-- name: arrays\n"
    "select $1::bigint[], $2::text[], $3::bytea[], null::bigint[], array[1, null]::int[],\n"
    "  '{\"a\": 1}'::jsonb, '{\"a\": 1}'::json, 'n'::name\n"};
static const struct sql_file *const stores[] = {&store, NULL};

static struct pg_settings settings;
static struct pg *pg;
static struct arena arena;

static void set_up(void)
{
    store_admin_run(
        "drop schema if exists scratch_pg_values cascade; create schema scratch_pg_values");
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = store_superuser(),
                                    .schema = "scratch_pg_values",
                                    .stores = stores,
                                    .statement_timeout_ms = 30000,
                                    .lock_timeout_ms = 150};
    arena_init(&arena);
    struct err e = {0};
    pg = pg_new(&settings);
    store_ok(pg_connect(pg, &e), &e);
}

static void tear_down(void)
{
    pg_free(pg);
    arena_release(&arena);
    store_admin_run("drop schema if exists scratch_pg_values cascade");
}

static void ask(const char *statement, struct pg_params *p, struct pg_rows *rows)
{
    struct err e = {0};
    store_ok(pg_query(pg, statement, p, rows, &e), &e);
}

START_TEST(texts_round_trip)
{
    struct str big = {arena_alloc(&arena, 5000000), 5000000};
    memset((char *)(uintptr_t)big.at, 'x', big.size);
    const struct str items[] = {STR("a"),        STR(""), STR_NONE,           STR("NULL"),
                                STR("{\"',}\\"), big,     STR("\xc3\xa9\n\t")};
    struct pg_params p = {.arena = &arena};
    struct pg_rows rows;
    pg_add_text_array(&p, items, ARRAY_LEN(items));
    ask("texts", &p, &rows);
    ck_assert_uint_eq(rows.count, ARRAY_LEN(items));
    for (size_t i = 0; i < rows.count; i++) {
        ck_assert(str_eq(pg_text(&rows, i, 0), items[i]));
        ck_assert(pg_bool(&rows, i, 1) == !str_present(items[i]));
        ck_assert(pg_is_null(&rows, i, 0) == !str_present(items[i]));
    }
    pg_rows_release(&rows);
    pg_rows_release(&rows); /* twice is fine */
}
END_TEST

START_TEST(bytes_round_trip)
{
    const struct str items[] = {STR("\0\xff\x80"), STR(""), STR_NONE};
    struct pg_params p = {.arena = &arena};
    struct pg_rows rows;
    pg_add_bytes_array(&p, items, ARRAY_LEN(items));
    ask("bytes", &p, &rows);
    ck_assert_uint_eq(rows.count, ARRAY_LEN(items));
    for (size_t i = 0; i < rows.count; i++)
        ck_assert(str_eq(pg_text(&rows, i, 0), items[i]));
    pg_rows_release(&rows);
}
END_TEST

START_TEST(integers_round_trip)
{
    const int64_t a[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    const int32_t b[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
    const int16_t c[] = {INT16_MIN, -1, 0, 1, INT16_MAX};
    struct pg_params p = {.arena = &arena};
    struct pg_rows rows;
    pg_add_int8_array(&p, a, ARRAY_LEN(a));
    pg_add_int4_array(&p, b, ARRAY_LEN(b));
    pg_add_int2_array(&p, c, ARRAY_LEN(c));
    ask("integers", &p, &rows);
    ck_assert_uint_eq(rows.count, ARRAY_LEN(a));
    for (size_t i = 0; i < rows.count; i++) {
        ck_assert(pg_int(&rows, i, 0) == a[i]);
        ck_assert(pg_int(&rows, i, 1) == b[i]);
        ck_assert(pg_int(&rows, i, 2) == c[i]);
    }
    pg_rows_release(&rows);
}
END_TEST

START_TEST(bools_and_times_round_trip)
{
    struct instant first = {0}, last = {0};
    ck_assert(instant_read(STR("1970-01-01T00:00:00.000001Z"), &first));
    ck_assert(instant_read(STR("9999-12-31T23:59:59.999999Z"), &last));
    const bool a[] = {true, false, true, false, true};
    const struct instant b[] = {first, {0}, last, {PG_EPOCH_US}, {INT64_MIN}};
    static const char *const texts[] = {"1970-01-01 00:00:00.000001+00", NULL,
                                        "9999-12-31 23:59:59.999999+00", "2000-01-01 00:00:00+00",
                                        "-infinity"};
    struct pg_params p = {.arena = &arena};
    struct pg_rows rows;
    pg_add_bool_array(&p, a, ARRAY_LEN(a));
    pg_add_time_array(&p, b, ARRAY_LEN(b));
    ask("bools_times", &p, &rows);
    ck_assert_uint_eq(rows.count, ARRAY_LEN(a));
    for (size_t i = 0; i < rows.count; i++) {
        ck_assert(pg_bool(&rows, i, 0) == a[i]);
        ck_assert(pg_time(&rows, i, 1).at == b[i].at);
        ck_assert(str_eq(pg_text(&rows, i, 2), str_of(texts[i])));
    }
    pg_rows_release(&rows);
}
END_TEST

START_TEST(amounts_round_trip)
{
    const int64_t micro[] = {0,
                             1,
                             -1,
                             99,
                             100,
                             10000,
                             999999,
                             1000000,
                             1500000,
                             -12340000,
                             10000000000,
                             9999999999,
                             123456789012345678,
                             INT64_MAX,
                             INT64_MIN,
                             1000001};
    struct pg_params p = {.arena = &arena};
    struct pg_rows rows;
    pg_add_amount_array(&p, micro, ARRAY_LEN(micro));
    ask("amounts", &p, &rows);
    ck_assert_uint_eq(rows.count, ARRAY_LEN(micro));
    for (size_t i = 0; i < rows.count; i++) {
        int64_t back = 7;
        char text[DECIMAL_TEXT_SIZE];
        size_t size = decimal_write(micro[i], 6, text);
        struct str shown = pg_text(&rows, i, 1);
        ck_assert(pg_amount(&rows, i, 0, &back) && back == micro[i]);
        ck_assert_msg(str_eq(shown, (struct str){text, size}), "%.*s %s", STR_ARG(shown), text);
    }
    pg_rows_release(&rows);
}
END_TEST

struct numeric_row {
    const char *sql;
    bool ok;
    int64_t micro;
};

static const struct numeric_row numerics[] = {
    {"null::numeric", true, 0},
    {"0", true, 0},
    {"0.000001", true, 1},
    {"0.0000010000000", true, 1},
    {"10000", true, 10000000000},
    {"100000000", true, 100000000000000},
    {"100000000.000100", true, 100000000000100},
    {"1e12", true, 1000000000000000000},
    {"9223372036854.775807", true, INT64_MAX},
    {"-9223372036854.775808", true, INT64_MIN},
    {"0.0000001", false, 0},
    {"1.0000001", false, 0},
    {"0.000000000000001", false, 0},
    {"9223372036854.775808", false, 0},
    {"-9223372036854.775809", false, 0},
    {"9999999999999.999999", false, 0}, /* the top of numeric(19,6) */
    {"-9999999999999.999999", false, 0},
    {"1e13", false, 0},
    {"1e300", false, 0},
    {"-1e300", false, 0},
    {"'NaN'", false, 0},
    {"'Infinity'", false, 0},
    {"'-Infinity'", false, 0},
};

START_TEST(numerics_are_exact_or_refused)
{
    const struct numeric_row *row = &numerics[_i];
    struct str sql = arena_printf(&arena, "select (%s)::numeric", row->sql);
    struct pg_rows rows;
    struct err e = {0};
    int64_t micro = 7;
    store_ok(pg_ask(pg, sql.at, NULL, &rows, &e), &e);
    ck_assert_msg(pg_amount(&rows, 0, 0, &micro) == row->ok, "%s", row->sql);
    ck_assert_msg(!row->ok || micro == row->micro, "%s: %lld", row->sql, (long long)micro);
    pg_rows_release(&rows);
}
END_TEST

START_TEST(scalars_round_trip)
{
    struct pg_params p = {.arena = &arena}, none = {.arena = &arena};
    struct pg_rows rows;
    pg_add_text(&p, STR("\xc3\xa9"));
    pg_add_int8(&p, INT64_MIN);
    pg_add_int4(&p, INT32_MIN);
    pg_add_int2(&p, INT16_MIN);
    pg_add_bool(&p, true);
    pg_add_time(&p, (struct instant){1700000000123456});
    ask("scalars", &p, &rows);
    ck_assert(str_is(pg_text(&rows, 0, 0), "\xc3\xa9"));
    ck_assert(pg_int(&rows, 0, 1) == INT64_MIN && pg_int(&rows, 0, 2) == INT32_MIN);
    ck_assert(pg_int(&rows, 0, 3) == INT16_MIN && pg_bool(&rows, 0, 4));
    ck_assert(pg_time(&rows, 0, 5).at == 1700000000123456);
    pg_rows_release(&rows);
    pg_add_text(&none, STR_NONE);
    for (int i = 0; i < 4; i++)
        pg_add_text(&none, STR_NONE); /* NULL is NULL in every type */
    pg_add_time(&none, (struct instant){0});
    ask("scalars", &none, &rows);
    ck_assert(!str_present(pg_text(&rows, 0, 0)) && pg_int(&rows, 0, 1) == 0);
    ck_assert(pg_int(&rows, 0, 2) == 0 && pg_int(&rows, 0, 3) == 0 && !pg_bool(&rows, 0, 4));
    ck_assert(!instant_present(pg_time(&rows, 0, 5)) && pg_is_null(&rows, 0, 5));
    pg_rows_release(&rows);
}
END_TEST

START_TEST(arrays_round_trip)
{
    const int64_t a[] = {INT64_MIN, 0, INT64_MAX};
    const struct str b[] = {STR("x"), STR_NONE, STR("")}, c[] = {STR("\0\1")};
    struct pg_params p = {.arena = &arena};
    struct pg_rows rows;
    pg_add_int8_array(&p, a, 3);
    pg_add_text_array(&p, b, 3);
    pg_add_bytes_array(&p, c, 1);
    ask("arrays", &p, &rows);
    int64_t *integers = NULL, *nothing = NULL, *small = NULL;
    struct str *texts = NULL, *bytes = NULL;
    ck_assert_uint_eq(pg_int8_array(&rows, 0, 0, &arena, &integers), 3);
    ck_assert_uint_eq(pg_text_array(&rows, 0, 1, &arena, &texts), 3);
    ck_assert_uint_eq(pg_text_array(&rows, 0, 2, &arena, &bytes), 1);
    ck_assert_uint_eq(pg_int8_array(&rows, 0, 3, &arena, &nothing), 0);
    ck_assert_uint_eq(pg_int8_array(&rows, 0, 4, &arena, &small), 2);
    ck_assert(str_is(pg_text(&rows, 0, 5), "{\"a\": 1}"));
    ck_assert(str_is(pg_text(&rows, 0, 6), "{\"a\": 1}"));
    ck_assert(str_is(pg_text(&rows, 0, 7), "n"));
    pg_rows_release(&rows); /* arrays outlive the rows */
    ck_assert_mem_eq(integers, a, sizeof(a));
    for (size_t i = 0; i < 3; i++)
        ck_assert(str_eq(texts[i], b[i]));
    ck_assert(str_eq(bytes[0], c[0]));
    ck_assert(small[0] == 1 && small[1] == 0);
}
END_TEST

START_TEST(empty_arrays_are_arrays)
{
    struct pg_params p = {.arena = &arena}, q = {.arena = &arena};
    struct pg_rows rows;
    int64_t *integers = NULL;
    struct str *texts = NULL;
    pg_add_int8_array(&p, NULL, 0);
    pg_add_text_array(&p, NULL, 0);
    pg_add_bytes_array(&p, NULL, 0);
    ask("arrays", &p, &rows);
    ck_assert(!pg_is_null(&rows, 0, 0));
    ck_assert_uint_eq(pg_int8_array(&rows, 0, 0, &arena, &integers), 0);
    ck_assert_uint_eq(pg_text_array(&rows, 0, 1, &arena, &texts), 0);
    pg_rows_release(&rows);
    pg_add_amount_array(&q, NULL, 0);
    ask("amounts", &q, &rows);
    ck_assert_uint_eq(rows.count, 0);
    pg_rows_release(&rows);
}
END_TEST

static Suite *pg_values_suite(void)
{
    Suite *suite = suite_create("pg_values");
    TCase *values = tcase_create("values");
    tcase_add_checked_fixture(values, set_up, tear_down);
    tcase_set_timeout(values, 60);
    tcase_add_test(values, texts_round_trip);
    tcase_add_test(values, bytes_round_trip);
    tcase_add_test(values, integers_round_trip);
    tcase_add_test(values, bools_and_times_round_trip);
    tcase_add_test(values, amounts_round_trip);
    tcase_add_loop_test(values, numerics_are_exact_or_refused, 0, ARRAY_LEN(numerics));
    tcase_add_test(values, scalars_round_trip);
    tcase_add_test(values, arrays_round_trip);
    tcase_add_test(values, empty_arrays_are_arrays);
    suite_add_tcase(suite, values);
    return suite;
}

STORE_MAIN(pg_values_suite)
