/* batch: the inside of struct fold, for the loop and for tests that stand in for it. One batch:
 * open, name needs, load what is missing, run each input, seal; then what was collected is
 * committed, or all of it is dropped with the arena. */
#ifndef COMMON_BATCH_H
#define COMMON_BATCH_H

#include "common/answer.h"
#include "common/fold.h"
#include "common/service.h"

struct bus_header;

enum { FOLD_ENTITY_COUNT_MAX = 16, FOLD_KIND_COUNT_MAX = 16, FOLD_NEEDS_ROUND_COUNT_MAX = 4 };

struct fold_row {
    const void *key;    /* a struct of the entity with its key columns */
    void *row;          /* NULL: does not exist */
    const void *stored; /* as the store has it; NULL: not there, or taken for absent */
    bool loaded;        /* asked of the store, so that row is the truth */
    bool assumed;       /* taken for absent without asking (fold_need_new) */
    bool cached;        /* memory had it */
    bool either;        /* there or not: it is saved over whatever is there */
    bool dirty;         /* to be saved */
    int16_t part;       /* that edits it */
    uint64_t hash;
    const struct entity *entity;
    /* of the input that is being decided */
    bool edited;
    void *before;
    bool before_dirty;
    struct fold_row *next_edited;
};

struct fold_table {
    const struct entity *entity;
    struct fold_row **slots; /* open addressing, power of two */
    size_t room, count;
};

struct fold_event {
    int32_t part;
    int64_t seq, prev; /* prev: the link before it to the same destination; set by fold_seal, -1 =
                          not chained */
    const struct topic *topic;
    struct str topic_name;
    int output; /* index of the chained output, -1 when not chained */
    int32_t partition;
    struct str key, type;
    struct str headers; /* lines "name=value", escaped (headers.h) */
    /* The same as a list, for sending; NULL: only the text is there. One more fits before it. */
    struct bus_header *list;
    size_t list_count;
    struct str body; /* absent = tombstone */
};

struct fold_timer {
    int32_t part;
    bool clear;
    struct timer timer;
    struct str correlation;
};

struct fold_reference {
    int32_t part;
    const char *kind;
    struct str id, doc;
    int64_t version;
};

struct fold_kind {
    const char *kind;
    int64_t in_use;  /* version of the snapshot that decisions of this batch see */
    int64_t version; /* last version, those of this batch included */
    int64_t before;
    int32_t part;
    bool assigned; /* by the input being decided */
    bool changed;  /* in this batch */
};

/* What the fold needs of a source stream; the loop copies it from and to its stream rows. */
struct fold_part {
    int64_t incarnation, out_seq;
    int64_t *dest_seq; /* outputs x P; advanced by fold_seal */
};

enum fold_verdict {
    FOLD_DONE = 1,
    FOLD_NEEDS,    /* rows are missing: load f->missing, run again */
    FOLD_POISON,   /* undone; f->poison says why */
    FOLD_TOO_LARGE /* undone; an event would not fit */
};

#define FOLD_LIST(T)                                                                               \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t count, room, mark;                                                                  \
    }

struct fold {
    const struct service *service;
    struct arena *arena;
    struct instant now;
    int partition_count;
    struct fold_part *parts;            /* by partition */
    const struct topic *const *outputs; /* chained topics this service writes, NULL-terminated */
    const void *snapshot;
    struct fold_kind kinds[FOLD_KIND_COUNT_MAX];
    size_t kind_count;

    struct fold_table tables[FOLD_ENTITY_COUNT_MAX];
    size_t table_count;
    FOLD_LIST(struct fold_event) events;
    FOLD_LIST(struct fold_timer) timers;
    FOLD_LIST(struct fold_reference) references;
    FOLD_LIST(struct fold_row *) missing;
    bool assumes;  /* rows were taken for absent */
    bool asks_all; /* no row is taken for absent: the batch is decided again */

    /* the input being decided */
    const struct input *input;
    struct fold_row *edited;
    int64_t out_seq_before;
    enum fold_verdict verdict;
    bool answered;
    struct str poison;

    /* made when first told */
    struct str time_text; /* ce_time */
    struct str *sources;  /* ce_source by partition */
};

/* kinds: filled by the caller before the first run (fold_kind_add). */
void fold_open(struct fold *f, const struct service *s, struct arena *a, struct instant now,
               int partition_count);
void fold_kind_add(struct fold *f, const char *kind, int64_t version);

/* Needs of one input, its answer row included; rows named go to f->missing unless loaded. */
void fold_name_needs(struct fold *f, const struct input *in);
/* What the store had (NULL: nothing) for a row of f->missing. The caller empties the list
 * (missing.count = 0). */
void fold_loaded(struct fold_row *r, void *row);
/* After the last input: names the rows that were taken for absent and not made, so that nothing
 * rests on a belief that no insert has tested. */
void fold_doubtful(struct fold *f);
/* The entry of a loaded row. */
struct fold_row *fold_row_of(struct fold *f, const struct entity *e, const void *key);
/* A timer fires: its row goes with the batch, whatever its input comes to. */
void fold_timer_fired(struct fold *f, int32_t part, struct str id);
/* Accepts a command that the runtime itself carried out; FOLD_NEEDS: load and call again. */
enum fold_verdict fold_reply(struct fold *f, const struct input *in, struct str detail);
/* Decides one input: repeats and conflicts of commands, then the service. Anything but FOLD_DONE
 * leaves no trace. */
enum fold_verdict fold_run(struct fold *f, const struct input *in);
/* Answers a command that could not be decided (too_large, undecodable): as fold_deny. */
void fold_refuse(struct fold *f, const struct input *in, const struct fault *fault);
/* Tells raw bytes on a topic: routed records, dead letters. headers: packed lines. */
void fold_tell_raw(struct fold *f, int32_t part, const struct topic *topic,
                   const struct fold_event *raw);
/* Gives every event its destination link; call once, after the last input. */
void fold_seal(struct fold *f);

/* Dirty rows of a table, sorted by key, in the arena. */
struct fold_row **fold_dirty(struct fold *f, struct fold_table *t, size_t *count);

/* Chained outputs of a service: from `tells`, the answers and routed; NULL-terminated, into
 * out[room]. */
size_t fold_outputs(const struct service *s, const struct topic **out, size_t room);

/* The runtime's own entity. */
struct answer_row;
extern const struct entity answer_entity;
/* Inside of fold.c and fold_tell.c. */
struct str fold_scope(struct fold *f,
                      const struct input *in); /* idempotency scope; STR_NONE: none */
void fold_answer_again(struct fold *f, const struct input *in, const struct answer_row *old);
void fold_assume_absent(struct fold *f, const struct entity *e, const void *key);

struct answer_row {
    struct str scope, command_id;
    struct sha256 body_hash;
    struct str type, key, event_id, body;
    struct instant answered_at;
};

#endif
