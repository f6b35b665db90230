/* shape_read: a tree of JSON into a struct, by the table of its members. Every refusal names the
 * member by JSON Pointer and says what would cure it; values from outside are never repeated. */
#include "common/shape_read.h"
#include "common/limits.h"

#include <string.h>

enum { MEMBER_COUNT_MAX = 128 };

static bool text_size_ok(struct reader *r, const struct place *p, size_t size, int64_t min,
                         int64_t max)
{
    if ((int64_t)size < min)
        return shape_refuse(r, p, "text_too_short",
                            arena_printf(r->arena, "It has %zu bytes; at least %lld are needed.",
                                         size, (long long)min),
                            min == 1
                                ? STR("Send a text that is not empty, or leave the member out.")
                                : STR("Send a longer text."));
    if ((int64_t)size > max)
        return shape_refuse(r, p, "text_too_long",
                            arena_printf(r->arena, "It has %zu bytes; at most %lld are taken.",
                                         size, (long long)max),
                            STR("Send a shorter text."));
    return true;
}

static bool count_ok(struct reader *r, const struct place *p, size_t count, const struct member *m)
{
    if ((int64_t)count < m->min)
        return shape_refuse(r, p, "list_too_short",
                            arena_printf(r->arena, "It has %zu elements; at least %lld are needed.",
                                         count, (long long)m->min),
                            STR("Send more elements."));
    if ((int64_t)count > m->max)
        return shape_refuse(r, p, "list_too_long",
                            arena_printf(r->arena, "It has %zu elements; at most %lld are taken.",
                                         count, (long long)m->max),
                            STR("Send fewer elements, or split them over several messages."));
    return true;
}

/* --- plain values */

static bool text_read(struct reader *r, const struct place *p, const struct member *m,
                      const struct node *n, void *out)
{
    if (n->kind != NODE_TEXT)
        return shape_refuse_kind(r, p, n, "a string");
    *(struct str *)out = n->text;
    return text_size_ok(r, p, n->text.size, m->min, m->max);
}

static bool integer_read(struct reader *r, const struct place *p, const struct member *m,
                         const struct node *n, void *out)
{
    if (n->kind != NODE_INTEGER)
        return shape_refuse_kind(r, p, n, "a whole number without point or exponent");
    if (n->integer < m->min || n->integer > m->max)
        return shape_refuse(r, p, "member_range",
                            arena_printf(r->arena, "It is not within %lld and %lld.",
                                         (long long)m->min, (long long)m->max),
                            STR("Send a number within these bounds."));
    *(int64_t *)out = n->integer;
    return true;
}

static bool bool_read(struct reader *r, const struct place *p, const struct member *m,
                      const struct node *n, void *out)
{
    (void)m;
    if (n->kind != NODE_BOOL)
        return shape_refuse_kind(r, p, n, "true or false");
    *(bool *)out = n->integer != 0;
    return true;
}

static bool instant_member_read(struct reader *r, const struct place *p, const struct member *m,
                                const struct node *n, void *out)
{
    (void)m;
    if (n->kind != NODE_TEXT)
        return shape_refuse_kind(r, p, n, "a time as a string, such as \"2026-11-24T17:00:00Z\"");
    if (!instant_read(n->text, out))
        return shape_refuse(r, p, "time_invalid",
                            STR("It is no instant in UTC of the years 1970 to 9999."),
                            STR("Write RFC 3339 with Z and at most 6 decimals, such as "
                                "\"2026-11-24T17:00:00Z\"."));
    return true;
}

static bool raw_read(struct reader *r, const struct place *p, const struct member *m,
                     const struct node *n, void *out)
{
    (void)m;
    if (n->kind != NODE_OBJECT)
        return shape_refuse_kind(r, p, n, "an object");
    if (node_depth(n) > RAW_DEPTH_MAX)
        return shape_refuse(
            r, p, "json_too_deep",
            arena_printf(r->arena, "It nests deeper than %d levels.", RAW_DEPTH_MAX),
            STR("Flatten the objects and lists."));
    struct buf text = {.arena = r->arena};
    node_write(n, &text);
    ((struct raw *)out)->json = buf_done(&text);
    return true;
}

static bool enum_read(struct reader *r, const struct place *p, const struct member *m,
                      const struct node *n, void *out)
{
    if (n->kind != NODE_TEXT)
        return shape_refuse_kind(r, p, n, "a string");
    for (size_t i = 1; i < m->name_count; i++) {
        if (m->names[i] == NULL || !str_is(n->text, m->names[i]))
            continue;
        int value = (int)i;
        memcpy(out, &value, sizeof(value));
        return true;
    }
    struct buf remedy = {.arena = r->arena};
    buf_text(&remedy, "Send one of");
    const char *joint = " ";
    for (size_t i = 1; i < m->name_count; i++) {
        if (m->names[i] == NULL)
            continue;
        buf_printf(&remedy, "%s%s", joint, m->names[i]);
        joint = ", ";
    }
    buf_text(&remedy, ".");
    return shape_refuse(r, p, "value_unknown", STR("No such value is known here."),
                        buf_done(&remedy));
}

/* --- objects and lists */

static bool object_read(struct reader *r, const struct place *p, const struct shape *s,
                        const struct node *n, void *out);

static bool object_member_read(struct reader *r, const struct place *p, const struct member *m,
                               const struct node *n, void *out)
{
    void *object = arena_alloc(r->arena, m->shape->size);
    memcpy(out, &object, sizeof(object));
    return object_read(r, p, m->shape, n, object);
}

static bool list_read(struct reader *r, const struct place *p, const struct member *m,
                      const struct node *n, void *out)
{
    if (n->kind != NODE_LIST)
        return shape_refuse_kind(r, p, n, "a list of objects");
    if (!count_ok(r, p, n->count, m))
        return false;
    char *items = arena_alloc(r->arena, n->count * m->shape->size);
    for (size_t i = 0; i < n->count; i++) {
        struct place here = {.up = p, .index = i};
        if (!object_read(r, &here, m->shape, &n->items[i], items + i * m->shape->size))
            return false;
    }
    memcpy(out, &items, sizeof(items));
    return true;
}

static bool texts_read(struct reader *r, const struct place *p, const struct member *m,
                       const struct node *n, void *out)
{
    if (n->kind != NODE_LIST)
        return shape_refuse_kind(r, p, n, "a list of strings");
    if (!count_ok(r, p, n->count, m))
        return false;
    struct str *texts = arena_array(r->arena, struct str, n->count);
    for (size_t i = 0; i < n->count; i++) {
        struct place here = {.up = p, .index = i};
        if (n->items[i].kind != NODE_TEXT)
            return shape_refuse_kind(r, &here, &n->items[i], "a string");
        if (!text_size_ok(r, &here, n->items[i].text.size, 1, TEXT_SIZE_MAX))
            return false;
        texts[i] = n->items[i].text;
    }
    memcpy(out, &texts, sizeof(texts));
    return true;
}

static member_reader *const readers[] = {
    [SHAPE_TEXT] = text_read,
    [SHAPE_INTEGER] = integer_read,
    [SHAPE_BOOL] = bool_read,
    [SHAPE_MONEY] = shape_money_read,
    [SHAPE_QUANTITY] = shape_quantity_read,
    [SHAPE_DECIMAL] = shape_decimal_read,
    [SHAPE_INSTANT] = instant_member_read,
    [SHAPE_RAW] = raw_read,
    [SHAPE_ENUM] = enum_read,
    [SHAPE_OBJECT] = object_member_read,
    [SHAPE_LIST] = list_read,
    [SHAPE_TEXTS] = texts_read,
};

/* The member's place in the table; the search begins where the last one was found, because senders
 * mostly keep the table's order. member_count when unknown. */
static size_t member_find(const struct shape *s, struct str name, size_t from)
{
    for (size_t k = 0; k < s->member_count; k++) {
        size_t i = from + k < s->member_count ? from + k : from + k - s->member_count;
        const struct member *m = &s->members[i];
        if (m->name_size == name.size && memcmp(m->name, name.at, name.size) == 0)
            return i;
    }
    return s->member_count;
}

static bool member_read(struct reader *r, const struct place *p, const struct member *m,
                        const struct node *n, void *out)
{
    struct place here = {.up = p, .name = n->name};
    assert(m->kind > SHAPE_ABSENT && (size_t)m->kind < ARRAY_LEN(readers));
    if (m->kind == SHAPE_LIST || m->kind == SHAPE_TEXTS)
        *(size_t *)(void *)((char *)out + m->count_offset) = n->count;
    return readers[m->kind](r, &here, m, n, (char *)out + m->offset);
}

static bool object_read(struct reader *r, const struct place *p, const struct shape *s,
                        const struct node *n, void *out)
{
    assert(s->member_count <= MEMBER_COUNT_MAX);
    if (n->kind != NODE_OBJECT)
        return shape_refuse_kind(r, p, n, "an object");
    bool seen[MEMBER_COUNT_MAX] = {false};
    size_t next = 0;
    for (size_t k = 0; k < n->count; k++) {
        size_t i = member_find(s, n->items[k].name, next);
        if (i == s->member_count) {
            if (r->mode == SHAPE_CLOSED)
                return shape_refuse_unknown(r, p, n->items[k].name);
            continue;
        }
        seen[i] = true;
        next = i + 1;
        if (!member_read(r, p, &s->members[i], &n->items[k], out))
            return false;
    }
    for (size_t i = 0; i < s->member_count; i++) {
        if (s->members[i].need == REQUIRED && !seen[i])
            return shape_refuse_missing(r, p, s->members[i].name);
    }
    return true;
}

/* Commands come from outside; what is read openly was written by our own services, bounded by the
 * broker or by the batch that stored it. */
static size_t size_max_of(enum shape_mode mode)
{
    return mode == SHAPE_CLOSED ? COMMAND_SIZE_MAX : BATCH_SIZE_MAX;
}

bool shape_decode(const struct shape *s, struct str json, enum shape_mode mode, struct arena *a,
                  void *out, struct fault *f)
{
    /* tidy: allow params because each is its own thing, and a struct of them would hide the call */
    const struct node *root;
    memset(out, 0, s->size);
    if (!node_parse(json, size_max_of(mode), a, &root, f))
        return false;
    struct reader r = {.arena = a, .mode = mode, .fault = f};
    struct place top = {0};
    if (root->kind != NODE_OBJECT)
        return shape_refuse(&r, &top, "json_not_object", STR("It is no JSON object."),
                            STR("Send one object."));
    return object_read(&r, &top, s, root, out);
}

bool shape_decode_list(const struct shape *s, struct str json, enum shape_mode mode,
                       struct arena *a, void **items, size_t *count, struct fault *f)
{
    /* tidy: allow params because it is shape_decode with a count */
    const struct node *root;
    if (!node_parse(json, size_max_of(mode), a, &root, f))
        return false;
    struct reader r = {.arena = a, .mode = mode, .fault = f};
    struct place top = {0};
    struct member whole = {.shape = s, .max = INT64_MAX};
    if (!list_read(&r, &top, &whole, root, items))
        return false;
    *count = root->count;
    return true;
}
