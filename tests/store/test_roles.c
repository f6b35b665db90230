/* test_roles: what deploy/postgres/roles.sql allows, and above all what it does not. */
#include "common/pg.h"
#include "tests/store/store.h"

static const char *const services[] = {"catalog", "pricing", "approvals", "orders",
                                       "notifications"};

static struct pg_settings settings;
static struct pg *pg; /* the role under test */

/* Tables made by the owner, as a migration would; one of them like the journal. */
static void set_up(void)
{
    struct pg *admin = store_admin();
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        char sql[1024];
        snprintf(sql, sizeof(sql),
                 "begin; set local role batuta_%1$s_owner; set local search_path = %1$s;"
                 "drop table if exists scratch_row, scratch_journal;"
                 "create table scratch_row (id bigint generated always as identity, note text);"
                 "create table scratch_journal (seq bigint);"
                 "revoke update, delete, truncate on scratch_journal from batuta_%1$s;"
                 "create or replace function scratch_function() returns int language sql"
                 " as 'select 1'; commit",
                 services[i]);
        store_run(admin, sql);
    }
    pg_free(admin);
}

static void tear_down(void)
{
    pg_free(pg);
    struct pg *admin = store_admin();
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql),
                 "drop table if exists %1$s.scratch_row, %1$s.scratch_journal;"
                 "drop function if exists %1$s.scratch_function()",
                 services[i]);
        store_run(admin, sql);
    }
    pg_free(admin);
}

static void log_in(const char *user, const char *schema)
{
    settings = (struct pg_settings){.conninfo = store_conninfo(), .user = user, .schema = schema};
    struct err e = {0};
    pg = pg_new(&settings);
    store_ok(pg_connect(pg, &e), &e);
}

/* Runs SQL in which %1$s stands for a schema. */
static void refused_in(const char *schema, const char *format)
{
    char sql[512];
    size_t used = 0;
    for (const char *at = format; *at != '\0'; at++) {
        int n = snprintf(sql + used, sizeof(sql) - used, *at == '@' ? "%s" : "%.1s",
                         *at == '@' ? schema : at);
        used += (size_t)n;
        ck_assert_uint_lt(used, sizeof(sql));
    }
    store_refused(pg, sql, "42501");
}

START_TEST(service_works_in_its_schema)
{
    char user[64];
    snprintf(user, sizeof(user), "batuta_%s", services[_i]);
    log_in(user, services[_i]);
    store_run(pg, "insert into scratch_row (note) values ('a'); update scratch_row set note = 'b';"
                  "select * from scratch_row; delete from scratch_row;"
                  "insert into scratch_journal values (1); select * from scratch_journal;"
                  "select scratch_function()");
}
END_TEST

START_TEST(service_keeps_out_of_its_neighbours)
{
    char user[64];
    snprintf(user, sizeof(user), "batuta_%s", services[_i]);
    log_in(user, services[_i]);
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        if (i == (size_t)_i)
            continue;
        refused_in(services[i], "select * from @.scratch_row");
        refused_in(services[i], "insert into @.scratch_row (note) values ('x')");
        refused_in(services[i], "select * from @.scratch_journal");
        refused_in(services[i], "select @.scratch_function()");
        refused_in(services[i], "create table @.mine (id int)");
        refused_in(services[i], "set role batuta_@");
        refused_in(services[i], "set role batuta_@_owner");
    }
}
END_TEST

START_TEST(service_may_only_add_to_its_journal)
{
    log_in("batuta_orders", "orders");
    store_run(pg, "insert into scratch_journal values (1)");
    store_run(pg, "grant delete on scratch_journal to batuta_orders"); /* only warns: no effect */
    store_refused(pg, "delete from scratch_journal", "42501");
    store_refused(pg, "update scratch_journal set seq = 2", "42501");
    store_refused(pg, "truncate scratch_journal", "42501");
    store_refused(pg, "drop table scratch_journal", "42501");
    store_refused(pg, "alter table scratch_journal add column x int", "42501");
    store_refused(pg, "select * from scratch_journal for update", "42501");
}
END_TEST

/* The real one, where the service's migrations were run. */
START_TEST(journal_is_append_only)
{
    char user[64], sql[128];
    struct err e = {0};
    struct pg_rows rows;
    snprintf(user, sizeof(user), "batuta_%s", services[_i]);
    log_in(user, services[_i]);
    snprintf(sql, sizeof(sql), "select to_regclass('%s.journal') is not null", services[_i]);
    store_ok(pg_ask(pg, sql, NULL, &rows, &e), &e);
    bool exists = pg_bool(&rows, 0, 0);
    pg_rows_release(&rows);
    if (!exists)
        return;
    store_run(pg, "select from journal limit 1");
    store_refused(pg, "delete from journal", "42501");
    store_refused(pg, "truncate journal", "42501");
    store_refused(pg, "update journal set part = part", "42501");
}
END_TEST

START_TEST(service_cannot_create)
{
    log_in("batuta_orders", "orders");
    store_refused(pg, "create table orders.mine (id int)", "42501");
    store_refused(pg, "create table public.mine (id int)", "42501");
    store_refused(pg, "create temporary table mine (id int)", "42501");
    store_refused(pg, "create schema mine", "42501");
    store_refused(pg, "create function orders.mine() returns int language sql as 'select 1'",
                  "42501");
    store_refused(pg, "create role mine", "42501");
    store_refused(pg, "create extension if not exists dblink", "42501");
    store_refused(pg, "truncate scratch_row", "42501");
    store_refused(pg, "set role batuta_orders_owner", "42501");
    store_refused(pg, "set role batuta_migrate", "42501");
    store_refused(pg, "alter role batuta_orders superuser", "42501");
    store_refused(pg, "copy scratch_row to program 'true'", "42501");
    store_refused(pg, "select pg_read_file('/etc/passwd')", "42501");
}
END_TEST

START_TEST(reader_only_reads)
{
    log_in("batuta_orders_read", "orders");
    store_run(pg, "select * from scratch_row; select * from scratch_journal");
    store_refused(pg, "select scratch_function()", "42501");
    store_refused(pg, "insert into scratch_row (note) values ('a')", "25006");
    store_run(pg, "set default_transaction_read_only = off"); /* a default, not the wall */
    store_refused(pg, "insert into scratch_row (note) values ('a')", "42501");
    store_refused(pg, "update scratch_row set note = ''", "42501");
    store_refused(pg, "delete from scratch_row", "42501");
    store_refused(pg, "create table mine (id int)", "42501");
    refused_in("pricing", "select * from @.scratch_row");
}
END_TEST

START_TEST(migrator_is_nothing_by_itself)
{
    log_in("batuta_migrate", "orders");
    store_refused(pg, "select * from orders.scratch_row", "42501");
    store_refused(pg, "create table orders.mine (id int)", "42501");
    store_refused(pg, "set role batuta_orders", "42501");
    store_refused(pg, "set role postgres", "42501");
    store_run(pg, "set role batuta_orders_owner; create table scratch_mine (id int);"
                  "drop table scratch_mine");
    store_refused(pg, "create table pricing.mine (id int)", "42501");
}
END_TEST

START_TEST(owners_do_not_log_in)
{
    settings = (struct pg_settings){
        .conninfo = store_conninfo(), .user = "batuta_orders_owner", .schema = "orders"};
    struct err e = {0};
    pg = pg_new(&settings);
    ck_assert(!pg_connect(pg, &e));
    ck_assert_msg(e.fate == ERR_FATAL && strstr(e.text, "not permitted to log in") != NULL, "%s",
                  e.text);
}
END_TEST

START_TEST(roles_are_bare)
{
    pg = store_admin();
    store_run(pg, "do $$ begin"
                  " assert not exists (select from pg_roles where rolname like 'batuta\\_%'"
                  "  and (rolsuper or rolcreatedb or rolcreaterole or rolreplication"
                  "   or rolbypassrls)), 'attributes';"
                  " assert (select count(*) from pg_roles where rolname in ('batuta_orders',"
                  "  'batuta_orders_read') and array_to_string(rolconfig, ' ') like"
                  "  '%search_path=orders, pg_temp%statement_timeout=%lock_timeout=%') = 2,"
                  "  'settings';"
                  " assert not exists (select from pg_auth_members m join pg_roles r"
                  "  on r.oid = m.member where r.rolname like 'batuta\\_%'"
                  "  and r.rolname <> 'batuta_migrate'), 'members';"
                  " end $$");
}
END_TEST

static Suite *roles_suite(void)
{
    Suite *suite = suite_create("roles");
    TCase *tests = tcase_create("roles");
    const int count = ARRAY_LEN(services);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, service_works_in_its_schema, 0, count);
    tcase_add_loop_test(tests, service_keeps_out_of_its_neighbours, 0, count);
    tcase_add_test(tests, service_may_only_add_to_its_journal);
    tcase_add_loop_test(tests, journal_is_append_only, 0, count);
    tcase_add_test(tests, service_cannot_create);
    tcase_add_test(tests, reader_only_reads);
    tcase_add_test(tests, migrator_is_nothing_by_itself);
    tcase_add_test(tests, owners_do_not_log_in);
    tcase_add_test(tests, roles_are_bare);
    suite_add_tcase(suite, tests);
    return suite;
}

STORE_MAIN(roles_suite)
