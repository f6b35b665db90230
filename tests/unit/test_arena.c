/* arena: alignment, zeroes, reset and growth; buffers. */
#include "common/arena.h"
#include "tests/unit/unit.h"

static struct arena arena;

static void setup_again(void)
{
    arena_release(&arena);
    arena_init(&arena);
}

START_TEST(memory_is_zeroed_and_aligned)
{
    setup_again();
    for (int turn = 0; turn < 3; turn++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *at = arena_alloc(&arena, size);
            ck_assert_uint_eq((uintptr_t)at % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                ck_assert_uint_eq(at[i], 0);
            memset(at, 0xff, size);
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(pieces_do_not_overlap)
{
    setup_again();
    unsigned char *before[200];
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        before[i] = arena_alloc(&arena, 1000);
        memset(before[i], (int)i, 1000);
    }
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        for (size_t k = 0; k < 1000; k++)
            ck_assert_uint_eq(before[i][k], i);
    }
    ck_assert_uint_eq(arena.total_size, 200 * 1000);
    arena_release(&arena);
    ck_assert_ptr_null(arena.chunk);
}
END_TEST

START_TEST(one_piece_may_be_larger_than_any_chunk)
{
    setup_again();
    unsigned char *large = arena_alloc(&arena, 9 * 1024 * 1024);
    large[9 * 1024 * 1024 - 1] = 1;
    int *small = arena_new(&arena, int);
    *small = 4;
    ck_assert_uint_eq(large[0], 0);
    arena_reset(&arena);
    ck_assert_uint_eq(arena.total_size, 0);
    /* The largest chunk was kept: the same piece fits again without another. */
    unsigned char *again = arena_alloc(&arena, 9 * 1024 * 1024);
    ck_assert_ptr_eq(again, large);
    ck_assert_uint_eq(again[9 * 1024 * 1024 - 1], 0);
    arena_release(&arena);
}
END_TEST

START_TEST(an_empty_arena_may_be_reset_and_released)
{
    struct arena empty;
    arena_init(&empty);
    arena_reset(&empty);
    arena_release(&empty);
    arena_release(&empty);
    ck_assert_ptr_null(empty.chunk);
}
END_TEST

START_TEST(texts_are_copied)
{
    setup_again();
    ck_assert(!str_present(arena_str(&arena, STR_NONE)));
    struct str empty = arena_str(&arena, STR(""));
    ck_assert(str_present(empty) && empty.size == 0 && empty.at[0] == '\0');
    struct str copy = arena_str(&arena, (struct str){"abcdef", 3});
    ck_assert_view(copy, "abc");
    ck_assert_int_eq(copy.at[3], '\0');
    ck_assert_str_eq(arena_cstr(&arena, STR("xyz")), "xyz");
    ck_assert_str_eq(arena_cstr(&arena, STR_NONE), "");
    struct str printed = arena_printf(&arena, "%s-%03d", "a", 7);
    ck_assert_view(printed, "a-007");
    ck_assert_view(arena_printf(&arena, "%s", ""), "");
    arena_release(&arena);
}
END_TEST

START_TEST(buffers_grow)
{
    setup_again();
    struct buf b = {.arena = &arena};
    struct str nothing = buf_done(&b);
    ck_assert(str_present(nothing) && nothing.size == 0 && nothing.at[0] == '\0');
    for (int i = 0; i < 20000; i++)
        buf_printf(&b, "%d,", i % 10);
    struct str all = buf_done(&b);
    ck_assert_uint_eq(all.size, 40000);
    for (size_t i = 0; i < all.size; i++)
        ck_assert_int_eq(all.at[i], i % 2 == 1 ? ',' : '0' + (int)(i / 2 % 10));
    ck_assert_int_eq(all.at[all.size], '\0');
    arena_release(&arena);
}
END_TEST

START_TEST(buffers_take_every_kind)
{
    setup_again();
    struct buf b = {.arena = &arena};
    buf_add(&b, NULL, 0);
    buf_str(&b, STR("one"));
    buf_str(&b, STR_NONE);
    buf_text(&b, " two ");
    buf_printf(&b, "%d", 3);
    ck_assert_view(buf_done(&b), "one two 3");
    buf_text(&b, "!");
    ck_assert_view(buf_done(&b), "one two 3!");
    /* Exactly as much as there is room for, and one more. */
    char filler[2048];
    memset(filler, 'f', sizeof(filler));
    for (size_t size = 500; size < 520; size++) {
        struct buf c = {.arena = &arena};
        buf_add(&c, filler, size);
        ck_assert_int_eq(buf_done(&c).at[size], '\0');
        buf_printf(&c, "%.*s", (int)size, filler);
        ck_assert_uint_eq(buf_done(&c).size, 2 * size);
    }
    arena_release(&arena);
}
END_TEST

static Suite *arena_suite(void)
{
    const TTest *const tests[] = {
        memory_is_zeroed_and_aligned,
        pieces_do_not_overlap,
        one_piece_may_be_larger_than_any_chunk,
        an_empty_arena_may_be_reset_and_released,
        texts_are_copied,
        buffers_grow,
        buffers_take_every_kind,
    };
    return unit_suite("arena", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(arena_suite)
