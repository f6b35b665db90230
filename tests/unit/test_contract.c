/* contract: the documents in proto/ are what the tables say, every type has an example in canonical
 * form, and ids that must be unique are. */
#include "proto/contract.h"

#include "common/limits.h"
#include "proto/topics.h"
#include "proto/types.h"
#include "tests/unit/unit.h"

static struct arena arena;

static bool read_file(const char *path, struct str *out)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    char *bytes = arena_alloc(&arena, 2 * EVENT_SIZE_MAX);
    size_t size = fread(bytes, 1, 2 * EVENT_SIZE_MAX, file);
    fclose(file);
    *out = (struct str){bytes, size};
    return true;
}

START_TEST(documents_are_up_to_date)
{
    static struct contract_file files[CONTRACT_FILE_COUNT_MAX];
    size_t count = contract_files(&arena, files);
    ck_assert_uint_gt(count, 30);
    for (size_t i = 0; i < count; i++) {
        struct str path = arena_printf(&arena, "proto/%.*s", STR_ARG(files[i].name)), text;
        ck_assert_msg(read_file(path.at, &text), "%s is missing: make contract", path.at);
        ck_assert_msg(str_eq(text, files[i].text), "%s is old: make contract", path.at);
    }
}
END_TEST

START_TEST(examples_are_canonical)
{
    for (size_t i = 0; message_types[i]; i++) {
        const struct message_type *t = message_types[i];
        struct str path = arena_printf(&arena, "proto/examples/%s.json", t->name), text;
        struct fault f = {0};
        void *body = arena_alloc(&arena, t->shape->size);
        ck_assert_msg(read_file(path.at, &text), "%s is missing", path.at);
        ck_assert_msg(text.size > 0 && text.at[text.size - 1] == '\n', "%s: no line feed", path.at);
        text.size--;
        ck_assert_msg(shape_decode(t->shape, text, SHAPE_CLOSED, &arena, body, &f),
                      "%s: %s at %.*s", path.at, f.code, STR_ARG(f.path));
        ck_assert_msg(str_eq(shape_text(t->shape, body, &arena), text), "%s is not canonical",
                      path.at);
    }
}
END_TEST

/* Examples name the key that the record would have. */
START_TEST(examples_have_keys)
{
    for (size_t i = 0; message_types[i]; i++) {
        const struct message_type *t = message_types[i];
        struct str path = arena_printf(&arena, "proto/examples/%s.json", t->name), text;
        struct fault f = {0};
        void *body = arena_alloc(&arena, t->shape->size);
        ck_assert(read_file(path.at, &text));
        ck_assert(shape_decode(t->shape, text, SHAPE_OPEN, &arena, body, &f));
        ck_assert_msg(!str_blank(message_member(body, t->key_at)), "%s has no key", t->name);
        if (t->command)
            ck_assert_msg(!str_blank(message_member(body, t->principal_at)), "%s", t->name);
    }
}
END_TEST

START_TEST(types_are_unique)
{
    for (size_t i = 0; message_types[i]; i++)
        for (size_t n = 0; n < i; n++)
            ck_assert_msg(strcmp(message_types[i]->name, message_types[n]->name) != 0, "%s twice",
                          message_types[i]->name);
}
END_TEST

/* Two shapes of one name would write one schema. */
START_TEST(schema_names_are_unique)
{
    for (size_t i = 0; message_types[i]; i++)
        for (size_t n = 0; n < i; n++) {
            const struct message_type *a = message_types[i], *b = message_types[n];
            bool same_name =
                str_eq(contract_schema_name(a, &arena), contract_schema_name(b, &arena));
            bool same_schema = a->shape == b->shape && a->command == b->command;
            ck_assert_msg(same_name == same_schema, "%s and %s", a->name, b->name);
        }
}
END_TEST

START_TEST(types_belong_to_topics)
{
    for (size_t i = 0; message_types[i]; i++) {
        const struct message_type *t = message_types[i];
        bool known = false;
        for (size_t n = 0; topics[n] && !known; n++)
            known = topics[n] == t->topic;
        ck_assert_msg(known, "%s", t->name);
        ck_assert_msg(t->command == (t->topic->access == TOPIC_OPEN), "%s", t->name);
    }
}
END_TEST

static Suite *contract_suite(void)
{
    const TTest *const tests[] = {documents_are_up_to_date, examples_are_canonical,
                                  examples_have_keys,       types_are_unique,
                                  schema_names_are_unique,  types_belong_to_topics};
    arena_init(&arena);
    return unit_suite("contract", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(contract_suite)
