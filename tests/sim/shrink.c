/* shrink: deletes and zeroes blocks of a tape, large ones first, as long as the same check fails.
 * Zero is the simplest of each choice, so what is left is what it takes. */
#include "tests/sim/shrink.h"

#include <stdlib.h>

enum { RUN_COUNT_MAX = 2500 };

struct search {
    struct tape best, trial;
    const char *check;
    size_t runs;
};

static void copy(struct tape *to, const struct tape *from)
{
    for (int i = 0; i < STRIP_COUNT; i++) {
        to->strips[i].count = 0;
        for (size_t k = 0; k < from->strips[i].count; k++)
            strip_push(&to->strips[i], from->strips[i].items[k]);
    }
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
    for (int i = 0; i < STRIP_COUNT; i++)
        if (s->trial.strips[i].at < s->trial.strips[i].count)
            s->trial.strips[i].count = s->trial.strips[i].at; /* the rest was not read */
    copy(&s->best, &s->trial);
    return true;
}

static bool without(struct search *s, enum strip_name name, size_t from, size_t count)
{
    copy(&s->trial, &s->best);
    struct strip *strip = &s->trial.strips[name];
    memmove(strip->items + from, strip->items + from + count,
            (strip->count - from - count) * sizeof *strip->items);
    strip->count -= count;
    return still_fails(s);
}

static bool zeroed(struct search *s, enum strip_name name, size_t from, size_t count)
{
    bool any = false;
    copy(&s->trial, &s->best);
    for (size_t i = from; i < from + count; i++) {
        any = any || s->trial.strips[name].items[i];
        s->trial.strips[name].items[i] = 0;
    }
    return any && still_fails(s);
}

/* The shortest beginning that fails: all behind it is 0. */
static void cut_end(struct search *s, enum strip_name name)
{
    size_t low = 0, high = s->best.strips[name].count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        copy(&s->trial, &s->best);
        s->trial.strips[name].count = middle;
        if (still_fails(s))
            high = s->best.strips[name].count < middle ? s->best.strips[name].count : middle;
        else
            low = middle + 1;
    }
}

static bool pass(struct search *s, enum strip_name name, size_t block)
{
    const struct strip *best = &s->best.strips[name];
    bool better = false;
    for (size_t at = 0; at + block <= best->count; at += block)
        better = zeroed(s, name, at, block) || better;
    for (size_t at = 0; at + block <= best->count;)
        if (without(s, name, at, block))
            better = true;
        else
            at += block;
    return better;
}

size_t shrink(struct tape *tape, const char *check)
{
    static const enum strip_name order[] = {STRIP_FAULTS, STRIP_WORLD, STRIP_MOVES};
    struct search s = {.check = check};
    copy(&s.best, tape);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        cut_end(&s, order[i]);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        for (size_t block = s.best.strips[order[i]].count / 2 + 1; block > 0; block /= 2)
            while (pass(&s, order[i], block) && block > 4)
                ;
    copy(tape, &s.best);
    tape_rewind(tape);
    tape_release(&s.best);
    tape_release(&s.trial);
    return s.runs;
}
