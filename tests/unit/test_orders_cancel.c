/* orders cancel: at every stage, by whom, and in every race: what was held goes back once. */
#include "tests/unit/orders_world.h"

/* The last command's answer: accepted with this detail, or refused with this code. */
static void answered(struct world *w, const char *detail, const char *code)
{
    const struct message_type *type =
        detail != NULL ? &type_orders_command_accepted : &type_orders_command_refused;
    const struct command_answer *a = world_last(w, type);
    ck_assert_ptr_nonnull(a);
    ck_assert_view(a->detail, detail);
    ck_assert_view(a->code, code);
}

static void is_cancelled(struct world *w)
{
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_CANCELLED);
    ck_assert_int_eq(row->step, STEP_ENDED);
    ck_assert_count(w, type_order_cancelled, 1);
    ck_assert_count(w, type_order_confirmed, 0);
    const struct order_fact *f = world_last(w, &type_order_cancelled);
    ck_assert_view(f->principal, "bob");
    const struct order_snapshot *last = world_last(w, &type_order_state);
    ck_assert_view(last->state, "cancelled");
    answered(w, "cancelled", NULL);
}

static struct world *submitted(void)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    return w;
}

START_TEST(while_it_is_being_priced)
{
    struct world *w = submitted();
    struct quote_told late = quote_of(w);
    cancel_as(w, "bob", "k1");
    is_cancelled(w);
    told(w, &type_quote_priced, &late);
    told(w, &type_quote_refused, &late);
    is_cancelled(w);
    ck_assert_count(w, type_authorization_request, 0);
    ck_assert_count(w, type_authorization_release, 0);
    world_free(w);
}
END_TEST

static void while_credit_is_asked(const struct message_type *late, size_t releases)
{
    struct world *w = submitted();
    price(w);
    cancel_as(w, "bob", "k1");
    is_cancelled(w);
    ck_assert_count(w, type_authorization_release, 0); /* nothing is known to be held */
    struct authorization_told t = authorization_of(w);
    told(w, late, &t);
    told(w, late, &t);
    told(w, &type_authorization_granted, &t);
    ck_assert_count(w, type_authorization_release, releases);
    ck_assert_count(w, type_reservation_request, 0);
    if (releases > 0) {
        const struct authorization_request *r = world_last(w, &type_authorization_release);
        ck_assert_view(r->cause, "cancelled");
    }
    is_cancelled(w);
    world_free(w);
}

START_TEST(while_credit_is_being_judged)
{
    while_credit_is_asked(&type_authorization_granted, 1);
    while_credit_is_asked(&type_authorization_pending, 1);
    while_credit_is_asked(&type_authorization_refused, 0);
    while_credit_is_asked(&type_authorization_rejected, 0);
    while_credit_is_asked(&type_authorization_expired, 0);
}
END_TEST

START_TEST(while_people_think)
{
    struct world *w = submitted();
    price(w);
    pend(w);
    cancel_as(w, "bob", "k1");
    is_cancelled(w);
    ck_assert_count(w, type_authorization_release, 1);
    grant(w); /* the yes crossed the cancel */
    is_cancelled(w);
    ck_assert_count(w, type_authorization_release, 1);
    ck_assert_count(w, type_reservation_request, 0);
    world_free(w);
}
END_TEST

START_TEST(while_stock_is_asked)
{
    struct world *w = submitted();
    price(w);
    grant(w);
    reserve(w, "maker/a");
    cancel_as(w, "bob", "k1");
    is_cancelled(w);
    ck_assert_count(w, type_authorization_release, 1);
    ck_assert_count(w, type_reservation_release, 1); /* maker/a; shop/x has not answered */
    reserve(w, "shop/x");
    ck_assert_count(w, type_reservation_release, 2);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_view(r->node, "shop/x");
    ck_assert_view(r->cause, "cancelled");
    reserve(w, "shop/x");
    reserve(w, "maker/a");
    ck_assert_count(w, type_reservation_release, 2);
    is_cancelled(w);
    world_free(w);
}
END_TEST

START_TEST(while_stock_is_refused)
{
    struct world *w = submitted();
    price(w);
    grant(w);
    cancel_as(w, "bob", "k1");
    stock_answer(w, "maker/a", &type_reservation_refused);
    stock_answer(w, "shop/x", &type_reservation_expired);
    stock_answer(w, "shop/x", &type_reservation_refused);
    ck_assert_count(w, type_reservation_release, 0);
    ck_assert_int_eq(order_row(w)->reservations[0].state, STOCK_REFUSED);
    is_cancelled(w);
    world_free(w);
}
END_TEST

START_TEST(after_confirm_sellers_are_asked)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 0, 0, "accepted"});
    cancel_as(w, "bob", "k1");
    answered(w, "cancelling", NULL);
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_count(w, type_fulfilment_cancel, 2);
    const struct fulfilment_cancel *c = world_last(w, &type_fulfilment_cancel);
    ck_assert_view(c->reason, "changed my mind");
    cancel_as(w, "bob", "k2"); /* impatient */
    answered(w, "cancelling", NULL);
    ck_assert_count(w, type_fulfilment_cancel, 2);
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->total, 20000000);
    ck_assert_int_eq(row->lines[0].state, LINE_CANCELLED);
    ck_assert(row->cancelling);
    totals_hold(row);
    ck_assert_count(w, type_authorization_reduce, 1);
    seller_says(w, (struct said){2, 0, 0, "cancelled"});
    row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_CANCELLED);
    ck_assert(!row->cancelling);
    ck_assert_count(w, type_order_cancelled, 2); /* one for each part */
    const struct order_fact *f = world_last(w, &type_order_cancelled);
    ck_assert_view(f->state, "cancelled");
    ck_assert_count(w, type_reservation_release, 2);
    ck_assert_count(w, type_authorization_release, 1);
    ck_assert_count(w, type_authorization_settle, 0);
    cancel_as(w, "bob", "k3");
    answered(w, "cancelled", NULL);
    ck_assert_count(w, type_order_cancelled, 2);
    seller_says(w, (struct said){2, 2, 2, "shipped"}); /* too late */
    ck_assert_int_eq(order_row(w)->state, ORDER_CANCELLED);
    world_free(w);
}
END_TEST

START_TEST(one_seller_stops_the_other_delivers)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){2, 2, 2, "shipped"});
    cancel_as(w, "bob", "k1");
    ck_assert_count(w, type_fulfilment_cancel, 1); /* what is shipped is not asked */
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    ck_assert_int_eq(order_row(w)->state, ORDER_SHIPPED);
    ck_assert(!order_row(w)->cancelling);
    cancel_as(w, "bob", "k2");
    answered(w, NULL, "already_shipped");
    ck_assert_count(w, type_order_cancel_refused, 1);
    seller_says(w, (struct said){2, 2, 2, "delivered"});
    ck_assert_int_eq(order_row(w)->state, ORDER_CLOSED);
    const struct authorization_request *s = world_last(w, &type_authorization_settle);
    ck_assert_int_eq(s->total.micro, 20000000);
    cancel_as(w, "bob", "k3");
    answered(w, NULL, "already_shipped");
    world_free(w);
}
END_TEST

START_TEST(no_seller_stops)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    cancel_as(w, "bob", "k1");
    seller_says(w, (struct said){1, 0, 0, "cancel_refused"});
    ck_assert_count(w, type_order_cancel_refused, 0);
    seller_says(w, (struct said){2, 0, 0, "cancel_refused"});
    ck_assert_count(w, type_order_cancel_refused, 1);
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    seller_says(w, (struct said){2, 0, 0, "cancel_refused"});
    seller_says(w, (struct said){2, 0, 0, "cancelled"});
    ck_assert_count(w, type_order_cancel_refused, 1);
    ck_assert_count(w, type_order_cancelled, 0);
    cancel_as(w, "bob", "k2"); /* asked again */
    ck_assert_count(w, type_fulfilment_cancel, 4);
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    seller_says(w, (struct said){2, 0, 0, "cancel_refused"});
    ck_assert_count(w, type_order_cancel_refused, 1); /* a part was cancelled */
    ck_assert(!order_row(w)->cancelling);
    world_free(w);
}
END_TEST

START_TEST(a_rejection_crosses_the_cancel)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    cancel_as(w, "bob", "k1");
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    seller_says(w, (struct said){2, 2, 0, "rejected"});
    ck_assert_int_eq(order_row(w)->state, ORDER_CANCELLED);
    ck_assert(!order_row(w)->cancelling);
    ck_assert_count(w, type_order_cancelled, 2); /* the part, and the end */
    seller_says(w, (struct said){2, 0, 0, "cancelled"});
    ck_assert_count(w, type_order_cancelled, 2);
    world_free(w);
}
END_TEST

START_TEST(nothing_was_left_to_stop)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    cancel_as(w, "bob", "k1");
    seller_says(w, (struct said){1, 1, 0, "rejected"});
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    ck_assert_int_eq(order_row(w)->reservations[0].stop, STOP_DONE);
    ck_assert_count(w, type_order_cancelled, 0);
    ck_assert(order_row(w)->cancelling);
    world_free(w);
}
END_TEST

START_TEST(strangers_and_unknown_orders_hear_the_same)
{
    struct world *w = submitted();
    cancel_as(w, "eve", "k1");
    answered(w, NULL, "order_unknown");
    ck_assert_int_eq(order_row(w)->state, ORDER_RECEIVED);
    struct command_answer first =
        *(const struct command_answer *)world_last(w, &type_orders_command_refused);
    struct order_cancel c = {.order = STR("0190a5c0-0000-7000-8000-00000000ffff"),
                             .principal = STR("eve"),
                             .idempotency_key = STR("k2")};
    ck_assert_int_eq(world_command(w, &type_order_cancel, &c, 0), FOLD_DONE);
    const struct command_answer *second = world_last(w, &type_orders_command_refused);
    ck_assert(str_eq(first.code, second->code) && str_eq(first.text, second->text) &&
              str_eq(first.path, second->path) && str_eq(first.remedy, second->remedy));
    c.order = STR(ORDER_ID);
    ck_assert_int_eq(world_command(w, &type_order_cancel, &c, RIGHT_OPERATE), FOLD_DONE);
    ck_assert_int_eq(order_row(w)->state, ORDER_CANCELLED);
    ck_assert_view(order_row(w)->cancelled_by, "eve");
    world_free(w);
}
END_TEST

START_TEST(what_was_refused_is_over)
{
    struct world *w = submitted();
    struct quote_told t = {.order = STR(ORDER_ID), .version = 1};
    told(w, &type_quote_refused, &t);
    cancel_as(w, "bob", "k1");
    answered(w, NULL, "order_ended");
    ck_assert_int_eq(order_row(w)->state, ORDER_REFUSED);
    world_free(w);
}
END_TEST

static Suite *cancel_suite(void)
{
    const TTest *const tests[] = {
        while_it_is_being_priced,
        while_credit_is_being_judged,
        while_people_think,
        while_stock_is_asked,
        while_stock_is_refused,
        after_confirm_sellers_are_asked,
        one_seller_stops_the_other_delivers,
        no_seller_stops,
        a_rejection_crosses_the_cancel,
        nothing_was_left_to_stop,
        strangers_and_unknown_orders_hear_the_same,
        what_was_refused_is_over,
    };
    return unit_suite("orders cancel", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(cancel_suite)
