/* tape: every decision of a run that is not the product's own. A run draws numbers; they come from
 * a seed and are written down, or from a tape that was written down before. 0 always means the
 * simplest: no fault, the first, nothing more. So a tape can be shortened and zeroed, and still is
 * one. It has strips, so that to take out a fault does not shift what people do. */
#ifndef TESTS_SIM_TAPE_H
#define TESTS_SIM_TAPE_H

#include "common/base.h"

enum strip_name {
    STRIP_WORLD = 0, /* what there is, and what people want */
    STRIP_FAULTS,    /* what goes wrong, when */
    STRIP_MOVES,     /* who is next, how much of it */
    STRIP_COUNT
};

struct strip {
    uint32_t *items; /* owned; what was drawn, each below its bound */
    size_t count, room;
    size_t at; /* replaying: the next one; past the end all are 0 */
};

struct tape {
    struct strip strips[STRIP_COUNT];
    bool replaying;
    bool forgetful; /* drawn and not written down */
    uint64_t state; /* of the generator */
};

void tape_seed(struct tape *t, uint64_t seed); /* empty, drawing */
void tape_rewind(struct tape *t);              /* from the beginning, replaying */
void tape_release(struct tape *t);
void strip_push(struct strip *s, uint32_t value);
size_t tape_count(const struct tape *t);
/* 0 .. bound - 1. */
uint32_t tape_draw(struct tape *t, enum strip_name strip, uint32_t bound);
/* Text: "strip N", then one number a line; false when the file cannot be read or written. */
bool tape_read(struct tape *t, const char *path) MUST_CHECK;
bool tape_write(const struct tape *t, const char *path) MUST_CHECK;

#endif
