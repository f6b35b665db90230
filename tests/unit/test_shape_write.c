/* shape: encoding, copies, the answer's shape, members of messages and the table of limits. */
#include "common/answer.h"
#include "common/message.h"
#include "tests/unit/shape_world.h"

static struct arena arena;

static struct str again(const char *json)
{
    struct fault fault;
    struct whole w;
    ck_assert_msg(shape_decode(&whole_shape, str_of(json), SHAPE_CLOSED, &arena, &w, &fault), "%s",
                  json);
    return shape_text(&whole_shape, &w, &arena);
}

START_TEST(the_canonical_form_is_its_own)
{
    ck_assert_view(again(whole_json), whole_json);
    ck_assert_view(again("{\"name\":\"ab\"}"), "{\"name\":\"ab\"}");
    arena_release(&arena);
}
END_TEST

START_TEST(other_forms_become_canonical)
{
    static const char *const rows[][2] = {
        {" {\"number\" : 3 ,\n\"name\":\"\\u0061b\" } ", "{\"name\":\"ab\",\"number\":3}"},
        {"{\"name\":\"ab\",\"number\":0,\"flag\":false,\"tags\":[]}", "{\"name\":\"ab\"}"},
        {"{\"name\":\"ab\",\"rate\":\"0\",\"change\":\"-01.500\"}",
         "{\"name\":\"ab\",\"rate\":\"0\",\"change\":\"-1.5\"}"},
        {"{\"name\":\"ab\",\"price\":{\"currency\":\"EUR\",\"amount\":\"007\"}}",
         "{\"name\":\"ab\",\"price\":{\"amount\":\"7.00\",\"currency\":\"EUR\"}}"},
        {"{\"name\":\"ab\",\"fine_price\":{\"amount\":\"1.2500\",\"currency\":\"EUR\"}}",
         "{\"name\":\"ab\",\"fine_price\":{\"amount\":\"1.25\",\"currency\":\"EUR\"}}"},
        {"{\"name\":\"ab\",\"when\":\"2026-11-24T17:00:00.00Z\"}",
         "{\"name\":\"ab\",\"when\":\"2026-11-24T17:00:00Z\"}"},
        {"{\"name\":\"ab\",\"extensions\":{\"z\":1.50,\"a\":{\"c\":1,\"b\":[ ]}}}",
         "{\"name\":\"ab\",\"extensions\":{\"a\":{\"b\":[],\"c\":1},\"z\":1.5}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_view(again(rows[i][0]), rows[i][1]);
    arena_release(&arena);
}
END_TEST

struct required {
    int64_t number;
    bool flag;
    const struct part *parts;
    size_t parts_count;
    const struct str *tags;
    size_t tags_count;
    struct str text;
};

static const struct member required_members[] = {
    MEMBER(struct required, number, REQUIRED, INT64_MIN, INT64_MAX, NULL),
    MEMBER(struct required, flag, REQUIRED, 0, 0, NULL),
    MEMBER_LIST(struct required, parts, REQUIRED, 0, 3, &part_shape, NULL),
    MEMBER_TEXTS(struct required, tags, REQUIRED, 0, 3, NULL),
    MEMBER(struct required, text, REQUIRED, 0, 5, NULL),
};
static const struct shape required_shape =
    SHAPE("test.required", struct required, required_members, NULL);

START_TEST(required_members_are_written_even_when_zero)
{
    struct required r = {.text = STR("")};
    ck_assert_view(shape_text(&required_shape, &r, &arena),
                   "{\"number\":0,\"flag\":false,\"parts\":[],\"tags\":[],\"text\":\"\"}");
    r.number = INT64_MIN;
    struct fault fault;
    struct required back;
    ck_assert(shape_decode(&required_shape, shape_text(&required_shape, &r, &arena), SHAPE_CLOSED,
                           &arena, &back, &fault));
    ck_assert_int_eq(back.number, INT64_MIN);
    arena_release(&arena);
}
END_TEST

static const struct member tag_members[] = {
    MEMBER_TEXTS(struct required, tags, OPTIONAL, 0, 3, NULL),
};
static const struct shape tag_shape = SHAPE("test.tags", struct required, tag_members, NULL);

START_TEST(nothing_is_an_empty_object)
{
    struct required r = {0};
    ck_assert_view(shape_text(&tag_shape, &r, &arena), "{}");
    const struct str tags[] = {STR("\"")};
    r = (struct required){.tags = tags, .tags_count = 1};
    ck_assert_view(shape_text(&tag_shape, &r, &arena), "{\"tags\":[\"\\\"\"]}");
    arena_release(&arena);
}
END_TEST

START_TEST(lists_are_written_for_columns)
{
    const struct part parts[] = {{.sku = STR("A")},
                                 {.sku = STR("B"), .quantity = {1500000, "KGM"}}};
    struct buf out = {.arena = &arena};
    shape_encode_list(&part_shape, NULL, 0, &out);
    shape_encode_list(&part_shape, parts, 2, &out);
    ck_assert_view(buf_done(&out), "[][{\"sku\":\"A\"},{\"sku\":\"B\",\"quantity\":"
                                   "{\"value\":\"1.5\",\"unit\":\"KGM\"}}]");
    arena_release(&arena);
}
END_TEST

START_TEST(copies_share_nothing)
{
    struct arena first = {0};
    struct fault fault;
    struct whole w;
    const struct shape_copying deep = {&arena, true};
    ck_assert(shape_decode(&whole_shape, str_of(whole_json), SHAPE_CLOSED, &first, &w, &fault));
    const struct whole *copy = shape_copy(&whole_shape, &w, 1, &deep);
    arena_release(&first);
    ck_assert_view(shape_text(&whole_shape, copy, &arena), whole_json);
    struct whole bare = {.name = STR("ab")};
    copy = shape_copy(&whole_shape, &bare, 1, &deep);
    ck_assert_view(shape_text(&whole_shape, copy, &arena), "{\"name\":\"ab\"}");
    ck_assert(copy->name.at != bare.name.at && copy->parts == NULL);
    arena_release(&arena);
}
END_TEST

START_TEST(a_copy_that_is_to_be_changed_shares_its_texts_alone)
{
    struct fault fault;
    struct whole w;
    ck_assert(shape_decode(&whole_shape, str_of(whole_json), SHAPE_CLOSED, &arena, &w, &fault));
    struct whole *copy = shape_copy(&whole_shape, &w, 1, &(struct shape_copying){&arena, false});
    ck_assert_view(shape_text(&whole_shape, copy, &arena), whole_json);
    ck_assert(copy->name.at == w.name.at && copy->parts != w.parts);
    copy->name = STR("another");
    ck_assert_view(shape_text(&whole_shape, &w, &arena), whole_json);
    arena_release(&arena);
}
END_TEST

static void lacking_text(void)
{
    struct whole w = {0};
    shape_text(&whole_shape, &w, &arena);
}

static void enum_out_of_its_names(void)
{
    struct whole w = {.name = STR("ab"), .colour = COLOUR_UNUSED};
    shape_text(&whole_shape, &w, &arena);
}

static void encode_nothing(void)
{
    shape_text(&whole_shape, NULL, &arena);
}

START_TEST(wrong_arguments_end_the_process)
{
    ck_assert(unit_dies(lacking_text) && unit_dies(enum_out_of_its_names));
    ck_assert(unit_dies(encode_nothing));
}
END_TEST

START_TEST(answers_travel)
{
    struct command_answer in = {.command_id = STR("c-1"),
                                .code = STR("member_missing"),
                                .path = STR(""),
                                .retriable = true};
    struct str json = shape_text(&command_answer_shape, &in, &arena);
    ck_assert_view(json, "{\"command_id\":\"c-1\",\"code\":\"member_missing\",\"path\":\"\","
                         "\"retriable\":true}");
    struct command_answer out;
    struct fault fault;
    ck_assert(shape_decode(&command_answer_shape, json, SHAPE_OPEN, &arena, &out, &fault));
    ck_assert(out.retriable && str_present(out.path) && !str_present(out.detail));
    arena_release(&arena);
}
END_TEST

START_TEST(members_of_messages_are_reached)
{
    struct part part = {.sku = STR("A")};
    ck_assert_view(message_member(&part, (int)offsetof(struct part, sku)), "A");
    ck_assert(!str_present(message_member(&part, OFFSET_NONE)));
    ck_assert(!str_present(message_member(NULL, OFFSET_NONE)));
}
END_TEST

START_TEST(limits_are_listed_once_each)
{
    bool depth = false;
    ck_assert_uint_ge(limit_count, 20);
    for (size_t i = 0; i < limit_count; i++) {
        ck_assert(limits[i].value > 0 && limits[i].unit[0] != '\0' && limits[i].why[0] != '\0');
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(limits[i].name, limits[k].name);
        depth |= strcmp(limits[i].name, "DEPTH_MAX") == 0 && limits[i].value == DEPTH_MAX;
    }
    ck_assert(depth);
    /* The promise beside AMOUNT_MICRO_MAX: the sum of an order's lines fits. */
    ck_assert_int_le(AMOUNT_MICRO_MAX, INT64_MAX / ORDER_LINE_COUNT_MAX);
}
END_TEST

static Suite *shape_write_suite(void)
{
    const TTest *const tests[] = {
        the_canonical_form_is_its_own,
        other_forms_become_canonical,
        required_members_are_written_even_when_zero,
        nothing_is_an_empty_object,
        lists_are_written_for_columns,
        copies_share_nothing,
        a_copy_that_is_to_be_changed_shares_its_texts_alone,
        wrong_arguments_end_the_process,
        answers_travel,
        members_of_messages_are_reached,
        limits_are_listed_once_each,
    };
    return unit_suite("shape_write", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(shape_write_suite)
