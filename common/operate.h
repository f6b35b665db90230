/* operate: what an operator does to a service's streams from the outside, and its description. */
#ifndef COMMON_OPERATE_H
#define COMMON_OPERATE_H

#include "common/bus.h"
#include "common/service.h"

struct operate_range {
    int part;     /* -1: all */
    int64_t from; /* send again what was told after this sequence */
};
/* Reads --part N and --from SEQ behind the subcommand; returns how many arguments are used up (2
 * without any). */
int operate_range_read(int argc, char **argv, struct operate_range *out);

/* Both return an exit code. The service may be running: the epoch moves, so that its owner takes
 * the row again. */
int operate_republish(const struct service *s, const struct pg_settings *ps, int partition_count,
                      const struct operate_range *range);
/* After an older backup was restored: a new incarnation of every partition's stream, and a
 * chain-start told to every chained destination, which readers accept when they have seen at least
 * what this row remembers. */
int operate_reconcile(const struct service *s, const struct pg_settings *ps, int partition_count);

/* What lies on the open topics and was not read: to be known before topics are given up. One line a
 * record on stdout. Changes nothing. */
int operate_unread(const struct service *s, const struct pg_settings *ps,
                   const struct bus_settings *bs, int partition_count);
/* After all topics were lost and made anew: positions begin at the beginning, they belong to the
 * cluster that answers now, and all that the journal has goes again. Readers drop what they have
 * seen. The service must not run. */
int operate_rebind(const struct service *s, const struct pg_settings *ps,
                   const struct bus_settings *bs, int partition_count);

void service_describe(const struct service *s); /* to stdout */

#endif
