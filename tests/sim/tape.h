/* tape: every decision of a run that is not the product's own. A run draws numbers; they come from
 * a seed and are written down, or from a tape that was written down before. 0 always means the
 * simplest: no fault, the first, nothing more. So a tape can be shortened and zeroed, and still is
 * one. */
#ifndef TESTS_SIM_TAPE_H
#define TESTS_SIM_TAPE_H

#include "common/base.h"

struct tape {
    uint32_t *items; /* owned; what was drawn, each below its bound */
    size_t count, room;
    size_t at; /* replaying: the next one; past the end all are 0 */
    bool replaying;
    uint64_t state; /* of the generator */
};

void tape_seed(struct tape *t, uint64_t seed); /* empty, drawing */
void tape_rewind(struct tape *t);              /* from the beginning, replaying */
void tape_release(struct tape *t);
/* 0 .. bound - 1. */
uint32_t tape_draw(struct tape *t, uint32_t bound);
/* Text: one number a line; false when the file cannot be read or written. */
bool tape_read(struct tape *t, const char *path) MUST_CHECK;
bool tape_write(const struct tape *t, const char *path) MUST_CHECK;

#endif
