/* limit: what its two files share. */
#ifndef TESTS_BENCH_LIMIT_H
#define TESTS_BENCH_LIMIT_H

#include "tests/bench/limit_state.h"

enum { LIMIT_PARTS = 4, LIMIT_RING = 1 << 20, LIMIT_EVENTS_MAX = 1 << 15 };

struct limit_event {
    const struct recipe_event *from;
    int part;
    int32_t partition;
    int64_t seq;
    struct str key, headers, body, mark;
};

struct limit_part {
    int64_t epoch, batch_no, out_seq, pub_seq, saved_seq;
    int64_t in_off[RECIPE_LIST_MAX];
    int64_t seen[RECIPE_LIST_MAX * LIMIT_PARTS]; /* [input * parts + source partition] */
    int64_t dest[RECIPE_LIST_MAX * LIMIT_PARTS];
    uint8_t *acked;
    bool touched;
    struct str *inputs; /* of this batch, as the journal keeps them */
    size_t input_count;
};

struct limit {
    const char *service, *brokers, *postgres, *prefix, *recipe_path, *store, *runtime_store;
    size_t batch_max;
    int64_t pace_us;
    struct recipe recipe;
    struct state state;
    struct bus *bus;
    struct pg *pg;
    struct arena arena, kept; /* of the batch; for ever */
    struct limit_part parts[LIMIT_PARTS];
    struct bus_record *records;
    struct limit_event *events;
    size_t event_count;
};

struct pg *limit_database(struct limit *l);
void limit_run(struct limit *l);
void limit_serve(struct limit *l); /* the producer's reports */

#endif
