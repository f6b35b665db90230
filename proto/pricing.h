/* pricing: what travels about price lists, discounts and quotes. */
#ifndef PROTO_PRICING_H
#define PROTO_PRICING_H

#include "proto/parts.h"

extern const char *const rounding_names[5]; /* by enum rounding */

enum price_level {
    PRICE_LEVEL_ABSENT = 0,
    PRICE_LEVEL_CONTRACT,
    PRICE_LEVEL_ACCOUNT,
    PRICE_LEVEL_CHANNEL,
    PRICE_LEVEL_BASE
};
extern const char *const price_level_names[5];

enum rounding_point {
    ROUNDING_POINT_ABSENT = 0,
    ROUNDING_POINT_LINE,
    ROUNDING_POINT_UNIT,
    ROUNDING_POINT_ORDER
};
extern const char *const rounding_point_names[4];

enum level_policy { LEVEL_POLICY_ABSENT = 0, LEVEL_POLICY_PRIORITY, LEVEL_POLICY_LOWEST };
extern const char *const level_policy_names[3];

struct price {
    struct str sku, unit;
    struct decimal amount;       /* per unit of measure, in the list's currency; up to 6 decimals */
    struct decimal min_quantity; /* tier (F04), all units; absent = 0 */
};
extern const struct shape price_shape;

struct price_list_put {
    struct str reference; /* "reference:price_list" */
    struct str principal, idempotency_key;
    struct str price_list; /* id */
    enum price_level level;
    struct str account; /* contract and account level: whose */
    struct str channel; /* channel level: which */
    struct str currency;
    int64_t priority; /* higher wins inside a level */
    enum level_policy
        policy; /* inside the level; of the highest-priority list; absent = priority */
    struct instant valid_from, valid_until; /* [from, until); absent = always */
    enum rounding_point rounding_point;     /* absent = line */
    enum rounding rounding;                 /* absent = half_away */
    struct decimal decimals; /* digits that rounding keeps, whole number 0..6; absent = the
                                currency's exponent */
    struct str status;       /* active, inactive */
    struct price *prices;    /* added or replaced by (sku, unit, min_quantity) */
    size_t prices_count;
    struct price *removed; /* prices to take out; amount is not read */
    size_t removed_count;
};
extern const struct shape price_list_put_shape;
extern const struct message_type type_price_list_put;

enum discount_kind { DISCOUNT_ABSENT = 0, DISCOUNT_ALWAYS, DISCOUNT_THRESHOLD };
extern const char *const discount_kind_names[3];
enum discount_base { DISCOUNT_BASE_ABSENT = 0, DISCOUNT_BASE_RUNNING, DISCOUNT_BASE_LIST };
extern const char *const discount_base_names[3];

struct discount {
    struct str discount; /* id */
    enum discount_kind kind;
    int64_t rate_ppm;
    enum discount_base base;     /* absent = running */
    struct str currency;         /* threshold only */
    struct decimal threshold;    /* net subtotal of eligible lines must be > this */
    struct str account;          /* absent = every account */
    struct str *skus, *families; /* both absent = every line */
    size_t skus_count, families_count;
    int64_t priority; /* higher first; then id */
    struct instant valid_from, valid_until;
    struct str status;
};
extern const struct shape discount_shape;
struct discount_put {
    struct str reference; /* "reference:discount" */
    struct str principal, idempotency_key;
    struct discount *items;
    size_t items_count;
};
extern const struct shape discount_put_shape;
extern const struct message_type type_discount_put;

/* --- request of orders, key order */
struct quote_line {
    int64_t line;
    struct str sku, family, category;
    struct quantity quantity;
    struct money agreed_price;
    int64_t agreed_discount_ppm;
};
struct quote_request {
    struct str order, account, unit, channel, currency;
    int64_t version;
    struct instant placed_at;
    struct quote_line *lines;
    size_t lines_count;
    struct charge *charges;
    size_t charges_count;
    bool dry_run;
};
extern const struct shape quote_request_shape;
extern const struct message_type type_quote_request;

/* --- answers, key order */
struct priced_line {
    int64_t line;
    struct money unit_price, gross, discount, net;
    struct str price_list; /* the winner; "agreed" for a quote lock */
};
struct quote_told {
    struct str order;
    int64_t version;
    struct priced_line *lines;
    size_t lines_count;
    struct money subtotal, charges_total, total;
    struct reason
        *reasons; /* refused: why; priced: remarks (contract_above_base, threshold_near) */
    size_t reasons_count;
    struct str receipt_hash;
    struct str versions; /* "price_list=3,discount=1": reference versions used */
    bool dry_run;
};
extern const struct shape quote_told_shape;
extern const struct message_type type_quote_priced, type_quote_refused;

/* contract_above_base, threshold_near: facts for the back office, key order. */
struct price_remark {
    struct str order, account, code, sku, text;
    int64_t line;
    struct money amount;
};
extern const struct shape price_remark_shape;
extern const struct message_type type_contract_above_base, type_threshold_near;
extern const struct message_type type_pricing_command_accepted, type_pricing_command_refused;

#endif
