/* stock_rules: how stock is counted, promised, taken and given back. Pure. Amounts are millionths
 * of the row's unit. Every function keeps 0 <= reserved <= on_hand + backorder_limit; one that
 * could not returns false and changes nothing. */
#ifndef SERVICES_CATALOG_STOCK_RULES_H
#define SERVICES_CATALOG_STOCK_RULES_H

#include "services/catalog/rows.h"

enum shortage {
    SHORTAGE_NONE = 0,
    SHORTAGE_NODE_UNKNOWN,
    SHORTAGE_SKU_UNKNOWN,
    SHORTAGE_UNIT_MISMATCH,
    SHORTAGE_OUT_OF_STOCK
};

/* One line of a request, beside the stock that it asks of. */
struct stock_ask {
    size_t index; /* of the line in the request */
    int64_t line;
    struct str sku;
    struct quantity asked;
    const struct stock *stock; /* NULL: none was ever counted there */
    bool node_known, sku_known;
    /* The plan: */
    int64_t take, left; /* left: what was there for this line */
    enum shortage shortage;
};

/* What may still be promised; never below zero. */
int64_t stock_available(const struct stock *s);

/* Plans a reservation: lines are served in the byte order of their SKUs, then in the order of the
 * request, so that the outcome does not depend on how the request was written. Partial: each line
 * gets as much as there is; else all or nothing. Sorts `asks`. Returns whether anything is to be
 * held (a request that asks for nothing holds it). */
bool stock_plan(struct stock_ask *asks, size_t count, enum line_policy policy);

bool stock_hold(struct stock *s, int64_t quantity) MUST_CHECK;      /* reserve */
bool stock_unhold(struct stock *s, int64_t quantity) MUST_CHECK;    /* release before commit */
bool stock_take(struct stock *s, int64_t quantity) MUST_CHECK;      /* commit */
bool stock_take_back(struct stock *s, int64_t quantity) MUST_CHECK; /* release after commit */

/* stock.set and stock.receive: what the row becomes, or why not (path relative to the item). */
bool stock_set(struct stock *s, const struct stock_item *item, struct fault *f) MUST_CHECK;
bool stock_receive(struct stock *s, const struct stock_item *item, struct fault *f) MUST_CHECK;

#endif
