/* timeline: what every service told about one order, in the order of time. */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "services/cli/fetch.h"

struct timeline {
    const struct node **events;
    size_t count;
    const char *away[SERVICE_COUNT]; /* services that did not answer */
    size_t away_count;
};

void timeline_load(struct cli *c, struct str order, struct timeline *out);
/* From the n-th event on. */
void timeline_print(struct cli *c, const struct timeline *t, size_t from);
/* {"order": ..., "timeline": [...]} */
void timeline_json(struct cli *c, const struct node *order, const struct timeline *t);

#endif
