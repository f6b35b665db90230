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
    struct str event_id; /* of the answer, which the receipt gives again */
    /* Of pricing's events about the order, up to the answer; previews are in no chain. */
    struct chain chain;
};
extern const struct entity quote_entity;

/* Where the chain stands of an order that was asked in more than its first version; till then the
 * quote of version 1 knows it. */
struct quote_chain_row {
    struct str order_id; /* key */
    struct chain chain;
};
extern const struct entity quote_chain_entity;

struct price_list_row {
    struct str price_list; /* key */
    struct str currency;   /* stays: its prices are in it */
};
extern const struct entity price_list_entity;

#endif
