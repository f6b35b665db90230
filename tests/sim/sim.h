/* sim: the world of one run, in memory: five schemas, one Kafka, some processes of each service,
 * one clock. Everything is drawn from the tape; nothing here reads the machine. The rooms:
 *   tape     decisions              pg*     Postgres behind common/pg.h
 *   broker   topics and producers   bus     Kafka behind common/bus.h
 *   group    who owns what          process loops on stacks of their own
 *   faults   what goes wrong        work    clients, approvers, sellers, operators
 *   run      one run, phase by phase   check*  what must be true   model  what must come out */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "common/loop.h"
#include "tests/sim/marks.h"
#include "tests/sim/tape.h"

enum {
    SERVICE_COUNT = 5,
    PART_MAX = 4,      /* partitions of the installation */
    PROCESS_MAX = 15,  /* of all services; one bit each in a mask */
    SIM_TABLE_MAX = 8, /* entities of a service, the answers included */
    SIM_COLUMN_MAX = 60,
    SIM_TICK_US = 2000,   /* virtual time that a step of the scheduler takes */
    SESSION_US = 6000000, /* a silent member is put out after so long */
};

/* What may go wrong; a run has some of them, each with its weight. */
enum mishap {
    FAULT_NONE = 0,
    FAULT_CRASH,        /* kill -9 at a port */
    FAULT_PAUSE,        /* SIGSTOP at a port */
    FAULT_PG_LOST,      /* the connection goes before the statement is done */
    FAULT_PG_UNKNOWN,   /* the connection goes at COMMIT: done, or not */
    FAULT_PG_RETRY,     /* serialization, disk full: rolled back, the connection stays */
    FAULT_PG_RESTART,   /* all connections, and for a while none is taken */
    FAULT_REBALANCE,    /* the group shuffles, nobody knows why */
    FAULT_STOP,         /* SIGTERM */
    FAULT_BROKER_AWAY,  /* answers no question, takes no record */
    FAULT_SEND_FAILED,  /* a report with an error: stored or not */
    FAULT_PRODUCER,     /* a fatal error of the producer */
    FAULT_LOST_RECORD,  /* acknowledged, and not in the log */
    FAULT_STALE_FETCH,  /* records fetched before reading stopped come out afterwards */
    FAULT_TOPIC_GONE,   /* a partner's topic comes and goes */
    FAULT_CLOCK,        /* one process' wall clock is off */
    FAULT_LEAP,         /* hours pass */
    FAULT_REWIND,       /* an operator sends all again */
    FAULT_SLEEP_COMMIT, /* SIGSTOP with a transaction open */
    FAULT_CRASH_COMMIT, /* kill -9 between COMMIT and its answer */
    FAULT_BACKGROUND,   /* the group's offsets are not kept */
    FAULT_COUNT
};
extern const char *const fault_names[FAULT_COUNT];

/* Where a process meets the world. */
enum point {
    POINT_TURN = 0, /* begins a turn */
    POINT_PG,       /* before statements are sent */
    POINT_STATEMENT,
    POINT_COMMIT,    /* COMMIT is about to arrive */
    POINT_COMMITTED, /* done, and the answer not read */
    POINT_SEND,
    POINT_KAFKA, /* questions: watermarks, offsets, looking back */
    POINT_DRAIN,
    POINT_STOP, /* stops reading a partition */
    POINT_TICK, /* between processes: the world itself */
    POINT_COUNT
};

/* ---- Kafka */

struct record {
    struct str key, value;
    struct bus_header *headers;
    size_t header_count;
    struct instant time;
};

struct log { /* a partition of a topic */
    struct sim_topic *topic;
    int32_t partition;
    struct record **items;
    size_t count, room;
    uint32_t readers; /* mask of processes */
};

struct sim_topic {
    const char *name;
    const struct topic *kind;
    int partition_count;
    bool gone; /* nobody knows it */
    struct log logs[PART_MAX];
    struct sim_topic *next;
};

/* ---- Postgres */

struct sim_row {
    uint64_t hash;
    int64_t part;
    struct str cells[]; /* by column; wire bytes */
};

struct sim_table {
    const struct entity *entity;
    unsigned types[SIM_COLUMN_MAX];
    struct sim_row **rows; /* in the order of their making */
    size_t count, room;
    uint32_t *slots; /* index + 1 */
    size_t slot_room;
};

struct sim_stream {
    bool exists;
    int64_t epoch, batch_no, out_seq, pub_seq, incarnation, taken_batch_no, takings_idle, strikes;
    struct str now, inputs, in_off, seen_incarnation, seen_seq, outputs, dest_seq, cluster_id,
        suspect;
    struct pg *locked_by; /* an open transaction */
};

struct sim_list { /* rows of fixed cells, in the order of their making; dead ones have no cells */
    struct str **items;
    size_t count, room;
};

struct schema {
    const struct service *service;
    struct sim_table tables[SIM_TABLE_MAX];
    size_t table_count;
    struct sim_stream streams[PART_MAX];
    struct sim_list journal[PART_MAX]; /* 14 cells, as journal_append has them */
    struct sim_list timers;            /* 8 */
    struct sim_list parked;            /* 12 */
    struct sim_list unsent;            /* 3 */
    struct sim_list references;        /* 4 */
    struct sim_list versions;          /* 3 */
    bool was_parked;                   /* something was, at some time */
};

/* ---- processes */

enum life { LIFE_DOWN = 0, LIFE_UP, LIFE_PAUSED, LIFE_WAITING /* for a row lock */ };

struct process {
    int index, service;
    enum life life;
    struct loop *loop; /* NULL: down */
    struct status status;
    struct fiber *fiber;
    volatile sig_atomic_t stop;
    int64_t wake_us;   /* down, paused, idle: until then */
    int64_t skew_us;   /* of its wall clock */
    int64_t paused_us; /* since when */
    size_t send_limit; /* of its producer */
    struct schema *schema;
    bool watching; /* it takes a partition: sleeping backends in its way are ended */
    int watch_ended;
};

struct group {
    uint32_t members;  /* mask: joined */
    uint32_t revoking; /* told to give back, and not yet heard */
    bool dirty;        /* who is in has changed */
    bool settling;     /* all were told to give back; the new assignment comes next */
    struct str committed[PART_MAX];
};

/* ---- one run */

struct order_plan;

struct sim {
    struct tape tape;
    struct tape even;      /* of quiet phases: always the same, so that a tape holds what matters */
    enum strip_name strip; /* that decisions are drawn from now */
    bool quiet;            /* set-up and liveness: any fair order will do */
    struct arena arena;    /* of the run */
    int64_t now_us;        /* since 1970, and monotonic too */
    uint64_t steps, ticks, hash;
    int partitions;
    int process_count;
    struct process processes[PROCESS_MAX];
    struct process *current; /* on whose stack we are; NULL: the scheduler's */
    uint32_t ready;          /* mask of processes with something to do */
    uint32_t asleep;         /* mask: paused, or waiting for a row lock; nothing wakes them early */
    int64_t leapt_us;        /* how much time was skipped while things went wrong */
    struct schema schemas[SERVICE_COUNT];
    struct group groups[SERVICE_COUNT];
    struct sim_topic *topics, *topics_end;
    struct run_settings settings;
    bool pg_down;
    int64_t pg_until_us;
    bool broker_away;
    int64_t broker_until_us;

    bool faulty; /* faults are on */
    uint32_t weights[FAULT_COUNT];
    uint32_t gap;       /* points until the next one */
    uint32_t gap_bound; /* how rare they are in this run */
    uint64_t happened[FAULT_COUNT];
    bool lost_record; /* some record was acknowledged and lost: an operator must heal */

    bool story;      /* say what happens */
    char wrong[512]; /* the first thing that is not as it must be; "": nothing */
    char check[32];  /* which check said so */
};
extern struct sim *sim;
extern const struct service *const sim_services[SERVICE_COUNT];

static inline uint32_t choose_of(enum strip_name strip, uint32_t bound)
{
    if (bound <= 1)
        return 0;
    return tape_draw(sim->quiet ? &sim->even : &sim->tape, strip, bound);
}
static inline uint32_t choose(uint32_t bound)
{
    return choose_of(sim->strip, bound);
}
static inline void hash_add(uint64_t n)
{
    sim->hash = (sim->hash ^ n) * UINT64_C(0x9e3779b97f4a7c15);
    sim->hash ^= sim->hash >> 29;
}
void hash_text(struct str s);

/* Says something in the story of a run; who did it stands before. */
void tell(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The first one counts. */
void fail(const char *check, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- faults */
void faults_swarm(void); /* which, and how often */
/* A process is at a port, or the world ticks: what goes wrong now. Crash and pause are done here;
 * what is returned is the caller's to do. */
enum mishap fault_at(enum point p);
void faults_off(void);

/* ---- pg, as seen by the world */
void schema_init(struct schema *s, const struct service *service);
void pg_restart(int64_t until_us);
struct sim_row *table_find(const struct sim_table *t, const struct str *keys);
struct sim_table *table_of_entity(struct schema *s, const char *name);
void pg_drop(struct pg *pg); /* its process died */
int64_t cell_int(struct str cell);
struct str cell_of_int(int64_t value, size_t size);
struct elements {
    const char *at;
    size_t left, count;
    unsigned type;
};
struct elements elements_of(struct str cell);
struct str element_next(struct elements *e);
void list_add(struct sim_list *l, const struct str *cells, size_t count);

/* ---- broker */
struct sim_topic *topic_make(const char *name, const struct topic *kind, int partitions);
struct sim_topic *topic_named(const char *name);
void log_append(struct log *log, struct record *r);
/* One thing that the broker does: appends of one producer, or one of those that come late. */
bool broker_step(void);
bool broker_busy(void);
void bus_drop(struct bus *bus); /* its process died */
struct bus *bus_of(const struct process *p);

/* ---- group */
void group_join(int service, int process);
void group_leave(int service, int process);
bool group_step(int service);
void groups_watch(void); /* puts silent members out */

/* ---- process */
void process_start(struct process *p);
void process_kill(struct process *p);
void process_run(struct process *p); /* until its next turn, or until something holds it */
/* From the inside: gives the word back to the scheduler. */
void process_yield(void);
void process_die(void);
void processes_release(void);

/* ---- what people and partners do */
void work_init(void);
bool work_setup(void);  /* one more command of the set-up; false: all were sent */
bool work_step(void);   /* false: nobody has anything to do now */
bool work_finish(void); /* liveness: everything that is still to be said; false: nothing */
void work_release(void);

/* ---- running */
struct sim_result {
    uint64_t hash, steps;
    char check[32], wrong[512];
};
/* What the tape says. */
void sim_run(struct tape *tape, bool story, struct sim_result *out);
extern uint64_t sim_happened[FAULT_COUNT];

/* ---- after it all came to rest */
void check_all(void);
void say_orders(void);     /* for whoever reads the story: what became of each */
void check_protocol(void); /* journal, log, inputs */
void check_chains(void);   /* numbers and hashes of facts, and the rows they end in */
void check_orders(void);   /* lives, money */
void check_stock(void);
void check_timers(void); /* what waited since before an expiry wins against it */
void check_credit(void);
void model_compare(void);

#endif
