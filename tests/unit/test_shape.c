/* shape: decoding, with the code and the place of every refusal. */
#include "tests/unit/shape_world.h"

static struct arena arena;
static struct fault fault;

static const struct whole *decode(struct str json, enum shape_mode mode)
{
    struct whole *out = arena_new(&arena, struct whole);
    fault = (struct fault){0};
    return shape_decode(&whole_shape, json, mode, &arena, out, &fault) ? out : NULL;
}

START_TEST(every_kind_is_decoded)
{
    const struct whole *w = decode(str_of(whole_json), SHAPE_CLOSED);
    ck_assert_msg(w != NULL, "%s at %s", fault.code, fault.path.at);
    ck_assert_view(w->name, "n\xc3\xa9\n\"");
    ck_assert(w->number == -5 && w->flag);
    ck_assert(w->price.micro == 12500000 && strcmp(w->price.currency, "EUR") == 0);
    ck_assert(w->fine_price.micro == -123400 && strcmp(w->fine_price.currency, "JPY") == 0);
    ck_assert(w->rate.present && w->rate.micro == 7000000);
    ck_assert(w->change.present && w->change.micro == -1500000);
    ck_assert_int_eq(w->when.at, INT64_C(1795539600500000));
    ck_assert_view(w->extensions.json, "{\"a\":[1,null,{}],\"b\":\"x\"}");
    ck_assert_int_eq(w->colour, COLOUR_BLUE);
    ck_assert_view(w->main_part->sku, "A-1");
    ck_assert(w->main_part->quantity.micro == 1000);
    ck_assert_str_eq(w->main_part->quantity.unit, "KGM");
    ck_assert_uint_eq(w->parts_count, 2);
    ck_assert_view(w->parts[1].sku, "C");
    ck_assert_uint_eq(w->tags_count, 2);
    ck_assert_view(w->tags[1], "y");
    arena_release(&arena);
}
END_TEST

START_TEST(what_is_absent_is_zero)
{
    const struct whole *w = decode(STR("{\"name\":\"ab\"}"), SHAPE_CLOSED);
    struct whole wanted;
    memset(&wanted, 0, sizeof(wanted)); /* padding too */
    wanted.name = w->name;
    ck_assert_mem_eq(w, &wanted, sizeof(wanted));
    arena_release(&arena);
}
END_TEST

/* Every row goes into {"name":"ab", ...}; path NULL: it is accepted. */
static const struct {
    const char *members;
    const char *code, *path;
} rows[] = {
    {"\"name\":\"\"", "text_too_short", "/name"},
    {"\"name\":\"a\"", "text_too_short", "/name"},
    {"\"name\":\"ab\"", NULL, NULL},
    {"\"name\":\"abcdefgh\"", NULL, NULL},
    {"\"name\":\"abcdefghi\"", "text_too_long", "/name"},
    {"\"name\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"", NULL, NULL},
    {"\"name\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80x\"", "text_too_long", "/name"},
    {"\"name\":null", "member_null", "/name"},
    {"\"name\":1", "member_type", "/name"},
    {"\"name\":[]", "member_type", "/name"},
    {"\"number\":1", "member_missing", "/name"},
    {"@\"number\":-6", "member_range", "/number"},
    {"@\"number\":-5", NULL, NULL},
    {"@\"number\":10", NULL, NULL},
    {"@\"number\":11", "member_range", "/number"},
    {"@\"number\":1.0", "member_type", "/number"},
    {"@\"number\":\"1\"", "member_type", "/number"},
    {"@\"number\":null", "member_null", "/number"},
    {"@\"flag\":false", NULL, NULL},
    {"@\"flag\":0", "member_type", "/flag"},
    {"@\"flag\":null", "member_null", "/flag"},
    {"@\"price\":\"1\"", "member_type", "/price"},
    {"@\"price\":1", "member_type", "/price"},
    {"@\"price\":null", "member_null", "/price"},
    {"@\"price\":{}", "member_missing", "/price/amount"},
    {"@\"price\":{\"amount\":\"1\"}", "member_missing", "/price/currency"},
    {"@\"price\":{\"currency\":\"EUR\"}", "member_missing", "/price/amount"},
    {"@\"price\":{\"amount\":1,\"currency\":\"EUR\"}", "member_type", "/price/amount"},
    {"@\"price\":{\"amount\":null,\"currency\":\"EUR\"}", "member_null", "/price/amount"},
    {"@\"price\":{\"amount\":\"1\",\"currency\":7}", "member_type", "/price/currency"},
    {"@\"price\":{\"amount\":\"1\",\"currency\":\"EUX\"}", "currency_unknown", "/price/currency"},
    {"@\"price\":{\"amount\":\"1\",\"currency\":\"eur\"}", "currency_unknown", "/price/currency"},
    {"@\"price\":{\"amount\":\"1\",\"currency\":\"\"}", "currency_unknown", "/price/currency"},
    {"@\"price\":{\"amount\":\"1\",\"currency\":\"EURO\"}", "currency_unknown", "/price/currency"},
    {"@\"price\":{\"amount\":\"1\",\"currency\":\"EUR\",\"x\":1}", "member_unknown", "/price/x"},
    {"@\"price\":{\"amount\":\"1.23\",\"currency\":\"EUR\"}", NULL, NULL},
    {"@\"price\":{\"amount\":\"1.234\",\"currency\":\"EUR\"}", "too_many_decimals",
     "/price/amount"},
    {"@\"price\":{\"amount\":\"1.5\",\"currency\":\"JPY\"}", "too_many_decimals", "/price/amount"},
    {"@\"price\":{\"amount\":\"1.2345\",\"currency\":\"CLF\"}", NULL, NULL},
    {"@\"price\":{\"amount\":\"0\",\"currency\":\"EUR\"}", NULL, NULL},
    {"@\"price\":{\"amount\":\"-0\",\"currency\":\"EUR\"}", "amount_too_small", "/price/amount"},
    {"@\"price\":{\"amount\":\"-0.01\",\"currency\":\"EUR\"}", "amount_too_small", "/price/amount"},
    {"@\"price\":{\"amount\":\"9000000000.00\",\"currency\":\"EUR\"}", NULL, NULL},
    {"@\"price\":{\"amount\":\"9000000000.01\",\"currency\":\"EUR\"}", "amount_too_large",
     "/price/amount"},
    {"@\"price\":{\"amount\":\"9999999999999\",\"currency\":\"EUR\"}", "amount_too_large",
     "/price/amount"},
    {"@\"price\":{\"amount\":\"-9999999999999\",\"currency\":\"EUR\"}", "amount_too_small",
     "/price/amount"},
    {"@\"price\":{\"amount\":\"1,5\",\"currency\":\"EUR\"}", "decimal_invalid", "/price/amount"},
    {"@\"price\":{\"amount\":\"\",\"currency\":\"EUR\"}", "decimal_invalid", "/price/amount"},
    {"@\"fine_price\":{\"amount\":\"1.2345\",\"currency\":\"JPY\"}", NULL, NULL},
    {"@\"fine_price\":{\"amount\":\"1.23456\",\"currency\":\"JPY\"}", "too_many_decimals",
     "/fine_price/amount"},
    {"@\"rate\":\"1.5\"", "too_many_decimals", "/rate"},
    {"@\"rate\":1", "member_type", "/rate"},
    {"@\"rate\":null", "member_null", "/rate"},
    {"@\"rate\":\"x\"", "decimal_invalid", "/rate"},
    {"@\"change\":\"-1.5\"", NULL, NULL},
    {"@\"change\":\"-1.500001\"", "amount_too_small", "/change"},
    {"@\"change\":\"-0\"", NULL, NULL},
    {"@\"change\":\"0.1234567\"", "too_many_decimals", "/change"},
    {"@\"when\":\"2026-11-24T17:00:00+01:00\"", "time_invalid", "/when"},
    {"@\"when\":1795539600", "member_type", "/when"},
    {"@\"when\":null", "member_null", "/when"},
    {"@\"extensions\":{}", NULL, NULL},
    {"@\"extensions\":[]", "member_type", "/extensions"},
    {"@\"extensions\":null", "member_null", "/extensions"},
    {"@\"extensions\":{\"a\":[[[[[[{}]]]]]]}", NULL, NULL},
    {"@\"extensions\":{\"a\":[[[[[[[{}]]]]]]]}", "json_too_deep", "/extensions"},
    {"@\"colour\":\"red\"", NULL, NULL},
    {"@\"colour\":\"green\"", "value_unknown", "/colour"},
    {"@\"colour\":\"\"", "value_unknown", "/colour"},
    {"@\"colour\":1", "member_type", "/colour"},
    {"@\"colour\":null", "member_null", "/colour"},
    {"@\"main_part\":{\"sku\":\"A\"}", NULL, NULL},
    {"@\"main_part\":{}", "member_missing", "/main_part/sku"},
    {"@\"main_part\":[]", "member_type", "/main_part"},
    {"@\"main_part\":null", "member_null", "/main_part"},
    {"@\"parts\":[]", "list_too_short", "/parts"},
    {"@\"parts\":[{\"sku\":\"A\"},{\"sku\":\"A\"},{\"sku\":\"A\"}]", NULL, NULL},
    {"@\"parts\":[{},{},{},{}]", "list_too_long", "/parts"},
    {"@\"parts\":{}", "member_type", "/parts"},
    {"@\"parts\":null", "member_null", "/parts"},
    {"@\"parts\":[{\"sku\":\"A\"},null]", "member_null", "/parts/1"},
    {"@\"parts\":[{\"sku\":\"A\"},7]", "member_type", "/parts/1"},
    {"@\"parts\":[{\"sku\":\"A\"},{\"sku\":\"\"}]", "text_too_short", "/parts/1/sku"},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":{\"value\":\"0\",\"unit\":\"C62\"}}]",
     "amount_too_small", "/parts/0/quantity/value"},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":{\"value\":\"1.0001\",\"unit\":\"C62\"}}]",
     "too_many_decimals", "/parts/0/quantity/value"},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":{\"value\":\"1\",\"unit\":\"\"}}]", "unit_invalid",
     "/parts/0/quantity/unit"},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":{\"value\":\"1\",\"unit\":\"c62\"}}]", "unit_invalid",
     "/parts/0/quantity/unit"},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":{\"value\":\"1\",\"unit\":\"ABCDEF7\"}}]", NULL,
     NULL},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":{\"value\":\"1\",\"unit\":\"ABCDEFG8\"}}]",
     "unit_invalid", "/parts/0/quantity/unit"},
    {"@\"parts\":[{\"sku\":\"A\",\"quantity\":\"1\"}]", "member_type", "/parts/0/quantity"},
    {"@\"tags\":[]", NULL, NULL},
    {"@\"tags\":[\"a\",\"b\",\"c\"]", "list_too_long", "/tags"},
    {"@\"tags\":\"a\"", "member_type", "/tags"},
    {"@\"tags\":null", "member_null", "/tags"},
    {"@\"tags\":[\"a\",1]", "member_type", "/tags/1"},
    {"@\"tags\":[\"a\",null]", "member_null", "/tags/1"},
    {"@\"tags\":[\"a\",\"\"]", "text_too_short", "/tags/1"},
    {"@\"unknown\":1", "member_unknown", "/unknown"},
    {"@\"nam\":1", "member_unknown", "/nam"},
    {"@\"names\":1", "member_unknown", "/names"},
    {"@\"a/b~c\":1", "member_unknown", "/a~1b~0c"},
    {"@\"\":1", "member_unknown", "/"},
    {"@\"name\":\"cd\"", "json_duplicate_key", ""},
};

START_TEST(every_refusal_says_where)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool more = rows[i].members[0] == '@';
        struct str json =
            arena_printf(&arena, "{%s%s}", more ? "\"name\":\"ab\"," : "", rows[i].members + more);
        const struct whole *w = decode(json, SHAPE_CLOSED);
        ck_assert_msg((w != NULL) == (rows[i].code == NULL), "%s: %s", json.at, fault.code);
        if (w != NULL)
            continue;
        ck_assert_msg(strcmp(fault.code, rows[i].code) == 0, "%s: %s", json.at, fault.code);
        ck_assert_view(fault.path, rows[i].path);
        ck_assert(fault.text.size > 0 && fault.remedy.size > 0);
        ck_assert(fault.text.at[fault.text.size - 1] == '.');
        ck_assert(fault.remedy.at[fault.remedy.size - 1] == '.');
    }
    arena_release(&arena);
}
END_TEST

START_TEST(values_are_never_repeated)
{
    static const char *const secrets[] = {
        "@\"number\":987654321",
        "@\"colour\":\"hunter2\"",
        "@\"rate\":\"hunter2\"",
        "@\"tags\":[\"a\",{\"hunter2\":\"hunter2\"}]",
        "@\"price\":{\"amount\":\"987654321.123\",\"currency\":\"EUR\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        ck_assert_ptr_null(
            decode(arena_printf(&arena, "{\"name\":\"ab\",%s}", secrets[i] + 1), SHAPE_CLOSED));
        ck_assert(strstr(fault.text.at, "hunter2") == NULL);
        ck_assert(strstr(fault.remedy.at, "hunter2") == NULL);
        ck_assert(strstr(fault.text.at, "987654321") == NULL);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(remedies_name_the_values)
{
    ck_assert_ptr_null(decode(STR("{\"name\":\"ab\",\"colour\":\"x\"}"), SHAPE_CLOSED));
    ck_assert_view(fault.remedy, "Send one of red, blue.");
    ck_assert_ptr_null(decode(STR("{\"name\":\"ab\",\"change\":\"-2\"}"), SHAPE_CLOSED));
    ck_assert_view(fault.text, "It is below -1.5.");
    arena_release(&arena);
}
END_TEST

START_TEST(open_shapes_pass_over_unknown_members)
{
    const struct whole *w =
        decode(STR("{\"x\":null,\"tags\":[\"a\"],\"y\":[{\"name\":7}],\"name\":\"ab\","
                   "\"price\":{\"z\":1,\"amount\":\"1\",\"currency\":\"EUR\"},"
                   "\"main_part\":{\"q\":1,\"sku\":\"A\"}}"),
               SHAPE_OPEN);
    ck_assert_msg(w != NULL, "%s", fault.code);
    ck_assert_view(w->name, "ab");
    ck_assert_int_eq(w->price.micro, 1000000);
    /* Known members are judged as strictly as in closed ones. */
    ck_assert_ptr_null(decode(STR("{\"name\":null}"), SHAPE_OPEN));
    ck_assert_str_eq(fault.code, "member_null");
    arena_release(&arena);
}
END_TEST

START_TEST(only_objects_are_decoded)
{
    static const char *const others[] = {"[]", "1", "\"x\"", "null", "true"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        ck_assert_ptr_null(decode(str_of(others[i]), SHAPE_OPEN));
        ck_assert_str_eq(fault.code, "json_not_object");
        ck_assert_view(fault.path, "");
    }
    ck_assert_ptr_null(decode(STR("{"), SHAPE_OPEN));
    ck_assert_str_eq(fault.code, "json_invalid");
    arena_release(&arena);
}
END_TEST

START_TEST(commands_are_bounded_in_size)
{
    char *json = arena_alloc(&arena, COMMAND_SIZE_MAX + 1);
    memset(json, ' ', COMMAND_SIZE_MAX + 1);
    memcpy(json, "{\"name\":\"ab\"}", 13);
    ck_assert_ptr_nonnull(decode((struct str){json, COMMAND_SIZE_MAX - 1}, SHAPE_CLOSED));
    ck_assert_ptr_nonnull(decode((struct str){json, COMMAND_SIZE_MAX}, SHAPE_CLOSED));
    ck_assert_ptr_null(decode((struct str){json, COMMAND_SIZE_MAX + 1}, SHAPE_CLOSED));
    ck_assert_str_eq(fault.code, "json_too_big");
    ck_assert_ptr_nonnull(decode((struct str){json, COMMAND_SIZE_MAX + 1}, SHAPE_OPEN));
    arena_release(&arena);
}
END_TEST

START_TEST(texts_of_lists_are_bounded_in_size)
{
    char text[TEXT_SIZE_MAX + 1];
    memset(text, 't', sizeof(text));
    for (int size = TEXT_SIZE_MAX - 1; size <= TEXT_SIZE_MAX + 1; size++) {
        struct str json = arena_printf(&arena, "{\"name\":\"ab\",\"tags\":[\"%.*s\"]}", size, text);
        ck_assert((decode(json, SHAPE_CLOSED) != NULL) == (size <= TEXT_SIZE_MAX));
    }
    ck_assert_str_eq(fault.code, "text_too_long");
    arena_release(&arena);
}
END_TEST

START_TEST(long_unknown_names_are_cut_between_characters)
{
    for (size_t size = ID_SIZE_MAX - 4; size < ID_SIZE_MAX + 5; size++) {
        struct buf name = {.arena = &arena};
        for (size_t i = 0; i < size; i++)
            buf_text(&name, "n");
        for (size_t i = 0; i < 5; i++)
            buf_text(&name, "\xf0\x9f\x98\x80");
        struct str known = buf_done(&name);
        ck_assert_ptr_null(decode(arena_printf(&arena, "{\"%s\":1}", known.at), SHAPE_CLOSED));
        size_t kept = size < ID_SIZE_MAX ? size + (ID_SIZE_MAX - size) / 4 * 4 : ID_SIZE_MAX;
        ck_assert_uint_eq(fault.path.size, 1 + kept);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(lists_are_decoded_for_columns)
{
    void *items = NULL;
    size_t count = 9;
    ck_assert(
        shape_decode_list(&part_shape, STR("[]"), SHAPE_OPEN, &arena, &items, &count, &fault));
    ck_assert(count == 0 && items != NULL);
    ck_assert(shape_decode_list(&part_shape, STR("[{\"sku\":\"A\"},{\"sku\":\"B\"}]"), SHAPE_OPEN,
                                &arena, &items, &count, &fault));
    ck_assert_uint_eq(count, 2);
    ck_assert_view(((struct part *)items)[1].sku, "B");
    ck_assert(!shape_decode_list(&part_shape, STR("[{\"sku\":\"A\"},{}]"), SHAPE_OPEN, &arena,
                                 &items, &count, &fault));
    ck_assert_str_eq(fault.code, "member_missing");
    ck_assert_view(fault.path, "/1/sku");
    ck_assert(
        !shape_decode_list(&part_shape, STR("{}"), SHAPE_OPEN, &arena, &items, &count, &fault));
    ck_assert_str_eq(fault.code, "member_type");
    ck_assert(
        !shape_decode_list(&part_shape, STR("["), SHAPE_OPEN, &arena, &items, &count, &fault));
    ck_assert_str_eq(fault.code, "json_invalid");
    arena_release(&arena);
}
END_TEST

static Suite *shape_suite(void)
{
    const TTest *const tests[] = {
        every_kind_is_decoded,
        what_is_absent_is_zero,
        every_refusal_says_where,
        values_are_never_repeated,
        remedies_name_the_values,
        open_shapes_pass_over_unknown_members,
        only_objects_are_decoded,
        commands_are_bounded_in_size,
        texts_of_lists_are_bounded_in_size,
        long_unknown_names_are_cut_between_characters,
        lists_are_decoded_for_columns,
    };
    return unit_suite("shape", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(shape_suite)
