/* bus: opening, closing, the group member and the reader. Traps of librdkafka 2.0.2 that shape this
 * file: batch calls wait out their whole timeout (so: wake on a descriptor, then drain with 0);
 * pause and seek beside batch calls lose records (so: stop and start with explicit offsets); a
 * record fetched before a stop may still come out (so: the caller checks ownership and offset of
 * each). */
#include "common/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/bus_private.h"

bool bus_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *e)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return true;
    return err_set(e, ERR_FATAL, "Kafka setting %s: %s", name, why);
}

/* Lines "name=value"; '#' starts a comment. */
static bool conf_file(rd_kafka_conf_t *conf, const char *path, struct err *e)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set(e, ERR_FATAL, "Kafka settings file %s: %s", path, strerror(errno));
    char line[1024];
    bool ok = true;
    while (ok && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = 0;
        char *equals = strchr(line, '=');
        if (line[0] == 0 || line[0] == '#')
            continue;
        if (!equals) {
            ok = err_set(e, ERR_FATAL, "Kafka settings file %s: a line without '='", path);
            break;
        }
        *equals = 0;
        ok = bus_conf_set(conf, line, equals + 1, e);
    }
    fclose(f);
    return ok;
}

/* Broker connections that come and go are the loop's business (readiness); librdkafka's own lines
 * stay away. */
static void log_nothing(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

rd_kafka_conf_t *bus_conf(const struct bus_settings *s, struct err *e)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, log_nothing);
    bool ok = bus_conf_set(conf, "bootstrap.servers", s->brokers, e) &&
              bus_conf_set(conf, "client.id", s->client_id, e) &&
              bus_conf_set(conf, "socket.nagle.disable", "true", e) &&
              bus_conf_set(conf, "socket.keepalive.enable", "true", e) &&
              bus_conf_set(conf, "reconnect.backoff.ms", "50", e) &&
              bus_conf_set(conf, "reconnect.backoff.max.ms", "1000", e) &&
              bus_conf_set(conf, "topic.metadata.refresh.interval.ms", "30000", e) &&
              bus_conf_set(conf, "topic.metadata.propagation.max.ms", "5000", e) &&
              bus_conf_set(conf, "allow.auto.create.topics", "false", e) &&
              bus_conf_set(conf, "message.max.bytes", "1200000", e) &&
              (!s->config_file || !*s->config_file || conf_file(conf, s->config_file, e));
    if (!ok) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    return conf;
}

/* ---- group member */

static void note_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct bus *bus = opaque;
    /* Nothing is fetched through this handle: an assignment is acknowledged with an empty list and
     * only written down. (NULL instead would say "I gave back", and no rebalance would follow.) */
    rd_kafka_topic_partition_list_t *nothing = NULL;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        nothing = rd_kafka_topic_partition_list_new(1);
    rd_kafka_assign(rk, nothing);
    if (nothing)
        rd_kafka_topic_partition_list_destroy(nothing);
    bus->change = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? BUS_ASSIGNED : BUS_REVOKED;
    bus->change_count = 0;
    for (int i = 0; i < list->cnt && bus->change_count < ARRAY_LEN(bus->change_partitions); i++)
        bus->change_partitions[bus->change_count++] = list->elems[i].partition;
}

static bool member_open(struct bus *bus, struct err *e)
{
    char session[16];
    snprintf(session, sizeof session, "%d", bus->settings.session_timeout_ms);
    rd_kafka_conf_t *conf = bus_conf(&bus->settings, e);
    if (!conf)
        return false;
    if (!bus_conf_set(conf, "group.id", bus->settings.group, e) ||
        !bus_conf_set(conf, "partition.assignment.strategy", "range", e) ||
        !bus_conf_set(conf, "session.timeout.ms", session, e) ||
        !bus_conf_set(conf, "heartbeat.interval.ms", "1000", e) ||
        !bus_conf_set(conf, "max.poll.interval.ms", "300000", e) ||
        !bus_conf_set(conf, "enable.auto.commit", "false", e) ||
        !bus_conf_set(conf, "enable.auto.offset.store", "false", e)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_rebalance_cb(conf, note_rebalance);
    rd_kafka_conf_set_opaque(conf, bus);
    char why[256];
    bus->member = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!bus->member) {
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "cannot make a Kafka group member: %s", why);
    }
    rd_kafka_poll_set_consumer(bus->member);
    /* An assignment wakes the caller as data do: it would lie until the wait was over. */
    static const uint64_t one = 1;
    bus->member_events = rd_kafka_queue_get_consumer(bus->member);
    rd_kafka_queue_io_event_enable(bus->member_events, bus->wake_fd, &one, sizeof one);
    return true;
}

bool bus_join(struct bus *bus, const char *anchor, struct err *e)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, anchor, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(bus->member, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return err_set(e, ERR_RETRY, "cannot join group %s: %s", bus->settings.group,
                       rd_kafka_err2str(code));
    return true;
}

enum bus_change bus_serve(struct bus *bus, int32_t *partitions, size_t room, size_t *count)
{
    rd_kafka_poll(bus->producer, 0);
    rd_kafka_poll(bus->reader, 0);
    bus->change = BUS_SAME;
    for (int i = 0; i < 16 && bus->member && bus->change == BUS_SAME; i++) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(bus->member, 0);
        if (!m)
            break;
        rd_kafka_message_destroy(m); /* only errors come here; they heal or show in readiness */
    }
    *count = bus->change_count < room ? bus->change_count : room;
    if (bus->change != BUS_SAME)
        memcpy(partitions, bus->change_partitions, *count * sizeof *partitions);
    return bus->change;
}

void bus_commit(struct bus *bus, const struct bus_position *positions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        const struct bus_position *p = &positions[i];
        rd_kafka_topic_partition_t *tp =
            rd_kafka_topic_partition_list_add(list, p->topic, p->partition);
        tp->offset = p->offset;
        tp->metadata = strdup(p->metadata);
        tp->metadata_size = strlen(p->metadata);
    }
    if (count)
        rd_kafka_commit(bus->member, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}

bool bus_committed(struct bus *bus, struct bus_position *out, struct err *e)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *tp =
        rd_kafka_topic_partition_list_add(list, out->topic, out->partition);
    rd_kafka_resp_err_t code = rd_kafka_committed(bus->member, list, 5000);
    out->offset = tp->offset;
    out->metadata[0] = 0;
    if (!code && tp->metadata && tp->metadata_size < sizeof out->metadata)
        snprintf(out->metadata, sizeof out->metadata, "%.*s", (int)tp->metadata_size,
                 (const char *)tp->metadata);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return err_set(e, ERR_RETRY, "cannot read committed offsets: %s", rd_kafka_err2str(code));
    return true;
}

/* ---- reader */

static void on_reader_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    (void)rk, (void)reason;
    struct bus *bus = opaque;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        bus->away = true;
}

bool bus_reachable(struct bus *bus)
{
    const struct rd_kafka_metadata *md;
    int64_t now_us = clock_monotonic_us();
    if (!bus->away || now_us - bus->asked_at_us < MICROSECONDS_PER_SECOND)
        return !bus->away;
    bus->asked_at_us = now_us;
    if (rd_kafka_metadata(bus->reader, 0, NULL, &md, 200) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(md);
        bus->away = false;
    }
    return !bus->away;
}

/* The limits hold for what lies in a lane. Trap of 2.0.2: when every partition of a broker lies in
 * a lane that is full, it looks again only after a second, however soon the lane is drained, so
 * that small lanes would halve the throughput. The lane apart is nearly never full: its fetch comes
 * back within fetch.wait.max.ms, and all partitions are looked at again. */
static bool reader_open(struct bus *bus, struct err *e)
{
    rd_kafka_conf_t *conf = bus_conf(&bus->settings, e);
    if (!conf)
        return false;
    bool service = bus->settings.group; /* else a tool, which reads whole topics */
    if (!bus_conf_set(conf, "fetch.wait.max.ms", "100", e) ||
        !bus_conf_set(conf, "fetch.error.backoff.ms", "50", e) ||
        !bus_conf_set(conf, "queued.min.messages", service ? "1000" : "10000", e) ||
        !bus_conf_set(conf, "queued.max.messages.kbytes", service ? "2048" : "16384", e) ||
        !bus_conf_set(conf, "fetch.max.bytes", service ? "2097152" : "8388608", e) ||
        !bus_conf_set(conf, "isolation.level", "read_uncommitted", e)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_error_cb(conf, on_reader_error);
    rd_kafka_conf_set_opaque(conf, bus);
    char why[256];
    /* Not known to 2.0.2. */
    rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "50", why, sizeof why);
    bus->reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!bus->reader) {
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "cannot make a Kafka reader: %s", why);
    }
    static const uint64_t one = 1;
    bus->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    for (int i = 0; i < BUS_LANE_COUNT; i++) {
        bus->lanes[i] = rd_kafka_queue_new(bus->reader);
        rd_kafka_queue_io_event_enable(bus->lanes[i], bus->wake_fd, &one, sizeof one);
    }
    return true;
}

struct bus *bus_open(const struct bus_settings *settings, bus_report report, void *context,
                     struct err *e)
{
    struct bus *bus = calloc(1, sizeof *bus);
    assert(bus);
    bus->settings = *settings;
    bus->report = report;
    bus->context = context;
    bus->wake_fd = -1;
    bool ok = reader_open(bus, e) && bus_producer_open(bus, e) &&
              (!settings->group || member_open(bus, e));
    if (ok)
        return bus;
    bus_close(bus, 0);
    return NULL;
}

void bus_close(struct bus *bus, int flush_ms_max)
{
    if (!bus)
        return;
    if (bus->producer && flush_ms_max > 0)
        rd_kafka_flush(bus->producer, flush_ms_max);
    bus->closing = true;
    if (bus->member) {
        rd_kafka_queue_destroy(bus->member_events);
        rd_kafka_consumer_close(bus->member);
        rd_kafka_destroy(bus->member);
    }
    if (bus->producer) {
        rd_kafka_purge(bus->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_poll(bus->producer, 0);
        bus_writers_forget(bus);
        rd_kafka_destroy(bus->producer);
    }
    for (size_t i = 0; i < bus->reader_count; i++) {
        rd_kafka_topic_destroy(bus->readers[i]->topic);
        free(bus->readers[i]);
    }
    for (int i = 0; i < BUS_LANE_COUNT; i++)
        if (bus->lanes[i])
            rd_kafka_queue_destroy(bus->lanes[i]);
    if (bus->reader)
        rd_kafka_destroy(bus->reader);
    if (bus->wake_fd >= 0)
        close(bus->wake_fd);
    free(bus);
}

static struct bus_reader *reader_find(struct bus *bus, const char *name)
{
    for (size_t i = 0; i < bus->reader_count; i++)
        if (strcmp(bus->readers[i]->name, name) == 0)
            return bus->readers[i];
    return NULL;
}

static struct bus_reader *reader_of(struct bus *bus, const char *name, struct err *e)
{
    struct bus_reader *r = reader_find(bus, name);
    if (r)
        return r;
    assert(bus->reader_count < ARRAY_LEN(bus->readers));
    rd_kafka_topic_conf_t *conf = rd_kafka_topic_conf_new();
    char why[256];
    r = calloc(1, sizeof *r);
    assert(r);
    snprintf(r->name, sizeof r->name, "%s", name);
    /* A truncated log must stop loudly; and records carry their reader, so that input is known. */
    rd_kafka_topic_conf_set(conf, "auto.offset.reset", "error", why, sizeof why);
    rd_kafka_topic_conf_set_opaque(conf, r);
    r->topic = rd_kafka_topic_new(bus->reader, name, conf);
    if (!r->topic) {
        free(r);
        err_set(e, ERR_FATAL, "topic %s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
        return NULL;
    }
    bus->readers[bus->reader_count++] = r;
    return r;
}

rd_kafka_topic_t *bus_reader_topic(struct bus *bus, const char *name, struct err *e)
{
    struct bus_reader *r = reader_of(bus, name, e);
    return r ? r->topic : NULL;
}

bool bus_read_start(struct bus *bus, int input, const struct bus_position *from, enum bus_lane lane,
                    struct err *e)
{
    struct bus_reader *r = reader_of(bus, from->topic, e);
    if (!r)
        return false;
    assert(from->partition >= 0 && from->partition < (int32_t)ARRAY_LEN(r->input));
    r->input[from->partition] = input;
    int64_t at = from->offset == BUS_FROM_BEGINNING ? RD_KAFKA_OFFSET_BEGINNING : from->offset;
    if (rd_kafka_consume_start_queue(r->topic, from->partition, at, bus->lanes[lane]))
        return err_set(e, ERR_RETRY, "cannot read %s/%d: %s", from->topic, from->partition,
                       rd_kafka_err2str(rd_kafka_last_error()));
    return true;
}

void bus_read_stop(struct bus *bus, const char *topic, int32_t partition)
{
    struct bus_reader *r = reader_find(bus, topic);
    if (r)
        rd_kafka_consume_stop(r->topic, partition);
}

static void record_fill(struct bus_record *out, rd_kafka_message_t *m)
{
    struct bus_reader *r = rd_kafka_topic_opaque(m->rkt);
    memset(out, 0, offsetof(struct bus_record, headers));
    out->input = r->input[m->partition];
    out->partition = m->partition;
    out->offset = m->offset;
    out->key = (struct str){m->key, m->key_len};
    out->value = (struct str){m->payload, m->len};
    rd_kafka_timestamp_type_t kind;
    int64_t ms = rd_kafka_message_timestamp(m, &kind);
    out->time.at = ms > 0 ? ms * 1000 : 0;
    out->message = m;
    out->headers_cut = false;
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(m, &headers))
        return;
    const char *name;
    const void *value;
    size_t size;
    for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++) {
        if (i == BUS_HEADER_COUNT_MAX) {
            out->headers_cut = true;
            return;
        }
        out->headers[out->header_count++] =
            (struct bus_header){str_of(name), {value ? value : "", value ? size : 0}};
    }
}

void bus_record_release(struct bus_record *r)
{
    if (r->message)
        rd_kafka_message_destroy(r->message);
    r->message = NULL;
}

struct str bus_record_header(const struct bus_record *r, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = r->header_count; i-- > 0;)
        if (r->headers[i].name.size == size && memcmp(r->headers[i].name.at, name, size) == 0)
            return r->headers[i].value;
    return STR_NONE;
}

static bool read_error(const rd_kafka_message_t *m, struct err *e)
{
    if (e->fate == ERR_FATAL) /* said once by librdkafka: a passing error must not hide it */
        return false;
    const char *topic = m->rkt ? rd_kafka_topic_name(m->rkt) : "?";
    switch ((int)m->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return true;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        return err_set(e, ERR_FATAL,
                       "%s/%d does not hold the next offset (log truncated or topics recreated); "
                       "deploy/README.md says what can be done",
                       topic, m->partition);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return err_set(e, ERR_FATAL, "no right to read %s", topic);
    default:
        return err_set(e, ERR_RETRY, "reading %s/%d: %s", topic, m->partition,
                       rd_kafka_err2str(m->err));
    }
}

/* Up to `room` records of one lane; *count grows. */
static bool lane_drain(rd_kafka_queue_t *lane, struct bus_record *out, size_t room, size_t *count,
                       struct err *e)
{
    enum { STEP = 512 };
    rd_kafka_message_t *step[STEP];
    bool ok = true;
    while (ok && *count < room) {
        size_t want = room - *count < STEP ? room - *count : STEP;
        ssize_t got = rd_kafka_consume_batch_queue(lane, 0, step, want);
        if (got <= 0)
            return true;
        for (ssize_t i = 0; i < got; i++) {
            if (!step[i]->err) {
                record_fill(&out[(*count)++], step[i]);
                continue;
            }
            ok = read_error(step[i], e) && ok;
            rd_kafka_message_destroy(step[i]);
        }
    }
    return ok;
}

bool bus_drain(struct bus *bus, struct bus_record *out, size_t room, size_t *count, struct err *e)
{
    uint64_t woken;
    if (read(bus->wake_fd, &woken, sizeof woken) < 0)
        woken = 0; /* nothing signalled; what is there is drained all the same */
    *count = 0;
    bool ok = lane_drain(bus->lanes[BUS_APART], out, room / 4, count, e) &&
              lane_drain(bus->lanes[BUS_INNER], out, room - room / 4, count, e) &&
              lane_drain(bus->lanes[BUS_OUTER], out, room, count, e) &&
              lane_drain(bus->lanes[BUS_INNER], out, room, count, e) &&
              lane_drain(bus->lanes[BUS_APART], out, room, count, e);
    if (*count == room) { /* more may be waiting: wake again at once */
        uint64_t one = 1;
        if (write(bus->wake_fd, &one, sizeof one) < 0)
            return ok;
    }
    return ok;
}

void bus_wait(struct bus *bus, int timeout_ms)
{
    struct pollfd fd = {.fd = bus->wake_fd, .events = POLLIN};
    uint64_t woken;
    /* Taken back here too: while the caller does not drain, nobody else would. */
    if (poll(&fd, 1, timeout_ms) == 1 && read(bus->wake_fd, &woken, sizeof woken) < 0)
        return;
}
