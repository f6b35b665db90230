/* shape_write: a struct into canonical JSON: members in table order, no white space, least
 * escaping. Hashes are taken of this form, so any change of it is a change of the contract. */
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *member_at(const struct member *m, const void *in)
{
    return (const char *)in + m->offset;
}

static size_t member_count_of(const struct member *m, const void *in)
{
    return *(const size_t *)(const void *)((const char *)in + m->count_offset);
}

static const void *pointer_at(const struct member *m, const void *in)
{
    const void *pointer;
    memcpy(&pointer, member_at(m, in), sizeof(pointer));
    return pointer;
}

static int enum_at(const struct member *m, const void *in)
{
    int value;
    memcpy(&value, member_at(m, in), sizeof(value));
    return value;
}

/* Whether the struct says anything here; what is required is written even when it is 0 or false. */
static bool member_present(const struct member *m, const void *in)
{
    const void *at = member_at(m, in);
    switch (m->kind) {
    case SHAPE_TEXT:
        return str_present(*(const struct str *)at);
    case SHAPE_INTEGER:
        return m->need == REQUIRED || *(const int64_t *)at != 0;
    case SHAPE_BOOL:
        return m->need == REQUIRED || *(const bool *)at;
    case SHAPE_MONEY:
        return ((const struct money *)at)->currency[0] != '\0';
    case SHAPE_QUANTITY:
        return ((const struct quantity *)at)->unit[0] != '\0';
    case SHAPE_DECIMAL:
        return ((const struct decimal *)at)->present;
    case SHAPE_INSTANT:
        return instant_present(*(const struct instant *)at);
    case SHAPE_RAW:
        return str_present(((const struct raw *)at)->json);
    case SHAPE_ENUM:
        return enum_at(m, in) != 0;
    case SHAPE_OBJECT:
        return pointer_at(m, in) != NULL;
    case SHAPE_LIST:
    case SHAPE_TEXTS:
        return m->need == REQUIRED || member_count_of(m, in) > 0;
    case SHAPE_ABSENT:
        break;
    }
    assert(false && "a kind of member");
    return false;
}

/* Amounts and times have a greatest length: one look at the room for all of one. */
enum { AMOUNT_ROOM = DECIMAL_TEXT_SIZE + 48, INSTANT_ROOM = INSTANT_TEXT_SIZE + 2 };

static char *text_put(char *at, const char *text)
{
    size_t size = strlen(text);
    memcpy(at, text, size);
    return at + size;
}

static char *code_put(char *at, const char *code, size_t size_max)
{
    for (size_t i = 0; i < size_max && code[i] != '\0'; i++)
        *at++ = code[i];
    return at;
}

static void money_member_write(struct money money, struct buf *out)
{
    char *from = buf_room(out, AMOUNT_ROOM), *at = text_put(from, "{\"amount\":\"");
    at += money_write(money, at);
    at = text_put(at, "\",\"currency\":\"");
    at = code_put(at, money.currency, CURRENCY_SIZE);
    at = text_put(at, "\"}");
    out->size += (size_t)(at - from);
}

static void quantity_write(struct quantity quantity, struct buf *out)
{
    char *from = buf_room(out, AMOUNT_ROOM), *at = text_put(from, "{\"value\":\"");
    at += decimal_write(quantity.micro, 0, at);
    at = text_put(at, "\",\"unit\":\"");
    at = code_put(at, quantity.unit, UNIT_SIZE);
    at = text_put(at, "\"}");
    out->size += (size_t)(at - from);
}

static void decimal_member_write(struct decimal decimal, struct buf *out)
{
    char *at = buf_room(out, AMOUNT_ROOM);
    at[0] = '"';
    size_t size = decimal_write(decimal.micro, 0, at + 1);
    at[size + 1] = '"';
    out->size += size + 2;
}

static void instant_member_write(struct instant instant, struct buf *out)
{
    char *at = buf_room(out, INSTANT_ROOM);
    at[0] = '"';
    size_t size = instant_write(instant, at + 1);
    at[size + 1] = '"';
    out->size += size + 2;
}

static void enum_write(const struct member *m, int value, struct buf *out)
{
    assert(value > 0 && (size_t)value < m->name_count && m->names[value] != NULL);
    size_t size = strlen(m->names[value]);
    char *at = buf_room(out, size + 2);
    at[0] = '"';
    bytes_copy(at + 1, m->names[value], size);
    at[size + 1] = '"';
    out->size += size + 2;
}

static void texts_write(const struct str *texts, size_t count, struct buf *out)
{
    buf_add(out, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add(out, ",", 1);
        json_write_text(texts[i], out);
    }
    buf_add(out, "]", 1);
}

static void value_write(const struct member *m, const void *in, struct buf *out)
{
    const void *at = member_at(m, in);
    switch (m->kind) {
    case SHAPE_TEXT:
        json_write_text(*(const struct str *)at, out);
        return;
    case SHAPE_INTEGER:
        json_write_integer(*(const int64_t *)at, out);
        return;
    case SHAPE_BOOL:
        buf_text(out, *(const bool *)at ? "true" : "false");
        return;
    case SHAPE_MONEY:
        money_member_write(*(const struct money *)at, out);
        return;
    case SHAPE_QUANTITY:
        quantity_write(*(const struct quantity *)at, out);
        return;
    case SHAPE_DECIMAL:
        decimal_member_write(*(const struct decimal *)at, out);
        return;
    case SHAPE_INSTANT:
        instant_member_write(*(const struct instant *)at, out);
        return;
    case SHAPE_RAW:
        buf_str(out, ((const struct raw *)at)->json);
        return;
    case SHAPE_ENUM:
        enum_write(m, enum_at(m, in), out);
        return;
    case SHAPE_OBJECT:
        shape_encode(m->shape, pointer_at(m, in), out);
        return;
    case SHAPE_LIST:
        shape_encode_list(m->shape, pointer_at(m, in), member_count_of(m, in), out);
        return;
    case SHAPE_TEXTS:
        texts_write(pointer_at(m, in), member_count_of(m, in), out);
        return;
    case SHAPE_ABSENT:
        break;
    }
    assert(false && "a kind of member");
}

/* A programmer's error, said by name: nobody could read what would be written. */
static _Noreturn void member_lacking(const struct shape *s, const struct member *m)
{
    fprintf(stderr, "The required member %s of %s was not set before encoding.\n", m->name,
            s->name);
    abort();
}

static void label_write(const struct member *m, char joint, struct buf *out)
{
    size_t size = m->name_size + sizeof(",\"\":") - 1;
    char *at = buf_room(out, size);
    bytes_copy(at, m->label, size);
    at[0] = joint;
    out->size += size;
}

void shape_encode(const struct shape *s, const void *in, struct buf *out)
{
    assert(in != NULL);
    char joint = '{';
    for (size_t i = 0; i < s->member_count; i++) {
        const struct member *m = &s->members[i];
        if (!member_present(m, in)) {
            if (m->need == REQUIRED)
                member_lacking(s, m);
            continue;
        }
        label_write(m, joint, out);
        value_write(m, in, out);
        joint = ',';
    }
    if (joint == '{')
        buf_add(out, "{", 1);
    buf_add(out, "}", 1);
}

void shape_encode_list(const struct shape *s, const void *items, size_t count, struct buf *out)
{
    assert(items != NULL || count == 0);
    buf_add(out, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add(out, ",", 1);
        shape_encode(s, (const char *)items + i * s->size, out);
    }
    buf_add(out, "]", 1);
}

struct str shape_text(const struct shape *s, const void *in, struct arena *a)
{
    struct buf out = {.arena = a};
    shape_encode(s, in, &out);
    return buf_done(&out);
}
