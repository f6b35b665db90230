/* tape: drawing, writing down, reading back. */
#include "tests/sim/tape.h"

#include <stdio.h>
#include <stdlib.h>

void tape_seed(struct tape *t, uint64_t seed)
{
    for (int i = 0; i < STRIP_COUNT; i++)
        t->strips[i].count = t->strips[i].at = 0;
    t->replaying = false;
    t->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

void tape_rewind(struct tape *t)
{
    for (int i = 0; i < STRIP_COUNT; i++)
        t->strips[i].at = 0;
    t->replaying = true;
}

void tape_release(struct tape *t)
{
    for (int i = 0; i < STRIP_COUNT; i++)
        free(t->strips[i].items);
    *t = (struct tape){0};
}

size_t tape_count(const struct tape *t)
{
    size_t count = 0;
    for (int i = 0; i < STRIP_COUNT; i++)
        count += t->strips[i].count;
    return count;
}

/* splitmix64: small, and the same on every machine. */
static uint64_t generate(struct tape *t)
{
    uint64_t z = t->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void strip_push(struct strip *s, uint32_t value)
{
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 1024;
        s->items = realloc(s->items, s->room * sizeof *s->items);
        assert(s->items);
    }
    s->items[s->count++] = value;
}

uint32_t tape_draw(struct tape *t, enum strip_name strip, uint32_t bound)
{
    struct strip *s = &t->strips[strip];
    assert(bound > 0);
    if (t->replaying)
        return s->at < s->count ? s->items[s->at++] % bound : 0;
    uint32_t value = (uint32_t)((generate(t) >> 32) * bound >> 32);
    if (!t->forgetful)
        strip_push(s, value);
    return value;
}

bool tape_read(struct tape *t, const char *path)
{
    FILE *f = fopen(path, "re");
    char line[64];
    unsigned strip = 0;
    if (!f)
        return false;
    tape_seed(t, 0);
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "strip %u", &strip) == 1 && strip >= STRIP_COUNT)
            break;
        if (line[0] >= '0' && line[0] <= '9')
            strip_push(&t->strips[strip], (uint32_t)strtoul(line, NULL, 10));
    }
    t->replaying = true;
    return fclose(f) == 0 && strip < STRIP_COUNT;
}

bool tape_write(const struct tape *t, const char *path)
{
    FILE *f = fopen(path, "we");
    if (!f)
        return false;
    for (int i = 0; i < STRIP_COUNT; i++) {
        fprintf(f, "strip %d\n", i);
        for (size_t k = 0; k < t->strips[i].count; k++)
            fprintf(f, "%u\n", t->strips[i].items[k]);
    }
    return fclose(f) == 0;
}
