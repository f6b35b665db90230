/* pg_wire: what the files of room pg share among themselves: Postgres' binary formats and the
 * meaning of its error codes. Nobody else includes this. */
#ifndef COMMON_PG_WIRE_H
#define COMMON_PG_WIRE_H

#include "common/pg.h"

/* pg_type's fixed numbers. */
enum pg_type {
    PG_TYPE_BOOL = 16,
    PG_TYPE_BYTEA = 17,
    PG_TYPE_NAME = 19,
    PG_TYPE_INT8 = 20,
    PG_TYPE_INT2 = 21,
    PG_TYPE_INT4 = 23,
    PG_TYPE_TEXT = 25,
    PG_TYPE_JSON = 114,
    PG_TYPE_UNKNOWN = 705,
    PG_TYPE_BPCHAR = 1042,
    PG_TYPE_VARCHAR = 1043,
    PG_TYPE_TIMESTAMP = 1114,
    PG_TYPE_TIMESTAMPTZ = 1184,
    PG_TYPE_NUMERIC = 1700,
    PG_TYPE_JSONB = 3802
};

/* Postgres counts microseconds from 2000-01-01, we from 1970-01-01. */
#define PG_EPOCH_US INT64_C(946684800000000)

enum { NUMERIC_SIZE_MAX = 8 + 2 * 6 }; /* header, 4 digits before the point, 2 behind it */

/* One value as it came over the wire; STR_NONE = NULL. *type: its pg_type number. */
struct str pg_cell(const struct pg_rows *rows, size_t row, int column, unsigned *type);

/* What the caller must do about an SQLSTATE ("23505"). */
enum err_fate pg_fate_of(const char *sqlstate);

/* numeric <-> millionths; exact. pg_numeric_read is false when there is no exact int64. */
size_t pg_numeric_write(int64_t micro, unsigned char out[NUMERIC_SIZE_MAX]);
bool pg_numeric_read(struct str wire, int64_t *micro) MUST_CHECK;

/* Big-endian integers. */
static inline void wire_put(unsigned char *at, uint64_t value, size_t size)
{
    for (size_t i = size; i > 0; i--) {
        at[i - 1] = (unsigned char)(value & 0xff);
        value >>= 8;
    }
}

static inline uint64_t wire_get(const char *at, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

static inline int64_t wire_int(const char *at, size_t size)
{
    switch (size) {
    case 2:
        return (int16_t)wire_get(at, 2);
    case 4:
        return (int32_t)wire_get(at, 4);
    default:
        assert(size == 8);
        return (int64_t)wire_get(at, 8);
    }
}

#endif
