/* shape_schema: JSON Schema from a shape, in the subset that draft-07 and 2020-12 share, laid out
 * in one way only so that a test can compare it byte by byte. A schema accepts all that decode
 * accepts; decode is stricter where a schema cannot say it (bytes of UTF-8, sums, duplicates). */
#include "common/json.h"
#include "common/limits.h"

struct printer {
    struct buf *out;
    size_t depth;
    bool first; /* nothing written yet at this depth */
};

static void line_begin(struct printer *p)
{
    buf_text(p->out, p->first ? "\n" : ",\n");
    p->first = false;
    for (size_t i = 0; i < p->depth; i++)
        buf_text(p->out, "  ");
}

static void key_write(struct printer *p, const char *key)
{
    line_begin(p);
    json_write_text(str_of(key), p->out);
    buf_text(p->out, ": ");
}

static void level_open(struct printer *p, const char *key, const char *bracket)
{
    if (key != NULL)
        key_write(p, key);
    buf_text(p->out, bracket);
    p->depth++;
    p->first = true;
    assert(p->depth < 8 * DEPTH_MAX);
}

static void level_close(struct printer *p, const char *bracket)
{
    p->depth--;
    if (!p->first) {
        p->first = true;
        line_begin(p);
    }
    buf_text(p->out, bracket);
    p->first = false;
}

static void text_pair(struct printer *p, const char *key, const char *text)
{
    key_write(p, key);
    json_write_text(str_of(text), p->out);
}

static void integer_pair(struct printer *p, const char *key, int64_t value)
{
    key_write(p, key);
    json_write_integer(value, p->out);
}

static void text_element(struct printer *p, const char *text)
{
    line_begin(p);
    json_write_text(str_of(text), p->out);
}

static void doc_pair(struct printer *p, const char *doc)
{
    if (doc != NULL)
        text_pair(p, "description", doc);
}

/* Lengths of JSON Schema count characters, ours count bytes; a character has 1 to 4 of them. */
static void length_pairs(struct printer *p, int64_t min, int64_t max)
{
    if (min > 0)
        integer_pair(p, "minLength", (min + 3) / 4);
    integer_pair(p, "maxLength", max);
}

enum { CURRENCY_DIGITS_MAX = 4 };

static void amount_pairs(struct printer *p, const struct member *m)
{
    int digits = m->digits == DIGITS_OF_CURRENCY ? CURRENCY_DIGITS_MAX : m->digits;
    const char *sign = m->min < 0 ? "-?" : "";
    struct buf pattern = {.arena = p->out->arena};
    if (digits > 0)
        buf_printf(&pattern, "^%s[0-9]+(\\.[0-9]{1,%d})?$", sign, digits);
    else
        buf_printf(&pattern, "^%s[0-9]+$", sign);
    text_pair(p, "type", "string");
    text_pair(p, "pattern", buf_done(&pattern).at);
}

struct pair_names {
    const char *amount, *unit, *unit_pattern;
};

static void pair_pairs(struct printer *p, const struct member *m, enum shape_mode mode,
                       const struct pair_names *names)
{
    text_pair(p, "type", "object");
    level_open(p, "properties", "{");
    level_open(p, names->amount, "{");
    amount_pairs(p, m);
    level_close(p, "}");
    level_open(p, names->unit, "{");
    text_pair(p, "type", "string");
    text_pair(p, "pattern", names->unit_pattern);
    level_close(p, "}");
    level_close(p, "}");
    level_open(p, "required", "[");
    text_element(p, names->amount);
    text_element(p, names->unit);
    level_close(p, "]");
    key_write(p, "additionalProperties");
    buf_text(p->out, mode == SHAPE_OPEN ? "true" : "false");
}

static void enum_pairs(struct printer *p, const struct member *m)
{
    text_pair(p, "type", "string");
    level_open(p, "enum", "[");
    for (size_t i = 1; i < m->name_count; i++) {
        if (m->names[i] != NULL)
            text_element(p, m->names[i]);
    }
    level_close(p, "]");
}

static void object_pairs(struct printer *p, const struct shape *s, enum shape_mode mode);

static void list_pairs(struct printer *p, const struct member *m, enum shape_mode mode)
{
    text_pair(p, "type", "array");
    if (m->min > 0)
        integer_pair(p, "minItems", m->min);
    integer_pair(p, "maxItems", m->max);
    level_open(p, "items", "{");
    if (m->kind == SHAPE_TEXTS) {
        text_pair(p, "type", "string");
        length_pairs(p, 1, TEXT_SIZE_MAX);
    } else {
        object_pairs(p, m->shape, mode);
    }
    level_close(p, "}");
}

static void instant_pairs(struct printer *p)
{
    text_pair(p, "type", "string");
    text_pair(p, "format", "date-time");
    text_pair(p, "pattern",
              "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?Z$");
}

static void member_pairs(struct printer *p, const struct member *m, enum shape_mode mode)
{
    static const struct pair_names money = {"amount", "currency", "^[A-Z]{3}$"};
    static const struct pair_names quantity = {"value", "unit", "^[A-Z0-9]{1,7}$"};
    doc_pair(p, m->doc);
    switch (m->kind) {
    case SHAPE_TEXT:
        text_pair(p, "type", "string");
        length_pairs(p, m->min, m->max);
        return;
    case SHAPE_INTEGER:
        text_pair(p, "type", "integer");
        integer_pair(p, "minimum", m->min);
        integer_pair(p, "maximum", m->max);
        return;
    case SHAPE_BOOL:
        text_pair(p, "type", "boolean");
        return;
    case SHAPE_MONEY:
        pair_pairs(p, m, mode, &money);
        return;
    case SHAPE_QUANTITY:
        pair_pairs(p, m, mode, &quantity);
        return;
    case SHAPE_DECIMAL:
        amount_pairs(p, m);
        return;
    case SHAPE_INSTANT:
        instant_pairs(p);
        return;
    case SHAPE_RAW:
        text_pair(p, "type", "object");
        return;
    case SHAPE_ENUM:
        enum_pairs(p, m);
        return;
    case SHAPE_OBJECT:
        object_pairs(p, m->shape, mode);
        return;
    case SHAPE_LIST:
    case SHAPE_TEXTS:
        list_pairs(p, m, mode);
        return;
    case SHAPE_ABSENT:
        break;
    }
    assert(false && "a kind of member");
}

static void required_pairs(struct printer *p, const struct shape *s)
{
    bool any = false;
    for (size_t i = 0; i < s->member_count && !any; i++)
        any = s->members[i].need == REQUIRED;
    if (!any)
        return;
    level_open(p, "required", "[");
    for (size_t i = 0; i < s->member_count; i++) {
        if (s->members[i].need == REQUIRED)
            text_element(p, s->members[i].name);
    }
    level_close(p, "]");
}

static void object_pairs(struct printer *p, const struct shape *s, enum shape_mode mode)
{
    text_pair(p, "type", "object");
    level_open(p, "properties", "{");
    for (size_t i = 0; i < s->member_count; i++) {
        level_open(p, s->members[i].name, "{");
        member_pairs(p, &s->members[i], mode);
        level_close(p, "}");
    }
    level_close(p, "}");
    required_pairs(p, s);
    key_write(p, "additionalProperties");
    buf_text(p->out, mode == SHAPE_OPEN ? "true" : "false");
}

void shape_schema(const struct shape *s, enum shape_mode mode, struct buf *out)
{
    struct printer p = {.out = out};
    level_open(&p, NULL, "{");
    text_pair(&p, "title", s->name);
    doc_pair(&p, s->doc);
    object_pairs(&p, s, mode);
    level_close(&p, "}");
    buf_text(out, "\n");
}
