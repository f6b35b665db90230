/* prorate: shares that close to the cent (F19). */
#include "common/money.h"
#include "tests/unit/unit.h"

enum { CENT = 10000, COUNT_MAX = 1000 };

static struct arena arena;

static void split_is(int64_t cents, const int64_t *weights, const int64_t *wanted, size_t count)
{
    int64_t shares[COUNT_MAX];
    ck_assert(prorate(cents * CENT, weights, shares, count, CENT, &arena));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(shares[i] == wanted[i] * CENT, "share %zu: %lld", i, (long long)shares[i]);
    ck_assert(prorate(-cents * CENT, weights, shares, count, CENT, &arena));
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(shares[i], -wanted[i] * CENT);
    arena_reset(&arena);
}

START_TEST(the_rule_holds_by_example)
{
    static const struct {
        int64_t cents;
        size_t count;
        int64_t weights[4], wanted[4];
    } rows[] = {
        {10000, 3, {1, 1, 1}, {3334, 3333, 3333}},
        {12000, 3, {50, 50, 30}, {4616, 4615, 2769}},
        {10000, 3, {0, 0, 0}, {3334, 3333, 3333}},
        {10000, 1, {0}, {10000}},
        {10000, 1, {5}, {10000}},
        {0, 2, {1, 2}, {0, 0}},
        {1, 3, {0, 1, 0}, {0, 1, 0}},
        {1, 2, {1, 1}, {1, 0}},
        {3, 4, {1, 1, 1, 1}, {1, 1, 1, 0}},
        {100, 3, {1, 1, 4}, {17, 16, 67}},   /* remainders 4 4 4: the larger weight first */
        {10, 4, {1, 1, 1, 3}, {2, 2, 1, 5}}, /* equal remainders: the lower index first */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        split_is(rows[i].cents, rows[i].weights, rows[i].wanted, rows[i].count);
    arena_release(&arena);
}
END_TEST

/* A plain reading of the rule, to compare with: each leftover step looks at all shares. */
static void plain_split(int64_t steps, const int64_t *weights, int64_t *shares, size_t count)
{
    int64_t sum = 0, left = steps;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    int64_t equal = sum == 0;
    if (equal)
        sum = (int64_t)count;
    int64_t rest[COUNT_MAX];
    for (size_t i = 0; i < count; i++) {
        int64_t exact = steps * (equal ? 1 : weights[i]);
        shares[i] = exact / sum;
        rest[i] = exact % sum;
        left -= shares[i];
    }
    for (; left > 0; left--) {
        size_t best = 0;
        for (size_t i = 1; i < count; i++) {
            if (rest[i] > rest[best] || (rest[i] == rest[best] && weights[i] > weights[best]))
                best = i;
        }
        shares[best]++;
        rest[best] = -1;
    }
}

START_TEST(a_plain_reading_gives_the_same)
{
    uint64_t seed = 42;
    for (int turn = 0; turn < 2000; turn++) {
        int64_t weights[40], shares[40], wanted[40], sum = 0;
        seed = seed * UINT64_C(6364136223846793005) + 1;
        size_t count = 1 + (seed >> 33) % 40;
        int64_t steps = (int64_t)((seed >> 20) % 100000);
        for (size_t i = 0; i < count; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            weights[i] = (int64_t)((seed >> 33) % (turn % 2 == 0 ? 4 : 10000));
        }
        plain_split(steps, weights, wanted, count);
        ck_assert(prorate(steps * CENT, weights, shares, count, CENT, &arena));
        for (size_t i = 0; i < count; i++) {
            ck_assert_int_eq(shares[i], wanted[i] * CENT);
            sum += shares[i];
        }
        ck_assert_int_eq(sum, steps * CENT);
        arena_reset(&arena);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(the_largest_split_closes)
{
    static int64_t weights[COUNT_MAX], shares[COUNT_MAX];
    for (size_t i = 0; i < COUNT_MAX; i++)
        weights[i] = INT64_MAX - (int64_t)i;
    ck_assert(prorate(INT64_MAX, weights, shares, COUNT_MAX, 1, &arena));
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_MAX; i++)
        ck_assert(add_ok(sum, shares[i], &sum));
    ck_assert_int_eq(sum, INT64_MAX);
    arena_release(&arena);
}
END_TEST

START_TEST(what_cannot_close_is_refused)
{
    int64_t shares[2];
    ck_assert(!prorate(100, (int64_t[]){1, -1}, shares, 2, 1, &arena));
    ck_assert(!prorate(CENT + 1, (int64_t[]){1, 1}, shares, 2, CENT, &arena));
    ck_assert(!prorate(INT64_MIN, (int64_t[]){1, 0}, shares, 2, 1, &arena));
    arena_release(&arena);
}
END_TEST

static void nobody_to_share(void)
{
    int64_t weight = 1, share;
    bool ok = prorate(1, &weight, &share, 0, 1, &arena);
    (void)ok;
}

static void too_many_to_share(void)
{
    static int64_t weights[COUNT_MAX + 1], shares[COUNT_MAX + 1];
    bool ok = prorate(1, weights, shares, COUNT_MAX + 1, 1, &arena);
    (void)ok;
}

START_TEST(counts_are_bounded)
{
    ck_assert(unit_dies(nobody_to_share) && unit_dies(too_many_to_share));
}
END_TEST

static Suite *prorate_suite(void)
{
    const TTest *const tests[] = {
        the_rule_holds_by_example, a_plain_reading_gives_the_same,
        the_largest_split_closes,  what_cannot_close_is_refused,
        counts_are_bounded,
    };
    return unit_suite("prorate", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(prorate_suite)
