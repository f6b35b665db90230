/* operate: republish, reconcile, describe. */
#include "common/operate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/headers.h"
#include "common/log.h"
#include "common/stream.h"

enum { EXIT_MISCONFIGURED = 100, EXIT_TRY_AGAIN = 111 };

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
