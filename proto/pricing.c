/* pricing: shapes and types of price lists, discounts and quotes. */
#include "proto/pricing.h"

#include "common/limits.h"
#include "proto/rights.h"
#include "proto/type_table.h"

const char *const rounding_names[] = {NULL, "half_away", "half_even", "half_up", "half_down"};
const char *const price_level_names[] = {NULL, "contract", "account", "channel", "base"};
const char *const rounding_point_names[] = {NULL, "line", "unit", "order"};
const char *const level_policy_names[] = {NULL, "priority", "lowest"};
const char *const discount_kind_names[] = {NULL, "always", "threshold"};
const char *const discount_base_names[] = {NULL, "running", "list"};

enum { PRIORITY_MAX = 1000000, LINE_NUMBER_MAX = 1000000, PPM = 1000000, REASON_COUNT_MAX = 2000 };
#define LOWEST (-AMOUNT_MICRO_MAX)

static const struct member price_members[] = {
    MEMBER(struct price, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct price, unit, REQUIRED, 1, UNIT_SIZE - 1, "UN/ECE Rec 20"),
    MEMBER_AMOUNT(struct price, amount, OPTIONAL, 0, DECIMALS_MAX,
                  "per unit, in the list's currency; required in prices"),
    MEMBER_AMOUNT(struct price, min_quantity, OPTIONAL, 0, DECIMALS_MAX, "from this quantity on"),
};
const struct shape price_shape = SHAPE("price", struct price, price_members, "A price of a list.");

static const struct member price_list_put_members[] = {
    MEMBER(struct price_list_put, reference, REQUIRED, 1, KEY_SIZE_MAX, "reference:price_list"),
    MEMBER(struct price_list_put, principal, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct price_list_put, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct price_list_put, price_list, REQUIRED, 1, ID_SIZE_MAX, "id"),
    MEMBER_ENUM(struct price_list_put, level, REQUIRED, price_level_names,
                "contract before account, channel, base"),
    MEMBER(struct price_list_put, account, OPTIONAL, 1, ID_SIZE_MAX, "contract and account: whose"),
    MEMBER(struct price_list_put, channel, OPTIONAL, 1, ID_SIZE_MAX, "channel: which"),
    MEMBER(struct price_list_put, currency, REQUIRED, 3, 3, "ISO 4217"),
    MEMBER(struct price_list_put, priority, OPTIONAL, 0, PRIORITY_MAX,
           "higher wins inside a level"),
    MEMBER_ENUM(struct price_list_put, policy, OPTIONAL, level_policy_names,
                "inside the level; absent: priority"),
    MEMBER(struct price_list_put, valid_from, OPTIONAL, 0, 0, "inclusive"),
    MEMBER(struct price_list_put, valid_until, OPTIONAL, 0, 0, "exclusive"),
    MEMBER_ENUM(struct price_list_put, rounding_point, OPTIONAL, rounding_point_names,
                "absent: line"),
    MEMBER_ENUM(struct price_list_put, rounding, OPTIONAL, rounding_names, "absent: half_away"),
    MEMBER_AMOUNT(struct price_list_put, decimals, OPTIONAL, 0, 0,
                  "kept by rounding, 0 to 6; absent: the currency's"),
    MEMBER(struct price_list_put, status, OPTIONAL, 1, 32, "active (default) or inactive"),
    MEMBER_LIST(struct price_list_put, prices, OPTIONAL, 0, REFERENCE_ITEM_COUNT_MAX, &price_shape,
                "added or replaced"),
    MEMBER_LIST(struct price_list_put, removed, OPTIONAL, 0, REFERENCE_ITEM_COUNT_MAX, &price_shape,
                "taken out"),
};
const struct shape price_list_put_shape =
    SHAPE("price_list_put", struct price_list_put, price_list_put_members,
          "A price list, created or changed in one version.");
const struct message_type type_price_list_put =
    COMMAND_TYPE("batuta.pricing.price_list.put.v1", topic_pricing_commands, struct price_list_put,
                 price_list_put_shape, reference, RIGHT_PRICING, "Create or change a price list.");

static const struct member discount_members[] = {
    MEMBER(struct discount, discount, REQUIRED, 1, ID_SIZE_MAX, "id"),
    MEMBER_ENUM(struct discount, kind, REQUIRED, discount_kind_names,
                "always: every line; threshold: on the order"),
    MEMBER(struct discount, rate_ppm, REQUIRED, 1, PPM, "parts per million"),
    MEMBER_ENUM(struct discount, base, OPTIONAL, discount_base_names, "absent: running"),
    MEMBER(struct discount, currency, OPTIONAL, 3, 3, "threshold: its currency"),
    MEMBER_AMOUNT(struct discount, threshold, OPTIONAL, 0, DECIMALS_MAX,
                  "net subtotal must be more than this"),
    MEMBER(struct discount, account, OPTIONAL, 1, ID_SIZE_MAX, "absent: every account"),
    MEMBER_TEXTS(struct discount, skus, OPTIONAL, 0, REFERENCE_ITEM_COUNT_MAX, NULL),
    MEMBER_TEXTS(struct discount, families, OPTIONAL, 0, REFERENCE_ITEM_COUNT_MAX, NULL),
    MEMBER(struct discount, priority, OPTIONAL, 0, PRIORITY_MAX, "higher first"),
    MEMBER(struct discount, valid_from, OPTIONAL, 0, 0, "inclusive"),
    MEMBER(struct discount, valid_until, OPTIONAL, 0, 0, "exclusive"),
    MEMBER(struct discount, status, OPTIONAL, 1, 32, "active (default) or inactive"),
};
const struct shape discount_shape =
    SHAPE("discount", struct discount, discount_members, "A discount rule.");
static const struct member discount_put_members[] = {
    MEMBER(struct discount_put, reference, REQUIRED, 1, KEY_SIZE_MAX, "reference:discount"),
    MEMBER(struct discount_put, principal, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct discount_put, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_LIST(struct discount_put, items, REQUIRED, 1, REFERENCE_ITEM_COUNT_MAX, &discount_shape,
                NULL),
};
const struct shape discount_put_shape =
    SHAPE("discount_put", struct discount_put, discount_put_members,
          "Discount rules created or changed.");
const struct message_type type_discount_put =
    COMMAND_TYPE("batuta.pricing.discount.put.v1", topic_pricing_commands, struct discount_put,
                 discount_put_shape, reference, RIGHT_PRICING, "Create or change discount rules.");

static const struct member quote_line_members[] = {
    MEMBER(struct quote_line, line, REQUIRED, 1, LINE_NUMBER_MAX, NULL),
    MEMBER(struct quote_line, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_line, family, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_line, category, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct quote_line, quantity, REQUIRED, 1, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct quote_line, agreed_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct quote_line, agreed_discount_ppm, OPTIONAL, 0, PPM, NULL),
};
static const struct shape quote_line_shape =
    SHAPE("quote_line", struct quote_line, quote_line_members, NULL);
static const struct member quote_request_members[] = {
    MEMBER(struct quote_request, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_request, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_request, unit, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_request, channel, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_request, currency, REQUIRED, 3, 3, NULL),
    MEMBER(struct quote_request, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct quote_request, placed_at, REQUIRED, 0, 0, "prices of this moment"),
    MEMBER_LIST(struct quote_request, lines, REQUIRED, 1, ORDER_LINE_COUNT_MAX, &quote_line_shape,
                NULL),
    MEMBER_LIST(struct quote_request, charges, OPTIONAL, 0, CHARGE_COUNT_MAX, &charge_shape, NULL),
    MEMBER(struct quote_request, dry_run, OPTIONAL, 0, 0, NULL),
};
const struct shape quote_request_shape =
    SHAPE("quote_request", struct quote_request, quote_request_members, "An order to be priced.");
const struct message_type type_quote_request =
    ORDER_TYPE("batuta.pricing.quote.request.v1", topic_pricing_requests, struct quote_request,
               quote_request_shape, order, "Price this order.");

static const struct member priced_line_members[] = {
    MEMBER(struct priced_line, line, REQUIRED, 1, LINE_NUMBER_MAX, NULL),
    MEMBER_AMOUNT(struct priced_line, unit_price, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct priced_line, gross, REQUIRED, LOWEST, DECIMALS_MAX,
                  "unit price x quantity, rounded"),
    MEMBER_AMOUNT(struct priced_line, discount, REQUIRED, LOWEST, DECIMALS_MAX, "gross - net"),
    MEMBER_AMOUNT(struct priced_line, net, REQUIRED, LOWEST, DECIMALS_MAX, NULL),
    MEMBER(struct priced_line, price_list, REQUIRED, 1, ID_SIZE_MAX,
           "that won; \"agreed\" for a price lock"),
};
static const struct shape priced_line_shape =
    SHAPE("priced_line", struct priced_line, priced_line_members, NULL);
static const struct member quote_told_members[] = {
    MEMBER(struct quote_told, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct quote_told, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER_LIST(struct quote_told, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, &priced_line_shape,
                NULL),
    MEMBER_AMOUNT(struct quote_told, subtotal, OPTIONAL, LOWEST, DECIMALS_MAX, "sum of line nets"),
    MEMBER_AMOUNT(struct quote_told, charges_total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct quote_told, total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_LIST(struct quote_told, reasons, OPTIONAL, 0, REASON_COUNT_MAX, &reason_shape, NULL),
    MEMBER(struct quote_told, receipt_hash, OPTIONAL, 0, 64, "SHA-256 of the canonical receipt"),
    MEMBER(struct quote_told, versions, OPTIONAL, 0, TEXT_SIZE_MAX, "reference versions used"),
    MEMBER(struct quote_told, dry_run, OPTIONAL, 0, 0, NULL),
};
const struct shape quote_told_shape =
    SHAPE("quote_told", struct quote_told, quote_told_members, "What an order costs.");
const struct message_type type_quote_priced =
    ORDER_TYPE("batuta.pricing.quote.priced.v1", topic_pricing_events, struct quote_told,
               quote_told_shape, order, "Every line has its price.");
const struct message_type type_quote_refused =
    ORDER_TYPE("batuta.pricing.quote.refused.v1", topic_pricing_events, struct quote_told,
               quote_told_shape, order, "At least one line has no price.");

static const struct member price_remark_members[] = {
    MEMBER(struct price_remark, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct price_remark, account, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct price_remark, code, REQUIRED, 1, 64, NULL),
    MEMBER(struct price_remark, line, OPTIONAL, 0, LINE_NUMBER_MAX, NULL),
    MEMBER(struct price_remark, sku, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct price_remark, amount, OPTIONAL, LOWEST, DECIMALS_MAX,
                  "above base by; missing amount"),
    MEMBER(struct price_remark, text, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape price_remark_shape =
    SHAPE("price_remark", struct price_remark, price_remark_members,
          "Something worth knowing about a price.");
const struct message_type type_contract_above_base =
    ORDER_TYPE("batuta.pricing.contract.above_base.v1", topic_pricing_events, struct price_remark,
               price_remark_shape, order, "A contract price above the base list was kept.");
const struct message_type type_threshold_near =
    ORDER_TYPE("batuta.pricing.threshold.near.v1", topic_pricing_events, struct price_remark,
               price_remark_shape, order, "Little is missing to the next discount.");
const struct message_type type_pricing_command_accepted =
    ACCEPTED_TYPE("pricing", topic_pricing_events);
const struct message_type type_pricing_command_refused =
    REFUSED_TYPE("pricing", topic_pricing_events);
