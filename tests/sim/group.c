/* group: who should own what, as Kafka's group would say: eager, by ranges. All members are told to
 * give back; then, whether or not all have heard, each gets its share. */
#include "tests/sim/bus_inside.h"

static struct bus *member(int process)
{
    struct process *p = &sim->processes[process];
    return p->loop ? p->loop->bus : NULL;
}

void group_join(int service, int process)
{
    sim->groups[service].members |= 1u << process;
    sim->groups[service].dirty = true;
}

void group_leave(int service, int process)
{
    struct group *g = &sim->groups[service];
    g->dirty = g->dirty || (g->members >> process & 1);
    g->members &= ~(1u << process);
}

static void revoke_all(struct group *g)
{
    for (int i = 0; i < sim->process_count; i++)
        if (g->members >> i & 1) {
            member(i)->revoked = true;
            member(i)->assigned = false;
            sim->ready |= 1u << i;
        }
    g->dirty = false;
    g->settling = true;
}

static bool all_heard(const struct group *g)
{
    for (int i = 0; i < sim->process_count; i++)
        if (g->members >> i & 1 && member(i)->revoked)
            return false;
    return true;
}

static void assign_all(struct group *g)
{
    int count = __builtin_popcount(g->members), at = 0;
    for (int i = 0; i < sim->process_count; i++) {
        if (!(g->members >> i & 1))
            continue;
        struct bus *b = member(i);
        b->assigned = true;
        b->part_count = 0;
        for (int32_t p = 0; p < sim->partitions; p++)
            if (p * count / sim->partitions == at)
                b->parts[b->part_count++] = p;
        at++;
        sim->ready |= 1u << i;
    }
    g->settling = false;
}

bool group_step(int service)
{
    struct group *g = &sim->groups[service];
    if (sim->broker_away || !g->members)
        return false;
    if (g->dirty) {
        revoke_all(g);
        return true;
    }
    if (!g->settling || (!all_heard(g) && (!sim->faulty || choose(8) != 1)))
        return false;
    assign_all(g);
    return true;
}

/* A member that sleeps longer than its session is put out, and hears of it when it wakes. */
void groups_watch(void)
{
    for (int i = 0; i < sim->process_count; i++) {
        struct process *p = &sim->processes[i];
        struct group *g = &sim->groups[p->service];
        bool silent = p->life == LIFE_PAUSED && sim->now_us - p->paused_us > SESSION_US;
        if (!silent || !(g->members >> i & 1))
            continue;
        group_leave(p->service, i);
        p->loop->bus->revoked = true;
        p->loop->bus->assigned = false;
        p->loop->bus->joined = false;
        tell("%s/%d is silent too long and is put out of its group", sim_services[p->service]->name,
             i);
    }
}
