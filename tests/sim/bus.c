/* bus: common/bus.h over the broker in memory. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/bus_inside.h"

struct bus *bus_open(const struct bus_settings *settings, bus_report report, void *context,
                     struct err *e)
{
    struct bus *bus = calloc(1, sizeof *bus);
    (void)settings, (void)e;
    assert(bus);
    bus->report = report;
    bus->context = context;
    bus->process = sim->current;
    bus->send_limit = sim->current->send_limit;
    return bus;
}

struct bus *bus_of(const struct process *p)
{
    return p->loop ? p->loop->bus : NULL;
}

static uint32_t bit_of(const struct bus *bus)
{
    return 1u << bus->process->index;
}

void bus_drop(struct bus *bus)
{
    broker_orphan(bus);
    for (size_t i = 0; i < bus->reader_count; i++)
        bus->readers[i].log->readers &= ~bit_of(bus);
    free(bus);
}

/* ---- the group */

bool bus_join(struct bus *bus, const char *anchor, struct err *e)
{
    (void)anchor, (void)e;
    bus->joined = true;
    group_join(bus->process->service, bus->process->index);
    return true;
}

static void give_reports(struct bus *bus)
{
    size_t count = bus->report_count;
    if (sim->faulty && count > 1)
        count -= choose((uint32_t)count);
    for (size_t i = 0; i < count; i++)
        bus->report(bus->context, bus->reports[i].tag, bus->reports[i].outcome, "");
    bus->report_count -= count;
    memmove(bus->reports, bus->reports + count, bus->report_count * sizeof *bus->reports);
}

enum bus_change bus_serve(struct bus *bus, int32_t *partitions, size_t room, size_t *count)
{
    if (!bus->process->stop)
        process_yield(); /* a turn begins */
    if (fault_at(POINT_TURN) == FAULT_PRODUCER && bus->send_count) {
        bus->broken = true;
        tell("its producer breaks");
    }
    bus->leaves = false;
    give_reports(bus);
    *count = 0;
    if (bus->revoked) {
        bus->revoked = false;
        sim->ready |= bit_of(bus);
        if (!bus->joined) { /* put out while it slept */
            bus->joined = true;
            group_join(bus->process->service, bus->process->index);
        }
        return BUS_REVOKED;
    }
    if (!bus->assigned)
        return BUS_SAME;
    bus->assigned = false;
    for (size_t i = 0; i < bus->part_count && i < room; i++)
        partitions[(*count)++] = bus->parts[i];
    tell("owns %zu partitions now", *count);
    return BUS_ASSIGNED;
}

void bus_commit(struct bus *bus, const struct bus_position *positions, size_t count)
{
    struct group *g = &sim->groups[bus->process->service];
    if (sim->broker_away || fault_at(POINT_KAFKA) == FAULT_BACKGROUND)
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(positions[i].topic,
                   sim_services[bus->process->service]->routes[0].topic->name) == 0)
            g->committed[positions[i].partition] =
                arena_str(&sim->arena, str_of(positions[i].metadata));
}

static bool away(struct err *e)
{
    return err_set(e, ERR_RETRY, "the broker does not answer");
}

bool bus_committed(struct bus *bus, struct bus_position *out, struct err *e)
{
    (void)fault_at(POINT_KAFKA);
    if (sim->broker_away)
        return away(e);
    struct str text = sim->groups[bus->process->service].committed[out->partition];
    snprintf(out->metadata, sizeof out->metadata, "%.*s", STR_ARG(text));
    return true;
}

bool bus_reachable(struct bus *bus)
{
    (void)bus;
    return !sim->broker_away;
}

/* ---- reading */

/* librdkafka counts up a version at each stop and start: what an older one fetched is dropped once
 * the partition is read again. */
static void forget_stale(struct bus *bus, const struct log *log)
{
    size_t kept = 0;
    for (size_t i = 0; i < bus->stale_count; i++)
        if (bus->stale[i].log != log)
            bus->stale[kept++] = bus->stale[i];
    bus->stale_count = kept;
}

bool bus_read_start(struct bus *bus, int input, const struct bus_position *from, enum bus_lane lane,
                    struct err *e)
{
    (void)lane, (void)e;
    struct sim_topic *t = topic_named(from->topic);
    assert(t && bus->reader_count < READER_MAX);
    struct log *log = &t->logs[from->partition];
    size_t next = from->offset == BUS_FROM_BEGINNING ? 0 : (size_t)from->offset;
    forget_stale(bus, log);
    bus->readers[bus->reader_count++] = (struct reader){log, input, next};
    log->readers |= bit_of(bus);
    sim->ready |= bit_of(bus);
    return true;
}

/* What was fetched before may still come out. */
static void leave_stale(struct bus *bus, const struct reader *r)
{
    bus->leaves = bus->leaves || fault_at(POINT_STOP) == FAULT_STALE_FETCH;
    if (!bus->leaves)
        return;
    for (size_t at = r->next; at < r->log->count && bus->stale_count < STALE_MAX; at++) {
        bus->stale[bus->stale_count].log = r->log;
        bus->stale[bus->stale_count].input = r->input;
        bus->stale[bus->stale_count++].at = at;
    }
}

void bus_read_stop(struct bus *bus, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < bus->reader_count; i++) {
        struct reader *r = &bus->readers[i];
        if (r->log->partition != partition || strcmp(r->log->topic->name, topic) != 0)
            continue;
        leave_stale(bus, r);
        r->log->readers &= ~bit_of(bus);
        bus->readers[i] = bus->readers[--bus->reader_count];
        return;
    }
}

static void record_give(const struct log *log, size_t at, int input, struct bus_record *out)
{
    const struct record *r = log->items[at];
    memset(out, 0, offsetof(struct bus_record, headers));
    out->input = input;
    out->partition = log->partition;
    out->offset = (int64_t)at;
    out->key = r->key;
    out->value = r->value;
    out->time = r->time;
    out->headers_cut = r->header_count > BUS_HEADER_COUNT_MAX;
    out->header_count = out->headers_cut ? BUS_HEADER_COUNT_MAX : r->header_count;
    memcpy(out->headers, r->headers, out->header_count * sizeof *out->headers);
    out->message = (void *)(uintptr_t)r;
}

static bool more_to_read(const struct bus *bus)
{
    for (size_t i = 0; i < bus->reader_count; i++)
        if (bus->readers[i].next < bus->readers[i].log->count)
            return true;
    return false;
}

bool bus_drain(struct bus *bus, struct bus_record *out, size_t room, size_t *count, struct err *e)
{
    (void)e;
    *count = 0;
    (void)fault_at(POINT_DRAIN);
    size_t given = 0;
    for (; given < bus->stale_count && *count < room; given++) {
        record_give(bus->stale[given].log, bus->stale[given].at, bus->stale[given].input,
                    &out[(*count)++]);
        mark(MARK_STALE_FETCH);
    }
    bus->stale_count -= given;
    memmove(bus->stale, bus->stale + given, bus->stale_count * sizeof bus->stale[0]);
    if (sim->broker_away || bus->reader_count == 0)
        return true;
    /* Partitions come in turns, beginning anywhere; of each some. */
    size_t first = choose((uint32_t)bus->reader_count);
    size_t most = sim->faulty ? 1 + choose(32) : room;
    for (size_t i = 0; i < bus->reader_count; i++) {
        struct reader *r = &bus->readers[(first + i) % bus->reader_count];
        for (size_t n = 0; r->next < r->log->count && *count < room && n < most; n++)
            record_give(r->log, r->next++, r->input, &out[(*count)++]);
    }
    return true;
}

void bus_record_release(struct bus_record *r)
{
    r->message = NULL;
}

struct str bus_record_header(const struct bus_record *r, const char *name)
{
    for (size_t i = r->header_count; i-- > 0;)
        if (str_is(r->headers[i].name, name))
            return r->headers[i].value;
    return STR_NONE;
}

/* Nothing to do: the word goes back at the next turn, and comes again when something is there. */
void bus_wait(struct bus *bus, int timeout_ms)
{
    struct process *p = bus->process;
    p->wake_us = sim->now_us + (int64_t)timeout_ms * 1000;
    bool busy = bus->report_count || bus->revoked || bus->assigned ||
                (!sim->broker_away && more_to_read(bus) && p->loop->pending_count == 0 &&
                 !outboxes_full(&p->loop->outboxes) && p->life == LIFE_UP &&
                 p->loop->retry_at_us <= sim->now_us);
    if (!busy)
        sim->ready &= ~bit_of(bus);
}

bool bus_watermarks(struct bus *bus, const char *topic, int32_t partition, struct bus_ends *out,
                    struct err *e)
{
    (void)bus;
    if (sim->current)
        (void)fault_at(POINT_KAFKA);
    if (sim->broker_away)
        return away(e);
    *out = (struct bus_ends){0, (int64_t)topic_named(topic)->logs[partition].count};
    return true;
}

/* tidy: allow params because C has no closures. */
bool bus_scan(struct bus *bus, const struct bus_range *ranges, size_t count, bus_visit visit,
              void *context, struct err *e)
{
    (void)bus;
    (void)fault_at(POINT_KAFKA);
    if (sim->broker_away)
        return away(e);
    struct bus_record *r = malloc(sizeof *r);
    assert(r);
    for (size_t i = 0; i < count; i++)
        for (int64_t at = ranges[i].from; at < ranges[i].until; at++) {
            record_give(&topic_named(ranges[i].topic)->logs[ranges[i].partition], (size_t)at, 0, r);
            visit(context, &ranges[i], r);
        }
    free(r);
    return true;
}

/* ---- writing */

static struct record *record_of(const struct bus_message *m)
{
    struct record *r = arena_new(&sim->arena, struct record);
    r->key = arena_str(&sim->arena, m->key);
    r->value = arena_str(&sim->arena, m->value);
    r->headers = arena_array(&sim->arena, struct bus_header, m->header_count);
    r->header_count = m->header_count;
    for (size_t i = 0; i < m->header_count; i++)
        r->headers[i] = (struct bus_header){arena_str(&sim->arena, m->headers[i].name),
                                            arena_str(&sim->arena, m->headers[i].value)};
    return r;
}

bool bus_send(struct bus *bus, const struct bus_message *m, struct err *e)
{
    (void)fault_at(POINT_SEND);
    if (bus->broken)
        return err_set(e, ERR_RETRY, "the producer is broken");
    if (bus->send_count + bus->report_count >= bus->send_limit) {
        mark(MARK_QUEUE_FULL);
        return err_set(e, ERR_RETRY, "the producer's queue is full");
    }
    struct sim_topic *t = topic_named(m->topic);
    if (!t || t->gone) { /* known to be absent */
        bus->report(bus->context, m->tag, BUS_REFUSED, "unknown topic");
        return true;
    }
    bus->sends[bus->send_count++] = (struct send){&t->logs[m->partition], record_of(m), m->tag};
    return true;
}

bool bus_broken(const struct bus *bus)
{
    return bus->broken;
}

bool bus_renew(struct bus *bus, struct err *e)
{
    (void)e;
    broker_orphan(bus);
    bus->report_count = 0;
    bus->broken = false;
    mark(MARK_RENEWED);
    tell("makes its producer anew");
    return true;
}

bool bus_flush(struct bus *bus, int timeout_ms, struct err *e)
{
    for (int i = 0; i < timeout_ms && bus->send_count && producer_step(bus); i++)
        ;
    return bus->send_count == 0 || err_set(e, ERR_RETRY, "the broker did not acknowledge");
}

bool bus_partition_count(struct bus *bus, const char *topic, int *count, int timeout_ms,
                         struct err *e)
{
    (void)bus, (void)timeout_ms;
    (void)fault_at(POINT_KAFKA);
    if (sim->broker_away)
        return away(e);
    struct sim_topic *t = topic_named(topic);
    *count = t && !t->gone ? t->partition_count : 0;
    return true;
}
