/* orders fulfil: what sellers answer, and what becomes of money and stock. */
#include "common/limits.h"
#include "tests/unit/orders_world.h"

START_TEST(stock_lost_after_confirm_is_noted)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    stock_answer(w, "maker/a", &type_reservation_expired);
    stock_answer(w, "shop/x", &type_reservation_refused);
    stock_answer(w, "shop/x", &type_reservation_refused);
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_uint_eq(order_row(w)->reasons_count, 2);
    ck_assert_view(order_row(w)->reasons[0].code, "stock_lost");
    world_free(w);
}
END_TEST

START_TEST(a_seller_rejects_a_part)
{
    struct order_submit o = two_lines();
    struct charge freight = {.code = STR("freight"), .amount = EUR(1000)};
    o.charges = &freight;
    o.charges_count = 1;
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 1, 1, "rejected"});
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->version, 2);
    ck_assert_int_eq(row->lines[0].quantity.micro, 2 * MICRO);
    ck_assert_int_eq(row->total, 50000000); /* 40.00 and all of the freight */
    totals_hold(row);
    const struct authorization_request *a = world_last(w, &type_authorization_reduce);
    ck_assert_int_eq(a->total.micro, 50000000);
    const struct reservation_request *r = world_last(w, &type_reservation_release);
    ck_assert_uint_eq(r->lines_count, 1);
    ck_assert_int_eq(r->lines[0].quantity.micro, MICRO);
    const struct payable *p = world_last(w, &type_payable_request);
    ck_assert_view(p->supersedes, ORDER_ID "/1");
    seller_says(w, (struct said){2, 2, 0, "rejected"}); /* all of it: its freight goes too */
    row = order_row(w);
    ck_assert_int_eq(row->version, 3);
    ck_assert_int_eq(row->lines[1].state, LINE_REJECTED);
    ck_assert_int_eq(row->total, 26000000); /* freight was 6.00 and 4.00 */
    totals_hold(row);
    ck_assert_int_eq(row->charges[0].amount.micro, 6000000);
    seller_says(w, (struct said){1, 1, 2, "shipped"});
    seller_says(w, (struct said){1, 1, 2, "delivered"});
    ends_as(w, ORDER_CLOSED);
    const struct authorization_request *s = world_last(w, &type_authorization_settle);
    ck_assert_int_eq(s->total.micro, 26000000);
    world_free(w);
}
END_TEST

START_TEST(the_rest_of_a_part_shipment_is_rejected)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 1, 2, "shipped"});
    seller_says(w, (struct said){1, 1, 5, "rejected"}); /* more than is left: what is left */
    ck_assert_int_eq(order_row(w)->lines[0].state, LINE_SHIPPED);
    ck_assert_int_eq(order_row(w)->lines[0].quantity.micro, 2 * MICRO);
    seller_says(w, (struct said){1, 1, 1, "rejected"}); /* nothing is left: ignored */
    ck_assert_int_eq(order_row(w)->version, 2);
    seller_says(w, (struct said){2, 2, 1, "shipped"});
    seller_says(w, (struct said){2, 2, 1, "delivered"});
    ck_assert_int_eq(order_row(w)->lines[1].state, LINE_RELEASED);
    seller_says(w, (struct said){2, 2, 1, "rejected"}); /* the rest: what came is all */
    ck_assert_int_eq(order_row(w)->lines[1].state, LINE_CLOSED);
    seller_says(w, (struct said){1, 1, 2, "delivered"});
    ends_as(w, ORDER_CLOSED);
    world_free(w);
}
END_TEST

static const struct notice *notice_of(struct world *w, const char *kind)
{
    for (size_t i = world_count(w, &type_notice_request); i-- > 0;) {
        const struct notice *n = world_at(w, &type_notice_request, i);
        if (str_is(n->kind, kind))
            return n;
    }
    return NULL;
}

START_TEST(a_rejection_that_ends_the_order_is_told_too)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 1, 3, "shipped"});
    seller_says(w, (struct said){1, 1, 3, "delivered"});
    ck_assert_ptr_null(notice_of(w, "line_rejected"));
    seller_says(w, (struct said){2, 2, 0, "rejected"});
    ends_as(w, ORDER_CLOSED);
    ck_assert_ptr_nonnull(notice_of(w, "line_rejected"));
    ck_assert_ptr_nonnull(notice_of(w, "delivered"));
    world_free(w);
}
END_TEST

/* A seller may say why at any length and for any number of lines: it is one reason. */
START_TEST(an_answer_gives_one_reason)
{
    struct order_submit o = two_lines();
    o.lines[1].sku = STR("A");
    struct world *w = confirmed_world(&o);
    char why[TEXT_SIZE_MAX];
    memset(why, '"', sizeof why);
    struct line_quantity lines[] = {{.line = 1}, {.line = 2, .quantity = PIECES(1)}};
    struct fulfilment_answer t = {.order = o.order,
                                  .partner = STR("maker"),
                                  .sub_order = 1,
                                  .answer = STR("rejected"),
                                  .reason = {why, sizeof why},
                                  .lines = lines,
                                  .lines_count = ARRAY_LEN(lines)};
    told(w, &type_fulfilment_answered, &t);
    const struct order_fact *f = world_last(w, &type_order_line_rejected);
    ck_assert_uint_eq(f->lines_count, 2);
    ck_assert_uint_eq(f->reasons_count, 1);
    ck_assert_int_eq(f->reasons[0].line, 0);
    const struct order_row *row = order_row(w);
    ck_assert_uint_eq(row->reasons_count, 1);
    ck_assert_uint_eq(row->reasons[0].text.size, TEXT_SIZE_MAX / 2); /* each takes two in JSON */
    ck_assert_view(row->lines[0].code, "rejected_by_seller");
    ck_assert_view(row->lines[1].code, "rejected_by_seller");
    seller_says(w, (struct said){1, 2, 1, "rejected"}); /* of one line: it is named */
    row = order_row(w);
    ck_assert_int_eq(row->reasons[1].line, 2);
    ck_assert_view(row->reasons[1].path, "/lines/1");
    world_free(w);
}
END_TEST

START_TEST(all_rejected_is_refused)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 1, 0, "rejected"});
    seller_says(w, (struct said){2, 2, 0, "rejected"});
    ends_as(w, ORDER_REFUSED);
    ck_assert_int_eq(order_row(w)->total, 0);
    ck_assert_count(w, type_order_refused, 1);
    ck_assert_count(w, type_authorization_reduce, 1);
    ck_assert_count(w, type_authorization_release, 1);
    ck_assert_count(w, type_authorization_settle, 0);
    ck_assert_ptr_nonnull(notice_of(w, "refused"));
    world_free(w);
}
END_TEST

START_TEST(what_is_not_the_sellers_is_passed_over)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    size_t events = world_count(w, &type_order_state);
    struct fulfilment_answer t = {.order = o.order,
                                  .partner = STR("shop"),
                                  .sub_order = 1, /* maker's */
                                  .answer = STR("accepted")};
    told(w, &type_fulfilment_answered, &t);
    t.sub_order = 3;
    told(w, &type_fulfilment_answered, &t);
    t.sub_order = 2;
    t.answer = STR("sung");
    told(w, &type_fulfilment_answered, &t);
    seller_says(w, (struct said){1, 2, 1, "shipped"});   /* another's line */
    seller_says(w, (struct said){1, 9, 1, "delivered"}); /* no line */
    seller_says(w, (struct said){1, 9, 1, "rejected"});
    seller_says(w, (struct said){1, 0, 0, "cancelled"}); /* nobody asked */
    seller_says(w, (struct said){1, 0, 0, "cancel_refused"});
    ck_assert_uint_eq(world_count(w, &type_order_state), events);
    seller_says(w, (struct said){1, 0, 0, "accepted"});
    seller_says(w, (struct said){1, 0, 0, "accepted"});
    ck_assert_count(w, type_order_accepted, 1);
    world_free(w);
}
END_TEST

static Suite *fulfil_suite(void)
{
    const TTest *const tests[] = {
        stock_lost_after_confirm_is_noted,
        a_seller_rejects_a_part,
        the_rest_of_a_part_shipment_is_rejected,
        all_rejected_is_refused,
        what_is_not_the_sellers_is_passed_over,
        a_rejection_that_ends_the_order_is_told_too,
        an_answer_gives_one_reason,
    };
    return unit_suite("orders fulfil", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(fulfil_suite)
