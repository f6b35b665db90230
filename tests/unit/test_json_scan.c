/* json_scan: held against jansson on texts made at random from one seed: what the scanner takes,
 * jansson takes too, as the same tree; and it takes all but the rarer kinds. */
#include "common/json_scan.h"
#include "tests/unit/unit.h"

enum { TEXT_COUNT = 20000, MUTATION_COUNT = 3 };

static struct arena arena;
static uint64_t seed = 20261124;

static uint32_t chance(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static void random_value(struct buf *b, int depth);

static void random_text(struct buf *b)
{
    static const char *const pieces[] = {
        "a",       "bc",  "\\n",     "\\u00e9",  "\\ud83d\\ude00",   "\\\"",
        "\\\\",    "\\/", "\\u001f", "\xc3\xa9", "\xf0\x9f\x98\x80", "\x7f",
        "\\uFFFF", "/",   " ",       "\\u0800"};
    buf_text(b, "\"");
    for (uint32_t i = chance(5); i > 0; i--)
        buf_text(b, pieces[chance(ARRAY_LEN(pieces))]);
    buf_text(b, "\"");
}

static void random_space(struct buf *b)
{
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t\r"};
    buf_text(b, spaces[chance(ARRAY_LEN(spaces))]);
}

static void random_children(struct buf *b, int depth, bool named)
{
    buf_text(b, named ? "{" : "[");
    uint32_t count = chance(5);
    for (uint32_t i = 0; i < count; i++) {
        random_space(b);
        if (named) {
            buf_printf(b, "\"m%u\"", chance(20));
            random_space(b);
            buf_text(b, ":");
        }
        random_value(b, depth + 1);
        buf_text(b, i + 1 < count ? "," : "");
    }
    random_space(b);
    buf_text(b, named ? "}" : "]");
}

static void random_value(struct buf *b, int depth)
{
    static const char *const plain[] = {"0",    "-1",    "9223372036854775807",  "true",
                                        "null", "false", "-9223372036854775808", "-0"};
    random_space(b);
    uint32_t kind = chance(depth < 5 ? 4 : 2);
    if (kind == 0)
        random_text(b);
    else if (kind == 1)
        buf_text(b, plain[chance(ARRAY_LEN(plain))]);
    else
        random_children(b, depth, kind == 2);
    random_space(b);
}

static struct str tree_text(const struct node *n)
{
    struct buf out = {.arena = &arena};
    node_write(n, &out);
    return buf_done(&out);
}

/* Returns whether the text is JSON that we take. */
static bool both_agree(struct str json)
{
    struct node scanned = {0}, parsed = {0};
    struct fault fault = {0};
    bool fast = node_scan(json, &arena, &scanned);
    bool right = node_parse_by_jansson(json, &arena, &parsed, &fault);
    ck_assert_msg(!fast || right, "only the scanner takes: %.*s", STR_ARG(json));
    if (fast)
        ck_assert_msg(str_eq(tree_text(&scanned), tree_text(&parsed)), "%.*s", STR_ARG(json));
    return right;
}

START_TEST(random_texts_are_taken_alike)
{
    int taken = 0;
    for (int i = 0; i < TEXT_COUNT; i++) {
        struct buf b = {.arena = &arena};
        random_value(&b, 0);
        struct str json = buf_done(&b);
        struct node scanned = {0};
        bool right = both_agree(json);
        ck_assert_msg(right == node_scan(json, &arena, &scanned), "%s", json.at);
        taken += right;
        arena_reset(&arena);
    }
    ck_assert_int_gt(taken, TEXT_COUNT / 2); /* the others have a member twice */
    arena_release(&arena);
}
END_TEST

START_TEST(damaged_texts_are_taken_alike)
{
    static const char marks[] = "\"\\{}[],:0123456789-+.eEtruefalsn u/\x80\xc3\xed\xf4\xff\x01";
    for (int i = 0; i < TEXT_COUNT; i++) {
        struct buf b = {.arena = &arena};
        random_value(&b, 0);
        struct str json = buf_done(&b);
        for (uint32_t k = 1 + chance(MUTATION_COUNT); k > 0; k--)
            b.at[chance((uint32_t)json.size)] = marks[chance(sizeof(marks))];
        both_agree(json);
        json.size = chance((uint32_t)json.size + 1);
        both_agree(json);
        arena_reset(&arena);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(rarer_kinds_are_left_to_jansson)
{
    static const char *const rarer[] = {"1.5", "[1e3]", "1E3", "-0.0", "18446744073709551616"};
    struct node n;
    for (size_t i = 0; i < ARRAY_LEN(rarer); i++)
        ck_assert(!node_scan(str_of(rarer[i]), &arena, &n));
    for (int count = 63; count <= 66; count++) {
        struct buf b = {.arena = &arena};
        for (int i = 0; i < count; i++)
            buf_printf(&b, "%c\"%d\":%d", i == 0 ? '{' : ',', i, i);
        buf_text(&b, "}");
        n = (struct node){0};
        ck_assert(node_scan(buf_done(&b), &arena, &n) == (count <= 64));
        ck_assert(both_agree(buf_done(&b)));
    }
    arena_release(&arena);
}
END_TEST

START_TEST(long_lists_are_taken)
{
    struct buf b = {.arena = &arena};
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%s{\"line\":%d,\"tags\":[\"a\",[]]}", i == 0 ? "[" : ",", i);
    buf_text(&b, "]");
    struct node n = {0};
    ck_assert(node_scan(buf_done(&b), &arena, &n));
    ck_assert_uint_eq(n.count, 1000);
    ck_assert_int_eq(node_find(&n.items[999], "line")->integer, 999);
    ck_assert(both_agree(buf_done(&b)));
    arena_release(&arena);
}
END_TEST

START_TEST(repeated_members_are_found)
{
    static const char *const twice[] = {
        "{\"a\":1,\"a\":1}",
        "{\"\":1,\"\":1}",
        "{\"a\":1,\"\\u0061\":1}",
        "{\"a\":{\"b\":1},\"b\":{\"a\":1},\"a\":2}",
    };
    struct node n;
    for (size_t i = 0; i < ARRAY_LEN(twice); i++) {
        ck_assert(!node_scan(str_of(twice[i]), &arena, &n));
        ck_assert(!both_agree(str_of(twice[i])));
    }
    ck_assert(both_agree(STR("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}")));
    arena_release(&arena);
}
END_TEST

static Suite *json_scan_suite(void)
{
    const TTest *const tests[] = {random_texts_are_taken_alike, damaged_texts_are_taken_alike,
                                  rarer_kinds_are_left_to_jansson, long_lists_are_taken,
                                  repeated_members_are_found};
    return unit_suite("json_scan", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(json_scan_suite)
