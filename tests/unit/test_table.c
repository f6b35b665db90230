/* table: the hash table of reference pictures, against a plain array. */
#include "common/table.h"
#include "tests/unit/unit.h"

enum { KEY_COUNT = 300, STEP_COUNT = 20000 };

static char texts[KEY_COUNT][16];
static int values[KEY_COUNT];

static struct str key_of(size_t i)
{
    return (struct str){texts[i], strlen(texts[i])};
}

START_TEST(an_empty_one_has_nothing)
{
    struct table t = {0};
    size_t at = 0;
    ck_assert_ptr_null(table_get(&t, STR("a")));
    ck_assert_ptr_null(table_remove(&t, STR("a")));
    ck_assert_ptr_null(table_next(&t, &at));
    table_release(&t);
}
END_TEST

START_TEST(a_new_value_replaces_the_old)
{
    struct table t = {0};
    int one = 1, two = 2;
    ck_assert_ptr_null(table_put(&t, STR("k"), &one));
    ck_assert_ptr_eq(table_put(&t, STR("k"), &two), &one);
    ck_assert_ptr_eq(table_get(&t, STR("k")), &two);
    ck_assert_uint_eq(t.count, 1);
    ck_assert_ptr_eq(table_remove(&t, STR("k")), &two);
    ck_assert_ptr_null(table_get(&t, STR("k")));
    table_release(&t);
}
END_TEST

START_TEST(any_mix_of_steps_agrees_with_an_array)
{
    struct table t = {0};
    bool there[KEY_COUNT] = {false};
    size_t count = 0;
    unsigned state = 7;
    for (size_t i = 0; i < KEY_COUNT; i++)
        snprintf(texts[i], sizeof texts[i], "key-%zu", i);
    for (size_t step = 0; step < STEP_COUNT; step++) {
        state = state * 1103515245u + 12345u;
        size_t i = (state >> 8) % KEY_COUNT;
        bool put = (state >> 20) % 3 != 0;
        void *before = put ? table_put(&t, key_of(i), &values[i]) : table_remove(&t, key_of(i));
        ck_assert_ptr_eq(before, there[i] ? &values[i] : NULL);
        count += (size_t)put - (size_t)there[i];
        there[i] = put;
        ck_assert_uint_eq(t.count, count);
    }
    for (size_t i = 0; i < KEY_COUNT; i++)
        ck_assert_ptr_eq(table_get(&t, key_of(i)), there[i] ? &values[i] : NULL);
    size_t seen = 0, at = 0;
    while (table_next(&t, &at) != NULL)
        seen++;
    ck_assert_uint_eq(seen, count);
    table_release(&t);
}
END_TEST

static Suite *table_suite(void)
{
    const TTest *const tests[] = {
        an_empty_one_has_nothing,
        a_new_value_replaces_the_old,
        any_mix_of_steps_agrees_with_an_array,
    };
    return unit_suite("table", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(table_suite)
