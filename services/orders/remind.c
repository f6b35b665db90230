/* remind: a seller who does not answer a sub-order is reminded, then the seller's staff hear of it
 * (F27). The clock starts at confirm, runs by recorded time and stops when no line of the sub-order
 * waits for an answer. An end by the clock is never taken for an answer: lines stay as they are. */
#include "services/orders/saga.h"

struct alarm {
    const char *kind; /* of the timer, and of the notice */
    int64_t hours;
    void (*ring)(struct saga *s, const struct sub_order *sub);
};

static struct str number_text(struct saga *s, const struct sub_order *sub)
{
    return arena_printf(s->arena, "%lld", (long long)sub->sub_order);
}

static void seller_remind(struct saga *s, const struct sub_order *sub)
{
    tell_person(s, sub->seller,
                &(struct notice_text){"partner_reminder", number_text(s, sub),
                                      STR("An order waits for your answer.")});
}

static void staff_call(struct saga *s, const struct sub_order *sub)
{
    tell_person(
        s, arena_printf(s->arena, "%.*s/staff", STR_ARG(sub->seller)),
        &(struct notice_text){
            "partner_escalated", number_text(s, sub),
            arena_printf(s->arena, "An order was not answered for %d hours.", ESCALATION_HOURS)});
    reason_add(
        s,
        &(struct reason){
            .code = STR("partner_silent"),
            .text = arena_printf(s->arena,
                                 "The seller %.*s has not answered sub-order %lld for "
                                 "%d hours.",
                                 STR_ARG(sub->seller), (long long)sub->sub_order, ESCALATION_HOURS),
            .remedy = STR("The seller's staff accept or reject it, or it is cancelled.")});
    tell_state(s);
}

static const struct alarm alarms[] = {{"partner_reminder", REMINDER_HOURS, seller_remind},
                                      {"partner_escalation", ESCALATION_HOURS, staff_call}};

static struct str alarm_id(struct saga *s, const struct alarm *a, const struct sub_order *sub)
{
    return arena_printf(s->arena, "%.*s/%s/%lld", STR_ARG(s->row->order_id), a->kind,
                        (long long)sub->sub_order);
}

/* By confirm, not by when the one before rang: a service that was down owes no one a day. */
static void alarm_set(struct saga *s, const struct alarm *a, const struct sub_order *sub)
{
    struct timer t = {.id = alarm_id(s, a, sub),
                      .due =
                          instant_plus_us(s->row->confirmed_at, a->hours * MICROSECONDS_PER_HOUR),
                      .key = s->row->order_id,
                      .subject = s->row->order_id,
                      .kind = str_of(a->kind),
                      .body = number_text(s, sub)};
    fold_timer_set(s->fold, s->in, &t);
}

/* The first alarm only: most sellers answer, and the second is set when it rings. */
void sellers_await(struct saga *s)
{
    for (size_t i = 0; i < s->row->sub_orders_count; i++)
        alarm_set(s, &alarms[0], &s->row->sub_orders[i]);
}

static bool waits(const struct order_row *row, const struct sub_order *sub)
{
    for (size_t i = 0; i < row->lines_count; i++)
        if (row->lines[i].sub_order == sub->sub_order && row->lines[i].state == LINE_ALLOCATED)
            return true;
    return false;
}

void seller_heard(struct saga *s, const struct sub_order *sub)
{
    for (size_t k = 0; k < ARRAY_LEN(alarms) && !waits(s->row, sub); k++)
        fold_timer_clear(s->fold, s->in, alarm_id(s, &alarms[k], sub));
}

/* --- the clock */

void remind_needs(struct fold *f, const struct input *in)
{
    struct order_row key = {.order_id = in->timer->key};
    fold_need(f, &orders_entity, &key);
}

/* NULL: an answer came first, maybe in the same batch. */
static const struct sub_order *silent_sub_order(const struct order_row *row, struct str number)
{
    int64_t n = 0;
    if (row == NULL || !str_to_int64(number, &n) || n < 1 || (size_t)n > row->sub_orders_count)
        return NULL;
    const struct sub_order *sub = &row->sub_orders[n - 1];
    return waits(row, sub) ? sub : NULL;
}

void remind_decide(struct fold *f, const struct input *in)
{
    struct order_row key = {.order_id = in->timer->key};
    const struct sub_order *sub =
        silent_sub_order(fold_get(f, &orders_entity, &key), in->timer->body);
    if (sub == NULL)
        return;
    struct saga s = {.fold = f, .in = in, .arena = fold_arena(f)};
    s.row = fold_edit(f, &orders_entity, &key);
    for (size_t k = 0; k < ARRAY_LEN(alarms); k++) {
        if (!str_is(in->timer->kind, alarms[k].kind))
            continue;
        alarms[k].ring(&s, sub);
        if (k + 1 < ARRAY_LEN(alarms))
            alarm_set(&s, &alarms[k + 1], sub);
    }
}
