/* stock_rules: how stock is counted, promised, taken and given back. Pure. */
#include "services/catalog/stock_rules.h"

#include "common/limits.h"
#include "services/catalog/reference_rules.h"

/* Half of what a column holds: what was taken off hand can always come back. */
#define COUNT_MICRO_MAX (AMOUNT_MICRO_MAX / 2)

int64_t stock_available(const struct stock *s)
{
    return s->on_hand - s->reserved + s->backorder_limit;
}

/* --- reserving */

static bool served_before(const struct stock_ask *x, const struct stock_ask *y)
{
    int order = str_compare(x->sku, y->sku);
    return order != 0 ? order < 0 : x->index < y->index;
}

static void asks_sort(struct stock_ask *asks, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct stock_ask moving = asks[i];
        size_t at = i;
        for (; at > 0 && served_before(&moving, &asks[at - 1]); at--)
            asks[at] = asks[at - 1];
        asks[at] = moving;
    }
}

static enum shortage ask_shortage(const struct stock_ask *ask)
{
    if (!ask->node_known)
        return SHORTAGE_NODE_UNKNOWN;
    if (!ask->sku_known)
        return SHORTAGE_SKU_UNKNOWN;
    if (ask->stock != NULL && !str_is(ask->stock->unit, ask->asked.unit))
        return SHORTAGE_UNIT_MISMATCH;
    return ask->take < ask->asked.micro ? SHORTAGE_OUT_OF_STOCK : SHORTAGE_NONE;
}

/* `left`: of this SKU, after the lines before. Returns what is left behind this line. */
static int64_t ask_serve(struct stock_ask *ask, int64_t left)
{
    ask->left = left;
    ask->take = ask->asked.micro < left ? ask->asked.micro : left;
    ask->shortage = ask_shortage(ask);
    if (ask->shortage != SHORTAGE_NONE && ask->shortage != SHORTAGE_OUT_OF_STOCK)
        ask->take = 0;
    return left - ask->take;
}

static void asks_forget(struct stock_ask *asks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        asks[i].take = 0;
}

bool stock_plan(struct stock_ask *asks, size_t count, enum line_policy policy)
{
    bool some = false, all = true;
    int64_t left = 0;
    asks_sort(asks, count);
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || !str_eq(asks[i].sku, asks[i - 1].sku);
        if (first)
            left = asks[i].stock != NULL ? stock_available(asks[i].stock) : 0;
        left = ask_serve(&asks[i], left);
        some = some || asks[i].take > 0;
        all = all && asks[i].shortage == SHORTAGE_NONE;
    }
    if (all || (some && policy == LINE_POLICY_PARTIAL))
        return true;
    asks_forget(asks, count);
    return false;
}

bool stock_hold(struct stock *s, int64_t quantity)
{
    if (quantity < 0 || quantity > stock_available(s))
        return false;
    s->reserved += quantity;
    return true;
}

bool stock_unhold(struct stock *s, int64_t quantity)
{
    if (quantity < 0 || quantity > s->reserved)
        return false;
    s->reserved -= quantity;
    return true;
}

bool stock_take(struct stock *s, int64_t quantity)
{
    if (quantity < 0 || quantity > s->reserved)
        return false;
    s->reserved -= quantity;
    s->on_hand -= quantity;
    return true;
}

bool stock_take_back(struct stock *s, int64_t quantity)
{
    if (quantity < 0 || quantity > AMOUNT_MICRO_MAX - s->on_hand)
        return false;
    s->on_hand += quantity;
    return true;
}

/* --- counting */

static bool count_settle(struct stock *s, const struct stock_item *item, int64_t on_hand,
                         struct fault *f)
{
    int64_t limit =
        item->backorder_limit.present ? item->backorder_limit.micro : s->backorder_limit;
    if (!str_blank(s->unit) && !str_is(s->unit, item->quantity.unit))
        return fault_say(f, "unit_mismatch", STR("/quantity/unit"),
                         "Stock of this SKU is counted in another unit here.",
                         "Send the quantity in the product's unit.");
    if (on_hand > COUNT_MICRO_MAX || limit > COUNT_MICRO_MAX)
        return fault_say(f, "amount_too_large", STR("/quantity"),
                         "Stock would be more than can be counted.", "Send a smaller quantity.");
    if (on_hand + limit < s->reserved)
        return fault_say(f, "below_reserved", STR("/quantity"),
                         "Orders hold more than there would be.",
                         "Cancel orders first, or allow a backorder for the difference.");
    s->on_hand = on_hand;
    s->backorder_limit = limit;
    s->unit = str_of(item->quantity.unit);
    return true;
}

bool stock_set(struct stock *s, const struct stock_item *item, struct fault *f)
{
    return count_settle(s, item, item->quantity.micro, f);
}

bool stock_receive(struct stock *s, const struct stock_item *item, struct fault *f)
{
    return count_settle(s, item, s->on_hand + item->quantity.micro, f);
}
