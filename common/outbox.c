/* outbox: handing over, acknowledging, republishing. */
#include "common/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crash.h"
#include "common/headers.h"

enum { SEQ_BITS = 43, UNSENT_BIT = 43, PART_SHIFT = 44, GENERATION_SHIFT = 52 };
#define SEQ_MASK      ((UINT64_C(1) << SEQ_BITS) - 1)
#define RETRY_US      (2 * MICROSECONDS_PER_SECOND)
/* What is read of the journal in one go. */
#define PUMP_SIZE_MAX (size_t)(32 * 1024 * 1024)

static uint64_t tag_of(const struct outboxes *o, const struct outgoing *g)
{
    return (uint64_t)(o->generation & 0xfffu) << GENERATION_SHIFT |
           (uint64_t)g->part << PART_SHIFT | (uint64_t)g->unsent << UNSENT_BIT |
           ((uint64_t)g->seq & SEQ_MASK);
}

void outboxes_init(struct outboxes *o)
{
    memset(o, 0, sizeof *o);
    for (int32_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        o->boxes[i].part = i;
        arena_init(&o->boxes[i].memory);
    }
}

void outboxes_release(struct outboxes *o)
{
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        arena_release(&o->boxes[i].memory);
        free(o->boxes[i].acked);
    }
}

/* ---- acknowledgement */

void outbox_ack(struct outbox *b, int64_t seq)
{
    if (seq <= b->pub_seq || seq > b->out_seq)
        return;
    b->acked[seq & (OUTBOX_RING - 1)] = 1;
    for (int64_t next = b->pub_seq + 1; b->acked[next & (OUTBOX_RING - 1)]; next++) {
        b->acked[next & (OUTBOX_RING - 1)] = 0;
        b->pub_seq = next;
    }
}

void outboxes_report(void *context, uint64_t tag, enum bus_delivery outcome, const char *error)
{
    struct outboxes *o = context;
    (void)error;
    if (tag >> GENERATION_SHIFT != (o->generation & 0xfffu))
        return;
    struct outbox *b = &o->boxes[tag >> PART_SHIFT & 0xff];
    int64_t seq = (int64_t)(tag & SEQ_MASK);
    if (!b->owned)
        return;
    if (tag >> UNSENT_BIT & 1)
        unsent_reported(o, b, seq, outcome);
    else if (outcome == BUS_DELIVERED) {
        CRASH_POINT("report-before");
        outbox_ack(b, seq);
        CRASH_POINT("report-after");
    } else if (outcome == BUS_REFUSED && o->refused_count < OUTBOX_REFUSED_COUNT_MAX) {
        o->refused[o->refused_count].part = b->part;
        o->refused[o->refused_count++].seq = seq;
    } else
        o->failed = true;
}

/* ---- opening and closing */

/* Only what is told and not acknowledged can have left a mark. */
static void acks_forget(struct outbox *b)
{
    if (b->out_seq - b->pub_seq >= OUTBOX_RING)
        memset(b->acked, 0, OUTBOX_RING);
    else
        for (int64_t seq = b->pub_seq + 1; seq <= b->out_seq; seq++)
            b->acked[seq & (OUTBOX_RING - 1)] = 0;
}

/* A new generation: what was handed over before counts for nothing, and goes again from pub_seq. */
static void generation_begin(struct outboxes *o)
{
    o->generation++;
    o->refused_count = 0;
    for (int32_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        struct outbox *b = &o->boxes[i];
        if (!b->owned)
            continue;
        b->handed_seq = b->pub_seq;
        acks_forget(b);
        unsent_renewed(b);
    }
}

bool outbox_open(struct outboxes *o, const struct stream *s, struct pg *pg, struct arena *a,
                 struct err *e)
{
    struct outbox *b = &o->boxes[s->part];
    if (!unsent_load(b, pg, a, e))
        return false;
    if (!b->acked)
        b->acked = calloc(OUTBOX_RING, 1);
    assert(b->acked);
    b->epoch = s->epoch;
    b->out_seq = s->out_seq;
    b->pub_seq = b->saved_seq = s->pub_seq;
    b->owned = true;
    generation_begin(o); /* reports of an earlier owning must not count */
    return true;
}

void outbox_close(struct outboxes *o, int32_t part)
{
    if (o->boxes[part].owned)
        acks_forget(&o->boxes[part]);
    o->boxes[part].owned = false;
}

/* ---- sending */

bool outbox_send_one(struct outboxes *o, const struct outgoing *g, struct arena *a)
{
    enum { OWN_HEADER_COUNT = 8 }; /* of a dead letter, behind the original's */
    struct bus_header headers[BUS_HEADER_COUNT_MAX + OWN_HEADER_COUNT];
    struct bus_message m = {.topic = arena_cstr(a, g->topic),
                            .partition = g->partition,
                            .key = g->key,
                            .value = g->body,
                            .headers = headers,
                            .tag = tag_of(o, g)};
    struct err full = {0};
    if (g->list) {
        m.headers = g->list;
        m.header_count = g->list_count;
    } else {
        m.header_count = headers_unpack(a, g->headers, headers, ARRAY_LEN(headers));
    }
    return !o->failed && !bus_broken(o->bus) && bus_send(o->bus, &m, &full);
}

struct pg_call outboxes_unsent_call(const struct outboxes *o, const struct fold *f, struct arena *a)
{
    int16_t *parts = arena_array(a, int16_t, f->events.count + 1);
    struct str *topics = arena_array(a, struct str, f->events.count + 1);
    int64_t *seqs = arena_array(a, int64_t, f->events.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < f->events.count; i++) {
        const struct fold_event *ev = &f->events.items[i];
        if (!unsent_blocks(&o->boxes[ev->part], ev->topic_name))
            continue;
        parts[count] = (int16_t)ev->part;
        topics[count] = ev->topic_name;
        seqs[count++] = ev->seq;
    }
    if (!count)
        return (struct pg_call){NULL, NULL};
    struct pg_params *p = pg_params_new(a);
    pg_add_int2_array(p, parts, count);
    pg_add_text_array(p, topics, count);
    pg_add_int8_array(p, seqs, count);
    return (struct pg_call){"unsent_add", p};
}

void outboxes_send(struct outboxes *o, const struct fold *f, struct arena *a)
{
    for (size_t i = 0; i < f->events.count; i++) {
        const struct fold_event *ev = &f->events.items[i];
        struct outbox *b = &o->boxes[ev->part];
        bool blocked = unsent_blocks(b, ev->topic_name);
        b->out_seq = ev->seq;
        if (blocked) /* its row came with the batch */
            unsent_push(b, ev->topic_name, ev->seq);
        if (b->handed_seq != ev->seq - 1)
            continue; /* something before it still waits: outboxes_tend goes on from the journal */
        struct outgoing g = {ev->part,    ev->partition, ev->seq, ev->topic_name, ev->key,
                             ev->headers, ev->body,      false,   ev->list,       ev->list_count};
        if (blocked) {
            b->handed_seq = ev->seq;
            outbox_ack(b, ev->seq);
        } else if (outbox_send_one(o, &g, a)) {
            b->handed_seq = ev->seq;
        }
    }
}

/* ---- tending */

struct pump {
    struct outboxes *o;
    struct outbox *box;
    struct pg *pg;
    struct arena *arena;
    bool stop; /* the producer has no room now */
};

/* Of one journal row: events of destinations that refuse get their rows, and count as handed. */
static bool pump_blocked(struct pump *p, const struct str *topics, int64_t first, size_t count,
                         struct err *e)
{
    struct outbox *b = p->box;
    int64_t *seqs = arena_array(p->arena, int64_t, count + 1);
    size_t blocked = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t seq = first + (int64_t)i;
        if (seq > b->handed_seq && seq <= b->out_seq && unsent_blocks(b, topics[i]) &&
            !unsent_find(b, seq))
            seqs[blocked++] = seq;
    }
    return unsent_note(b, p->pg, seqs, blocked, p->arena, e);
}

/* One journal row's events above handed_seq. */
static bool pump_row(struct pump *p, const struct pg_rows *rows, size_t row, struct err *e)
{
    struct outbox *b = p->box;
    struct str *topics, *keys, *headers, *bodies;
    int64_t *partitions;
    int64_t first = pg_int(rows, row, 1);
    size_t count = pg_text_array(rows, row, 3, p->arena, &topics);
    pg_int8_array(rows, row, 4, p->arena, &partitions);
    pg_text_array(rows, row, 5, p->arena, &keys);
    pg_text_array(rows, row, 6, p->arena, &headers);
    pg_text_array(rows, row, 7, p->arena, &bodies);
    if (!pump_blocked(p, topics, first, count, e))
        return false;
    for (size_t i = 0; i < count && !p->stop; i++) {
        int64_t seq = first + (int64_t)i;
        if (seq <= b->handed_seq || seq > b->out_seq)
            continue;
        if (unsent_find(b, seq)) {
            b->handed_seq = seq;
            outbox_ack(b, seq);
            continue;
        }
        struct outgoing g = {b->part,   (int32_t)partitions[i],
                             seq,       topics[i],
                             keys[i],   headers[i],
                             bodies[i], false,
                             NULL,      0};
        CRASH_POINT("republish-before");
        p->stop = !outbox_send_one(p->o, &g, p->arena);
        CRASH_POINT("republish-after");
        if (!p->stop) {
            b->handed_seq = seq;
            p->o->republished++;
        }
    }
    return true;
}

static bool pump(struct pump *p, struct err *e)
{
    struct outbox *b = p->box;
    bool ok = true;
    while (ok && !p->stop && b->handed_seq < b->out_seq) {
        struct pg_params *params = pg_params_new(p->arena);
        struct pg_rows rows = {0};
        if (p->arena->total_size > PUMP_SIZE_MAX) {
            p->o->more = true;
            return true;
        }
        pg_add_int2(params, (int16_t)b->part);
        pg_add_int8(params, b->handed_seq);
        if (!pg_query(p->pg, "journal_since", params, &rows, e))
            return false;
        if (rows.count == 0)
            ok = err_set(e, ERR_FATAL,
                         "the journal of partition %d ends before sequence %lld, which was told",
                         (int)b->part, (long long)b->out_seq);
        for (size_t i = 0; i < rows.count && ok && !p->stop; i++)
            ok = pump_row(p, &rows, i, e);
        pg_rows_release(&rows);
    }
    return ok;
}

static bool renew(struct outboxes *o, struct err *e)
{
    if (!bus_renew(o->bus, e))
        return false;
    o->renewed++;
    o->failed = false;
    generation_begin(o);
    return true;
}

/* Refused for good: named in unsent; and the producer is renewed once, so that nothing later for
 * that destination, which it may still hold, can overtake. */
static bool note_refused(struct outboxes *o, struct pg *pg, struct arena *a, struct err *e)
{
    int64_t *seqs = arena_array(a, int64_t, o->refused_count);
    for (int32_t part = 0; part < PARTITION_COUNT_MAX; part++) {
        size_t count = 0;
        for (size_t i = 0; i < o->refused_count && o->boxes[part].owned; i++)
            if (o->refused[i].part == part)
                seqs[count++] = o->refused[i].seq;
        if (!unsent_note(&o->boxes[part], pg, seqs, count, a, e))
            return false;
    }
    o->refused_count = 0;
    o->failed = true;
    o->retry_at_us = clock_monotonic_us() + RETRY_US;
    return true;
}

bool outboxes_tend(struct outboxes *o, struct pg *pg, struct arena *a, struct err *e)
{
    o->more = false;
    if (o->refused_count && !note_refused(o, pg, a, e))
        return false;
    if ((o->failed || bus_broken(o->bus)) && !renew(o, e))
        return false;
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        struct outbox *b = &o->boxes[i];
        struct pump p = {o, b, pg, a, false};
        if (b->owned && (!unsent_tend(o, b, pg, a, e) || !pump(&p, e)))
            return false;
    }
    if (clock_monotonic_us() >= o->retry_at_us)
        o->retry_at_us = clock_monotonic_us() + RETRY_US;
    return true;
}

bool outboxes_full(const struct outboxes *o)
{
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++)
        if (o->boxes[i].owned && o->boxes[i].out_seq - o->boxes[i].pub_seq > UNPUBLISHED_COUNT_MAX)
            return true;
    return false;
}

size_t outboxes_refusing(const struct outboxes *o, struct str *first)
{
    size_t count = 0;
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        const struct outbox *b = &o->boxes[i];
        if (!b->owned || b->unsent_count == 0)
            continue;
        if (count == 0)
            *first = b->refusing[b->unsent[0].topic].topic;
        count += b->unsent_count;
    }
    return count;
}
