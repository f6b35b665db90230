/* table: open addressing with linear probing, at most two thirds full; what follows a removed entry
 * is moved up, so that no gravestones are needed. */
#include "common/table.h"

#include <stdlib.h>

enum { ROOM_MIN = 16 };

static size_t slot_wanted(const struct table *t, struct str key)
{
    return (size_t)str_hash(key) & (t->room - 1);
}

/* The key's slot, or the free one where it would go. */
static size_t slot_of(const struct table *t, struct str key)
{
    size_t at = slot_wanted(t, key);
    while (str_present(t->slots[at].key) && !str_eq(t->slots[at].key, key))
        at = (at + 1) & (t->room - 1);
    return at;
}

static void table_grow(struct table *t)
{
    struct table old = *t;
    t->room = old.room == 0 ? ROOM_MIN : old.room * 2;
    t->slots = calloc(t->room, sizeof *t->slots);
    if (t->slots == NULL)
        abort();
    for (size_t i = 0; i < old.room; i++)
        if (str_present(old.slots[i].key))
            t->slots[slot_of(t, old.slots[i].key)] = old.slots[i];
    free(old.slots);
}

void table_release(struct table *t)
{
    free(t->slots);
    *t = (struct table){0};
}

void *table_get(const struct table *t, struct str key)
{
    assert(str_present(key));
    return t->count == 0 ? NULL : t->slots[slot_of(t, key)].value;
}

void *table_put(struct table *t, struct str key, void *value)
{
    assert(str_present(key) && value != NULL);
    if (3 * (t->count + 1) > 2 * t->room)
        table_grow(t);
    struct table_slot *slot = &t->slots[slot_of(t, key)];
    void *before = slot->value;
    if (before == NULL)
        t->count++;
    *slot = (struct table_slot){key, value};
    return before;
}

void *table_remove(struct table *t, struct str key)
{
    assert(str_present(key));
    if (t->count == 0)
        return NULL;
    size_t gap = slot_of(t, key);
    void *before = t->slots[gap].value;
    if (before == NULL)
        return NULL;
    const size_t mask = t->room - 1;
    for (size_t at = (gap + 1) & mask; str_present(t->slots[at].key); at = (at + 1) & mask) {
        /* It may move up only when its own place is not behind the gap. */
        size_t wanted = slot_wanted(t, t->slots[at].key);
        if (((at - wanted) & mask) < ((at - gap) & mask))
            continue;
        t->slots[gap] = t->slots[at];
        gap = at;
    }
    t->slots[gap] = (struct table_slot){0};
    t->count--;
    return before;
}

void *table_next(const struct table *t, size_t *at)
{
    while (*at < t->room && t->slots[*at].value == NULL)
        ++*at;
    return *at < t->room ? t->slots[(*at)++].value : NULL;
}
