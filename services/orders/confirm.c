/* confirm: stock and credit hold, so the facts are frozen (F47): the order is split, committed, and
 * everybody is told. */
#include "services/orders/saga.h"

static struct fulfilment announcement(struct saga *s, const struct sub_order *sub)
{
    struct order_row *row = s->row;
    struct str number = str_present(row->purchase_order) ? row->purchase_order : row->order_id;
    struct fulfilment f = {
        .partner = sub->seller,
        .order = row->order_id,
        .sub_order = sub->sub_order,
        .number = arena_printf(s->arena, "%.*s-%lld", STR_ARG(number), (long long)sub->sub_order),
        .node = sub->node,
        .account = row->account,
        .buyer = row->buyer,
        .currency = row->currency,
        .purchase_order = row->purchase_order,
        .reference = row->reference,
        .payment_term = row->payment_term,
        .version = row->version,
        .lines = arena_array(s->arena, struct fulfilment_line, row->lines_count),
        .subtotal = sub->subtotal,
        .charges = sub->charges,
        .total = sub->total,
        .ship_to = row->ship_to,
        .requested_at = row->requested_at,
        .confirmed_at = row->confirmed_at};
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        if (l->sub_order == sub->sub_order)
            f.lines[f.lines_count++] =
                (struct fulfilment_line){l->line,     l->sku,        l->name, l->note,
                                         l->quantity, l->unit_price, l->net,  l->requested_at};
    }
    return f;
}

void order_confirm(struct saga *s)
{
    struct order_row *row = s->row;
    row->step = STEP_FULFILLING;
    row->confirmed_at = fold_now(s->fold);
    lines_move(row, CAUSE_CONFIRMED);
    order_split(s);
    lines_move(row, CAUSE_ALLOCATED);
    state_set(row);
    /* What is asked of others below changes nothing that a snapshot shows. */
    struct str snapshot = snapshot_text(s);
    tell_snapshot(s, &type_order_confirmed, snapshot);
    credit_commit(s);
    stock_commit(s);
    for (size_t i = 0; i < row->sub_orders_count; i++) {
        struct fulfilment f = announcement(s, &row->sub_orders[i]);
        ask(s, &type_fulfilment_announce, &f);
    }
    sellers_await(s);
    payable_ask(s);
    tell_buyer(s, &(struct notice_text){"confirmed", STR(""), STR("Your order is confirmed.")});
    tell_state_as(s, snapshot);
}
