/* fuzz_make: documents from a seed and a number: examples of messages and published vectors, as
 * they are and damaged; and texts grown from the grammar, right or nearly so. */
#include "tests/fuzz/fuzz.h"

#include <lzma.h>
#include <stdio.h>
#include <string.h>

enum {
    SOURCE_COUNT_MAX = 1024,
    SOURCE_SIZE_MAX = 4096, /* longer ones only cost time */
    FILE_SIZE_MAX = 1024 * 1024,
    UNPACKED_SIZE_MAX = 8 * 1024 * 1024,
    TAR_BLOCK_SIZE = 512,
    TAR_SIZE_AT = 124,
    PATH_SIZE = 1024,
    GROWTH_DEPTH_MAX = 18
};

static struct document sources[SOURCE_COUNT_MAX];
static size_t source_count, example_count;
static struct arena kept;

/* splitmix64 */
static uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct chance chance_of(uint64_t seed, uint64_t number)
{
    struct chance c = {seed};
    c.state = chance_next(&c) + number;
    c.state = chance_next(&c);
    return c;
}

uint32_t chance_below(struct chance *c, size_t below)
{
    return (uint32_t)(chance_next(c) >> 32) % (uint32_t)below;
}

/* --- sources */

static struct str file_read(const char *path)
{
    static char room[FILE_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return STR_NONE;
    size_t size = fread(room, 1, sizeof room, file);
    fclose(file);
    return arena_str(&kept, (struct str){room, size});
}

static void source_add(struct str text, const struct message_type *type)
{
    if (text.size <= SOURCE_SIZE_MAX && source_count < SOURCE_COUNT_MAX)
        sources[source_count++] = (struct document){text, type};
}

static bool vectors_read(const char *path)
{
    struct str packed = file_read(path);
    uint64_t memory = UINT64_MAX;
    size_t in = 0, size = 0;
    char *tar = arena_alloc(&kept, UNPACKED_SIZE_MAX);
    if (!str_present(packed) ||
        lzma_stream_buffer_decode(&memory, 0, NULL, (const uint8_t *)packed.at, &in, packed.size,
                                  (uint8_t *)tar, &size, UNPACKED_SIZE_MAX) != LZMA_OK)
        return false;
    for (size_t at = 0; at + TAR_BLOCK_SIZE <= size && tar[at] != '\0';) {
        unsigned long long content = 0;
        sscanf(tar + at + TAR_SIZE_AT, "%11llo", &content);
        source_add((struct str){tar + at + TAR_BLOCK_SIZE, content}, NULL);
        at += TAR_BLOCK_SIZE + (content + TAR_BLOCK_SIZE - 1) / TAR_BLOCK_SIZE * TAR_BLOCK_SIZE;
    }
    return true;
}

bool sources_read(const char *examples, const char *vectors)
{
    for (size_t i = 0; message_types[i] != NULL; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s.json", examples, message_types[i]->name);
        struct str text = file_read(path);
        if (!str_present(text)) {
            fprintf(stderr, "fuzz-codec: %s is absent\n", path);
            return false;
        }
        source_add(text, message_types[i]);
    }
    example_count = source_count;
    if (!vectors_read(vectors))
        printf("absent: wire_vectors\n");
    return true;
}

void sources_free(void)
{
    arena_release(&kept);
}

/* --- the grammar */

static const char *const pieces[] = {"a",
                                     "Zz",
                                     "0123456789",
                                     "\\n",
                                     "\\u00e9",
                                     "\\ud83d\\ude00",
                                     "\\\"",
                                     "\\\\",
                                     "\\/",
                                     "\\u001f",
                                     "\\u0000",
                                     "\\ud800",
                                     "\xc3\xa9",
                                     "\x7f",
                                     "\\uFFFF",
                                     " ",
                                     "\\u0800",
                                     "\xf0\x9f\x98\x80",
                                     "\xed\xa0\x80",
                                     "plain text here"};
static const char *const numbers[] = {"0",
                                      "-0",
                                      "-1",
                                      "10",
                                      "123456789",
                                      "9223372036854775807",
                                      "-9223372036854775808",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1.5",
                                      "-0.0",
                                      "1e3",
                                      "1E-2",
                                      "1e400",
                                      "01",
                                      "1.",
                                      ".5",
                                      "-",
                                      "0.1",
                                      "1.7976931348623157e308"};
static const char *const words[] = {"true", "false", "null", "nul", "True", "[]", "{}"};
static const char *const spaces[] = {"", "", "", "", "", " ", "\n", "\t\r ", "\f"};

#define ANY_OF(c, list) list[chance_below(c, ARRAY_LEN(list))]

/* Only one in 16 takes what is wrong or rare, so that most texts come to their end. */
static void text_grow(struct chance *c, struct buf *b)
{
    buf_text(b, "\"");
    for (uint32_t i = chance_below(c, 5); i > 0; i--)
        buf_text(b, chance_below(c, 4) > 0 ? pieces[chance_below(c, 9)] : ANY_OF(c, pieces));
    buf_text(b, "\"");
}

static void space_grow(struct chance *c, struct buf *b)
{
    buf_text(b, chance_below(c, 64) > 0 ? spaces[chance_below(c, ARRAY_LEN(spaces) - 1)]
                                        : ANY_OF(c, spaces));
}

static void value_grow(struct chance *c, struct buf *b, int depth);

static void children_grow(struct chance *c, struct buf *b, int depth, bool named)
{
    buf_text(b, named ? "{" : "[");
    uint32_t count = chance_below(c, 5);
    for (uint32_t i = 0; i < count; i++) {
        space_grow(c, b);
        if (named)
            buf_printf(b, "\"m%u\":", chance_below(c, 60));
        value_grow(c, b, depth + 1);
        buf_text(b, i + 1 < count ? "," : "");
    }
    space_grow(c, b);
    buf_text(b, named ? "}" : "]");
}

static void value_grow(struct chance *c, struct buf *b, int depth)
{
    uint32_t kind = chance_below(c, depth < GROWTH_DEPTH_MAX ? 8 : 4);
    space_grow(c, b);
    if (kind < 2)
        text_grow(c, b);
    else if (kind == 2)
        buf_text(b, chance_below(c, 8) > 0 ? numbers[chance_below(c, 7)] : ANY_OF(c, numbers));
    else if (kind == 3)
        buf_text(b, chance_below(c, 16) > 0 ? words[chance_below(c, 3)] : ANY_OF(c, words));
    else
        children_grow(c, b, depth, kind < 6);
    space_grow(c, b);
}

/* --- damage */

/* The text with `from`..`until` replaced. */
static struct str replaced(struct str s, size_t from, size_t until, struct str by, struct arena *a)
{
    struct buf b = {.arena = a};
    buf_append(&b, s.at, from);
    buf_str(&b, by);
    buf_append(&b, s.at + until, s.size - until);
    return buf_done(&b);
}

/* The digits around a place, or nothing there. */
static void number_around(struct str s, size_t at, size_t *from, size_t *until)
{
    *from = *until = at;
    while (*from > 0 && strchr("0123456789.-", s.at[*from - 1]) != NULL && s.at[*from - 1] != '\0')
        --*from;
    while (*until < s.size && strchr("0123456789.-", s.at[*until]) != NULL && s.at[*until] != '\0')
        ++*until;
}

static struct str damage(struct chance *c, struct str s, struct arena *a)
{
    static const char marks[] = "\"\\{}[],:0123456789-+.eEtruefalsn u/\x80\xc3\xed\xf4\xff\x01\t";
    size_t at = chance_below(c, s.size + 1), span = chance_below(c, 9), from, until;
    size_t end = at + span < s.size ? at + span : s.size;
    char mark = marks[chance_below(c, sizeof marks)];
    const struct document *other = &sources[chance_below(c, source_count)];
    size_t begin = chance_below(c, other->text.size + 1);
    size_t length = chance_below(c, 24);
    length = begin + length < other->text.size ? length : other->text.size - begin;
    switch (chance_below(c, 7)) {
    case 0: /* another byte */
        return replaced(s, at, at < s.size ? at + 1 : at, (struct str){&mark, 1}, a);
    case 1: /* one byte more */
        return replaced(s, at, at, (struct str){&mark, 1}, a);
    case 2: /* some less */
        return replaced(s, at, end, STR(""), a);
    case 3: /* some twice */
        return replaced(s, at, at, (struct str){s.at + at, end - at}, a);
    case 4: /* a piece of another document */
        return replaced(s, at, end, (struct str){other->text.at + begin, length}, a);
    case 5: /* another number */
        number_around(s, at, &from, &until);
        return replaced(s, from, until, str_of(ANY_OF(c, numbers)), a);
    default: /* an end too soon */
        return (struct str){s.at, at};
    }
}

struct document document_make(uint64_t seed, uint64_t number, struct arena *a)
{
    struct chance c = chance_of(seed, number);
    struct document d = {0};
    uint32_t kind = chance_below(&c, 10);
    uint32_t damages = kind == 9 ? 0 : 1 + chance_below(&c, 3);
    if (kind < 4 || kind == 9) {
        d = sources[chance_below(&c, example_count)];
    } else if (kind < 6) {
        d = sources[chance_below(&c, source_count)];
    } else {
        struct buf b = {.arena = a};
        value_grow(&c, &b, 0);
        d.text = buf_done(&b);
        damages = kind == 8 ? damages : 0;
    }
    for (; damages > 0; damages--)
        d.text = damage(&c, d.text, a);
    return d;
}
