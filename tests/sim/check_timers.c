/* check_timers: a yes that lay in Kafka before the expiry was due wins against it, however late
 * both are read. */
#include "tests/sim/check.h"

/* A process whose clock is ahead asks the broker too early, by as much. */
#define CLOCK_OFF_US (10 * MICROSECONDS_PER_SECOND)

/* The broker's time of the person's yes; 0: none, or it came to the wrong partition first. */
static int64_t yes_at(const struct order_plan *o)
{
    const struct sim_topic *t = topic_named("approvals.commands.v1");
    for (int p = 0; p < sim->partitions; p++)
        for (size_t i = 0; i < t->logs[p].count; i++) {
            const struct record *r = t->logs[p].items[i];
            if (str_is(record_header(r, "ce_type"), "batuta.approvals.approval.approve.v1") &&
                str_is(peek(r->value, "order"), o->id))
                return r->time.at;
        }
    return 0;
}

static bool is_of(const struct told *e, const struct order_plan *o, const char *type)
{
    return type_is(e, type) && !e->again && str_is(peek(e->body, "order"), o->id);
}

static int64_t time_of(struct str text)
{
    struct instant t = {0};
    return instant_read(text, &t) ? t.at : 0;
}

static void check_order(const struct order_plan *o)
{
    int from = service_named("approvals");
    int64_t due = 0, yes = yes_at(o);
    for (size_t i = told.first[from][0]; i < told.first[from][sim->partitions]; i++) {
        const struct told *e = &told.items[i];
        if (is_of(e, o, "approvals.authorization.pending"))
            due = time_of(peek(e->body, "expires_at"));
        if (!due || !yes)
            continue;
        int64_t said_at = time_of(line_header(e->headers, "ce_time"));
        int64_t off = sim->happened[FAULT_CLOCK] ? CLOCK_OFF_US : 0;
        if (is_of(e, o, "approvals.authorization.granted") && said_at > due && yes < due)
            mark(MARK_TIMER_LOST);
        if (is_of(e, o, "approvals.authorization.expired") && yes < due - off && !o->resent)
            fail("timer", "order %s expired, though the yes lay there %lld ms before", o->id,
                 (long long)(due - yes) / 1000);
    }
}

void check_timers(void)
{
    for (int i = 0; i < work->order_count; i++)
        check_order(&work->orders[i]);
}
