/* loop: the one thread that does the work. It owns partitions, gathers what waits on them into a
 * batch, and hands the batch to turn.c. loop.c takes and gives back partitions; status is what the
 * HTTP thread may see of it. */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "common/holes.h"
#include "common/intake.h"
#include "common/metrics.h"
#include "common/outbox.h"
#include "common/references.h"
#include "common/row_cache.h"
#include "common/watermarks.h"

struct run_settings {
    const char *brokers, *kafka_config, *postgres, *systems_file, *http, *log_level, *log_format;
    int64_t partitions, pace_ms, batch_records, group_session_ms;
    bool auth_required;
};

enum { SUSPECT_IDLE_COUNT = 2, STRIKE_COUNT_MAX = 3 };

/* Counters of a process, in the order of loop_metrics. */
enum loop_metric {
    METRIC_BATCHES = 0,
    METRIC_RECORDS,
    METRIC_EVENTS,
    METRIC_REPEATS,
    METRIC_HOLES,
    METRIC_ROUTED,
    METRIC_PARKED,
    METRIC_DEAD_LETTERS,
    METRIC_REFUSED,
    METRIC_TIMERS,
    METRIC_TAKEOVERS,
    METRIC_FENCED,
    METRIC_COMMIT_UNKNOWN,
    METRIC_FAILED_BATCHES,
    METRIC_REPUBLISHED,
    METRIC_RENEWED,
    METRIC_OWNED,
    METRIC_UNPUBLISHED,
    METRIC_UNSENT,
    METRIC_PARKED_QUEUES,
    METRIC_OLDEST_AGE_MS,
    METRIC_COUNT
};
extern struct metric loop_metrics[METRIC_COUNT];

/* What is missing for being ready; read by the HTTP thread. */
struct status {
    pthread_mutex_t lock;
    bool postgres, kafka, joined;
    char postgres_error[512], kafka_error[512], parts[256], hole[512], refusing[256];
};

struct tail { /* the highest link of ours that Kafka holds, by partition of the stream */
    int64_t incarnation, seq;
};

struct loop {
    const struct service *service;
    const struct run_settings *settings;
    struct stream_plan plan;
    struct pg_settings pg_settings;
    const struct sql_file *stores[3];
    struct pg *pg;
    struct bus *bus;
    struct systems *systems;
    struct intake intake;
    struct outboxes outboxes;
    struct references references;
    struct row_cache cache; /* of what the partitions that are owned have committed */
    struct watermarks *watermarks;
    struct status *status;

    struct arena stream_memory; /* of the streams' arrays: as long as the loop */
    struct stream streams[PARTITION_COUNT_MAX];
    bool assigned[PARTITION_COUNT_MAX], owned[PARTITION_COUNT_MAX];
    bool reading[PARTITION_COUNT_MAX]; /* owned, and its inputs are fetched */
    struct tail tails[PARTITION_COUNT_MAX];
    bool checked[PARTITION_COUNT_MAX]; /* the tails of its destinations, since Postgres was
                                          connected */
    /* Two takings without progress, or a marked input still waits: so many inputs go alone. */
    int suspect[PARTITION_COUNT_MAX];
    bool passed[PARTITION_COUNT_MAX]; /* positions moved past records of no interest, not saved */
    int64_t told_batch[PARTITION_COUNT_MAX]; /* batch_no last committed to Kafka, for lag tools */
    struct holes holes;
    struct parked_set parked[PARTITION_COUNT_MAX];
    struct instant next_timer[PARTITION_COUNT_MAX]; /* INT64_MAX: none */

    struct bus_record *pending; /* drained, not committed */
    size_t pending_count;
    bool full; /* the last drain filled the batch: more is waiting */
    size_t
        single_steps; /* so many inputs still go one by one, after a batch that Postgres refused */
    char alone[SUSPECT_SIZE];      /* name of the only input of the last turn; "": several, none */
    size_t batch_items;            /* inputs of the last turn */
    bool assumes;                  /* the last turn took rows for absent without asking */
    bool asks_all;                 /* ... and Postgres refused it: the next one takes none */
    bool timer_turn;               /* one by one, timers and records take turns */
    char force_park[SUSPECT_SIZE]; /* name of the input that is set aside without being decided */
    char force_park_text[ERR_TEXT_SIZE_MAX]; /* and why */

    struct arena arena; /* of the turn */
    int64_t turn_began_us, saved_at_us, retry_at_us, backoff_ms, taken_at_us, failed_at_us;
    struct instant journal_until; /* its partitions are made up to here */
    char last_error[ERR_TEXT_SIZE_MAX];
};

/* Runs until *stop; leaves cleanly. false: ERR_FATAL (exit 100 by the caller) or ERR_RETRY at the
 * end (111). */
bool loop_run(struct loop *l, volatile sig_atomic_t *stop, struct err *e) MUST_CHECK;

/* --- turn.c: one batch over everything pending and due. */
bool turn_run(struct loop *l, struct err *e) MUST_CHECK;
/* Some partition has timers that may fire now; *next: when the earliest is due. */
bool turn_timers_ready(struct loop *l, struct instant now, struct instant *next);

/* --- loop_take.c: ownership. */
bool loop_take(struct loop *l, int32_t part, struct err *e) MUST_CHECK;
bool loop_read(struct loop *l, struct err *e) MUST_CHECK; /* of all that were taken */
bool loop_look_back(struct loop *l,
                    struct err *e) MUST_CHECK; /* fills tails; while nothing is read */
void loop_give(struct loop *l, int32_t part);  /* stops reading, forgets its records */
bool loop_next_timer(struct loop *l, int32_t part,
                     struct err *e) MUST_CHECK; /* reads when the next one is due */
/* ERR_FENCED when a row moved under us: an idle owner would learn it only with its next batch. */
bool loop_check_epochs(struct loop *l, struct err *e) MUST_CHECK;
bool loop_save_published(struct loop *l, struct err *e) MUST_CHECK;
/* Positions that no batch has saved; whoever has not may read the same records of no interest
 * again. */
bool loop_save_passed(struct loop *l, struct err *e) MUST_CHECK;

#endif
