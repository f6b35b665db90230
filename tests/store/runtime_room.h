/* runtime_room: a schema with nothing but the runtime's tables, and rights as deploy/postgres gives
 * them, so that its statements can be tried as the app role would run them. */
#ifndef TESTS_STORE_RUNTIME_ROOM_H
#define TESTS_STORE_RUNTIME_ROOM_H

#include "common/stream.h"
#include "tests/store/store.h"
#include "tests/unit/runtime_demo.h"

extern const struct sql_file runtime_store;
extern const struct sql_file runtime_migrations[];
extern const size_t runtime_migration_count;

#define RUNTIME_SCHEMA "room_test_runtime"

static struct arena arena;
static struct stream_plan plan;

static inline void runtime_drop(struct pg *admin)
{
    store_run(admin, "set client_min_messages = warning; "
                     "drop schema if exists " RUNTIME_SCHEMA " cascade; "
                     "drop role if exists batuta_" RUNTIME_SCHEMA);
}

static inline struct pg *runtime_connect(void)
{
    static struct pg_settings settings;
    static const struct sql_file *const stores[] = {&runtime_store, NULL};
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = store_superuser(),
                                    .schema = RUNTIME_SCHEMA,
                                    .stores = stores,
                                    .lock_timeout_ms = 5000};
    struct err e = {0};
    struct pg *pg = pg_new(&settings);
    store_ok(pg_connect(pg, &e), &e);
    return pg;
}

static inline struct pg *runtime_open(void)
{
    struct pg *admin = store_admin();
    runtime_drop(admin);
    store_run(admin, "create role batuta_" RUNTIME_SCHEMA "; create schema " RUNTIME_SCHEMA "; "
                     "grant usage on schema " RUNTIME_SCHEMA " to batuta_" RUNTIME_SCHEMA "; "
                     "alter default privileges in schema " RUNTIME_SCHEMA
                     " grant select, insert, update, delete on tables to batuta_" RUNTIME_SCHEMA
                     "; set search_path = " RUNTIME_SCHEMA ", pg_temp");
    for (size_t i = 0; i < runtime_migration_count; i++)
        store_run(admin, runtime_migrations[i].text);
    store_run(admin, "select journal_extend('2026-01-15Z')");
    pg_free(admin);
    stream_plan_init(&plan, &demo_service, DEMO_PARTITION_COUNT);
    snprintf(plan.cluster_id, sizeof plan.cluster_id, "cluster-1");
    return runtime_connect();
}

static inline void runtime_close(struct pg *pg)
{
    pg_free(pg);
    struct pg *admin = store_admin();
    runtime_drop(admin);
    pg_free(admin);
    arena_release(&arena);
}

static inline struct pg_params *room_params(void)
{
    return pg_params_new(&arena);
}

static inline struct stream runtime_take(struct pg *pg, int32_t part)
{
    struct stream s;
    struct err e = {0};
    stream_init(&s, &plan, part, &arena);
    store_ok(stream_take(pg, &plan, &s, &arena, &e), &e);
    return s;
}

/* One number that a query finds. */
static inline int64_t runtime_number(struct pg *pg, const char *sql)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    store_ok(pg_ask(pg, sql, NULL, &rows, &e), &e);
    ck_assert_uint_eq(rows.count, 1);
    int64_t n = pg_int(&rows, 0, 0);
    pg_rows_release(&rows);
    return n;
}

static inline void runtime_fenced(struct pg *pg, const struct pg_call *calls, size_t count)
{
    struct err e = {0};
    ck_assert(!pg_do(pg, PG_TRANSACTION, calls, count, NULL, &e));
    ck_assert_msg(e.fate == ERR_FENCED, "%s", e.text);
    ck_assert(pg_connected(pg)); /* rolled back, and usable at once */
}

#endif
