/* orders split: over random orders, the children add up to the parent for every total, through
 * confirm and through whatever sellers do afterwards (F19, F28). */
#include "proto/fulfilment.h"
#include "services/orders/saga.h"
#include "tests/unit/orders_world.h"

enum { ROUND_COUNT = 60, LINE_COUNT_MAX = 12 };

static unsigned state;

static int64_t pick(int64_t count)
{
    state = state * 1103515245u + 12345u;
    return (int64_t)((state >> 8) % (unsigned)count);
}

static struct submit_line lines[LINE_COUNT_MAX];
static struct charge charges[3];

static struct order_submit random_order(void)
{
    static const char *const skus[] = {"A", "B", "C"};
    static const char *const nodes[] = {"maker/b", "shop/x", "shop/x"};
    static const char *const centres[] = {NULL, "cc-1", "cc-2"};
    struct order_submit o = two_lines();
    o.lines = lines;
    o.lines_count = (size_t)pick(LINE_COUNT_MAX) + 1;
    o.charges = charges;
    o.charges_count = (size_t)pick(4);
    o.line_policy = LINE_POLICY_PARTIAL;
    for (size_t i = 0; i < o.lines_count; i++) {
        int64_t what = pick(3);
        lines[i] = (struct submit_line){.line = (int64_t)i + 1,
                                        .sku = str_of(skus[what]),
                                        .quantity = PIECES(1 + pick(20)),
                                        .cost_centre = str_of(centres[pick(3)])};
        if (pick(2) == 0)
            lines[i].node = str_of(nodes[what]);
    }
    for (size_t i = 0; i < o.charges_count; i++)
        charges[i] = (struct charge){.code = STR("freight"), .amount = EUR(pick(10000))};
    return o;
}

/* Odd cents, discounts, and now and then prices finer than the currency. */
static void price_oddly(struct world *w)
{
    struct quote_told t = quote_of(w);
    int64_t step = pick(4) == 0 ? 1 : 10000;
    t.subtotal.micro = 0;
    for (size_t i = 0; i < t.lines_count; i++) {
        struct priced_line *l = &t.lines[i];
        l->gross.micro = (1 + pick(5000000)) * step;
        l->net.micro = l->gross.micro - pick(l->gross.micro / step + 1) * step;
        l->discount.micro = l->gross.micro - l->net.micro;
        t.subtotal.micro += l->net.micro;
    }
    t.total.micro = t.subtotal.micro + t.charges_total.micro;
    told(w, &type_quote_priced, &t);
}

static void payable_adds_up(struct world *w)
{
    const struct payable *p = world_last(w, &type_payable_request);
    int64_t sum = 0;
    for (size_t i = 0; i < p->shares_count; i++)
        sum += p->shares[i].amount.micro;
    ck_assert_int_eq(sum, p->total.micro);
    ck_assert_int_eq(p->total.micro, order_row(w)->total);
    ck_assert_int_eq(p->schedule[0].amount.micro, p->total.micro);
}

/* What approvals holds for the order, by what it was told. */
static void credit_follows(struct world *w)
{
    const struct order_row *row = order_row(w);
    const struct authorization_request *r = world_last(w, &type_authorization_reduce);
    if (r != NULL && row->credit == CREDIT_COMMITTED)
        ck_assert_int_eq(r->total.micro, row->total);
    if (row->credit == CREDIT_RELEASED)
        ck_assert_count(w, type_authorization_release, 1);
    if (row->credit == CREDIT_SETTLED) {
        const struct authorization_request *s = world_last(w, &type_authorization_settle);
        ck_assert_int_eq(s->total.micro, row->total);
    }
}

static void sellers_act(struct world *w)
{
    static const char *const answers[] = {"accepted", "shipped", "shipped", "rejected",
                                          "delivered"};
    for (int i = 0; i < 400 && order_row(w)->step != STEP_ENDED; i++) {
        const struct order_row *row = order_row(w);
        const struct order_line *l = &row->lines[pick((int64_t)row->lines_count)];
        if (l->sub_order == 0)
            continue;
        /* In the end they only ship and deliver. */
        const char *answer = answers[i < 100 ? pick(5) : 1 + 3 * (i % 2)];
        seller_says(w, (struct said){l->sub_order, l->line, 1 + pick(20), answer});
        totals_hold(order_row(w));
        payable_adds_up(w);
        credit_follows(w);
    }
}

static void one_order(unsigned seed)
{
    state = seed;
    struct world *w = orders_world();
    struct order_submit o = random_order();
    ck_assert_int_eq(world_command(w, &type_order_submit, &o, ~0u), FOLD_DONE);
    price_oddly(w);
    grant(w);
    size_t nodes = order_row(w)->reservations_count;
    for (size_t i = 0; i < nodes; i++) {
        struct str node = order_row(w)->reservations[i].node;
        int64_t first = request_to(w, node)->lines[0].quantity.micro / MICRO;
        reserve_less(w, arena_cstr(world_arena(w), node), pick(first + 1));
    }
    totals_hold(order_row(w));
    if (order_row(w)->state == ORDER_CONFIRMED) {
        payable_adds_up(w);
        sellers_act(w);
    }
    world_free(w);
}

START_TEST(children_add_up_to_their_parent)
{
    for (unsigned seed = 1; seed <= ROUND_COUNT; seed++)
        one_order(seed);
}
END_TEST

/* A line that loses a part and then the rest costs nothing in the end; what stays and what goes
 * add up. */
START_TEST(a_line_shrinks_to_nothing)
{
    struct arena a;
    arena_init(&a);
    struct order_row row = {.currency = STR("EUR"), .priced = true};
    struct saga s = {.row = &row, .arena = &a};
    struct order_line l = {.quantity = PIECES(3), .gross = EUR(1000), .net = EUR(1000)};
    line_shrink(&s, &l, 0);
    ck_assert_int_eq(l.net.micro, 10000000);
    line_shrink(&s, &l, MICRO);
    ck_assert_int_eq(l.net.micro, 6670000); /* 6.67 and 3.33 */
    line_shrink(&s, &l, 2 * MICRO);
    ck_assert_int_eq(l.net.micro, 0);
    ck_assert_int_eq(l.quantity.micro, 0);
    arena_release(&a);
}
END_TEST

START_TEST(steps_follow_the_currency)
{
    struct order_row yen = {.currency = STR("JPY")}, dinar = {.currency = STR("KWD")};
    ck_assert_int_eq(amount_step(&yen, 5 * MICRO), MICRO);
    ck_assert_int_eq(amount_step(&yen, MICRO / 2), 1);
    ck_assert_int_eq(amount_step(&dinar, 5000), 1000);
}
END_TEST

START_TEST(terms_give_the_day)
{
    static const struct {
        const char *term;
        int64_t days;
    } rows[] = {{"net_30", 30}, {"net_0", 0},   {"net_x", 0},     {"net_-1", 0},
                {NULL, 0},      {"prepaid", 0}, {"net_99999", 0}, {"net_", 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct order_submit o = two_lines();
        o.payment_term = str_of(rows[i].term);
        struct world *w = confirmed_world(&o);
        const struct payable *p = world_last(w, &type_payable_request);
        ck_assert_int_eq(p->schedule[0].due_at.at - p->confirmed_at.at,
                         rows[i].days * 24 * MICROSECONDS_PER_HOUR);
        world_free(w);
    }
}
END_TEST

static Suite *split_suite(void)
{
    const TTest *const tests[] = {
        children_add_up_to_their_parent,
        a_line_shrinks_to_nothing,
        steps_follow_the_currency,
        terms_give_the_day,
    };
    return unit_suite("orders split", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(split_suite)
