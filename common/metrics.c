/* metrics: counters and gauges, and their Prometheus text. */
#include "common/metrics.h"

/* Each value stands alone, so no order between them is needed. */
void metric_add(struct metric *m, int64_t n)
{
    atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t v)
{
    atomic_store_explicit(&m->value, v, memory_order_relaxed);
}

int64_t metric_value(const struct metric *m)
{
    return atomic_load_explicit(&m->value, memory_order_relaxed);
}

/* Texts of the format: backslash, line break and (in label values) the quote are escaped. */
static void text_write(const char *text, bool label, struct buf *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            buf_text(out, "\\n");
        else if (*text == '\\')
            buf_text(out, "\\\\");
        else if (*text == '"' && label)
            buf_text(out, "\\\"");
        else
            buf_add(out, text, 1);
    }
}

void metrics_write(struct metric *table, size_t count, const char *service, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct metric *m = &table[i];
        buf_printf(out, "# HELP batuta_%s ", m->name);
        text_write(m->doc, false, out);
        buf_printf(out, "\n# TYPE batuta_%s %s\nbatuta_%s{service=\"", m->name,
                   m->kind == METRIC_COUNTER ? "counter" : "gauge", m->name);
        text_write(service, true, out);
        buf_printf(out, "\"} %lld\n", (long long)metric_value(m));
    }
}
