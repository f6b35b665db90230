/* replay_check: each order against what the data set expects, and the sums. */
#include "services/cli/grid.h"
#include "services/cli/order.h"
#include "services/cli/replay.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 20 };

static int64_t amount_of(const struct node *order, const char *member)
{
    const struct node *money = node_find(order, member);
    const struct node *amount = money != NULL ? node_find(money, "amount") : NULL;
    int64_t micro = 0;
    if (amount == NULL || amount->kind != NODE_TEXT || !decimal_read(amount->text, &micro))
        return 0;
    return micro;
}

static bool is_read(struct replay *r, struct replayed *o, struct err *e)
{
    struct reply reply;
    struct str path = arena_printf(r->c->arena, "/orders/%.*s", STR_ARG(o->parcel.key));
    if (!o->confirmed)
        return true;
    if (!fetch(r->c, "orders", path, &reply, e) || reply.status != 200 || reply.body == NULL)
        return false;
    snprintf(o->state, sizeof o->state, "%.*s", STR_ARG(order_state(reply.body)));
    o->net = amount_of(reply.body, "subtotal");
    o->charges = amount_of(reply.body, "charges_total");
    o->total = amount_of(reply.body, "total");
    return true;
}

struct expectation {
    const struct node *maker; /* "expect" of the mapping */
    const struct source *source;
    int column; /* of the order's number */
};

static bool expectation_open(struct replay *r, struct expectation *x)
{
    const struct node *expect = mapping_section(&r->mapping, "expect");
    memset(x, 0, sizeof *x);
    if (expect == NULL || expect->count != 1)
        return false;
    const struct node *from = node_find(&expect->items[0], "from");
    const struct node *id = node_find(&expect->items[0], "id");
    x->maker = &expect->items[0];
    x->source =
        from != NULL && from->kind == NODE_TEXT ? mapping_source(&r->mapping, from->text) : NULL;
    x->column = x->source != NULL && id != NULL && id->kind == NODE_TEXT
                    ? csv_column(&x->source->table, id->text)
                    : -1;
    return x->column >= 0;
}

/* Compares one figure, when the mapping expects it. */
static bool figure_same(struct replay *r, const struct expectation *x, const struct scope *s,
                        const char *member, int64_t got)
{
    const struct node *n = node_find(x->maker, member);
    struct value v;
    int64_t wanted;
    if (n == NULL)
        return true;
    if (n->kind != NODE_TEXT || !template_make(&r->mapping, s, n->text, &v) ||
        !decimal_read(v.text, &wanted))
        return false;
    return wanted == got;
}

static bool order_same(struct replay *r, const struct expectation *x, const struct replayed *o)
{
    size_t count = 0;
    const size_t *rows = mapping_rows(&r->mapping, x->source, x->column, o->source_id, &count);
    if (count != 1 || !o->confirmed)
        return false;
    struct scope s = {.source = x->source, .row = rows[0], .number = 1};
    return figure_same(r, x, &s, "net", o->net) && figure_same(r, x, &s, "charges", o->charges) &&
           figure_same(r, x, &s, "total", o->total);
}

static size_t differing_count(struct replay *r)
{
    struct expectation x;
    size_t differing = 0;
    if (!expectation_open(r, &x)) {
        cli_note("replay: the mapping expects nothing (\"expect\"); only the fates are judged");
        for (size_t i = 0; i < r->count; i++)
            differing += !r->orders[i].confirmed;
        return differing;
    }
    for (size_t i = 0; i < r->count; i++) {
        const struct replayed *o = &r->orders[i];
        if (order_same(r, &x, o))
            continue;
        if (differing++ < SHOWN_MAX)
            cli_note("order %.*s differs: %s, net %.*s, charges %.*s, total %.*s",
                     STR_ARG(o->source_id), o->state, STR_ARG(amount_grouped(r->c->arena, o->net)),
                     STR_ARG(amount_grouped(r->c->arena, o->charges)),
                     STR_ARG(amount_grouped(r->c->arena, o->total)));
    }
    return differing;
}

int replay_check(struct replay *r)
{
    size_t confirmed = 0, delivered = 0;
    int64_t net = 0, charges = 0;
    int code = replay_await(r, "compared", is_read);
    if (code != END_OK)
        return code;
    for (size_t i = 0; i < r->count; i++) {
        const struct replayed *o = &r->orders[i];
        confirmed += o->confirmed;
        delivered += strcmp(o->state, "delivered") == 0 || strcmp(o->state, "closed") == 0;
        if (!add_ok(net, o->net, &net) || !add_ok(charges, o->charges, &charges))
            return cli_end(r->c, END_FAILED, "the sums do not fit into 64 bits");
    }
    size_t differing = differing_count(r);
    printf("replay: delivered %zu open %zu, net %.*s %s, freight %.*s %s\n", delivered,
           confirmed - delivered, STR_ARG(amount_grouped(r->c->arena, net)), r->currency,
           STR_ARG(amount_grouped(r->c->arena, charges)), r->currency);
    printf("replay: orders %zu confirmed %zu differing %zu\n", r->count, confirmed, differing);
    return differing == 0 && confirmed == r->count ? END_OK : END_FAILED;
}
