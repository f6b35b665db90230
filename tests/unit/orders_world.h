/* orders_world: orders among actors: a small catalogue, and what pricing, approvals, catalog and
 * sellers would answer. Everything goes through JSON, as it would travel. */
#ifndef TESTS_UNIT_ORDERS_WORLD_H
#define TESTS_UNIT_ORDERS_WORLD_H

#include "proto/approvals.h"
#include "proto/catalog.h"
#include "proto/fulfilment.h"
#include "proto/pricing.h"
#include "proto/rights.h"
#include "services/orders/orders.h"
#include "services/orders/rows.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ORDER_ID "0190a5c0-0000-7000-8000-000000000001"
#define EUR(cents)                                                                                 \
    {                                                                                              \
        (int64_t)(cents) * 10000, "EUR"                                                            \
    }
#define PIECES(n)                                                                                  \
    {                                                                                              \
        (int64_t)(n) * MICRO, "C62"                                                                \
    }

enum { UNIT_PRICE_CENTS = 1000 }; /* what the stand-in for pricing takes for everything */

static inline void told(struct world *w, const struct message_type *type, const void *body)
{
    ck_assert_msg(world_event(w, type, body) == FOLD_DONE, "%s: %.*s", type->name,
                  STR_ARG(world_poison(w)));
}

/* Sellers maker (owner; nodes maker/a, maker/b) and shop (shop/x). SKU A: maker/a before maker/b;
 * B: shop/x; C: both sellers, maker/b first. D is discontinued; E nobody offers. */
static inline void catalogue_tell(struct world *w)
{
    struct product products[] = {
        {.sku = STR("A"), .name = STR("Anvil"), .family = STR("iron"), .unit = STR("C62")},
        {.sku = STR("B"), .name = STR("Bell"), .family = STR("brass"), .unit = STR("C62")},
        {.sku = STR("C"), .name = STR("Chain"), .unit = STR("C62")},
        {.sku = STR("D"), .name = STR("Dial"), .unit = STR("C62"), .status = STR("discontinued")},
        {.sku = STR("E"), .name = STR("Easel"), .unit = STR("KGM")}};
    struct seller sellers[] = {{.seller = STR("maker"), .name = STR("Maker"), .owner = true},
                               {.seller = STR("shop"), .name = STR("Shop")}};
    struct node nodes[] = {{.node = STR("maker/a"), .seller = STR("maker"), .priority = 1},
                           {.node = STR("maker/b"), .seller = STR("maker"), .priority = 2},
                           {.node = STR("shop/x"), .seller = STR("shop"), .priority = 3}};
    struct offer offers[] = {{.sku = STR("A"), .node = STR("maker/b")},
                             {.sku = STR("A"), .node = STR("maker/a")},
                             {.sku = STR("B"), .node = STR("shop/x")},
                             {.sku = STR("C"), .node = STR("maker/b"), .priority = 1},
                             {.sku = STR("C"), .node = STR("shop/x"), .priority = 2},
                             {.sku = STR("D"), .node = STR("maker/a")}};
    told(w, &type_product_changed,
         &(struct product_put){.reference = STR("reference:product"),
                               .items = products,
                               .items_count = ARRAY_LEN(products)});
    told(w, &type_seller_changed,
         &(struct seller_put){.reference = STR("reference:seller"),
                              .items = sellers,
                              .items_count = ARRAY_LEN(sellers)});
    told(w, &type_node_changed,
         &(struct node_put){
             .reference = STR("reference:node"), .items = nodes, .items_count = ARRAY_LEN(nodes)});
    told(w, &type_offer_changed,
         &(struct offer_put){.reference = STR("reference:offer"),
                             .items = offers,
                             .items_count = ARRAY_LEN(offers)});
}

static inline struct world *orders_world(void)
{
    struct world *w = world_new(&orders_service);
    catalogue_tell(w);
    return w;
}

static inline const struct order_row *order_row(struct world *w)
{
    struct order_row key = {.order_id = STR(ORDER_ID)};
    return world_row(w, &orders_entity, &key);
}

/* Two lines, from maker/a and shop/x: 3 A and 2 B. */
static inline struct order_submit two_lines(void)
{
    static struct submit_line lines[2];
    lines[0] = (struct submit_line){.line = 1, .sku = STR("A"), .quantity = PIECES(3)};
    lines[1] = (struct submit_line){
        .line = 2, .sku = STR("B"), .quantity = PIECES(2), .cost_centre = STR("cc-1")};
    return (struct order_submit){.order = STR(ORDER_ID),
                                 .account = STR("acme"),
                                 .buyer = STR("bob"),
                                 .principal = STR("bob"),
                                 .currency = STR("EUR"),
                                 .purchase_order = STR("PO-7"),
                                 .payment_term = STR("net_30"),
                                 .lines = lines,
                                 .lines_count = ARRAY_LEN(lines)};
}

static inline void submit(struct world *w, const struct order_submit *o)
{
    ck_assert_int_eq(world_command(w, &type_order_submit, o, 0), FOLD_DONE);
}

/* --- the others, answering the last request */

static inline struct quote_told quote_of(struct world *w)
{
    const struct quote_request *q = world_last(w, &type_quote_request);
    ck_assert_ptr_nonnull(q);
    struct quote_told t = {.order = q->order, .version = q->version, .dry_run = q->dry_run};
    t.lines = arena_array(world_arena(w), struct priced_line, q->lines_count);
    t.lines_count = q->lines_count;
    t.subtotal = t.charges_total = t.total = (struct money)EUR(0);
    for (size_t i = 0; i < q->lines_count; i++) {
        struct priced_line *l = &t.lines[i];
        *l = (struct priced_line){.line = q->lines[i].line,
                                  .unit_price = EUR(UNIT_PRICE_CENTS),
                                  .gross = EUR(0),
                                  .discount = EUR(0),
                                  .net = EUR(0),
                                  .price_list = STR("base")};
        l->gross.micro = l->net.micro = q->lines[i].quantity.micro / MICRO * l->unit_price.micro;
        t.subtotal.micro += l->net.micro;
    }
    for (size_t i = 0; i < q->charges_count; i++)
        t.charges_total.micro += q->charges[i].amount.micro;
    t.total.micro = t.subtotal.micro + t.charges_total.micro;
    t.receipt_hash = STR("aa");
    return t;
}

static inline void price(struct world *w)
{
    struct quote_told t = quote_of(w);
    told(w, &type_quote_priced, &t);
}

static inline struct authorization_told authorization_of(struct world *w)
{
    const struct authorization_request *r = world_last(w, &type_authorization_request);
    ck_assert_ptr_nonnull(r);
    return (struct authorization_told){.order = r->order,
                                       .account = r->account,
                                       .version = r->version,
                                       .content_hash = r->content_hash,
                                       .total = r->total,
                                       .dry_run = r->dry_run};
}

static inline void grant(struct world *w)
{
    struct authorization_told t = authorization_of(w);
    told(w, &type_authorization_granted, &t);
}

static inline void pend(struct world *w)
{
    struct authorization_told t = authorization_of(w);
    struct str approvers[] = {STR("ann"), STR("joe")}, roles[] = {STR("approver")};
    struct waiting_tier tiers[] = {{1, roles, 1, approvers, 2}, {2, roles, 1, approvers, 1}};
    t.waiting = tiers;
    t.waiting_count = ARRAY_LEN(tiers);
    told(w, &type_authorization_pending, &t);
}

/* The request to a node; NULL when none went there. */
static inline const struct reservation_request *request_to(struct world *w, struct str node)
{
    for (size_t i = world_count(w, &type_reservation_request); i-- > 0;) {
        const struct reservation_request *r = world_at(w, &type_reservation_request, i);
        if (str_eq(r->node, node))
            return r;
    }
    return NULL;
}

/* The node holds all but `missing` of its first line. */
static inline void reserve_less(struct world *w, const char *node, int64_t missing)
{
    const struct reservation_request *r = request_to(w, str_of(node));
    ck_assert_ptr_nonnull(r);
    struct reservation_told t = {.order = r->order,
                                 .node = r->node,
                                 .version = r->version,
                                 .lines = r->lines,
                                 .lines_count = r->lines_count,
                                 .dry_run = r->dry_run};
    for (size_t i = 0; i < t.lines_count; i++)
        t.lines[i].reserved = t.lines[i].quantity;
    t.lines[0].reserved.micro -= missing * MICRO;
    told(w, &type_reservation_reserved, &t);
}

static inline void reserve(struct world *w, const char *node)
{
    reserve_less(w, node, 0);
}

static inline void stock_answer(struct world *w, const char *node, const struct message_type *type)
{
    const struct reservation_request *r = request_to(w, str_of(node));
    ck_assert_ptr_nonnull(r);
    struct reservation_told t = {
        .order = r->order, .node = r->node, .version = r->version, .dry_run = r->dry_run};
    told(w, type, &t);
}

/* Sub-order n says `answer`, about one line (0: none named). */
struct said {
    int64_t sub_order, line, pieces;
    const char *answer;
};

static inline void seller_says(struct world *w, struct said s)
{
    const struct order_row *row = order_row(w);
    struct line_quantity line = {s.line, PIECES(s.pieces)};
    if (s.pieces == 0)
        line.quantity = (struct quantity){0};
    struct fulfilment_answer t = {.order = row->order_id,
                                  .partner = row->sub_orders[s.sub_order - 1].seller,
                                  .sub_order = s.sub_order,
                                  .answer = str_of(s.answer),
                                  .lines = &line,
                                  .lines_count = s.line != 0,
                                  .principal = row->sub_orders[s.sub_order - 1].seller};
    if (strcmp(s.answer, "shipped") == 0) {
        t.carrier = STR("DHL");
        t.tracking = STR("T1");
    }
    told(w, &type_fulfilment_answered, &t);
}

static inline struct world *confirmed_world(const struct order_submit *o)
{
    struct world *w = orders_world();
    ck_assert_int_eq(world_command(w, &type_order_submit, o, ~0u), FOLD_DONE);
    price(w);
    grant(w);
    for (size_t i = 0; i < order_row(w)->reservations_count; i++)
        reserve(w, arena_cstr(world_arena(w), order_row(w)->reservations[i].node));
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    return w;
}

static inline void cancel_as(struct world *w, const char *principal, const char *key)
{
    struct order_cancel c = {.order = STR(ORDER_ID),
                             .principal = str_of(principal),
                             .idempotency_key = str_of(key),
                             .reason = STR("changed my mind")};
    ck_assert_int_eq(world_command(w, &type_order_cancel, &c, 0), FOLD_DONE);
}

/* --- what must hold of any row */

static inline void totals_hold(const struct order_row *row)
{
    int64_t net = 0, subtotal = 0, charges = 0, total = 0, listed = 0;
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        ck_assert_int_eq(l->gross.micro - l->discount.micro, l->net.micro);
        ck_assert(l->quantity.micro <= l->ordered.micro);
        ck_assert(l->delivered.micro <= l->shipped.micro);
        ck_assert(l->shipped.micro <= l->quantity.micro);
        net += l->net.micro;
    }
    for (size_t i = 0; i < row->charges_count; i++)
        listed += row->charges[i].amount.micro;
    ck_assert_int_eq(net, row->subtotal);
    ck_assert_int_eq(listed, row->charges_total);
    ck_assert_int_eq(row->subtotal + row->charges_total, row->total);
    if (row->sub_orders_count == 0)
        return;
    for (size_t i = 0; i < row->sub_orders_count; i++) {
        subtotal += row->sub_orders[i].subtotal.micro;
        charges += row->sub_orders[i].charges.micro;
        total += row->sub_orders[i].total.micro;
    }
    ck_assert_int_eq(subtotal, row->subtotal);
    ck_assert_int_eq(charges, row->charges_total);
    ck_assert_int_eq(total, row->total);
}

static inline void ends_as(struct world *w, enum order_state state)
{
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, state);
    ck_assert_int_eq(row->step, STEP_ENDED);
    ck_assert(instant_present(row->closed_at));
    if (row->priced)
        totals_hold(row);
    const struct order_snapshot *last = world_last(w, &type_order_state);
    ck_assert_view(last->state, order_state_names[state]);
}

#define ck_assert_count(w, type, n) ck_assert_uint_eq(world_count(w, &(type)), n)

#endif
