/* check: what the checks share: everything that was told, read back from the journals. */
#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "common/digest.h"
#include "tests/sim/peek.h"
#include "tests/sim/sim.h"
#include "tests/sim/work.h"

struct told {
    int service, part;
    int64_t seq;
    int32_t partition;
    struct str topic, key, type, headers, body;
    struct str id;       /* ce_id */
    int64_t sequence;    /* ce_sequence; 0: none */
    struct str previous; /* ce_previoushash, in hex */
    struct sha256 hash;  /* of its chain, when it has a sequence */
    int in_log;          /* how often it lies in its log */
    bool again;          /* the same event as one before it (an answer repeated) */
};

struct told_list {
    struct told *items;
    size_t count, room;
    size_t first[SERVICE_COUNT][PART_MAX + 1]; /* where each journal begins; its end follows */
};
extern struct told_list told;

/* A column of a row by its name; what it holds. */
struct str cell_named(const struct sim_table *t, const struct sim_row *r, const char *column);
int64_t amount_named(const struct sim_table *t, const struct sim_row *r, const char *column);
int64_t int_named(const struct sim_table *t, const struct sim_row *r, const char *column);
struct sim_row *order_row_of(const struct order_plan *o);
struct sim_table *table_in(const char *service, const char *entity);
int service_named(const char *name);
int64_t cents_of(int64_t price, int64_t quantity); /* half away, whole cents */
bool text_has(struct str text, const char *words);
bool type_is(const struct told *e, const char *type); /* without "batuta." and ".v1" */

#endif
