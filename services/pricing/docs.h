/* docs: what pricing keeps of its reference data, as JSON documents with the defaults filled in. A
 * discount is kept as it travels (proto/pricing.h). */
#ifndef PRICING_DOCS_H
#define PRICING_DOCS_H

#include "proto/pricing.h"

/* Kinds of reference data. Ids: price_list and discount: the id; price: see price_id. */
#define KIND_PRICE_LIST "price_list"
#define KIND_PRICE      "price"
#define KIND_DISCOUNT   "discount"

struct list_doc {
    struct str price_list;
    enum price_level level;
    struct str account, channel;
    struct str currency;
    int64_t priority;
    enum level_policy policy;
    struct instant valid_from, valid_until;
    enum rounding_point rounding_point;
    enum rounding rounding;
    int64_t decimals;
    bool active;
};
extern const struct shape list_doc_shape;

struct price_doc {
    struct str price_list, sku, unit;
    struct decimal amount, min_quantity;
};
extern const struct shape price_doc_shape;

/* "<list>|<sku>|<unit>|<min quantity>": neither list nor unit holds a '|' (put_rules.c), so that it
 * can be read back from both ends. In the arena. */
struct str price_id(struct arena *a, struct str list, const struct price *p);
struct price_key {
    struct str list, sku, unit;
    int64_t min_quantity_micro;
};
bool price_id_read(struct str id, struct price_key *out) MUST_CHECK;

/* With defaults filled in; the command is valid. Views into the command. */
struct list_doc list_doc_of(const struct price_list_put *put);
struct price_doc price_doc_of(struct str list, const struct price *p);

#endif
