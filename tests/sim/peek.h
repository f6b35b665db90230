/* peek: reading JSON that others wrote, and packed header lines, without the product's readers:
 * what the checks and the people of the simulator see with. */
#ifndef TESTS_SIM_PEEK_H
#define TESTS_SIM_PEEK_H

#include "common/base.h"
#include "tests/sim/sim.h"

/* The value of an object's member: of a text what stands between the quotes, else all of it;
 * STR_NONE: no such member. "total.amount" goes down. */
struct str peek(struct str json, const char *path);
int64_t peek_int(struct str json, const char *path);    /* 0: none */
int64_t peek_amount(struct str json, const char *path); /* "12.50" in millionths */
int64_t amount_of(struct str text);
/* The items of an array, one after the other; false at the end. *rest: the array at first. */
bool peek_next(struct str *rest, struct str *item);
struct str record_header(const struct record *r, const char *name);
/* Of packed lines "name=value" whose values need no escape. */
struct str line_header(struct str lines, const char *name);

#endif
