/* check_orders: each order has one life with one end, its snapshot is its row, its money adds up,
 * and its sellers were told once. */
#include "tests/sim/check.h"

static const char *const ends[] = {"closed", "refused", "cancelled", "expired", "previewed"};

/* Of the whole order: that one of its sellers stopped is told by the same type, in another state.
 */
static int end_of(const struct told *e)
{
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char type[64];
        snprintf(type, sizeof type, "orders.order.%s", ends[i]);
        bool over = str_is(peek(e->body, "state"), ends[i]) || str_is(str_of(ends[i]), "previewed");
        if (over && type_is(e, type))
            return (int)i;
    }
    return -1;
}

/* What may be told of an order that is over: that it cannot be cancelled any more. */
static bool may_follow(const struct told *e)
{
    return type_is(e, "orders.order.cancel_refused");
}

struct story {
    int end_count, received_count;
    const struct told *end, *snapshot;
};

static void live(const struct order_plan *o, const struct told *e, struct story *l)
{
    if (str_is(e->topic, "orders.state.v1")) {
        l->snapshot = e;
        return;
    }
    if (!str_is(e->topic, "orders.events.v1") || !e->sequence || e->again)
        return;
    if (l->end && !may_follow(e))
        fail("life", "order %s: %.*s after its end", o->id, STR_ARG(e->type));
    l->received_count += type_is(e, "orders.order.received");
    if (end_of(e) < 0)
        return;
    l->end_count++;
    l->end = e;
}

static struct story life_of(const struct order_plan *o)
{
    struct story l = {0};
    int orders = service_named("orders");
    for (size_t i = told.first[orders][0]; i < told.first[orders][sim->partitions]; i++)
        if (str_is(told.items[i].key, o->id))
            live(o, &told.items[i], &l);
    return l;
}

/* ---- money */

/* Half away from zero, to whole cents; both not negative. */
int64_t cents_of(int64_t price, int64_t quantity)
{
    int64_t cents = (price * quantity + 5000) / 10000;
    return cents * 10000;
}

static int64_t price_of(struct str sku)
{
    for (int i = 0; i < SKU_COUNT; i++)
        if (str_is(sku, skus[i].sku))
            return skus[i].price;
    return 0;
}

/* A line that shrank has its share of what it cost: a cent this way or that. */
static void check_line(const struct order_plan *o, struct str line)
{
    int64_t quantity = peek_amount(line, "quantity.value") / 1000000;
    int64_t net = peek_amount(line, "net.amount");
    int64_t wanted = cents_of(price_of(peek(line, "sku")), quantity), off = net - wanted;
    bool whole = str_eq(peek(line, "quantity.value"), peek(line, "ordered.value"));
    if (whole ? off != 0 : (off > 10000 || off < -10000))
        fail("money", "order %s: line %lld costs %lld, not %lld", o->id,
             (long long)peek_int(line, "line"), (long long)net, (long long)wanted);
}

static void check_money(const struct order_plan *o, struct str body)
{
    struct str rest = peek(body, "lines"), line;
    int64_t sum = 0;
    if (!str_present(peek(body, "total")))
        return; /* it ended before it was priced */
    while (peek_next(&rest, &line)) {
        check_line(o, line);
        sum += peek_amount(line, "net.amount");
    }
    if (sum != peek_amount(body, "subtotal.amount") || sum != peek_amount(body, "total.amount"))
        fail("money", "order %s: lines add up to %lld, its total is %lld", o->id, (long long)sum,
             (long long)peek_amount(body, "total.amount"));
}

/* ---- snapshot and row */

static void check_snapshot(const struct order_plan *o, const struct sim_row *r,
                           const struct told *snapshot)
{
    const struct sim_table *t = table_in("orders", "orders");
    if (!snapshot) {
        fail("row", "order %s was never told as a whole", o->id);
        return;
    }
    struct str body = snapshot->body;
    if (!str_eq(peek(body, "state"), cell_named(t, r, "state")) ||
        peek_int(body, "version") != int_named(t, r, "version") ||
        (str_present(peek(body, "total")) &&
         peek_amount(body, "total.amount") != amount_named(t, r, "total")))
        fail("row", "order %s: its row says %.*s, its last snapshot %.*s", o->id,
             STR_ARG(cell_named(t, r, "state")), STR_ARG(peek(body, "state")));
    check_money(o, body);
}

static void note_end(struct str state, struct str reasons)
{
    static const struct {
        const char *state, *code;
        enum mark mark;
    } notes[] = {{"closed", "", MARK_ORDER_CLOSED},
                 {"refused", "", MARK_ORDER_REFUSED},
                 {"cancelled", "", MARK_ORDER_CANCELLED},
                 {"expired", "", MARK_ORDER_EXPIRED},
                 {"refused", "approval_rejected", MARK_REJECTED},
                 {"refused", "credit_exceeded", MARK_CREDIT_SHORT},
                 {"refused", "out_of_stock", MARK_STOCK_SHORT}};
    for (size_t i = 0; i < ARRAY_LEN(notes); i++)
        if (str_is(state, notes[i].state) && text_has(reasons, notes[i].code))
            mark(notes[i].mark);
}

static void check_order(const struct order_plan *o)
{
    const struct sim_table *t = table_in("orders", "orders");
    struct sim_row *r = order_row_of(o);
    struct story l = life_of(o);
    if (!r) {
        if (l.end_count || l.snapshot)
            fail("phantom", "order %s was told and is not there", o->id);
        return;
    }
    struct str state = cell_named(t, r, "state");
    if (l.end_count != 1)
        fail("life", "order %s ended %d times; its row says %.*s", o->id, l.end_count,
             STR_ARG(state));
    else if (!str_is(state, ends[end_of(l.end)]) && !o->rejects)
        fail("life", "order %s is %.*s and was told %s", o->id, STR_ARG(state),
             ends[end_of(l.end)]);
    if (l.received_count > 1)
        fail("life", "order %s was received %d times", o->id, l.received_count);
    if (!o->preview)
        check_snapshot(o, r, l.snapshot);
    note_end(state, cell_named(t, r, "reasons"));
}

/* ---- sellers */

static void check_announced(void)
{
    int from = service_named("notifications");
    size_t first = told.first[from][0], end = told.first[from][sim->partitions];
    for (size_t i = first; i < end; i++) {
        const struct told *e = &told.items[i];
        if (!type_is(e, "notifications.fulfilment.ordered"))
            continue;
        for (size_t k = first; k < i; k++)
            if (type_is(&told.items[k], "notifications.fulfilment.ordered") &&
                str_eq(told.items[k].key, e->key) &&
                peek_int(told.items[k].body, "sub_order") == peek_int(e->body, "sub_order"))
                fail("twice", "sub-order %lld of %.*s was told to its seller twice",
                     (long long)peek_int(e->body, "sub_order"), STR_ARG(e->key));
    }
}

void check_orders(void)
{
    for (int i = 0; i < work->order_count; i++)
        check_order(&work->orders[i]);
    check_announced();
    for (size_t i = 0; i < told.count; i++) {
        if (type_is(&told.items[i], "orders.order.approved") && !told.items[i].again &&
            str_is(told.items[i].topic, "orders.events.v1"))
            mark(MARK_APPROVED);
        if (told.items[i].again)
            mark(MARK_ANSWERED_AGAIN);
        if (type_is(&told.items[i], "orders.command.refused") &&
            str_is(peek(told.items[i].body, "code"), "conflict"))
            mark(MARK_CONFLICT);
    }
}
