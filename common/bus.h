/* bus: Kafka. (bus*.c are the only files that include rdkafka.h; bus_private.h is theirs alone.)
 * Three handles: a group member that only says which partitions are ours (it never fetches), a
 * reader that fetches exactly what it is told from explicit offsets into one queue, and an
 * idempotent producer. All calls come from one thread. */
#ifndef COMMON_BUS_H
#define COMMON_BUS_H

#include "common/arena.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/message.h"

/* 40 of the sender's, and ours on a routed record. */
enum { BUS_HEADER_COUNT_MAX = 43 };

struct bus_header {
    struct str name, value;
};

struct bus_record {
    int input; /* index given to bus_read_start */
    int32_t partition;
    int64_t offset;
    struct str key, value; /* absent = null */
    struct instant time;   /* broker's append time */
    size_t header_count;
    struct bus_header headers[BUS_HEADER_COUNT_MAX];
    bool headers_cut; /* more headers than fit: unreadable */
    void *message;    /* owned: bus_record_release */
};
void bus_record_release(struct bus_record *r);
/* The last of that name; STR_NONE. Who asks for many: known_headers_read (headers.h). */
struct str bus_record_header(const struct bus_record *r, const char *name);

struct bus_settings {
    const char *brokers;
    const char *config_file; /* "name=value" lines handed to librdkafka (security); NULL = none */
    const char *client_id;   /* short */
    const char *group;       /* NULL: no group member */
    int session_timeout_ms;
};

/* Delivery reports: tag is what bus_send was given. error: "" = acknowledged. */
enum bus_delivery { BUS_DELIVERED = 1, BUS_REFUSED /* topic or right gone */, BUS_FAILED };
typedef void (*bus_report)(void *context, uint64_t tag, enum bus_delivery outcome,
                           const char *error);

struct bus;
struct bus *bus_open(const struct bus_settings *settings, bus_report report, void *context,
                     struct err *e);
void bus_close(struct bus *bus, int flush_ms_max); /* waits so long for reports, leaves the group */

/* --- group: which partitions of the anchor topic are ours */
bool bus_join(struct bus *bus, const char *anchor, struct err *e) MUST_CHECK;
enum bus_change { BUS_SAME = 0, BUS_ASSIGNED, BUS_REVOKED };
/* Serves the group and the producer's reports; returns at most one change a call. partitions: room
 * for `room`. */
enum bus_change bus_serve(struct bus *bus, int32_t *partitions, size_t room, size_t *count);
struct bus_position {
    const char *topic;
    int32_t partition;
    int64_t offset;
    char metadata[48]; /* of a committed one: "<incarnation>,<batch_no>"; "" = none */
};
/* For lag tools, asynchronous, one request for all. */
void bus_commit(struct bus *bus, const struct bus_position *positions, size_t count);
/* Fills offset and metadata of a topic and partition with what was last committed. */
bool bus_committed(struct bus *bus, struct bus_position *out, struct err *e) MUST_CHECK;

/* False from the moment that no broker can be reached until one answers again (asked once a second,
 * for at most 200 ms). */
bool bus_reachable(struct bus *bus);

/* --- reading */
enum { BUS_FROM_BEGINNING = -1 };
/* What is under way goes before what is new: while the inner lane fills a drain, the outer one gets
 * a quarter of it. So work in progress stays bounded under overload, instead of everything being
 * begun and nothing finished. */
enum bus_lane {
    BUS_INNER = 0,
    BUS_OUTER,
    BUS_APART /* a topic that is nearly always empty: keeps the others fetched (bus.c) */
};
enum { BUS_LANE_COUNT = BUS_APART + 1 };
bool bus_read_start(struct bus *bus, int input, const struct bus_position *from, enum bus_lane lane,
                    struct err *e) MUST_CHECK;
void bus_read_stop(struct bus *bus, const char *topic, int32_t partition);
/* What is there now, without waiting. Records are released by the caller. false: a reader's error
 * (offset out of range, topic gone): ERR_FATAL, or ERR_RETRY when the broker is away. */
bool bus_drain(struct bus *bus, struct bus_record *out, size_t room, size_t *count,
               struct err *e) MUST_CHECK;
void bus_wait(struct bus *bus, int timeout_ms); /* until there is something to drain or to serve */
struct bus_ends {
    int64_t low, high; /* first offset that is there, and the one that comes next */
};
/* Asked of the broker: blocks up to 2 s. Any thread. */
bool bus_watermarks(struct bus *bus, const char *topic, int32_t partition, struct bus_ends *out,
                    struct err *e) MUST_CHECK;
/* Visits the records [from, until) of several partitions at once, for looking back: in order within
 * a partition, mixed between them. The partitions must not be read by bus_read_start meanwhile.
 * ERR_RETRY when nothing comes for 5 s. */
struct bus_range {
    const char *topic;
    int32_t partition;
    int64_t from, until;
};
typedef void (*bus_visit)(void *context, const struct bus_range *range, const struct bus_record *r);
bool bus_scan(struct bus *bus, const struct bus_range *ranges, size_t count, bus_visit visit,
              void *context,
              struct err *e) MUST_CHECK; /* tidy: allow params because C has no closures */

/* --- writing */
struct bus_message {
    const char *topic;
    int32_t partition;
    struct str key, value; /* value absent = tombstone */
    const struct bus_header *headers;
    size_t header_count;
    uint64_t tag;
};
/* Copies the bytes. false: the queue is full (ERR_RETRY), or the handle is broken (ERR_RETRY; see
 * bus_renew). */
bool bus_send(struct bus *bus, const struct bus_message *m, struct err *e) MUST_CHECK;
bool bus_broken(const struct bus *bus); /* a fatal error was raised: purge and renew */
/* Drops what is not sent, forgets the old handle, opens a new one. Reports of the old one never
 * come after this. */
bool bus_renew(struct bus *bus, struct err *e) MUST_CHECK;
bool bus_flush(struct bus *bus, int timeout_ms, struct err *e) MUST_CHECK;
size_t bus_unacknowledged(const struct bus *bus);

/* --- the cluster */
bool bus_cluster_id(struct bus *bus, char *out, size_t size, int timeout_ms,
                    struct err *e) MUST_CHECK;
/* Partitions of a topic; 0: it does not exist. */
bool bus_partition_count(struct bus *bus, const char *topic, int *count, int timeout_ms,
                         struct err *e) MUST_CHECK;
void bus_warm(
    struct bus *bus,
    const char *topic); /* asks for the topic's metadata, so that the first send need not wait */

struct bus_topic {
    const char *name;
    int partition_count, replication;
    int64_t retention_ms; /* -1: for ever */
    bool compacted;
    int message_size_max;
};
/* *created: false when it was there already. */
bool bus_topic_create(struct bus *bus, const struct bus_topic *t, bool *created,
                      struct err *e) MUST_CHECK;
bool bus_topic_delete(struct bus *bus, const char *name, struct err *e) MUST_CHECK;

#endif
