/* fold: rows that an input makes are taken for absent, and what rests on that is tested. */
#include "tests/unit/fold_case.h"

static void make_new(struct fold *f, const struct input *in)
{
    struct demo_thing key = {.thing = in->key};
    fold_need_new(f, &demo_thing_entity, &key);
    if (str_is(in->key, "made"))
        ((struct demo_thing *)fold_edit(f, &demo_thing_entity, &key))->count = 7;
    else
        ck_assert_ptr_null(fold_get(f, &demo_thing_entity, &key));
}

START_TEST(what_is_taken_for_absent_is_made_or_asked_for)
{
    setup();
    demo_decide_by(make_new);
    ck_assert_int_eq(run(event(STR("made"))), FOLD_DONE);
    ck_assert_int_eq(run(event(STR("looked at"))), FOLD_DONE);
    ck_assert_int_eq(load_count, 0);
    ck_assert(fold.assumes);
    struct demo_thing key = {.thing = STR("made")};
    struct fold_row *made = fold_row_of(&fold, &demo_thing_entity, &key);
    ck_assert(made->assumed && made->dirty && !made->stored);
    fold_doubtful(&fold); /* an insert tests the one that was made */
    ck_assert_uint_eq(fold.missing.count, 1);
    ck_assert_view(((const struct demo_thing *)fold.missing.items[0]->key)->thing, "looked at");
    teardown();
}
END_TEST

START_TEST(decided_again_nothing_is_taken_for_absent)
{
    setup();
    fold.asks_all = true;
    struct demo_thing key = {.thing = STR("a")};
    fold_need_new(&fold, &demo_thing_entity, &key);
    ck_assert_uint_eq(fold.missing.count, 1);
    ck_assert(!fold.assumes);
    teardown();
}
END_TEST

START_TEST(a_row_that_was_asked_for_is_not_taken_for_absent)
{
    setup();
    struct demo_thing key = {.thing = STR("a")};
    fold_need(&fold, &demo_thing_entity, &key);
    fold_need_new(&fold, &demo_thing_entity, &key);
    ck_assert_uint_eq(fold.missing.count, 1);
    ck_assert(!fold.missing.items[0]->assumed);
    teardown();
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {what_is_taken_for_absent_is_made_or_asked_for,
                                  decided_again_nothing_is_taken_for_absent,
                                  a_row_that_was_asked_for_is_not_taken_for_absent};
    return unit_suite("fold_new", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
