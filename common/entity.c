/* entity: rows <-> structs by their table of columns. */
#include "common/entity.h"

#include <string.h>

static const void *member_at(const struct column *c, const void *row)
{
    return (const char *)row + c->offset;
}

static void *member_in(const struct column *c, void *row)
{
    return (char *)row + c->offset;
}

static struct str member_text(const struct column *c, const void *row)
{
    assert(c->kind == COLUMN_TEXT);
    return *(const struct str *)member_at(c, row);
}

/* The count that stands beside a list. */
static size_t list_count(const struct column *c, const void *row)
{
    size_t count = 0;
    memcpy(&count, (const char *)row + c->count_offset, sizeof(count));
    return count;
}

/* Enums have the size of an int, but a type of their own: bytes are copied. */
static int enum_value(const struct column *c, const void *row)
{
    int value = 0;
    memcpy(&value, member_at(c, row), sizeof(value));
    assert(value >= 0 && (size_t)value < c->name_count);
    return value;
}

/* Objects and lists hang as pointers of many types. */
static void *pointer_value(const struct column *c, const void *row)
{
    void *pointer = NULL;
    memcpy(&pointer, member_at(c, row), sizeof(pointer));
    return pointer;
}

/* --- saving: a column of many rows as one array */

static struct str hash_bytes(const struct column *c, const void *row)
{
    const struct sha256 *hash = member_at(c, row);
    if (sha256_is_zero(hash))
        return STR_NONE;
    return (struct str){(const char *)hash->bytes, sizeof(hash->bytes)};
}

static bool items_alike(const struct column *c, const void *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (!shape_equal(c->shape, items, (const char *)items + i * c->shape->size))
            return false;
    return count > 0;
}

static struct str json_text(const struct column *c, const void *row, struct arena *a)
{
    const void *at = pointer_value(c, row);
    if (c->kind == COLUMN_OBJECT)
        return at != NULL ? shape_text(c->shape, at, a) : STR_NONE;
    size_t count = list_count(c, row);
    if (c->kind == COLUMN_OVERLAY && items_alike(c, at, count))
        count = 1;
    struct buf json = {.arena = a};
    shape_encode_list(c->shape, at, count, &json);
    return buf_done(&json);
}

static struct str column_bytes(const struct column *c, const void *row, struct arena *a)
{
    switch (c->kind) {
    case COLUMN_TEXT:
        return member_text(c, row);
    case COLUMN_HASH:
        return hash_bytes(c, row);
    case COLUMN_ENUM:
        return str_of(c->names[enum_value(c, row)]);
    case COLUMN_OBJECT:
    case COLUMN_LIST:
    case COLUMN_OVERLAY:
        return json_text(c, row, a);
    case COLUMN_NONE:
    case COLUMN_INT8:
    case COLUMN_BOOL:
    case COLUMN_INSTANT:
    case COLUMN_AMOUNT:
        break;
    }
    assert(false && "a column of bytes");
    return STR_NONE;
}

static void add_bytes(struct pg_params *p, const struct column *c, const void *const *rows,
                      size_t count)
{
    struct str *items = arena_array(p->arena, struct str, count);
    for (size_t i = 0; i < count; i++)
        items[i] = column_bytes(c, rows[i], p->arena);
    if (c->kind == COLUMN_HASH)
        pg_add_bytes_array(p, items, count);
    else
        pg_add_text_array(p, items, count);
}

static void add_integers(struct pg_params *p, const struct column *c, const void *const *rows,
                         size_t count)
{
    int64_t *items = arena_array(p->arena, int64_t, count);
    for (size_t i = 0; i < count; i++)
        items[i] = *(const int64_t *)member_at(c, rows[i]);
    if (c->kind == COLUMN_AMOUNT)
        pg_add_amount_array(p, items, count);
    else
        pg_add_int8_array(p, items, count);
}

static void add_bools(struct pg_params *p, const struct column *c, const void *const *rows,
                      size_t count)
{
    bool *items = arena_array(p->arena, bool, count);
    for (size_t i = 0; i < count; i++)
        items[i] = *(const bool *)member_at(c, rows[i]);
    pg_add_bool_array(p, items, count);
}

static void add_instants(struct pg_params *p, const struct column *c, const void *const *rows,
                         size_t count)
{
    struct instant *items = arena_array(p->arena, struct instant, count);
    for (size_t i = 0; i < count; i++)
        items[i] = *(const struct instant *)member_at(c, rows[i]);
    pg_add_time_array(p, items, count);
}

static void add_column(struct pg_params *p, const struct column *c, const void *const *rows,
                       size_t count)
{
    switch (c->kind) {
    case COLUMN_INT8:
    case COLUMN_AMOUNT:
        add_integers(p, c, rows, count);
        return;
    case COLUMN_BOOL:
        add_bools(p, c, rows, count);
        return;
    case COLUMN_INSTANT:
        add_instants(p, c, rows, count);
        return;
    case COLUMN_TEXT:
    case COLUMN_HASH:
    case COLUMN_ENUM:
    case COLUMN_OBJECT:
    case COLUMN_LIST:
    case COLUMN_OVERLAY:
        add_bytes(p, c, rows, count);
        return;
    case COLUMN_NONE:
        break;
    }
    assert(false && "a column has a kind");
}

struct pg_call entity_load_call(const struct entity *e, const void *const *keys, size_t count,
                                struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    for (size_t i = 0; i < e->key_count; i++)
        add_column(p, &e->columns[i], keys, count);
    return (struct pg_call){e->load, p};
}

/* tidy: allow params because rows travel as three arrays beside their count. */
struct pg_call entity_add_call(const struct entity *e, const void *const *rows, const int16_t *part,
                               const int64_t *batch_no, size_t count, struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    for (size_t i = 0; i < e->column_count; i++)
        add_column(p, &e->columns[i], rows, count);
    pg_add_int2_array(p, part, count);
    pg_add_int8_array(p, batch_no, count);
    return (struct pg_call){e->add, p};
}

/* tidy: allow params because rows travel as three arrays beside their count. */
struct pg_call entity_save_call(const struct entity *e, const void *const *rows,
                                const int16_t *part, const int64_t *batch_no, size_t count,
                                struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    for (size_t i = 0; i < e->column_count; i++)
        if (!e->content || e->columns[i].use == COLUMN_SAVED)
            add_column(p, &e->columns[i], rows, count);
    pg_add_int2_array(p, part, count);
    pg_add_int8_array(p, batch_no, count);
    return (struct pg_call){e->save, p};
}

struct pg_call entity_content_call(const struct entity *e, const void *const *rows, size_t count,
                                   struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    for (size_t i = 0; i < e->column_count; i++)
        if (i < e->key_count || e->columns[i].use == COLUMN_CONTENT)
            add_column(p, &e->columns[i], rows, count);
    return (struct pg_call){e->content, p};
}

/* --- loading */

static bool read_hash(struct str bytes, struct sha256 *out)
{
    if (!str_present(bytes))
        return true;
    if (bytes.size != sizeof(out->bytes))
        return false;
    memcpy(out->bytes, bytes.at, bytes.size);
    return true;
}

static bool read_enum(const struct column *c, struct str name, void *out)
{
    if (!str_present(name))
        return true;
    for (int value = 1; (size_t)value < c->name_count; value++) {
        if (c->names[value] == NULL || !str_is(name, c->names[value]))
            continue;
        memcpy(member_in(c, out), &value, sizeof(value));
        return true;
    }
    return false;
}

/* Open: a stored row may be larger than a command may be, and holds what an older or newer version
 * wrote (columns of shapes only ever gain members). */
static bool read_json(const struct column *c, struct str json, struct arena *a, void *out)
{
    struct fault fault = {0};
    void *at = NULL;
    size_t count = 0;
    bool ok = true;
    if (!str_present(json))
        return true;
    if (c->kind == COLUMN_LIST) {
        ok = shape_decode_list(c->shape, json, SHAPE_OPEN, a, &at, &count, &fault);
        memcpy((char *)out + c->count_offset, &count, sizeof(count));
    } else {
        at = arena_alloc(a, c->shape->size);
        ok = shape_decode(c->shape, json, SHAPE_OPEN, a, at, &fault);
    }
    memcpy(member_in(c, out), &at, sizeof(at));
    return ok;
}

static bool read_overlay(const struct column *c, struct str json, struct arena *a, void *out)
{
    struct fault fault = {0};
    const size_t wanted = list_count(c, out), size = c->shape->size;
    char *items = pointer_value(c, out);
    void *read = NULL;
    size_t count = 0;
    if (!shape_decode_list(c->shape, json, SHAPE_OPEN, a, &read, &count, &fault) ||
        (count != 1 && count != wanted))
        return false;
    for (size_t i = 0; i < wanted; i++)
        shape_take(c->shape, (const char *)read + (count == 1 ? 0 : i * size), items + i * size);
    return true;
}

/* One value of a result. */
struct cell {
    const struct pg_rows *rows;
    size_t row;
    int column;
};

static struct str cell_text(const struct cell *at)
{
    return pg_text(at->rows, at->row, at->column);
}

static bool read_column(const struct column *c, const struct cell *at, struct arena *a, void *out)
{
    void *member = member_in(c, out);
    switch (c->kind) {
    case COLUMN_TEXT:
        *(struct str *)member = arena_str(a, cell_text(at));
        return true;
    case COLUMN_INT8:
        *(int64_t *)member = pg_int(at->rows, at->row, at->column);
        return true;
    case COLUMN_BOOL:
        *(bool *)member = pg_bool(at->rows, at->row, at->column);
        return true;
    case COLUMN_INSTANT:
        *(struct instant *)member = pg_time(at->rows, at->row, at->column);
        return true;
    case COLUMN_AMOUNT:
        return pg_amount(at->rows, at->row, at->column, member);
    case COLUMN_HASH:
        return read_hash(cell_text(at), member);
    case COLUMN_ENUM:
        return read_enum(c, cell_text(at), out);
    case COLUMN_OBJECT:
    case COLUMN_LIST:
        return read_json(c, cell_text(at), a, out);
    case COLUMN_OVERLAY:
        return read_overlay(c, cell_text(at), a, out);
    case COLUMN_NONE:
        break;
    }
    return false;
}

/* tidy: allow params because a row's place takes two beside arena, target and error. */
bool entity_read(const struct entity *e, const struct pg_rows *rows, size_t row, struct arena *a,
                 void *out, struct err *err)
{
    struct cell at = {rows, row, 0};
    for (size_t i = 0; i < e->column_count; i++, at.column++)
        if (!read_column(&e->columns[i], &at, a, out))
            return err_set(err, ERR_FATAL,
                           "row of %s: column %s holds what this version cannot read", e->name,
                           e->columns[i].name);
    return true;
}

/* --- keys and copies */

int entity_compare_keys(const struct entity *e, const void *x, const void *y)
{
    int order = 0;
    for (size_t i = 0; order == 0 && i < e->key_count; i++)
        order = str_compare(member_text(&e->columns[i], x), member_text(&e->columns[i], y));
    return order;
}

uint64_t entity_hash_key(const struct entity *e, const void *row)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < e->key_count; i++)
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + str_hash(member_text(&e->columns[i], row));
    return hash;
}

static bool object_equal(const struct column *c, const void *x, const void *y)
{
    const void *a = pointer_value(c, x), *b = pointer_value(c, y);
    if (a == NULL || b == NULL)
        return a == b;
    return shape_equal(c->shape, a, b);
}

static bool list_equal(const struct column *c, const void *x, const void *y)
{
    const size_t count = list_count(c, x);
    return count == list_count(c, y) &&
           shape_equal_list(c->shape, pointer_value(c, x), pointer_value(c, y), count);
}

static bool column_equal(const struct column *c, const void *x, const void *y)
{
    const void *a = member_at(c, x), *b = member_at(c, y);
    switch (c->kind) {
    case COLUMN_TEXT:
        return str_eq(member_text(c, x), member_text(c, y));
    case COLUMN_INT8:
    case COLUMN_AMOUNT:
        return *(const int64_t *)a == *(const int64_t *)b;
    case COLUMN_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case COLUMN_INSTANT:
        return ((const struct instant *)a)->at == ((const struct instant *)b)->at;
    case COLUMN_HASH:
        return sha256_equal(a, b);
    case COLUMN_ENUM:
        return enum_value(c, x) == enum_value(c, y);
    case COLUMN_OBJECT:
        return object_equal(c, x, y);
    case COLUMN_LIST:
    case COLUMN_OVERLAY:
        return list_equal(c, x, y);
    case COLUMN_NONE:
        break;
    }
    assert(false && "a column has a kind");
    return false;
}

bool entity_equal(const struct entity *e, enum column_use use, const void *x, const void *y)
{
    for (size_t i = 0; i < e->column_count; i++)
        if (e->columns[i].use == use && !column_equal(&e->columns[i], x, y))
            return false;
    return true;
}

void entity_copy_key(const struct entity *e, const void *from, void *to, struct arena *a)
{
    for (size_t i = 0; i < e->key_count; i++)
        *(struct str *)member_in(&e->columns[i], to) =
            arena_str(a, member_text(&e->columns[i], from));
}

/* The list was copied before, with what its own shape knows; these members come from another. */
static void overlay_copy(const struct column *c, void *copy, const struct shape_copying *how)
{
    char *items = pointer_value(c, copy);
    const size_t count = list_count(c, copy);
    for (size_t i = 0; i < count; i++)
        shape_own(c->shape, items + i * c->shape->size, how);
}

/* `copy` holds the bytes of the row already. */
static void column_copy(const struct column *c, void *copy, const struct shape_copying *how)
{
    if (c->kind == COLUMN_TEXT && how->texts)
        *(struct str *)member_in(c, copy) = arena_str(how->arena, member_text(c, copy));
    if (c->kind == COLUMN_OVERLAY)
        overlay_copy(c, copy, how);
    if (c->kind != COLUMN_OBJECT && c->kind != COLUMN_LIST)
        return;
    void *at = pointer_value(c, copy);
    if (at == NULL)
        return;
    at = shape_copy(c->shape, at, c->kind == COLUMN_LIST ? list_count(c, copy) : 1, how);
    memcpy(member_in(c, copy), &at, sizeof(at));
}

static void *row_copy(const struct entity *e, const void *row, const struct shape_copying *how)
{
    void *copy = arena_take(how->arena, e->size);
    memcpy(copy, row, e->size);
    for (size_t i = 0; i < e->column_count; i++)
        column_copy(&e->columns[i], copy, how);
    return copy;
}

void *entity_copy(const struct entity *e, const void *row, struct arena *a)
{
    return row_copy(e, row, &(struct shape_copying){a, true});
}

void *entity_copy_sharing(const struct entity *e, const void *row, struct arena *a)
{
    return row_copy(e, row, &(struct shape_copying){a, false});
}
