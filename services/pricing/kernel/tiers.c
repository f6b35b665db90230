/* tiers: a tier asks for the quantity of its SKU and unit over the whole order (F04), so that
 * splitting a line changes nothing. */
#include "services/pricing/kernel/work.h"

#include <string.h>

static bool goods_same(const struct price_line *a, const struct price_line *b)
{
    return strncmp(a->quantity.unit, b->quantity.unit, UNIT_SIZE) == 0 && str_eq(a->sku, b->sku);
}

/* The first line of the same SKU and unit: itself when there is none before it. */
static size_t first_line(struct price_work *w, size_t line)
{
    const struct price_line *lines = w->in->lines;
    size_t mask = w->slot_count - 1;
    size_t at = (size_t)str_hash(lines[line].sku) & mask;
    while (w->slots[at] != PRICE_NONE) {
        size_t other = (size_t)w->slots[at];
        if (goods_same(&lines[other], &lines[line]))
            return other;
        at = (at + 1) & mask;
    }
    w->slots[at] = (int32_t)line;
    return line;
}

void tiers_sum(struct price_work *w)
{
    struct price_line_result *results = w->out->lines;
    for (size_t i = 0; i < w->slot_count; i++)
        w->slots[i] = PRICE_NONE;
    for (size_t i = 0; i < w->in->line_count; i++) {
        size_t first = first_line(w, i);
        w->members[i] = (int32_t)first;
        if (!add_ok(results[first].tier_quantity_micro, w->in->lines[i].quantity.micro,
                    &results[first].tier_quantity_micro))
            results[first].fault = PRICE_FAULT_OVERFLOW;
    }
    for (size_t i = 0; i < w->in->line_count; i++) {
        results[i].tier_quantity_micro = results[w->members[i]].tier_quantity_micro;
        results[i].fault = results[w->members[i]].fault;
    }
}
