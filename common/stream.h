/* stream: the fenced row of one service partition, in memory and in Postgres. The row says what was
 * taken in, what was told, and who owns it; everything that advances does so in the transaction
 * that advances it. */
#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

#include "common/batch.h"
#include "common/bus.h"
#include "common/limits.h"
#include "common/pg.h"

enum { INPUT_COUNT_MAX = 12, OUTPUT_COUNT_MAX = 12, SUSPECT_SIZE = 320 };

/* What all partitions of a service share: which topics its positions belong to. */
struct stream_plan {
    const struct service *service;
    int partition_count;
    const struct topic *inputs[INPUT_COUNT_MAX]; /* the routes, then <service>.routed.v1 */
    size_t input_count;
    const struct topic *outputs[OUTPUT_COUNT_MAX]; /* chained, NULL-terminated */
    size_t output_count;
    char cluster_id[128];
};
void stream_plan_init(struct stream_plan *plan, const struct service *s, int partition_count);

struct stream {
    int32_t part;
    int64_t epoch, batch_no;
    struct instant now;
    int64_t in_off[INPUT_COUNT_MAX]; /* next offset; -1 = from the beginning */
    int64_t *seen_incarnation;       /* [input * P + source partition] */
    int64_t *seen_seq;
    int64_t *dest_seq; /* [output * P + partition] */
    int64_t out_seq, pub_seq, incarnation;
    int takings_idle, strikes;
    char suspect[SUSPECT_SIZE];
    char cluster_id[128];
};

/* Arrays for a plan, zeroed, in the arena. */
void stream_init(struct stream *s, const struct stream_plan *plan, int32_t part, struct arena *a);
void stream_copy(struct stream *to, const struct stream *from, const struct stream_plan *plan);

/* Makes the row when there is none, then takes it: epoch + 1. Waits for a lock up to lock_timeout:
 * a paused owner's backend that holds it is ended by the helper (stream_take_watch). */
bool stream_take(struct pg *pg, const struct stream_plan *plan, struct stream *s, struct arena *a,
                 struct err *e) MUST_CHECK;

/* The input that was marked last (stream_suspect) has not been passed since. Of a timer nobody can
 * tell: false. */
bool stream_suspect_waits(const struct stream_plan *plan, const struct stream *s);

/* A thread that ends backends of our own role that have blocked `pid` for more than 500 ms; one
 * question each 250 ms until stopped. */
struct take_watch;
struct take_watch *take_watch_start(const struct pg_settings *settings, int pid);
int take_watch_stop(struct take_watch *w); /* how many backends it ended */

/* The first call of a batch's transaction: `s` is the new content, epoch and batch_no the ones it
 * must still have. Raises division_by_zero (ERR_FENCED) when it has not. */
struct pg_call stream_advance_call(const struct stream_plan *plan, const struct stream *s,
                                   struct arena *a);
/* Saves only how far it has read, between batches, under the same condition. */
struct pg_call stream_pass_call(const struct stream_plan *plan, const struct stream *s,
                                struct arena *a);

#endif
