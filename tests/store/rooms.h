/* rooms: what tests of a service's own statements share: a schema of its own with the runtime's and
 * the service's tables in it, rows saved and loaded as the loop does it, queries as HTTP asks them.
 */
#ifndef TESTS_STORE_ROOMS_H
#define TESTS_STORE_ROOMS_H

#include "common/service.h"
#include "tests/store/store.h"

extern const struct sql_file runtime_migrations[];
extern const size_t runtime_migration_count;

#define ROOM_SCHEMA(service_) "room_test_" service_

/* Gone before and after: the roles are only there because the migrations grant to them. */
static inline void room_drop(struct pg *pg, const char *schema)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "set client_min_messages = warning; drop schema if exists %s cascade; "
             "drop role if exists batuta_%s, batuta_%s_read",
             schema, schema, schema);
    store_run(pg, sql);
}

static inline void room_migrate(struct pg *pg, const struct sql_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store_run(pg, files[i].text);
}

/* A superuser's connection to a room that is there, with the service's statements prepared. */
static inline struct pg *room_again(const struct service *s, const char *schema)
{
    static struct pg_settings settings;
    static const struct sql_file *stores[2];
    stores[0] = s->store;
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = store_superuser(),
                                    .schema = schema,
                                    .stores = stores};
    struct err e = {0};
    struct pg *pg = pg_new(&settings);
    store_ok(pg_connect(pg, &e), &e);
    return pg;
}

/* The same to a new room. */
static inline struct pg *room_open(const struct service *s, const char *schema)
{
    char sql[400];
    struct pg *admin = store_admin();
    room_drop(admin, schema);
    snprintf(sql, sizeof sql,
             "create role batuta_%s; create role batuta_%s_read; create schema %s; "
             "set search_path = %s, pg_temp",
             schema, schema, schema, schema);
    store_run(admin, sql);
    room_migrate(admin, runtime_migrations, runtime_migration_count);
    room_migrate(admin, s->migrations, *s->migration_count);
    pg_free(admin);
    return room_again(s, schema);
}

/* A new room as the first `count` migrations left it, without statements. */
static inline struct pg *room_older(const struct service *s, const char *schema, size_t count)
{
    static const struct sql_file none = {"store.sql", ""};
    struct service older = *s;
    older.migration_count = &count;
    older.store = &none;
    return room_open(&older, schema);
}

/* The room after all other migrations, with its statements. Takes the connection back. */
static inline struct pg *room_newer(struct pg *pg, const struct service *s, const char *schema,
                                    size_t count)
{
    for (size_t i = count; i < *s->migration_count; i++)
        store_run(pg, s->migrations[i].text);
    pg_free(pg);
    return room_again(s, schema);
}

/* The row of a key (a struct with its key columns set) is there, and loads. */
static inline void *room_read(struct pg *pg, const struct entity *entity, const void *key,
                              struct arena *a)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    struct pg_call load = entity_load_call(entity, &key, 1, a);
    store_ok(pg_do(pg, PG_PLAIN, &load, 1, &rows, &e), &e);
    ck_assert_uint_eq(rows.count, 1);
    void *read = arena_alloc(a, entity->size);
    store_ok(entity_read(entity, &rows, 0, a, read, &e), &e);
    pg_rows_release(&rows);
    return read;
}

static inline void room_close(struct pg *pg, const char *schema)
{
    room_drop(pg, schema);
    pg_free(pg);
}

struct room_calls {
    struct pg_call items[2];
    size_t count;
};

/* What adds a row that is not there, or saves one that is. */
static inline struct room_calls room_calls(struct pg *pg, const struct entity *entity,
                                           const void *row, int16_t part, struct arena *a)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    int64_t batch = 7;
    struct pg_call load = entity_load_call(entity, &row, 1, a);
    store_ok(pg_do(pg, PG_PLAIN, &load, 1, &rows, &e), &e);
    bool there = rows.count > 0;
    pg_rows_release(&rows);
    if (!there)
        return (struct room_calls){{entity_add_call(entity, &row, &part, &batch, 1, a)}, 1};
    struct pg_call save = entity_save_call(entity, &row, &part, &batch, 1, a);
    if (!entity->content)
        return (struct room_calls){{save}, 1};
    return (struct room_calls){{save, entity_content_call(entity, &row, 1, a)}, 2};
}

static inline bool room_add(struct pg *pg, const struct entity *entity, const void *row,
                            int16_t part, struct err *e)
{
    int64_t batch = 7;
    struct arena a;
    arena_init(&a);
    struct pg_call call = entity_add_call(entity, &row, &part, &batch, 1, &a);
    bool added = pg_do(pg, PG_TRANSACTION, &call, 1, NULL, e);
    arena_release(&a);
    return added;
}

static inline bool room_save(struct pg *pg, const struct entity *entity, const void *row,
                             int16_t part, struct err *e)
{
    struct arena a;
    arena_init(&a);
    struct room_calls calls = room_calls(pg, entity, row, part, &a);
    bool saved = pg_do(pg, PG_TRANSACTION, calls.items, calls.count, NULL, e);
    arena_release(&a);
    return saved;
}

/* Adds, saves, loads, and compares every column as it would be saved. */
static inline void room_round_trip(struct pg *pg, const struct entity *entity, const void *row,
                                   struct arena *a)
{
    struct err e = {0};
    store_ok(room_add(pg, entity, row, 3, &e) && room_save(pg, entity, row, 3, &e), &e);
    const void *again = room_read(pg, entity, row, a);
    int16_t part = 3;
    int64_t batch = 7;
    struct pg_call was = entity_add_call(entity, &row, &part, &batch, 1, a);
    struct pg_call is = entity_add_call(entity, &again, &part, &batch, 1, a);
    for (size_t i = 0; i < was.params->count; i++)
        ck_assert_msg(str_eq(was.params->values[i], is.params->values[i]), "column %zu of %s", i,
                      entity->name);
    /* Another partition may not write it: the division by zero undoes the batch. */
    ck_assert(!room_save(pg, entity, row, 4, &e));
    ck_assert_int_eq(e.fate, ERR_FENCED);
}

/* Asks a query with up to four arguments (NULL: absent); STR_NONE when there is no row. */
static inline struct str room_ask(struct pg *pg, const char *statement, struct arena *a,
                                  const char *const *arguments, size_t count)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    struct pg_params *p = pg_params_new(a);
    for (size_t i = 0; i < count; i++)
        pg_add_text(p, str_of(arguments[i]));
    store_ok(pg_query(pg, statement, p, &rows, &e), &e);
    struct str text = rows.count > 0 ? arena_str(a, pg_text(&rows, 0, 0)) : STR_NONE;
    pg_rows_release(&rows);
    return text;
}
#define ROOM_ASK(pg, statement, a, ...)                                                            \
    room_ask(pg, statement, a, (const char *const[]){__VA_ARGS__},                                 \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static inline void room_holds(struct str json, const char *part)
{
    ck_assert_msg(json.at != NULL && strstr(json.at, part) != NULL, "no %s in %.*s", part,
                  STR_ARG(json));
}

#endif
