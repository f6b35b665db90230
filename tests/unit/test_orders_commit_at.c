/* orders commit_at: an order whose credit and stock are committed where they are held. No commit is
 * asked, and every way out gives back once what was committed. */
#include "tests/unit/orders_world.h"

static struct order_submit early_order(void)
{
    struct order_submit o = two_lines();
    o.commit_at = COMMIT_AT_RESERVE;
    return o;
}

static struct world *submitted(void)
{
    struct world *w = orders_world();
    struct order_submit o = early_order();
    submit(w, &o);
    price(w);
    return w;
}

static struct world *granted(void)
{
    struct world *w = submitted();
    grant(w);
    return w;
}

/* No commit was asked, and so many releases of credit and of stock. */
static void given_back(struct world *w, size_t credit, size_t stock)
{
    ck_assert_count(w, type_authorization_commit, 0);
    ck_assert_count(w, type_reservation_commit, 0);
    ck_assert_count(w, type_authorization_release, credit);
    ck_assert_count(w, type_reservation_release, stock);
}

START_TEST(what_is_asked_says_so)
{
    struct world *w = submitted();
    const struct authorization_request *r = world_last(w, &type_authorization_request);
    ck_assert(r->commit);
    ck_assert_int_eq(order_row(w)->credit, CREDIT_ASKED);
    grant(w);
    ck_assert_int_eq(order_row(w)->credit, CREDIT_COMMITTED);
    const struct reservation_request *q = request_to(w, STR("maker/a"));
    ck_assert(q->commit);
    ck_assert(!instant_present(q->expires_at)); /* nothing of it runs out */
    reserve(w, "maker/a");
    ck_assert_int_eq(order_row(w)->reservations[0].state, STOCK_COMMITTED);
    ck_assert_int_eq(order_row(w)->reservations[1].state, STOCK_ASKED);
    ck_assert_int_eq(order_row(w)->state, ORDER_APPROVED);
    world_free(w);
}
END_TEST

START_TEST(the_usual_order_says_nothing)
{
    struct order_submit o = two_lines();
    for (int i = 0; i < 2; i++) {
        struct world *w = confirmed_world(&o);
        const struct authorization_request *r = world_last(w, &type_authorization_request);
        const struct order_snapshot *told_ = world_last(w, &type_order_confirmed);
        ck_assert(!r->commit && !request_to(w, STR("maker/a"))->commit);
        ck_assert_int_eq(order_row(w)->commit_at, COMMIT_AT_CONFIRM);
        ck_assert_int_eq(told_->commit_at, COMMIT_AT_ABSENT);
        ck_assert_count(w, type_authorization_commit, 1);
        ck_assert_count(w, type_reservation_commit, 2);
        r = world_last(w, &type_authorization_commit);
        ck_assert(!r->commit);
        world_free(w);
        o.commit_at = COMMIT_AT_CONFIRM;
    }
}
END_TEST

START_TEST(a_clean_order_goes_all_the_way)
{
    struct order_submit o = early_order();
    struct world *w = confirmed_world(&o);
    const struct order_snapshot *told_ = world_last(w, &type_order_confirmed);
    ck_assert_int_eq(told_->commit_at, COMMIT_AT_RESERVE);
    ck_assert(shape_equal(&order_snapshot_shape, told_, world_last(w, &type_order_state)));
    ck_assert_int_eq(order_row(w)->credit, CREDIT_COMMITTED);
    ck_assert_count(w, type_fulfilment_announce, 2);
    ck_assert_count(w, type_payable_request, 1);
    seller_says(w, (struct said){1, 1, 3, "delivered"});
    seller_says(w, (struct said){2, 2, 2, "delivered"});
    ends_as(w, ORDER_CLOSED);
    const struct authorization_request *settle = world_last(w, &type_authorization_settle);
    ck_assert_int_eq(settle->total.micro, 50000000);
    ck_assert(!settle->commit);
    given_back(w, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(people_say_yes_first)
{
    struct world *w = submitted();
    pend(w);
    ck_assert_int_eq(order_row(w)->credit, CREDIT_PENDING);
    grant(w);
    reserve(w, "maker/a");
    reserve(w, "shop/x");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    given_back(w, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(another_node_refuses)
{
    struct world *w = granted();
    reserve(w, "maker/a");
    stock_answer(w, "shop/x", &type_reservation_refused);
    ends_as(w, ORDER_REFUSED);
    given_back(w, 1, 1);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_view(r->node, "maker/a");
    ck_assert_view(r->cause, "refused");
    ck_assert_uint_eq(r->lines_count, 0); /* all of it */
    const struct authorization_request *c = world_last(w, &type_authorization_release);
    ck_assert_view(c->cause, "refused");
    reserve(w, "maker/a"); /* again, and late */
    grant(w);
    given_back(w, 1, 1);
    world_free(w);
}
END_TEST

START_TEST(the_first_node_refuses_and_the_other_comes_later)
{
    struct world *w = granted();
    stock_answer(w, "maker/a", &type_reservation_refused);
    ck_assert_int_eq(order_row(w)->step, STEP_RESERVING);
    reserve(w, "shop/x");
    ends_as(w, ORDER_REFUSED);
    given_back(w, 1, 1);
    world_free(w);
}
END_TEST

START_TEST(partial_takes_what_there_is)
{
    struct world *w = orders_world();
    struct order_submit o = early_order();
    o.line_policy = LINE_POLICY_PARTIAL;
    submit(w, &o);
    price(w);
    grant(w);
    reserve_less(w, "maker/a", 1);
    reserve(w, "shop/x");
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_CONFIRMED);
    ck_assert_int_eq(row->version, 2);
    ck_assert_int_eq(row->total, 40000000);
    ck_assert_int_eq(row->credit, CREDIT_COMMITTED);
    totals_hold(row);
    const struct authorization_request *r = world_last(w, &type_authorization_reduce);
    ck_assert_int_eq(r->version, 2);
    ck_assert_int_eq(r->total.micro, 40000000);
    ck_assert(!r->commit);
    given_back(w, 0, 0);
    seller_says(w, (struct said){1, 1, 2, "delivered"});
    seller_says(w, (struct said){2, 2, 2, "delivered"});
    ends_as(w, ORDER_CLOSED);
    r = world_last(w, &type_authorization_settle);
    ck_assert_int_eq(r->version, 2);
    ck_assert_int_eq(r->total.micro, 40000000);
    world_free(w);
}
END_TEST

START_TEST(partial_lets_go_of_a_node_that_holds_nothing)
{
    struct world *w = orders_world();
    struct order_submit o = early_order();
    o.line_policy = LINE_POLICY_PARTIAL;
    submit(w, &o);
    price(w);
    grant(w);
    reserve_less(w, "maker/a", 3);
    reserve(w, "shop/x");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_uint_eq(order_row(w)->sub_orders_count, 1);
    given_back(w, 0, 1);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_view(r->node, "maker/a");
    ck_assert_view(r->cause, "short");
    world_free(w);
}
END_TEST

START_TEST(cancelled_while_credit_is_judged)
{
    const struct message_type *const late[] = {&type_authorization_granted,
                                               &type_authorization_pending};
    for (size_t i = 0; i < ARRAY_LEN(late); i++) {
        struct world *w = submitted();
        cancel_as(w, "bob", "k1");
        given_back(w, 0, 0); /* nothing is known to be held */
        struct authorization_told t = authorization_of(w);
        told(w, late[i], &t);
        told(w, late[i], &t);
        told(w, &type_authorization_granted, &t);
        given_back(w, 1, 0);
        ends_as(w, ORDER_CANCELLED);
        world_free(w);
    }
}
END_TEST

START_TEST(cancelled_while_people_think)
{
    struct world *w = submitted();
    pend(w);
    cancel_as(w, "bob", "k1");
    grant(w); /* the yes, and with it the commit, crossed the cancel */
    given_back(w, 1, 0);
    ends_as(w, ORDER_CANCELLED);
    world_free(w);
}
END_TEST

START_TEST(cancelled_while_stock_is_asked)
{
    struct world *w = granted();
    reserve(w, "maker/a");
    cancel_as(w, "bob", "k1");
    ends_as(w, ORDER_CANCELLED);
    given_back(w, 1, 1); /* maker/a; shop/x has not answered */
    reserve(w, "shop/x");
    given_back(w, 1, 2);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_view(r->node, "shop/x");
    ck_assert_view(r->cause, "cancelled");
    reserve(w, "shop/x");
    reserve(w, "maker/a");
    given_back(w, 1, 2);
    world_free(w);
}
END_TEST

START_TEST(cancelled_and_the_late_node_has_nothing)
{
    struct world *w = granted();
    cancel_as(w, "bob", "k1");
    reserve(w, "maker/a");
    stock_answer(w, "shop/x", &type_reservation_refused);
    given_back(w, 1, 1);
    world_free(w);
}
END_TEST

START_TEST(sellers_take_lines_out)
{
    struct order_submit o = early_order();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 1, 1, "rejected"});
    given_back(w, 0, 1);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_int_eq(r->lines[0].quantity.micro, MICRO);
    const struct authorization_request *c = world_last(w, &type_authorization_reduce);
    ck_assert_int_eq(c->total.micro, 40000000);
    seller_says(w, (struct said){1, 1, 0, "rejected"});
    seller_says(w, (struct said){2, 2, 0, "rejected"});
    ends_as(w, ORDER_REFUSED);
    given_back(w, 1, 3);
    ck_assert_count(w, type_authorization_settle, 0);
    world_free(w);
}
END_TEST

START_TEST(cancelled_after_confirm)
{
    struct order_submit o = early_order();
    struct world *w = confirmed_world(&o);
    cancel_as(w, "bob", "k1");
    given_back(w, 0, 0); /* the sellers are asked */
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    seller_says(w, (struct said){2, 0, 0, "cancelled"});
    ends_as(w, ORDER_CANCELLED);
    given_back(w, 1, 2);
    world_free(w);
}
END_TEST

START_TEST(a_preview_commits_nothing)
{
    struct world *w = orders_world();
    struct order_submit o = early_order();
    ck_assert_int_eq(world_command(w, &type_order_preview, &o, 0), FOLD_DONE);
    price(w);
    const struct authorization_request *r = world_last(w, &type_authorization_request);
    ck_assert(r->dry_run && !r->commit);
    grant(w);
    const struct reservation_request *q = request_to(w, STR("maker/a"));
    ck_assert(q->dry_run && !q->commit);
    reserve(w, "maker/a");
    reserve(w, "shop/x");
    const struct order_snapshot *told_ = world_last(w, &type_order_previewed);
    ck_assert_view(told_->state, "confirmed");
    ck_assert_int_eq(told_->commit_at, COMMIT_AT_RESERVE);
    given_back(w, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(it_is_part_of_the_command)
{
    struct world *w = orders_world();
    struct order_submit o = early_order();
    submit(w, &o);
    submit(w, &o);
    ck_assert_count(w, type_order_received, 2); /* the same answer again */
    ck_assert_count(w, type_orders_command_refused, 0);
    o.commit_at = COMMIT_AT_CONFIRM;
    submit(w, &o);
    const struct command_answer *a = world_last(w, &type_orders_command_refused);
    ck_assert_view(a->code, "conflict");
    world_free(w);
}
END_TEST

static Suite *commit_at_suite(void)
{
    const TTest *const tests[] = {
        what_is_asked_says_so,
        the_usual_order_says_nothing,
        a_clean_order_goes_all_the_way,
        people_say_yes_first,
        another_node_refuses,
        the_first_node_refuses_and_the_other_comes_later,
        partial_takes_what_there_is,
        partial_lets_go_of_a_node_that_holds_nothing,
        cancelled_while_credit_is_judged,
        cancelled_while_people_think,
        cancelled_while_stock_is_asked,
        cancelled_and_the_late_node_has_nothing,
        sellers_take_lines_out,
        cancelled_after_confirm,
        a_preview_commits_nothing,
        it_is_part_of_the_command,
    };
    return unit_suite("orders commit_at", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(commit_at_suite)
