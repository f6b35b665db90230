/* json: the published vectors. 318 files of a JSON parsing suite by their names (y must parse, n
 * must not, i is free), and 515 hostile strings that must come back with the same SHA-256. */
#include "common/digest.h"
#include "common/json.h"
#include "common/limits.h"
#include "tests/unit/unit.h"

#include <lzma.h>

enum {
    SOURCE_SIZE_MAX = 1024 * 1024,
    UNPACKED_SIZE_MAX = 8 * 1024 * 1024,
    TAR_BLOCK_SIZE = 512,
    TAR_NAME_SIZE = 100,
    TAR_SIZE_AT = 124,
    TAR_KIND_AT = 156,
    PATH_ROOM = 1024
};

static struct arena arena;
static char suite_path[PATH_ROOM], strings_path[PATH_ROOM], sums_path[PATH_ROOM];

static struct str file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    char *bytes = arena_alloc(&arena, SOURCE_SIZE_MAX);
    size_t size = fread(bytes, 1, SOURCE_SIZE_MAX, file);
    ck_assert(size < SOURCE_SIZE_MAX && fclose(file) == 0);
    return (struct str){bytes, size};
}

static struct str file_unpack(const char *path)
{
    struct str packed = file_read(path);
    uint64_t memory = UINT64_MAX;
    size_t in = 0, out = 0;
    uint8_t *bytes = arena_alloc(&arena, UNPACKED_SIZE_MAX);
    lzma_ret done = lzma_stream_buffer_decode(&memory, 0, NULL, (const uint8_t *)packed.at, &in,
                                              packed.size, bytes, &out, UNPACKED_SIZE_MAX);
    ck_assert_int_eq(done, LZMA_OK);
    return (struct str){(const char *)bytes, out};
}

struct tar_file {
    struct str name, content;
};

/* The next plain file of a tar; false at its end. */
static bool tar_next(struct str tar, size_t *at, struct tar_file *out)
{
    while (*at + TAR_BLOCK_SIZE <= tar.size && tar.at[*at] != '\0') {
        const char *header = tar.at + *at;
        size_t size = strtoull(header + TAR_SIZE_AT, NULL, 8);
        size_t span = (size + TAR_BLOCK_SIZE - 1) / TAR_BLOCK_SIZE * TAR_BLOCK_SIZE;
        char kind = header[TAR_KIND_AT];
        *at += TAR_BLOCK_SIZE + span;
        if (kind != '0' && kind != '\0')
            continue;
        out->content = (struct str){header + TAR_BLOCK_SIZE, size};
        out->name = (struct str){header, strnlen(header, TAR_NAME_SIZE)};
        return true;
    }
    return false;
}

/* Refused by policy, though JSON has them: two readers may understand them differently. */
static bool refused_by_policy(struct str name)
{
    static const char *const names[] = {
        "y_object_duplicated_key.json",
        "y_object_duplicated_key_and_value.json",
        "y_object_escaped_null_in_key.json",
        "y_string_null_escape.json",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_is(name, names[i]))
            return true;
    }
    return false;
}

START_TEST(the_parsing_suite_agrees)
{
    struct str tar = file_unpack(suite_path);
    struct tar_file file;
    int accepted = 0, refused = 0, either = 0, policy = 0;
    for (size_t at = 0; tar_next(tar, &at, &file);) {
        struct str name = {file.name.at + strlen("json_test_parsing/"),
                           file.name.size - strlen("json_test_parsing/")};
        struct arena turn = {0};
        const struct node *root;
        struct fault fault = {0};
        bool parsed = node_parse(file.content, SIZE_MAX, &turn, &root, &fault);
        bool exempt = refused_by_policy(name);
        if (name.at[0] == 'y')
            ck_assert_msg(parsed != exempt, "%.*s: %s", STR_ARG(name), fault.code);
        else if (name.at[0] == 'n')
            ck_assert_msg(!parsed, "%.*s was parsed", STR_ARG(name));
        ck_assert(parsed || (fault.code != NULL && fault.text.size > 0));
        accepted += name.at[0] == 'y' && parsed;
        policy += exempt;
        refused += name.at[0] == 'n';
        either += name.at[0] == 'i';
        arena_release(&turn);
    }
    ck_assert_int_eq(accepted, 95 - 4);
    ck_assert_int_eq(policy, 4);
    ck_assert_int_eq(refused, 188);
    ck_assert_int_eq(either, 35);
    arena_release(&arena);
}
END_TEST

struct note {
    struct str text;
    const struct str *texts;
    size_t texts_count;
};

static const struct member note_members[] = {
    MEMBER(struct note, text, REQUIRED, 0, 100000, NULL),
    MEMBER_TEXTS(struct note, texts, OPTIONAL, 0, 1000, NULL),
};
static const struct shape note_shape = SHAPE("note", struct note, note_members, NULL);

static struct str line_next(struct str *text)
{
    const char *end = memchr(text->at, '\n', text->size);
    ck_assert_ptr_nonnull(end);
    struct str line = {text->at, (size_t)(end - text->at)};
    *text = (struct str){end + 1, text->size - line.size - 1};
    return line;
}

static struct sha256 digest_of(struct str text)
{
    return sha256_of(&text, 1);
}

START_TEST(hostile_strings_come_back)
{
    const struct node *strings;
    struct fault fault;
    ck_assert(node_parse(file_unpack(strings_path), SIZE_MAX, &arena, &strings, &fault));
    ck_assert_uint_eq(strings->count, 515);
    struct str sums = file_read(sums_path);
    line_next(&sums);
    for (size_t i = 0; i < strings->count; i++) {
        struct str line = line_next(&sums);
        struct sha256 wanted;
        struct str hex = {line.at + line.size - SHA256_HEX_SIZE, SHA256_HEX_SIZE};
        ck_assert(sha256_from_hex(hex, &wanted));
        struct note in = {.text = strings->items[i].text}, out;
        in.texts = &in.text;
        in.texts_count = in.text.size > 0 && in.text.size <= TEXT_SIZE_MAX;
        struct str json = shape_text(&note_shape, &in, &arena);
        ck_assert_msg(shape_decode(&note_shape, json, SHAPE_CLOSED, &arena, &out, &fault),
                      "string %zu: %s", i, fault.code);
        struct sha256 first = digest_of(out.text);
        ck_assert_msg(sha256_equal(&first, &wanted), "string %zu", i);
        ck_assert_uint_eq(out.texts_count, in.texts_count);
        if (out.texts_count > 0)
            ck_assert(str_eq(out.texts[0], out.text));
        /* The canonical form does not change any more. */
        ck_assert(str_eq(shape_text(&note_shape, &out, &arena), json));
    }
    arena_release(&arena);
}
END_TEST

static Suite *json_vectors_suite(void)
{
    Suite *suite = suite_create("json_vectors");
    const char *set = "wire_vectors";
    if (!unit_data(set, "json_test_parsing.tar.xz", suite_path, PATH_ROOM) ||
        !unit_data(set, "naughty_strings.json.xz", strings_path, PATH_ROOM) ||
        !unit_data(set, "expected_strings.csv", sums_path, PATH_ROOM))
        return suite;
    TCase *tcase = tcase_create("json_vectors");
    tcase_add_test(tcase, the_parsing_suite_agrees);
    tcase_add_test(tcase, hostile_strings_come_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
UNIT_MAIN(json_vectors_suite)
