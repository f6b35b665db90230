/* turn: the inside of one batch, shared by turn*.c. */
#ifndef COMMON_TURN_H
#define COMMON_TURN_H

#include "common/loop.h"

struct turn_list {
    struct parked_row *items;
    size_t count, room;
};

struct turn_part {
    bool touched;
    struct stream work;
    struct buf inputs; /* for the journal: texts one after the other, each ended by '\0' */
    size_t input_count;
};

struct turn {
    struct loop *loop;
    struct arena *arena;
    struct fold fold;
    struct fold_part *fold_parts;
    struct turn_part *parts;
    struct item *items;
    size_t item_count, taken; /* taken: records of `pending` that this batch settles */
    struct turn_list park, unpark;
    struct instant now;
};

struct turn_part *turn_touch(struct turn *t, int32_t part);
/* --- turn_decide.c */
bool turn_decide(struct turn *t, struct err *e) MUST_CHECK;
bool turn_load_missing(struct turn *t, struct err *e) MUST_CHECK;
/* --- turn_commit.c */
bool turn_commit(struct turn *t, struct err *e) MUST_CHECK;
void turn_adopt(struct turn *t);

#endif
