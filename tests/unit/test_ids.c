/* ids: the form of UUIDs, their order in time, and that derived ones never change. */
#include "common/ids.h"
#include "tests/unit/unit.h"

static struct arena arena;

START_TEST(minted_ids_are_version_7_and_ordered)
{
    struct instant now = {INT64_C(1645557742000000)}; /* the example of RFC 9562 */
    struct str first = uuid_mint(&arena, now), second = uuid_mint(&arena, now);
    ck_assert(uuid_valid(first) && uuid_valid(second) && !str_eq(first, second));
    ck_assert(str_starts(first, "017f22e2-79b0-7"));
    ck_assert(strchr("89ab", first.at[19]) != NULL);
    struct str later = uuid_mint(&arena, instant_plus_us(now, 1000));
    ck_assert_int_lt(str_compare(first, later), 0);
    arena_release(&arena);
}
END_TEST

START_TEST(derived_ids_are_version_8_and_stay)
{
    const struct str parts[] = {STR("acme"), STR("order.submit"), STR("k-1")};
    struct str id = uuid_derive(&arena, parts, 3);
    ck_assert(uuid_valid(id) && id.at[14] == '8' && strchr("89ab", id.at[19]) != NULL);
    ck_assert_view(id, "5f4fd112-ec2f-8e1c-a35c-151c5379ad83");
    ck_assert(str_eq(id, uuid_derive(&arena, parts, 3)));
    ck_assert(!str_eq(id, uuid_derive(&arena, parts, 2)));
    arena_release(&arena);
}
END_TEST

START_TEST(parts_are_told_apart)
{
    const struct str rows[][2] = {
        {STR("ab"), STR("c")}, {STR("a"), STR("bc")},  {STR("abc"), STR("")},
        {STR(""), STR("abc")}, {STR("abc"), STR_NONE}, {STR_NONE, STR("abc")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert(!str_eq(uuid_derive(&arena, rows[i], 2), uuid_derive(&arena, rows[k], 2)));
    }
    ck_assert(uuid_valid(uuid_derive(&arena, NULL, 0)));
    arena_release(&arena);
}
END_TEST

START_TEST(only_the_canonical_form_is_valid)
{
    ck_assert(uuid_valid(STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")));
    ck_assert(!uuid_valid(STR("017F22e2-79b0-7cc3-98c4-dc0c0c07398f")));
    ck_assert(!uuid_valid(STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398")));
    ck_assert(!uuid_valid(STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398f0")));
    ck_assert(!uuid_valid(STR("017f22e2-79b0-7cc3-98c4edc0c0c07398f")));
    ck_assert(!uuid_valid(STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398g")));
    ck_assert(!uuid_valid(STR("017f22e2-79b0-7cc3-98c4-dc0c-c07398f")));
    ck_assert(!uuid_valid(STR("")) && !uuid_valid(STR_NONE));
}
END_TEST

static Suite *ids_suite(void)
{
    const TTest *const tests[] = {minted_ids_are_version_7_and_ordered,
                                  derived_ids_are_version_8_and_stay, parts_are_told_apart,
                                  only_the_canonical_form_is_valid};
    return unit_suite("ids", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(ids_suite)
