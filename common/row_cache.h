/* row_cache: rows as this process has committed or read them, so that an order's next step need not
 * ask Postgres again. Right only while the partitions are owned: whoever gives one back, or finds
 * that a batch came to another end than its commit, clears it. Two generations: a row that is used
 * again moves to the young one; when that is full, the old one goes at once. */
#ifndef COMMON_ROW_CACHE_H
#define COMMON_ROW_CACHE_H

#include "common/entity.h"

enum { ROW_CACHE_SIZE_MAX = 16 * 1024 * 1024 }; /* bytes of rows; both generations together */

struct row_cache_entry {
    const struct entity *entity; /* NULL: free */
    uint64_t hash;               /* entity_hash_key of the row */
    void *row;                   /* in the generation's memory */
};

struct row_cache_generation {
    struct arena memory;
    struct row_cache_entry *entries; /* open addressing; owned */
    size_t room, count;
};

/* Zeroed is valid and empty. */
struct row_cache {
    struct row_cache_generation young, old;
};

/* NULL: not here (which does not say that it is not stored). Valid until the next trim or clear;
 * not to be changed. */
void *row_cache_find(struct row_cache *c, const struct entity *e, uint64_t hash, const void *key);
/* Keeps a copy in place of the one before. */
void row_cache_put(struct row_cache *c, const struct entity *e, uint64_t hash, const void *row);
/* Between batches: lets go of the old generation when the young one is full. */
void row_cache_trim(struct row_cache *c);
void row_cache_clear(struct row_cache *c);   /* forgets all, keeps memory for the next */
void row_cache_release(struct row_cache *c); /* gives everything back */

#endif
