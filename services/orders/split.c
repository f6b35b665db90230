/* split: one sub-order per seller and ship-from (F28). Amounts are moved, never computed again; the
 * order's charges are spread by the sub-orders' subtotals (F19). */
#include "services/orders/saga.h"

#include "common/limits.h"

static struct sub_order *sub_of(struct order_row *row, const struct order_line *l)
{
    for (size_t i = 0; i < row->sub_orders_count; i++)
        if (str_eq(row->sub_orders[i].seller, l->seller) &&
            str_eq(row->sub_orders[i].node, l->node))
            return &row->sub_orders[i];
    struct sub_order *sub = &row->sub_orders[row->sub_orders_count++];
    *sub = (struct sub_order){.sub_order = (int64_t)row->sub_orders_count,
                              .seller = l->seller,
                              .node = l->node,
                              .subtotal = row_money(row, 0),
                              .charges = row_money(row, 0),
                              .total = row_money(row, 0)};
    return sub;
}

static void charges_spread(struct saga *s)
{
    struct order_row *row = s->row;
    const size_t count = row->sub_orders_count;
    int64_t *weights = arena_array(s->arena, int64_t, count);
    int64_t *shares = arena_array(s->arena, int64_t, count);
    for (size_t i = 0; i < count; i++)
        weights[i] = row->sub_orders[i].subtotal.micro;
    bool split = prorate(row->charges_total, weights, shares, count,
                         amount_step(row, row->charges_total), s->arena);
    assert(split && "subtotals are not negative");
    (void)split;
    for (size_t i = 0; i < count; i++)
        row->sub_orders[i].charges.micro = shares[i];
}

/* Every total of the parent is the sum of its children's. */
static bool children_add_up(const struct order_row *row)
{
    int64_t subtotal = 0, charges = 0, total = 0;
    for (size_t i = 0; i < row->sub_orders_count; i++) {
        subtotal += row->sub_orders[i].subtotal.micro;
        charges += row->sub_orders[i].charges.micro;
        total += row->sub_orders[i].total.micro;
    }
    return subtotal == row->subtotal && charges == row->charges_total && total == row->total;
}

void order_split(struct saga *s)
{
    struct order_row *row = s->row;
    const int64_t subtotal = row->subtotal, charges = row->charges_total, total = row->total;
    row->sub_orders = arena_array(s->arena, struct sub_order, row->lines_count);
    row->sub_orders_count = 0;
    for (size_t i = 0; i < row->lines_count; i++) {
        struct order_line *l = &row->lines[i];
        if (line_ended(l->state))
            continue;
        struct sub_order *sub = sub_of(row, l);
        l->sub_order = sub->sub_order;
        sub->subtotal.micro += l->net.micro;
    }
    assert(row->sub_orders_count > 0 && "an order with nothing left is refused");
    charges_spread(s);
    totals_sum(s);
    assert(children_add_up(row));
    assert(row->subtotal == subtotal && row->charges_total == charges && row->total == total);
}
