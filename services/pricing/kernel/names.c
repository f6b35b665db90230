/* names: what levels, verdicts and steps are called in receipts, and what they mean. */
#include "services/pricing/kernel/price.h"

const char *const price_source_names[PRICE_SOURCE_COUNT] = {
    [PRICE_SOURCE_AGREED] = "agreed",   [PRICE_SOURCE_CONTRACT] = "contract",
    [PRICE_SOURCE_ACCOUNT] = "account", [PRICE_SOURCE_CHANNEL] = "channel",
    [PRICE_SOURCE_BASE] = "base",
};

const char *const price_verdict_names[PRICE_VERDICT_COUNT] = {
    [PRICE_VERDICT_WINNER] = "winner",
    [PRICE_VERDICT_INACTIVE] = "inactive",
    [PRICE_VERDICT_CURRENCY] = "currency",
    [PRICE_VERDICT_ACCOUNT] = "account",
    [PRICE_VERDICT_CHANNEL] = "channel",
    [PRICE_VERDICT_NOT_YET_VALID] = "not_yet_valid",
    [PRICE_VERDICT_EXPIRED] = "expired",
    [PRICE_VERDICT_UNIT] = "unit",
    [PRICE_VERDICT_MIN_QUANTITY] = "min_quantity",
    [PRICE_VERDICT_LOWER_TIER] = "lower_tier",
    [PRICE_VERDICT_LOWER_LEVEL] = "lower_level",
    [PRICE_VERDICT_PRIORITY] = "priority",
    [PRICE_VERDICT_EARLIER_START] = "earlier_start",
    [PRICE_VERDICT_HIGHER_AMOUNT] = "higher_amount",
    [PRICE_VERDICT_HIGHER_ID] = "higher_id",
};

const char *const price_verdict_docs[PRICE_VERDICT_COUNT] = {
    [PRICE_VERDICT_WINNER] = "the price of the line",
    [PRICE_VERDICT_INACTIVE] = "the list is not active",
    [PRICE_VERDICT_CURRENCY] = "the list is in another currency; nothing is converted",
    [PRICE_VERDICT_ACCOUNT] = "the list is for another account",
    [PRICE_VERDICT_CHANNEL] = "the list is for another channel",
    [PRICE_VERDICT_NOT_YET_VALID] = "the list begins after the order was placed",
    [PRICE_VERDICT_EXPIRED] = "the list ended at or before the order was placed",
    [PRICE_VERDICT_UNIT] = "the price is for another unit of measure",
    [PRICE_VERDICT_MIN_QUANTITY] = "the tier begins above the order's quantity of this SKU",
    [PRICE_VERDICT_LOWER_TIER] = "the same list has a higher tier that is reached",
    [PRICE_VERDICT_LOWER_LEVEL] = "a level before this one has a price",
    [PRICE_VERDICT_PRIORITY] = "the winner's list has a higher priority",
    [PRICE_VERDICT_EARLIER_START] = "the winner's list begins later",
    [PRICE_VERDICT_HIGHER_AMOUNT] = "the winner is lower",
    [PRICE_VERDICT_HIGHER_ID] = "all else equal, the winner's list id is lower",
};

const char *const price_rule_verdict_names[PRICE_RULE_VERDICT_COUNT] = {
    [PRICE_RULE_APPLIED] = "applied",
    [PRICE_RULE_INACTIVE] = "inactive",
    [PRICE_RULE_CURRENCY] = "currency",
    [PRICE_RULE_ACCOUNT] = "account",
    [PRICE_RULE_NOT_YET_VALID] = "not_yet_valid",
    [PRICE_RULE_EXPIRED] = "expired",
    [PRICE_RULE_NO_LINE] = "no_line",
    [PRICE_RULE_BELOW_THRESHOLD] = "below_threshold",
    [PRICE_RULE_NEAR_THRESHOLD] = "near_threshold",
};

const char *const price_rule_verdict_docs[PRICE_RULE_VERDICT_COUNT] = {
    [PRICE_RULE_APPLIED] = "the discount was taken",
    [PRICE_RULE_INACTIVE] = "the rule is not active",
    [PRICE_RULE_CURRENCY] = "the threshold is in another currency",
    [PRICE_RULE_ACCOUNT] = "the rule is for another account",
    [PRICE_RULE_NOT_YET_VALID] = "the rule begins after the order was placed",
    [PRICE_RULE_EXPIRED] = "the rule ended at or before the order was placed",
    [PRICE_RULE_NO_LINE] = "it speaks of no line of this order",
    [PRICE_RULE_BELOW_THRESHOLD] = "the eligible lines come to no more than the threshold",
    [PRICE_RULE_NEAR_THRESHOLD] = "the same, and at most a tenth of the threshold is missing",
};

const char *const price_step_names[PRICE_STEP_COUNT] = {
    [PRICE_STEP_EXTEND] = "extend",           [PRICE_STEP_AGREED] = "agreed_discount",
    [PRICE_STEP_PERCENT] = "percent",         [PRICE_STEP_ROUND] = "round",
    [PRICE_STEP_MULTIPLY] = "multiply",       [PRICE_STEP_ORDER_DISCOUNT] = "order_discount",
    [PRICE_STEP_ORDER_ROUND] = "order_round",
};
