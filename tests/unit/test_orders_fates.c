/* orders fates: every way of an order from submit to its end, with the others played. */
#include "tests/unit/orders_world.h"

START_TEST(a_clean_order_goes_all_the_way)
{
    struct order_submit o = two_lines();
    struct charge freight = {.code = STR("freight"), .amount = EUR(1001)};
    o.charges = &freight;
    o.charges_count = 1;
    struct world *w = confirmed_world(&o);
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->total, 60010000);
    ck_assert_int_eq(row->credit, CREDIT_COMMITTED);
    totals_hold(row);
    const struct order_snapshot *told_ = world_last(w, &type_order_confirmed);
    ck_assert(shape_equal(&order_snapshot_shape, told_, world_last(w, &type_order_state)));
    ck_assert_uint_eq(told_->sub_orders_count, 2);
    ck_assert_view(told_->sub_orders[0].node, "maker/a");
    ck_assert_view(told_->sub_orders[1].seller, "shop");
    ck_assert_int_eq(told_->sub_orders[0].charges.micro, 6010000); /* 10.01 by 30:20 */
    ck_assert_int_eq(told_->sub_orders[1].charges.micro, 4000000);
    ck_assert_int_eq(told_->lines[0].state, LINE_ALLOCATED);
    ck_assert_count(w, type_authorization_commit, 1);
    ck_assert_count(w, type_reservation_commit, 2);
    ck_assert_count(w, type_fulfilment_announce, 2);
    const struct fulfilment *f = world_at(w, &type_fulfilment_announce, 1);
    ck_assert_view(f->number, "PO-7-2");
    ck_assert_uint_eq(f->lines_count, 1);
    ck_assert_int_eq(f->total.micro, 24000000);
    const struct payable *p = world_last(w, &type_payable_request);
    ck_assert_uint_eq(p->shares_count, 2);
    ck_assert_view(p->shares[0].cost_centre, "");
    ck_assert_int_eq(p->shares[0].amount.micro + p->shares[1].amount.micro, row->total);
    ck_assert_int_eq(p->schedule[0].amount.micro, row->total);
    ck_assert_int_eq(p->schedule[0].due_at.at - row->confirmed_at.at,
                     30 * 24 * MICROSECONDS_PER_HOUR);
    seller_says(w, (struct said){1, 0, 0, "accepted"});
    seller_says(w, (struct said){2, 0, 0, "accepted"});
    ck_assert_int_eq(order_row(w)->state, ORDER_ACCEPTED);
    seller_says(w, (struct said){1, 1, 2, "shipped"});
    ck_assert_int_eq(order_row(w)->lines[0].state, LINE_RELEASED);
    seller_says(w, (struct said){1, 1, 1, "shipped"});
    ck_assert_int_eq(order_row(w)->lines[0].state, LINE_SHIPPED);
    seller_says(w, (struct said){2, 2, 2, "shipped"});
    ck_assert_int_eq(order_row(w)->state, ORDER_SHIPPED);
    ck_assert_view(order_row(w)->sub_orders[1].tracking, "T1");
    seller_says(w, (struct said){1, 1, 3, "delivered"});
    ck_assert_int_eq(order_row(w)->lines[0].state, LINE_CLOSED);
    seller_says(w, (struct said){2, 2, 2, "delivered"});
    ends_as(w, ORDER_CLOSED);
    const struct authorization_request *settle = world_last(w, &type_authorization_settle);
    ck_assert_int_eq(settle->total.micro, 60010000);
    ck_assert_count(w, type_order_closed, 1);
    ck_assert_count(w, type_order_shipped, 3);
    ck_assert_count(w, type_notice_request, 5); /* confirmed, 3 shipped, delivered */
    ck_assert_count(w, type_authorization_release, 0);
    world_free(w);
}
END_TEST

/* Sequences of an order's facts are 1..n, and the snapshot carries the last. */
START_TEST(sequences_are_contiguous)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    ck_assert_view(world_last_header(w, &type_order_received, "ce_sequence"),
                   "00000000000000000001");
    ck_assert_view(world_last_header(w, &type_order_priced, "ce_sequence"), "00000000000000000002");
    ck_assert_view(world_last_header(w, &type_order_approved, "ce_sequence"),
                   "00000000000000000003");
    ck_assert_view(world_last_header(w, &type_order_confirmed, "ce_sequence"),
                   "00000000000000000004");
    ck_assert_view(world_last_header(w, &type_order_state, "ce_sequence"), "00000000000000000004");
    ck_assert(!str_present(world_last_header(w, &type_quote_request, "ce_sequence")));
    world_free(w);
}
END_TEST

START_TEST(a_price_that_is_missing_refuses)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    struct reason why = {.code = STR("price_missing"), .line = 2, .path = STR("/lines/1")};
    told(w, &type_quote_refused,
         &(struct quote_told){.order = o.order, .version = 1, .reasons = &why, .reasons_count = 1});
    ends_as(w, ORDER_REFUSED);
    const struct order_fact *f = world_last(w, &type_order_refused);
    ck_assert_view(f->reasons[0].code, "price_missing");
    ck_assert_view(order_row(w)->lines[1].code, "price_missing");
    ck_assert_count(w, type_authorization_release, 0);
    world_free(w);
}
END_TEST

START_TEST(a_refusal_without_reasons_has_one)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    told(w, &type_quote_refused, &(struct quote_told){.order = o.order, .version = 1});
    const struct order_fact *f = world_last(w, &type_order_refused);
    ck_assert_uint_eq(f->reasons_count, 1);
    world_free(w);
}
END_TEST

START_TEST(a_quote_that_does_not_add_up_is_poison)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    for (int wrong = 0; wrong < 6; wrong++) {
        struct quote_told t = quote_of(w);
        if (wrong == 0)
            t.total.micro++;
        else if (wrong == 1)
            t.subtotal.micro++;
        else if (wrong == 2)
            t.lines[0].net.micro++;
        else if (wrong == 3)
            t.lines_count--;
        else if (wrong == 4)
            t.lines[1].line = t.lines[0].line;
        else
            memcpy(t.total.currency, "USD", 4);
        ck_assert_int_eq(world_event(w, &type_quote_priced, &t), FOLD_POISON);
    }
    ck_assert_int_eq(order_row(w)->state, ORDER_RECEIVED);
    price(w);
    world_free(w);
}
END_TEST

START_TEST(people_are_asked_and_say_yes)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    price(w);
    pend(w);
    ck_assert_int_eq(order_row(w)->state, ORDER_PENDING_APPROVAL);
    ck_assert_count(w, type_order_approval_pending, 1);
    ck_assert_count(w, type_notice_request, 2); /* those of the first tier */
    const struct notice *n = world_last(w, &type_notice_request);
    ck_assert_view(n->recipient, "joe");
    ck_assert_view(n->kind, "awaiting_approval");
    ck_assert_view(n->cause, "1");
    struct authorization_told t = authorization_of(w);
    struct str roles[] = {STR("finance")}, joe = STR("joe");
    struct waiting_tier second = {2, roles, 1, &joe, 1};
    t.waiting = &second;
    t.waiting_count = 1;
    told(w, &type_authorization_reminded, &t);
    n = world_last(w, &type_notice_request);
    ck_assert_view(n->kind, "approval_reminder");
    told(w, &type_authorization_pending, &t); /* the second tier's turn */
    n = world_last(w, &type_notice_request);
    ck_assert_view(n->cause, "2");
    ck_assert_count(w, type_order_approval_pending, 1);
    struct approval yes = {1,        STR("approver"), STR("ann"), STR("approved"),
                           STR_NONE, world_time(w)};
    t.approvals = &yes;
    t.approvals_count = 1;
    t.unit = STR("unit-1");
    told(w, &type_authorization_granted, &t);
    ck_assert_int_eq(order_row(w)->state, ORDER_APPROVED);
    ck_assert_uint_eq(order_row(w)->approvals_count, 1);
    ck_assert_view(order_row(w)->unit, "unit-1");
    reserve(w, "maker/a");
    ck_assert_int_eq(order_row(w)->state, ORDER_APPROVED);
    reserve(w, "shop/x");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    world_free(w);
}
END_TEST

static void says_no(const struct message_type *type, enum order_state state, const char *kind)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    price(w);
    if (type != &type_authorization_refused)
        pend(w);
    struct authorization_told t = authorization_of(w);
    struct authorization_told old = t;
    old.version = 7; /* of another content: passed over */
    told(w, type, &old);
    ck_assert_int_ne(order_row(w)->step, STEP_ENDED);
    told(w, type, &t);
    ends_as(w, state);
    ck_assert_uint_eq(order_row(w)->reasons_count, 1);
    const struct notice *n = world_last(w, &type_notice_request);
    ck_assert_view(n->kind, kind);
    ck_assert_view(n->recipient, "bob");
    ck_assert_uint_eq(n->reasons_count, 1);
    ck_assert_count(w, type_authorization_release, 0); /* approvals gave it back by itself */
    told(w, &type_authorization_granted, &t);          /* late: nothing flips an end */
    told(w, type, &t);
    ends_as(w, state);
    ck_assert_count(w, type_authorization_release, 0);
    world_free(w);
}

START_TEST(no_is_no)
{
    says_no(&type_authorization_refused, ORDER_REFUSED, "refused");
    says_no(&type_authorization_rejected, ORDER_REFUSED, "refused");
    says_no(&type_authorization_expired, ORDER_EXPIRED, "expired");
}
END_TEST

START_TEST(all_or_nothing_is_out_of_stock_as_a_whole)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    price(w);
    grant(w);
    reserve(w, "maker/a");
    stock_answer(w, "shop/x", &type_reservation_refused);
    ends_as(w, ORDER_REFUSED);
    const struct order_fact *f = world_last(w, &type_order_refused);
    ck_assert_uint_eq(f->reasons_count, 1);
    ck_assert_view(f->reasons[0].code, "out_of_stock");
    ck_assert_view(f->reasons[0].path, "/lines/1/quantity");
    ck_assert_int_eq(f->reasons[0].line, 2);
    ck_assert_count(w, type_reservation_release, 1);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_view(r->node, "maker/a");
    ck_assert_view(r->cause, "refused");
    ck_assert_count(w, type_authorization_release, 1);
    ck_assert_int_eq(order_row(w)->total, 50000000); /* as asked */
    world_free(w);
}
END_TEST

START_TEST(the_named_line_is_to_blame)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    o.lines[1].sku = STR("A");
    submit(w, &o);
    price(w);
    grant(w);
    struct reason why = {.code = STR("out_of_stock"), .line = 2, .text = STR("1 is there")};
    struct reservation_told t = {.order = o.order,
                                 .node = STR("maker/a"),
                                 .version = 1,
                                 .reasons = &why,
                                 .reasons_count = 1};
    told(w, &type_reservation_refused, &t);
    ends_as(w, ORDER_REFUSED);
    ck_assert_uint_eq(order_row(w)->reasons_count, 1);
    ck_assert_view(order_row(w)->reasons[0].text, "1 is there");
    ck_assert(!str_present(order_row(w)->lines[0].code));
    told(w, &type_reservation_refused, &t); /* again: nothing more */
    ck_assert_count(w, type_order_refused, 1);
    world_free(w);
}
END_TEST

START_TEST(a_node_may_refuse_for_a_reason_of_its_own)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    price(w);
    grant(w);
    reserve(w, "shop/x");
    struct reason why = {.code = STR("node_closed")};
    told(w, &type_reservation_refused,
         &(struct reservation_told){.order = o.order,
                                    .node = STR("maker/a"),
                                    .version = 1,
                                    .reasons = &why,
                                    .reasons_count = 1});
    ck_assert_view(order_row(w)->reasons[0].code, "node_closed");
    ends_as(w, ORDER_REFUSED);
    world_free(w);
}
END_TEST

static struct world *partial_world(void)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    o.line_policy = LINE_POLICY_PARTIAL;
    submit(w, &o);
    price(w);
    grant(w);
    return w;
}

START_TEST(partial_takes_what_there_is)
{
    struct world *w = partial_world();
    reserve_less(w, "maker/a", 1);
    reserve(w, "shop/x");
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_CONFIRMED);
    ck_assert_int_eq(row->version, 2);
    ck_assert_int_eq(row->lines[0].quantity.micro, 2 * MICRO);
    ck_assert_int_eq(row->lines[0].net.micro, 20000000);
    ck_assert_int_eq(row->total, 40000000);
    totals_hold(row);
    const struct authorization_request *r = world_last(w, &type_authorization_reduce);
    ck_assert_int_eq(r->version, 2);
    ck_assert_int_eq(r->total.micro, 40000000);
    ck_assert_view(r->cause, "short");
    const struct authorization_request *c = world_last(w, &type_authorization_commit);
    ck_assert_int_eq(c->total.micro, 40000000);
    ck_assert_count(w, type_reservation_release, 0);
    ck_assert_view(row->reasons[0].code, "out_of_stock");
    world_free(w);
}
END_TEST

START_TEST(partial_leaves_out_a_node)
{
    struct world *w = partial_world();
    stock_answer(w, "maker/a", &type_reservation_refused);
    reserve(w, "shop/x");
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_CONFIRMED);
    ck_assert_int_eq(row->lines[0].state, LINE_REJECTED);
    ck_assert_uint_eq(row->sub_orders_count, 1);
    ck_assert_int_eq(row->lines[1].sub_order, 1);
    ck_assert_int_eq(row->total, 20000000);
    ck_assert_count(w, type_reservation_commit, 1);
    totals_hold(row);
    seller_says(w, (struct said){1, 2, 0, "delivered"});
    ends_as(w, ORDER_CLOSED);
    world_free(w);
}
END_TEST

START_TEST(partial_lets_go_of_a_node_that_holds_nothing)
{
    struct world *w = partial_world();
    reserve_less(w, "maker/a", 3);
    reserve(w, "shop/x");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_view(r->node, "maker/a");
    ck_assert_view(r->cause, "short");
    ck_assert_count(w, type_reservation_commit, 1);
    world_free(w);
}
END_TEST

START_TEST(partial_of_nothing_is_refused)
{
    struct world *w = partial_world();
    stock_answer(w, "maker/a", &type_reservation_refused);
    stock_answer(w, "shop/x", &type_reservation_refused);
    ends_as(w, ORDER_REFUSED);
    ck_assert_uint_eq(order_row(w)->reasons_count, 2);
    ck_assert_count(w, type_authorization_release, 1);
    ck_assert_count(w, type_reservation_release, 0);
    world_free(w);
}
END_TEST

START_TEST(stock_held_too_long_is_lost)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    price(w);
    grant(w);
    reserve(w, "maker/a");
    stock_answer(w, "maker/a", &type_reservation_expired);
    ck_assert_int_eq(order_row(w)->step, STEP_RESERVING);
    reserve(w, "shop/x");
    ends_as(w, ORDER_REFUSED);
    ck_assert_view(order_row(w)->reasons[0].code, "reservation_expired");
    ck_assert_count(w, type_reservation_release, 1); /* shop/x only */
    world_free(w);
}
END_TEST

START_TEST(late_and_repeated_answers_change_nothing)
{
    struct order_submit o = two_lines();
    struct world *w = orders_world();
    submit(w, &o);
    struct quote_told q = quote_of(w), old = q;
    old.version = 9;
    told(w, &type_quote_priced, &old);
    told(w, &type_quote_refused, &old);
    ck_assert_int_eq(order_row(w)->step, STEP_PRICING);
    price(w);
    told(w, &type_quote_priced, &q);
    told(w, &type_quote_refused, &q);
    struct authorization_told t = authorization_of(w);
    t.version = 4;
    told(w, &type_authorization_granted, &t);
    told(w, &type_authorization_pending, &t);
    told(w, &type_authorization_reminded, &t);
    ck_assert_int_eq(order_row(w)->state, ORDER_PRICED);
    grant(w);
    grant(w);
    reserve(w, "maker/a");
    reserve(w, "maker/a");
    stock_answer(w, "maker/a", &type_reservation_refused);
    reserve(w, "shop/x");
    reserve(w, "shop/x");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_count(w, type_reservation_request, 2);
    ck_assert_count(w, type_order_confirmed, 1);
    ck_assert_count(w, type_authorization_commit, 1);
    world_free(w);
}
END_TEST

START_TEST(an_answer_about_no_order_is_poison)
{
    struct world *w = orders_world();
    struct quote_told t = {.order = STR("nobody"), .version = 1};
    ck_assert_int_eq(world_event(w, &type_quote_refused, &t), FOLD_POISON);
    world_free(w);
}
END_TEST

static Suite *fates_suite(void)
{
    const TTest *const tests[] = {
        a_clean_order_goes_all_the_way,
        sequences_are_contiguous,
        a_price_that_is_missing_refuses,
        a_refusal_without_reasons_has_one,
        a_quote_that_does_not_add_up_is_poison,
        people_are_asked_and_say_yes,
        no_is_no,
        all_or_nothing_is_out_of_stock_as_a_whole,
        the_named_line_is_to_blame,
        a_node_may_refuse_for_a_reason_of_its_own,
        partial_takes_what_there_is,
        partial_leaves_out_a_node,
        partial_lets_go_of_a_node_that_holds_nothing,
        partial_of_nothing_is_refused,
        stock_held_too_long_is_lost,
        late_and_repeated_answers_change_nothing,
        an_answer_about_no_order_is_poison,
    };
    return unit_suite("orders fates", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(fates_suite)
