/* bus_cluster: questions about the cluster and its topics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bus_private.h"

enum { ADMIN_TIMEOUT_MS = 15000, ENDS_TIMEOUT_MS = 2000 };

bool bus_cluster_id(struct bus *bus, char *out, size_t size, int timeout_ms, struct err *e)
{
    char *id = rd_kafka_clusterid(bus->reader, timeout_ms);
    if (!id)
        return err_set(e, ERR_RETRY, "broker %s is not reachable", bus->settings.brokers);
    snprintf(out, size, "%s", id);
    rd_kafka_mem_free(bus->reader, id);
    return true;
}

bool bus_partition_count(struct bus *bus, const char *topic, int *count, int timeout_ms,
                         struct err *e)
{
    /* Of the producer, and only for this question: what the reader knows it keeps, with its input.
     */
    rd_kafka_topic_t *t = rd_kafka_topic_new(bus->producer, topic, NULL);
    if (!t)
        return err_set(e, ERR_FATAL, "topic %s: %s", topic,
                       rd_kafka_err2str(rd_kafka_last_error()));
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t code = rd_kafka_metadata(bus->producer, 0, t, &md, timeout_ms);
    rd_kafka_topic_destroy(t);
    if (code)
        return err_set(e, ERR_RETRY, "broker %s: %s", bus->settings.brokers,
                       rd_kafka_err2str(code));
    *count = 0;
    bool ok = true;
    if (md->topic_cnt == 1 && !md->topics[0].err)
        *count = md->topics[0].partition_cnt;
    else if (md->topic_cnt == 1 && md->topics[0].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        ok = err_set(e, ERR_RETRY, "topic %s: %s", topic, rd_kafka_err2str(md->topics[0].err));
    rd_kafka_metadata_destroy(md);
    return ok;
}

void bus_warm(struct bus *bus, const char *topic)
{
    rd_kafka_topic_t *t = rd_kafka_topic_new(bus->producer, topic, NULL);
    const struct rd_kafka_metadata *md;
    if (!t)
        return;
    if (!rd_kafka_metadata(bus->producer, 0, t, &md, 2000))
        rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(t);
}

bool bus_watermarks(struct bus *bus, const char *topic, int32_t partition, struct bus_ends *out,
                    struct err *e)
{
    /* A member fetches nothing: its question does not wait behind the reader's long poll. */
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(bus->member ? bus->member : bus->reader, topic, partition,
                                         &out->low, &out->high, ENDS_TIMEOUT_MS);
    if (code)
        return err_set(e, ERR_RETRY, "watermarks of %s/%d: %s", topic, partition,
                       rd_kafka_err2str(code));
    return true;
}

static void scan_fill(struct bus_record *out, rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t size;
    memset(out, 0, sizeof *out);
    out->partition = m->partition;
    out->offset = m->offset;
    out->key = (struct str){m->key, m->key_len};
    out->value = (struct str){m->payload, m->len};
    rd_kafka_timestamp_type_t kind;
    int64_t ms = rd_kafka_message_timestamp(m, &kind);
    out->time.at = ms > 0 ? ms * 1000 : 0;
    if (rd_kafka_message_headers(m, &headers))
        return;
    while (out->header_count < BUS_HEADER_COUNT_MAX &&
           !rd_kafka_header_get_all(headers, out->header_count, &name, &value, &size))
        out->headers[out->header_count++] =
            (struct bus_header){str_of(name), {value ? value : "", value ? size : 0}};
}

static const struct bus_range *range_of(const struct bus_range *ranges, size_t count,
                                        const rd_kafka_message_t *m)
{
    for (size_t i = 0; i < count; i++)
        if (ranges[i].partition == m->partition &&
            strcmp(ranges[i].topic, rd_kafka_topic_name(m->rkt)) == 0)
            return &ranges[i];
    return NULL;
}

struct scan {
    rd_kafka_queue_t *queue;
    const struct bus_range *ranges;
    size_t count, open; /* open: ranges whose end was not reached yet */
    bus_visit visit;
    void *context;
};

static bool scan_run(struct scan *s, struct err *e)
{
    struct bus_record *r = malloc(sizeof *r);
    bool ok = r != NULL;
    while (ok && s->open > 0) {
        rd_kafka_message_t *m = rd_kafka_consume_queue(s->queue, 5000);
        const struct bus_range *range = m && !m->err ? range_of(s->ranges, s->count, m) : NULL;
        if (!range) {
            ok = err_set(e, ERR_RETRY, "looking back: %s",
                         m ? rd_kafka_err2str(m->err) : "the broker does not answer");
        } else if (m->offset < range->until) {
            scan_fill(r, m);
            s->visit(s->context, range, r);
            s->open -= m->offset + 1 == range->until;
        }
        if (m)
            rd_kafka_message_destroy(m);
    }
    free(r);
    return ok;
}

bool bus_scan(struct bus *bus, const struct bus_range *ranges, size_t count, bus_visit visit,
              void *context, struct err *e) /* tidy: allow params because C has no closures */
{
    struct scan s = {rd_kafka_queue_new(bus->reader), ranges, count, 0, visit, context};
    bool ok = true;
    size_t started = 0;
    for (; started < count && ok; started++) {
        const struct bus_range *range = &ranges[started];
        if (range->from >= range->until)
            continue;
        rd_kafka_topic_t *t = bus_reader_topic(bus, range->topic, e);
        ok = t != NULL &&
             (!rd_kafka_consume_start_queue(t, range->partition, range->from, s.queue) ||
              err_set(e, ERR_RETRY, "cannot look into %s/%d: %s", range->topic, range->partition,
                      rd_kafka_err2str(rd_kafka_last_error())));
        s.open += ok;
    }
    ok = ok && scan_run(&s, e);
    struct err ignored = {0};
    for (size_t i = 0; i < started; i++)
        if (ranges[i].from < ranges[i].until)
            rd_kafka_consume_stop(bus_reader_topic(bus, ranges[i].topic, &ignored),
                                  ranges[i].partition);
    rd_kafka_queue_destroy(s.queue);
    return ok;
}

/* Waits for one admin result; takes over the queue. */
static bool admin_wait(rd_kafka_queue_t *queue, const char *name, bool created_is_fine,
                       bool *existed, struct err *e)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);
    rd_kafka_queue_destroy(queue);
    if (!event)
        return err_set(e, ERR_RETRY, "topic %s: the broker did not answer", name);
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        created_is_fine
            ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            : rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event),
                                                  &count);
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (!code && count == 1)
        code = rd_kafka_topic_result_error(results[0]);
    rd_kafka_event_destroy(event);
    rd_kafka_resp_err_t fine = created_is_fine ? RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS
                                               : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    *existed = code == fine;
    if (!code || code == fine)
        return true;
    return err_set(e, ERR_RETRY, "topic %s: %s", name, rd_kafka_err2str(code));
}

bool bus_topic_create(struct bus *bus, const struct bus_topic *t, bool *created, struct err *e)
{
    char why[256], retention[32], size[32];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(
        t->name, t->partition_count, t->replication > 0 ? t->replication : 1, why, sizeof why);
    if (!topic)
        return err_set(e, ERR_FATAL, "topic %s: %s", t->name, why);
    snprintf(retention, sizeof retention, "%lld", (long long)t->retention_ms);
    snprintf(size, sizeof size, "%d", t->message_size_max);
    rd_kafka_NewTopic_set_config(topic, "message.timestamp.type", "LogAppendTime");
    rd_kafka_NewTopic_set_config(topic, "max.message.bytes", size);
    if (t->compacted)
        rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");
    else
        rd_kafka_NewTopic_set_config(topic, "retention.ms", retention);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(bus->producer);
    rd_kafka_CreateTopics(bus->producer, &topic, 1, NULL, queue);
    rd_kafka_NewTopic_destroy(topic);
    bool existed = false;
    if (!admin_wait(queue, t->name, true, &existed, e))
        return false;
    *created = !existed;
    return true;
}

bool bus_topic_delete(struct bus *bus, const char *name, struct err *e)
{
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(bus->producer);
    rd_kafka_DeleteTopics(bus->producer, &topic, 1, NULL, queue);
    rd_kafka_DeleteTopic_destroy(topic);
    bool absent;
    return admin_wait(queue, name, false, &absent, e);
}
