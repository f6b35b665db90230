/* pg_params: parameters in Postgres' binary format, built in the batch's arena. */
#include "common/pg_wire.h"

#include <string.h>

enum {
    ARRAY_HEAD_SIZE = 20, /* dimensions, has nulls, element type, length, lower bound */
    ARRAY_EMPTY_SIZE = 12
};

static void params_put(struct pg_params *p, const void *at, size_t size)
{
    assert(p->count < PG_PARAM_COUNT_MAX);
    assert(size <= INT32_MAX);
    p->values[p->count++] = (struct str){at, size};
}

static void params_put_null(struct pg_params *p)
{
    assert(p->count < PG_PARAM_COUNT_MAX);
    p->values[p->count++] = STR_NONE;
}

static void params_put_int(struct pg_params *p, uint64_t value, size_t size)
{
    unsigned char *at = arena_take(p->arena, size);
    wire_put(at, value, size);
    params_put(p, at, size);
}

static uint64_t time_bits(struct instant t)
{
    int64_t us = INT64_MIN; /* what is too early for the type is -infinity */
    if (!sub_ok(t.at, PG_EPOCH_US, &us))
        us = INT64_MIN;
    return (uint64_t)us;
}

struct pg_params *pg_params_new(struct arena *a)
{
    struct pg_params *p = arena_new(a, struct pg_params);
    p->arena = a;
    return p;
}

void pg_add_text(struct pg_params *p, struct str s)
{
    if (str_present(s))
        params_put(p, arena_str(p->arena, s).at, s.size);
    else
        params_put_null(p);
}

void pg_add_int8(struct pg_params *p, int64_t v)
{
    params_put_int(p, (uint64_t)v, 8);
}

void pg_add_int4(struct pg_params *p, int32_t v)
{
    params_put_int(p, (uint64_t)(int64_t)v, 4);
}

void pg_add_int2(struct pg_params *p, int16_t v)
{
    params_put_int(p, (uint64_t)(int64_t)v, 2);
}

void pg_add_bool(struct pg_params *p, bool v)
{
    params_put_int(p, v, 1);
}

void pg_add_time(struct pg_params *p, struct instant t)
{
    if (instant_present(t))
        params_put_int(p, time_bits(t), 8);
    else
        params_put_null(p);
}

/* An array under construction: room for `size_max` bytes of elements with their lengths. */
struct array {
    unsigned char *at;
    size_t size;
};

static struct array array_begin(struct pg_params *p, enum pg_type type, size_t count,
                                size_t size_max)
{
    assert(count <= INT32_MAX);
    struct array a = {arena_take(p->arena, ARRAY_HEAD_SIZE + size_max), ARRAY_HEAD_SIZE};
    if (count == 0)
        a.size = ARRAY_EMPTY_SIZE;
    wire_put(a.at, count > 0, 4);
    wire_put(a.at + 4, 0, 4);
    wire_put(a.at + 8, type, 4);
    wire_put(a.at + 12, count, 4);
    wire_put(a.at + 16, 1, 4);
    return a;
}

static void array_put_null(struct array *a)
{
    wire_put(a->at + 4, 1, 4);
    wire_put(a->at + a->size, UINT32_MAX, 4);
    a->size += 4;
}

static void array_put_bytes(struct array *a, struct str s)
{
    wire_put(a->at + a->size, s.size, 4);
    if (s.size > 0)
        memcpy(a->at + a->size + 4, s.at, s.size);
    a->size += 4 + s.size;
}

static void array_put_int(struct array *a, uint64_t value, size_t size)
{
    wire_put(a->at + a->size, size, 4);
    wire_put(a->at + a->size + 4, value, size);
    a->size += 4 + size;
}

static void add_strings(struct pg_params *p, enum pg_type type, const struct str *items,
                        size_t count)
{
    size_t size = 4 * count;
    for (size_t i = 0; i < count; i++)
        size += items[i].size;
    struct array a = array_begin(p, type, count, size);
    for (size_t i = 0; i < count; i++) {
        if (str_present(items[i]))
            array_put_bytes(&a, items[i]);
        else
            array_put_null(&a);
    }
    params_put(p, a.at, a.size);
}

void pg_add_text_array(struct pg_params *p, const struct str *items, size_t count)
{
    add_strings(p, PG_TYPE_TEXT, items, count);
}

void pg_add_bytes_array(struct pg_params *p, const struct str *items, size_t count)
{
    add_strings(p, PG_TYPE_BYTEA, items, count);
}

void pg_add_int8_array(struct pg_params *p, const int64_t *items, size_t count)
{
    struct array a = array_begin(p, PG_TYPE_INT8, count, 12 * count);
    for (size_t i = 0; i < count; i++)
        array_put_int(&a, (uint64_t)items[i], 8);
    params_put(p, a.at, a.size);
}

void pg_add_int4_array(struct pg_params *p, const int32_t *items, size_t count)
{
    struct array a = array_begin(p, PG_TYPE_INT4, count, 8 * count);
    for (size_t i = 0; i < count; i++)
        array_put_int(&a, (uint64_t)(int64_t)items[i], 4);
    params_put(p, a.at, a.size);
}

void pg_add_int2_array(struct pg_params *p, const int16_t *items, size_t count)
{
    struct array a = array_begin(p, PG_TYPE_INT2, count, 6 * count);
    for (size_t i = 0; i < count; i++)
        array_put_int(&a, (uint64_t)(int64_t)items[i], 2);
    params_put(p, a.at, a.size);
}

void pg_add_bool_array(struct pg_params *p, const bool *items, size_t count)
{
    struct array a = array_begin(p, PG_TYPE_BOOL, count, 5 * count);
    for (size_t i = 0; i < count; i++)
        array_put_int(&a, items[i], 1);
    params_put(p, a.at, a.size);
}

void pg_add_time_array(struct pg_params *p, const struct instant *items, size_t count)
{
    struct array a = array_begin(p, PG_TYPE_TIMESTAMPTZ, count, 12 * count);
    for (size_t i = 0; i < count; i++) {
        if (instant_present(items[i]))
            array_put_int(&a, time_bits(items[i]), 8);
        else
            array_put_null(&a);
    }
    params_put(p, a.at, a.size);
}

void pg_add_amount_array(struct pg_params *p, const int64_t *micro, size_t count)
{
    struct array a = array_begin(p, PG_TYPE_NUMERIC, count, (4 + NUMERIC_SIZE_MAX) * count);
    for (size_t i = 0; i < count; i++) {
        size_t size = pg_numeric_write(micro[i], a.at + a.size + 4);
        wire_put(a.at + a.size, size, 4);
        a.size += 4 + size;
    }
    params_put(p, a.at, a.size);
}
