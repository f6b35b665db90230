/* door: the checks of a new order. */
#include "services/orders/door.h"

#include <string.h>

#include "common/ids.h"
#include "common/limits.h"
#include "proto/rights.h"

/* At most this many reasons for one line, and for the order as a whole. */
enum { LINE_REASON_COUNT_MAX = 7, ORDER_REASON_COUNT_MAX = 8 };

struct work {
    const struct door_input *in;
    struct arena *arena;
    struct door *out;
    size_t room;
};

static void add(struct work *w, struct reason r)
{
    assert(w->out->reasons_count < w->room);
    w->out->reasons[w->out->reasons_count++] = r;
}

static void deny(struct work *w, struct reason r)
{
    add(w, r);
    if (w->out->denied == NULL)
        w->out->denied = &w->out->reasons[w->out->reasons_count - 1];
}

static struct str path(struct work *w, size_t index, const char *member)
{
    return arena_printf(w->arena, "/lines/%zu%s", index, member);
}

/* --- the order as a whole */

static bool currency_known(struct str currency)
{
    char code[CURRENCY_SIZE] = {0};
    if (currency.size != sizeof code - 1)
        return false;
    memcpy(code, currency.at, currency.size);
    return currency_exponent(code) >= 0;
}

static void identity_judge(struct work *w)
{
    const struct order_submit *o = w->in->order;
    if (!uuid_valid(o->order))
        add(w, (struct reason){.code = STR("order_id_invalid"),
                               .path = STR("/order"),
                               .text = STR("The order id is no UUID in lower case."),
                               .remedy = STR("Mint a UUID, version 7 by preference.")});
    if (!currency_known(o->currency))
        add(w, (struct reason){.code = STR("currency_unknown"),
                               .path = STR("/currency"),
                               .text = STR("It is no currency of ISO 4217."),
                               .remedy = STR("Send a code of three capitals, such as EUR.")});
}

static void charges_judge(struct work *w)
{
    const struct order_submit *o = w->in->order;
    if (o->charges_count > 0 && (w->in->rights & RIGHT_CHARGES) == 0)
        deny(w, (struct reason){.code = STR("charges_denied"),
                                .path = STR("/charges"),
                                .text = STR("This sender may not set charges."),
                                .remedy = STR("Leave charges out, or have the right "
                                              "order_charges granted.")});
    for (size_t i = 0; i < o->charges_count; i++)
        if (!str_is(o->currency, o->charges[i].amount.currency))
            add(w, (struct reason){.code = STR("currency_mixed"),
                                   .path = arena_printf(w->arena, "/charges/%zu/amount", i),
                                   .text = STR("The charge has another currency than the order."),
                                   .remedy = STR("Send it in the order's currency.")});
}

static void time_judge(struct work *w)
{
    const struct order_submit *o = w->in->order;
    int64_t off = o->placed_at.at - w->in->now.at;
    int64_t tolerance = CLOCK_TOLERANCE_SECONDS * MICROSECONDS_PER_SECOND;
    if (!instant_present(o->placed_at) || (w->in->rights & RIGHT_BACKDATE) != 0)
        return;
    if (off > tolerance || off < -tolerance)
        deny(w, (struct reason){.code = STR("backdate_denied"),
                                .path = STR("/placed_at"),
                                .text = STR("It is more than 5 minutes from now."),
                                .remedy = STR("Leave placed_at out, or have the right "
                                              "order_backdate granted.")});
}

static void sales_rep_judge(struct work *w)
{
    if (str_present(w->in->order->sales_rep) && (w->in->rights & RIGHT_ON_BEHALF) == 0)
        deny(w, (struct reason){.code = STR("on_behalf_denied"),
                                .path = STR("/sales_rep"),
                                .text = STR("This sender may not place orders on behalf."),
                                .remedy = STR("Leave sales_rep out, or have the right "
                                              "order_on_behalf granted.")});
}

/* --- lines */

static bool number_seen(const struct order_submit *o, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (o->lines[i].line == o->lines[index].line)
            return true;
    return false;
}

static void agreed_judge(struct work *w, size_t i)
{
    const struct order_submit *o = w->in->order;
    const struct submit_line *l = &o->lines[i];
    bool price = l->agreed_price.currency[0] != '\0';
    if (!price && l->agreed_discount_ppm == 0)
        return;
    const char *member = price ? "/agreed_price" : "/agreed_discount_ppm";
    if ((w->in->rights & RIGHT_AGREED_PRICE) == 0)
        deny(w, (struct reason){.code = STR("agreed_price_denied"),
                                .path = path(w, i, member),
                                .line = l->line,
                                .text = STR("This sender may not agree prices or discounts."),
                                .remedy = STR("Leave it out, or have the right "
                                              "order_agreed_price granted.")});
    if (price && !str_is(o->currency, l->agreed_price.currency))
        add(w, (struct reason){.code = STR("currency_mixed"),
                               .path = path(w, i, "/agreed_price"),
                               .line = l->line,
                               .text = STR("The agreed price has another currency."),
                               .remedy = STR("Send it in the order's currency.")});
}

static void source_judge(struct work *w, size_t i)
{
    const struct submit_line *l = &w->in->order->lines[i];
    struct door_line *found = &w->out->lines[i];
    found->choice = (struct choice){l->seller, l->node};
    switch (catalogue_choose(w->in->catalogue, l->sku, &found->choice)) {
    case CHOICE_FOUND:
        return;
    case CHOICE_NO_SELLER:
        add(w, (struct reason){.code = STR("seller_unavailable"),
                               .path = path(w, i, str_present(l->seller) ? "/seller" : "/sku"),
                               .line = l->line,
                               .text = STR("Nobody asked for sells this product now."),
                               .remedy = STR("Name another seller, or none.")});
        return;
    case CHOICE_NO_NODE:
        add(w, (struct reason){.code = STR("node_unavailable"),
                               .path = path(w, i, "/node"),
                               .line = l->line,
                               .text = STR("This stock site does not offer the product."),
                               .remedy = STR("Name another node, or none.")});
        return;
    }
}

static void product_judge(struct work *w, size_t i)
{
    const struct order_submit *o = w->in->order;
    const struct submit_line *l = &o->lines[i];
    const struct product *p = catalogue_product(w->in->catalogue, o->account, l->sku);
    if (p == NULL) {
        add(w, (struct reason){.code = STR("sku_unavailable"),
                               .path = path(w, i, "/sku"),
                               .line = l->line,
                               .text = STR("This product cannot be ordered by this account."),
                               .remedy = STR("Choose a product of the account's catalogue.")});
        return;
    }
    w->out->lines[i].product = p;
    if (product_discontinued(p))
        add(w, (struct reason){.code = STR("sku_discontinued"),
                               .path = path(w, i, "/sku"),
                               .line = l->line,
                               .text = STR("This product is not sold any more."),
                               .remedy = STR("Choose another product.")});
    if (!str_is(p->unit, l->quantity.unit))
        add(w, (struct reason){.code = STR("unit_mismatch"),
                               .path = path(w, i, "/quantity/unit"),
                               .line = l->line,
                               .text = STR("The product is sold in another unit."),
                               .remedy = arena_printf(w->arena, "Send the quantity in %.*s.",
                                                      STR_ARG(p->unit))});
    source_judge(w, i);
}

static void line_judge(struct work *w, size_t i)
{
    const struct submit_line *l = &w->in->order->lines[i];
    if (number_seen(w->in->order, i))
        add(w, (struct reason){.code = STR("line_duplicate"),
                               .path = path(w, i, "/line"),
                               .line = l->line,
                               .text = STR("Another line has this number."),
                               .remedy = STR("Number the lines differently.")});
    if (l->quantity.micro <= 0)
        add(w, (struct reason){.code = STR("quantity_not_positive"),
                               .path = path(w, i, "/quantity/value"),
                               .line = l->line,
                               .text = STR("The quantity is not more than zero."),
                               .remedy = STR("Send a quantity above zero.")});
    agreed_judge(w, i);
    product_judge(w, i);
}

void door_judge(const struct door_input *in, struct arena *a, struct door *out)
{
    const size_t count = in->order->lines_count;
    struct work w = {.in = in, .arena = a, .out = out};
    w.room = ORDER_REASON_COUNT_MAX + CHARGE_COUNT_MAX + count * LINE_REASON_COUNT_MAX;
    *out = (struct door){.reasons = arena_array(a, struct reason, w.room),
                         .lines = arena_array(a, struct door_line, count)};
    identity_judge(&w);
    charges_judge(&w);
    time_judge(&w);
    sales_rep_judge(&w);
    for (size_t i = 0; i < count; i++)
        line_judge(&w, i);
}
