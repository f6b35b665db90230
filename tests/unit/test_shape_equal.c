/* shape: two structs compared and taken over member by member. */
#include <string.h>

#include "tests/unit/shape_world.h"

static struct arena arena;

static struct whole *read_whole(const char *json)
{
    struct fault fault;
    struct whole *w = arena_new(&arena, struct whole);
    ck_assert_msg(shape_decode(&whole_shape, str_of(json), SHAPE_OPEN, &arena, w, &fault), "%s",
                  json);
    return w;
}

START_TEST(the_same_text_is_the_same)
{
    ck_assert(shape_equal(&whole_shape, read_whole(whole_json), read_whole(whole_json)));
    ck_assert(shape_equal(&whole_shape, read_whole("{\"name\":\"ab\"}"),
                          read_whole(" {\"name\":\"\\u0061b\"}")));
    arena_release(&arena);
}
END_TEST

START_TEST(each_member_counts)
{
    static const char *const ends[] = {
        "",
        ",\"number\":1",
        ",\"flag\":true",
        ",\"price\":{\"amount\":\"1\",\"currency\":\"EUR\"}",
        ",\"price\":{\"amount\":\"1\",\"currency\":\"USD\"}",
        ",\"price\":{\"amount\":\"2\",\"currency\":\"EUR\"}",
        ",\"rate\":\"0\"",
        ",\"rate\":\"1\"",
        ",\"when\":\"2026-11-24T17:00:00Z\"",
        ",\"extensions\":{}",
        ",\"extensions\":{\"a\":1}",
        ",\"colour\":\"red\"",
        ",\"colour\":\"blue\"",
        ",\"main_part\":{\"sku\":\"a\"}",
        ",\"main_part\":{\"sku\":\"b\"}",
        ",\"main_part\":{\"sku\":\"a\",\"quantity\":{\"value\":\"1\",\"unit\":\"C62\"}}",
        ",\"main_part\":{\"sku\":\"a\",\"quantity\":{\"value\":\"1\",\"unit\":\"KGM\"}}",
        ",\"parts\":[{\"sku\":\"a\"}]",
        ",\"parts\":[{\"sku\":\"b\"}]",
        ",\"parts\":[{\"sku\":\"a\"},{\"sku\":\"b\"}]",
        ",\"tags\":[\"a\"]",
        ",\"tags\":[\"b\"]",
        ",\"tags\":[\"a\",\"b\"]",
    };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        for (size_t k = 0; k < ARRAY_LEN(ends); k++) {
            char a[200], b[200];
            snprintf(a, sizeof a, "{\"name\":\"ab\"%s}", ends[i]);
            snprintf(b, sizeof b, "{\"name\":\"ab\"%s}", ends[k]);
            bool same = shape_equal(&whole_shape, read_whole(a), read_whole(b));
            ck_assert_msg(same == (i == k), "%s and %s", a, b);
        }
    ck_assert(!shape_equal(&whole_shape, read_whole("{\"name\":\"ab\"}"),
                           read_whole("{\"name\":\"abc\"}")));
    arena_release(&arena);
}
END_TEST

START_TEST(lists_are_compared_item_by_item)
{
    const struct part x[] = {{STR("a"), {1, "C62"}}, {STR("b"), {2, "C62"}}};
    struct part y[] = {x[0], x[1]};
    ck_assert(shape_equal_list(&part_shape, x, y, 2));
    y[1].quantity.micro = 3;
    ck_assert(!shape_equal_list(&part_shape, x, y, 2));
    ck_assert(shape_equal_list(&part_shape, x, y, 1));
    ck_assert(shape_equal_list(&part_shape, NULL, NULL, 0));
}
END_TEST

START_TEST(all_members_are_taken_over)
{
    struct whole to = {0};
    shape_take(&whole_shape, read_whole(whole_json), &to);
    ck_assert(shape_equal(&whole_shape, &to, read_whole(whole_json)));
    arena_release(&arena);
}
END_TEST

START_TEST(other_members_stay)
{
    static const struct member members[] = {MEMBER(struct part, sku, REQUIRED, 1, 5, NULL)};
    static const struct shape sku_only = SHAPE("sku", struct part, members, NULL);
    const struct part from = {STR("a"), {1, "C62"}};
    struct part to = {STR("b"), {2, "KGM"}};
    shape_take(&sku_only, &from, &to);
    ck_assert_view(to.sku, "a");
    ck_assert_int_eq(to.quantity.micro, 2);
    ck_assert_str_eq(to.quantity.unit, "KGM");
    ck_assert(shape_equal(&sku_only, &from, &to));
    ck_assert(!shape_equal(&part_shape, &from, &to));
}
END_TEST

static Suite *shape_equal_suite(void)
{
    const TTest *const tests[] = {
        the_same_text_is_the_same,  each_member_counts, lists_are_compared_item_by_item,
        all_members_are_taken_over, other_members_stay,
    };
    return unit_suite("shape_equal", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(shape_equal_suite)
