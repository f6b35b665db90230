/* json: text to a tree. Most texts take the fast way of json_scan. What it leaves is judged in one
 * pass over the bytes (depth, NUL, UTF-8) and then by jansson, whose tree is copied into the arena:
 * so jansson has the last word on what is refused, and why. */
#include "common/json_scan.h"
#include "common/limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct fault *f, const char *code, struct str text, struct str remedy)
{
    *f = (struct fault){.code = code, .path = STR(""), .text = text, .remedy = remedy};
    return false;
}

static bool continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Well-formed sequences as in table 3-7 of Unicode. */
size_t utf8_length(const unsigned char *at, size_t left)
{
    unsigned char c = at[0];
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    size_t length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (left < length)
        return 0;
    unsigned char lowest = 0x80, highest = 0xbf;
    if (c == 0xe0)
        lowest = 0xa0; /* else overlong */
    else if (c == 0xed)
        highest = 0x9f; /* else a surrogate */
    else if (c == 0xf0)
        lowest = 0x90; /* else overlong */
    else if (c == 0xf4)
        highest = 0x8f; /* else beyond U+10FFFF */
    if (at[1] < lowest || at[1] > highest)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (!continuation(at[i]))
            return 0;
    }
    return length;
}

const char *text_refusal(struct str bytes, size_t *at)
{
    const unsigned char *from = (const unsigned char *)bytes.at;
    for (size_t i = 0; i < bytes.size;) {
        size_t length = utf8_length(from + i, bytes.size - i);
        if (length == 0 || from[i] == 0) {
            *at = i;
            return length == 0 ? "utf8_invalid" : "json_nul";
        }
        i += length;
    }
    return NULL;
}

/* What the pass over the bytes knows at its place. */
struct scan {
    size_t depth, depth_max;
    bool in_text, escaped, nul_escaped;
};

static void scan_byte(struct scan *s, struct str json, size_t i)
{
    char c = json.at[i];
    if (s->escaped) {
        s->escaped = false;
        if (c == 'u' && json.size - i > 4 && memcmp(json.at + i + 1, "0000", 4) == 0)
            s->nul_escaped = true;
    } else if (s->in_text) {
        s->escaped = c == '\\';
        s->in_text = c != '"';
    } else if (c == '"') {
        s->in_text = true;
    } else if (c == '[' || c == '{') {
        s->depth++;
        if (s->depth > s->depth_max)
            s->depth_max = s->depth;
    } else if ((c == ']' || c == '}') && s->depth > 0) {
        s->depth--;
    }
}

static bool bytes_ok(struct str json, struct arena *a, struct fault *f)
{
    size_t at;
    const char *code = text_refusal(json, &at);
    if (code != NULL) {
        bool nul = strcmp(code, "json_nul") == 0;
        return refuse(f, code,
                      arena_printf(a, nul ? "Byte %zu is NUL." : "Byte %zu is no valid UTF-8.", at),
                      nul ? STR("Leave NUL characters out.") : STR("Encode the text in UTF-8."));
    }
    if (json.size >= 3 && memcmp(json.at, "\xef\xbb\xbf", 3) == 0)
        return refuse(f, "utf8_invalid", STR("It begins with a byte order mark."),
                      STR("Send UTF-8 without a byte order mark."));
    struct scan s = {0};
    for (size_t i = 0; i < json.size; i++) {
        scan_byte(&s, json, i);
        if (s.depth > DEPTH_MAX)
            return refuse(f, "json_too_deep",
                          arena_printf(a, "It nests deeper than %d levels.", DEPTH_MAX),
                          STR("Flatten the objects and lists."));
        if (s.nul_escaped)
            return refuse(f, "json_nul", arena_printf(a, "Byte %zu escapes a NUL.", i - 1),
                          STR("Leave NUL characters out."));
    }
    return true;
}

/* jansson's own sentence is not used: it repeats the input. */
static bool parse_refuse(const json_error_t *error, struct arena *a, struct fault *f)
{
    enum json_error_code code = json_error_code(error);
    int line = error->line, column = error->column;
    if (code == json_error_duplicate_key)
        return refuse(
            f, "json_duplicate_key",
            arena_printf(a, "An object has a member twice, at line %d, column %d.", line, column),
            STR("Send each member once."));
    if (code == json_error_numeric_overflow)
        return refuse(f, "json_invalid",
                      arena_printf(a, "A number is too big, at line %d, column %d.", line, column),
                      STR("Keep integers within 64 bits; write amounts as strings."));
    return refuse(f, "json_invalid",
                  arena_printf(a, "It is no JSON, at line %d, column %d.", line, column),
                  STR("Send one JSON value as in RFC 8259."));
}

enum { REAL_TEXT_SIZE = 64, REAL_PRECISION_MIN = 15, REAL_PRECISION_MAX = 17 };

/* The shortest numeral that reads back as the same number, so that free objects keep "0.1". */
static struct str real_text(const json_t *real, struct arena *a)
{
    char text[REAL_TEXT_SIZE];
    size_t size = 0;
    for (size_t digits = REAL_PRECISION_MIN; digits <= REAL_PRECISION_MAX; digits++) {
        size = json_dumpb(real, text, sizeof(text), JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        assert(size > 0 && size <= sizeof(text));
        json_t *again = json_loadb(text, size, JSON_DECODE_ANY, NULL);
        bool same = again != NULL && json_equal(again, real);
        json_decref(again);
        if (same)
            break;
    }
    return arena_str(a, (struct str){text, size});
}

static void node_fill(struct node *n, json_t *from, struct arena *a);

static void object_fill(struct node *n, json_t *from, struct arena *a)
{
    n->kind = NODE_OBJECT;
    n->items = arena_array(a, struct node, json_object_size(from));
    for (void *i = json_object_iter(from); i != NULL; i = json_object_iter_next(from, i)) {
        struct str name = {json_object_iter_key(i), json_object_iter_key_len(i)};
        n->items[n->count].name = arena_str(a, name);
        node_fill(&n->items[n->count++], json_object_iter_value(i), a);
    }
}

static void list_fill(struct node *n, json_t *from, struct arena *a)
{
    n->kind = NODE_LIST;
    n->count = json_array_size(from);
    n->items = arena_array(a, struct node, n->count);
    for (size_t i = 0; i < n->count; i++)
        node_fill(&n->items[i], json_array_get(from, i), a);
}

/* Calls itself once a level, at most DEPTH_MAX deep. */
static void node_fill(struct node *n, json_t *from, struct arena *a)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        object_fill(n, from, a);
        return;
    case JSON_ARRAY:
        list_fill(n, from, a);
        return;
    case JSON_STRING:
        n->kind = NODE_TEXT;
        n->text = arena_str(a, (struct str){json_string_value(from), json_string_length(from)});
        return;
    case JSON_INTEGER:
        n->kind = NODE_INTEGER;
        n->integer = json_integer_value(from);
        return;
    case JSON_REAL:
        n->kind = NODE_REAL;
        n->text = real_text(from, a);
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        n->kind = NODE_BOOL;
        n->integer = json_is_true(from);
        return;
    case JSON_NULL:
        n->kind = NODE_NULL;
        return;
    }
}

bool node_parse_by_jansson(struct str json, struct arena *a, struct node *out, struct fault *f)
{
    if (!bytes_ok(json, a, f))
        return false;
    json_error_t error;
    json_t *root = json_loadb(str_present(json) ? json.at : "", json.size,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root == NULL)
        return parse_refuse(&error, a, f);
    node_fill(out, root, a);
    json_decref(root);
    return true;
}

bool node_parse(struct str json, size_t size_max, struct arena *a, const struct node **out,
                struct fault *f)
{
    if (json.size > size_max)
        return refuse(
            f, "json_too_big",
            arena_printf(a, "It has %zu bytes; at most %zu are taken.", json.size, size_max),
            STR("Send it in smaller parts."));
    struct node *n = arena_new(a, struct node);
    *out = n;
    if (node_scan(json, a, n))
        return true;
    *n = (struct node){0};
    return node_parse_by_jansson(json, a, n, f);
}

const struct node *node_find(const struct node *object, const char *name)
{
    assert(object->kind == NODE_OBJECT);
    for (size_t i = 0; i < object->count; i++) {
        if (str_is(object->items[i].name, name))
            return &object->items[i];
    }
    return NULL;
}

size_t node_depth(const struct node *n)
{
    size_t below = 0;
    for (size_t i = 0; i < n->count; i++) {
        size_t depth = node_depth(&n->items[i]);
        if (depth > below)
            below = depth;
    }
    return below + (n->kind == NODE_OBJECT || n->kind == NODE_LIST);
}
