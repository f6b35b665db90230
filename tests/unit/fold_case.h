/* fold_case: one fold over the demo service, and the store behind it: what the tests of fold share.
 */
#ifndef TESTS_UNIT_FOLD_CASE_H
#define TESTS_UNIT_FOLD_CASE_H

#include "common/batch.h"
#include "tests/unit/runtime_demo.h"
#include "tests/unit/unit.h"

enum { P = DEMO_PARTITION_COUNT, HERE = 1, ROOM = 8 };

static struct arena arena;
static struct fold fold;
static struct fold_part parts[P];
static const struct topic *outputs[ROOM];
static struct demo_thing *stored; /* what the store has, under any key */
static int load_count;

static inline void setup(void)
{
    fold_open(&fold, &demo_service, &arena, (struct instant){1000000}, P);
    for (int i = 0; i < P; i++)
        parts[i] = (struct fold_part){1, 100 * i, arena_array(&arena, int64_t, ROOM * P)};
    fold_outputs(&demo_service, outputs, ROOM);
    fold.parts = parts;
    fold.outputs = outputs;
    fold_kind_add(&fold, "colour", 3);
    fold_kind_add(&fold, "size", 0);
    stored = NULL;
    load_count = 0;
}

static inline void teardown(void)
{
    arena_release(&arena);
}

static inline struct input event(struct str key)
{
    struct demo_told *body = arena_new(&arena, struct demo_told);
    *body = (struct demo_told){key, STR("o1"), STR("text")};
    return (struct input){.kind = INPUT_EVENT,
                          .part = HERE,
                          .type = &demo_told_type,
                          .key = key,
                          .subject = body->order,
                          .body = body,
                          .id = STR("ev-1")};
}

static inline void load_missing(void)
{
    for (size_t i = 0; i < fold.missing.count; i++) {
        bool thing = fold.missing.items[i]->entity == &demo_thing_entity;
        fold_loaded(fold.missing.items[i], thing ? stored : NULL);
    }
    fold.missing.count = 0;
    load_count++;
}

static inline enum fold_verdict run(struct input in)
{
    enum fold_verdict verdict;
    struct input *kept = arena_new(&arena, struct input);
    *kept = in;
    while ((verdict = fold_run(&fold, kept)) == FOLD_NEEDS)
        load_missing();
    return verdict;
}

#endif
