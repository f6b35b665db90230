/* migrate: brings a schema to the version of this program. */
#include "common/migrate.h"

#include <stdio.h>
#include <string.h>

#include "common/crash.h"
#include "common/digest.h"

enum { SCHEMA_SIZE_MAX = 40, SQL_SIZE_MAX = 512 };

/* One file of a set, and what is recorded of it. */
struct step {
    struct str file; /* "runtime/0001_stream.sql" */
    struct str checksum;
    const char *text;
    bool applied;
};

struct plan {
    struct step *steps;
    size_t count;
};

/* Schema names stand in SQL text as they are: only plain ones. */
static bool schema_plain(const char *schema)
{
    size_t size = strspn(schema, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return size > 0 && schema[size] == '\0' && size <= SCHEMA_SIZE_MAX &&
           strchr("0123456789", schema[0]) == NULL;
}

static struct plan plan_of(const struct migration_set *sets, size_t set_count, struct arena *a)
{
    struct plan plan = {0};
    for (size_t i = 0; i < set_count; i++)
        plan.count += sets[i].count;
    plan.steps = arena_array(a, struct step, plan.count);
    struct step *step = plan.steps;
    for (size_t i = 0; i < set_count; i++) {
        for (size_t k = 0; k < sets[i].count; k++, step++) {
            const struct sql_file *file = &sets[i].files[k];
            assert(k == 0 || strcmp(sets[i].files[k - 1].name, file->name) < 0);
            const struct str text = str_of(file->text);
            const struct sha256 digest = sha256_of(&text, 1);
            step->file = arena_printf(a, "%s/%s", sets[i].name, file->name);
            step->checksum = sha256_hex(a, &digest);
            step->text = file->text;
        }
    }
    return plan;
}

static struct step *plan_find(const struct plan *plan, struct str file)
{
    for (size_t i = 0; i < plan->count; i++)
        if (str_eq(plan->steps[i].file, file))
            return &plan->steps[i];
    return NULL;
}

static bool row_check(const struct plan *plan, struct str file, struct str checksum, struct err *e)
{
    struct step *step = plan_find(plan, file);
    if (step == NULL)
        return err_set(e, ERR_FATAL,
                       "migration %.*s is applied in the database but missing in this program",
                       STR_ARG(file));
    if (!str_eq(step->checksum, checksum))
        return err_set(e, ERR_FATAL,
                       "migration %.*s was changed after it was applied: write a new file instead",
                       STR_ARG(file));
    step->applied = true;
    return true;
}

/* Within a set nothing new may stand before what is applied: it would run in another order than on
 * a new database. */
static bool order_check(const struct migration_set *sets, size_t set_count, const struct plan *plan,
                        struct err *e)
{
    const struct step *step = plan->steps;
    for (size_t i = 0; i < set_count; i++) {
        for (size_t k = 0; k < sets[i].count; k++, step++) {
            if (k > 0 && step->applied && !step[-1].applied)
                return err_set(e, ERR_FATAL, "migration %.*s is new but stands before applied %.*s",
                               STR_ARG(step[-1].file), STR_ARG(step->file));
        }
    }
    return true;
}

/* Marks what the database has. */
static bool plan_compare(struct pg *pg, struct plan *plan, struct err *e)
{
    struct pg_rows rows = {0};
    if (!pg_ask(pg, "select file, checksum from migration order by applied_at, file", NULL, &rows,
                e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < rows.count; i++)
        ok = row_check(plan, pg_text(&rows, i, 0), pg_text(&rows, i, 1), e);
    pg_rows_release(&rows);
    return ok;
}

/* The record is the owner's: default privileges gave the other roles too much on it. */
static const char table_sql[] =
    "create table if not exists migration ("
    " file text primary key, checksum text not null,"
    " applied_at timestamptz not null default clock_timestamp());"
    "do $$ declare grantee text; begin"
    " for grantee in select r.rolname from pg_class c, aclexplode(c.relacl) acl, pg_roles r"
    "  where c.oid = 'migration'::regclass and r.oid = acl.grantee and r.oid <> c.relowner"
    "  and acl.privilege_type = 'INSERT'"
    " loop execute format('revoke insert, update, delete, truncate on migration from %I', grantee);"
    " end loop; end $$";

static bool step_record(struct pg *pg, const struct step *step, struct arena *a, struct err *e)
{
    struct pg_params params = {.arena = a};
    pg_add_text(&params, step->file);
    pg_add_text(&params, step->checksum);
    return pg_ask(pg, "insert into migration (file, checksum) values ($1::text, $2::text)", &params,
                  NULL, e);
}

/* A file and its row, or neither: pg rolls back on an error. */
static bool step_apply(struct pg *pg, const struct step *step, struct arena *a, struct err *e)
{
    CRASH_POINT("migration-before");
    bool ok = pg_run(pg, "begin", e) && pg_run(pg, step->text, e) && step_record(pg, step, a, e);
    CRASH_POINT("migration-uncommitted");
    ok = ok && pg_run(pg, "commit", e);
    CRASH_POINT("migration-after");
    return ok || err_in(e, "migration %.*s", STR_ARG(step->file));
}

static bool plan_apply(struct pg *pg, const struct plan *plan, struct arena *a, int *applied,
                       struct err *e)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->steps[i].applied)
            continue;
        if (!step_apply(pg, &plan->steps[i], a, e))
            return false;
        ++*applied;
    }
    return true;
}

/* Takes the schema for this session. Waiting for another migrator has no limit, waiting for locks
 * on tables has: behind a queued lock everybody waits. */
static bool schema_take(struct pg *pg, const char *schema, struct err *e)
{
    char sql[SQL_SIZE_MAX];
    snprintf(sql, sizeof(sql),
             "set statement_timeout = 0; set lock_timeout = 0;"
             "set search_path = %s, pg_temp; set role batuta_%s_owner;"
             "select pg_advisory_lock(hashtextextended('batuta migrate %s', 0));"
             "set lock_timeout = '10s'",
             schema, schema, schema);
    return pg_run(pg, sql, e);
}

static bool schema_give_back(struct pg *pg, struct err *e)
{
    return pg_run(pg, "select pg_advisory_unlock_all(); reset role", e);
}

/* tidy: allow params because sets travel beside their count. */
bool migrate(struct pg *pg, const char *schema, const struct migration_set *sets, size_t set_count,
             int *applied, struct err *e)
{
    *applied = 0;
    if (!schema_plain(schema))
        return err_set(e, ERR_FATAL, "schema %s: wanted small letters, digits and _", schema);
    struct arena arena;
    arena_init(&arena);
    struct plan plan = plan_of(sets, set_count, &arena);
    bool ok = schema_take(pg, schema, e) && pg_run(pg, table_sql, e) &&
              plan_compare(pg, &plan, e) && order_check(sets, set_count, &plan, e) &&
              plan_apply(pg, &plan, &arena, applied, e);
    struct err ignored = {0};
    if (pg_connected(pg) && !schema_give_back(pg, ok ? e : &ignored))
        ok = false;
    if (!ok && e->fate != ERR_RETRY)
        e->fate = ERR_FATAL; /* no input is to blame for a migration */
    arena_release(&arena);
    return ok;
}

static bool plan_complete(const struct plan *plan, struct err *e)
{
    for (size_t i = 0; i < plan->count; i++)
        if (!plan->steps[i].applied)
            return err_set(e, ERR_FATAL, "migration %.*s is not applied: run `migrate` first",
                           STR_ARG(plan->steps[i].file));
    return true;
}

bool migrate_check(struct pg *pg, const struct migration_set *sets, size_t set_count, struct err *e)
{
    struct arena arena;
    arena_init(&arena);
    struct plan plan = plan_of(sets, set_count, &arena);
    struct pg_rows rows = {0};
    bool ok = pg_ask(pg, "select to_regclass('migration') is not null", NULL, &rows, e);
    bool exists = ok && pg_bool(&rows, 0, 0);
    pg_rows_release(&rows);
    if (ok && exists)
        ok = plan_compare(pg, &plan, e);
    ok = ok && plan_complete(&plan, e);
    arena_release(&arena);
    return ok;
}
