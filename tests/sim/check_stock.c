/* check_stock: what lies at a site is what was counted less what confirmed orders took; nothing is
 * held for an order that is over; no site gave what it did not have. */
#include "tests/sim/check.h"

/* Goods leave the site's stock with this event. */
static bool takes(const struct told *e)
{
    const struct order_plan *o = order_named(e->key);
    bool early = o && o->early && !o->preview;
    return type_is(e, early ? "catalog.reservation.reserved" : "catalog.reservation.committed");
}

static bool were_taken(const struct told *upto)
{
    int from = service_named("catalog");
    for (size_t i = told.first[from][0]; &told.items[i] < upto; i++) {
        const struct told *e = &told.items[i];
        if (takes(e) && !e->again && str_eq(e->key, upto->key) &&
            str_eq(peek(e->body, "node"), peek(upto->body, "node")))
            return true;
    }
    return false;
}

/* How much of a SKU this event took from the site; what comes back is below zero. */
static int64_t taken_by(const struct told *e, const char *sku, const char *node)
{
    bool leave = takes(e);
    if (e->again || !str_is(peek(e->body, "node"), node) ||
        (!leave && !(type_is(e, "catalog.reservation.released") && were_taken(e))))
        return 0;
    struct str rest = peek(e->body, "lines"), line;
    int64_t sum = 0;
    while (peek_next(&rest, &line))
        if (str_is(peek(line, "sku"), sku))
            sum += peek_amount(line, "reserved.value");
    return leave ? sum : -sum;
}

static void check_sku(const struct sku_plan *sku)
{
    int from = service_named("catalog");
    const struct sim_table *t = table_in("catalog", "stock");
    const char *node = nodes[sku->node];
    int64_t left = (work->tight_stock ? TIGHT_STOCK : AMPLE_STOCK) * INT64_C(1000000);
    left += work->received[sku - skus] * INT64_C(1000000);
    for (size_t i = told.first[from][0]; i < told.first[from][sim->partitions]; i++)
        left -= taken_by(&told.items[i], sku->sku, node);
    struct str keys[] = {str_of(node), str_of(sku->sku)};
    const struct sim_row *r = table_find(t, keys);
    if (!r)
        fail("stock", "%s at %s is not there", sku->sku, node);
    else if (amount_named(t, r, "on_hand") != left || amount_named(t, r, "reserved") != 0 ||
             left < 0)
        fail("stock", "%s at %s: on hand %lld, held %lld; what was told leaves %lld", sku->sku,
             node, (long long)amount_named(t, r, "on_hand"),
             (long long)amount_named(t, r, "reserved"), (long long)left);
}

/* Stock is held for a day: only who was stopped for so long may lose it. */
static void check_expired(void)
{
    int from = service_named("catalog");
    for (size_t i = told.first[from][0]; i < told.first[from][sim->partitions]; i++)
        if (type_is(&told.items[i], "catalog.reservation.expired") &&
            sim->leapt_us < 24 * MICROSECONDS_PER_HOUR)
            fail("stock", "what was held for order %.*s was neither taken nor given back",
                 STR_ARG(told.items[i].key));
}

void check_stock(void)
{
    check_expired();
    for (int i = 0; i < SKU_COUNT; i++)
        check_sku(&skus[i]);
}
