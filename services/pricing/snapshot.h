/* snapshot: the picture of lists, prices and discounts in memory, kept up to date row by row. One
 * thread. Prices are found by SKU in one step, however many there are. */
#ifndef PRICING_SNAPSHOT_H
#define PRICING_SNAPSHOT_H

#include "common/service.h"
#include "services/pricing/kernel/price.h"

struct snapshot;

void *snapshot_new(void);
/* A row whose document does not read ends the process: it was written by another version. */
void snapshot_apply(void *snapshot, const struct reference_row *row);
void snapshot_free(void *snapshot);

/* All prices of a SKU by list id, unit, minimum: count may be 0. They stay until the next apply. */
struct sku_prices {
    const struct price_candidate *items;
    size_t count;
};
struct sku_prices snapshot_prices(const struct snapshot *s, struct str sku);

/* All discounts in the order of evaluation. */
struct snapshot_rules {
    const struct price_rule *const *items;
    size_t count;
};
struct snapshot_rules snapshot_rules(const struct snapshot *s);

/* NULL when the list is unknown. */
const struct price_tariff *snapshot_list(const struct snapshot *s, struct str id);
size_t snapshot_price_count(const struct snapshot *s);

#endif
