/* pg: common/pg.h over tables in memory: connections, transactions, what the wire may lose. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/pg_inside.h"

enum { LOCK_LOOK_US = 100000, LOCK_TIMEOUT_US = 10000000, WATCH_US = 500000 };

static struct pg *connections;
static int last_pid;

struct pg *pg_new(const struct pg_settings *settings)
{
    struct pg *pg = calloc(1, sizeof *pg);
    assert(pg);
    pg->settings = settings;
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (strcmp(sim_services[i]->name, settings->schema) == 0)
            pg->schema = &sim->schemas[i];
    pg->next = connections;
    connections = pg;
    return pg;
}

static void roll_back(struct pg *pg)
{
    pg->in_transaction = false;
    for (int i = 0; i < PART_MAX; i++)
        if (pg->schema->streams[i].locked_by == pg)
            pg->schema->streams[i].locked_by = NULL;
}

void pg_free(struct pg *pg)
{
    if (!pg)
        return;
    roll_back(pg);
    struct pg **at = &connections;
    while (*at != pg)
        at = &(*at)->next;
    *at = pg->next;
    free(pg);
}

bool pg_connect(struct pg *pg, struct err *e)
{
    if (sim->pg_down)
        return err_set(e, ERR_RETRY, "Postgres does not answer");
    pg->connected = true;
    pg->ended = false;
    pg->pid = ++last_pid;
    return true;
}

bool pg_connected(const struct pg *pg)
{
    return pg->connected;
}

void pg_disconnect(struct pg *pg)
{
    roll_back(pg);
    pg->connected = false;
}

int pg_backend_pid(const struct pg *pg)
{
    return pg->pid;
}

void pg_drop(struct pg *pg)
{
    if (pg->in_transaction)
        mark(MARK_CRASH_IN_TRANSACTION);
    pg_free(pg);
}

void pg_restart(int64_t until_us)
{
    for (struct pg *pg = connections; pg; pg = pg->next) {
        roll_back(pg);
        pg->ended = true;
    }
    sim->pg_down = true;
    sim->pg_until_us = until_us;
}

/* ---- results */

struct sim_cell *rows_add(struct sim_rows *rows, size_t columns)
{
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 4;
        struct sim_cell *grown = arena_array(&sim->arena, struct sim_cell, rows->room * columns);
        if (rows->count)
            memcpy(grown, rows->cells, rows->count * columns * sizeof *grown);
        rows->cells = grown;
        rows->columns = columns;
    }
    return &rows->cells[rows->count++ * columns];
}

struct str pg_cell(const struct pg_rows *rows, size_t row, int column, unsigned *type)
{
    const struct sim_rows *r = rows->result;
    assert(r && row < r->count && (size_t)column < r->columns);
    const struct sim_cell *c = &r->cells[row * r->columns + (size_t)column];
    *type = c->type;
    return c->bytes;
}

void pg_rows_release(struct pg_rows *rows)
{
    *rows = (struct pg_rows){0};
}

/* ---- statements */

static bool lost(struct pg *pg, struct err *e)
{
    pg_disconnect(pg);
    return err_set(e, ERR_RETRY, "the connection to Postgres was lost");
}

/* Its own end of the line is dead: it learns so now. */
static bool alive(struct pg *pg, struct err *e)
{
    return (pg->connected && !pg->ended) || lost(pg, e);
}

static enum outcome run(struct call *c, const char *name)
{
    static const struct statement *const tables[] = {stream_statements, list_statements};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct statement *s = tables[t]; s->name; s++)
            if (strcmp(name, s->name) == 0)
                return s->run(c);
    bool known = false;
    enum outcome out = entity_statement(name, c, &known);
    if (!known) {
        fprintf(stderr, "sim: no statement %s\n", name);
        abort();
    }
    return out;
}

/* A sleeping owner's backend is ended by whoever takes its partition (take_watch.h of the product;
 * here the taker does it by itself). */
struct take_watch *take_watch_start(const struct pg_settings *settings, int pid)
{
    (void)settings, (void)pid;
    sim->current->watching = true;
    sim->current->watch_ended = 0;
    return (struct take_watch *)sim->current;
}

int take_watch_stop(struct take_watch *w)
{
    struct process *p = (struct process *)w;
    p->watching = false;
    return p->watch_ended;
}

static void end_blockers(struct pg *pg)
{
    for (int i = 0; i < PART_MAX; i++) {
        struct pg *other = pg->schema->streams[i].locked_by;
        if (!other || other == pg)
            continue;
        roll_back(other);
        other->ended = true;
        sim->current->watch_ended++;
        mark(MARK_BACKEND_ENDED);
        tell("ends the backend that holds partition %d", i);
    }
}

/* Until the row is free, or too long has passed. */
static enum outcome wait_for_lock(struct call *c, const char *name)
{
    struct process *p = sim->current;
    int64_t since = sim->now_us;
    enum outcome out = OUT_LOCKED;
    mark(MARK_LOCK_WAITED);
    tell("waits for a row lock in %s", name);
    while (out == OUT_LOCKED && sim->now_us - since < LOCK_TIMEOUT_US && p) {
        p->life = LIFE_WAITING;
        p->wake_us = sim->now_us + LOCK_LOOK_US;
        sim->asleep |= 1u << p->index;
        process_yield();
        p->life = LIFE_UP;
        if (c->pg->ended)
            return OUT_LOCKED;
        if (p->watching && sim->now_us - since >= WATCH_US)
            end_blockers(c->pg);
        out = run(c, name);
    }
    return out;
}

static bool outcome_err(enum outcome out, const char *name, struct err *e)
{
    switch (out) {
    case OUT_OK:
        return true;
    case OUT_FENCED:
        return err_set(e, ERR_FENCED, "%s: 22012 division by zero", name);
    case OUT_UNIQUE:
        return err_set(e, ERR_POISON, "%s: 23505 the key is there already", name);
    case OUT_REFUSED:
        return err_set(e, ERR_POISON, "%s: 22P05 a value that cannot be stored", name);
    case OUT_LOCKED:
        return err_set(e, ERR_RETRY, "%s: 55P03 lock timeout", name);
    }
    return false;
}

/* What happens on the way there: false when it does not arrive. */
static bool passes(struct pg *pg, enum point point, struct err *e)
{
    enum mishap f = fault_at(point);
    if (f == FAULT_PG_LOST)
        return lost(pg, e);
    if (f == FAULT_PG_RETRY) {
        roll_back(pg);
        return err_set(e, ERR_RETRY, "40001 could not serialize access");
    }
    return alive(pg, e);
}

static bool check_one(struct pg *pg, const struct pg_call *pc, struct call *c, struct err *e)
{
    *c = (struct call){.pg = pg, .schema = pg->schema, .params = pc->params};
    enum outcome out = run(c, pc->statement);
    if (out == OUT_LOCKED)
        out = wait_for_lock(c, pc->statement);
    if (!alive(pg, e))
        return false;
    if (out != OUT_OK)
        roll_back(pg);
    return outcome_err(out, pc->statement, e);
}

static bool commit(struct pg *pg, const struct pg_call *calls, size_t count, struct err *e)
{
    struct call c;
    for (size_t i = 0; i < count; i++)
        if (!check_one(pg, &calls[i], &c, e))
            return false;
    for (size_t i = 0; i < count; i++) {
        struct call apply = {pg, pg->schema, calls[i].params, true, NULL};
        enum outcome out = run(&apply, calls[i].statement);
        assert(out == OUT_OK && "asked a moment ago");
        (void)out;
    }
    roll_back(pg); /* frees the locks; what was done is done */
    return true;
}

static bool transaction(struct pg *pg, const struct pg_call *calls, size_t count, struct err *e)
{
    struct call c;
    pg->in_transaction = true;
    for (size_t i = 0; i < count; i++)
        if (!passes(pg, POINT_STATEMENT, e) || !check_one(pg, &calls[i], &c, e))
            return false;
    enum mishap f = fault_at(POINT_COMMIT);
    if (!alive(pg, e))
        return false;
    bool undone = f == FAULT_PG_UNKNOWN && choose_of(STRIP_FAULTS, 2) == 0;
    if (undone)
        mark(MARK_UNKNOWN_UNDONE);
    if (undone || f == FAULT_PG_LOST)
        return lost(pg, e);
    if (!commit(pg, calls, count, e))
        return false;
    if (f == FAULT_PG_UNKNOWN) {
        mark(MARK_UNKNOWN_DONE);
        return lost(pg, e);
    }
    (void)fault_at(POINT_COMMITTED);
    return true; /* an end that comes after the answer is found by the next statement */
}

static bool plain(struct pg *pg, const struct pg_call *pc, struct pg_rows *rows, struct err *e)
{
    struct call c;
    if (!check_one(pg, pc, &c, e))
        return false;
    struct sim_rows *out = arena_new(&sim->arena, struct sim_rows);
    struct call apply = {pg, pg->schema, pc->params, true, out};
    enum outcome done = run(&apply, pc->statement);
    assert(done == OUT_OK);
    (void)done;
    if (rows)
        *rows = (struct pg_rows){out, out->count};
    (void)fault_at(POINT_COMMITTED);
    return true;
}

/* tidy: allow params because common/pg.h has them. */
bool pg_do(struct pg *pg, enum pg_wrap wrap, const struct pg_call *calls, size_t count,
           struct pg_rows *rows, struct err *e)
{
    if (!passes(pg, POINT_PG, e))
        return false;
    assert(wrap == PG_TRANSACTION && rows == NULL);
    return transaction(pg, calls, count, e);
}

bool pg_query(struct pg *pg, const char *statement, struct pg_params *params, struct pg_rows *rows,
              struct err *e)
{
    struct pg_call call = {statement, params};
    return passes(pg, POINT_PG, e) && plain(pg, &call, rows, e);
}
