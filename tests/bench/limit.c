/* limit: the bare loop. The product's flow without rules and without JSON: the same topics,
 * messages, headers, bytes, rows, statements and commits, as recipe.py recorded them, done again
 * for any number of orders. Five processes, one a service; what they cost is what nobody can be
 * faster than without changing the layout of the work.
 *   limit topics      makes the topics that a recipe names; limit forget deletes them
 *   limit SERVICE     runs one service until SIGTERM */
#include "tests/bench/limit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/headers.h"
#include "common/ids.h"

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void end_with(const struct err *e)
{
    fprintf(stderr, "limit: %s\n", e->text);
    exit(1);
}

static const char *prefixed(struct limit *l, struct str topic, struct arena *a)
{
    return arena_cstr(a, arena_printf(a, "%s%.*s", l->prefix, STR_ARG(topic)));
}

/* --- acknowledgement, as the product's outbox */

static void on_report(void *context, uint64_t tag, enum bus_delivery outcome, const char *error)
{
    struct limit *l = context;
    struct limit_part *p = &l->parts[tag >> 56];
    if (outcome != BUS_DELIVERED) {
        fprintf(stderr, "limit: not delivered: %s\n", error);
        exit(1);
    }
    p->acked[tag & (LIMIT_RING - 1)] = 1;
    for (int64_t next = p->pub_seq + 1; p->acked[next & (LIMIT_RING - 1)]; next++) {
        p->acked[next & (LIMIT_RING - 1)] = 0;
        p->pub_seq = next;
    }
}

/* --- taking the partitions */

static void read_from(struct limit *l, int input, int32_t part, int64_t offset)
{
    struct err e = {0};
    struct bus_position from = {.topic = prefixed(l, l->recipe.inputs.items[input], &l->kept),
                                .partition = part,
                                .offset = offset};
    enum bus_lane lane = strstr(from.topic, ".commands.") ? BUS_OUTER : BUS_INNER;
    if (strstr(from.topic, ".routed."))
        lane = BUS_APART;
    if (!bus_read_start(l->bus, input, &from, lane, &e))
        end_with(&e);
}

static void part_create(struct limit *l, int part)
{
    struct err e = {0};
    struct pg_params *p = pg_params_new(&l->arena);
    int64_t seen[RECIPE_LIST_MAX * LIMIT_PARTS] = {0}, beginning[RECIPE_LIST_MAX];
    size_t inputs = (size_t)l->recipe.inputs.count, outputs = (size_t)l->recipe.outputs.count;
    for (size_t i = 0; i < inputs; i++)
        beginning[i] = 0;
    pg_add_int2(p, (int16_t)part);
    pg_add_time(p, clock_now());
    pg_add_text_array(p, l->recipe.inputs.items, inputs);
    pg_add_int8_array(p, beginning, inputs);
    pg_add_int8_array(p, seen, inputs * LIMIT_PARTS);
    pg_add_int8_array(p, seen, inputs * LIMIT_PARTS);
    pg_add_text_array(p, l->recipe.outputs.items, outputs);
    pg_add_int8_array(p, seen, outputs * LIMIT_PARTS);
    pg_add_text(p, STR("limit"));
    if (!pg_query(l->pg, "stream_create", p, NULL, &e))
        end_with(&e);
}

static void part_take(struct limit *l, int part)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    struct limit_part *own = &l->parts[part];
    int64_t *list;
    part_create(l, part);
    struct pg_params *p = pg_params_new(&l->arena);
    pg_add_int2(p, (int16_t)part);
    if (!pg_query(l->pg, "stream_take", p, &rows, &e))
        end_with(&e);
    own->epoch = pg_int(&rows, 0, 0);
    own->batch_no = pg_int(&rows, 0, 1);
    size_t count = pg_int8_array(&rows, 0, 4, &l->arena, &list);
    memcpy(own->in_off, list, count * sizeof *list);
    count = pg_int8_array(&rows, 0, 6, &l->arena, &list);
    memcpy(own->seen, list, count * sizeof *list);
    count = pg_int8_array(&rows, 0, 8, &l->arena, &list);
    memcpy(own->dest, list, count * sizeof *list);
    own->out_seq = pg_int(&rows, 0, 9);
    own->pub_seq = own->saved_seq = pg_int(&rows, 0, 10);
    pg_rows_release(&rows);
    own->acked = calloc(LIMIT_RING, 1);
    if (own->pub_seq != own->out_seq || !own->acked) {
        fprintf(stderr, "limit: partition %d was left with events not acknowledged\n", part);
        exit(1);
    }
    for (int i = 0; i < l->recipe.inputs.count; i++)
        read_from(l, i, part, own->in_off[i]);
}

/* --- one batch */

/* True: the next link of its chain, or from an open topic. */
static bool is_new(struct limit *l, struct limit_part *p, const struct bus_record *r)
{
    struct stream_mark mark;
    struct str text = bus_record_header(r, STREAM_HEADER);
    (void)l;
    p->in_off[r->input] = r->offset + 1;
    if (!str_present(text))
        return true;
    if (!stream_mark_read(text, &mark))
        return false;
    int64_t *seen = &p->seen[r->input * LIMIT_PARTS + mark.part];
    if (mark.seq <= *seen)
        return false;
    *seen = mark.seq;
    return true;
}

static const struct recipe_effect *effect_of(const struct limit *l, const struct bus_record *r,
                                             struct str *order)
{
    int type = recipe_name_find(&l->recipe.types, bus_record_header(r, "ce_type"));
    int64_t index = 0;
    *order = bus_record_header(r, "ce_subject");
    if (type == RECIPE_ABSENT || order->size != UUID_TEXT_SIZE)
        return NULL;
    for (size_t i = UUID_TEXT_SIZE - 8; i < UUID_TEXT_SIZE; i++) {
        char c = order->at[i];
        index = index << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return &l->recipe.effects[index % RECIPE_SAMPLES * l->recipe.types.count + type];
}

static void tell(struct limit *l, int part, const struct recipe_event *from, struct str order)
{
    struct limit_part *p = &l->parts[part];
    struct limit_event *out = &l->events[l->event_count++];
    assert(l->event_count < LIMIT_EVENTS_MAX);
    out->from = from;
    out->part = part;
    out->key = recipe_fill(&from->key, order, &l->arena);
    out->body = recipe_fill(&from->body, order, &l->arena);
    out->headers = recipe_fill(&from->headers, order, &l->arena);
    out->partition = from->output == RECIPE_ABSENT && str_starts(str_of(from->topic), "partners.")
                         ? 0
                         : partition_of(out->key, LIMIT_PARTS);
    out->seq = ++p->out_seq;
    out->mark = STR_NONE;
    if (from->output == RECIPE_ABSENT)
        return;
    int64_t *last = &p->dest[from->output * LIMIT_PARTS + out->partition];
    struct stream_mark mark = {str_of(l->service), part, 1, out->seq, *last};
    *last = out->seq;
    out->mark = stream_mark_write(&l->arena, &mark);
    struct buf b = {.arena = &l->arena};
    buf_str(&b, out->headers);
    headers_add(&b, STREAM_HEADER, out->mark);
    out->headers = buf_done(&b);
}

static void note_input(struct limit *l, struct limit_part *p, const struct bus_record *r)
{
    struct str mark = bus_record_header(r, STREAM_HEADER);
    struct str topic = l->recipe.inputs.items[r->input];
    struct str *out = &p->inputs[p->input_count++];
    if (str_present(mark))
        *out = arena_printf(&l->arena, "event %.*s %.*s", STR_ARG(topic), STR_ARG(mark));
    else {
        struct buf b = {.arena = &l->arena};
        buf_printf(&b, "command %.*s/%d/%" PRId64 " %" PRId64 "\n", STR_ARG(topic),
                   (int)r->partition, r->offset, r->time.at);
        buf_str(&b, headers_pack(&l->arena, r->headers, r->header_count));
        buf_text(&b, "\n");
        buf_str(&b, r->value);
        *out = buf_done(&b);
    }
}

static void decide(struct limit *l, const struct bus_record *r)
{
    struct limit_part *p = &l->parts[r->partition];
    struct str order;
    p->touched = true;
    if (!is_new(l, p, r))
        return;
    const struct recipe_effect *effect = effect_of(l, r, &order);
    if (!effect || !(effect->event_count + effect->row_count))
        return;
    order = arena_str(&l->arena, order);
    note_input(l, p, r);
    for (int i = 0; i < effect->row_count; i++)
        state_apply(&l->state, &effect->rows[i], order, r->partition, &l->arena);
    for (int i = 0; i < effect->event_count; i++)
        tell(l, r->partition, &effect->events[i], order);
}

static struct pg_call stream_call(struct limit *l, int part, struct instant now)
{
    struct limit_part *p = &l->parts[part];
    struct pg_params *q = pg_params_new(&l->arena);
    size_t inputs = (size_t)l->recipe.inputs.count, outputs = (size_t)l->recipe.outputs.count;
    int64_t *incarnations = arena_array(&l->arena, int64_t, inputs * LIMIT_PARTS);
    pg_add_int2(q, (int16_t)part);
    pg_add_int8(q, p->epoch);
    pg_add_int8(q, p->batch_no);
    pg_add_time(q, now);
    pg_add_int8_array(q, p->in_off, inputs);
    pg_add_int8_array(q, incarnations, inputs * LIMIT_PARTS);
    pg_add_int8_array(q, p->seen, inputs * LIMIT_PARTS);
    pg_add_int8_array(q, p->dest, outputs * LIMIT_PARTS);
    pg_add_int8(q, p->out_seq);
    pg_add_int8(q, p->pub_seq);
    pg_add_text_array(q, l->recipe.inputs.items, inputs);
    pg_add_text_array(q, l->recipe.outputs.items, outputs);
    p->saved_seq = p->pub_seq;
    return (struct pg_call){"stream_advance", q};
}

static struct pg_call journal_call(struct limit *l, int part, struct instant now)
{
    struct limit_part *p = &l->parts[part];
    struct pg_params *q = pg_params_new(&l->arena);
    struct str *columns[5];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        columns[i] = arena_array(&l->arena, struct str, l->event_count);
    int16_t *partitions = arena_array(&l->arena, int16_t, l->event_count);
    for (size_t i = 0; i < l->event_count; i++) {
        const struct limit_event *ev = &l->events[i];
        if (ev->part != part)
            continue;
        struct str cells[] = {str_of(ev->from->topic), ev->key, ev->from->type, ev->headers,
                              ev->body};
        for (size_t k = 0; k < ARRAY_LEN(columns); k++)
            columns[k][count] = cells[k];
        partitions[count++] = (int16_t)ev->partition;
    }
    pg_add_int2(q, (int16_t)part);
    pg_add_int8(q, p->batch_no + 1);
    pg_add_time(q, now);
    pg_add_int8(q, 1);
    pg_add_int8(q, p->out_seq - (int64_t)count + 1);
    pg_add_int4(q, (int32_t)count);
    pg_add_text_array(q, columns[0], count);
    pg_add_int2_array(q, partitions, count);
    pg_add_bytes_array(q, columns[1], count);
    pg_add_text_array(q, columns[2], count);
    pg_add_text_array(q, columns[3], count);
    pg_add_bytes_array(q, columns[4], count);
    pg_add_text_array(q, p->inputs, p->input_count);
    pg_add_text(q, STR("product=1 offer=1"));
    return (struct pg_call){"journal_append", q};
}

static void commit(struct limit *l)
{
    struct pg_call calls[2 * LIMIT_PARTS + RECIPE_LIST_MAX];
    int64_t batch_no[LIMIT_PARTS];
    struct instant now = clock_now();
    struct err e = {0};
    size_t count = 0;
    for (int i = 0; i < LIMIT_PARTS; i++) {
        batch_no[i] = l->parts[i].batch_no + 1;
        if (l->parts[i].touched)
            calls[count++] = stream_call(l, i, now);
    }
    count += state_calls(&l->state, batch_no, &l->arena, calls + count);
    for (int i = 0; i < LIMIT_PARTS; i++)
        if (l->parts[i].touched)
            calls[count++] = journal_call(l, i, now);
    if (!pg_do(l->pg, PG_TRANSACTION, calls, count, NULL, &e))
        end_with(&e);
    for (int i = 0; i < LIMIT_PARTS; i++)
        l->parts[i].batch_no += l->parts[i].touched;
}

/* Headers as they stand in the packed text: "name=value" lines, nothing in them escaped. */
static size_t headers_view(struct str packed, struct bus_header *out)
{
    size_t count = 0;
    while (packed.size > 0) {
        const char *end = memchr(packed.at, '\n', packed.size);
        size_t size = end ? (size_t)(end - packed.at) : packed.size;
        const char *is = memchr(packed.at, '=', size);
        if (is)
            out[count++] = (struct bus_header){{packed.at, (size_t)(is - packed.at)},
                                               {is + 1, size - (size_t)(is + 1 - packed.at)}};
        size_t step = end ? size + 1 : size;
        packed = (struct str){packed.at + step, packed.size - step};
    }
    return count;
}

static void publish(struct limit *l)
{
    struct bus_header headers[BUS_HEADER_COUNT_MAX];
    for (size_t i = 0; i < l->event_count; i++) {
        const struct limit_event *ev = &l->events[i];
        struct err e = {0};
        char topic[128];
        snprintf(topic, sizeof topic, "%s%s", l->prefix, ev->from->topic);
        struct bus_message m = {.topic = topic,
                                .partition = ev->partition,
                                .key = ev->key,
                                .value = ev->body,
                                .headers = headers,
                                .header_count = headers_view(ev->headers, headers),
                                .tag = (uint64_t)ev->part << 56 | (uint64_t)ev->seq};
        while (!bus_send(l->bus, &m, &e)) {
            limit_serve(l);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
    }
}

void limit_serve(struct limit *l)
{
    int32_t nothing[1];
    size_t none;
    bus_serve(l->bus, nothing, 1, &none);
}

static void batch(struct limit *l, size_t count)
{
    l->event_count = 0;
    state_batch_begin(&l->state);
    for (int i = 0; i < LIMIT_PARTS; i++) {
        l->parts[i].touched = false;
        l->parts[i].input_count = 0;
        l->parts[i].inputs = arena_array(&l->arena, struct str, count + 1);
    }
    for (size_t i = 0; i < count; i++)
        decide(l, &l->records[i]);
    commit(l);
    publish(l);
    for (size_t i = 0; i < count; i++)
        bus_record_release(&l->records[i]);
}

/* --- the loop */

static void save_published(struct limit *l)
{
    int16_t parts[LIMIT_PARTS];
    int64_t epochs[LIMIT_PARTS], seqs[LIMIT_PARTS];
    size_t count = 0;
    struct err e = {0};
    for (int i = 0; i < LIMIT_PARTS; i++) {
        struct limit_part *p = &l->parts[i];
        if (p->saved_seq == p->pub_seq)
            continue;
        parts[count] = (int16_t)i;
        epochs[count] = p->epoch;
        seqs[count++] = p->saved_seq = p->pub_seq;
    }
    if (count == 0)
        return;
    struct pg_params *q = pg_params_new(&l->arena);
    pg_add_int2_array(q, parts, count);
    pg_add_int8_array(q, epochs, count);
    pg_add_int8_array(q, seqs, count);
    if (!pg_query(l->pg, "stream_publish", q, NULL, &e))
        end_with(&e);
}

static void run(struct limit *l)
{
    int64_t began_us = 0;
    while (!stopping) {
        struct err e = {0};
        size_t count = 0;
        arena_reset(&l->arena);
        limit_serve(l);
        if (!bus_drain(l->bus, l->records, l->batch_max, &count, &e) && e.fate == ERR_FATAL)
            end_with(&e);
        int64_t now_us = clock_monotonic_us();
        if (!count) {
            if (now_us - began_us > 100000)
                save_published(l);
            bus_wait(l->bus, 20);
            continue;
        }
        began_us = now_us;
        batch(l, count);
        int64_t left_us = began_us + l->pace_us - clock_monotonic_us();
        if (left_us > 0 && count < l->batch_max)
            nanosleep(&(struct timespec){.tv_nsec = left_us * 1000}, NULL);
    }
}

void limit_run(struct limit *l)
{
    struct err e = {0};
    char group[64];
    /* It joins none; but who has a group gets the services' batch sizes, not the senders'. */
    snprintf(group, sizeof group, "limit-%s", l->service);
    struct bus_settings bus = {
        .brokers = l->brokers, .client_id = l->service, .group = group, .session_timeout_ms = 6000};
    struct sigaction action = {.sa_handler = on_signal};
    l->records = calloc(l->batch_max, sizeof *l->records);
    l->events = calloc(LIMIT_EVENTS_MAX, sizeof *l->events);
    assert(l->records && l->events);
    sigaction(SIGTERM, &action, NULL);
    recipe_load(&l->recipe, l->recipe_path, &l->kept);
    l->pg = limit_database(l);
    l->bus = bus_open(&bus, on_report, l, &e);
    if (!l->bus || !pg_connect(l->pg, &e) || !state_open(&l->state, &l->recipe, l->pg, &e))
        end_with(&e);
    for (int i = 0; i < LIMIT_PARTS; i++)
        part_take(l, i);
    fprintf(stderr, "limit: %s is ready\n", l->service);
    run(l);
    if (!bus_flush(l->bus, 5000, &e))
        end_with(&e);
    save_published(l);
    bus_close(l->bus, 1000);
    pg_free(l->pg);
}
