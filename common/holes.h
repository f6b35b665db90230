/* holes: chains that miss a link. The record behind the gap was passed over, because its source
 * sends it again; until the chain continues, the process is not ready and says where it waits.
 * Known from the first record behind the gap on, so not over a restart. */
#ifndef COMMON_HOLES_H
#define COMMON_HOLES_H

#include "common/stream.h"

enum { HOLE_COUNT_MAX = 64 };

struct hole {
    int32_t part; /* of ours */
    int input;
    int32_t source; /* partition of the source stream */
    int64_t seen;   /* the last link taken */
};

struct holes {
    struct hole items[HOLE_COUNT_MAX];
    size_t count;
};

void holes_open(struct holes *h, const struct hole *hole);  /* once each; beyond the room: lost */
void holes_close(struct holes *h, const struct hole *hole); /* its chain continues */
void holes_forget(struct holes *h, int32_t part);           /* the partition was given back */
/* "" when there is none. */
void holes_text(const struct holes *h, const struct stream_plan *plan, char *out, size_t size);

#endif
