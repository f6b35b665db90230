/* bus_private: what the bus*.c files share. */
#ifndef COMMON_BUS_PRIVATE_H
#define COMMON_BUS_PRIVATE_H

#include <librdkafka/rdkafka.h>

#include "common/bus.h"

enum { BUS_WRITER_ROOM = 8192 }; /* slots of a hash table: a power of two */

struct bus_reader {
    rd_kafka_topic_t *topic;
    char name[256];
    int input[64]; /* by partition */
};

struct bus {
    struct bus_settings settings;
    bus_report report;
    void *context;
    rd_kafka_t *member; /* NULL without a group */
    rd_kafka_queue_t *member_events;
    rd_kafka_t *reader;
    rd_kafka_t *producer;
    rd_kafka_queue_t *lanes[BUS_LANE_COUNT]; /* all that is fetched */
    int wake_fd;                             /* eventfd, readable when data arrived */
    struct bus_reader *readers[64];
    size_t reader_count;
    enum bus_change change; /* noted by the rebalance callback */
    int32_t change_partitions[64];
    size_t change_count;
    rd_kafka_topic_t *writers[BUS_WRITER_ROOM]; /* of the producer, by the hash of their name */
    size_t writer_count;
    bool broken;
    bool away;           /* the reader found no broker */
    int64_t asked_at_us; /* monotonic: when it was last asked for while away */
    bool closing;
    size_t unacknowledged;
};

/* A configuration with what all handles share; NULL and ERR_FATAL when a setting is refused. */
rd_kafka_conf_t *bus_conf(const struct bus_settings *s, struct err *e);
bool bus_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                  struct err *e) MUST_CHECK;
bool bus_producer_open(struct bus *bus, struct err *e) MUST_CHECK;
void bus_writers_forget(struct bus *bus); /* before the producer goes */
rd_kafka_topic_t *bus_reader_topic(struct bus *bus, const char *name, struct err *e);

#endif
