/* metrics: counters and gauges declared once with their doc, printed as Prometheus text. Written by
 * the loop's thread, read by the HTTP thread: plain atomics, no locks. */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include <stdatomic.h>

#include "common/arena.h"

enum metric_kind { METRIC_COUNTER = 1, METRIC_GAUGE };

struct metric {
    const char *name; /* "batches_total": printed as batuta_batches_total{service="orders"} */
    enum metric_kind kind;
    const char *doc;
    _Atomic int64_t value;
};

void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t v);
int64_t metric_value(const struct metric *m);

/* Prometheus text exposition 0.0.4 of a table. */
void metrics_write(struct metric *table, size_t count, const char *service, struct buf *out);

#endif
