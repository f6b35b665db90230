/* process: loops on stacks of their own, so that one can be stopped, put to sleep or killed in the
 * middle of a turn, while others run. All memory that a loop owns is found from its struct, so a
 * killed one leaves nothing behind. */
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define FIBER_LEAVES(saved, stack, size) __sanitizer_start_switch_fiber(saved, stack, size)
#define FIBER_ENTERED(saved)             __sanitizer_finish_switch_fiber(saved, NULL, NULL)
#else
#define FIBER_LEAVES(saved, stack, size) (void)(saved), (void)(stack), (void)(size)
#define FIBER_ENTERED(saved)             (void)(saved)
#endif

#include "tests/sim/sim.h"

enum { STACK_SIZE = 1024 * 1024 };

struct fiber {
    ucontext_t context;
    char *stack;      /* owned */
    void *fake_stack; /* of the sanitizer */
};

extern const struct sql_file runtime_store;

static struct fiber fibers[PROCESS_MAX];
static ucontext_t scheduler;
static void *scheduler_fake;
static enum { END_NONE = 0, END_DEAD, END_LEFT } ended; /* how the one that ran came back */

/* ---- the loop of a process */

static struct loop *loop_new(struct process *p)
{
    struct loop *l = calloc(1, sizeof *l);
    assert(l);
    const struct service *s = sim_services[p->service];
    l->service = s;
    l->settings = &sim->settings;
    l->status = &p->status;
    l->stores[0] = &runtime_store;
    l->stores[1] = s->store;
    l->pg_settings = (struct pg_settings){"", "", s->name, l->stores, 30000, 10000};
    l->pg = pg_new(&l->pg_settings);
    stream_plan_init(&l->plan, s, sim->partitions);
    snprintf(l->plan.cluster_id, sizeof l->plan.cluster_id, "simulated");
    arena_init(&l->arena);
    arena_init(&l->stream_memory);
    outboxes_init(&l->outboxes);
    references_init(&l->references, s);
    l->pending = calloc((size_t)sim->settings.batch_records, sizeof *l->pending);
    assert(l->pending);
    for (int32_t i = 0; i < sim->partitions; i++) {
        stream_init(&l->streams[i], &l->plan, i, &l->stream_memory);
        parked_set_init(&l->parked[i]);
    }
    l->intake = (struct intake){&l->plan, NULL, false};
    return l;
}

static void loop_free(struct process *p)
{
    struct loop *l = p->loop;
    if (!l)
        return;
    bool had_rows = l->cache.young.count || l->cache.old.count;
    if (had_rows)
        mark(MARK_CACHE_CLEARED);
    marks[MARK_REPUBLISHED] += (uint64_t)l->outboxes.republished;
    p->loop = NULL;
    watermarks_stop(l->watermarks);
    bus_drop(l->bus);
    pg_drop(l->pg);
    references_release(&l->references);
    outboxes_release(&l->outboxes);
    for (int32_t i = 0; i < l->plan.partition_count; i++)
        parked_set_release(&l->parked[i]);
    free(l->pending);
    arena_release(&l->arena);
    arena_release(&l->stream_memory);
    row_cache_release(&l->cache);
    free(l);
}

/* ---- going in and out */

static void fiber_main(void)
{
    struct process *p = sim->current;
    struct err e = {0};
    FIBER_ENTERED(fibers[p->index].fake_stack);
    bool ok = bus_join(p->loop->bus, "", &e) && loop_run(p->loop, &p->stop, &e);
    if (!ok)
        fail("fatal", "%s ends: %.300s", sim_services[p->service]->name, e.text);
    ended = END_LEFT;
    FIBER_LEAVES(NULL, NULL, 0);
    swapcontext(&fibers[p->index].context, &scheduler);
    abort();
}

void process_yield(void)
{
    struct process *p = sim->current;
    struct fiber *f = &fibers[p->index];
    FIBER_LEAVES(&f->fake_stack, NULL, 0);
    swapcontext(&f->context, &scheduler);
    FIBER_ENTERED(f->fake_stack);
}

void process_die(void)
{
    ended = END_DEAD;
    process_yield();
    abort();
}

static void process_down(struct process *p, int64_t until_us)
{
    group_leave(p->service, p->index);
    loop_free(p);
    p->life = LIFE_DOWN;
    p->wake_us = until_us;
    sim->ready &= ~(1u << p->index);
    sim->asleep &= ~(1u << p->index);
}

void process_kill(struct process *p)
{
    if (p->loop)
        process_down(p, sim->now_us);
}

void process_run(struct process *p)
{
    struct fiber *f = &fibers[p->index];
    assert(p->loop && !sim->current);
    size_t holes = p->loop->holes.count;
    int64_t taken_at_us = p->loop->taken_at_us;
    sim->current = p;
    ended = END_NONE;
    FIBER_LEAVES(&scheduler_fake, f->stack, STACK_SIZE);
    swapcontext(&scheduler, &f->context);
    FIBER_ENTERED(scheduler_fake);
    sim->current = NULL;
    if (ended == END_NONE) {
        if (p->loop->holes.count < holes && p->loop->taken_at_us == taken_at_us)
            mark(MARK_HOLE_CLOSED);
        return;
    }
    if (ended == END_LEFT)
        mark(MARK_STOPPED);
    process_down(p, sim->now_us + (int64_t)choose(8) * MICROSECONDS_PER_SECOND / 2);
}

void process_start(struct process *p)
{
    struct fiber *f = &fibers[p->index];
    if (!f->stack)
        f->stack = malloc(STACK_SIZE);
    assert(f->stack && !p->loop);
    p->fiber = f;
    p->stop = 0;
    p->watching = false;
    p->life = LIFE_UP;
    p->loop = loop_new(p);
    sim->current = p;
    p->loop->bus = bus_open(&(struct bus_settings){0}, outboxes_report, &p->loop->outboxes, NULL);
    sim->current = NULL;
    p->loop->outboxes.bus = p->loop->bus;
    p->loop->watermarks = watermarks_new(p->loop->bus, &p->loop->plan);
    f->fake_stack = NULL;
    getcontext(&f->context);
    f->context.uc_stack.ss_sp = f->stack;
    f->context.uc_stack.ss_size = STACK_SIZE;
    f->context.uc_link = NULL;
    makecontext(&f->context, fiber_main, 0);
    sim->ready |= 1u << p->index;
    tell("starts %s/%d", sim_services[p->service]->name, p->index);
}

void processes_release(void)
{
    for (int i = 0; i < sim->process_count; i++)
        process_kill(&sim->processes[i]);
}
