/* outbox: handing over, acknowledging, republishing. */
#include "common/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/headers.h"

enum { SEQ_BITS = 43, UNSENT_BIT = 43, PART_SHIFT = 44, GENERATION_SHIFT = 52 };
#define SEQ_MASK ((UINT64_C(1) << SEQ_BITS) - 1)
#define RETRY_US (2 * MICROSECONDS_PER_SECOND)

static uint64_t tag_of(const struct outboxes *o, int32_t part, int64_t seq, bool unsent)
{
    return (uint64_t)(o->generation & 0xfffu) << GENERATION_SHIFT | (uint64_t)part << PART_SHIFT |
           (uint64_t)unsent << UNSENT_BIT | ((uint64_t)seq & SEQ_MASK);
}

void outboxes_init(struct outboxes *o, const struct service *s)
{
    memset(o, 0, sizeof *o);
    o->service = s;
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

static void ack(struct outbox *b, int64_t seq)
{
    if (seq <= b->pub_seq || seq > b->out_seq)
        return;
    b->acked[seq & (OUTBOX_RING - 1)] = 1;
    for (int64_t next = b->pub_seq + 1; b->acked[next & (OUTBOX_RING - 1)]; next++) {
        b->acked[next & (OUTBOX_RING - 1)] = 0;
        b->pub_seq = next;
    }
}

static struct unsent *unsent_find(struct outbox *b, int64_t seq)
{
    for (size_t i = 0; i < b->unsent_count; i++)
        if (b->unsent[i].seq == seq)
            return &b->unsent[i];
    return NULL;
}

/* A delivered one is dropped from the table by outboxes_tend: seq is marked by topic = absent. */
static void unsent_reported(struct outboxes *o, struct outbox *b, int64_t seq, bool delivered)
{
    struct unsent *u = unsent_find(b, seq);
    if (!u)
        return;
    if (delivered) {
        u->sent = true;
        u->seq = -seq; /* done: removed at the next tending */
    } else {
        u->sent = false;
        o->retry_at_us = clock_monotonic_us() + RETRY_US;
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
    if (tag >> UNSENT_BIT & 1) {
        unsent_reported(o, b, seq, outcome == BUS_DELIVERED);
        return;
    }
    if (outcome == BUS_DELIVERED)
        ack(b, seq);
    else if (outcome == BUS_REFUSED && o->refused_count < OUTBOX_REFUSED_COUNT_MAX) {
        o->refused[o->refused_count].part = b->part;
        o->refused[o->refused_count++].seq = seq;
    } else
        o->failed = true;
}

/* ---- unsent rows in memory */

static void unsent_push(struct outbox *b, struct str topic, int64_t seq)
{
    if (unsent_find(b, seq))
        return;
    if (b->unsent_count == b->unsent_room) {
        size_t room = b->unsent_room ? b->unsent_room * 2 : 64;
        struct unsent *grown = arena_array(&b->memory, struct unsent, room);
        if (b->unsent_count)
            memcpy(grown, b->unsent, b->unsent_count * sizeof *grown);
        b->unsent = grown;
        b->unsent_room = room;
    }
    b->unsent[b->unsent_count++] = (struct unsent){arena_str(&b->memory, topic), seq, false};
}

static bool blocked(const struct outbox *b, struct str topic)
{
    for (size_t i = 0; i < b->unsent_count; i++)
        if (b->unsent[i].seq > 0 && str_eq(b->unsent[i].topic, topic))
            return true;
    return false;
}

static struct pg_params *params_new(struct arena *a)
{
    struct pg_params *p = arena_new(a, struct pg_params);
    p->arena = a;
    return p;
}

bool outbox_open(struct outboxes *o, const struct stream *s, struct pg *pg, struct arena *a,
                 struct err *e)
{
    struct outbox *b = &o->boxes[s->part];
    struct pg_params *p = params_new(a);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)s->part);
    if (!pg_query(pg, "unsent_load", p, &rows, e))
        return false;
    arena_reset(&b->memory);
    b->unsent = NULL;
    b->unsent_count = b->unsent_room = 0;
    for (size_t i = 0; i < rows.count; i++)
        unsent_push(b, pg_text(&rows, i, 0), pg_int(&rows, i, 1));
    pg_rows_release(&rows);
    if (!b->acked)
        b->acked = malloc(OUTBOX_RING);
    assert(b->acked);
    memset(b->acked, 0, OUTBOX_RING);
    b->out_seq = s->out_seq;
    b->pub_seq = b->saved_seq = b->handed_seq = s->pub_seq;
    /* Reports of what an earlier owning handed over must not count: it goes again from pub_seq. */
    o->generation++;
    for (int32_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        struct outbox *other = &o->boxes[i];
        if (!other->owned)
            continue;
        other->handed_seq = other->pub_seq;
        memset(other->acked, 0, OUTBOX_RING);
        for (size_t k = 0; k < other->unsent_count; k++)
            other->unsent[k].sent = other->unsent[k].seq < 0;
    }
    b->owned = true;
    return true;
}

void outbox_close(struct outboxes *o, int32_t part)
{
    o->boxes[part].owned = false;
    o->boxes[part].unsent_count = 0;
}

/* ---- sending */

struct outgoing {
    int32_t part, partition;
    int64_t seq;
    struct str topic, key, headers, body;
    bool unsent;
};

static bool send_one(struct outboxes *o, const struct outgoing *g, struct arena *a, struct err *e)
{
    struct bus_header headers[BUS_HEADER_COUNT_MAX];
    struct bus_message m = {.topic = arena_cstr(a, g->topic),
                            .partition = g->partition,
                            .key = g->key,
                            .value = g->body,
                            .headers = headers,
                            .tag = tag_of(o, g->part, g->seq, g->unsent)};
    m.header_count = headers_unpack(a, g->headers, headers, BUS_HEADER_COUNT_MAX);
    return bus_send(o->bus, &m, e);
}

struct pg_call outboxes_unsent_call(const struct outboxes *o, const struct fold *f, struct arena *a)
{
    int16_t *parts = arena_array(a, int16_t, f->events.count + 1);
    struct str *topics = arena_array(a, struct str, f->events.count + 1);
    int64_t *seqs = arena_array(a, int64_t, f->events.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < f->events.count; i++) {
        const struct fold_event *ev = &f->events.items[i];
        if (!blocked(&o->boxes[ev->part], ev->topic_name))
            continue;
        parts[count] = (int16_t)ev->part;
        topics[count] = ev->topic_name;
        seqs[count++] = ev->seq;
    }
    if (!count)
        return (struct pg_call){NULL, NULL};
    struct pg_params *p = params_new(a);
    pg_add_int2_array(p, parts, count);
    pg_add_text_array(p, topics, count);
    pg_add_int8_array(p, seqs, count);
    return (struct pg_call){"unsent_add", p};
}

void outboxes_send(struct outboxes *o, const struct fold *f, struct arena *a)
{
    struct err e = {0};
    bool room = !o->failed && !bus_broken(o->bus);
    for (size_t i = 0; i < f->events.count; i++) {
        const struct fold_event *ev = &f->events.items[i];
        struct outbox *b = &o->boxes[ev->part];
        b->out_seq = ev->seq;
        if (b->handed_seq != ev->seq - 1)
            continue; /* something before it still waits: outboxes_tend goes on from the journal */
        if (blocked(b, ev->topic_name)) {
            unsent_push(b, ev->topic_name, ev->seq);
            b->handed_seq = ev->seq;
            ack(b, ev->seq);
            continue;
        }
        struct outgoing g = {ev->part, ev->partition, ev->seq,  ev->topic_name,
                             ev->key,  ev->headers,   ev->body, false};
        room = room && send_one(o, &g, a, &e);
        if (room)
            b->handed_seq = ev->seq;
    }
}

/* ---- tending */

static bool unsent_note_blocked(struct outbox *b, struct pg *pg, const struct outgoing *g,
                                struct arena *a, struct err *e)
{
    struct pg_params *p = params_new(a);
    int16_t part = (int16_t)b->part;
    pg_add_int2_array(p, &part, 1);
    pg_add_text_array(p, &g->topic, 1);
    pg_add_int8_array(p, &g->seq, 1);
    if (!pg_query(pg, "unsent_add", p, NULL, e))
        return false;
    unsent_push(b, g->topic, g->seq);
    return true;
}

/* One journal row's events above handed_seq. *stop: the producer has no room now. */
static bool pump_row(struct outboxes *o, struct outbox *b, struct pg *pg,
                     const struct pg_rows *rows, size_t row, struct arena *a, bool *stop,
                     struct err *e) /* tidy: allow params because the row is read in place */
{
    struct str *topics, *keys, *headers, *bodies;
    int64_t *partitions;
    int64_t first = pg_int(rows, row, 1);
    size_t count = pg_text_array(rows, row, 3, a, &topics);
    pg_int8_array(rows, row, 4, a, &partitions);
    pg_text_array(rows, row, 5, a, &keys);
    pg_text_array(rows, row, 7, a, &headers);
    pg_text_array(rows, row, 8, a, &bodies);
    for (size_t i = 0; i < count && !*stop; i++) {
        struct outgoing g = {b->part,
                             (int32_t)partitions[i],
                             first + (int64_t)i,
                             topics[i],
                             keys[i],
                             headers[i],
                             bodies[i],
                             false};
        struct err full = {0};
        if (g.seq <= b->handed_seq || g.seq > b->out_seq)
            continue;
        if (blocked(b, g.topic) || unsent_find(b, g.seq)) {
            if (!unsent_note_blocked(b, pg, &g, a, e))
                return false;
            b->handed_seq = g.seq;
            ack(b, g.seq);
            continue;
        }
        *stop = !send_one(o, &g, a, &full);
        if (!*stop) {
            b->handed_seq = g.seq;
            o->republished++;
        }
    }
    return true;
}

static bool pump(struct outboxes *o, struct outbox *b, struct pg *pg, struct arena *a,
                 struct err *e)
{
    bool stop = false, ok = true;
    while (ok && !stop && b->handed_seq < b->out_seq) {
        struct pg_params *p = params_new(a);
        struct pg_rows rows = {0};
        pg_add_int2(p, (int16_t)b->part);
        pg_add_int8(p, b->handed_seq);
        if (!pg_query(pg, "journal_since", p, &rows, e))
            return false;
        if (rows.count == 0)
            ok = err_set(e, ERR_FATAL,
                         "the journal of partition %d ends before sequence %lld, which was told",
                         (int)b->part, (long long)b->out_seq);
        for (size_t i = 0; i < rows.count && ok && !stop; i++)
            ok = pump_row(o, b, pg, &rows, i, a, &stop, e);
        pg_rows_release(&rows);
    }
    return ok;
}

static bool renew(struct outboxes *o, struct err *e)
{
    if (!bus_renew(o->bus, e))
        return false;
    o->generation++;
    o->renewed++;
    o->failed = false;
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        struct outbox *b = &o->boxes[i];
        if (!b->owned)
            continue;
        b->handed_seq = b->pub_seq;
        memset(b->acked, 0, OUTBOX_RING);
        for (size_t k = 0; k < b->unsent_count; k++)
            b->unsent[k].sent = b->unsent[k].seq < 0;
    }
    return true;
}

/* Refused for good: named in unsent; and the producer is renewed once, so that nothing later for
 * that destination, which it may still hold, can overtake. */
static bool note_refused(struct outboxes *o, struct pg *pg, struct arena *a, struct err *e)
{
    for (size_t i = 0; i < o->refused_count; i++) {
        struct outbox *b = &o->boxes[o->refused[i].part];
        struct pg_params *p = params_new(a);
        struct pg_rows rows = {0};
        if (!b->owned)
            continue;
        pg_add_int2(p, (int16_t)b->part);
        pg_add_int8_array(p, &o->refused[i].seq, 1);
        if (!pg_query(pg, "unsent_note", p, &rows, e))
            return false;
        for (size_t k = 0; k < rows.count; k++)
            unsent_push(b, pg_text(&rows, k, 0), pg_int(&rows, k, 1));
        pg_rows_release(&rows);
    }
    o->refused_count = 0;
    o->failed = true;
    o->retry_at_us = clock_monotonic_us() + RETRY_US;
    return true;
}

static bool unsent_drop_done(struct outbox *b, struct pg *pg, struct arena *a, struct err *e)
{
    size_t kept = 0;
    bool ok = true;
    for (size_t i = 0; i < b->unsent_count; i++) {
        struct unsent u = b->unsent[i];
        if (ok && u.seq < 0) {
            struct pg_params *p = params_new(a);
            int16_t part = (int16_t)b->part;
            int64_t seq = -u.seq;
            pg_add_int2_array(p, &part, 1);
            pg_add_text_array(p, &u.topic, 1);
            pg_add_int8_array(p, &seq, 1);
            ok = pg_query(pg, "unsent_remove", p, NULL, e);
            if (ok)
                continue;
        }
        b->unsent[kept++] = u;
    }
    b->unsent_count = kept;
    return ok;
}

static bool unsent_send(struct outboxes *o, struct outbox *b, struct unsent *u, struct pg *pg,
                        struct arena *a,
                        struct err *e) /* tidy: allow params because both ends are needed */
{
    struct pg_params *p = params_new(a);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)b->part);
    pg_add_int8(p, u->seq);
    if (!pg_query(pg, "journal_one", p, &rows, e))
        return false;
    bool ok = rows.count == 1 ||
              err_set(e, ERR_FATAL, "the journal lacks the unsent event %lld", (long long)u->seq);
    if (ok) {
        struct err full = {0};
        struct outgoing g = {b->part,
                             (int32_t)pg_int(&rows, 0, 1),
                             u->seq,
                             u->topic,
                             pg_text(&rows, 0, 2),
                             pg_text(&rows, 0, 3),
                             pg_text(&rows, 0, 4),
                             true};
        u->sent = send_one(o, &g, a, &full);
    }
    pg_rows_release(&rows);
    return ok;
}

/* Destinations that refused: those that exist now get what they missed, in order of sequence. */
static bool retry_refusing(struct outboxes *o, struct outbox *b, struct pg *pg, struct arena *a,
                           struct err *e)
{
    struct str last = STR_NONE;
    int partitions = 0;
    for (size_t i = 0; i < b->unsent_count; i++) {
        struct unsent *u = &b->unsent[i];
        struct err away = {0};
        if (u->sent || u->seq < 0)
            continue;
        if (!str_eq(u->topic, last)) {
            last = u->topic;
            if (!bus_partition_count(o->bus, arena_cstr(a, last), &partitions, 1000, &away))
                partitions = 0;
        }
        if (partitions > 0 && !unsent_send(o, b, u, pg, a, e))
            return false;
    }
    return true;
}

bool outboxes_tend(struct outboxes *o, struct pg *pg, struct arena *a, struct err *e)
{
    if (o->refused_count && !note_refused(o, pg, a, e))
        return false;
    if ((o->failed || bus_broken(o->bus)) && !renew(o, e))
        return false;
    bool retry = clock_monotonic_us() >= o->retry_at_us;
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        struct outbox *b = &o->boxes[i];
        if (!b->owned)
            continue;
        if (b->unsent_count && !unsent_drop_done(b, pg, a, e))
            return false;
        if (retry && b->unsent_count && !retry_refusing(o, b, pg, a, e))
            return false;
        if (b->handed_seq < b->out_seq && !pump(o, b, pg, a, e))
            return false;
    }
    if (retry)
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

bool outboxes_idle(const struct outboxes *o)
{
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++)
        if (o->boxes[i].owned && o->boxes[i].out_seq != o->boxes[i].pub_seq)
            return false;
    return true;
}

size_t outboxes_refusing(const struct outboxes *o, struct str *first)
{
    size_t count = 0;
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        const struct outbox *b = &o->boxes[i];
        if (b->owned && b->unsent_count && count == 0)
            *first = b->unsent[0].topic;
        count += b->owned ? b->unsent_count : 0;
    }
    return count;
}
