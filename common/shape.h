/* shape: a struct and, beside it, the table of its members. From one shape come decode, encode and
 * JSON Schema. The kind of a member is inferred from its C type, so that struct and table cannot
 * disagree:
 *   - struct str -> string
 *   - int64_t -> integer
 *   - bool -> boolean
 *   - struct money -> {"amount":"1.50","currency":"EUR"}
 *   - struct quantity -> {"value":"3","unit":"C62"}
 *   - struct decimal -> "1.50"
 *   - struct instant -> RFC 3339
 *   - struct raw -> any JSON object, kept as canonical text
 *
 * Objects hang as pointers (NULL = absent), lists as pointer + <member>_count. Optional integers
 * and booleans that are absent decode to 0/false, and 0/false is not written; an optional list
 * without elements is the same as none and is not written. JSON null is never the same as absent:
 * it is refused. Encoding writes members in table order, no white space, decimals without trailing
 * zeros (money: the currency's digits): the canonical form that hashes are taken of. Encoding a
 * struct whose required text, object, amount, time or enum is not set ends the process: no reader
 * could take it. */
#ifndef COMMON_SHAPE_H
#define COMMON_SHAPE_H

#include "common/arena.h"
#include "common/clock.h"
#include "common/money.h"

struct decimal {
    int64_t micro;
    bool present;
};

struct raw {
    struct str json; /* an object; STR_NONE = absent */
};

enum shape_kind {
    SHAPE_ABSENT = 0,
    SHAPE_TEXT,
    SHAPE_INTEGER,
    SHAPE_BOOL,
    SHAPE_MONEY,
    SHAPE_QUANTITY,
    SHAPE_DECIMAL,
    SHAPE_INSTANT,
    SHAPE_RAW,
    SHAPE_ENUM,   /* an int-sized enum; names[value], names[0] == NULL */
    SHAPE_OBJECT, /* pointer to a struct of `shape` */
    SHAPE_LIST,   /* pointer to an array of structs of `shape`, size_t count */
    SHAPE_TEXTS   /* pointer to an array of struct str, size_t count; min/max bound the count,
                     each 1..TEXT_SIZE_MAX */
};

enum shape_need { OPTIONAL = 0, REQUIRED = 1 };

enum { DIGITS_OF_CURRENCY = -1 };

struct member {
    const char *name;
    const char *label; /* as written behind another member: ,"name": */
    size_t name_size;
    enum shape_kind kind;
    enum shape_need need;
    size_t offset;
    size_t count_offset; /* lists */
    int64_t min, max;    /* text: bytes; integer: value; amounts: micro; lists: count */
    int digits;          /* amounts: decimals allowed, or DIGITS_OF_CURRENCY */
    const struct shape *shape;
    const char *const *names; /* enums */
    size_t name_count;
    const char *doc; /* one sentence for the schema; may be NULL */
};

struct shape {
    const char *name; /* "order.submit": names the schema */
    size_t size;      /* sizeof the struct */
    const struct member *members;
    size_t member_count;
    const char *doc;
};

#define SHAPE_KIND_OF(T, m)                                                                        \
    _Generic(((T *)0)->m, struct str                                                               \
             : SHAPE_TEXT, int64_t                                                                 \
             : SHAPE_INTEGER, bool                                                                 \
             : SHAPE_BOOL, struct money                                                            \
             : SHAPE_MONEY, struct quantity                                                        \
             : SHAPE_QUANTITY, struct decimal                                                      \
             : SHAPE_DECIMAL, struct instant                                                       \
             : SHAPE_INSTANT, struct raw                                                           \
             : SHAPE_RAW)

/* Every member is named by this, so that neither writer nor reader measures a name again. */
#define MEMBER_NAMED(m) .name = #m, .label = ",\"" #m "\":", .name_size = sizeof(#m) - 1

/* text (min..max bytes), integer (min..max); bool, instant, raw: give 0, 0. */
#define MEMBER(T, m, need_, min_, max_, doc_)                                                      \
    {                                                                                              \
        MEMBER_NAMED(m), .kind = SHAPE_KIND_OF(T, m), .need = need_, .offset = offsetof(T, m),     \
                         .min = (min_), .max = (max_), .doc = doc_                                 \
    }
/* money, quantity, decimal: lowest micro allowed, decimals allowed. The highest is
 * AMOUNT_MICRO_MAX. */
#define MEMBER_AMOUNT(T, m, need_, min_, digits_, doc_)                                            \
    {                                                                                              \
        MEMBER_NAMED(m), .kind = SHAPE_KIND_OF(T, m), .need = need_, .offset = offsetof(T, m),     \
                         .min = (min_), .max = AMOUNT_MICRO_MAX, .digits = digits_, .doc = doc_    \
    }
#define MEMBER_ENUM(T, m, need_, names_, doc_)                                                     \
    {                                                                                              \
        MEMBER_NAMED(m), .kind = SHAPE_ENUM, .need = need_, .offset = offsetof(T, m),              \
                         .names = names_, .name_count = ARRAY_LEN(names_), .doc = doc_             \
    }
#define MEMBER_OBJECT(T, m, need_, shape_, doc_)                                                   \
    {                                                                                              \
        MEMBER_NAMED(m), .kind = SHAPE_OBJECT, .need = need_, .offset = offsetof(T, m),            \
                         .shape = shape_, .doc = doc_                                              \
    }
#define MEMBER_LIST(T, m, need_, min_, max_, shape_, doc_)                                         \
    {                                                                                              \
        MEMBER_NAMED(m), .kind = SHAPE_LIST, .need = need_, .offset = offsetof(T, m),              \
                         .count_offset = offsetof(T, m##_count), .min = (min_), .max = (max_),     \
                         .shape = shape_, .doc = doc_                                              \
    }
#define MEMBER_TEXTS(T, m, need_, min_, max_, doc_)                                                \
    {                                                                                              \
        MEMBER_NAMED(m), .kind = SHAPE_TEXTS, .need = need_, .offset = offsetof(T, m),             \
                         .count_offset = offsetof(T, m##_count), .min = (min_), .max = (max_),     \
                         .doc = doc_                                                               \
    }
#define SHAPE(name_, T, members_, doc_)                                                            \
    {                                                                                              \
        .name = name_, .size = sizeof(T), .members = members_,                                     \
        .member_count = ARRAY_LEN(members_), .doc = doc_                                           \
    }

/* What is wrong with an input: stable code, JSON Pointer to the member, a sentence, and what to do
 * about it. The texts live in the arena given (or are literals). It never echoes raw input beyond
 * member names. */
struct fault {
    const char *code;
    struct str path;
    struct str text;
    struct str remedy;
    bool retriable;
};

enum shape_mode {
    SHAPE_OPEN,  /* events: unknown members are passed over */
    SHAPE_CLOSED /* commands: unknown members are refused (member_unknown) */
};

/* Refused before parsing: size over COMMAND_SIZE_MAX (closed) or BATCH_SIZE_MAX (open: written by
 * our own services), depth over DEPTH_MAX (free objects: RAW_DEPTH_MAX), NUL, bad UTF-8, duplicate
 * keys. The first fault in the order of the text is told, a missing member after all others. `out`
 * is zeroed first; what it points to lives in `a`, not in `json`. Codes: json_too_big json_too_deep
 * json_nul utf8_invalid json_invalid json_duplicate_key json_not_object member_missing
 * member_unknown member_type member_null member_range text_too_short text_too_long list_too_short
 * list_too_long decimal_invalid too_many_decimals amount_too_large amount_too_small
 * currency_unknown unit_invalid value_unknown (enum) time_invalid. */
bool shape_decode(const struct shape *s, struct str json, enum shape_mode mode, struct arena *a,
                  void *out, struct fault *f) MUST_CHECK;

/* For columns: a JSON array of objects. */
bool shape_decode_list(const struct shape *s, struct str json, enum shape_mode mode,
                       struct arena *a, void **items, size_t *count, struct fault *f) MUST_CHECK;

void shape_encode(const struct shape *s, const void *in, struct buf *out);
void shape_encode_list(const struct shape *s, const void *items, size_t count, struct buf *out);
struct str shape_text(const struct shape *s, const void *in, struct arena *a);

/* How a decoded struct is copied: all that hangs on it goes into the arena; its texts only on wish:
 * a copy that is to be changed beside the first, and ends with it, shares them. */
struct shape_copying {
    struct arena *arena;
    bool texts;
};
/* `count` structs, one after the other as in a list. */
void *shape_copy(const struct shape *s, const void *in, size_t count,
                 const struct shape_copying *how);
/* A struct that was copied as bytes: what its members point to becomes its own. */
void shape_own(const struct shape *s, void *copy, const struct shape_copying *how);

/* Whether both hold the same: as far as members go, encoding would give the same bytes. */
bool shape_equal(const struct shape *s, const void *x, const void *y);
bool shape_equal_list(const struct shape *s, const void *x, const void *y, size_t count);
/* What `from` holds in the members of the shape, into `to`; other members of the struct stay.
 * Texts, objects and lists are shared, not copied. */
void shape_take(const struct shape *s, const void *from, void *to);

/* JSON Schema (common subset of draft-07 and 2020-12) of a shape, nested shapes inline under
 * "$defs"-free properties. */
void shape_schema(const struct shape *s, enum shape_mode mode, struct buf *out);

#endif
