/* row_cache: what was committed is found again, as a copy of its own, until its memory is needed.
 */
#include "common/row_cache.h"

#include "tests/unit/runtime_demo.h"
#include "tests/unit/unit.h"

static struct row_cache cache;
static struct arena arena;

static void put(const char *name, const char *text, int64_t count)
{
    struct demo_thing row = {arena_str(&arena, str_of(name)), arena_str(&arena, str_of(text)),
                             count};
    row_cache_put(&cache, &demo_thing_entity, entity_hash_key(&demo_thing_entity, &row), &row);
}

static const struct demo_thing *find(const char *name)
{
    struct demo_thing key = {.thing = str_of(name)};
    return row_cache_find(&cache, &demo_thing_entity, entity_hash_key(&demo_thing_entity, &key),
                          &key);
}

static void set_up(void)
{
    cache = (struct row_cache){0};
    arena_init(&arena);
}

static void tear_down(void)
{
    row_cache_release(&cache);
    arena_release(&arena);
}

START_TEST(the_last_one_put_is_found)
{
    set_up();
    ck_assert_ptr_null(find("a"));
    put("a", "first", 1);
    put("b", "other", 2);
    put("a", "second", 3);
    arena_reset(&arena); /* it has copies of its own */
    ck_assert_view(find("a")->text, "second");
    ck_assert_int_eq(find("a")->count, 3);
    ck_assert_int_eq(find("b")->count, 2);
    ck_assert_ptr_null(find("c"));
    row_cache_clear(&cache);
    ck_assert_ptr_null(find("a"));
    put("a", "again", 4);
    ck_assert_int_eq(find("a")->count, 4);
    tear_down();
}
END_TEST

START_TEST(the_same_key_of_another_entity_is_another_row)
{
    set_up();
    struct entity twin = demo_thing_entity;
    put("a", "text", 1);
    struct demo_thing key = {.thing = STR("a")};
    uint64_t hash = entity_hash_key(&twin, &key);
    ck_assert_ptr_null(row_cache_find(&cache, &twin, hash, &key));
    tear_down();
}
END_TEST

/* Fills the young generation once. */
static void fill(int round)
{
    static char text[64 * 1024];
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i * sizeof text < ROW_CACHE_SIZE_MAX / 2; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d/%zu", round, i);
        put(name, text, (int64_t)i);
        arena_reset(&arena);
    }
    row_cache_trim(&cache);
}

START_TEST(memory_is_bounded_and_what_is_used_stays)
{
    set_up();
    put("kept", "used each round", 1);
    put("left", "never used again", 1);
    for (int round = 0; round < 5; round++) {
        fill(round);
        ck_assert_ptr_nonnull(find("kept"));
        size_t held = cache.young.memory.total_size + cache.old.memory.total_size;
        ck_assert_uint_le(held, ROW_CACHE_SIZE_MAX + 2 * 1024 * 1024);
    }
    ck_assert_view(find("kept")->text, "used each round");
    ck_assert_ptr_null(find("left"));
    ck_assert_ptr_nonnull(find("4/0"));
    ck_assert_ptr_null(find("2/0"));
    tear_down();
}
END_TEST

START_TEST(many_rows_are_all_found)
{
    set_up();
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof name, "thing-%d", i);
        put(name, "text", i);
    }
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof name, "thing-%d", i);
        ck_assert_int_eq(find(name)->count, i);
    }
    tear_down();
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        the_last_one_put_is_found, the_same_key_of_another_entity_is_another_row,
        memory_is_bounded_and_what_is_used_stays, many_rows_are_all_found};
    return unit_suite("row_cache", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
