/* bus_inside: one process' side of Kafka, shared by broker.c and bus.c. */
#ifndef TESTS_SIM_BUS_INSIDE_H
#define TESTS_SIM_BUS_INSIDE_H

#include "tests/sim/sim.h"

enum { READER_MAX = 64, SEND_MAX = 4096, STALE_MAX = 8 };

struct send {        /* handed over, not yet reported */
    struct log *log; /* NULL: the topic is not there */
    struct record *record;
    uint64_t tag;
};

struct report {
    uint64_t tag;
    enum bus_delivery outcome;
};

struct reader {
    struct log *log;
    int input;
    size_t next;
};

struct bus {
    struct process *process;
    bus_report report;
    void *context;
    struct reader readers[READER_MAX];
    size_t reader_count;
    struct send sends[SEND_MAX];
    size_t send_count, send_limit;
    struct report reports[SEND_MAX];
    size_t report_count;
    struct { /* fetched before a stop */
        struct log *log;
        int input;
        size_t at;
    } stale[STALE_MAX];
    size_t stale_count;
    bool leaves; /* what stops being read in this turn leaves stale records */
    bool broken, joined;
    /* changes of the group that it has not heard of, at most one of each */
    bool revoked, assigned;
    int32_t parts[PART_MAX];
    size_t part_count;
};

/* What the broker may have of a producer that is gone: it comes late, or never. */
void broker_orphan(struct bus *bus);
void broker_reset(void);
bool producer_step(struct bus *bus);

#endif
