/* snapshot: reference rows into tables in memory. */
#include "services/catalog/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "proto/catalog.h"

void *snapshot_new(void)
{
    struct snapshot *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    arena_init(&s->scratch);
    return s;
}

static struct known *known_new(struct str key)
{
    struct known *known = calloc(1, sizeof *known);
    char *copy = malloc(key.size + 1);
    if (known == NULL || copy == NULL)
        abort();
    memcpy(copy, key.at, key.size);
    copy[key.size] = '\0';
    known->key = copy;
    return known;
}

static void known_free(struct known *known)
{
    if (known == NULL)
        return;
    free(known->key);
    free(known);
}

static struct table *table_of(struct snapshot *s, struct str kind)
{
    if (str_is(kind, "product"))
        return &s->products;
    if (str_is(kind, "seller"))
        return &s->sellers;
    return str_is(kind, "node") ? &s->nodes : NULL;
}

/* The unit that a product is counted in. The documents are our own, so one that does not read is
 * of a newer version: the product is known, its unit is not, and no quantity will match it. */
static void unit_read(struct snapshot *s, struct str doc, char unit[UNIT_SIZE])
{
    struct product product;
    struct fault fault;
    arena_reset(&s->scratch);
    if (!shape_decode(&product_shape, doc, SHAPE_OPEN, &s->scratch, &product, &fault))
        return;
    assert(product.unit.size < UNIT_SIZE);
    memcpy(unit, product.unit.at, product.unit.size);
}

void snapshot_apply(void *snapshot, const struct reference_row *row)
{
    struct snapshot *s = snapshot;
    struct table *table = table_of(s, row->kind);
    if (table == NULL)
        return;
    if (!str_present(row->doc)) {
        known_free(table_remove(table, row->id));
        return;
    }
    struct known *known = known_new(row->id);
    if (table == &s->products)
        unit_read(s, row->doc, known->unit);
    known_free(table_put(table, str_of(known->key), known));
}

static void table_empty(struct table *t)
{
    size_t at = 0;
    for (struct known *known = table_next(t, &at); known != NULL; known = table_next(t, &at))
        known_free(known);
    table_release(t);
}

void snapshot_free(void *snapshot)
{
    struct snapshot *s = snapshot;
    if (s == NULL)
        return;
    table_empty(&s->products);
    table_empty(&s->sellers);
    table_empty(&s->nodes);
    arena_release(&s->scratch);
    free(s);
}
