/* tape: drawing, writing down, reading back. */
#include "tests/sim/tape.h"

#include <stdio.h>
#include <stdlib.h>

void tape_seed(struct tape *t, uint64_t seed)
{
    t->count = t->at = 0;
    t->replaying = false;
    t->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

void tape_rewind(struct tape *t)
{
    t->at = 0;
    t->replaying = true;
}

void tape_release(struct tape *t)
{
    free(t->items);
    *t = (struct tape){0};
}

/* splitmix64: small, and the same on every machine. */
static uint64_t generate(struct tape *t)
{
    uint64_t z = t->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void push(struct tape *t, uint32_t value)
{
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 4096;
        t->items = realloc(t->items, t->room * sizeof *t->items);
        assert(t->items);
    }
    t->items[t->count++] = value;
}

uint32_t tape_draw(struct tape *t, uint32_t bound)
{
    assert(bound > 0);
    if (t->replaying)
        return t->at < t->count ? t->items[t->at++] % bound : 0;
    uint32_t value = (uint32_t)((generate(t) >> 32) * bound >> 32);
    push(t, value);
    return value;
}

bool tape_read(struct tape *t, const char *path)
{
    FILE *f = fopen(path, "re");
    char line[64];
    if (!f)
        return false;
    t->count = t->at = 0;
    while (fgets(line, sizeof line, f))
        if (line[0] >= '0' && line[0] <= '9')
            push(t, (uint32_t)strtoul(line, NULL, 10));
    t->replaying = true;
    return fclose(f) == 0;
}

bool tape_write(const struct tape *t, const char *path)
{
    FILE *f = fopen(path, "we");
    if (!f)
        return false;
    for (size_t i = 0; i < t->count; i++)
        fprintf(f, "%u\n", t->items[i]);
    return fclose(f) == 0;
}
