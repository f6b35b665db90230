/* fulfil: what sellers answer. Their answers were checked by notifications; here lines move, and
 * what will not be fulfilled is taken out of amounts, credit, stock and the payer's notice. */
#include "services/orders/saga.h"

/* --- lines of an answer */

static struct order_line *answered_line(struct saga *s, const struct sub_order *sub, int64_t number)
{
    struct order_line *l = line_find(s->row, number);
    return l != NULL && l->sub_order == sub->sub_order && !line_ended(l->state) ? l : NULL;
}

static void touch(struct touched *out, const struct order_line *l, int64_t micro)
{
    struct line_quantity *t = &out->lines[out->count++];
    *t = (struct line_quantity){.line = l->line, .quantity = l->quantity};
    t->quantity.micro = micro;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A line of which all that is left has left, or has arrived, moves on. */
static void line_advance(struct order_line *l)
{
    if (l->quantity.micro == 0)
        return;
    if (l->shipped.micro == l->quantity.micro)
        line_move(l, CAUSE_SHIPPED);
    if (l->delivered.micro == l->quantity.micro && line_move(l, CAUSE_DELIVERED))
        line_move(l, CAUSE_CLOSED);
}

void line_take(struct saga *s, struct order_line *l, int64_t wanted, enum line_cause cause,
               struct touched *out)
{
    int64_t taken = least(wanted, l->quantity.micro - l->shipped.micro);
    if (taken <= 0 || line_rule(l->state, cause).verdict != VERDICT_MOVE)
        return;
    touch(out, l, taken);
    line_shrink(s, l, taken);
    if (l->quantity.micro == 0)
        line_move(l, cause);
    else
        line_advance(l);
}

void content_shrunk(struct saga *s, const struct sub_order *sub, const struct touched *taken,
                    struct str cause)
{
    s->row->version++;
    totals_sum(s);
    stock_give_back_lines(s, sub->node, taken, cause);
    if (anything_left(s->row))
        credit_shrink(s, cause);
    else
        credit_give_back(s, cause);
    payable_ask(s);
}

/* Distinguishes several notices of a kind: sub-order and the fact's sequence. */
static struct str notice_cause(struct saga *s, const struct sub_order *sub)
{
    return arena_printf(s->arena, "%lld.%lld", (long long)sub->sub_order,
                        (long long)s->row->chain.sequence);
}

/* --- the answers */

static void accepted(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t)
{
    size_t moved = 0;
    for (size_t i = 0; i < s->row->lines_count; i++)
        if (s->row->lines[i].sub_order == sub->sub_order)
            moved += line_move(&s->row->lines[i], CAUSE_ACCEPTED);
    if (moved == 0)
        return;
    state_set(s->row);
    tell_fact(s, &type_order_accepted,
              &(struct order_fact){.sub_order = sub->sub_order, .principal = t->principal});
}

/* One for all lines of an answer; their codes say which. */
static struct reason seller_reason(const struct saga *s, const struct fulfilment_answer *t,
                                   const struct touched *taken)
{
    struct reason reason = {.code = STR("rejected_by_seller"),
                            .text = str_blank(t->reason) ? STR("The seller will not deliver it.")
                                                         : t->reason};
    if (taken->count > 1)
        return reason;
    reason.line = taken->lines[0].line;
    reason.path = line_path(s, line_find(s->row, reason.line), "");
    return reason;
}

static void rejected(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t)
{
    struct touched taken = {arena_array(s->arena, struct line_quantity, t->lines_count), 0};
    for (size_t i = 0; i < t->lines_count; i++) {
        struct order_line *l = answered_line(s, sub, t->lines[i].line);
        size_t before = taken.count;
        bool all = t->lines[i].quantity.unit[0] == '\0';
        if (l != NULL)
            line_take(s, l, all ? INT64_MAX : t->lines[i].quantity.micro, CAUSE_REJECTED, &taken);
        if (taken.count > before)
            l->code = STR("rejected_by_seller");
    }
    if (taken.count == 0)
        return;
    struct reason why = seller_reason(s, t, &taken);
    reason_add(s, &why);
    content_shrunk(s, sub, &taken, STR("rejected"));
    state_set(s->row);
    tell_fact(s, &type_order_line_rejected,
              &(struct order_fact){.sub_order = sub->sub_order,
                                   .lines = taken.lines,
                                   .lines_count = taken.count,
                                   .reasons = &why,
                                   .reasons_count = 1,
                                   .principal = t->principal});
    if (s->row->state != ORDER_REFUSED) /* else the buyer hears of the end */
        tell_buyer(s, &(struct notice_text){"line_rejected", notice_cause(s, sub),
                                            STR("The seller will not deliver some lines.")});
    order_end_if_over(s, false);
}

/* Adds what the answer says to one of the line's counters, at most up to `limit`. */
static int64_t counter_add(struct quantity *counter, const struct quantity *said,
                           const struct quantity *limit)
{
    int64_t left = limit->micro - counter->micro;
    int64_t added = said->unit[0] == '\0' ? left : least(said->micro, left);
    if (added <= 0)
        return 0;
    int64_t sum = counter->micro + added;
    *counter = *limit;
    counter->micro = sum;
    return added;
}

static void shipped(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t)
{
    struct touched out = {arena_array(s->arena, struct line_quantity, t->lines_count), 0};
    for (size_t i = 0; i < t->lines_count; i++) {
        struct order_line *l = answered_line(s, sub, t->lines[i].line);
        int64_t added =
            l == NULL ? 0 : counter_add(&l->shipped, &t->lines[i].quantity, &l->quantity);
        if (added == 0)
            continue;
        touch(&out, l, added);
        line_move(l, CAUSE_ACCEPTED);
        line_advance(l);
    }
    if (out.count == 0)
        return;
    if (str_present(t->carrier))
        sub->carrier = text_cut(t->carrier, SHIPMENT_SIZE_MAX);
    if (str_present(t->tracking))
        sub->tracking = text_cut(t->tracking, SHIPMENT_SIZE_MAX);
    state_set(s->row);
    tell_fact(s, &type_order_shipped,
              &(struct order_fact){.sub_order = sub->sub_order,
                                   .lines = out.lines,
                                   .lines_count = out.count,
                                   .carrier = t->carrier,
                                   .tracking = t->tracking,
                                   .principal = t->principal});
    tell_buyer(s, &(struct notice_text){"shipped", notice_cause(s, sub),
                                        STR("Goods of your order have left.")});
}

/* What arrived has left before, whether or not that was said. */
static void delivered(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t)
{
    struct touched out = {arena_array(s->arena, struct line_quantity, t->lines_count), 0};
    for (size_t i = 0; i < t->lines_count; i++) {
        struct order_line *l = answered_line(s, sub, t->lines[i].line);
        int64_t added =
            l == NULL ? 0 : counter_add(&l->delivered, &t->lines[i].quantity, &l->quantity);
        if (added == 0)
            continue;
        if (l->shipped.micro < l->delivered.micro)
            l->shipped = l->delivered;
        touch(&out, l, added);
        line_move(l, CAUSE_ACCEPTED);
        line_advance(l);
    }
    if (out.count == 0)
        return;
    state_set(s->row);
    tell_fact(s, &type_order_delivered,
              &(struct order_fact){.sub_order = sub->sub_order,
                                   .lines = out.lines,
                                   .lines_count = out.count,
                                   .principal = t->principal});
    order_end_if_over(s, false);
}

void fulfil_answered(struct saga *s, const void *fulfilment_answer)
{
    static const struct {
        const char *answer;
        void (*take)(struct saga *s, struct sub_order *sub, const struct fulfilment_answer *t);
    } answers[] = {{"accepted", accepted},     {"rejected", rejected},
                   {"shipped", shipped},       {"delivered", delivered},
                   {"cancelled", cancel_done}, {"cancel_refused", cancel_declined}};
    const struct fulfilment_answer *t = fulfilment_answer;
    struct order_row *row = s->row;
    int64_t sequence = row->chain.sequence;
    if (t->sub_order < 1 || (size_t)t->sub_order > row->sub_orders_count)
        return;
    struct sub_order *sub = &row->sub_orders[t->sub_order - 1];
    if (!str_eq(sub->seller, t->partner))
        return;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        if (str_is(t->answer, answers[i].answer))
            answers[i].take(s, sub, t);
    if (row->chain.sequence == sequence)
        return;
    seller_heard(s, sub);
    tell_state(s);
}
