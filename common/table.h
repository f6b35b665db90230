/* table: a small hash table in memory, text -> pointer, open addressing. For reference pictures,
 * which outlive a batch and therefore do not live in an arena. Keys and values belong to the
 * caller; a key is a view and must live as long as its entry. Not for state: nothing here is
 * ordered, and the order of a walk means nothing. */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include "common/base.h"

struct table_slot {
    struct str key; /* at == NULL: free */
    void *value;
};

struct table {
    struct table_slot *slots; /* owned; `room` of them, a power of two; NULL while empty */
    size_t room, count;
};

void table_release(struct table *t); /* the slots only; zeroed again */
/* NULL when there is none. */
void *table_get(const struct table *t, struct str key);
/* Adds, or replaces key and value alike; the value that was there before, or NULL. The key must be
 * present, the value not NULL. */
void *table_put(struct table *t, struct str key, void *value);
/* The value that was there, or NULL. */
void *table_remove(struct table *t, struct str key);
/* Walks all values, in no order: start with *at = 0; NULL at the end. Not while it changes. */
void *table_next(const struct table *t, size_t *at);

#endif
