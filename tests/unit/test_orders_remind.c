/* orders remind: sellers who do not answer in time (F27). */
#include "tests/unit/orders_world.h"

enum { ALARM_COUNT = 1 }; /* at a time, of each sub-order */

static void hours_pass(struct world *w, int64_t hours)
{
    world_time_set(w, instant_plus_us(world_time(w), hours * MICROSECONDS_PER_HOUR));
    world_timers_run(w);
}

/* Notices of a kind, and the last of them. */
static size_t notices(struct world *w, const char *kind, const struct notice **last)
{
    size_t count = 0;
    for (size_t i = 0; i < world_count(w, &type_notice_request); i++) {
        const struct notice *n = world_at(w, &type_notice_request, i);
        if (!str_is(n->kind, kind))
            continue;
        *last = n;
        count++;
    }
    return count;
}

START_TEST(a_silent_seller_is_reminded_then_escalated)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    const struct notice *n = NULL;
    ck_assert_uint_eq(world_timer_count(w), 2 * ALARM_COUNT);
    seller_says(w, (struct said){1, 0, 0, "accepted"});
    ck_assert_uint_eq(world_timer_count(w), ALARM_COUNT);
    hours_pass(w, 23);
    ck_assert_uint_eq(notices(w, "partner_reminder", &n), 0);
    hours_pass(w, 1);
    ck_assert_uint_eq(notices(w, "partner_reminder", &n), 1);
    ck_assert_view(n->recipient, "shop");
    ck_assert_view(n->cause, "2");
    ck_assert_view(n->order, ORDER_ID);
    ck_assert_uint_eq(world_timer_count(w), ALARM_COUNT);
    size_t states = world_count(w, &type_order_state);
    hours_pass(w, 23);
    ck_assert_uint_eq(notices(w, "partner_escalated", &n), 0);
    hours_pass(w, 1);
    ck_assert_uint_eq(notices(w, "partner_reminder", &n), 1);
    ck_assert_uint_eq(notices(w, "partner_escalated", &n), 1);
    ck_assert_view(n->recipient, "shop/staff");
    ck_assert_uint_eq(world_timer_count(w), 0);
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->lines[1].state, LINE_ALLOCATED); /* silence is no answer */
    ck_assert_uint_eq(row->reasons_count, 1);
    ck_assert_view(row->reasons[0].code, "partner_silent");
    ck_assert_count(w, type_order_state, states + 1);
    seller_says(w, (struct said){2, 0, 0, "accepted"});
    ck_assert_int_eq(order_row(w)->state, ORDER_ACCEPTED);
    world_free(w);
}
END_TEST

START_TEST(an_answer_after_the_reminder_stops_the_clock)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    hours_pass(w, 24);
    ck_assert_uint_eq(world_timer_count(w), 2 * ALARM_COUNT);
    seller_says(w, (struct said){1, 0, 0, "accepted"});
    seller_says(w, (struct said){2, 0, 0, "accepted"});
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

START_TEST(a_service_that_was_down_calls_at_once)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    const struct notice *n = NULL;
    hours_pass(w, 100);
    hours_pass(w, 0);
    ck_assert_uint_eq(notices(w, "partner_reminder", &n), 2);
    ck_assert_uint_eq(notices(w, "partner_escalated", &n), 2);
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

START_TEST(every_answer_stops_the_clock)
{
    static const char *const answers[] = {"accepted", "rejected", "shipped", "delivered"};
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct order_submit o = two_lines();
        struct world *w = confirmed_world(&o);
        seller_says(w, (struct said){2, i == 0 ? 0 : 2, 0, answers[i]});
        ck_assert_uint_eq(world_timer_count(w), ALARM_COUNT);
        world_free(w);
    }
}
END_TEST

START_TEST(a_part_that_waits_keeps_the_clock)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    seller_says(w, (struct said){1, 1, 1, "rejected"});
    ck_assert_uint_eq(world_timer_count(w), 2 * ALARM_COUNT);
    seller_says(w, (struct said){1, 1, 0, "rejected"});
    ck_assert_uint_eq(world_timer_count(w), ALARM_COUNT);
    world_free(w);
}
END_TEST

START_TEST(a_cancelled_sub_order_is_not_awaited)
{
    struct order_submit o = two_lines();
    struct world *w = confirmed_world(&o);
    cancel_as(w, "bob", "k1");
    ck_assert_uint_eq(world_timer_count(w), 2 * ALARM_COUNT);
    seller_says(w, (struct said){1, 0, 0, "cancelled"});
    seller_says(w, (struct said){2, 0, 0, "cancelled"});
    ends_as(w, ORDER_CANCELLED);
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

START_TEST(an_order_that_never_confirms_has_no_clock)
{
    struct order_submit o = two_lines();
    struct world *w = orders_world();
    submit(w, &o);
    price(w);
    grant(w);
    cancel_as(w, "bob", "k1");
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

static Suite *remind_suite(void)
{
    const TTest *const tests[] = {
        a_silent_seller_is_reminded_then_escalated, an_answer_after_the_reminder_stops_the_clock,
        a_service_that_was_down_calls_at_once,      every_answer_stops_the_clock,
        a_part_that_waits_keeps_the_clock,          a_cancelled_sub_order_is_not_awaited,
        an_order_that_never_confirms_has_no_clock,
    };
    return unit_suite("orders remind", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(remind_suite)
