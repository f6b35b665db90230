/* test_migrate: files run once, in order, wholly or not at all, and never change afterwards. */
#include "common/migrate.h"

#include <pthread.h>

#include "tests/store/store.h"

static struct pg_settings settings;
static struct pg *pg;
static struct pg_settings service_settings; /* the role that checks */
static struct pg *service;

static void drop_all(void)
{
    store_admin_run("drop schema if exists scratch_migrate cascade;"
                    "do $$ declare r text; begin foreach r in array"
                    " array['batuta_scratch_migrate_owner', 'batuta_scratch_migrate'] loop"
                    " if exists (select from pg_roles where rolname = r) then"
                    "  execute 'drop owned by ' || r; execute 'drop role ' || r; end if;"
                    " end loop; end $$");
}

/* A schema as roles.sql makes them. */
static void set_up(void)
{
    drop_all();
    store_admin_run("create role batuta_scratch_migrate_owner nologin;"
                    "create role batuta_scratch_migrate login;"
                    "do $$ begin execute format('grant connect on database %I to"
                    " batuta_scratch_migrate', current_database()); end $$;"
                    "grant batuta_scratch_migrate_owner to batuta_migrate;"
                    "create schema scratch_migrate authorization batuta_scratch_migrate_owner;"
                    "grant usage on schema scratch_migrate to batuta_scratch_migrate;"
                    "alter default privileges for role batuta_scratch_migrate_owner"
                    " in schema scratch_migrate grant select, insert, update, delete on tables"
                    " to batuta_scratch_migrate");
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = "batuta_migrate",
                                    .schema = "scratch_migrate",
                                    .statement_timeout_ms = 200,
                                    .lock_timeout_ms = 100};
    service_settings = settings;
    service_settings.user = "batuta_scratch_migrate";
    struct err e = {0};
    pg = pg_new(&settings);
    service = pg_new(&service_settings);
    store_ok(pg_connect(pg, &e) && pg_connect(service, &e), &e);
}

static void tear_down(void)
{
    pg_free(pg);
    pg_free(service);
    drop_all();
}

static const struct sql_file runtime_files[] = {
    {"0001_stream.sql", "create table stream (part smallint primary key);\n"
                        "create table journal (part smallint);\n"}};
static const struct sql_file orders_files[] = {
    {"0001_init.sql", "create table item (id text primary key); select pg_sleep(0.3);"},
    {"0002_more.sql", "alter table item add column note text"},
    {"0003_last.sql", "insert into item values ('a', 'b')"}};

/* The runtime's file and the first `count` of the service's. */
struct both {
    struct migration_set sets[2];
};

static struct both sets_of(size_t count)
{
    return (struct both){{{"runtime", runtime_files, 1}, {"scratch_migrate", orders_files, count}}};
}

static int expect_migrated(size_t count)
{
    const struct both b = sets_of(count);
    struct err e = {0};
    int applied = -1;
    store_ok(migrate(pg, "scratch_migrate", b.sets, 2, &applied, &e), &e);
    e = (struct err){0};
    store_ok(migrate_check(service, b.sets, 2, &e), &e);
    return applied;
}

static void expect_refused(const struct migration_set *set, const char *text)
{
    struct err e = {0};
    int applied = -1;
    ck_assert(!migrate(pg, "scratch_migrate", set, 1, &applied, &e));
    ck_assert_msg(e.fate == ERR_FATAL && strstr(e.text, text) != NULL, "%s", e.text);
}

START_TEST(files_run_once_in_order)
{
    ck_assert_int_eq(expect_migrated(0), 1);
    ck_assert_int_eq(expect_migrated(2), 2);
    ck_assert_int_eq(expect_migrated(3), 1);
    ck_assert_int_eq(expect_migrated(3), 0);
    struct pg *admin = store_admin();
    struct pg_rows rows;
    struct err e = {0};
    store_ok(pg_ask(admin,
                    "select string_agg(file, ' ' order by applied_at),"
                    " (select count(*) from scratch_migrate.item),"
                    " (select tableowner::text from pg_tables"
                    "   where schemaname = 'scratch_migrate' and tablename = 'item'),"
                    " min(length(checksum))"
                    " from scratch_migrate.migration",
                    NULL, &rows, &e),
             &e);
    ck_assert(str_is(pg_text(&rows, 0, 0), "runtime/0001_stream.sql scratch_migrate/0001_init.sql"
                                           " scratch_migrate/0002_more.sql"
                                           " scratch_migrate/0003_last.sql"));
    ck_assert_int_eq(pg_int(&rows, 0, 1), 1);
    ck_assert(str_is(pg_text(&rows, 0, 2), "batuta_scratch_migrate_owner"));
    ck_assert_int_eq(pg_int(&rows, 0, 3), 64);
    pg_rows_release(&rows);
    pg_free(admin);
}
END_TEST

START_TEST(changed_file_is_refused)
{
    expect_migrated(2);
    static const struct sql_file changed[] = {
        {"0001_init.sql", "create table item (id text primary key)"},
        {"0002_more.sql", "alter table item add column note text"}};
    const struct migration_set sets[] = {{"runtime", runtime_files, 1},
                                         {"scratch_migrate", changed, 2}};
    struct err e = {0};
    int applied = -1;
    ck_assert(!migrate(pg, "scratch_migrate", sets, 2, &applied, &e));
    ck_assert_int_eq(e.fate, ERR_FATAL);
    ck_assert_str_eq(e.text, "migration scratch_migrate/0001_init.sql was changed after it was "
                             "applied: write a new file instead");
    ck_assert(!migrate_check(service, sets, 2, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "0001_init.sql was changed"));
    ck_assert_int_eq(expect_migrated(3), 1); /* the lock was given back, the true files go on */
}
END_TEST

START_TEST(missing_file_is_refused)
{
    expect_migrated(1);
    const struct migration_set set = {"runtime", runtime_files, 1};
    expect_refused(&set, "scratch_migrate/0001_init.sql is applied in the database but missing");
}
END_TEST

START_TEST(file_before_an_applied_one_is_refused)
{
    static const struct sql_file later[] = {{"0002_b.sql", "select 1"}};
    static const struct sql_file with[] = {{"0001_a.sql", "select 1"}, {"0002_b.sql", "select 1"}};
    const struct migration_set one = {"runtime", later, 1}, two = {"runtime", with, 2};
    struct err e = {0};
    int applied = -1;
    store_ok(migrate(pg, "scratch_migrate", &one, 1, &applied, &e), &e);
    expect_refused(&two, "runtime/0001_a.sql is new but stands before applied runtime/0002_b.sql");
}
END_TEST

START_TEST(failing_file_leaves_nothing)
{
    static const struct sql_file files[] = {
        {"0001_good.sql", "create table good (id int)"},
        {"0002_bad.sql", "create table half (id int); insert into good values (1 / 0)"},
        {"0003_never.sql", "create table never (id int)"}};
    const struct migration_set set = {"runtime", files, 3};
    expect_refused(&set, "division by zero (SQLSTATE 22012), migration runtime/0002_bad.sql");
    struct pg *admin = store_admin();
    store_run(admin, "do $$ begin assert (select count(*) from scratch_migrate.migration) = 1;"
                     " assert to_regclass('scratch_migrate.half') is null;"
                     " assert to_regclass('scratch_migrate.never') is null; end $$");
    pg_free(admin);
}
END_TEST

START_TEST(check_names_what_is_not_applied)
{
    const struct both b = sets_of(2);
    struct err e = {0};
    ck_assert(!migrate_check(service, b.sets, 2, &e));
    ck_assert_int_eq(e.fate, ERR_FATAL);
    ck_assert_ptr_nonnull(strstr(e.text, "runtime/0001_stream.sql is not applied"));
    expect_migrated(1);
    ck_assert(!migrate_check(service, b.sets, 2, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "scratch_migrate/0002_more.sql is not applied"));
}
END_TEST

START_TEST(record_is_the_owners)
{
    expect_migrated(3);
    struct pg *admin = store_admin();
    store_run(admin, "set role batuta_scratch_migrate; set search_path = scratch_migrate");
    store_run(admin, "select * from migration; insert into item values ('c', 'd')");
    store_refused(admin, "delete from migration", "42501");
    store_refused(admin, "update migration set checksum = ''", "42501");
    store_refused(admin, "insert into migration values ('x', 'y')", "42501");
    pg_free(admin);
}
END_TEST

struct migrator {
    bool ok;
    int applied;
    struct err e;
};

static void *migrator_run(void *arg)
{
    struct migrator *m = arg;
    const struct both b = sets_of(3);
    struct pg *mine = pg_new(&settings);
    m->ok =
        pg_connect(mine, &m->e) && migrate(mine, "scratch_migrate", b.sets, 2, &m->applied, &m->e);
    pg_free(mine);
    return NULL;
}

/* The wait is longer than the settings' lock and statement timeouts: those are for other things. */
START_TEST(two_at_once_wait_for_each_other)
{
    pthread_t threads[3];
    struct migrator migrators[3] = {0};
    int applied = 0;
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, migrator_run, &migrators[i]), 0);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        store_ok(migrators[i].ok, &migrators[i].e);
        applied += migrators[i].applied;
    }
    ck_assert_int_eq(applied, 4);
}
END_TEST

START_TEST(other_failures)
{
    const struct both b = sets_of(1);
    struct err e = {0};
    int applied = -1;
    ck_assert(!migrate(pg, "x; drop", b.sets, 2, &applied, &e) && e.fate == ERR_FATAL);
    ck_assert(!migrate(pg, "", b.sets, 2, &applied, &e) && e.fate == ERR_FATAL);
    ck_assert(!migrate(pg, "nowhere", b.sets, 2, &applied, &e) && e.fate == ERR_FATAL);
    static const struct sql_file deadly[] = {
        {"0001_x.sql", "reset role; select pg_terminate_backend(pg_backend_pid())"}};
    const struct migration_set set = {"runtime", deadly, 1};
    ck_assert(!migrate(pg, "scratch_migrate", &set, 1, &applied, &e));
    ck_assert_msg(e.fate == ERR_RETRY && strstr(e.text, "0001_x.sql") != NULL, "%s", e.text);
    ck_assert(!pg_connected(pg));
    ck_assert(!migrate(pg, "scratch_migrate", &set, 1, &applied, &e) && e.fate == ERR_RETRY);
    ck_assert(!migrate_check(pg, &set, 1, &e) && e.fate == ERR_RETRY);
}
END_TEST

static Suite *migrate_suite(void)
{
    Suite *suite = suite_create("migrate");
    TCase *tests = tcase_create("migrate");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, files_run_once_in_order);
    tcase_add_test(tests, changed_file_is_refused);
    tcase_add_test(tests, missing_file_is_refused);
    tcase_add_test(tests, file_before_an_applied_one_is_refused);
    tcase_add_test(tests, failing_file_leaves_nothing);
    tcase_add_test(tests, check_names_what_is_not_applied);
    tcase_add_test(tests, record_is_the_owners);
    tcase_add_test(tests, two_at_once_wait_for_each_other);
    tcase_add_test(tests, other_failures);
    suite_add_tcase(suite, tests);
    return suite;
}

STORE_MAIN(migrate_suite)
