/* receipt: why an order costs what it costs (F07). A canonical JSON document, whose SHA-256 is told
 * with the answer: members in the order below, no white space, every amount and quantity an integer
 * in millionths ("_micro"). It holds all that went into the decision and nothing else (no clock, no
 * mode), so that the same facts give the same hash. services/pricing/README.md explains how to
 * follow it by hand. */
#ifndef PRICING_RECEIPT_H
#define PRICING_RECEIPT_H

#include "services/pricing/quote.h"

/* A list that has a candidate in this order, with its settings. */
struct receipt_list {
    struct str list, level, account, channel, currency;
    int64_t priority;
    struct str policy;
    struct instant valid_from, valid_until;
    struct str rounding_point, rounding;
    int64_t decimals;
    bool active;
};

struct receipt_candidate {
    struct str list, level, unit;
    int64_t amount_micro, min_quantity_micro, priority;
    struct str verdict; /* "winner", or why it lost */
};

struct receipt_step {
    struct str step, rule; /* rule: of percent and order_discount */
    int64_t rate_ppm;
    struct str base;
    int64_t value_micro; /* after this step; order_discount and order_round: what is added */
};

struct receipt_line {
    int64_t line;
    struct str sku, family, unit;
    int64_t quantity_micro, tier_quantity_micro;
    bool agreed; /* price lock */
    int64_t agreed_discount_ppm;
    struct str refused; /* code; the amounts below are then 0 */
    struct str level, winner;
    struct str settings_of; /* list whose rounding it is; absent: the currency's */
    struct str rounding_point, rounding;
    int64_t decimals;
    struct receipt_candidate *candidates;
    size_t candidates_count;
    int64_t left_out; /* candidates of other accounts and channels that are not shown */
    struct receipt_step *steps;
    size_t steps_count;
    int64_t unit_price_micro, gross_micro, discount_micro, net_micro;
};

struct receipt_rule {
    struct str discount, kind, base;
    int64_t rate_ppm, priority, threshold_micro;
    struct str verdict;
    int64_t lines; /* that it speaks of */
    int64_t tested_micro, base_micro, discount_micro, missing_micro;
    struct str rounding; /* of the discount; threshold rules that applied */
    int64_t decimals;
};

struct receipt_charge {
    struct str code;
    int64_t amount_micro;
};

/* Lines that are rounded by the order: their sum before and after. */
struct receipt_order_rounding {
    int64_t lines, exact_micro, rounded_micro;
    struct str rounding;
    int64_t decimals;
};

struct receipt {
    struct str format; /* "batuta.receipt.v1" */
    struct str order;
    int64_t version;
    struct str account, channel, currency;
    int64_t currency_decimals;
    struct str currency_table;
    struct instant placed_at;
    struct str versions; /* of the reference data */
    struct str outcome;  /* priced, refused */
    struct receipt_list *lists;
    size_t lists_count;
    struct receipt_line *lines;
    size_t lines_count;
    struct receipt_rule *rules;
    size_t rules_count;
    struct receipt_order_rounding *order_rounding;
    struct receipt_charge *charges;
    size_t charges_count;
    struct reason *reasons;
    size_t reasons_count;
    int64_t subtotal_micro, charges_micro, total_micro;
};
extern const struct shape receipt_shape;

/* Lives in the arena. */
struct receipt *receipt_of(const struct quote *q, struct str versions, struct arena *a);
struct str receipt_text(const struct receipt *r, struct arena *a, struct sha256 *hash);
/* The answer: it says nothing that the receipt does not say, so that it can be told again from it.
 */
struct quote_told receipt_told(const struct receipt *r, const struct sha256 *hash, struct arena *a);

#endif
