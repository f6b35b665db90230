/* stream: reading, taking and advancing the fenced row. */
#include "common/stream.h"

#include <stdio.h>
#include <string.h>

#include "common/headers.h"

void stream_plan_init(struct stream_plan *plan, const struct service *s, int partition_count)
{
    memset(plan, 0, sizeof *plan);
    plan->service = s;
    plan->partition_count = partition_count;
    assert(s->route_count + 1 <= INPUT_COUNT_MAX);
    for (size_t i = 0; i < s->route_count; i++)
        plan->inputs[plan->input_count++] = s->routes[i].topic;
    plan->inputs[plan->input_count++] = s->routed;
    plan->output_count = fold_outputs(s, plan->outputs, OUTPUT_COUNT_MAX);
}

static size_t seen_count(const struct stream_plan *plan)
{
    return plan->input_count * (size_t)plan->partition_count;
}

static size_t dest_count(const struct stream_plan *plan)
{
    return plan->output_count * (size_t)plan->partition_count;
}

void stream_init(struct stream *s, const struct stream_plan *plan, int32_t part, struct arena *a)
{
    memset(s, 0, sizeof *s);
    s->part = part;
    s->seen_incarnation = arena_array(a, int64_t, seen_count(plan));
    s->seen_seq = arena_array(a, int64_t, seen_count(plan));
    s->dest_seq = arena_array(a, int64_t, dest_count(plan));
    for (size_t i = 0; i < plan->input_count; i++)
        s->in_off[i] = BUS_FROM_BEGINNING;
}

void stream_copy(struct stream *to, const struct stream *from, const struct stream_plan *plan)
{
    int64_t *incarnation = to->seen_incarnation, *seq = to->seen_seq, *dest = to->dest_seq;
    *to = *from;
    to->seen_incarnation = incarnation;
    to->seen_seq = seq;
    to->dest_seq = dest;
    memcpy(incarnation, from->seen_incarnation, seen_count(plan) * sizeof *incarnation);
    memcpy(seq, from->seen_seq, seen_count(plan) * sizeof *seq);
    memcpy(dest, from->dest_seq, dest_count(plan) * sizeof *dest);
}

static void add_topics(struct pg_params *p, const struct topic *const *topics, size_t count)
{
    struct str *names = arena_array(p->arena, struct str, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = str_of(topics[i]->name);
    pg_add_text_array(p, names, count);
}

static struct pg_params *create_params(const struct stream_plan *plan, const struct stream *s,
                                       struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    pg_add_int2(p, (int16_t)s->part);
    pg_add_time(p, (struct instant){MICROSECONDS_PER_SECOND}); /* before every batch */
    add_topics(p, plan->inputs, plan->input_count);
    pg_add_int8_array(p, s->in_off, plan->input_count);
    pg_add_int8_array(p, s->seen_incarnation, seen_count(plan));
    pg_add_int8_array(p, s->seen_seq, seen_count(plan));
    add_topics(p, plan->outputs, plan->output_count);
    pg_add_int8_array(p, s->dest_seq, dest_count(plan));
    pg_add_text(p, str_of(plan->cluster_id));
    return p;
}

/* Stored arrays are by the topics of the version that wrote them: put each where it belongs now. */
static int topic_index(const struct topic *const *topics, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, topics[i]->name))
            return (int)i;
    return -1;
}

static void row_inputs(const struct pg_rows *rows, const struct stream_plan *plan, struct stream *s,
                       struct arena *a)
{
    struct str *names;
    int64_t *offsets, *incarnations, *seqs;
    size_t p = (size_t)plan->partition_count;
    size_t count = pg_text_array(rows, 0, 3, a, &names);
    size_t offset_count = pg_int8_array(rows, 0, 4, a, &offsets);
    size_t seen = pg_int8_array(rows, 0, 5, a, &incarnations);
    size_t seen_too = pg_int8_array(rows, 0, 6, a, &seqs);
    for (size_t i = 0; i < count && i < offset_count; i++) {
        int at = topic_index(plan->inputs, plan->input_count, names[i]);
        if (at < 0 || seen != count * p || seen_too != seen)
            continue;
        s->in_off[at] = offsets[i];
        memcpy(s->seen_incarnation + (size_t)at * p, incarnations + i * p, p * sizeof *seqs);
        memcpy(s->seen_seq + (size_t)at * p, seqs + i * p, p * sizeof *seqs);
    }
}

static bool row_outputs(const struct pg_rows *rows, const struct stream_plan *plan,
                        struct stream *s, struct arena *a)
{
    struct str *names;
    int64_t *seqs;
    size_t p = (size_t)plan->partition_count;
    size_t count = pg_text_array(rows, 0, 7, a, &names);
    size_t seq_count = pg_int8_array(rows, 0, 8, a, &seqs);
    for (size_t i = 0; i < count && seq_count == count * p; i++) {
        int at = topic_index(plan->outputs, plan->output_count, names[i]);
        if (at >= 0)
            memcpy(s->dest_seq + (size_t)at * p, seqs + i * p, p * sizeof *seqs);
    }
    return seq_count == count * p;
}

static bool row_read(const struct pg_rows *rows, const struct stream_plan *plan, struct stream *s,
                     struct arena *a, struct err *e)
{
    s->epoch = pg_int(rows, 0, 0);
    s->batch_no = pg_int(rows, 0, 1);
    s->now = pg_time(rows, 0, 2);
    row_inputs(rows, plan, s, a);
    if (!row_outputs(rows, plan, s, a))
        return err_set(e, ERR_FATAL,
                       "setting partitions: %d, but this database was made with another number",
                       plan->partition_count);
    s->out_seq = pg_int(rows, 0, 9);
    s->pub_seq = pg_int(rows, 0, 10);
    s->incarnation = pg_int(rows, 0, 11);
    struct str cluster = pg_text(rows, 0, 12), suspect = pg_text(rows, 0, 14);
    snprintf(s->cluster_id, sizeof s->cluster_id, "%.*s", STR_ARG(cluster));
    snprintf(s->suspect, sizeof s->suspect, "%.*s", STR_ARG(suspect));
    s->takings_idle = (int)pg_int(rows, 0, 13);
    s->strikes = (int)pg_int(rows, 0, 15);
    return true;
}

bool stream_take(struct pg *pg, const struct stream_plan *plan, struct stream *s, struct arena *a,
                 struct err *e)
{
    struct pg_params *part = pg_params_new(a);
    pg_add_int2(part, (int16_t)s->part);
    if (!pg_query(pg, "stream_create", create_params(plan, s, a), NULL, e))
        return err_in(e, "taking partition %d", (int)s->part);
    struct pg_rows rows = {0};
    if (!pg_query(pg, "stream_take", part, &rows, e))
        return err_in(e, "taking partition %d", (int)s->part);
    bool ok = rows.count == 1 ? row_read(&rows, plan, s, a, e)
                              : err_set(e, ERR_FATAL, "partition %d has no row", (int)s->part);
    pg_rows_release(&rows);
    return ok;
}

struct pg_call stream_advance_call(const struct stream_plan *plan, const struct stream *s,
                                   struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    pg_add_int2(p, (int16_t)s->part);
    pg_add_int8(p, s->epoch);
    pg_add_int8(p, s->batch_no);
    pg_add_time(p, s->now);
    pg_add_int8_array(p, s->in_off, plan->input_count);
    pg_add_int8_array(p, s->seen_incarnation, seen_count(plan));
    pg_add_int8_array(p, s->seen_seq, seen_count(plan));
    pg_add_int8_array(p, s->dest_seq, dest_count(plan));
    pg_add_int8(p, s->out_seq);
    pg_add_int8(p, s->pub_seq);
    add_topics(p, plan->inputs, plan->input_count);
    add_topics(p, plan->outputs, plan->output_count);
    return (struct pg_call){"stream_advance", p};
}

struct pg_call stream_pass_call(const struct stream_plan *plan, const struct stream *s,
                                struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    pg_add_int2(p, (int16_t)s->part);
    pg_add_int8(p, s->epoch);
    pg_add_int8(p, s->batch_no);
    pg_add_int8_array(p, s->in_off, plan->input_count);
    pg_add_int8_array(p, s->seen_incarnation, seen_count(plan));
    pg_add_int8_array(p, s->seen_seq, seen_count(plan));
    add_topics(p, plan->inputs, plan->input_count);
    return (struct pg_call){"stream_pass", p};
}

bool stream_suspect_waits(const struct stream_plan *plan, const struct stream *s)
{
    struct str rest = str_of(s->suspect), topic, partition;
    int64_t offset;
    if (!word_next(&rest, '/', &topic) || !word_next(&rest, '/', &partition) ||
        !str_to_int64(rest, &offset))
        return false;
    for (size_t i = 0; i < plan->input_count; i++)
        if (str_is(topic, plan->inputs[i]->name))
            return offset >= s->in_off[i];
    return false;
}
