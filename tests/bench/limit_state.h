/* limit_state: the rows of one batch: folded by key in memory, then one array a column. */
#ifndef TESTS_BENCH_LIMIT_STATE_H
#define TESTS_BENCH_LIMIT_STATE_H

#include "common/pg.h"
#include "tests/bench/limit_recipe.h"

struct state_row {
    uint64_t hash;
    struct str key;
    int32_t part;
    bool dirty; /* in this batch */
    struct str *texts;
    int64_t *numbers;
};

struct state_table {
    const struct recipe_table *recipe;
    struct state_row **slots; /* open addressing by key */
    size_t slot_count, row_count;
    struct state_row **dirty; /* of this batch */
    size_t dirty_count, dirty_room;
    struct state_row *last; /* touched last: what bound cells refer to */
};

struct state {
    const struct recipe *recipe;
    struct state_table tables[RECIPE_LIST_MAX];
    struct arena kept; /* aggregates live here */
};

/* Reads the aggregates. */
bool state_open(struct state *s, const struct recipe *recipe, struct pg *pg,
                struct err *e) MUST_CHECK;
void state_batch_begin(struct state *s);
void state_apply(struct state *s, const struct recipe_row *row, struct str order, int32_t part,
                 struct arena *a);
/* The calls that save what the batch changed; batch_no by partition. Returns how many. */
size_t state_calls(struct state *s, const int64_t *batch_no, struct arena *a,
                   struct pg_call out[RECIPE_LIST_MAX]);

#endif
