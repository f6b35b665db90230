/* pg_rows: reading the values of a result. A column of another type than asked for is a mistake of
 * the program, so it is asserted, not reported. */
#include "common/pg_wire.h"

bool pg_is_null(const struct pg_rows *rows, size_t row, int column)
{
    unsigned type = 0;
    return !str_present(pg_cell(rows, row, column, &type));
}

static bool type_is_text(unsigned type)
{
    static const unsigned types[] = {PG_TYPE_TEXT, PG_TYPE_VARCHAR, PG_TYPE_BPCHAR,  PG_TYPE_NAME,
                                     PG_TYPE_JSON, PG_TYPE_BYTEA,   PG_TYPE_UNKNOWN, PG_TYPE_JSONB};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i] == type)
            return true;
    return false;
}

struct str pg_text(const struct pg_rows *rows, size_t row, int column)
{
    unsigned type = 0;
    struct str cell = pg_cell(rows, row, column, &type);
    assert(type_is_text(type));
    if (type == PG_TYPE_JSONB && cell.size > 0) /* the first byte is the format's version */
        return (struct str){cell.at + 1, cell.size - 1};
    return cell;
}

int64_t pg_int(const struct pg_rows *rows, size_t row, int column)
{
    unsigned type = 0;
    struct str cell = pg_cell(rows, row, column, &type);
    assert(type == PG_TYPE_INT8 || type == PG_TYPE_INT4 || type == PG_TYPE_INT2);
    return str_present(cell) ? wire_int(cell.at, cell.size) : 0;
}

bool pg_bool(const struct pg_rows *rows, size_t row, int column)
{
    unsigned type = 0;
    struct str cell = pg_cell(rows, row, column, &type);
    assert(type == PG_TYPE_BOOL);
    return str_present(cell) && cell.at[0] != 0;
}

struct instant pg_time(const struct pg_rows *rows, size_t row, int column)
{
    unsigned type = 0;
    struct str cell = pg_cell(rows, row, column, &type);
    assert(type == PG_TYPE_TIMESTAMPTZ || type == PG_TYPE_TIMESTAMP);
    if (!str_present(cell))
        return (struct instant){0};
    int64_t us = wire_int(cell.at, 8);
    if (us == INT64_MIN) /* -infinity stays the earliest */
        return (struct instant){us};
    int64_t at = INT64_MAX;
    if (!add_ok(us, PG_EPOCH_US, &at))
        at = INT64_MAX;
    return (struct instant){at};
}

bool pg_amount(const struct pg_rows *rows, size_t row, int column, int64_t *micro)
{
    unsigned type = 0;
    struct str cell = pg_cell(rows, row, column, &type);
    assert(type == PG_TYPE_NUMERIC);
    *micro = 0;
    return !str_present(cell) || pg_numeric_read(cell, micro);
}

/* The elements of an array; the server's word on sizes is asserted. */
struct elements {
    const char *at;
    size_t left, count;
};

static struct elements elements_of(struct str cell)
{
    if (!str_present(cell))
        return (struct elements){0};
    assert(cell.size >= 12);
    uint64_t dimensions = wire_get(cell.at, 4);
    if (dimensions == 0)
        return (struct elements){0};
    assert(dimensions == 1 && cell.size >= 20);
    return (struct elements){cell.at + 20, cell.size - 20, wire_get(cell.at + 12, 4)};
}

static struct str element_next(struct elements *e)
{
    assert(e->left >= 4);
    int64_t size = wire_int(e->at, 4);
    struct str element = STR_NONE;
    if (size >= 0)
        element = (struct str){e->at + 4, (size_t)size};
    assert(e->left - 4 >= element.size);
    e->at += 4 + element.size;
    e->left -= 4 + element.size;
    return element;
}

size_t pg_int8_array(const struct pg_rows *rows, size_t row, int column, struct arena *a,
                     int64_t **out)
{
    unsigned type = 0;
    struct elements e = elements_of(pg_cell(rows, row, column, &type));
    *out = arena_array(a, int64_t, e.count);
    for (size_t i = 0; i < e.count; i++) {
        struct str s = element_next(&e);
        (*out)[i] = str_present(s) ? wire_int(s.at, s.size) : 0;
    }
    return e.count;
}

size_t pg_text_array(const struct pg_rows *rows, size_t row, int column, struct arena *a,
                     struct str **out)
{
    unsigned type = 0;
    struct elements e = elements_of(pg_cell(rows, row, column, &type));
    *out = arena_array(a, struct str, e.count);
    for (size_t i = 0; i < e.count; i++)
        (*out)[i] = arena_str(a, element_next(&e));
    return e.count;
}
