/* work: what people, partners and operators of a run want, shared by work*.c, the checks and the
 * model. */
#ifndef TESTS_SIM_WORK_H
#define TESTS_SIM_WORK_H

#include "tests/sim/sim.h"

enum {
    ORDER_MAX = 48,
    LINE_MAX = 3,
    SKU_COUNT = 3,
    ACCOUNT_COUNT = 3,
    PARTNER_COUNT = 2,
    SUB_MAX = ORDER_MAX * PARTNER_COUNT,
    UUID_SIZE = 36
};

enum order_flaw {
    FLAW_NONE = 0,
    FLAW_SKU,        /* a product that is not sold */
    FLAW_UNIT,       /* in a unit that it is not sold in */
    FLAW_GARBAGE,    /* no JSON */
    FLAW_FIELD,      /* a member that nobody knows */
    FLAW_UNSTORABLE, /* Postgres refuses its row */
    FLAW_LATER,      /* Postgres refuses its authorisation until it is healed */
    FLAW_COUNT
};

enum decision { DECISION_APPROVE = 0, DECISION_REJECT, DECISION_SILENT };

struct order_plan {
    char id[UUID_SIZE + 1];
    int account;
    bool early;   /* commits credit and stock where they are held */
    bool partial; /* take what is there */
    bool preview;
    enum order_flaw flaw;
    struct {
        int sku, quantity;
    } lines[LINE_MAX];
    int line_count;
    enum decision decision;  /* of the person who is asked */
    bool cancels;            /* somebody cancels it, at some time */
    bool rejects;            /* its sellers reject it */
    bool repeats, conflicts; /* sent again: the same, or another body */
    bool misplaced;          /* on a partition that is not its key's */
    int to_send;             /* still to be said about it */
    bool submitted, cancelled;
    bool
        resent; /* something about it was set aside, for the process died over it, and sent again */
};

struct sub_plan { /* what a seller has heard of */
    struct order_plan *order;
    int partner;
    int64_t sub_order;
    int stage; /* accepted, shipped, delivered */
    int tries; /* answers that were set aside, and are given again */
};

struct work {
    struct order_plan orders[ORDER_MAX];
    int order_count, next_order;
    bool tight_credit, tight_stock;
    struct sub_plan subs[SUB_MAX];
    int sub_count;
    int setup_step;
    int others, other_count;     /* commands beside orders: still to come, sent */
    int64_t received[SKU_COUNT]; /* pieces that came to stock */
    int64_t command_count;
    size_t approver_at[PART_MAX], seller_at[PARTNER_COUNT]; /* read so far */
    int tries;                                              /* redrives sent in the end */
    size_t dead_at[SERVICE_COUNT][PART_MAX];                /* dead letters read so far */
};
extern struct work *work;

struct sku_plan {
    const char *sku;
    int64_t price; /* micro */
    int node;
};
extern const struct sku_plan skus[SKU_COUNT];
extern const char *const partners[PARTNER_COUNT], *const nodes[PARTNER_COUNT];
extern const char *const accounts[ACCOUNT_COUNT];
/* Beyond this a person must say yes; what an account may owe, when credit is tight. */
#define ASK_OVER_MICRO INT64_C(150000000)
#define TIGHT_LIMIT    INT64_C(400000000)
enum { TIGHT_STOCK = 12, AMPLE_STOCK = 100000 };

/* A command on an open topic. id: STR_NONE: a new one. */
struct parcel {
    const char *topic, *type;
    struct str key, body, id;
    bool misplaced;
};
void parcel_send(const struct parcel *p);
struct str submit_body(const struct order_plan *o, bool other);

/* work_others.c: money that comes in, stock that comes in, prices and accounts put again */
bool others_step(void);

/* work_actors.c */
bool approver_step(void);
bool sellers_hear(void);
bool seller_step(bool all);
bool operator_step(void);
struct order_plan *order_named(struct str id);

#endif
