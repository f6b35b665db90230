/* shape_equal: two structs of one shape, member by member: whether both hold the same, and what one
 * holds taken over into the other. Neither encodes anything. */
#include "common/shape.h"

#include <string.h>

static const void *pointer_of(const struct member *m, const void *in)
{
    void *pointer;
    memcpy(&pointer, (const char *)in + m->offset, sizeof(pointer));
    return pointer;
}

static size_t count_of(const struct member *m, const void *in)
{
    size_t count;
    memcpy(&count, (const char *)in + m->count_offset, sizeof(count));
    return count;
}

static bool money_same(const struct money *x, const struct money *y)
{
    return x->micro == y->micro && strncmp(x->currency, y->currency, sizeof(x->currency)) == 0;
}

static bool quantity_same(const struct quantity *x, const struct quantity *y)
{
    return x->micro == y->micro && strncmp(x->unit, y->unit, sizeof(x->unit)) == 0;
}

static bool decimal_same(const struct decimal *x, const struct decimal *y)
{
    return x->present == y->present && x->micro == y->micro;
}

static bool object_same(const struct member *m, const void *x, const void *y)
{
    const void *a = pointer_of(m, x), *b = pointer_of(m, y);
    if (a == NULL || b == NULL)
        return a == b;
    return shape_equal(m->shape, a, b);
}

static bool list_same(const struct member *m, const void *x, const void *y)
{
    const size_t count = count_of(m, x);
    return count == count_of(m, y) &&
           shape_equal_list(m->shape, pointer_of(m, x), pointer_of(m, y), count);
}

static bool texts_same(const struct member *m, const void *x, const void *y)
{
    const struct str *a = pointer_of(m, x), *b = pointer_of(m, y);
    const size_t count = count_of(m, x);
    if (count != count_of(m, y))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!str_eq(a[i], b[i]))
            return false;
    return true;
}

static bool member_same(const struct member *m, const void *x, const void *y)
{
    const void *a = (const char *)x + m->offset, *b = (const char *)y + m->offset;
    switch (m->kind) {
    case SHAPE_TEXT:
        return str_eq(*(const struct str *)a, *(const struct str *)b);
    case SHAPE_INTEGER:
        return *(const int64_t *)a == *(const int64_t *)b;
    case SHAPE_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case SHAPE_MONEY:
        return money_same(a, b);
    case SHAPE_QUANTITY:
        return quantity_same(a, b);
    case SHAPE_DECIMAL:
        return decimal_same(a, b);
    case SHAPE_INSTANT:
        return ((const struct instant *)a)->at == ((const struct instant *)b)->at;
    case SHAPE_RAW:
        return str_eq(((const struct raw *)a)->json, ((const struct raw *)b)->json);
    case SHAPE_ENUM: /* of the size of an int, but of a type of its own */
        return memcmp(a, b, sizeof(int)) == 0;
    case SHAPE_OBJECT:
        return object_same(m, x, y);
    case SHAPE_LIST:
        return list_same(m, x, y);
    case SHAPE_TEXTS:
        return texts_same(m, x, y);
    case SHAPE_ABSENT:
        break;
    }
    assert(false && "a member has a kind");
    return false;
}

bool shape_equal(const struct shape *s, const void *x, const void *y)
{
    for (size_t i = 0; i < s->member_count; i++)
        if (!member_same(&s->members[i], x, y))
            return false;
    return true;
}

bool shape_equal_list(const struct shape *s, const void *x, const void *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!shape_equal(s, (const char *)x + i * s->size, (const char *)y + i * s->size))
            return false;
    return true;
}

static size_t member_size(const struct member *m)
{
    switch (m->kind) {
    case SHAPE_TEXT:
        return sizeof(struct str);
    case SHAPE_INTEGER:
        return sizeof(int64_t);
    case SHAPE_BOOL:
        return sizeof(bool);
    case SHAPE_MONEY:
        return sizeof(struct money);
    case SHAPE_QUANTITY:
        return sizeof(struct quantity);
    case SHAPE_DECIMAL:
        return sizeof(struct decimal);
    case SHAPE_INSTANT:
        return sizeof(struct instant);
    case SHAPE_RAW:
        return sizeof(struct raw);
    case SHAPE_ENUM:
        return sizeof(int);
    case SHAPE_OBJECT:
    case SHAPE_LIST:
    case SHAPE_TEXTS:
        return sizeof(void *);
    case SHAPE_ABSENT:
        break;
    }
    assert(false && "a member has a kind");
    return 0;
}

void shape_take(const struct shape *s, const void *from, void *to)
{
    for (size_t i = 0; i < s->member_count; i++) {
        const struct member *m = &s->members[i];
        memcpy((char *)to + m->offset, (const char *)from + m->offset, member_size(m));
        if (m->kind == SHAPE_LIST || m->kind == SHAPE_TEXTS)
            memcpy((char *)to + m->count_offset, (const char *)from + m->count_offset,
                   sizeof(size_t));
    }
}
