/* test_pg: pipelines, transactions, connections: each kind of failure has its fate. */
#include "common/pg.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/pg_wire.h"
#include "tests/store/store.h"

static const struct sql_file store = {
    "store.sql", "-- name: texts\n"
                 "select x, x is null from unnest($1::text[]) with ordinality u(x, n) order by n\n"
                 "-- name: put\n"
                 "insert into item (id, amount) select * from unnest($1::text[], $2::numeric[])\n"
                 "-- name: count\n"
                 "select count(*) from item\n"
                 "-- name: fence\n"
                 "select 1 / (case when count(*) = $1::bigint then 1 else 0 end) from item\n"
                 "-- name: suicide\n"
                 "select pg_terminate_backend(pg_backend_pid())\n"
                 "-- name: big\n"
                 "select repeat($1::text, $2::int)\n"
                 "-- name: sleep\n"
                 "select pg_sleep(5)\n"};
static const struct sql_file *const stores[] = {&store, NULL};

static struct pg_settings settings;
static struct pg *pg;
static struct arena arena;

static struct pg *pg_open(void)
{
    struct err e = {0};
    struct pg *opened = pg_new(&settings);
    store_ok(pg_connect(opened, &e), &e);
    return opened;
}

static void set_up(void)
{
    store_admin_run("drop schema if exists scratch_pg cascade; create schema scratch_pg;"
                    "create table scratch_pg.item (id text primary key,"
                    " amount numeric(19, 6) not null check (amount >= 0))");
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = store_superuser(),
                                    .schema = "scratch_pg",
                                    .stores = stores,
                                    .statement_timeout_ms = 3000,
                                    .lock_timeout_ms = 150};
    arena_init(&arena);
    pg = pg_open();
}

static void tear_down(void)
{
    pg_free(pg);
    arena_release(&arena);
    store_admin_run("drop schema if exists scratch_pg cascade");
}

static void ask(const char *statement, struct pg_params *p, struct pg_rows *rows)
{
    struct err e = {0};
    store_ok(pg_query(pg, statement, p, rows, &e), &e);
}

/* --- calls */

static struct pg_call put_call(struct str id, int64_t micro)
{
    struct pg_params *p = pg_params_new(&arena);
    pg_add_text_array(p, &id, 1);
    pg_add_amount_array(p, &micro, 1);
    return (struct pg_call){"put", p};
}

static struct pg_call fence_call(int64_t expected)
{
    struct pg_params *p = pg_params_new(&arena);
    pg_add_int8(p, expected);
    return (struct pg_call){"fence", p};
}

static int64_t item_count(void)
{
    struct pg_rows rows;
    ask("count", NULL, &rows);
    int64_t count = pg_int(&rows, 0, 0);
    pg_rows_release(&rows);
    return count;
}

/* The calls fail with this fate, nothing is kept of them, and the connection can be used. */
static void expect_failure(enum pg_wrap wrap, const struct pg_call *calls, size_t count,
                           enum err_fate fate, const char *text)
{
    struct pg_rows rows[8];
    struct err e = {0};
    int64_t before = item_count();
    ck_assert(!pg_do(pg, wrap, calls, count, rows, &e));
    ck_assert_msg(e.fate == fate && strstr(e.text, text) != NULL, "%d %s", (int)e.fate, e.text);
    for (size_t i = 0; i < count; i++)
        ck_assert_ptr_null(rows[i].result);
    ck_assert_int_eq(item_count(), before);
}

START_TEST(transaction_keeps_all)
{
    struct pg_rows rows[4];
    struct err e = {0};
    const struct pg_call calls[] = {
        put_call(STR("a"), 1), put_call(STR("b"), 2), fence_call(2), {"count", NULL}};
    store_ok(pg_do(pg, PG_TRANSACTION, calls, 4, rows, &e), &e);
    ck_assert_int_eq(pg_int(&rows[3], 0, 0), 2);
    ck_assert_uint_eq(rows[0].count, 0);
    for (size_t i = 0; i < 4; i++)
        pg_rows_release(&rows[i]);
    store_ok(pg_do(pg, PG_TRANSACTION, calls, 0, NULL, &e), &e); /* nothing to do */
    ck_assert_int_eq(item_count(), 2);
}
END_TEST

START_TEST(failures_have_their_fate)
{
    struct err e = {0};
    const struct pg_call first = put_call(STR("a"), 1);
    store_ok(pg_do(pg, PG_TRANSACTION, &first, 1, NULL, &e), &e);
    const struct pg_call fenced[] = {put_call(STR("b"), 1), fence_call(9), put_call(STR("c"), 1)};
    expect_failure(PG_TRANSACTION, fenced, 3, ERR_FENCED, "fence: division by zero");
    expect_failure(PG_PLAIN, fenced, 3, ERR_FENCED, "fence");
    const struct pg_call again[] = {put_call(STR("b"), 1), first};
    expect_failure(PG_TRANSACTION, again, 2, ERR_POISON, "put: duplicate key");
    const struct pg_call negative[] = {put_call(STR("b"), -1)};
    expect_failure(PG_TRANSACTION, negative, 1, ERR_POISON, "23514");
    const struct pg_call unknown[] = {put_call(STR("b"), 1), {"nobody", NULL}};
    expect_failure(PG_TRANSACTION, unknown, 2, ERR_FATAL, "nobody");
    const struct pg_call too_few[] = {{"put", NULL}};
    expect_failure(PG_TRANSACTION, too_few, 1, ERR_FATAL, "08P01");
    struct pg_params wrong = {.arena = &arena};
    pg_add_int8(&wrong, 1);
    const struct pg_call binary[] = {{"sleep", NULL}, {"texts", &wrong}};
    expect_failure(PG_PLAIN, binary + 1, 1, ERR_FATAL, "texts");
}
END_TEST

START_TEST(deferred_constraint_fails_at_commit)
{
    struct err e = {0};
    store_run(pg, "alter table item add constraint late unique (amount) deferrable initially "
                  "deferred");
    const struct pg_call calls[] = {put_call(STR("a"), 1), put_call(STR("b"), 1)};
    expect_failure(PG_TRANSACTION, calls, 2, ERR_POISON, "commit: duplicate key");
    store_ok(pg_do(pg, PG_TRANSACTION, calls, 1, NULL, &e), &e);
}
END_TEST

START_TEST(lock_timeout_is_retry)
{
    struct pg *other = pg_open();
    store_run(other, "begin; lock table item in access exclusive mode");
    struct err e = {0};
    const struct pg_call call = put_call(STR("a"), 1);
    ck_assert(!pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e));
    ck_assert_msg(e.fate == ERR_RETRY && strstr(e.text, "55P03") != NULL, "%s", e.text);
    ck_assert(pg_connected(pg));
    store_run(other, "rollback");
    store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e), &e);
    pg_free(other);
}
END_TEST

START_TEST(statement_timeout_is_retry)
{
    struct err e = {0};
    store_run(pg, "set statement_timeout = 100");
    const struct pg_call calls[] = {{"sleep", NULL}};
    expect_failure(PG_TRANSACTION, calls, 1, ERR_RETRY, "57014");
    ck_assert(!pg_run(pg, "select pg_sleep(5)", &e));
    ck_assert_int_eq(e.fate, ERR_RETRY);
}
END_TEST

START_TEST(deadlock_is_retry)
{
    struct pg *other = pg_open();
    const struct pg_call calls[] = {put_call(STR("a"), 1), put_call(STR("b"), 1)};
    struct err e = {0};
    store_ok(pg_do(pg, PG_TRANSACTION, calls, 2, NULL, &e), &e);
    store_run(pg, "set deadlock_timeout = '20ms'; set lock_timeout = 0; begin;"
                  "update item set amount = 2 where id = 'a'");
    store_run(other, "set lock_timeout = 0; begin; update item set amount = 2 where id = 'b'");
    /* The other waits for us in the background: its statement runs in a process of its own. */
    pid_t child = fork();
    if (child == 0) {
        struct err ignored = {0};
        _exit(pg_run(other, "update item set amount = 3 where id = 'a'", &ignored) ? 0 : 1);
    }
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    ck_assert(!pg_run(pg, "update item set amount = 3 where id = 'b'", &e));
    ck_assert_msg(e.fate == ERR_RETRY && strstr(e.text, "40P01") != NULL, "%s", e.text);
    int status = -1; /* our rollback let the other one through */
    ck_assert(waitpid(child, &status, 0) == child && status == 0);
    store_run(pg, "select 1");
    pg_free(other);
}
END_TEST

/* --- connections */

START_TEST(terminated_backend_is_retry)
{
    struct pg *admin = store_admin();
    struct err e = {0};
    struct str sql = arena_printf(&arena, "select pg_terminate_backend(%d)", pg_backend_pid(pg));
    ck_assert_int_gt(pg_backend_pid(pg), 0);
    store_run(admin, sql.at);
    const struct pg_call calls[] = {put_call(STR("a"), 1), {"count", NULL}};
    struct pg_rows rows[2];
    ck_assert(!pg_do(pg, PG_TRANSACTION, calls, 2, rows, &e));
    ck_assert_msg(e.fate == ERR_RETRY, "%s", e.text);
    ck_assert(!pg_connected(pg) && pg_backend_pid(pg) == 0);
    e = (struct err){0};
    ck_assert(!pg_do(pg, PG_TRANSACTION, calls, 2, rows, &e) && e.fate == ERR_RETRY);
    ck_assert(!pg_run(pg, "select 1", &e) && !pg_ask(pg, "select 1", NULL, rows, &e));
    store_ok(pg_connect(pg, &e), &e);
    ck_assert_int_eq(item_count(), 0);
    pg_free(admin);
}
END_TEST

START_TEST(connection_lost_inside_a_pipeline_is_retry)
{
    struct err e = {0};
    const struct pg_call calls[] = {
        put_call(STR("a"), 1), {"suicide", NULL}, {"count", NULL}, put_call(STR("b"), 1)};
    struct pg_rows rows[4];
    ck_assert(!pg_do(pg, PG_TRANSACTION, calls, 4, rows, &e));
    ck_assert_msg(e.fate == ERR_RETRY, "%s", e.text);
    ck_assert(!pg_connected(pg));
    store_ok(pg_connect(pg, &e), &e);
    ck_assert_int_eq(item_count(), 0);
    ck_assert(!pg_run(pg, "select pg_terminate_backend(pg_backend_pid())", &e));
    ck_assert(e.fate == ERR_RETRY && !pg_connected(pg));
}
END_TEST

START_TEST(session_is_fixed)
{
    static const char *const names[] = {
        "search_path", "statement_timeout", "lock_timeout",     "plan_cache_mode",
        "jit",         "TimeZone",          "application_name", "client_encoding"};
    static const char *const values[] = {"scratch_pg, pg_temp", "3s",  "150ms",
                                         "force_generic_plan",  "off", "UTC",
                                         "scratch_pg",          "UTF8"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct pg_params p = {.arena = &arena};
        struct pg_rows rows;
        struct err e = {0};
        pg_add_text(&p, str_of(names[i]));
        store_ok(pg_ask(pg, "select current_setting($1::text)", &p, &rows, &e), &e);
        ck_assert_msg(str_is(pg_text(&rows, 0, 0), values[i]), "%s = %.*s", names[i],
                      STR_ARG(pg_text(&rows, 0, 0)));
        pg_rows_release(&rows);
    }
}
END_TEST

/* Connecting with these settings fails with this fate and text. */
static void expect_no_connection(const struct pg_settings *s, enum err_fate fate, const char *text)
{
    struct err e = {0};
    struct pg *other = pg_new(s);
    ck_assert(!pg_connect(other, &e));
    ck_assert_msg(e.fate == fate && strstr(e.text, text) != NULL, "%d %s", (int)e.fate, e.text);
    ck_assert(!pg_connected(other));
    pg_free(other);
}

START_TEST(connecting_fails_with_a_reason)
{
    struct pg_settings s = settings;
    s.conninfo = "host=127.0.0.1 port=1 dbname=batuta";
    expect_no_connection(&s, ERR_RETRY, "refused");
    s.conninfo = "host=/no/such/folder dbname=batuta";
    expect_no_connection(&s, ERR_RETRY, "/no/such/folder");
    s = settings;
    s.user = "batuta_nobody_of_this_name";
    expect_no_connection(&s, ERR_FATAL, "batuta_nobody_of_this_name");
    s = settings;
    s.conninfo = arena_printf(&arena, "%s dbname=batuta_no_such_database", store_conninfo()).at;
    expect_no_connection(&s, ERR_FATAL, "batuta_no_such_database");
    s = settings;
    s.schema = "scratch_missing";
    expect_no_connection(&s, ERR_FATAL, "schema scratch_missing is missing");
}
END_TEST

START_TEST(bad_statement_is_named)
{
    static const struct sql_file bad = {"bad.sql", "-- name: good\nselect 1\n"
                                                   "-- name: broken\nselect from nowhere_at_all\n"
                                                   "-- name: later\nselect 2\n"};
    static const struct sql_file *const both[] = {&store, &bad, NULL};
    struct pg_settings s = settings;
    s.stores = both;
    expect_no_connection(&s, ERR_FATAL, "preparing broken of bad.sql: relation");
    static const struct sql_file twice = {"twice.sql", "-- name: count\nselect 1\n"};
    static const struct sql_file *const again[] = {&store, &twice, NULL};
    s.stores = again;
    expect_no_connection(&s, ERR_FATAL, "preparing count of twice.sql");
}
END_TEST

/* Both sides send more than the sockets hold before the other one has read anything. */
START_TEST(big_pipelines_do_not_block)
{
    enum { CALL_COUNT = 12, TEXT_SIZE = 4 * 1024 * 1024 };
    struct str text = {arena_alloc(&arena, TEXT_SIZE), TEXT_SIZE};
    memset((char *)(uintptr_t)text.at, 'y', text.size);
    struct pg_call calls[CALL_COUNT];
    struct pg_rows rows[CALL_COUNT];
    struct err e = {0};
    for (size_t i = 0; i < CALL_COUNT; i++) {
        struct pg_params *p = pg_params_new(&arena);
        pg_add_text(p, text);
        pg_add_int4(p, 2);
        calls[i] = (struct pg_call){"big", p};
    }
    store_run(pg, "set statement_timeout = '30s'");
    store_ok(pg_do(pg, PG_TRANSACTION, calls, CALL_COUNT, rows, &e), &e);
    for (size_t i = 0; i < CALL_COUNT; i++) {
        ck_assert_uint_eq(pg_text(&rows[i], 0, 0).size, (size_t)TEXT_SIZE * 2);
        pg_rows_release(&rows[i]);
    }
}
END_TEST

START_TEST(codes_have_their_fate)
{
    ck_assert_int_eq(pg_fate_of("22012"), ERR_FENCED);
    ck_assert_int_eq(pg_fate_of("22003"), ERR_POISON);
    ck_assert_int_eq(pg_fate_of("22P03"), ERR_FATAL);
    ck_assert_int_eq(pg_fate_of("23505"), ERR_POISON);
    ck_assert_int_eq(pg_fate_of("40001"), ERR_RETRY);
    ck_assert_int_eq(pg_fate_of("53100"), ERR_RETRY);
    ck_assert_int_eq(pg_fate_of("53300"), ERR_RETRY);
    ck_assert_int_eq(pg_fate_of("57P01"), ERR_RETRY);
    ck_assert_int_eq(pg_fate_of("42501"), ERR_FATAL);
    ck_assert_int_eq(pg_fate_of("28P01"), ERR_FATAL);
    ck_assert_int_eq(pg_fate_of(""), ERR_FATAL);
}
END_TEST

static Suite *pg_suite(void)
{
    Suite *suite = suite_create("pg");
    TCase *calls = tcase_create("calls");
    tcase_add_checked_fixture(calls, set_up, tear_down);
    tcase_set_timeout(calls, 60);
    tcase_add_test(calls, transaction_keeps_all);
    tcase_add_test(calls, failures_have_their_fate);
    tcase_add_test(calls, deferred_constraint_fails_at_commit);
    tcase_add_test(calls, lock_timeout_is_retry);
    tcase_add_test(calls, statement_timeout_is_retry);
    tcase_add_test(calls, deadlock_is_retry);
    tcase_add_test(calls, terminated_backend_is_retry);
    tcase_add_test(calls, connection_lost_inside_a_pipeline_is_retry);
    tcase_add_test(calls, session_is_fixed);
    tcase_add_test(calls, connecting_fails_with_a_reason);
    tcase_add_test(calls, bad_statement_is_named);
    tcase_add_test(calls, big_pipelines_do_not_block);
    tcase_add_test(calls, codes_have_their_fate);
    suite_add_tcase(suite, calls);
    return suite;
}

STORE_MAIN(pg_suite)
