/* bench_order: the order that every measurement sends, as a function of its index alone: 1,000
 * accounts, 20 partners with one node and 50 SKUs each, three lines, repeated every 1,000 orders
 * with another id. world.py makes the world that it fits. */
#ifndef TESTS_BENCH_BENCH_ORDER_H
#define TESTS_BENCH_BENCH_ORDER_H

#include "common/ids.h"

enum {
    BENCH_PARTNERS = 20,
    BENCH_ACCOUNTS = 1000,
    BENCH_SKUS = 1000,
    BENCH_LINES_MAX = 300,
    BENCH_ORDER_SIZE_MAX = 40 * 1024
};

/* How the run differs from the usual one: more lines an order, or all on one account or SKU. */
struct bench_flow {
    const char *prefix; /* of every topic; "" */
    unsigned run;       /* 12 bits: orders of other runs are told from ours */
    int line_count;
    bool one_account, one_sku;
    bool plain; /* the message of the peers' flow instead of a command */
    bool early; /* committed where it is reserved (commit_at reserve) */
};

/* A UUID of version 7: its time, the run, and the index in the last 32 bits. */
void bench_id_write(unsigned run, uint32_t index, int64_t ms, char out[UUID_TEXT_SIZE]);
/* False: not of this run. */
bool bench_id_read(struct str id, unsigned run, uint32_t *index) MUST_CHECK;
/* The command's JSON. */
size_t bench_order_write(const struct bench_flow *f, uint32_t index, const char id[UUID_TEXT_SIZE],
                         char out[BENCH_ORDER_SIZE_MAX]);

#endif
