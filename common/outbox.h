/* outbox: from the journal to Kafka. Events exist only after their commit; they are handed over in
 * order without waiting, and pub_seq is how far the broker has acknowledged without a gap. After
 * any failed report the producer is renewed and everything above pub_seq goes again. A destination
 * that refuses for good does not hold up the others: its events are named in table unsent and go
 * first, in order, when it accepts again (outbox_unsent.c). */
#ifndef COMMON_OUTBOX_H
#define COMMON_OUTBOX_H

#include "common/bus.h"
#include "common/stream.h"

enum unsent_state { UNSENT_WAITING = 0, UNSENT_HANDED, UNSENT_DONE /* its row is to go */ };

struct unsent {
    int64_t seq;
    size_t topic; /* index into refusing */
    enum unsent_state state;
};

struct refusing {
    struct str topic; /* in the box's memory */
    size_t count;     /* its unsent events; 0: it accepts again */
    bool accepts;     /* one got through since it last refused */
};

struct outbox {
    bool owned;
    int32_t part;
    int64_t epoch;
    int64_t out_seq;    /* committed */
    int64_t handed_seq; /* given to the producer, or unsent */
    int64_t pub_seq;    /* acknowledged without a gap */
    int64_t saved_seq;  /* pub_seq as stored */
    uint8_t *acked;     /* ring by seq */
    struct arena memory;
    struct unsent *unsent; /* by seq */
    size_t unsent_count, unsent_room;
    struct refusing *refusing;
    size_t refusing_count, refusing_room;
};

enum { OUTBOX_RING = 1 << 19, OUTBOX_REFUSED_COUNT_MAX = 4096 };

struct outboxes {
    struct bus *bus;
    struct outbox boxes[PARTITION_COUNT_MAX];
    unsigned generation; /* of the producer: reports of an older one count for nothing */
    bool failed;
    bool more; /* the journal holds more to hand over, and there is room for it */
    struct {
        int32_t part;
        int64_t seq;
    } refused[OUTBOX_REFUSED_COUNT_MAX];
    size_t refused_count;
    int64_t retry_at_us; /* monotonic: next look at refusing destinations */
    int64_t republished, renewed;
};

void outboxes_init(struct outboxes *o);
void outboxes_release(struct outboxes *o);
void outboxes_report(void *context, uint64_t tag, enum bus_delivery outcome, const char *error);

/* A partition was taken: reads its unsent rows; what is above pub_seq goes again by outboxes_tend.
 */
bool outbox_open(struct outboxes *o, const struct stream *s, struct pg *pg, struct arena *a,
                 struct err *e) MUST_CHECK;
void outbox_close(struct outboxes *o, int32_t part);

/* Before the commit: names events of refusing destinations in unsent. NULL statement: none. */
struct pg_call outboxes_unsent_call(const struct outboxes *o, const struct fold *f,
                                    struct arena *a);
/* After the commit. */
void outboxes_send(struct outboxes *o, const struct fold *f, struct arena *a);
/* Everything else, each turn: renewing, republishing, noting refusals, trying refusing destinations
 * again. */
bool outboxes_tend(struct outboxes *o, struct pg *pg, struct arena *a, struct err *e) MUST_CHECK;
/* Too much is told and not acknowledged: stop reading. */
bool outboxes_full(const struct outboxes *o);
/* Events unsent, and the first topic that refuses. */
size_t outboxes_refusing(const struct outboxes *o, struct str *first);

/* --- inside of outbox*.c */
struct outgoing {
    int32_t part, partition;
    int64_t seq;
    struct str topic, key, headers, body;
    bool unsent;
    const struct bus_header *list; /* the headers; NULL: to be unpacked */
    size_t list_count;
};
bool outbox_send_one(struct outboxes *o, const struct outgoing *g, struct arena *a) MUST_CHECK;
void outbox_ack(struct outbox *b, int64_t seq);

struct unsent *unsent_find(const struct outbox *b, int64_t seq);
bool unsent_blocks(const struct outbox *b, struct str topic);
void unsent_push(struct outbox *b, struct str topic, int64_t seq);
void unsent_reported(struct outboxes *o, struct outbox *b, int64_t seq, enum bus_delivery outcome);
void unsent_renewed(struct outbox *b); /* nothing that was handed over counts */
bool unsent_load(struct outbox *b, struct pg *pg, struct arena *a, struct err *e) MUST_CHECK;
/* Stores rows for these events and keeps them in memory, under the epoch of the box. */
bool unsent_note(struct outbox *b, struct pg *pg, const int64_t *seqs, size_t count,
                 struct arena *a,
                 struct err *e) MUST_CHECK; /* tidy: allow params because seqs come with a count */
bool unsent_tend(struct outboxes *o, struct outbox *b, struct pg *pg, struct arena *a,
                 struct err *e) MUST_CHECK;

#endif
