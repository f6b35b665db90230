/* broker: topics, their logs, and how what producers hand over gets there. Per producer and
 * partition records arrive in order; between partitions in any. What a producer had under way when
 * it died or was made anew may still arrive, later. */
#include <stdio.h>

#include "tests/sim/bus_inside.h"

enum { LATE_MAX = 256, REQUEST_MAX = 4 };

static struct send late[LATE_MAX];
static size_t late_count;

void broker_reset(void)
{
    late_count = 0;
}

struct sim_topic *topic_make(const char *name, const struct topic *kind, int partitions)
{
    struct sim_topic *t = arena_new(&sim->arena, struct sim_topic);
    t->name = arena_cstr(&sim->arena, str_of(name));
    t->kind = kind;
    t->partition_count = partitions;
    for (int i = 0; i < PART_MAX; i++)
        t->logs[i] = (struct log){.topic = t, .partition = i};
    if (sim->topics_end)
        sim->topics_end->next = t;
    else
        sim->topics = t;
    sim->topics_end = t;
    return t;
}

struct sim_topic *topic_named(const char *name)
{
    for (struct sim_topic *t = sim->topics; t; t = t->next)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

void log_append(struct log *log, struct record *r)
{
    if (log->count == log->room) {
        log->room = log->room ? log->room * 2 : 64;
        struct record **grown = arena_array(&sim->arena, struct record *, log->room);
        if (log->count)
            memcpy(grown, log->items, log->count * sizeof *grown);
        log->items = grown;
    }
    struct record *copy = arena_new(&sim->arena, struct record);
    *copy = *r; /* the same bytes may be appended twice */
    copy->time.at = sim->now_us / 1000 * 1000;
    log->items[log->count++] = copy;
    sim->ready |= log->readers;
    hash_text(r->key);
    hash_text(r->value);
    hash_add((uint64_t)log->partition);
}

static void report(struct bus *bus, uint64_t tag, enum bus_delivery outcome)
{
    assert(bus->report_count < SEND_MAX);
    bus->reports[bus->report_count++] = (struct report){tag, outcome};
    sim->ready |= 1u << bus->process->index;
}

static void send_remove(struct bus *bus, size_t at)
{
    bus->send_count--;
    memmove(&bus->sends[at], &bus->sends[at + 1], (bus->send_count - at) * sizeof *bus->sends);
}

/* A record is lost though acknowledged only where a reader of ours will miss it. */
static bool may_lose(const struct log *log)
{
    return log->topic->kind->chained && log->readers;
}

/* One record arrives, or does not; what the producer hears of it. */
static void arrive(struct bus *bus, const struct send *s, enum mishap f)
{
    bool gone = s->log->topic->gone;
    bool fails = f == FAULT_SEND_FAILED, stored = !gone && (!fails || choose_of(STRIP_FAULTS, 2));
    if (f == FAULT_LOST_RECORD && !gone && may_lose(s->log)) {
        stored = false;
        sim->lost_record = true;
        tell("the broker acknowledges %s/%d and loses it", s->log->topic->name,
             (int)s->log->partition);
    }
    if (stored)
        log_append(s->log, s->record);
    if (fails)
        tell("a record for %s/%d is reported failed and is %s", s->log->topic->name,
             (int)s->log->partition, stored ? "stored" : "not stored");
    report(bus, s->tag, gone ? BUS_REFUSED : fails ? BUS_FAILED : BUS_DELIVERED);
}

/* One request of this producer: some records for one partition. */
bool producer_step(struct bus *bus)
{
    if (sim->broker_away || bus->send_count == 0 || bus->broken)
        return false;
    struct log *log = bus->sends[choose((uint32_t)bus->send_count)].log;
    size_t count = 1 + choose(REQUEST_MAX);
    for (size_t i = 0; i < bus->send_count && count > 0;) {
        struct send s = bus->sends[i];
        if (s.log != log) {
            i++;
            continue;
        }
        count--;
        send_remove(bus, i);
        arrive(bus, &s, fault_at(POINT_TICK));
    }
    return true;
}

void broker_orphan(struct bus *bus)
{
    while (bus->send_count > 0 && late_count < LATE_MAX && choose(4) != 0) {
        struct send s = bus->sends[0];
        send_remove(bus, 0);
        if (s.log)
            late[late_count++] = s;
    }
    bus->send_count = 0;
}

static bool late_step(void)
{
    if (late_count == 0)
        return false;
    struct send s = late[0];
    late_count--;
    memmove(&late[0], &late[1], late_count * sizeof late[0]);
    if (s.log->topic->gone)
        return true;
    log_append(s.log, s.record);
    mark(MARK_ZOMBIE_SENT);
    tell("a record of a producer that is gone arrives at %s/%d", s.log->topic->name,
         (int)s.log->partition);
    return true;
}

static struct bus *producer_from(uint32_t start)
{
    for (int i = 0; i < sim->process_count; i++) {
        struct process *p = &sim->processes[((int)start + i) % sim->process_count];
        struct bus *bus = p->loop ? p->loop->bus : NULL;
        if (bus && bus->send_count && !bus->broken)
            return bus;
    }
    return NULL;
}

bool broker_busy(void)
{
    return !sim->broker_away && (late_count || producer_from(0));
}

bool broker_step(void)
{
    if (sim->broker_away)
        return false;
    if (late_count && (!sim->faulty || choose(8) == 1))
        return late_step();
    struct bus *bus = producer_from(choose((uint32_t)sim->process_count));
    return bus ? producer_step(bus) : late_step();
}
