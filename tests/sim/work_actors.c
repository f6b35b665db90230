/* work_actors: the people who approve, the sellers who answer, the operator who heals. */
#include <stdio.h>

#include "tests/sim/peek.h"
#include "tests/sim/work.h"

struct order_plan *order_named(struct str id)
{
    for (int i = 0; i < work->order_count; i++)
        if (str_is(id, work->orders[i].id))
            return &work->orders[i];
    return NULL;
}

/* ---- approvers */

static void approval_send(const struct order_plan *o, struct str hash)
{
    bool yes = o->decision == DECISION_APPROVE;
    struct str body = arena_printf(&sim->arena,
                                   "{\"account\":\"%s\",\"order\":\"%s\",\"principal\":\"fin\","
                                   "\"idempotency_key\":\"%s\",\"content_hash\":\"%.*s\"}",
                                   accounts[o->account], o->id, o->id, STR_ARG(hash));
    tell("a person %s order %s", yes ? "approves" : "rejects", o->id + 24);
    parcel_send(&(struct parcel){.topic = "approvals.commands.v1",
                                 .type = yes ? "batuta.approvals.approval.approve.v1"
                                             : "batuta.approvals.approval.reject.v1",
                                 .key = str_of(accounts[o->account]),
                                 .body = body,
                                 .id = arena_printf(&sim->arena, "decide-%s", o->id)});
}

/* Where time leaps at all it likes to do so now: the yes lies in Kafka, and its expiry is over. */
static void long_stop(void)
{
    enum { LONGER_THAN_ANY_TIER_SECONDS = 700 };
    if (!sim->faulty || !sim->weights[FAULT_LEAP] || choose(6) != 1)
        return;
    sim->happened[FAULT_LEAP]++;
    sim->leapt_us += LONGER_THAN_ANY_TIER_SECONDS * MICROSECONDS_PER_SECOND;
    sim->now_us += LONGER_THAN_ANY_TIER_SECONDS * MICROSECONDS_PER_SECOND;
    tell("nobody works for %d seconds", (int)LONGER_THAN_ANY_TIER_SECONDS);
}

/* Reads on; a repeat of the question gets the same answer again. */
bool approver_step(void)
{
    struct sim_topic *t = topic_named("approvals.events.v1");
    for (int p = 0; p < sim->partitions; p++) {
        struct log *log = &t->logs[p];
        for (; work->approver_at[p] < log->count; work->approver_at[p]++) {
            const struct record *r = log->items[work->approver_at[p]];
            if (!str_is(record_header(r, "ce_type"), "batuta.approvals.authorization.pending.v1"))
                continue;
            struct order_plan *o = order_named(peek(r->value, "order"));
            work->approver_at[p]++;
            if (o && o->decision != DECISION_SILENT && !o->preview)
                approval_send(o, peek(r->value, "content_hash"));
            long_stop();
            return true;
        }
    }
    return false;
}

/* ---- sellers */

static bool sub_known(const struct order_plan *o, int partner, int64_t sub_order)
{
    for (int i = 0; i < work->sub_count; i++)
        if (work->subs[i].order == o && work->subs[i].partner == partner &&
            work->subs[i].sub_order == sub_order)
            return true;
    return false;
}

bool sellers_hear(void)
{
    bool heard = false;
    for (int i = 0; i < PARTNER_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "partners.%s.fulfilment.v1", partners[i]);
        struct log *log = &topic_named(name)->logs[0];
        for (; work->seller_at[i] < log->count; work->seller_at[i]++) {
            const struct record *r = log->items[work->seller_at[i]];
            if (!str_is(record_header(r, "ce_type"), "batuta.notifications.fulfilment.ordered.v1"))
                continue;
            struct order_plan *o = order_named(peek(r->value, "order"));
            int64_t sub_order = peek_int(r->value, "sub_order");
            if (!o || sub_known(o, i, sub_order))
                continue;
            assert(work->sub_count < SUB_MAX);
            work->subs[work->sub_count++] = (struct sub_plan){o, i, sub_order, 0, 0};
            heard = true;
        }
    }
    return heard;
}

static void answer_send(struct sub_plan *s)
{
    static const char *const types[] = {"accept", "ship", "deliver"};
    bool rejects = s->order->rejects && s->stage == 0;
    const char *verb = rejects ? "reject" : types[s->stage];
    const char *partner = partners[s->partner];
    struct str body =
        arena_printf(&sim->arena,
                     "{\"partner\":\"%s\",\"order\":\"%s\",\"sub_order\":%d,\"principal\":\"%s\","
                     "\"idempotency_key\":\"%s-%d-%s-%d\"%s}",
                     partner, s->order->id, (int)s->sub_order, partner, s->order->id,
                     (int)s->sub_order, verb, s->tries, rejects ? ",\"reason\":\"no\"" : "");
    tell("%s: %s of order %s", partner, verb, s->order->id + 24);
    parcel_send(&(struct parcel){
        .topic = "partners.responses.v1",
        .type = arena_printf(&sim->arena, "batuta.notifications.fulfilment.%s.v1", verb).at,
        .key = str_of(partner),
        .body = body});
    s->stage = rejects ? 3 : s->stage + 1;
}

/* all: the first one that is not done, else one at random. */
bool seller_step(bool all)
{
    if (work->sub_count == 0)
        return false;
    int at = all ? 0 : (int)choose((uint32_t)work->sub_count);
    while (all && at < work->sub_count && work->subs[at].stage == 3)
        at++;
    if (at == work->sub_count || work->subs[at].stage == 3)
        return false;
    answer_send(&work->subs[at]);
    return true;
}

/* ---- the operator: sends again what was lost, decides parked queues once more */

static bool heal_losses(void)
{
    if (!sim->lost_record)
        return false;
    sim->lost_record = false;
    for (int i = 0; i < SERVICE_COUNT; i++)
        for (int p = 0; p < sim->partitions; p++) {
            struct sim_stream *s = &sim->schemas[i].streams[p];
            s->pub_seq = 0;
            s->epoch++;
        }
    tell("an operator lets every service send all again");
    return true;
}

/* A seller whose answer was set aside goes on from there. */
static void answer_again(struct str body, struct str type)
{
    static const char *const types[] = {"accept", "ship", "deliver"};
    for (int i = 0; i < work->sub_count; i++) {
        struct sub_plan *s = &work->subs[i];
        if (!str_is(peek(body, "order"), s->order->id) ||
            peek_int(body, "sub_order") != s->sub_order ||
            !str_is(peek(body, "partner"), partners[s->partner]))
            continue;
        s->stage = 0;
        s->tries++;
        for (int k = 0; k < (int)ARRAY_LEN(types); k++)
            if (str_is(type,
                       arena_printf(&sim->arena, "batuta.notifications.fulfilment.%s.v1", types[k])
                           .at))
                s->stage = k;
    }
}

/* A command over which the process died three times is set aside, whoever killed it; its sender is
 * told so, and sends it again. */
static bool send_again(const struct record *r)
{
    struct str topic = record_header(r, "dlq-original-topic"), type = record_header(r, "ce_type");
    struct str order = peek(r->value, "order");
    struct sim_topic *t = topic_named(arena_cstr(&sim->arena, topic));
    if (!str_is(record_header(r, "dlq-error-class"), "process_ended") || !t ||
        t->kind->access != TOPIC_OPEN)
        return false;
    struct order_plan *o = str_present(order) ? order_named(order) : NULL;
    if (o)
        o->resent = true;
    tell("%.*s was set aside, and is sent again", STR_ARG(type));
    if (str_is(topic, "partners.responses.v1")) {
        answer_again(r->value, type);
        return true;
    }
    parcel_send(&(struct parcel){.topic = t->name,
                                 .type = arena_cstr(&sim->arena, type),
                                 .key = r->key,
                                 .body = r->value,
                                 .id = record_header(r, "ce_id")});
    return true;
}

static bool send_dead_of(int service, int part)
{
    const struct log *log = &topic_named(sim_services[service]->dead_letters->name)->logs[part];
    size_t *at = &work->dead_at[service][part];
    while (*at < log->count)
        if (send_again(log->items[(*at)++]))
            return true;
    return false;
}

static bool send_dead_again(void)
{
    for (int i = 0; i < SERVICE_COUNT; i++)
        for (int p = 0; p < sim->partitions; p++)
            if (send_dead_of(i, p))
                return true;
    return false;
}

static bool redrive_first(int service)
{
    const struct sim_list *l = &sim->schemas[service].parked;
    const char *name = sim_services[service]->name;
    if (l->count == 0 || work->tries > 200)
        return false;
    struct str key = l->items[0][1], subject = l->items[0][2];
    struct str body = arena_printf(
        &sim->arena, "{\"key\":\"%.*s\",%s%.*s%s\"principal\":\"ops\",\"idempotency_key\":\"r%d\"}",
        STR_ARG(key), subject.size ? "\"subject\":\"" : "", STR_ARG(subject),
        subject.size ? "\"," : "", ++work->tries);
    tell("an operator redrives %.*s of %s", STR_ARG(key), name);
    parcel_send(
        &(struct parcel){.topic = arena_printf(&sim->arena, "%s.commands.v1", name).at,
                         .type = arena_printf(&sim->arena, "batuta.%s.parked.redrive.v1", name).at,
                         .key = key,
                         .body = body});
    return true;
}

bool operator_step(void)
{
    if (heal_losses() || send_dead_again())
        return true;
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (redrive_first(i))
            return true;
    return false;
}
