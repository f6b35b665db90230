/* orders machine: both tables are total, ends stay ends, and the header follows from the lines. */
#include "services/orders/machine.h"
#include "tests/unit/unit.h"

START_TEST(every_pair_of_a_line_is_filled)
{
    for (int s = 0; s < LINE_STATE_COUNT; s++) {
        for (int c = 0; c < CAUSE_COUNT; c++) {
            struct line_rule r = line_rule((enum line_state)s, (enum line_cause)c);
            ck_assert_int_ne(r.verdict, VERDICT_ABSENT);
            ck_assert_int_eq(r.verdict == VERDICT_MOVE, r.next != LINE_ABSENT);
        }
    }
}
END_TEST

START_TEST(a_line_that_has_ended_stays)
{
    for (int s = LINE_CLOSED; s < LINE_STATE_COUNT; s++) {
        ck_assert(line_ended((enum line_state)s));
        for (int c = 0; c < CAUSE_COUNT; c++) {
            struct order_line l = {.state = (enum line_state)s};
            ck_assert(!line_move(&l, (enum line_cause)c));
            ck_assert_int_eq(l.state, s);
        }
    }
}
END_TEST

/* From every open state an end is reached, and nothing moves back. */
START_TEST(lines_only_go_forward)
{
    for (int s = LINE_RECEIVED; s < LINE_CLOSED; s++) {
        bool moves = false;
        for (int c = 0; c < CAUSE_COUNT; c++) {
            struct line_rule r = line_rule((enum line_state)s, (enum line_cause)c);
            moves |= r.verdict == VERDICT_MOVE;
            ck_assert(r.verdict != VERDICT_MOVE || (int)r.next > s);
        }
        ck_assert_msg(moves, "%s is a dead end", line_state_names[s]);
    }
}
END_TEST

START_TEST(what_is_shipped_cannot_be_cancelled)
{
    ck_assert_int_eq(line_rule(LINE_RELEASED, CAUSE_CANCELLED).next, LINE_CANCELLED);
    for (int s = LINE_SHIPPED; s <= LINE_CLOSED; s++)
        ck_assert_int_eq(line_rule((enum line_state)s, CAUSE_CANCELLED).verdict, VERDICT_REFUSE);
}
END_TEST

START_TEST(every_pair_of_the_saga_is_filled)
{
    for (int s = 0; s < STEP_COUNT; s++)
        for (int e = 0; e < EVENT_COUNT; e++)
            ck_assert_int_ne(saga_rule((enum saga_step)s, (enum saga_event)e), SAGA_ABSENT);
    for (int e = EVENT_PRICED; e < EVENT_CANCEL; e++)
        ck_assert_int_ne(saga_rule(STEP_ENDED, (enum saga_event)e), SAGA_GO);
}
END_TEST

START_TEST(names_are_there)
{
    for (int i = 1; i < CAUSE_COUNT; i++)
        ck_assert_ptr_nonnull(line_cause_names[i]);
    for (int i = 1; i < EVENT_COUNT; i++)
        ck_assert_ptr_nonnull(saga_event_names[i]);
    for (int i = 1; i < ORDER_STATE_COUNT; i++)
        ck_assert_ptr_nonnull(order_state_names[i]);
}
END_TEST

START_TEST(the_header_follows_from_the_lines)
{
    static const struct {
        enum line_state lines[3];
        enum order_state state;
    } rows[] = {
        {{LINE_RECEIVED, LINE_RECEIVED, LINE_RECEIVED}, ORDER_RECEIVED},
        {{LINE_PRICED, LINE_PRICED, LINE_REJECTED}, ORDER_PRICED},
        {{LINE_PENDING_APPROVAL, LINE_PENDING_APPROVAL, LINE_REJECTED}, ORDER_PENDING_APPROVAL},
        {{LINE_APPROVED, LINE_APPROVED, LINE_APPROVED}, ORDER_APPROVED},
        {{LINE_CONFIRMED, LINE_ALLOCATED, LINE_ALLOCATED}, ORDER_CONFIRMED},
        {{LINE_ALLOCATED, LINE_SHIPPED, LINE_CLOSED}, ORDER_CONFIRMED},
        {{LINE_RELEASED, LINE_SHIPPED, LINE_CLOSED}, ORDER_ACCEPTED},
        {{LINE_CANCELLED, LINE_SHIPPED, LINE_CLOSED}, ORDER_SHIPPED},
        {{LINE_DELIVERED, LINE_CLOSED, LINE_CLOSED}, ORDER_DELIVERED},
        {{LINE_REJECTED, LINE_CLOSED, LINE_CANCELLED}, ORDER_CLOSED},
        {{LINE_REJECTED, LINE_REJECTED, LINE_CANCELLED}, ORDER_CANCELLED},
        {{LINE_REJECTED, LINE_EXPIRED, LINE_EXPIRED}, ORDER_EXPIRED},
        {{LINE_REJECTED, LINE_REJECTED, LINE_REJECTED}, ORDER_REFUSED},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct order_line lines[3] = {{.state = rows[i].lines[0], .sub_order = 1},
                                      {.state = rows[i].lines[1], .sub_order = 1},
                                      {.state = rows[i].lines[2], .sub_order = 2}};
        struct order_row row = {.lines = lines, .lines_count = 3, .step = STEP_ENDED};
        ck_assert_int_eq(order_state_of(&row), rows[i].state);
        ck_assert_int_eq(order_ended(&row), rows[i].state >= ORDER_CLOSED);
        row.dry_run = true;
        ck_assert_int_eq(order_state_of(&row), ORDER_PREVIEWED);
        lines[0].state = lines[1].state = LINE_CLOSED;
        ck_assert_int_eq(sub_order_state_of(&row, 1), ORDER_CLOSED);
    }
}
END_TEST

static Suite *machine_suite(void)
{
    const TTest *const tests[] = {
        every_pair_of_a_line_is_filled,
        a_line_that_has_ended_stays,
        lines_only_go_forward,
        what_is_shipped_cannot_be_cancelled,
        every_pair_of_the_saga_is_filled,
        names_are_there,
        the_header_follows_from_the_lines,
    };
    return unit_suite("orders machine", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(machine_suite)
