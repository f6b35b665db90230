/* faults: what may go wrong, where, and how often. A run draws a subset of the kinds (a swarm: runs
 * in which little can happen see more of it); then after so many ports the next one is drawn, and
 * happens at the first port where it can. */
#include "proto/topics.h"
#include "tests/sim/bus_inside.h"

const char *const fault_names[FAULT_COUNT] = {
    "none",         "crash",        "pause",      "pg-lost",     "pg-unknown",  "pg-retry",
    "pg-restart",   "rebalance",    "stop",       "broker-away", "send-failed", "producer",
    "lost-record",  "stale-fetch",  "topic-gone", "clock",       "leap",        "rewind",
    "sleep-commit", "crash-commit", "background"};

uint64_t sim_happened[FAULT_COUNT];

#define AT(p) (1u << POINT_##p)
#define IN_PROCESS                                                                                 \
    (AT(TURN) | AT(PG) | AT(STATEMENT) | AT(COMMIT) | AT(COMMITTED) | AT(SEND) | AT(KAFKA) |       \
     AT(DRAIN))

static const unsigned places[FAULT_COUNT] = {
    [FAULT_CRASH] = IN_PROCESS,
    [FAULT_PAUSE] = IN_PROCESS,
    [FAULT_PG_LOST] = AT(PG) | AT(STATEMENT) | AT(COMMIT),
    [FAULT_PG_UNKNOWN] = AT(COMMIT),
    [FAULT_PG_RETRY] = AT(PG) | AT(STATEMENT),
    [FAULT_PG_RESTART] = IN_PROCESS | AT(TICK),
    [FAULT_REBALANCE] = IN_PROCESS | AT(TICK),
    [FAULT_STOP] = AT(TURN),
    [FAULT_BROKER_AWAY] = IN_PROCESS | AT(TICK),
    [FAULT_SEND_FAILED] = AT(TICK),
    [FAULT_PRODUCER] = AT(TURN),
    [FAULT_LOST_RECORD] = AT(TICK),
    [FAULT_STALE_FETCH] = AT(STOP),
    [FAULT_TOPIC_GONE] = IN_PROCESS | AT(TICK),
    [FAULT_CLOCK] = IN_PROCESS,
    [FAULT_LEAP] = AT(TICK),
    [FAULT_REWIND] = IN_PROCESS | AT(TICK),
    [FAULT_SLEEP_COMMIT] = AT(COMMIT),
    [FAULT_CRASH_COMMIT] = AT(COMMITTED),
    [FAULT_BACKGROUND] = AT(KAFKA),
};

static enum mishap armed;

void faults_swarm(void)
{
    static const uint32_t bounds[] = {3000, 800, 250, 80};
    static const uint32_t weights[] = {0, 0, 1, 4};
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        sim->weights[i] = weights[choose(ARRAY_LEN(weights))];
    sim->gap_bound = bounds[choose(ARRAY_LEN(bounds))];
    sim->gap = sim->gap_bound;
    armed = FAULT_NONE;
}

/* 0 on the tape: none for long. */
static void gap_draw(void)
{
    uint32_t gap = choose_of(STRIP_FAULTS, sim->gap_bound);
    sim->gap = gap ? gap : sim->gap_bound * 8;
}

static enum mishap kind_draw(void)
{
    uint32_t total = 1;
    for (int i = 0; i < FAULT_COUNT; i++)
        total += sim->weights[i];
    uint32_t at = choose_of(STRIP_FAULTS, total);
    if (at-- == 0)
        return FAULT_NONE;
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (at < sim->weights[i])
            return (enum mishap)i;
        at -= sim->weights[i];
    }
    return FAULT_NONE;
}

static void pause_here(void)
{
    static const int64_t lengths_ms[] = {50, 700, 8000, 8000, 20000, 60000};
    struct process *p = sim->current;
    assert(p && "only who runs can fall asleep");
    int64_t ms = lengths_ms[choose_of(STRIP_FAULTS, ARRAY_LEN(lengths_ms))];
    tell("sleeps for %d ms", (int)ms);
    p->life = LIFE_PAUSED;
    p->paused_us = sim->now_us;
    p->wake_us = sim->now_us + ms * 1000;
    sim->asleep |= 1u << p->index;
    process_yield();
    if (!p->loop->bus->joined)
        mark(MARK_ZOMBIE_WOKE);
    tell("wakes");
}

static void rewind_some(void)
{
    int service = (int)choose_of(STRIP_FAULTS, SERVICE_COUNT);
    struct sim_stream *s =
        &sim->schemas[service].streams[choose_of(STRIP_FAULTS, (uint32_t)sim->partitions)];
    int64_t from =
        choose_of(STRIP_FAULTS, 4) ? s->pub_seq - (int64_t)choose_of(STRIP_FAULTS, 8) : 0;
    if (!s->exists || s->locked_by)
        return;
    if (from < s->pub_seq && from >= 0)
        s->pub_seq = from;
    s->epoch++;
    tell("an operator lets %s send again from %d", sim_services[service]->name, (int)from);
}

static void topic_goes(void)
{
    for (struct sim_topic *t = sim->topics; t; t = t->next)
        if (t->kind == &topic_partner_fulfilment && choose_of(STRIP_FAULTS, 2)) {
            t->gone = !t->gone;
            tell("topic %s %s", t->name, t->gone ? "goes" : "is back");
        }
}

static void clock_is_off(void)
{
    static const int64_t off_ms[] = {0, 200, -200, 3000, -3000};
    struct process *p = sim->current;
    assert(p && "only who runs has a clock");
    p->skew_us = off_ms[choose_of(STRIP_FAULTS, ARRAY_LEN(off_ms))] * 1000;
    tell("its clock is off by %d ms", (int)(p->skew_us / 1000));
}

static void leap(void)
{
    static const int64_t seconds[] = {1, 15, 120, 3600, 90000};
    int64_t s = seconds[choose_of(STRIP_FAULTS, ARRAY_LEN(seconds))];
    sim->now_us += s * MICROSECONDS_PER_SECOND;
    sim->leapt_us += s * MICROSECONDS_PER_SECOND;
    tell("%d seconds pass", (int)s);
}

static void outage(bool *down, int64_t *until_us, const char *what)
{
    *down = true;
    *until_us = sim->now_us + (1 + (int64_t)choose_of(STRIP_FAULTS, 20)) * 200000;
    tell("%s is away for %d ms", what, (int)((*until_us - sim->now_us) / 1000));
}

static void crash(enum point p)
{
    if (p == POINT_COMMITTED)
        mark(MARK_CRASH_IN_COMMIT);
    tell("is killed at %s", p == POINT_COMMITTED ? "the answer to its commit" : "a port");
    process_die();
}

/* What is nobody's to handle but ours. */
static void happen(enum mishap f, enum point p)
{
    if (f == FAULT_CRASH || f == FAULT_CRASH_COMMIT)
        crash(p);
    else if (f == FAULT_PAUSE || f == FAULT_SLEEP_COMMIT)
        pause_here();
    else if (f == FAULT_PG_RESTART) {
        outage(&sim->pg_down, &sim->pg_until_us, "Postgres");
        pg_restart(sim->pg_until_us);
    } else if (f == FAULT_REBALANCE)
        sim->groups[choose_of(STRIP_FAULTS, SERVICE_COUNT)].dirty = true;
    else if (f == FAULT_STOP) {
        assert(sim->current && "only who runs can be told to stop");
        sim->current->stop = 1;
        tell("is told to stop");
    } else if (f == FAULT_BROKER_AWAY)
        outage(&sim->broker_away, &sim->broker_until_us, "the broker");
    else if (f == FAULT_TOPIC_GONE)
        topic_goes();
    else if (f == FAULT_CLOCK)
        clock_is_off();
    else if (f == FAULT_LEAP)
        leap();
    else if (f == FAULT_REWIND)
        rewind_some();
}

enum mishap fault_at(enum point p)
{
    sim->steps++;
    if (!sim->faulty)
        return FAULT_NONE;
    if (!armed) {
        if (sim->gap > 0) {
            sim->gap--;
            return FAULT_NONE;
        }
        armed = kind_draw();
        gap_draw();
    }
    if (!(places[armed] >> p & 1))
        return FAULT_NONE;
    bool nobody = sim->current == NULL && p != POINT_TICK;
    if (nobody || (sim->current && sim->current->stop && armed == FAULT_STOP))
        return FAULT_NONE;
    enum mishap f = armed;
    armed = FAULT_NONE;
    sim->happened[f]++;
    sim_happened[f]++;
    happen(f, p);
    return f;
}

/* Everything heals: what sleeps wakes, what is down comes back. */
void faults_off(void)
{
    sim->faulty = false;
    armed = FAULT_NONE;
    sim->pg_down = sim->broker_away = false;
    for (int i = 0; i < sim->process_count; i++) {
        struct process *p = &sim->processes[i];
        p->skew_us = 0;
        p->wake_us = sim->now_us;
    }
    for (struct sim_topic *t = sim->topics; t; t = t->next)
        t->gone = false;
}
