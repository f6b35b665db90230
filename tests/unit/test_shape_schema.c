/* shape: the JSON Schema made of a shape, byte by byte, and that every kind has its keywords. */
#include "common/json.h"
#include "tests/unit/shape_world.h"

static struct arena arena;

static struct str schema_of(const struct shape *s, enum shape_mode mode)
{
    struct buf out = {.arena = &arena};
    shape_schema(s, mode, &out);
    return buf_done(&out);
}

static const char part_schema[] = "{\n"
                                  "  \"title\": \"part\",\n"
                                  "  \"description\": \"A part.\",\n"
                                  "  \"type\": \"object\",\n"
                                  "  \"properties\": {\n"
                                  "    \"sku\": {\n"
                                  "      \"description\": \"The product.\",\n"
                                  "      \"type\": \"string\",\n"
                                  "      \"minLength\": 1,\n"
                                  "      \"maxLength\": 5\n"
                                  "    },\n"
                                  "    \"quantity\": {\n"
                                  "      \"type\": \"object\",\n"
                                  "      \"properties\": {\n"
                                  "        \"value\": {\n"
                                  "          \"type\": \"string\",\n"
                                  "          \"pattern\": \"^[0-9]+(\\\\.[0-9]{1,3})?$\"\n"
                                  "        },\n"
                                  "        \"unit\": {\n"
                                  "          \"type\": \"string\",\n"
                                  "          \"pattern\": \"^[A-Z0-9]{1,7}$\"\n"
                                  "        }\n"
                                  "      },\n"
                                  "      \"required\": [\n"
                                  "        \"value\",\n"
                                  "        \"unit\"\n"
                                  "      ],\n"
                                  "      \"additionalProperties\": false\n"
                                  "    }\n"
                                  "  },\n"
                                  "  \"required\": [\n"
                                  "    \"sku\"\n"
                                  "  ],\n"
                                  "  \"additionalProperties\": false\n"
                                  "}\n";

START_TEST(a_schema_has_one_form)
{
    ck_assert_view(schema_of(&part_shape, SHAPE_CLOSED), part_schema);
    struct str open = schema_of(&part_shape, SHAPE_OPEN);
    ck_assert_ptr_null(strstr(open.at, "false"));
    ck_assert_ptr_nonnull(strstr(open.at, "\"additionalProperties\": true"));
    arena_release(&arena);
}
END_TEST

/* The text of schema member `name`, canonical. */
static struct str property(const struct node *schema, const char *name)
{
    const struct node *member = node_find(node_find(schema, "properties"), name);
    ck_assert_msg(member != NULL, "%s", name);
    struct buf out = {.arena = &arena};
    node_write(member, &out);
    return buf_done(&out);
}

START_TEST(every_kind_has_its_keywords)
{
    static const char *const wanted[][2] = {
        {"name", "{\"description\":\"How it is called.\",\"maxLength\":8,\"minLength\":1,"
                 "\"type\":\"string\"}"},
        {"number", "{\"description\":\"A number.\",\"maximum\":10,\"minimum\":-5,"
                   "\"type\":\"integer\"}"},
        {"flag", "{\"type\":\"boolean\"}"},
        {"rate", "{\"pattern\":\"^[0-9]+$\",\"type\":\"string\"}"},
        {"change", "{\"pattern\":\"^-?[0-9]+(\\\\.[0-9]{1,6})?$\",\"type\":\"string\"}"},
        {"when",
         "{\"format\":\"date-time\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:"
         "[0-9]{2}(\\\\.[0-9]{1,6})?Z$\",\"type\":\"string\"}"},
        {"extensions", "{\"description\":\"Anything.\",\"type\":\"object\"}"},
        {"colour", "{\"enum\":[\"red\",\"blue\"],\"type\":\"string\"}"},
        {"tags", "{\"items\":{\"maxLength\":1024,\"minLength\":1,\"type\":\"string\"},"
                 "\"maxItems\":2,\"type\":\"array\"}"},
        {"price", "{\"additionalProperties\":false,\"description\":\"What it costs.\","
                  "\"properties\":{\"amount\":{\"pattern\":\"^[0-9]+(\\\\.[0-9]{1,4})?$\","
                  "\"type\":\"string\"},\"currency\":{\"pattern\":\"^[A-Z]{3}$\","
                  "\"type\":\"string\"}},\"required\":[\"amount\",\"currency\"],"
                  "\"type\":\"object\"}"},
    };
    struct str text = schema_of(&whole_shape, SHAPE_CLOSED);
    const struct node *schema;
    struct fault fault;
    ck_assert(node_parse(text, SIZE_MAX, &arena, &schema, &fault));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        ck_assert_view(property(schema, wanted[i][0]), wanted[i][1]);
    const struct node *parts = node_find(node_find(schema, "properties"), "parts");
    ck_assert_int_eq(node_find(parts, "minItems")->integer, 1);
    ck_assert_int_eq(node_find(parts, "maxItems")->integer, 3);
    ck_assert_ptr_nonnull(node_find(node_find(node_find(parts, "items"), "properties"), "sku"));
    const struct node *object = node_find(node_find(schema, "properties"), "main_part");
    ck_assert_view(node_find(object, "type")->text, "object");
    arena_release(&arena);
}
END_TEST

START_TEST(a_shape_may_require_nothing)
{
    static const struct member members[] = {MEMBER(struct part, sku, OPTIONAL, 0, 5, NULL)};
    static const struct shape shape = SHAPE("loose", struct part, members, NULL);
    struct str text = schema_of(&shape, SHAPE_OPEN);
    ck_assert_ptr_null(strstr(text.at, "required"));
    ck_assert_ptr_null(strstr(text.at, "description"));
    ck_assert_ptr_null(strstr(text.at, "minLength"));
    arena_release(&arena);
}
END_TEST

static Suite *shape_schema_suite(void)
{
    const TTest *const tests[] = {a_schema_has_one_form, every_kind_has_its_keywords,
                                  a_shape_may_require_nothing};
    return unit_suite("shape_schema", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(shape_schema_suite)
