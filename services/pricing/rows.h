/* rows: what pricing keeps: quotes with their receipts, the chain of each order's events, and what
 * a price list may not change. */
#ifndef PRICING_ROWS_H
#define PRICING_ROWS_H

#include "common/fold.h"
#include "proto/pricing.h"

enum quote_outcome { QUOTE_ABSENT = 0, QUOTE_PRICED, QUOTE_REFUSED };
extern const char *const quote_outcome_names[3];

/* One answer: of an order's version, or of a preview of it (the last one counts). */
struct quote_row {
    struct str order_id, version, mode; /* key; mode: "order" or "preview" */
    struct str account, currency;
    enum quote_outcome outcome;
    int64_t total; /* 0 when refused */
    struct instant placed_at;
    struct str versions; /* of the reference data used */
    struct str receipt;  /* canonical JSON, see receipt.h */
    struct sha256 receipt_hash;
    struct quote_told *answer; /* as told: a repeat is the same event */
    struct str event_id;
    int64_t event_sequence; /* 0 for previews, which are in no chain */
};
extern const struct entity quote_entity;

struct quoted_order_row {
    struct str order_id; /* key */
    struct chain chain;  /* of pricing's events about the order */
};
extern const struct entity quoted_order_entity;

struct price_list_row {
    struct str price_list; /* key */
    struct str currency;   /* stays: its prices are in it */
};
extern const struct entity price_list_entity;

#endif
