/* base and err: views, whole numbers, key placement, sentences of errors. */
#include "common/base.h"
#include "common/err.h"
#include "tests/unit/unit.h"

START_TEST(views_compare_as_bytes)
{
    ck_assert(!str_present(str_of(NULL)));
    ck_assert(str_present(STR("")) && str_blank(STR("")) && str_blank(STR_NONE));
    ck_assert(str_eq(STR("abc"), str_of("abc")));
    ck_assert(!str_eq(STR("abc"), STR("abd")) && !str_eq(STR("abc"), STR("ab")));
    ck_assert(str_eq(STR_NONE, STR_NONE) && !str_eq(STR_NONE, STR("")));
    ck_assert(str_is(STR("x"), "x") && !str_is(STR_NONE, "") && str_is(STR_NONE, NULL));
    ck_assert_int_lt(str_compare(STR("ab"), STR("abc")), 0);
    ck_assert_int_gt(str_compare(STR("b"), STR("abc")), 0);
    ck_assert_int_gt(str_compare(STR("\xff"), STR("a")), 0);
    ck_assert_int_eq(str_compare(STR("q"), STR("q")), 0);
    ck_assert_int_eq(str_compare(STR_NONE, STR("")), 0);
    ck_assert_int_lt(str_compare(STR_NONE, STR("a")), 0);
    ck_assert(str_starts(STR("abc"), "ab") && str_starts(STR_NONE, ""));
    ck_assert(!str_starts(STR("a"), "ab") && !str_starts(STR("xbc"), "ab"));
}
END_TEST

/* Every byte and the size count, whatever lies behind the text and at whatever address. */
START_TEST(hash_tells_texts_apart)
{
    char room[80];
    for (size_t size = 0; size < 70; size++) {
        memset(room, 'a', sizeof(room));
        uint64_t hash = str_hash((struct str){room, size});
        ck_assert_uint_ne(hash, str_hash((struct str){room, size + 1}));
        room[size] = 'b';
        ck_assert_uint_eq(hash, str_hash((struct str){room, size}));
        for (size_t i = 0; i < size; i++) {
            room[i] ^= 1;
            ck_assert_uint_ne(hash, str_hash((struct str){room, size}));
            room[i] ^= 1;
        }
        memmove(room + 1, room, size);
        ck_assert_uint_eq(hash, str_hash((struct str){room + 1, size}));
    }
    ck_assert_uint_ne(str_hash(STR("a")), str_hash((struct str){"a\0", 2}));
}
END_TEST

/* Keys that differ in a counter only must spread over a table's slots. */
START_TEST(hash_spreads_counted_keys)
{
    enum { KEYS = 4096 };
    unsigned char slots[KEYS] = {0}, most = 0;
    for (int i = 0; i < KEYS; i++) {
        char key[64];
        int size = snprintf(key, sizeof(key), "0190a5c0-0000-7000-8000-%012d/%d", i, i % 7);
        size_t slot = (size_t)str_hash((struct str){key, (size_t)size}) % KEYS;
        if (++slots[slot] > most)
            most = slots[slot];
    }
    ck_assert_uint_le(most, 10);
}
END_TEST

START_TEST(bytes_are_copied_whole_and_no_more)
{
    char from[80], to[80];
    for (size_t size = 0; size < 70; size++) {
        for (size_t i = 0; i < sizeof(from); i++)
            from[i] = (char)('0' + i);
        memset(to, '-', sizeof(to));
        bytes_copy(to, from, size);
        ck_assert(memcmp(to, from, size) == 0 && to[size] == '-');
    }
}
END_TEST

START_TEST(whole_numbers_are_written)
{
    char text[WHOLE_TEXT_SIZE];
    ck_assert_view(((struct str){text, whole_write(0, text)}), "0");
    ck_assert_view(((struct str){text, whole_write(9070, text)}), "9070");
    ck_assert_view(((struct str){text, whole_write(UINT64_MAX, text)}), "18446744073709551615");
}
END_TEST

START_TEST(int64_reads_whole_numbers_only)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-12", true, -12},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x1", false, 0},
        {"1-", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t value = 77;
        ck_assert_msg(str_to_int64(str_of(rows[i].text), &value) == rows[i].ok, "%s", rows[i].text);
        ck_assert_int_eq(value, rows[i].ok ? rows[i].value : 77);
    }
    int64_t untouched = 5;
    ck_assert(!str_to_int64(STR_NONE, &untouched));
}
END_TEST

/* The values that Java's client gives, as librdkafka's own test has them. */
START_TEST(murmur2_is_that_of_java)
{
    static const struct {
        const char *key;
        uint32_t hash;
    } rows[] = {
        {"kafka", 0xd067cf64}, {"giberish123456789", 0x8f552b0c},
        {"1234", 0x9fc97b14},  {"234", 0xe7c009ca},
        {"34", 0x873930da},    {"4", 0x5a4b5ca1},
        {"", 0x106e08d9},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_uint_eq(murmur2(str_of(rows[i].key)), rows[i].hash);
    ck_assert_uint_eq(murmur2(STR_NONE), 0x106e08d9);
    ck_assert_uint_eq(murmur2((struct str){&"x1234"[1], 4}), 0x9fc97b14); /* unaligned */
}
END_TEST

START_TEST(partitions_are_positive_and_bounded)
{
    ck_assert_int_eq(partition_of(STR("kafka"), 12), (int32_t)((0xd067cf64 & 0x7fffffff) % 12));
    char key[24];
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "order-%d", i);
        int32_t part = partition_of(str_of(key), 7);
        ck_assert(part >= 0 && part < 7);
        ck_assert_int_eq(partition_of(str_of(key), 1), 0);
    }
}
END_TEST

static void no_partitions(void)
{
    partition_of(STR("k"), 0);
}

START_TEST(checked_sums)
{
    int64_t sum = 9;
    ck_assert(add_ok(INT64_MAX - 1, 1, &sum) && sum == INT64_MAX);
    ck_assert(sub_ok(INT64_MIN + 1, 1, &sum) && sum == INT64_MIN);
    ck_assert(!add_ok(INT64_MAX, 1, &(int64_t){0}));
    ck_assert(!sub_ok(INT64_MIN, 1, &(int64_t){0}));
    ck_assert(unit_dies(no_partitions));
}
END_TEST

START_TEST(errors_are_sentences)
{
    struct err e = {0};
    ck_assert(!err_set(&e, ERR_POISON, "%d, wanted %d to %d", 0, 1, 9));
    ck_assert(!err_in(&e, "at lines[%d]", 0));
    ck_assert(!err_in(&e, "of order.submit"));
    ck_assert_int_eq(e.fate, ERR_POISON);
    ck_assert_str_eq(e.text, "0, wanted 1 to 9, at lines[0], of order.submit");
    ck_assert(!err_set(&e, ERR_RETRY, "again"));
    ck_assert_str_eq(e.text, "again");
}
END_TEST

START_TEST(long_errors_are_cut)
{
    char text[2 * ERR_TEXT_SIZE_MAX];
    for (size_t size = ERR_TEXT_SIZE_MAX - 5; size < ERR_TEXT_SIZE_MAX + 5; size++) {
        memset(text, 'x', size);
        text[size] = '\0';
        struct err e = {0};
        ck_assert(!err_set(&e, ERR_FATAL, "%s", text));
        ck_assert(!err_in(&e, "%s", text));
        ck_assert_uint_eq(strlen(e.text), ERR_TEXT_SIZE_MAX - 1);
    }
}
END_TEST

START_TEST(numbers_are_written_as_they_are_read)
{
    static const int64_t numbers[] = {0, 1, -1, 9, 10, 1204, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        char text[INT64_TEXT_SIZE], wanted[32];
        int size = snprintf(wanted, sizeof wanted, "%lld", (long long)numbers[i]);
        ck_assert_int_eq(int64_put(text, numbers[i]) - text, size);
        ck_assert_mem_eq(text, wanted, (size_t)size);
    }
}
END_TEST

static Suite *base_suite(void)
{
    const TTest *const tests[] = {
        views_compare_as_bytes,
        hash_tells_texts_apart,
        hash_spreads_counted_keys,
        bytes_are_copied_whole_and_no_more,
        whole_numbers_are_written,
        int64_reads_whole_numbers_only,
        numbers_are_written_as_they_are_read,
        murmur2_is_that_of_java,
        partitions_are_positive_and_bounded,
        checked_sums,
        errors_are_sentences,
        long_errors_are_cut,
    };
    return unit_suite("base", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(base_suite)
