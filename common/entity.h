/* entity: a row that a service keeps, as a struct, and the table of its columns. Loading and saving
 * many of them is one statement each (store.sql of the service), fed with one array per column.
 *   load: parameters = one array per key column; returns the columns in table order.
 *   add:  rows that are not there: parameters = one array per column in table order, then part
 *         smallint[], then batch_no bigint[]. A plain insert: a row that is there after all is an
 *         error of class 23.
 *   save: rows that are there; the same parameters.
 * An entity may be split, so that a small change of a large row is a small write. Its columns then
 * differ in use: some are saved with every change, some (content) only when they differ from what
 * is stored, and some (fixed) never change once the row is there. Then
 *   save:    parameters = the key and the columns of every change, then part, then batch_no;
 *   content: parameters = the key and the content columns; only of rows that are saved as well, so
 *            that the fence of `save` stands for both. */
#ifndef COMMON_ENTITY_H
#define COMMON_ENTITY_H

#include "common/digest.h"
#include "common/pg.h"
#include "common/shape.h"

enum column_kind {
    COLUMN_NONE = 0,
    COLUMN_TEXT,    /* struct str          <-> text (absent = NULL) */
    COLUMN_INT8,    /* int64_t             <-> bigint */
    COLUMN_BOOL,    /* bool                <-> boolean */
    COLUMN_INSTANT, /* struct instant      <-> timestamptz (absent = NULL) */
    COLUMN_AMOUNT,  /* int64_t micro       <-> numeric(19,6) */
    COLUMN_HASH,    /* struct sha256       <-> bytea of 32 (all zero = NULL) */
    COLUMN_ENUM,    /* int-sized enum      <-> text by names (0 = NULL) */
    COLUMN_OBJECT,  /* pointer to struct   <-> json text by shape (NULL = NULL) */
    COLUMN_LIST,    /* pointer + count     <-> json array text by shape */
    COLUMN_OVERLAY  /* the items of a list that stands before: other members of the same structs, by
                       a shape of their own; when all items hold the same, one stands for all */
};

enum column_use {
    COLUMN_SAVED = 0, /* with every change of the row; keys are */
    COLUMN_CONTENT,   /* when it differs from what is stored */
    COLUMN_FIXED      /* once */
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset, count_offset;
    const struct shape *shape;
    const char *const *names;
    size_t name_count;
    enum column_use use;
};

#define COLUMN_KIND_OF(T, m)                                                                       \
    _Generic(((T *)0)->m, struct str                                                               \
             : COLUMN_TEXT, int64_t                                                                \
             : COLUMN_INT8, bool                                                                   \
             : COLUMN_BOOL, struct instant                                                         \
             : COLUMN_INSTANT, struct sha256                                                       \
             : COLUMN_HASH)
/* Each of these takes what else there is to say of the column at the end: `.use = COLUMN_FIXED`. */
#define COLUMN(T, m, ...)                                                                          \
    {                                                                                              \
        .name = #m, .kind = COLUMN_KIND_OF(T, m), .offset = offsetof(T, m), __VA_ARGS__            \
    }
#define COLUMN_AMOUNT_OF(T, m, ...)                                                                \
    {                                                                                              \
        .name = #m, .kind = COLUMN_AMOUNT, .offset = offsetof(T, m), __VA_ARGS__                   \
    }
#define COLUMN_ENUM_OF(T, m, names_, ...)                                                          \
    {                                                                                              \
        .name = #m, .kind = COLUMN_ENUM, .offset = offsetof(T, m), .names = names_,                \
        .name_count = ARRAY_LEN(names_), __VA_ARGS__                                               \
    }
#define COLUMN_OBJECT_OF(T, m, shape_, ...)                                                        \
    {                                                                                              \
        .name = #m, .kind = COLUMN_OBJECT, .offset = offsetof(T, m), .shape = shape_, __VA_ARGS__  \
    }
#define COLUMN_LIST_OF(T, m, shape_, ...)                                                          \
    {                                                                                              \
        .name = #m, .kind = COLUMN_LIST, .offset = offsetof(T, m),                                 \
        .count_offset = offsetof(T, m##_count), .shape = shape_, __VA_ARGS__                       \
    }
#define COLUMN_OVERLAY_OF(name_, T, m, shape_, ...)                                                \
    {                                                                                              \
        .name = name_, .kind = COLUMN_OVERLAY, .offset = offsetof(T, m),                           \
        .count_offset = offsetof(T, m##_count), .shape = shape_, __VA_ARGS__                       \
    }

struct entity {
    const char *name; /* "stock" */
    size_t size;
    const struct column *columns;
    size_t column_count;
    size_t key_count; /* the first key_count columns are the key; text only */
    const char *load; /* statement names */
    const char *add;
    const char *save;
    const char *content; /* NULL: not split */
    bool seldom; /* looked at again by rare inputs only: not kept in memory behind its commit */
};

#define ENTITY(name_, T, columns_, key_count_)                                                     \
    {                                                                                              \
        .name = name_, .size = sizeof(T), .columns = columns_,                                     \
        .column_count = ARRAY_LEN(columns_), .key_count = key_count_, .load = name_ "_load",       \
        .add = name_ "_add", .save = name_ "_save"                                                 \
    }
#define ENTITY_SELDOM(name_, T, columns_, key_count_)                                              \
    {                                                                                              \
        .name = name_, .size = sizeof(T), .columns = columns_,                                     \
        .column_count = ARRAY_LEN(columns_), .key_count = key_count_, .load = name_ "_load",       \
        .add = name_ "_add", .save = name_ "_save", .seldom = true                                 \
    }
#define ENTITY_SPLIT(name_, T, columns_, key_count_)                                               \
    {                                                                                              \
        .name = name_, .size = sizeof(T), .columns = columns_,                                     \
        .column_count = ARRAY_LEN(columns_), .key_count = key_count_, .load = name_ "_load",       \
        .add = name_ "_add", .save = name_ "_save", .content = name_ "_content"                    \
    }
/* Rows that never change once they are there: saving one again is the error of adding it. */
#define ENTITY_APPENDED(name_, T, columns_, key_count_)                                            \
    {                                                                                              \
        .name = name_, .size = sizeof(T), .columns = columns_,                                     \
        .column_count = ARRAY_LEN(columns_), .key_count = key_count_, .load = name_ "_load",       \
        .add = name_ "_add", .save = name_ "_add", .seldom = true                                  \
    }

/* The call that loads the rows of these keys (structs of the entity with the key columns set). */
struct pg_call entity_load_call(const struct entity *e, const void *const *keys, size_t count,
                                struct arena *a);
/* One loaded row into a zeroed struct; everything is copied into the arena. ERR_FATAL names the
 * column that does not read (a row that this version cannot understand). */
bool entity_read(const struct entity *e, const struct pg_rows *rows, size_t row, struct arena *a,
                 void *out, struct err *err) MUST_CHECK;
/* The calls that add and save rows; part[i] and batch_no[i] belong to rows[i]. Rows come sorted by
 * key. */
struct pg_call entity_add_call(const struct entity *e, const void *const *rows, const int16_t *part,
                               const int64_t *batch_no, size_t count, struct arena *a);
struct pg_call entity_save_call(const struct entity *e, const void *const *rows,
                                const int16_t *part, const int64_t *batch_no, size_t count,
                                struct arena *a);
struct pg_call entity_content_call(const struct entity *e, const void *const *rows, size_t count,
                                   struct arena *a);
/* Whether two rows hold the same in all columns of one use. */
bool entity_equal(const struct entity *e, enum column_use use, const void *x, const void *y);
int entity_compare_keys(const struct entity *e, const void *x,
                        const void *y); /* bytes; <0, 0, >0 */
uint64_t entity_hash_key(const struct entity *e, const void *row);
void entity_copy_key(const struct entity *e, const void *from, void *to, struct arena *a);
void *entity_copy(const struct entity *e, const void *row, struct arena *a); /* deep */
/* To be changed beside `row`: lists and objects are its own, texts are the row's. */
void *entity_copy_sharing(const struct entity *e, const void *row, struct arena *a);

#endif
