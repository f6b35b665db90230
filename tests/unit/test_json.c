/* json: what is refused at the door, and the canonical text of a tree. */
#include "common/json.h"
#include "common/limits.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct fault fault;

static const struct node *parse(struct str json)
{
    const struct node *root = NULL;
    fault = (struct fault){0};
    return node_parse(json, 1000, &arena, &root, &fault) ? root : NULL;
}

static void refused(struct str json, const char *code)
{
    ck_assert_msg(parse(json) == NULL, "%.*s", STR_ARG(json));
    ck_assert_str_eq(fault.code, code);
    ck_assert_view(fault.path, "");
    ck_assert(fault.text.size > 0 && fault.remedy.size > 0 && !fault.retriable);
}

static struct str canonical(const char *json)
{
    const struct node *root = parse(str_of(json));
    ck_assert_msg(root != NULL, "%s: %s", json, fault.code);
    struct buf out = {.arena = &arena};
    node_write(root, &out);
    return buf_done(&out);
}

START_TEST(trees_are_built)
{
    const struct node *root =
        parse(STR(" {\"b\":[1,-2,true,false,null],\"a\":{\"\":\"x\\u00e9\"},\"r\":1.5} "));
    ck_assert_ptr_nonnull(root);
    ck_assert(root->kind == NODE_OBJECT && root->count == 3 && !str_present(root->name));
    const struct node *list = &root->items[0];
    ck_assert(list->kind == NODE_LIST && list->count == 5);
    ck_assert_view(list->name, "b");
    ck_assert(list->items[1].kind == NODE_INTEGER && list->items[1].integer == -2);
    ck_assert(list->items[2].kind == NODE_BOOL && list->items[2].integer == 1);
    ck_assert(list->items[3].kind == NODE_BOOL && list->items[3].integer == 0);
    ck_assert(list->items[4].kind == NODE_NULL);
    const struct node *object = node_find(root, "a");
    ck_assert(object == &root->items[1]);
    ck_assert_view(node_find(object, "")->text, "x\xc3\xa9");
    ck_assert_view(node_find(root, "r")->text, "1.5");
    ck_assert_ptr_null(node_find(root, "c"));
    arena_release(&arena);
}
END_TEST

START_TEST(the_canonical_text_is_one)
{
    static const char *const rows[][2] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"{\"b\" : 1, \"a\":\t[ 2 , \"x\" ] }", "{\"a\":[2,\"x\"],\"b\":1}"},
        {"{\"\\u00e9\":1,\"z\":2,\"aa\":3,\"a\":4}", "{\"a\":4,\"aa\":3,\"z\":2,\"\xc3\xa9\":1}"},
        {"\"\\u0041\\/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"",
         "\"A/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-0", "0"},
        {"0.1", "0.1"},
        {"1.50", "1.5"},
        {"1.0", "1.0"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"true", "true"},
        {"[null,false]", "[null,false]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str once = canonical(rows[i][0]);
        ck_assert_view(once, rows[i][1]);
        ck_assert_view(canonical(once.at), rows[i][1]);
    }
    /* However a number is written, one text. */
    ck_assert(str_eq(canonical("1e3"), canonical("1000.0")));
    arena_release(&arena);
}
END_TEST

START_TEST(sizes_are_bounded)
{
    char json[1002];
    memset(json, ' ', sizeof(json));
    json[0] = '1';
    ck_assert_ptr_nonnull(parse((struct str){json, 999}));
    ck_assert_ptr_nonnull(parse((struct str){json, 1000}));
    refused((struct str){json, 1001}, "json_too_big");
    refused(STR_NONE, "json_invalid");
    refused(STR(""), "json_invalid");
    arena_release(&arena);
}
END_TEST

static struct str nested(size_t depth, const char *inside)
{
    struct buf b = {.arena = &arena};
    for (size_t i = 0; i < depth; i++)
        buf_text(&b, i % 2 == 0 ? "[" : "{\"a[\\\"[\":");
    buf_text(&b, inside);
    for (size_t i = depth; i-- > 0;)
        buf_text(&b, i % 2 == 0 ? "]" : "}");
    return buf_done(&b);
}

START_TEST(depth_is_bounded)
{
    for (size_t depth = 0; depth <= DEPTH_MAX; depth++) {
        const struct node *root = parse(nested(depth, "\"[[[[[[[[[[[[[[[[[[[[\""));
        ck_assert_ptr_nonnull(root);
        ck_assert_uint_eq(node_depth(root), depth);
    }
    refused(nested(DEPTH_MAX + 1, "0"), "json_too_deep");
    /* Wide is not deep, and closing more than was opened does not buy depth. */
    ck_assert_ptr_nonnull(parse(STR("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],{}]")));
    refused(STR("]]]][[[[[[[[[[[[[[[[[[[["), "json_too_deep");
    refused(STR("]"), "json_invalid");
    arena_release(&arena);
}
END_TEST

START_TEST(nul_is_refused_raw_and_escaped)
{
    refused((struct str){"[1]\0", 4}, "json_nul");
    refused((struct str){"\"a\0b\"", 5}, "json_nul");
    refused(STR("\"\\u0000\""), "json_nul");
    refused(STR("{\"a\\u0000\":1}"), "json_nul");
    refused(STR("\"\\\\\\u0000\""), "json_nul");
    /* An escaped backslash before u0000 is no NUL, and neither is another character. */
    ck_assert_view(canonical("\"\\\\u0000\""), "\"\\\\u0000\"");
    arena_release(&arena);
}
END_TEST

START_TEST(bytes_must_be_utf8)
{
    static const char *const wrong[] = {
        "\x80", /* a continuation alone */
        "\xbf",
        "\xc0\xaf", /* overlong */
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", /* a surrogate */
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3", /* cut */
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3(",
        "\xe2(\xac",
        "\xe2\x82(",
        "\xf0\x9f\x98(",
    };
    static const char *const right[] = {
        "\x7f",         "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",     "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf",
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        refused(arena_printf(&arena, "\"%s\"", wrong[i]), "utf8_invalid");
        refused(arena_printf(&arena, "{\"%s\":1}", wrong[i]), "utf8_invalid");
        refused(str_of(wrong[i]), "utf8_invalid");
    }
    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        const struct node *root = parse(arena_printf(&arena, "\"%s\"", right[i]));
        ck_assert_ptr_nonnull(root);
        ck_assert_view(root->text, right[i]);
    }
    refused(STR("\xef\xbb\xbf{}"), "utf8_invalid");
    refused(STR("\"\\ud800\""), "json_invalid");
    refused(STR("\"\\ude00\\ud83d\""), "json_invalid");
    arena_release(&arena);
}
END_TEST

START_TEST(text_refusals_name_the_byte)
{
    size_t at = 99;
    ck_assert_ptr_null(text_refusal(STR("plain \xc3\xa9"), &at));
    ck_assert_ptr_null(text_refusal(STR_NONE, &at));
    ck_assert_uint_eq(at, 99);
    ck_assert_str_eq(text_refusal((struct str){"ab\0", 3}, &at), "json_nul");
    ck_assert_uint_eq(at, 2);
    ck_assert_str_eq(text_refusal(STR("\xc3\xa9\xff"), &at), "utf8_invalid");
    ck_assert_uint_eq(at, 2);
}
END_TEST

START_TEST(other_refusals)
{
    refused(STR("{\"a\":1,\"a\":2}"), "json_duplicate_key");
    refused(STR("{\"a\":1,\"\\u0061\":1}"), "json_duplicate_key");
    refused(STR("[{\"a\":{\"b\":1,\"b\":1}}]"), "json_duplicate_key");
    refused(STR("9223372036854775808"), "json_invalid");
    refused(STR("1e999"), "json_invalid");
    refused(STR("{} {}"), "json_invalid");
    refused(STR("{\"secret\":tru}"), "json_invalid");
    ck_assert_ptr_null(strstr(fault.text.at, "secret"));
    ck_assert_ptr_null(strstr(fault.text.at, "tru"));
    arena_release(&arena);
}
END_TEST

static void find_in_a_list(void)
{
    node_find(&(struct node){.kind = NODE_LIST}, "a");
}

static void write_nothing(void)
{
    struct buf out = {.arena = &arena};
    node_write(&(struct node){.kind = NODE_ABSENT}, &out);
}

START_TEST(wrong_arguments_end_the_process)
{
    ck_assert(unit_dies(find_in_a_list) && unit_dies(write_nothing));
}
END_TEST

static Suite *json_suite(void)
{
    const TTest *const tests[] = {
        trees_are_built,
        the_canonical_text_is_one,
        sizes_are_bounded,
        depth_is_bounded,
        nul_is_refused_raw_and_escaped,
        bytes_must_be_utf8,
        text_refusals_name_the_byte,
        other_refusals,
        wrong_arguments_end_the_process,
    };
    return unit_suite("json", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(json_suite)
