/* amounts: money of an order: what a smaller quantity costs, and the sums. Amounts are only moved
 * and split (F19), never computed from prices again. */
#include "services/orders/saga.h"

#include <string.h>

#include "common/limits.h"

struct money row_money(const struct order_row *row, int64_t micro)
{
    struct money m = {.micro = micro};
    assert(row->currency.size < sizeof m.currency);
    memcpy(m.currency, row->currency.at, row->currency.size);
    return m;
}

int64_t amount_step(const struct order_row *row, int64_t micro)
{
    int exponent = currency_exponent(row_money(row, 0).currency);
    int64_t step = MICRO;
    for (int i = 0; i < exponent; i++)
        step /= 10;
    return micro % step == 0 ? step : 1;
}

/* The part of an amount that stays when `kept` of kept + taken stay. */
static int64_t amount_kept(struct saga *s, int64_t amount, int64_t kept, int64_t taken)
{
    const int64_t weights[2] = {kept, taken};
    int64_t shares[2];
    bool split =
        prorate(amount, weights, shares, ARRAY_LEN(shares), amount_step(s->row, amount), s->arena);
    assert(split && "amounts and quantities of a line are bounded");
    (void)split;
    return shares[0];
}

void line_shrink(struct saga *s, struct order_line *line, int64_t taken)
{
    assert(taken >= 0 && taken <= line->quantity.micro);
    int64_t kept = line->quantity.micro - taken;
    if (taken == 0)
        return;
    if (s->row->priced) {
        line->gross.micro = amount_kept(s, line->gross.micro, kept, taken);
        line->net.micro = amount_kept(s, line->net.micro, kept, taken);
        line->discount.micro = line->gross.micro - line->net.micro;
    }
    line->quantity.micro = kept;
}

static int64_t sum(int64_t a, int64_t b)
{
    bool fits = add_ok(a, b, &a);
    assert(fits && "1,000 bounded amounts fit");
    (void)fits;
    return a;
}

static int64_t lines_net(const struct order_row *row, int64_t sub_order)
{
    int64_t net = 0;
    for (size_t i = 0; i < row->lines_count; i++)
        if (sub_order == 0 || row->lines[i].sub_order == sub_order)
            net = sum(net, row->lines[i].net.micro);
    return net;
}

static bool sub_order_left(const struct order_row *row, int64_t sub_order)
{
    for (size_t i = 0; i < row->lines_count; i++)
        if (row->lines[i].sub_order == sub_order && row->lines[i].quantity.micro > 0)
            return true;
    return false;
}

bool anything_left(const struct order_row *row)
{
    for (size_t i = 0; i < row->lines_count; i++)
        if (row->lines[i].quantity.micro > 0)
            return true;
    return false;
}

/* The charges of the order shrink with their sum, each in proportion. */
static void charges_scale(struct saga *s, int64_t total)
{
    struct order_row *row = s->row;
    int64_t weights[CHARGE_COUNT_MAX], shares[CHARGE_COUNT_MAX];
    assert(row->charges_count <= CHARGE_COUNT_MAX);
    if (row->charges_count == 0 || total == row->charges_total)
        return;
    for (size_t i = 0; i < row->charges_count; i++)
        weights[i] = row->charges[i].amount.micro;
    bool split =
        prorate(total, weights, shares, row->charges_count, amount_step(row, total), s->arena);
    assert(split && "charges are not negative");
    (void)split;
    for (size_t i = 0; i < row->charges_count; i++)
        row->charges[i].amount.micro = shares[i];
}

void totals_sum(struct saga *s)
{
    struct order_row *row = s->row;
    int64_t charges = 0;
    for (size_t i = 0; i < row->sub_orders_count; i++) {
        struct sub_order *sub = &row->sub_orders[i];
        if (!sub_order_left(row, sub->sub_order))
            sub->charges.micro = 0;
        sub->subtotal.micro = lines_net(row, sub->sub_order);
        sub->total.micro = sum(sub->subtotal.micro, sub->charges.micro);
        charges = sum(charges, sub->charges.micro);
    }
    if (row->sub_orders_count > 0) {
        charges_scale(s, charges);
        row->charges_total = charges;
    }
    row->subtotal = lines_net(row, 0);
    row->total = sum(row->subtotal, row->charges_total);
}
