/* operate: republish, reconcile, unread, rebind, describe. */
#include "common/operate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/headers.h"
#include "common/log.h"
#include "common/stream.h"

enum { EXIT_MISCONFIGURED = 100, EXIT_TRY_AGAIN = 111, CLUSTER_MS = 5000 };

extern const struct sql_file runtime_store;

int operate_range_read(int argc, char **argv, struct operate_range *out)
{
    int at = argc > 1 ? 2 : argc;
    while (at + 1 < argc) {
        int64_t value;
        bool part = strcmp(argv[at], "--part") == 0, from = strcmp(argv[at], "--from") == 0;
        if ((!part && !from) || !str_to_int64(str_of(argv[at + 1]), &value))
            break;
        if (part)
            out->part = (int)value;
        else
            out->from = value;
        at += 2;
    }
    return at;
}

struct desk {
    struct pg_settings settings;
    const struct sql_file *stores[2];
    char user[128];
    struct pg *pg;
    struct arena arena;
};

static bool desk_open(struct desk *d, const struct service *s, const struct pg_settings *ps,
                      struct err *e)
{
    memset(d, 0, sizeof *d);
    arena_init(&d->arena);
    snprintf(d->user, sizeof d->user, "batuta_%s", s->name);
    d->stores[0] = &runtime_store;
    d->settings = *ps;
    d->settings.user = d->user;
    d->settings.stores = d->stores;
    d->pg = pg_new(&d->settings);
    return pg_connect(d->pg, e);
}

static int desk_close(struct desk *d, bool ok, const struct err *e)
{
    pg_free(d->pg);
    arena_release(&d->arena);
    if (ok)
        return 0;
    log_line(LOG_ERROR, "%s", e->text);
    return e->fate == ERR_RETRY ? EXIT_TRY_AGAIN : EXIT_MISCONFIGURED;
}

int operate_republish(const struct service *s, const struct pg_settings *ps, int partition_count,
                      const struct operate_range *range)
{
    struct desk d;
    struct err e = {0};
    bool ok = desk_open(&d, s, ps, &e);
    for (int part = 0; part < partition_count && ok; part++) {
        if (range->part >= 0 && part != range->part)
            continue;
        struct pg_params *p = pg_params_new(&d.arena);
        pg_add_int2(p, (int16_t)part);
        pg_add_int8(p, range->from);
        ok = pg_query(d.pg, "stream_rewind", p, NULL, &e);
        if (ok)
            printf("%s/%d: what was told after %lld goes again\n", s->name, part,
                   (long long)range->from);
    }
    return desk_close(&d, ok, &e);
}

/* ---- reconcile */

static struct fold_event chain_start(const struct stream_plan *plan, const struct stream *s,
                                     size_t output, int32_t partition, struct arena *a)
{
    struct buf b = {.arena = a};
    size_t at = output * (size_t)plan->partition_count + (size_t)partition;
    struct stream_mark mark = {str_of(plan->service->name), s->part, s->incarnation + 1,
                               s->out_seq + 1, s->dest_seq[at]};
    headers_add(&b, "ce_specversion", STR("1.0"));
    headers_add(&b, "ce_id",
                arena_printf(a, "%lld-%lld", (long long)mark.incarnation, (long long)mark.seq));
    headers_add(&b, "ce_source",
                arena_printf(a, "/batuta/%s/%d", plan->service->name, (int)s->part));
    headers_add(&b, "ce_type", STR("batuta.runtime.chain.started.v1"));
    headers_add(
        &b, CHAIN_START_HEADER,
        arena_printf(a, "%lld %lld", (long long)s->incarnation, (long long)s->dest_seq[at]));
    headers_add(&b, STREAM_HEADER, stream_mark_write(a, &mark));
    return (struct fold_event){.part = s->part,
                               .seq = mark.seq,
                               .topic = plan->outputs[output],
                               .topic_name = str_of(plan->outputs[output]->name),
                               .partition = partition,
                               .key = STR("chain"),
                               .type = STR("batuta.runtime.chain.started.v1"),
                               .headers = buf_done(&b),
                               .body = STR("{}")};
}

struct starts {
    struct str topics[OUTPUT_COUNT_MAX * PARTITION_COUNT_MAX];
    struct str keys[OUTPUT_COUNT_MAX * PARTITION_COUNT_MAX];
    struct str types[OUTPUT_COUNT_MAX * PARTITION_COUNT_MAX];
    struct str headers[OUTPUT_COUNT_MAX * PARTITION_COUNT_MAX];
    struct str bodies[OUTPUT_COUNT_MAX * PARTITION_COUNT_MAX];
    int16_t partitions[OUTPUT_COUNT_MAX * PARTITION_COUNT_MAX];
    size_t count;
};

static struct pg_call starts_call(const struct stream *s, int64_t first, const struct starts *st,
                                  struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    pg_add_int2(p, (int16_t)s->part);
    pg_add_int8(p, s->batch_no + 1);
    pg_add_time(p, s->now);
    pg_add_int8(p, s->incarnation + 1);
    pg_add_int8(p, first);
    pg_add_int4(p, (int32_t)st->count);
    pg_add_text_array(p, st->topics, st->count);
    pg_add_int2_array(p, st->partitions, st->count);
    pg_add_bytes_array(p, st->keys, st->count);
    pg_add_text_array(p, st->types, st->count);
    pg_add_text_array(p, st->headers, st->count);
    pg_add_bytes_array(p, st->bodies, st->count);
    pg_add_text_array(p, NULL, 0);
    pg_add_text(p, STR("reconcile"));
    return (struct pg_call){"journal_append", p};
}

static bool reconcile_part(struct desk *d, const struct stream_plan *plan, int32_t part,
                           struct err *e)
{
    struct stream s;
    struct starts *st = arena_new(&d->arena, struct starts);
    stream_init(&s, plan, part, &d->arena);
    if (!stream_take(d->pg, plan, &s, &d->arena, e))
        return false;
    int64_t first = s.out_seq + 1;
    struct instant now = clock_now();
    if (now.at > s.now.at)
        s.now = now;
    for (size_t o = 0; o < plan->output_count; o++)
        for (int32_t p = 0; p < plan->partition_count; p++) {
            struct fold_event ev = chain_start(plan, &s, o, p, &d->arena);
            st->topics[st->count] = ev.topic_name;
            st->keys[st->count] = ev.key;
            st->types[st->count] = ev.type;
            st->headers[st->count] = ev.headers;
            st->bodies[st->count] = ev.body;
            st->partitions[st->count++] = (int16_t)p;
            s.out_seq = ev.seq;
            s.dest_seq[o * (size_t)plan->partition_count + (size_t)p] = ev.seq;
        }
    struct pg_params *p = pg_params_new(&d->arena), *ahead = pg_params_new(&d->arena);
    pg_add_int2(p, (int16_t)part);
    pg_add_int8(p, s.incarnation);
    pg_add_time(ahead, s.now);
    struct pg_call calls[] = {{"journal_ahead", ahead},
                              stream_advance_call(plan, &s, &d->arena),
                              starts_call(&s, first, st, &d->arena),
                              {"stream_reincarnate", p}};
    if (!pg_do(d->pg, PG_TRANSACTION, calls, ARRAY_LEN(calls), NULL, e))
        return false;
    printf("%s/%d: incarnation %lld begins at sequence %lld\n", plan->service->name, (int)part,
           (long long)s.incarnation + 1, (long long)first);
    return true;
}

int operate_reconcile(const struct service *s, const struct pg_settings *ps, int partition_count)
{
    struct desk d;
    struct err e = {0};
    struct stream_plan plan;
    stream_plan_init(&plan, s, partition_count);
    bool ok = desk_open(&d, s, ps, &e);
    for (int32_t part = 0; part < partition_count && ok; part++)
        ok = reconcile_part(&d, &plan, part, &e);
    return desk_close(&d, ok, &e);
}

/* ---- all topics are new */

static void unread_print(void *context, const struct bus_range *range, const struct bus_record *r)
{
    size_t *count = context;
    struct str id = bus_record_header(r, "ce_id"), type = bus_record_header(r, "ce_type");
    ++*count;
    printf("%s/%d at %lld: %.*s %.*s, key %.*s\n", range->topic, (int)range->partition,
           (long long)r->offset, STR_ARG(str_present(type) ? type : STR("(no type)")),
           STR_ARG(str_present(id) ? id : STR("(no id)")), STR_ARG(r->key));
}

static int input_of(const struct stream_plan *plan, struct str name)
{
    for (size_t i = 0; i < plan->input_count; i++)
        if (str_is(name, plan->inputs[i]->name) && plan->inputs[i]->access == TOPIC_OPEN)
            return (int)i;
    return -1;
}

struct unread {
    struct bus *bus;
    const struct stream_plan *plan;
    struct arena *arena;
    struct bus_range *ranges;
    size_t count;
};

/* Of one row: the rest of each open topic. Rows that are not there have read nothing. */
static bool unread_ranges(struct unread *u, const struct pg_rows *rows, size_t row, struct err *e)
{
    struct str *names;
    int64_t *offsets;
    int32_t part = (int32_t)pg_int(rows, row, 0);
    size_t inputs = pg_text_array(rows, row, 1, u->arena, &names);
    size_t offset_count = pg_int8_array(rows, row, 2, u->arena, &offsets);
    for (size_t i = 0; i < inputs && i < offset_count; i++) {
        int at = input_of(u->plan, names[i]);
        struct bus_ends ends;
        if (at < 0)
            continue;
        const char *topic = u->plan->inputs[at]->name;
        if (!bus_watermarks(u->bus, topic, part, &ends, e))
            return false;
        int64_t from = offsets[i] > ends.low ? offsets[i] : ends.low;
        if (from < ends.high)
            u->ranges[u->count++] = (struct bus_range){topic, part, from, ends.high};
    }
    return true;
}

/* How many, in *found. */
static bool unread_scan(struct desk *d, struct unread *u, size_t *found, struct err *e)
{
    struct pg_rows rows = {0};
    if (!pg_query(d->pg, "stream_positions", pg_params_new(&d->arena), &rows, e))
        return false;
    u->ranges = arena_array(&d->arena, struct bus_range, (rows.count + 1) * INPUT_COUNT_MAX);
    bool ok = true;
    for (size_t i = 0; i < rows.count && ok; i++)
        ok = str_is(pg_text(&rows, i, 3), u->plan->cluster_id)
                 ? unread_ranges(u, &rows, i, e)
                 : err_set(e, ERR_FATAL,
                           "the broker is of another cluster than the one that was read: what "
                           "nobody had read there cannot be told");
    pg_rows_release(&rows);
    return ok && (u->count == 0 || bus_scan(u->bus, u->ranges, u->count, unread_print, found, e));
}

int operate_unread(const struct service *s, const struct pg_settings *ps,
                   const struct bus_settings *bs, int partition_count)
{
    struct desk d;
    struct err e = {0};
    struct stream_plan plan;
    size_t found = 0;
    stream_plan_init(&plan, s, partition_count);
    struct bus *bus = bus_open(bs, NULL, NULL, &e);
    bool ok = desk_open(&d, s, ps, &e) && bus &&
              bus_cluster_id(bus, plan.cluster_id, sizeof plan.cluster_id, CLUSTER_MS, &e) &&
              unread_scan(&d, &(struct unread){bus, &plan, &d.arena, NULL, 0}, &found, &e);
    if (ok)
        printf("%s: %zu commands that it has not read\n", s->name, found);
    bus_close(bus, 0);
    return desk_close(&d, ok, &e);
}

static bool rebind_part(struct desk *d, const struct stream_plan *plan, int part, struct err *e)
{
    struct pg_params *p = pg_params_new(&d->arena);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)part);
    pg_add_text(p, str_of(plan->cluster_id));
    if (!pg_query(d->pg, "stream_rebind", p, &rows, e))
        return false;
    if (rows.count)
        printf("%s/%d: %lld events go again, reading begins at the beginning\n",
               plan->service->name, part, (long long)pg_int(&rows, 0, 0));
    pg_rows_release(&rows);
    return true;
}

int operate_rebind(const struct service *s, const struct pg_settings *ps,
                   const struct bus_settings *bs, int partition_count)
{
    struct desk d;
    struct err e = {0};
    struct stream_plan plan;
    stream_plan_init(&plan, s, partition_count);
    struct bus *bus = bus_open(bs, NULL, NULL, &e);
    bool ok = desk_open(&d, s, ps, &e) && bus &&
              bus_cluster_id(bus, plan.cluster_id, sizeof plan.cluster_id, CLUSTER_MS, &e);
    for (int part = 0; part < partition_count && ok; part++)
        ok = rebind_part(&d, &plan, part, &e);
    bus_close(bus, 0);
    return desk_close(&d, ok, &e);
}

/* ---- describe */

void service_describe(const struct service *s)
{
    printf("%s: %s\n\nhears:\n", s->name, s->duty);
    for (size_t i = 0; i < s->route_count; i++) {
        printf("  %s (%s)%s\n", s->routes[i].topic->name,
               s->routes[i].topic->access == TOPIC_OPEN ? "open" : "closed",
               i == 0 ? ", anchor of ownership" : "");
        for (size_t k = 0; s->routes[i].types && s->routes[i].types[k]; k++)
            printf("    %-56s %s\n", s->routes[i].types[k]->name, s->routes[i].types[k]->doc);
    }
    printf("\ntells:\n");
    for (size_t i = 0; s->tells && s->tells[i]; i++)
        printf("  %-28s %-56s %s\n", s->tells[i]->topic->name, s->tells[i]->name, s->tells[i]->doc);
    printf("\nqueries (GET):\n");
    for (size_t i = 0; i < s->query_count; i++)
        printf("  %-56s %s\n", s->queries[i].path, s->queries[i].doc);
    printf("\n");
}
