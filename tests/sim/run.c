/* run: one run, from an empty world to rest. Set-up without faults; then the safety phase, in which
 * orders come and anything may go wrong; then everything heals, and in a bounded number of steps
 * the world must come to rest; then the checks. */
#include <stdio.h>
#include <stdlib.h>

#include "proto/topics.h"
#include "tests/sim/bus_inside.h"
#include "tests/sim/work.h"

extern const struct service orders_service, pricing_service, approvals_service, catalog_service,
    notifications_service;
const struct service *const sim_services[SERVICE_COUNT] = {&orders_service, &pricing_service,
                                                           &approvals_service, &catalog_service,
                                                           &notifications_service};

struct sim *sim;

enum {
    WATCH_TICKS = 32,     /* sleepers are looked after every so many */
    SETUP_TICKS = 200000, /* bounds: more is a failure */
    REST_TICKS = 200000,
    LEAP_COUNT_MAX = 2000,
};

/* ---- the scheduler */

static bool process_step(void)
{
    uint32_t mask = sim->ready & ~sim->asleep;
    if (!mask)
        return false;
    uint32_t n = choose((uint32_t)__builtin_popcount(mask));
    while (n-- > 0)
        mask &= mask - 1;
    process_run(&sim->processes[__builtin_ctz(mask)]);
    return true;
}

static bool group_any(void)
{
    uint32_t first = choose(SERVICE_COUNT);
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (group_step(((int)first + i) % SERVICE_COUNT))
            return true;
    return false;
}

static bool ask_any(void)
{
    uint32_t first = choose((uint32_t)sim->process_count);
    for (int i = 0; i < sim->process_count; i++) {
        struct process *p = &sim->processes[((int)first + i) % sim->process_count];
        if (p->loop && p->life == LIFE_UP && watermarks_ask(p->loop->watermarks)) {
            sim->ready |= 1u << p->index;
            mark(MARK_TIMER_WAITED);
            return true;
        }
    }
    return false;
}

/* Sleepers whose time has come. */
static void wake_up(void)
{
    if (sim->pg_down && sim->now_us >= sim->pg_until_us)
        sim->pg_down = false;
    if (sim->broker_away && sim->now_us >= sim->broker_until_us) {
        sim->broker_away = false;
        sim->ready = 0;
        for (int i = 0; i < sim->process_count; i++)
            sim->ready |= sim->processes[i].life == LIFE_UP ? 1u << i : 0;
    }
    groups_watch();
    for (int i = 0; i < sim->process_count; i++) {
        struct process *p = &sim->processes[i];
        if (sim->now_us < p->wake_us)
            continue;
        if (p->life == LIFE_DOWN) {
            process_start(p);
            continue;
        }
        if (p->life == LIFE_PAUSED)
            p->life = LIFE_UP;
        sim->ready |= 1u << i;
        sim->asleep &= ~(1u << i);
        p->wake_us = INT64_MAX; /* until it waits again */
    }
}

/* Nothing can happen now: on to when somebody wakes. */
static void idle(void)
{
    int64_t next = INT64_MAX;
    for (int i = 0; i < sim->process_count; i++)
        if (sim->processes[i].wake_us < next)
            next = sim->processes[i].wake_us;
    if (sim->broker_away && sim->broker_until_us < next)
        next = sim->broker_until_us;
    if (next != INT64_MAX && next > sim->now_us)
        sim->now_us = next;
    wake_up();
}

static void tick(bool people)
{
    sim->ticks++;
    sim->now_us += SIM_TICK_US;
    if (sim->ticks % WATCH_TICKS == 0)
        wake_up();
    (void)fault_at(POINT_TICK);
    uint32_t who = choose(8);
    if (who == 7 && people && work_step())
        return;
    if (who == 6 && (group_any() || ask_any()))
        return;
    if (who >= 4 && broker_step())
        return;
    if (process_step() || broker_step() || group_any() || ask_any() || (people && work_step()))
        return;
    idle();
}

/* ---- rest */

static bool process_rests(const struct process *p)
{
    const struct loop *l = p->loop;
    if (!l || p->life != LIFE_UP || l->pending_count || l->outboxes.more)
        return false;
    const struct bus *b = l->bus;
    if ((b->send_count && !b->broken) || b->report_count || b->revoked || b->assigned)
        return false;
    for (size_t i = 0; i < b->reader_count; i++)
        if (b->readers[i].next < b->readers[i].log->count)
            return false;
    for (int32_t i = 0; i < sim->partitions; i++) {
        const struct outbox *o = &l->outboxes.boxes[i];
        const struct sim_stream *row = &p->schema->streams[i];
        if (l->owned[i] && (row->epoch != l->streams[i].epoch || row->pub_seq != o->out_seq))
            return false; /* it was rewound, and will notice */
        if (l->owned[i] != l->assigned[i] || (l->owned[i] && !l->reading[i]))
            return false;
        if (l->owned[i] && (o->pub_seq != o->out_seq || o->saved_seq != o->pub_seq ||
                            l->passed[i] || o->unsent_count))
            return false;
    }
    return true;
}

static bool all_owned(void)
{
    int owners[SERVICE_COUNT] = {0};
    for (int i = 0; i < sim->process_count; i++)
        for (int32_t p = 0; p < sim->partitions; p++)
            owners[sim->processes[i].service] += sim->processes[i].loop->owned[p];
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (owners[i] != sim->partitions)
            return false;
    return true;
}

/* The next timer of all; INT64_MAX: none. */
static int64_t next_due(void)
{
    int64_t next = INT64_MAX;
    for (int i = 0; i < SERVICE_COUNT; i++)
        for (size_t k = 0; k < sim->schemas[i].timers.count; k++) {
            int64_t due = cell_int(sim->schemas[i].timers.items[k][2]);
            if (due < next)
                next = due;
        }
    return next == INT64_MAX ? next : next + INT64_C(946684800000000);
}

static bool at_rest(void)
{
    if (broker_busy() || next_due() <= sim->now_us)
        return false;
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (sim->groups[i].dirty || sim->groups[i].settling)
            return false;
    for (int i = 0; i < sim->process_count; i++)
        if (!process_rests(&sim->processes[i]))
            return false;
    return all_owned();
}

/* Until nothing moves; `more` may set something going again, and time leaps to what is due. */
static bool come_to_rest(bool (*more)(void), uint64_t ticks, bool leaps)
{
    int leap_count = 0;
    for (uint64_t i = 0; i < ticks && !sim->wrong[0]; i++) {
        tick(false);
        if (i % 16 != 0 || !at_rest())
            continue;
        if (more())
            continue;
        int64_t due = next_due();
        if (!leaps || due == INT64_MAX)
            return true;
        if (++leap_count > LEAP_COUNT_MAX)
            break;
        sim->now_us = due + 1;
    }
    return false;
}

/* What does not rest: for whoever reads the story. */
static void say_unrest(void)
{
    for (int i = 0; i < sim->process_count && sim->story; i++) {
        const struct process *p = &sim->processes[i];
        if (process_rests(p))
            continue;
        printf("  %s/%d: life %d", sim_services[p->service]->name, i, (int)p->life);
        for (int32_t k = 0; p->loop && k < sim->partitions; k++)
            printf(
                " [%d owned %d assigned %d reading %d told %d handed %d pub %d saved %d]", (int)k,
                p->loop->owned[k], p->loop->assigned[k], p->loop->reading[k],
                (int)p->loop->outboxes.boxes[k].out_seq, (int)p->loop->outboxes.boxes[k].handed_seq,
                (int)p->loop->outboxes.boxes[k].pub_seq, (int)p->loop->outboxes.boxes[k].saved_seq);
        printf("\n");
    }
}

/* ---- a run */

static void topics_init(void)
{
    for (size_t i = 0; topics[i]; i++)
        if (!strstr(topics[i]->name, "%s"))
            (void)topic_make(topics[i]->name, topics[i], sim->partitions);
    for (int i = 0; i < PARTNER_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "partners.%s.fulfilment.v1", partners[i]);
        (void)topic_make(name, &topic_partner_fulfilment, 1);
    }
}

static void world_init(void)
{
    static const int64_t batch_sizes[] = {50, 1, 5, 20};
    sim->now_us = INT64_C(1780000000000000);
    sim->partitions = 1 + (int)choose(3);
    sim->process_count = SERVICE_COUNT * (1 + (int)choose(3));
    sim->settings = (struct run_settings){.partitions = sim->partitions,
                                          .batch_records = batch_sizes[choose(4)],
                                          .group_session_ms = 6000};
    topics_init();
    broker_reset();
    for (int i = 0; i < SERVICE_COUNT; i++)
        schema_init(&sim->schemas[i], sim_services[i]);
    static const size_t room[] = {SEND_MAX - 512, 200, 12};
    size_t limit = room[choose(ARRAY_LEN(room))];
    for (int i = 0; i < sim->process_count; i++) {
        struct process *p = &sim->processes[i];
        *p = (struct process){.index = i, .service = i % SERVICE_COUNT};
        p->send_limit = limit;
        pthread_mutex_init(&p->status.lock, NULL);
        p->schema = &sim->schemas[p->service];
        process_start(p);
    }
}

static void safety(void)
{
    uint64_t ticks = 200 + choose(4) * 1500;
    sim->quiet = false;
    faults_swarm();
    sim->strip = STRIP_MOVES;
    sim->faulty = true;
    for (uint64_t i = 0; i < ticks && !sim->wrong[0]; i++)
        tick(true);
    faults_off();
    sim->quiet = true;
}

static void phases(void)
{
    tape_seed(&sim->even, 1);
    sim->even.forgetful = true;
    sim->strip = STRIP_WORLD;
    world_init();
    work_init();
    sim->quiet = true;
    if (!come_to_rest(work_setup, SETUP_TICKS, false)) {
        say_unrest();
        fail("set-up", "the world was not set up in %d steps of the scheduler", SETUP_TICKS);
        return;
    }
    tell("---- orders come, and things go wrong");
    safety();
    tell("---- everything heals");
    if (!sim->wrong[0] && !come_to_rest(work_finish, REST_TICKS, true)) {
        say_unrest();
        fail("liveness", "no rest after everything healed");
    }
    say_orders();
    if (!sim->wrong[0])
        check_all();
}

void sim_run(struct tape *tape, bool story, struct sim_result *out)
{
    static struct sim world;
    struct arena kept = world.arena;
    memset(&world, 0, sizeof world);
    world.arena = kept;
    arena_reset(&world.arena);
    sim = &world;
    sim->tape = *tape;
    sim->story = story;
    phases();
    processes_release();
    out->hash = sim->hash;
    out->steps = sim->steps;
    memcpy(out->check, sim->check, sizeof out->check);
    memcpy(out->wrong, sim->wrong, sizeof out->wrong);
    *tape = sim->tape;
}
