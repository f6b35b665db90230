/* replay: the orders of a data set, from submit to what came of them. */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "services/cli/load.h"

struct replayed {
    const struct made *made;
    struct parcel parcel;
    struct str source_id; /* the order's number in the data set */
    bool ships;           /* the set says that it was shipped */
    struct str carrier, tracking;
    /* What came of it. */
    bool confirmed;
    char state[32];
    int64_t net, charges, total; /* micro */
    size_t sub_order_count;
};

struct replay {
    struct cli *c;
    struct mapping mapping;
    struct made_list made;
    struct replayed *orders;
    size_t count;
    char currency[CURRENCY_SIZE];
};

/* replay_fulfil.c: the sellers accept, ship and deliver what the set says was shipped. */
int replay_fulfil(struct replay *r);
/* replay_check.c: each order against what is expected; prints the result, returns the exit code. */
int replay_check(struct replay *r);
/* Waits until `done` says yes for every order, one after the other; each has the whole timeout. */
typedef bool (*replay_done)(struct replay *r, struct replayed *o, struct err *e);
int replay_await(struct replay *r, const char *what, replay_done done);

#endif
