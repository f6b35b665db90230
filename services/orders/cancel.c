/* cancel: the command, at any stage, and what sellers answer to it. Before confirm it ends the
 * order at once; after confirm each open sub-order is asked to stop, and what its seller says
 * counts. */
#include "proto/rights.h"
#include "services/orders/saga.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

/* The same for one that is not there and one that the sender may not touch: no probing. */
static const struct fault unknown = {.code = "order_unknown",
                                     .path = TEXT("/order"),
                                     .text = TEXT("There is no such order for this sender."),
                                     .remedy = TEXT("Look at the id, and at who ordered.")};
static const struct fault ended = {.code = "order_ended",
                                   .path = TEXT("/order"),
                                   .text = TEXT("The order has ended; nothing is left to cancel."),
                                   .remedy = TEXT("Nothing needs to be done.")};
static const struct fault too_late = {.code = "already_shipped",
                                      .path = TEXT("/order"),
                                      .text = TEXT("Everything that is left has been shipped."),
                                      .remedy = TEXT("Return the goods to the seller.")};

static bool may_cancel(const struct order_row *row, const struct order_cancel *c, unsigned rights)
{
    return str_eq(c->principal, row->principal) || str_eq(c->principal, row->buyer) ||
           (rights & RIGHT_OPERATE) != 0;
}

/* --- after confirm */

/* Something of it is open, and nothing has left. */
static bool can_stop(const struct order_row *row, int64_t sub_order)
{
    bool open = false;
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        if (l->sub_order != sub_order || l->quantity.micro == 0)
            continue;
        if (l->shipped.micro > 0)
            return false;
        open |= line_rule(l->state, CAUSE_CANCELLED).verdict == VERDICT_MOVE;
    }
    return open;
}

static size_t sellers_ask(struct saga *s)
{
    struct order_row *row = s->row;
    size_t asked = 0;
    for (size_t i = 0; i < row->sub_orders_count; i++) {
        const struct sub_order *sub = &row->sub_orders[i];
        struct reservation *r = reservation_find(row, sub->node);
        assert(r != NULL && "each sub-order has its node's reservation");
        r->stop = STOP_ABSENT;
        if (!can_stop(row, sub->sub_order))
            continue;
        r->stop = STOP_ASKED;
        asked++;
        ask(s, &type_fulfilment_cancel,
            &(struct fulfilment_cancel){.partner = sub->seller,
                                        .order = row->order_id,
                                        .sub_order = sub->sub_order,
                                        .reason = row->cancel_reason,
                                        .principal = row->cancelled_by});
    }
    return asked;
}

static struct reason too_late_reason(void)
{
    return (struct reason){
        .code = STR("already_shipped"), .text = too_late.text, .remedy = too_late.remedy};
}

static void refused_tell(struct saga *s, struct reason why)
{
    tell_fact(s, &type_order_cancel_refused,
              &(struct order_fact){
                  .reasons = &why, .reasons_count = 1, .principal = s->row->cancelled_by});
}

static void sellers_stop(struct saga *s)
{
    s->row->cancelling = sellers_ask(s) > 0;
    if (s->row->cancelling) {
        fold_answer(s->fold, s->in, NULL, STR("cancelling"));
        return;
    }
    refused_tell(s, too_late_reason());
    fold_answer(s->fold, s->in, &too_late, STR_NONE);
}

/* --- the command */

static const struct order_row *cancellable(struct fold *f, const struct input *in)
{
    const struct order_cancel *c = in->body;
    struct order_row key = {.order_id = c->order};
    const struct order_row *row = fold_get(f, &orders_entity, &key);
    return row != NULL && !row->dry_run && may_cancel(row, c, in->rights) ? row : NULL;
}

static void ended_answer(struct fold *f, const struct input *in, const struct order_row *row)
{
    if (row->state == ORDER_CANCELLED)
        fold_answer(f, in, NULL, STR("cancelled"));
    else
        fold_answer(f, in, row->state == ORDER_CLOSED ? &too_late : &ended, STR_NONE);
}

static void open_cancel(struct saga *s)
{
    const struct order_cancel *c = s->in->body;
    s->row->cancelled_by = c->principal;
    s->row->cancel_reason = c->reason;
    if (s->row->step == STEP_FULFILLING) {
        sellers_stop(s);
        return;
    }
    order_cancel(s);
    fold_answer(s->fold, s->in, NULL, STR("cancelled"));
}

void cancel_decide(struct fold *f, const struct input *in)
{
    const struct order_row *row = cancellable(f, in);
    if (row == NULL) {
        fold_deny(f, in, &unknown);
    } else if (row->step == STEP_ENDED) {
        ended_answer(f, in, row);
    } else if (row->cancelling) {
        fold_answer(f, in, NULL, STR("cancelling"));
    } else {
        struct saga s = {.fold = f, .in = in, .arena = fold_arena(f)};
        s.row = fold_edit(f, &orders_entity, row);
        open_cancel(&s);
    }
}

/* --- what sellers answer */

static size_t stops(const struct order_row *row, enum stop_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < row->reservations_count; i++)
        count += row->reservations[i].stop == state;
    return count;
}

/* False: nobody asked, or it was answered already. */
static bool stop_answered(struct saga *s, const struct sub_order *sub, enum stop_state state)
{
    struct reservation *r = reservation_find(s->row, sub->node);
    if (r == NULL || r->stop != STOP_ASKED)
        return false;
    r->stop = state;
    s->row->cancelling = stops(s->row, STOP_ASKED) > 0;
    return true;
}

void cancel_done(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t)
{
    struct order_row *row = s->row;
    struct touched taken = {arena_array(s->arena, struct line_quantity, row->lines_count), 0};
    (void)t;
    if (!stop_answered(s, sub, STOP_DONE))
        return;
    for (size_t i = 0; i < row->lines_count; i++) {
        size_t before = taken.count;
        if (row->lines[i].sub_order == sub->sub_order)
            line_take(s, &row->lines[i], INT64_MAX, CAUSE_CANCELLED, &taken);
        if (taken.count > before)
            row->lines[i].code = STR("cancelled");
    }
    if (taken.count == 0)
        return;
    content_shrunk(s, sub, &taken, STR("cancelled"));
    state_set(row);
    tell_fact(s, &type_order_cancelled,
              &(struct order_fact){.sub_order = sub->sub_order,
                                   .lines = taken.lines,
                                   .lines_count = taken.count,
                                   .principal = row->cancelled_by});
    tell_buyer(s, &(struct notice_text){"cancelled",
                                        arena_printf(s->arena, "%lld", (long long)sub->sub_order),
                                        STR("A part of your order was cancelled.")});
    order_end_if_over(s, true);
}

/* Told once, when the last has answered and nobody stopped. */
void cancel_declined(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t)
{
    struct reason why = too_late_reason();
    if (!stop_answered(s, sub, STOP_REFUSED))
        return;
    if (!str_blank(t->reason))
        why.text = t->reason;
    if (!s->row->cancelling && stops(s->row, STOP_DONE) == 0)
        refused_tell(s, why);
}
