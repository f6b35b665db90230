/* snapshot: what catalog knows of products, sellers and nodes, to judge commands by. Outlives
 * batches; owned by the runtime. */
#ifndef SERVICES_CATALOG_SNAPSHOT_H
#define SERVICES_CATALOG_SNAPSHOT_H

#include "common/money.h"
#include "common/service.h"
#include "common/table.h"

struct known {
    char *key;            /* owned */
    char unit[UNIT_SIZE]; /* products only */
};

struct snapshot {
    struct table products, sellers, nodes; /* id -> struct known */
    struct arena scratch;
};

void *snapshot_new(void);
void snapshot_apply(void *snapshot, const struct reference_row *row);
void snapshot_free(void *snapshot);

/* NULL when it is not known. */
static inline const struct known *snapshot_product(const struct snapshot *s, struct str sku)
{
    return table_get(&s->products, sku);
}
static inline bool snapshot_has_seller(const struct snapshot *s, struct str seller)
{
    return table_get(&s->sellers, seller) != NULL;
}
static inline bool snapshot_has_node(const struct snapshot *s, struct str node)
{
    return table_get(&s->nodes, node) != NULL;
}

#endif
