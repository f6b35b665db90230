/* shape_read: what the files of the decoder share; nobody else includes it. A reader fills a member
 * or refuses it, with the fault's path written from the chain of places. */
#ifndef COMMON_SHAPE_READ_H
#define COMMON_SHAPE_READ_H

#include "common/json.h"

/* Where the reader is: a chain of frames on the stack, written out only for a refusal. */
struct place {
    const struct place *up; /* NULL at the root */
    struct str name;        /* absent: an element */
    size_t index;
};

struct reader {
    struct arena *arena;
    enum shape_mode mode;
    struct fault *fault;
};

/* All return false, so that "return shape_refuse(...)" ends a reader. */
bool shape_refuse(struct reader *r, const struct place *p, const char *code, struct str text,
                  struct str remedy);
/* The value is null or of a kind that is not wanted; `wanted` follows "Send". */
bool shape_refuse_kind(struct reader *r, const struct place *p, const struct node *n,
                       const char *wanted);
bool shape_refuse_unknown(struct reader *r, const struct place *up, struct str name);
bool shape_refuse_missing(struct reader *r, const struct place *up, const char *name);

/* `out` is the member itself, zeroed. */
typedef bool member_reader(struct reader *r, const struct place *p, const struct member *m,
                           const struct node *n, void *out);
member_reader shape_money_read, shape_quantity_read, shape_decimal_read;

#endif
