/* outbox: from the journal to Kafka. Events exist only after their commit; they are handed over in
 * order without waiting, and pub_seq is how far the broker has acknowledged without a gap. After
 * any failed report the producer is renewed and everything above pub_seq goes again. A destination
 * that refuses for good does not hold up the others: its events are named in table unsent and go
 * first, in order, when it accepts again. */
#ifndef COMMON_OUTBOX_H
#define COMMON_OUTBOX_H

#include "common/bus.h"
#include "common/stream.h"

struct unsent {
    struct str topic; /* in the box's memory */
    int64_t seq;
    bool sent;
};

struct outbox {
    bool owned;
    int32_t part;
    int64_t out_seq;    /* committed */
    int64_t handed_seq; /* given to the producer, or unsent */
    int64_t pub_seq;    /* acknowledged without a gap */
    int64_t saved_seq;  /* pub_seq as stored */
    uint8_t *acked;     /* ring by seq */
    struct arena memory;
    struct unsent *unsent;
    size_t unsent_count, unsent_room;
};

enum { OUTBOX_RING = 1 << 19, OUTBOX_REFUSED_COUNT_MAX = 4096 };

struct outboxes {
    struct bus *bus;
    const struct service *service;
    struct outbox boxes[PARTITION_COUNT_MAX];
    unsigned generation; /* of the producer: reports of an older one count for nothing */
    bool failed;
    struct {
        int32_t part;
        int64_t seq;
    } refused[OUTBOX_REFUSED_COUNT_MAX];
    size_t refused_count;
    int64_t retry_at_us; /* monotonic: next look at refusing destinations */
    int64_t republished, renewed;
};

void outboxes_init(struct outboxes *o, const struct service *s);
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
bool outboxes_idle(const struct outboxes *o); /* all is acknowledged */
size_t outboxes_refusing(const struct outboxes *o,
                         struct str *first); /* events unsent; the first topic */

#endif
