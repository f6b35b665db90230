/* receipt_shape: the members of a receipt in canonical order. */
#include "services/pricing/receipt.h"

#include "common/limits.h"

enum { PPM = 1000000, PRIORITY_MAX = 1000000, LINE_NUMBER_MAX = 1000000, CODE_SIZE_MAX = 64 };
enum { RECEIPT_ITEM_COUNT_MAX = 1000000 };

#define ID(T, m)       MEMBER(T, m, REQUIRED, 1, ID_SIZE_MAX, NULL)
#define ID_MAYBE(T, m) MEMBER(T, m, OPTIONAL, 0, ID_SIZE_MAX, NULL)
#define CODE(T, m)     MEMBER(T, m, REQUIRED, 1, CODE_SIZE_MAX, NULL)
#define WORD(T, m)     MEMBER(T, m, OPTIONAL, 0, CODE_SIZE_MAX, NULL)
#define MICROS(T, m)   MEMBER(T, m, REQUIRED, INT64_MIN, INT64_MAX, NULL)
#define COUNT(T, m)    MEMBER(T, m, REQUIRED, 0, INT64_MAX, NULL)
#define DIGITS(T, m)   MEMBER(T, m, REQUIRED, 0, DECIMALS_MAX, NULL)
#define LIST(T, m, s)  MEMBER_LIST(T, m, OPTIONAL, 0, RECEIPT_ITEM_COUNT_MAX, s, NULL)

static const struct member list_members[] = {
    ID(struct receipt_list, list),
    CODE(struct receipt_list, level),
    ID_MAYBE(struct receipt_list, account),
    ID_MAYBE(struct receipt_list, channel),
    MEMBER(struct receipt_list, currency, OPTIONAL, 0, 3, NULL),
    MEMBER(struct receipt_list, priority, REQUIRED, 0, PRIORITY_MAX, NULL),
    WORD(struct receipt_list, policy),
    MEMBER(struct receipt_list, valid_from, OPTIONAL, 0, 0, NULL),
    MEMBER(struct receipt_list, valid_until, OPTIONAL, 0, 0, NULL),
    WORD(struct receipt_list, rounding_point),
    WORD(struct receipt_list, rounding),
    DIGITS(struct receipt_list, decimals),
    MEMBER(struct receipt_list, active, REQUIRED, 0, 0, NULL),
};
static const struct shape list_shape =
    SHAPE("receipt_list", struct receipt_list, list_members, "A price list that was looked at.");

static const struct member candidate_members[] = {
    ID(struct receipt_candidate, list),
    CODE(struct receipt_candidate, level),
    CODE(struct receipt_candidate, unit),
    MICROS(struct receipt_candidate, amount_micro),
    MICROS(struct receipt_candidate, min_quantity_micro),
    MEMBER(struct receipt_candidate, priority, REQUIRED, 0, PRIORITY_MAX, NULL),
    MEMBER(struct receipt_candidate, verdict, OPTIONAL, 0, CODE_SIZE_MAX, "winner, or why it lost"),
};
static const struct shape candidate_shape = SHAPE("receipt_candidate", struct receipt_candidate,
                                                  candidate_members, "A price that might win.");

static const struct member step_members[] = {
    CODE(struct receipt_step, step),
    ID_MAYBE(struct receipt_step, rule),
    MEMBER(struct receipt_step, rate_ppm, OPTIONAL, 0, PPM, NULL),
    WORD(struct receipt_step, base),
    MICROS(struct receipt_step, value_micro),
};
static const struct shape step_shape =
    SHAPE("receipt_step", struct receipt_step, step_members, "A step of the arithmetic.");

static const struct member line_members[] = {
    MEMBER(struct receipt_line, line, REQUIRED, 1, LINE_NUMBER_MAX, NULL),
    ID(struct receipt_line, sku),
    ID_MAYBE(struct receipt_line, family),
    CODE(struct receipt_line, unit),
    MICROS(struct receipt_line, quantity_micro),
    MEMBER(struct receipt_line, tier_quantity_micro, REQUIRED, INT64_MIN, INT64_MAX,
           "of this SKU and unit over the order"),
    MEMBER(struct receipt_line, agreed, OPTIONAL, 0, 0, "the price was given with the order"),
    MEMBER(struct receipt_line, agreed_discount_ppm, OPTIONAL, 0, PPM, NULL),
    WORD(struct receipt_line, refused),
    WORD(struct receipt_line, level),
    ID_MAYBE(struct receipt_line, winner),
    ID_MAYBE(struct receipt_line, settings_of),
    WORD(struct receipt_line, rounding_point),
    WORD(struct receipt_line, rounding),
    DIGITS(struct receipt_line, decimals),
    LIST(struct receipt_line, candidates, &candidate_shape),
    MEMBER(struct receipt_line, left_out, OPTIONAL, 0, INT64_MAX,
           "prices of other accounts and channels that are not shown"),
    LIST(struct receipt_line, steps, &step_shape),
    MICROS(struct receipt_line, unit_price_micro),
    MICROS(struct receipt_line, gross_micro),
    MICROS(struct receipt_line, discount_micro),
    MICROS(struct receipt_line, net_micro),
};
static const struct shape line_shape =
    SHAPE("receipt_line", struct receipt_line, line_members, "How a line got its price.");

static const struct member rule_members[] = {
    ID(struct receipt_rule, discount),
    CODE(struct receipt_rule, kind),
    CODE(struct receipt_rule, base),
    MEMBER(struct receipt_rule, rate_ppm, REQUIRED, 0, PPM, NULL),
    MEMBER(struct receipt_rule, priority, REQUIRED, 0, PRIORITY_MAX, NULL),
    MICROS(struct receipt_rule, threshold_micro),
    CODE(struct receipt_rule, verdict),
    COUNT(struct receipt_rule, lines),
    MICROS(struct receipt_rule, tested_micro),
    MICROS(struct receipt_rule, base_micro),
    MICROS(struct receipt_rule, discount_micro),
    MICROS(struct receipt_rule, missing_micro),
    WORD(struct receipt_rule, rounding),
    DIGITS(struct receipt_rule, decimals),
};
static const struct shape rule_shape =
    SHAPE("receipt_rule", struct receipt_rule, rule_members, "What became of a discount rule.");

static const struct member charge_members[] = {
    CODE(struct receipt_charge, code),
    MICROS(struct receipt_charge, amount_micro),
};
static const struct shape charge_of_receipt =
    SHAPE("receipt_charge", struct receipt_charge, charge_members, NULL);

static const struct member order_rounding_members[] = {
    COUNT(struct receipt_order_rounding, lines),
    MICROS(struct receipt_order_rounding, exact_micro),
    MICROS(struct receipt_order_rounding, rounded_micro),
    CODE(struct receipt_order_rounding, rounding),
    DIGITS(struct receipt_order_rounding, decimals),
};
static const struct shape order_rounding_shape =
    SHAPE("receipt_order_rounding", struct receipt_order_rounding, order_rounding_members, NULL);

static const struct member receipt_members[] = {
    CODE(struct receipt, format),
    ID(struct receipt, order),
    MEMBER(struct receipt, version, REQUIRED, 1, INT64_MAX, NULL),
    ID(struct receipt, account),
    ID_MAYBE(struct receipt, channel),
    MEMBER(struct receipt, currency, REQUIRED, 3, 3, NULL),
    MEMBER(struct receipt, currency_decimals, REQUIRED, -1, DECIMALS_MAX, NULL),
    CODE(struct receipt, currency_table),
    MEMBER(struct receipt, placed_at, REQUIRED, 0, 0, "prices of this moment"),
    MEMBER(struct receipt, versions, REQUIRED, 1, TEXT_SIZE_MAX, "of the reference data"),
    CODE(struct receipt, outcome),
    LIST(struct receipt, lists, &list_shape),
    LIST(struct receipt, lines, &line_shape),
    LIST(struct receipt, rules, &rule_shape),
    MEMBER_OBJECT(struct receipt, order_rounding, OPTIONAL, &order_rounding_shape, NULL),
    LIST(struct receipt, charges, &charge_of_receipt),
    LIST(struct receipt, reasons, &reason_shape),
    MICROS(struct receipt, subtotal_micro),
    MICROS(struct receipt, charges_micro),
    MICROS(struct receipt, total_micro),
};
const struct shape receipt_shape =
    SHAPE("batuta.receipt.v1", struct receipt, receipt_members, "Why an order costs what it does.");
