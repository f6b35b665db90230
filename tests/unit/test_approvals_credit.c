/* approvals credit: what may be held, and what each posting does (F17). */
#include "common/limits.h"
#include "common/money.h"
#include "services/approvals/credit.h"
#include "tests/unit/unit.h"

#define EUROS(n) ((int64_t)(n)*MICRO)

START_TEST(available_is_what_is_left)
{
    struct credit c = {.limit = EUROS(1000), .tolerance = EUROS(50)};
    ck_assert_int_eq(credit_available(&c), EUROS(1050));
    c.reserved = EUROS(100);
    c.committed = EUROS(200);
    c.posted = EUROS(300);
    ck_assert_int_eq(credit_available(&c), EUROS(450));
    c.posted = -EUROS(300);
    ck_assert_int_eq(credit_available(&c), EUROS(1050));
    c.limit = 0;
    ck_assert_int_eq(credit_available(&c), EUROS(50));
}
END_TEST

START_TEST(exactly_all_of_it_may_be_held)
{
    struct credit c = {.limit = EUROS(1000), .reserved = EUROS(900)};
    ck_assert_int_eq(credit_judge(&c, EUROS(100)), CREDIT_HELD);
    ck_assert_int_eq(credit_judge(&c, EUROS(100) + 1), CREDIT_EXCEEDED);
    ck_assert_int_eq(credit_judge(&c, 0), CREDIT_HELD);
    c.unlimited = true;
    ck_assert_int_eq(credit_judge(&c, EUROS(5000)), CREDIT_HELD);
}
END_TEST

START_TEST(twenty_orders_of_a_tenth_make_ten)
{
    struct credit c = {.limit = EUROS(1000)};
    int held = 0;
    for (int i = 0; i < 20; i++) {
        if (credit_judge(&c, EUROS(100)) != CREDIT_HELD)
            continue;
        struct credit_change change = credit_change_of(POSTING_RESERVE, EUROS(100), false);
        ck_assert(credit_apply(&c, &change, &c));
        held++;
    }
    ck_assert_int_eq(held, 10);
    ck_assert_int_eq(credit_available(&c), 0);
}
END_TEST

START_TEST(no_amount_leaves_its_range)
{
    struct credit c = {.unlimited = true, .reserved = AMOUNT_MICRO_MAX - 5};
    ck_assert_int_eq(credit_judge(&c, 5), CREDIT_HELD);
    ck_assert_int_eq(credit_judge(&c, 6), CREDIT_TOO_LARGE);
    c.posted = -100; /* what was paid in advance makes no room for more holds */
    ck_assert_int_eq(credit_judge(&c, 6), CREDIT_TOO_LARGE);
    c.posted = 3;
    ck_assert_int_eq(credit_judge(&c, 3), CREDIT_TOO_LARGE);
    ck_assert_int_eq(credit_judge(&c, 2), CREDIT_HELD);
}
END_TEST

START_TEST(each_step_moves_its_figures)
{
    static const struct {
        enum posting_kind kind;
        bool committed;
        struct credit_change wanted;
    } rows[] = {
        {POSTING_RESERVE, false, {7, 0, 0}},  {POSTING_COMMIT, false, {-7, 7, 0}},
        {POSTING_REDUCE, false, {-7, 0, 0}},  {POSTING_REDUCE, true, {0, -7, 0}},
        {POSTING_RELEASE, false, {-7, 0, 0}}, {POSTING_RELEASE, true, {0, -7, 0}},
        {POSTING_SETTLE, true, {0, -7, 7}},   {POSTING_PAYMENT, false, {0, 0, -7}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct credit_change got = credit_change_of(rows[i].kind, 7, rows[i].committed);
        ck_assert_int_eq(got.reserved, rows[i].wanted.reserved);
        ck_assert_int_eq(got.committed, rows[i].wanted.committed);
        ck_assert_int_eq(got.posted, rows[i].wanted.posted);
    }
}
END_TEST

static void no_kind(void)
{
    credit_change_of(POSTING_ABSENT, 1, false);
}

START_TEST(nothing_goes_below_zero_but_what_is_posted)
{
    struct credit c = {.reserved = 5, .committed = 5}, out = {.limit = 1};
    ck_assert(!credit_apply(&c, &(struct credit_change){.reserved = -6}, &out));
    ck_assert(!credit_apply(&c, &(struct credit_change){.committed = -6}, &out));
    ck_assert(!credit_apply(&c, &(struct credit_change){.posted = -AMOUNT_MICRO_MAX - 1}, &out));
    ck_assert(!credit_apply(&c, &(struct credit_change){.reserved = AMOUNT_MICRO_MAX}, &out));
    ck_assert(!credit_apply(&c, &(struct credit_change){.committed = AMOUNT_MICRO_MAX}, &out));
    ck_assert(!credit_apply(&c, &(struct credit_change){.reserved = INT64_MAX}, &out));
    ck_assert(!credit_apply(&c, &(struct credit_change){.committed = INT64_MAX}, &out));
    c.posted = 1;
    ck_assert(!credit_apply(&c, &(struct credit_change){.posted = INT64_MAX}, &out));
    ck_assert_int_eq(out.limit, 1);
    ck_assert(credit_apply(&c, &(struct credit_change){.posted = -6}, &out));
    ck_assert_int_eq(out.posted, -5);
    ck_assert(unit_dies(no_kind));
}
END_TEST

START_TEST(levels_are_reached_not_passed)
{
    struct credit c = {.limit = EUROS(100), .tolerance = EUROS(100), .reserved = EUROS(79)};
    ck_assert_int_eq(credit_level(&c), 0);
    c.committed = EUROS(1);
    ck_assert_int_eq(credit_level(&c), 80);
    c.posted = EUROS(15) - 1;
    ck_assert_int_eq(credit_level(&c), 80);
    c.posted++;
    ck_assert_int_eq(credit_level(&c), 95);
    c.unlimited = true;
    ck_assert_int_eq(credit_level(&c), 0);
    c = (struct credit){.tolerance = EUROS(1)};
    ck_assert_int_eq(credit_level(&c), 0);
    c.reserved = 1; /* any use of no limit is all of it */
    ck_assert_int_eq(credit_level(&c), 95);
    c = (struct credit){.limit = AMOUNT_MICRO_MAX, .reserved = AMOUNT_MICRO_MAX};
    ck_assert_int_eq(credit_level(&c), 95);
}
END_TEST

static Suite *credit_suite(void)
{
    const TTest *const tests[] = {
        available_is_what_is_left,         exactly_all_of_it_may_be_held,
        twenty_orders_of_a_tenth_make_ten, no_amount_leaves_its_range,
        each_step_moves_its_figures,       nothing_goes_below_zero_but_what_is_posted,
        levels_are_reached_not_passed};
    return unit_suite("approvals credit", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(credit_suite)
