/* price_step: what the order costs. The amounts are pricing's; they are copied, never computed. */
#include "services/orders/catalogue.h"
#include "services/orders/saga.h"

#include <string.h>

void price_ask(struct saga *s)
{
    struct order_row *row = s->row;
    const struct catalogue *c = fold_snapshot(s->fold);
    struct quote_request q = {.order = row->order_id,
                              .account = row->account,
                              .unit = row->unit,
                              .channel = row->channel,
                              .currency = row->currency,
                              .version = row->version,
                              .placed_at = row->placed_at,
                              .lines = arena_array(s->arena, struct quote_line, row->lines_count),
                              .lines_count = row->lines_count,
                              .charges = row->charges,
                              .charges_count = row->charges_count,
                              .dry_run = row->dry_run};
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        const struct product *p = table_get(&c->products, l->sku);
        q.lines[i] = (struct quote_line){.line = l->line,
                                         .sku = l->sku,
                                         .family = p != NULL ? p->family : STR_NONE,
                                         .category = p != NULL ? p->category : STR_NONE,
                                         .quantity = l->quantity,
                                         .agreed_price = l->agreed_price,
                                         .agreed_discount_ppm = l->agreed_discount_ppm};
    }
    row->step = STEP_PRICING;
    ask(s, &type_quote_request, &q);
}

/* Every line has its price, in the order's currency, and the sums are those of the lines. */
static bool quote_adds_up(const struct order_row *row, const struct quote_told *t)
{
    int64_t subtotal = 0, total;
    if (t->lines_count != row->lines_count || !str_is(row->currency, t->total.currency))
        return false;
    for (size_t i = 0; i < t->lines_count; i++)
        if (!add_ok(subtotal, t->lines[i].net.micro, &subtotal) ||
            t->lines[i].gross.micro - t->lines[i].discount.micro != t->lines[i].net.micro)
            return false;
    return subtotal == t->subtotal.micro && add_ok(subtotal, t->charges_total.micro, &total) &&
           total == t->total.micro;
}

static bool amounts_copy(struct order_row *row, const struct quote_told *t)
{
    for (size_t i = 0; i < t->lines_count; i++) {
        const struct priced_line *p = &t->lines[i];
        struct order_line *l = line_find(row, p->line);
        if (l == NULL || l->state != LINE_RECEIVED)
            return false;
        l->unit_price = p->unit_price;
        l->gross = p->gross;
        l->discount = p->discount;
        l->net = p->net;
        l->price_list = p->price_list;
        line_move(l, CAUSE_PRICED);
    }
    row->priced = true;
    row->subtotal = t->subtotal.micro;
    row->charges_total = t->charges_total.micro;
    row->total = t->total.micro;
    row->receipt_hash = t->receipt_hash;
    return true;
}

static struct order_row row_with_own_lines(struct saga *s)
{
    struct order_row row = *s->row;
    row.lines = arena_array(s->arena, struct order_line, row.lines_count);
    memcpy(row.lines, s->row->lines, row.lines_count * sizeof *row.lines);
    return row;
}

void price_told(struct saga *s, const void *quote_told)
{
    const struct quote_told *t = quote_told;
    if (t->version != s->row->version)
        return;
    struct order_row priced = row_with_own_lines(s);
    if (!quote_adds_up(s->row, t) || !amounts_copy(&priced, t)) {
        fold_poison(s->fold, s->in, "The quote of order %.*s does not add up.",
                    STR_ARG(s->row->order_id));
        return;
    }
    if (!order_fits(&(struct saga){.row = &priced, .arena = s->arena})) {
        reason_add(s, &reason_too_large); /* of the row without amounts: that one fits */
        order_refuse(s);
        return;
    }
    *s->row = priced;
    s->row->content_hash = content_hash(s->row, s->arena);
    state_set(s->row);
    /* Remarks are for those who only ask; an order keeps the receipt's hash. */
    if (s->row->dry_run)
        reasons_add(s, t->reasons, t->reasons_count);
    else
        tell_fact(s, &type_order_priced, NULL);
    authorize_ask(s);
}

void price_refused(struct saga *s, const void *quote_told)
{
    const struct quote_told *t = quote_told;
    if (t->version != s->row->version)
        return;
    for (size_t i = 0; i < t->reasons_count; i++) {
        struct order_line *l = line_find(s->row, t->reasons[i].line);
        if (l != NULL)
            l->code = t->reasons[i].code;
    }
    reasons_add(s, t->reasons, t->reasons_count);
    if (t->reasons_count == 0)
        reason_add(s, &(struct reason){.code = STR("price_missing"),
                                       .text = STR("The order could not be priced.")});
    order_refuse(s);
}
