/* outbox_unsent: destinations that refuse for good (a partner's topic or our right is gone). Their
 * events are rows of `unsent`; every 2 s the first of each is tried, and when it gets through the
 * others follow in order of sequence. Until none is left, nothing newer goes there. */
#include <stdlib.h>
#include <string.h>

#include "common/outbox.h"

enum { SEND_COUNT_MAX = 500, ASK_MS = 500 };
#define RETRY_US (2 * MICROSECONDS_PER_SECOND)

/* ---- in memory */

/* Where seq stands, or would stand. */
static size_t place_of(const struct outbox *b, int64_t seq)
{
    size_t low = 0, high = b->unsent_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->unsent[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct unsent *unsent_find(const struct outbox *b, int64_t seq)
{
    size_t at = place_of(b, seq);
    return at < b->unsent_count && b->unsent[at].seq == seq ? &b->unsent[at] : NULL;
}

static struct refusing *refusing_of(const struct outbox *b, struct str topic)
{
    for (size_t i = 0; i < b->refusing_count; i++)
        if (str_eq(b->refusing[i].topic, topic))
            return &b->refusing[i];
    return NULL;
}

bool unsent_blocks(const struct outbox *b, struct str topic)
{
    const struct refusing *r = refusing_of(b, topic);
    return r && r->count > 0;
}

static size_t refusing_add(struct outbox *b, struct str topic)
{
    struct refusing *r = refusing_of(b, topic);
    if (r)
        return (size_t)(r - b->refusing);
    if (b->refusing_count == b->refusing_room) {
        size_t room = b->refusing_room ? b->refusing_room * 2 : 8;
        struct refusing *grown = arena_array(&b->memory, struct refusing, room);
        if (b->refusing_count)
            memcpy(grown, b->refusing, b->refusing_count * sizeof *grown);
        b->refusing = grown;
        b->refusing_room = room;
    }
    b->refusing[b->refusing_count] = (struct refusing){.topic = arena_str(&b->memory, topic)};
    return b->refusing_count++;
}

void unsent_push(struct outbox *b, struct str topic, int64_t seq)
{
    size_t at = place_of(b, seq);
    if (at < b->unsent_count && b->unsent[at].seq == seq)
        return;
    if (b->unsent_count == b->unsent_room) {
        size_t room = b->unsent_room ? b->unsent_room * 2 : 64;
        struct unsent *grown = arena_array(&b->memory, struct unsent, room);
        if (b->unsent_count)
            memcpy(grown, b->unsent, b->unsent_count * sizeof *grown);
        b->unsent = grown;
        b->unsent_room = room;
    }
    memmove(b->unsent + at + 1, b->unsent + at, (b->unsent_count - at) * sizeof *b->unsent);
    b->unsent[at] = (struct unsent){.seq = seq, .topic = refusing_add(b, topic)};
    b->refusing[b->unsent[at].topic].count++;
    b->unsent_count++;
}

void unsent_reported(struct outboxes *o, struct outbox *b, int64_t seq, enum bus_delivery outcome)
{
    struct unsent *u = unsent_find(b, seq);
    if (!u || u->state != UNSENT_HANDED)
        return;
    struct refusing *r = &b->refusing[u->topic];
    if (outcome == BUS_DELIVERED) {
        u->state = UNSENT_DONE;
        r->accepts = true;
        o->retry_at_us = 0; /* and now the others */
        return;
    }
    u->state = UNSENT_WAITING;
    o->retry_at_us = clock_monotonic_us() + RETRY_US;
    /* Later ones may be on their way: they must not overtake. A refused first try had none. */
    if (r->accepts || outcome == BUS_FAILED)
        o->failed = true;
    r->accepts = false;
}

void unsent_renewed(struct outbox *b)
{
    for (size_t i = 0; i < b->unsent_count; i++)
        if (b->unsent[i].state == UNSENT_HANDED)
            b->unsent[i].state = UNSENT_WAITING;
    for (size_t i = 0; i < b->refusing_count; i++)
        b->refusing[i].accepts = false;
}

/* ---- and stored */

bool unsent_load(struct outbox *b, struct pg *pg, struct arena *a, struct err *e)
{
    struct pg_params *p = pg_params_new(a);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)b->part);
    if (!pg_query(pg, "unsent_load", p, &rows, e))
        return false;
    arena_reset(&b->memory);
    b->unsent = NULL;
    b->unsent_count = b->unsent_room = 0;
    b->refusing = NULL;
    b->refusing_count = b->refusing_room = 0;
    for (size_t i = 0; i < rows.count; i++)
        unsent_push(b, pg_text(&rows, i, 0), pg_int(&rows, i, 1));
    pg_rows_release(&rows);
    return true;
}

/* tidy: allow params because seqs come with a count. */
bool unsent_note(struct outbox *b, struct pg *pg, const int64_t *seqs, size_t count,
                 struct arena *a, struct err *e)
{
    struct pg_params *p = pg_params_new(a);
    struct pg_rows rows = {0};
    if (count == 0)
        return true;
    pg_add_int2(p, (int16_t)b->part);
    pg_add_int8_array(p, seqs, count);
    pg_add_int8(p, b->epoch);
    if (!pg_query(pg, "unsent_note", p, &rows, e))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        unsent_push(b, pg_text(&rows, i, 0), pg_int(&rows, i, 1));
    bool all = rows.count == count;
    pg_rows_release(&rows);
    return all || err_set(e, ERR_FENCED, "partition %d was taken by another owner, or rewound",
                          (int)b->part);
}

static bool drop_done(struct outbox *b, struct pg *pg, struct arena *a, struct err *e)
{
    int64_t *seqs = arena_array(a, int64_t, b->unsent_count + 1);
    size_t done = 0, kept = 0;
    for (size_t i = 0; i < b->unsent_count; i++)
        if (b->unsent[i].state == UNSENT_DONE)
            seqs[done++] = b->unsent[i].seq;
    if (done == 0)
        return true;
    struct pg_params *p = pg_params_new(a);
    pg_add_int2(p, (int16_t)b->part);
    pg_add_int8_array(p, seqs, done);
    pg_add_int8(p, b->epoch);
    if (!pg_query(pg, "unsent_remove", p, NULL, e))
        return false;
    for (size_t i = 0; i < b->unsent_count; i++) {
        struct unsent u = b->unsent[i];
        if (u.state == UNSENT_DONE)
            b->refusing[u.topic].count--;
        else
            b->unsent[kept++] = u;
    }
    b->unsent_count = kept;
    return true;
}

/* ---- trying again */

static bool send_some(struct outboxes *o, struct outbox *b, struct pg *pg, const int64_t *seqs,
                      size_t count, struct arena *a,
                      struct err *e) /* tidy: allow params because seqs come with a count */
{
    struct pg_params *p = pg_params_new(a);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)b->part);
    pg_add_int8_array(p, seqs, count);
    if (!pg_query(pg, "journal_some", p, &rows, e))
        return false;
    bool ok = rows.count == count || err_set(e, ERR_FATAL, "the journal lacks unsent events");
    bool room = true;
    for (size_t i = 0; i < rows.count && ok && room; i++) {
        struct unsent *u = unsent_find(b, pg_int(&rows, i, 0));
        struct outgoing g = {b->part,
                             (int32_t)pg_int(&rows, i, 1),
                             u->seq,
                             b->refusing[u->topic].topic,
                             pg_text(&rows, i, 2),
                             pg_text(&rows, i, 3),
                             pg_text(&rows, i, 4),
                             true,
                             NULL,
                             0};
        u->state = UNSENT_HANDED; /* first: a refusal may be reported at once */
        room = outbox_send_one(o, &g, a);
        if (!room)
            u->state = UNSENT_WAITING;
    }
    pg_rows_release(&rows);
    return ok;
}

/* The ones to hand over now: of a topic that accepts all, else the first alone. */
static size_t choose(const struct outbox *b, size_t topic, int64_t *seqs)
{
    size_t count = 0;
    const struct refusing *r = &b->refusing[topic];
    for (size_t i = 0; i < b->unsent_count && count < SEND_COUNT_MAX; i++) {
        const struct unsent *u = &b->unsent[i];
        if (u->topic != topic || u->state == UNSENT_DONE)
            continue;
        if (u->seq > b->handed_seq)
            break; /* one before it may still be missing here */
        if (u->state == UNSENT_WAITING)
            seqs[count++] = u->seq;
        if (!r->accepts)
            break;
    }
    return count;
}

static bool try_again(struct outboxes *o, struct outbox *b, struct pg *pg, struct arena *a,
                      struct err *e)
{
    int64_t *seqs = arena_array(a, int64_t, SEND_COUNT_MAX);
    for (size_t i = 0; i < b->refusing_count; i++) {
        const struct refusing *r = &b->refusing[i];
        struct err away = {0};
        int partitions = 1;
        size_t count = r->count ? choose(b, i, seqs) : 0;
        if (count == 0)
            continue;
        if (!r->accepts &&
            !bus_partition_count(o->bus, arena_cstr(a, r->topic), &partitions, ASK_MS, &away))
            return true; /* no broker to ask */
        if (partitions > 0 && !send_some(o, b, pg, seqs, count, a, e))
            return false;
    }
    return true;
}

bool unsent_tend(struct outboxes *o, struct outbox *b, struct pg *pg, struct arena *a,
                 struct err *e)
{
    if (b->unsent_count == 0)
        return true;
    if (!drop_done(b, pg, a, e))
        return false;
    return clock_monotonic_us() < o->retry_at_us || try_again(o, b, pg, a, e);
}
