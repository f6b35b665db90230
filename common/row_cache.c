/* row_cache: two hash tables over two arenas. Nothing is freed by itself: what is replaced lies
 * about until its generation goes, which bounds memory without a list of free rooms. */
#include "common/row_cache.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 1024 };

static struct row_cache_entry *entry_at(const struct row_cache_generation *g,
                                        const struct entity *e, uint64_t hash, const void *key)
{
    size_t at = hash & (g->room - 1);
    for (; g->entries[at].entity; at = (at + 1) & (g->room - 1)) {
        const struct row_cache_entry *entry = &g->entries[at];
        if (entry->hash == hash && entry->entity == e &&
            entity_compare_keys(e, entry->row, key) == 0)
            break;
    }
    return &g->entries[at];
}

static void generation_grow(struct row_cache_generation *g)
{
    struct row_cache_generation grown = *g;
    grown.room = g->room ? g->room * 2 : ROOM_MIN;
    grown.entries = calloc(grown.room, sizeof *grown.entries);
    if (!grown.entries)
        abort(); /* as arena: without memory the process ends */
    for (size_t i = 0; i < g->room; i++)
        if (g->entries[i].entity)
            *entry_at(&grown, g->entries[i].entity, g->entries[i].hash, g->entries[i].row) =
                g->entries[i];
    free(g->entries);
    *g = grown;
}

static void *generation_put(struct row_cache_generation *g, const struct entity *e, uint64_t hash,
                            const void *row)
{
    if (g->count * 2 >= g->room)
        generation_grow(g);
    struct row_cache_entry *entry = entry_at(g, e, hash, row);
    g->count += entry->entity == NULL;
    *entry = (struct row_cache_entry){e, hash, entity_copy(e, row, &g->memory)};
    return entry->row;
}

static void generation_clear(struct row_cache_generation *g)
{
    arena_reset(&g->memory);
    if (g->count)
        memset(g->entries, 0, g->room * sizeof *g->entries);
    g->count = 0;
}

void *row_cache_find(struct row_cache *c, const struct entity *e, uint64_t hash, const void *key)
{
    if (c->young.count) {
        const struct row_cache_entry *entry = entry_at(&c->young, e, hash, key);
        if (entry->entity)
            return entry->row;
    }
    if (!c->old.count)
        return NULL;
    const struct row_cache_entry *entry = entry_at(&c->old, e, hash, key);
    return entry->entity ? generation_put(&c->young, e, hash, entry->row) : NULL;
}

void row_cache_put(struct row_cache *c, const struct entity *e, uint64_t hash, const void *row)
{
    (void)generation_put(&c->young, e, hash, row);
}

void row_cache_trim(struct row_cache *c)
{
    if (c->young.memory.total_size < ROW_CACHE_SIZE_MAX / 2)
        return;
    struct row_cache_generation full = c->young;
    c->young = c->old;
    c->old = full;
    generation_clear(&c->young);
}

void row_cache_clear(struct row_cache *c)
{
    generation_clear(&c->young);
    generation_clear(&c->old);
}

static void generation_release(struct row_cache_generation *g)
{
    arena_release(&g->memory);
    free(g->entries);
    *g = (struct row_cache_generation){0};
}

void row_cache_release(struct row_cache *c)
{
    generation_release(&c->young);
    generation_release(&c->old);
}
