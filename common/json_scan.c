/* json_scan: one pass over a copy of the text, in which strings are unescaped where they stand, so
 * that a message costs two or three allocations. It only ever says yes or "ask jansson": whatever
 * it is not sure of, jansson judges, and a test compares the two on many texts. */
#include "common/json_scan.h"
#include "common/json_bytes.h"
#include "common/limits.h"

#include <string.h>

enum { STACK_COUNT_MIN = 64, MEMBER_COUNT_MAX = 64, HEX_DIGITS = 4 };

/* Children wait on one stack until their parent closes and knows how many they are. */
struct scan {
    char *at, *end; /* end holds a NUL */
    struct arena *arena;
    struct node *stack;
    size_t count, room, depth;
};

static void space_skip(struct scan *s)
{
    while (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')
        s->at++;
}

static struct node *node_push(struct scan *s)
{
    if (s->count == s->room) {
        struct node *larger = arena_array(s->arena, struct node, 2 * s->room);
        memcpy(larger, s->stack, s->count * sizeof(*larger));
        s->stack = larger;
        s->room *= 2;
    }
    struct node *n = &s->stack[s->count++];
    *n = (struct node){0};
    return n;
}

static struct node *children_take(struct scan *s, size_t from)
{
    size_t count = s->count - from;
    struct node *items = arena_array(s->arena, struct node, count);
    if (count > 0)
        memcpy(items, s->stack + from, count * sizeof(*items));
    s->count = from;
    return items;
}

/* --- strings */

static bool hex_take(struct scan *s, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < HEX_DIGITS; i++, s->at++) {
        char c = *s->at, lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            value = value * 16 + (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (uint32_t)(lower - 'a' + 10);
        else
            return false;
    }
    *out = value;
    return true;
}

static char *utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

static bool surrogate_take(struct scan *s, uint32_t *c)
{
    uint32_t low;
    if (*c < 0xd800 || *c > 0xdfff)
        return true;
    if (*c > 0xdbff || s->at[0] != '\\' || s->at[1] != 'u')
        return false;
    s->at += 2;
    if (!hex_take(s, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* Behind a backslash. What comes out is never longer than what goes in. */
static bool escape_take(struct scan *s, char **to)
{
    static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    char c = *s->at++;
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found != NULL) {
        *(*to)++ = plain[found - from];
        return true;
    }
    uint32_t code;
    if (c != 'u' || !hex_take(s, &code) || !surrogate_take(s, &code) || code == 0)
        return false;
    *to = utf8_put(*to, code);
    return true;
}

/* To the first byte that is no plain ASCII, or the end of the text. */
static char *plain_skip(const struct scan *s)
{
    char *at = s->at;
    for (; s->end - at >= (ptrdiff_t)sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word = word_at(at), marks = special_marks(word) | (word & EVERY_BYTE(0x80));
        if (marks != 0)
            return at + bytes_before(marks);
    }
    while (!byte_special((unsigned char)*at) && (unsigned char)*at < 0x80)
        at++;
    return at;
}

/* From the opening quote to behind the closing one, which makes room for the NUL. */
static bool text_take(struct scan *s, struct str *out)
{
    char *from = ++s->at, *to;
    to = s->at = plain_skip(s);
    for (;;) {
        unsigned char c = (unsigned char)*s->at;
        if (c == '"')
            break;
        if (c < 0x20)
            return false;
        if (c == '\\') {
            s->at++;
            if (!escape_take(s, &to))
                return false;
            continue;
        }
        size_t length = 1;
        if (c >= 0x80)
            length = utf8_length((unsigned char *)s->at, (size_t)(s->end - s->at));
        if (length == 0)
            return false;
        for (size_t i = 0; i < length; i++)
            *to++ = *s->at++;
    }
    s->at++;
    *to = '\0';
    *out = (struct str){from, (size_t)(to - from)};
    return true;
}

/* --- the other values */

static bool integer_take(struct scan *s, struct node *n)
{
    bool negative = *s->at == '-';
    s->at += negative;
    char *first = s->at;
    int64_t value = 0; /* counted downwards: the lowest value has no positive twin */
    for (; *s->at >= '0' && *s->at <= '9'; s->at++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *s->at - '0', &value))
            return false;
    }
    size_t digits = (size_t)(s->at - first);
    if (digits == 0 || (*first == '0' && digits > 1) || (!negative && value == INT64_MIN))
        return false;
    n->kind = NODE_INTEGER;
    n->integer = negative ? value : -value;
    return *s->at != '.' && *s->at != 'e' && *s->at != 'E';
}

static bool word_take(struct scan *s, struct node *n)
{
    static const struct {
        const char *word;
        size_t size;
        enum node_kind kind;
        int64_t value;
    } words[] = {{"true", 4, NODE_BOOL, 1}, {"false", 5, NODE_BOOL, 0}, {"null", 4, NODE_NULL, 0}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strncmp(s->at, words[i].word, words[i].size) != 0)
            continue;
        s->at += words[i].size;
        n->kind = words[i].kind;
        n->integer = words[i].value;
        return true;
    }
    return false;
}

static bool value_take(struct scan *s, struct node *out);

/* Behind a child: true with *more when another follows, or when the parent closes here. */
static bool comma_take(struct scan *s, char close, bool *more)
{
    space_skip(s);
    char c = *s->at++;
    *more = c == ',';
    if (*more)
        space_skip(s);
    return *more || c == close;
}

static bool list_take(struct scan *s, struct node *out)
{
    size_t from = s->count;
    s->at++;
    space_skip(s);
    bool more = *s->at != ']';
    if (!more)
        s->at++;
    while (more) {
        /* The stack may move while the element is read. */
        struct node element = {0};
        if (!value_take(s, &element))
            return false;
        *node_push(s) = element;
        if (!comma_take(s, ']', &more))
            return false;
    }
    out->kind = NODE_LIST;
    out->count = s->count - from;
    out->items = children_take(s, from);
    return true;
}

static bool name_repeats(const struct scan *s, size_t from, struct str name, uint64_t *seen)
{
    uint64_t mark = name.size;
    if (name.size > 0)
        mark += (uint64_t)(unsigned char)name.at[0] * 7 +
                (uint64_t)(unsigned char)name.at[name.size - 1] * 31 +
                (uint64_t)(unsigned char)name.at[name.size / 2] * 3;
    uint64_t bit = UINT64_C(1) << (mark & 63);
    bool maybe = (*seen & bit) != 0;
    *seen |= bit;
    for (size_t i = from; maybe && i < s->count; i++) {
        if (str_eq(s->stack[i].name, name))
            return true;
    }
    return false;
}

static bool member_take(struct scan *s, size_t from, uint64_t *seen)
{
    struct node member = {0};
    struct str name;
    if (*s->at != '"' || !text_take(s, &name) || name_repeats(s, from, name, seen))
        return false;
    space_skip(s);
    if (*s->at != ':')
        return false;
    s->at++;
    space_skip(s);
    if (!value_take(s, &member))
        return false;
    member.name = name;
    *node_push(s) = member;
    return s->count - from <= MEMBER_COUNT_MAX;
}

static bool object_take(struct scan *s, struct node *out)
{
    size_t from = s->count;
    uint64_t seen = 0;
    s->at++;
    space_skip(s);
    bool more = *s->at != '}';
    if (!more)
        s->at++;
    while (more) {
        if (!member_take(s, from, &seen) || !comma_take(s, '}', &more))
            return false;
    }
    out->kind = NODE_OBJECT;
    out->count = s->count - from;
    out->items = children_take(s, from);
    return true;
}

static bool nest_take(struct scan *s, struct node *out)
{
    if (++s->depth > DEPTH_MAX)
        return false;
    bool ok = *s->at == '{' ? object_take(s, out) : list_take(s, out);
    s->depth--;
    return ok;
}

static bool value_take(struct scan *s, struct node *out)
{
    char c = *s->at;
    if (c == '"') {
        out->kind = NODE_TEXT;
        return text_take(s, &out->text);
    }
    if (c == '{' || c == '[')
        return nest_take(s, out);
    if (c == '-' || (c >= '0' && c <= '9'))
        return integer_take(s, out);
    return word_take(s, out);
}

bool node_scan(struct str json, struct arena *a, struct node *out)
{
    struct node stack[STACK_COUNT_MIN];
    char *copy = arena_cstr(a, json);
    struct scan s = {
        .at = copy, .end = copy + json.size, .arena = a, .stack = stack, .room = STACK_COUNT_MIN};
    space_skip(&s);
    if (!value_take(&s, out))
        return false;
    space_skip(&s);
    return s.at == s.end;
}
