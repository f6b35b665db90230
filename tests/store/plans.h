/* plans: how Postgres goes about a service's own rows, on tables that are empty and analyzed: there
 * the planner thinks nothing of reading a whole table or index, and what it plans then lives as
 * long as the connection. A load must look up each key that was asked, by all of it, in an index
 * that begins with it; adding must read no table, and saving at most the row that it changes. */
#ifndef TESTS_STORE_PLANS_H
#define TESTS_STORE_PLANS_H

#include "tests/store/rooms.h"

/* Explains a prepared statement; the first line that must not be, or the part of a plan that is
 * missing, is an error that shows the plan. */
static const char plan_check[] =
    "create or replace function plan_check(asked text, wanted text[], scans int) returns void "
    "language plpgsql as $$ "
    "declare line text; plan text := ''; part text; arguments text; misses bool; "
    "begin "
    "select string_agg('null', ', ') into arguments from pg_prepared_statements s, "
    "unnest(s.parameter_types) where s.name = asked; "
    "for line in execute format('explain (costs off) execute %I(%s)', asked, arguments) loop "
    "plan := plan || line || E'\\n'; end loop; "
    "if plan ~ 'Seq Scan|Bitmap|Hash|Merge|Sort|Materialize' "
    "or regexp_count(plan, 'Index (Only )?Scan') <> scans + (plan ~ 'Tid Scan')::int then "
    "raise exception '% reads otherwise: %', asked, plan; end if; "
    /* A condition that leaves out the index's first columns reads all of it. */
    "select strpos(plan, a.attname || ' = k.') = 0 into misses from pg_class i "
    "join pg_index x on x.indexrelid = i.oid "
    "join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0] "
    "where i.relnamespace = current_schema()::regnamespace "
    "and split_part(plan, 'using ', 2) ~ ('^' || i.relname || ' '); "
    "if misses then raise exception '% reads a whole index: %', asked, plan; end if; "
    "foreach part in array wanted loop if strpos(plan, part) = 0 then "
    "raise exception '% lacks % in: %', asked, part, plan; end if; end loop; "
    "end $$";

static inline void plan_holds(struct pg *pg, const char *statement, const char *wanted, int scans)
{
    char sql[1024];
    snprintf(sql, sizeof sql, "select plan_check('%s', array[%s]::text[], %d)", statement, wanted,
             scans);
    store_run(pg, sql);
}

/* Each key column is in the condition of the one index that is read of each table. */
static inline void load_holds(struct pg *pg, const struct entity *e)
{
    enum { SPLIT_TABLE_COUNT = 3 };
    char wanted[512] = "'Nested Loop', '->  Function Scan on', 'Index Cond: ('";
    for (size_t i = 0; i < e->key_count; i++) {
        size_t size = strlen(wanted);
        snprintf(wanted + size, sizeof wanted - size, ", '%s = k.%s'", e->columns[i].name,
                 e->columns[i].name);
    }
    plan_holds(pg, e->load, wanted, e->content ? SPLIT_TABLE_COUNT : 1);
}

static inline void plans_hold(const struct service *s, const char *schema)
{
    struct pg *pg = room_open(s, schema);
    store_run(pg, plan_check);
    store_run(pg, "set enable_seqscan = off"); /* as roles.sql gives it to the service's role */
    store_run(pg, "set plan_cache_mode = force_generic_plan");
    store_run(pg, "vacuum analyze");
    for (size_t i = 0; s->entities[i] != NULL; i++) {
        const struct entity *e = s->entities[i];
        if (e->add == NULL)
            continue; /* a question about rows of others */
        load_holds(pg, e);
        plan_holds(pg, e->add, "'Insert on', 'Function Scan on'", 0);
        if (strcmp(e->save, e->add) != 0)
            plan_holds(pg, e->save, "'Function Scan on'", 0);
        if (e->content != NULL)
            plan_holds(pg, e->content, "'Function Scan on'", 0);
    }
    room_close(pg, schema);
}

/* The whole of a test program. */
#define PLANS_MAIN(service_)                                                                       \
    START_TEST(plans)                                                                              \
    {                                                                                              \
        plans_hold(&service_##_service, ROOM_SCHEMA(#service_ "_plans"));                          \
    }                                                                                              \
    END_TEST                                                                                       \
    static Suite *suite(void)                                                                      \
    {                                                                                              \
        Suite *s = suite_create(#service_ "_plans");                                               \
        TCase *t = tcase_create("plans");                                                          \
        tcase_set_timeout(t, 60);                                                                  \
        tcase_add_test(t, plans);                                                                  \
        suite_add_tcase(s, t);                                                                     \
        return s;                                                                                  \
    }                                                                                              \
    STORE_MAIN(suite)

#endif
