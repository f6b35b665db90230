/* quote: from an order's request to prices, and from prices to the answer. Pure: the picture of the
 * reference data is given. Everything lives in the arena. */
#ifndef PRICING_QUOTE_H
#define PRICING_QUOTE_H

#include "proto/pricing.h"
#include "services/pricing/kernel/price.h"
#include "services/pricing/snapshot.h"

/* Prices on lists of other accounts and channels are shown by the first few only: they explain a
 * mistyped account, and a receipt must not grow with the number of customers. */
enum { FOREIGN_SHOWN_COUNT_MAX = 8 };
/* Thresholds told as near, in the order of evaluation; the receipt has all of them. */
enum { NEAR_TOLD_COUNT_MAX = 20 };

/* A remark of the answer as a fact of its own. */
struct quote_remark {
    const struct message_type *type;
    struct price_remark fact;
};

struct quote {
    const struct quote_request *request;
    bool judged; /* false: refused before prices were looked at; then `in` and `result` are empty */
    struct price_input in;
    struct price_result result;
    size_t *left_out; /* per line: foreign candidates that are not shown */
    /* Refused: why. Priced: remarks. */
    struct reason *reasons;
    size_t reasons_count;
    struct quote_remark *remarks;
    size_t remark_count;
};

struct quote quote_price(const struct quote_request *request, const struct snapshot *s,
                         struct arena *a);
bool quote_priced(const struct quote *q);

#endif
