/* intake: from a record to an input, or to what else must become of it. The chain of closed topics,
 * misplaced records, signatures, decoding: everything that is settled before a service's own code
 * looks. Pure but for its arguments. */
#ifndef COMMON_INTAKE_H
#define COMMON_INTAKE_H

#include "common/headers.h"
#include "common/parked.h"
#include "common/stream.h"
#include "common/systems.h"

enum item_fate {
    ITEM_SKIP = 1, /* a repeat, a hole, an event of no interest: only positions move */
    ITEM_DECIDE,
    ITEM_REFUSE,  /* a readable command that is refused before the service looks: `fault` */
    ITEM_DEAD,    /* unreadable: dead letter; answered too when `answerable` */
    ITEM_PARK,    /* closed and undecodable: this and what follows waits; dead letter */
    ITEM_BEHIND,  /* waits behind a parked one */
    ITEM_ROUTE,   /* misplaced: to <service>.routed.v1 */
    ITEM_REDRIVE, /* an operator's parked.redrive or parked.discard: `in.body` is a struct
                     parked_command */
};

struct item {
    enum item_fate fate;
    struct input in;
    const struct topic *topic;       /* where it first came to; NULL for timers */
    int32_t partition;               /* there */
    int64_t offset;                  /* there */
    const struct topic *place;       /* where it was read: the same, or routed */
    const struct bus_record *record; /* NULL for timers and redriven records */
    struct parked_row parked;        /* what would be parked: intake_park */
    struct fault fault;
    struct str reason;       /* ITEM_DEAD, ITEM_PARK: for people */
    const char *error_class; /* ITEM_DEAD, ITEM_PARK */
    bool answerable;
    bool redriven, discard;
    bool hole;      /* ITEM_SKIP because an earlier record is missing */
    bool linked;    /* the next link of its chain */
    int32_t source; /* hole, linked: partition of the source stream */
};

struct intake {
    const struct stream_plan *plan;
    const struct systems *systems;
    bool auth_required;
};

struct intake_place {
    struct stream *work; /* a copy of the partition's row */
    const struct parked_set *parked;
    struct arena *arena;
};

/* Moves the positions of `work` past the record and says what is to become of it. */
void intake_record(const struct intake *t, const struct intake_place *place,
                   const struct bus_record *r, struct item *out);
/* A due timer: decided, or behind a parked queue. */
void intake_timer(const struct parked_set *parked, const struct fold_timer *due, struct arena *a,
                  struct item *out);
/* Enough of a command could be read to answer it. */
bool intake_answerable(const struct input *in);
/* The row of an item that is parked. */
struct parked_row intake_park(const struct item *it, struct arena *a);
/* A parked record once more: step 2 is skipped. */
void intake_parked(const struct intake *t, const struct parked_row *row, struct arena *a,
                   struct item *out);

#endif
