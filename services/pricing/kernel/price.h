/* price: the pricing kernel, whole in one header. A pure library: no allocation, no I/O, no clock,
 * no floats; the caller gives the memory to work in. The same facts give the same integers, here
 * and in a till. The order of evaluation, every rounding and every tie: services/pricing/README.md.
 *
 * Amounts and quantities are millionths (micro), rates are parts per million, instants are
 * microseconds since 1970 (0 = open). Everything given is only read and stays the caller's. */
#ifndef PRICING_KERNEL_PRICE_H
#define PRICING_KERNEL_PRICE_H

#include "common/money.h"

/* Where a price comes from; the first level that has a candidate wins. */
enum price_source {
    PRICE_SOURCE_ABSENT = 0,
    PRICE_SOURCE_AGREED, /* quote lock: given on the line */
    PRICE_SOURCE_CONTRACT,
    PRICE_SOURCE_ACCOUNT,
    PRICE_SOURCE_CHANNEL,
    PRICE_SOURCE_BASE
};
enum { PRICE_SOURCE_COUNT = PRICE_SOURCE_BASE + 1 };

/* Which candidate of one level wins; the policy of the level's highest-priority list counts. */
enum price_policy { PRICE_POLICY_ABSENT = 0, PRICE_POLICY_PRIORITY, PRICE_POLICY_LOWEST };

/* Where a list rounds. */
enum price_point {
    PRICE_POINT_ABSENT = 0,
    PRICE_POINT_LINE,  /* the net line, once */
    PRICE_POINT_UNIT,  /* the net unit price, then the line */
    PRICE_POINT_ORDER, /* lines keep 6 decimals, their sum over the order is rounded */
};

struct price_rounding {
    enum price_point point;
    enum rounding mode;
    int digits; /* 0..6 */
};

struct price_tariff { /* a price list, without its prices */
    struct str id;
    enum price_source level;     /* contract .. base */
    struct str account, channel; /* absent: whoever */
    char currency[CURRENCY_SIZE];
    int64_t priority; /* higher wins inside a level */
    enum price_policy policy;
    int64_t valid_from_us, valid_until_us; /* [from, until); 0 = open */
    struct price_rounding rounding;
    bool active;
};

struct price_candidate {
    const struct price_tariff *tariff;
    char unit[UNIT_SIZE];
    int64_t amount_micro;       /* >= 0, per unit */
    int64_t min_quantity_micro; /* tier: from this quantity on */
};

/* Why a candidate lost, in the order in which it is asked; the first that holds is told. */
enum price_verdict {
    PRICE_VERDICT_ABSENT = 0,
    PRICE_VERDICT_WINNER,
    PRICE_VERDICT_INACTIVE,
    PRICE_VERDICT_CURRENCY,
    PRICE_VERDICT_ACCOUNT,
    PRICE_VERDICT_CHANNEL,
    PRICE_VERDICT_NOT_YET_VALID,
    PRICE_VERDICT_EXPIRED,
    PRICE_VERDICT_UNIT,
    PRICE_VERDICT_MIN_QUANTITY, /* the tier begins above the quantity */
    PRICE_VERDICT_LOWER_TIER,   /* the same list has a higher tier that is reached */
    PRICE_VERDICT_LOWER_LEVEL,
    PRICE_VERDICT_PRIORITY,
    PRICE_VERDICT_EARLIER_START,
    PRICE_VERDICT_HIGHER_AMOUNT,
    PRICE_VERDICT_HIGHER_ID
};
enum { PRICE_VERDICT_COUNT = PRICE_VERDICT_HIGHER_ID + 1 };

enum price_rule_kind { PRICE_RULE_ABSENT = 0, PRICE_RULE_ALWAYS, PRICE_RULE_THRESHOLD };
enum price_rule_base { PRICE_RULE_BASE_ABSENT = 0, PRICE_RULE_BASE_RUNNING, PRICE_RULE_BASE_LIST };

struct price_rule { /* a discount */
    struct str id;
    enum price_rule_kind kind;
    ppm_t rate_ppm; /* 1..1000000 */
    enum price_rule_base base;
    char currency[CURRENCY_SIZE];      /* threshold only */
    int64_t threshold_micro;           /* the eligible net must be more */
    struct str account;                /* absent: every account */
    const struct str *skus, *families; /* sorted by bytes; both empty: every line */
    size_t sku_count, family_count;
    int64_t priority;                      /* higher first, then id */
    int64_t valid_from_us, valid_until_us; /* [from, until); 0 = open */
    bool active;
};
/* The order of evaluation inside a kind; the caller sorts by it. */
bool price_rule_before(const struct price_rule *a, const struct price_rule *b);

/* What became of a rule in this order. */
enum price_rule_verdict {
    PRICE_RULE_VERDICT_ABSENT = 0,
    PRICE_RULE_APPLIED,
    PRICE_RULE_INACTIVE,
    PRICE_RULE_CURRENCY,
    PRICE_RULE_ACCOUNT,
    PRICE_RULE_NOT_YET_VALID,
    PRICE_RULE_EXPIRED,
    PRICE_RULE_NO_LINE,         /* no line that it speaks of */
    PRICE_RULE_BELOW_THRESHOLD, /* the eligible net is not more than the threshold */
    PRICE_RULE_NEAR_THRESHOLD   /* the same, and at most a tenth of the threshold is missing */
};
enum { PRICE_RULE_VERDICT_COUNT = PRICE_RULE_NEAR_THRESHOLD + 1 };

struct price_line {
    struct str sku, family;
    struct quantity quantity; /* > 0 */
    bool agreed;              /* agreed_micro is the unit price, whatever lists say */
    int64_t agreed_micro;
    ppm_t agreed_ppm;                        /* agreed line discount; 0 = none */
    size_t candidate_first, candidate_count; /* of price_input.candidates: the SKU's prices; no two
                                                lines share one */
};

struct price_input {
    struct str account, channel; /* channel absent: none */
    char currency[CURRENCY_SIZE];
    int64_t at_us; /* prices of this moment */
    const struct price_line *lines;
    size_t line_count; /* >= 1 */
    const struct price_candidate *candidates;
    size_t candidate_count;
    const struct price_rule *const *rules; /* by price_rule_before */
    size_t rule_count;
    const int64_t *charges_micro; /* freight and fees */
    size_t charge_count;
};

/* A line cannot have more percentages than this: products stay exact (wide.h). */
enum { PRICE_PERCENT_COUNT_MAX = 16 };
enum { PRICE_NONE = -1 }; /* "no candidate", "no rule" where an index is told */

enum price_fault {
    PRICE_FAULT_ABSENT = 0,
    PRICE_FAULT_MISSING,  /* no candidate */
    PRICE_FAULT_OVERFLOW, /* an amount is above AMOUNT_MICRO_MAX */
    PRICE_FAULT_PERCENTS  /* more than PRICE_PERCENT_COUNT_MAX percentages on a line */
};

enum price_step_kind {
    PRICE_STEP_ABSENT = 0,
    PRICE_STEP_EXTEND, /* unit price x quantity; point unit: the unit price */
    PRICE_STEP_AGREED, /* agreed line discount */
    PRICE_STEP_PERCENT,
    PRICE_STEP_ROUND,          /* value: net line, or net unit price at point unit */
    PRICE_STEP_MULTIPLY,       /* point unit: rounded net unit price x quantity, rounded */
    PRICE_STEP_ORDER_DISCOUNT, /* value: this line's share, negative */
    PRICE_STEP_ORDER_ROUND     /* value: this line's share of the difference */
};
enum { PRICE_STEP_COUNT = PRICE_STEP_ORDER_ROUND + 1 };

/* One step of a line's arithmetic. Up to ROUND the exact value is carried on; `value_micro` then
 * shows it rounded half away to millionths, for reading only. */
struct price_step {
    enum price_step_kind kind;
    int32_t rule; /* index into price_input.rules, or PRICE_NONE */
    ppm_t rate_ppm;
    enum price_rule_base base;
    int64_t value_micro;
};

struct price_line_result {
    enum price_fault fault;
    enum price_source source;
    int32_t winner;     /* index into price_input.candidates; PRICE_NONE: agreed, or a fault */
    int32_t above_base; /* contract won above this base candidate (index); else PRICE_NONE */
    int64_t above_base_micro;    /* by so much a unit */
    int64_t tier_quantity_micro; /* of this SKU and unit over the order */
    struct price_rounding rounding;
    struct str settings_of; /* the list whose rounding it is; absent: the currency's default */
    int64_t unit_price_micro, gross_micro, discount_micro, net_micro;
    const struct price_step *steps;
    size_t step_count;
};

struct price_rule_result {
    enum price_rule_verdict verdict;
    size_t line_count;              /* eligible lines */
    int64_t tested_micro;           /* threshold: the eligible net before the rule */
    int64_t base_micro;             /* threshold, applied: what the rate was taken of */
    int64_t discount_micro;         /* threshold, applied */
    int64_t missing_micro;          /* threshold, not applied: threshold - tested */
    struct price_rounding rounding; /* threshold, applied: mode and digits of the discount */
};

struct price_result {
    bool priced;
    enum price_fault fault;                         /* of the order as a whole: overflow of a sum */
    struct price_line_result *lines;                /* line_count */
    enum price_verdict *verdicts;                   /* candidate_count */
    struct price_rule_result *rules;                /* rule_count */
    size_t order_rounded_count;                     /* lines whose rounding point is the order */
    int64_t order_exact_micro, order_rounded_micro; /* their sum before and after */
    struct price_rounding order_rounding;
    int64_t subtotal_micro, charges_micro, total_micro;
};

/* Bytes that price_order needs, aligned for any type; bounded by lines x (percentages + rules). */
size_t price_scratch_size(const struct price_input *in);

/* Prices an order. Every line is judged, also when another one fails. The result lives in
 * `scratch`. False: refused; out->fault and the lines' faults say why, amounts are then 0. */
bool price_order(const struct price_input *in, void *scratch, size_t scratch_size,
                 struct price_result *out) MUST_CHECK;

/* Stable names for receipts and describe; [0] is NULL. */
extern const char *const price_source_names[PRICE_SOURCE_COUNT];
extern const char *const price_verdict_names[PRICE_VERDICT_COUNT];
extern const char *const price_verdict_docs[PRICE_VERDICT_COUNT];
extern const char *const price_rule_verdict_names[PRICE_RULE_VERDICT_COUNT];
extern const char *const price_rule_verdict_docs[PRICE_RULE_VERDICT_COUNT];
extern const char *const price_step_names[PRICE_STEP_COUNT];

#endif
