/* fold: what a service's code sees of one batch. Inputs come one by one, in order; states loaded
 * for the batch are found and edited in memory; events, timers and reference changes are collected.
 * Nothing here does I/O: the runtime commits all of it in one transaction afterwards, or drops it.
 * All memory lives in the batch's arena. */
#ifndef COMMON_FOLD_H
#define COMMON_FOLD_H

#include "common/entity.h"
#include "common/message.h"

struct fold;

enum input_kind { INPUT_NONE = 0, INPUT_COMMAND, INPUT_EVENT, INPUT_TIMER };

/* A timer's (part, id) is its identity: setting it again moves it. */
struct timer {
    struct str id; /* "<order>/reminder/1" */
    struct instant due;
    struct str key; /* the aggregate it belongs to: decides the partition's state, and parking with
                       subject */
    struct str subject; /* order id, or STR_NONE */
    struct str kind;    /* "approval_expiry" */
    struct str body;    /* small text of the service's own */
};

struct input {
    enum input_kind kind;
    int32_t part;                    /* service partition */
    const struct message_type *type; /* NULL for timers */
    struct str key;                  /* the record's key: the aggregate this service works by */
    struct str subject;              /* order id or STR_NONE */
    struct str type_name;            /* as received; type may be NULL when it is unknown */
    const void *body;                /* decoded struct of type->shape; NULL for timers */
    struct str value;                /* the bytes it was decoded from */
    const struct timer *timer;       /* timers only */
    struct str id, source;           /* CloudEvents id and source; of timers: derived */
    struct str correlation;          /* carried on to everything that follows */
    struct str traceparent;
    struct str system; /* verified sending system of a command, STR_NONE when none */
    unsigned rights;   /* bits that system holds */
    struct instant broker_time;
};

/* The facts a decision may use besides state and input. `now` is the batch's, never below the last
 * batch's. */
struct instant fold_now(const struct fold *f);
struct arena *fold_arena(struct fold *f);

/* --- needs phase: name a row. `key` is a struct of the entity with its key columns set. */
void fold_need(struct fold *f, const struct entity *e, const void *key);

/* Names a row that this input makes, and that only this input can make: it is taken for absent
 * without asking. If it is there after all, the store says so when the batch is committed, and the
 * batch is decided again over rows that were asked for. */
void fold_need_new(struct fold *f, const struct entity *e, const void *key);

/* --- decide phase. A row that was neither stored nor created in this batch is NULL. */
const void *fold_get(struct fold *f, const struct entity *e, const void *key);
/* The row for change: a deep copy that becomes the row when the input is decided; created zeroed
 * with its key columns when absent; saved with the batch. The same pointer for the rest of this
 * input. Set members freely; texts and arrays must live in the batch's arena (input bodies and
 * loaded rows do). */
void *fold_edit(struct fold *f, const struct entity *e, const void *key);

/* Sequence and hash chain of one aggregate's events (contract: ce_sequence; F34: hash of the
 * previous event). */
struct chain {
    int64_t sequence;   /* of the last event told; 0 = none */
    struct sha256 hash; /* of the last event told */
};

struct emission {
    const struct message_type *type;
    const void *body;
    struct str encoded; /* its JSON where the caller has it: then of the body only key, subject are
                           read */
    struct str key;     /* default: the body's key member */
    struct str topic_argument; /* for "%s" topics: the partner */
    struct chain *chain;       /* the aggregate's, advanced here; NULL: no ce_sequence */
    /* A repeated answer is the same event: its first id and sequence; STR_NONE/0 otherwise. */
    struct str repeat_id;
    int64_t repeat_sequence;
};
/* Tells an event, caused by `in`. Returns its id ("<incarnation>-<seq>", in the arena). An event
 * over EVENT_SIZE_MAX undoes the whole input: a command is refused with too_large, anything else is
 * parked. */
struct str fold_emit(struct fold *f, const struct input *in, const struct emission *e);

/* Answers a command once: writes the answer row (idempotency) and tells <service>.command.accepted
 * / refused. fault == NULL: accepted. `detail` is free text for the sender (an id minted, a state
 * reached), may be STR_NONE. */
void fold_answer(struct fold *f, const struct input *in, const struct fault *fault,
                 struct str detail);
/* For lack of right: answered, but no row is touched, so that it is decided anew at each repeat. */
void fold_deny(struct fold *f, const struct input *in, const struct fault *fault);

void fold_timer_set(struct fold *f, const struct input *in, const struct timer *t);
void fold_timer_clear(struct fold *f, const struct input *in, struct str id);

/* --- reference data: versioned facts that every partition reads. All changes of one input share
 * one new version. */
void fold_reference_put(struct fold *f, const struct input *in, const char *kind, struct str id,
                        struct str doc);
void fold_reference_remove(struct fold *f, const struct input *in, const char *kind, struct str id);
/* The version that this input's changes of a kind get: for the fact that tells them. */
int64_t fold_reference_next(struct fold *f, const struct input *in, const char *kind);
/* The service's in-memory picture (service.snapshot_*), complete up to the versions of this batch.
 */
const void *fold_snapshot(const struct fold *f);
int64_t fold_version(const struct fold *f, const char *kind); /* version in use; 0 = nothing yet */

/* This input can never succeed (an impossible state was found): the runtime undoes it and parks its
 * order. */
void fold_poison(struct fold *f, const struct input *in, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
