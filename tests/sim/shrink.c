/* shrink: deletes and zeroes blocks of a tape, large ones first, as long as the same check fails.
 * Zero is the simplest of each choice, so what is left is what it takes. */
#include "tests/sim/shrink.h"

#include <stdlib.h>

enum { RUN_COUNT_MAX = 4000 };

struct search {
    struct tape best, trial;
    const char *check;
    size_t runs;
};

static void copy(struct tape *to, const struct tape *from)
{
    if (to->room < from->count) {
        to->room = from->count;
        to->items = realloc(to->items, to->room * sizeof *to->items);
        assert(to->items);
    }
    memcpy(to->items, from->items, from->count * sizeof *to->items);
    to->count = from->count;
}

/* The trial is taken over when it fails in the same way. */
static bool still_fails(struct search *s)
{
    struct sim_result r;
    if (s->runs >= RUN_COUNT_MAX)
        return false;
    s->runs++;
    tape_rewind(&s->trial);
    sim_run(&s->trial, false, &r);
    if (strcmp(r.check, s->check) != 0)
        return false;
    if (s->trial.at < s->trial.count)
        s->trial.count = s->trial.at; /* the rest was not read */
    copy(&s->best, &s->trial);
    return true;
}

static bool without(struct search *s, size_t from, size_t count)
{
    copy(&s->trial, &s->best);
    memmove(s->trial.items + from, s->trial.items + from + count,
            (s->trial.count - from - count) * sizeof *s->trial.items);
    s->trial.count -= count;
    return still_fails(s);
}

static bool zeroed(struct search *s, size_t from, size_t count)
{
    bool any = false;
    copy(&s->trial, &s->best);
    for (size_t i = from; i < from + count; i++) {
        any = any || s->trial.items[i];
        s->trial.items[i] = 0;
    }
    return any && still_fails(s);
}

/* The shortest beginning that fails: all behind it is 0. */
static void cut_end(struct search *s)
{
    size_t low = 0, high = s->best.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        copy(&s->trial, &s->best);
        s->trial.count = middle;
        if (still_fails(s))
            high = s->best.count < middle ? s->best.count : middle;
        else
            low = middle + 1;
    }
}

static bool pass(struct search *s, size_t block)
{
    size_t before = s->best.count;
    bool better = false;
    for (size_t at = 0; at + block <= s->best.count;)
        if (without(s, at, block))
            better = true;
        else
            at += block;
    for (size_t at = 0; at + block <= s->best.count; at += block)
        better = zeroed(s, at, block) || better;
    return better || s->best.count < before;
}

size_t shrink(struct tape *tape, const char *check)
{
    struct search s = {.check = check};
    copy(&s.best, tape);
    cut_end(&s);
    for (size_t block = 256; block > 0; block /= 2)
        while (pass(&s, block) && block > 16)
            ;
    copy(tape, &s.best);
    tape_rewind(tape);
    tape_release(&s.best);
    tape_release(&s.trial);
    return s.runs;
}
