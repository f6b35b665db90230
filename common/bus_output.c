/* bus_output: the idempotent producer. Trap of 2.0.2: it can raise a fatal error on a network
 * hiccup, and after any failed report a later message could overtake the failed one; so the caller
 * renews the handle and sends again from what it knows to be acknowledged. */
#include <stdlib.h>
#include <string.h>

#include "common/bus_private.h"

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct bus *bus = opaque;
    bus->unacknowledged--;
    if (bus->closing || !bus->report)
        return;
    enum bus_delivery outcome = BUS_FAILED;
    if (!m->err)
        outcome = BUS_DELIVERED;
    else if (m->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
             m->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
             m->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
             m->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        outcome = BUS_REFUSED;
    uint64_t tag = (uint64_t)(uintptr_t)m->_private;
    bus->report(bus->context, tag, outcome, m->err ? rd_kafka_err2str(m->err) : "");
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    (void)rk, (void)reason;
    struct bus *bus = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        bus->broken = true;
}

bool bus_producer_open(struct bus *bus, struct err *e)
{
    rd_kafka_conf_t *conf = bus_conf(&bus->settings, e);
    if (!conf)
        return false;
    if (!bus_conf_set(conf, "enable.idempotence", "true", e) ||
        !bus_conf_set(conf, "acks", "all", e) || !bus_conf_set(conf, "linger.ms", "1", e) ||
        !bus_conf_set(conf, "compression.codec", "lz4", e) ||
        !bus_conf_set(conf, "queue.buffering.max.messages", "1000000", e) ||
        !bus_conf_set(conf, "queue.buffering.max.kbytes", "262144", e) ||
        !bus_conf_set(conf, "batch.num.messages", "10000", e) ||
        !bus_conf_set(conf, "message.timeout.ms", "0", e)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    /* A topic's largest message bounds whole batches. Who has no group sends commands, to topics of
     * 256 KiB; services send to topics of 1 MiB, which the default of 1,000,000 bytes suits. */
    if (!bus->settings.group && !bus_conf_set(conf, "batch.size", "200000", e)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_opaque(conf, bus);
    char why[256];
    bus->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!bus->producer) {
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "cannot make a Kafka producer: %s", why);
    }
    bus->broken = false;
    bus->unacknowledged = 0;
    return true;
}

/* Handles of the topics written to, by name: to look one up by name in librdkafka walks its list
 * for every message. NULL: the table is full, or the name is no topic name. */
static rd_kafka_topic_t *writer_of(struct bus *bus, const char *name)
{
    size_t at = str_hash(str_of(name)) & (BUS_WRITER_ROOM - 1);
    for (; bus->writers[at]; at = (at + 1) & (BUS_WRITER_ROOM - 1))
        if (strcmp(rd_kafka_topic_name(bus->writers[at]), name) == 0)
            return bus->writers[at];
    if (bus->writer_count >= BUS_WRITER_ROOM / 2)
        return NULL;
    bus->writers[at] = rd_kafka_topic_new(bus->producer, name, NULL);
    bus->writer_count += bus->writers[at] != NULL;
    return bus->writers[at];
}

void bus_writers_forget(struct bus *bus)
{
    for (size_t i = 0; i < BUS_WRITER_ROOM; i++) {
        if (bus->writers[i])
            rd_kafka_topic_destroy(bus->writers[i]);
        bus->writers[i] = NULL;
    }
    bus->writer_count = 0;
}

static rd_kafka_headers_t *headers_of(const struct bus_message *m)
{
    rd_kafka_headers_t *h = rd_kafka_headers_new(m->header_count + 1);
    for (size_t i = 0; i < m->header_count; i++)
        rd_kafka_header_add(h, m->headers[i].name.at, (ssize_t)m->headers[i].name.size,
                            m->headers[i].value.at, (ssize_t)m->headers[i].value.size);
    return h;
}

bool bus_send(struct bus *bus, const struct bus_message *m, struct err *e)
{
    rd_kafka_headers_t *headers = headers_of(m);
    rd_kafka_topic_t *topic = writer_of(bus, m->topic);
    rd_kafka_vu_t where = {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic};
    if (!topic)
        where = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = m->topic};
    rd_kafka_vu_t arguments[] = {
        where,
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = m->partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)m->key.at, m->key.size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)m->value.at, m->value.size}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)m->tag},
    };
    rd_kafka_error_t *error = rd_kafka_produceva(bus->producer, arguments, ARRAY_LEN(arguments));
    if (!error) {
        bus->unacknowledged++;
        return true;
    }
    rd_kafka_headers_destroy(headers); /* taken over only on success */
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    bool known =
        code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        bus->broken = true;
    err_set(e, ERR_RETRY, "cannot send to %s: %s", m->topic, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    if (!known)
        return false;
    /* The topic is known to be absent: the same outcome as a refusing report. */
    memset(e, 0, sizeof *e);
    if (bus->report)
        bus->report(bus->context, m->tag, BUS_REFUSED, "unknown topic");
    return true;
}

bool bus_broken(const struct bus *bus)
{
    return bus->broken;
}

bool bus_renew(struct bus *bus, struct err *e)
{
    bus->closing = true; /* reports of the old handle count for nothing */
    rd_kafka_purge(bus->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(bus->producer, 200);
    bus_writers_forget(bus);
    rd_kafka_destroy(bus->producer);
    bus->producer = NULL;
    bus->closing = false;
    return bus_producer_open(bus, e);
}

bool bus_flush(struct bus *bus, int timeout_ms, struct err *e)
{
    if (rd_kafka_flush(bus->producer, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    return err_set(e, ERR_RETRY, "the broker did not acknowledge within %d ms", timeout_ms);
}

size_t bus_unacknowledged(const struct bus *bus)
{
    return bus->unacknowledged;
}
