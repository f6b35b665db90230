/* order: shapes and types of what travels about orders. */
#include "proto/order.h"

#include "common/limits.h"
#include "proto/rights.h"
#include "proto/type_table.h"

const char *const line_policy_names[] = {NULL, "all_or_nothing", "partial"};
const char *const commit_at_names[] = {NULL, "confirm", "reserve"};
const char *const line_state_names[] = {
    NULL,       "received", "priced",    "pending_approval", "approved", "confirmed", "allocated",
    "released", "shipped",  "delivered", "closed",           "rejected", "cancelled", "expired"};

enum { LINE_NUMBER_MAX = 1000000, PPM = 1000000 };

static const struct member submit_line_members[] = {
    MEMBER(struct submit_line, line, REQUIRED, 1, LINE_NUMBER_MAX, "unique in the order"),
    MEMBER(struct submit_line, sku, REQUIRED, 1, ID_SIZE_MAX, "stock keeping unit"),
    MEMBER_AMOUNT(struct submit_line, quantity, REQUIRED, 1, DECIMALS_MAX,
                  "more than zero, in the product's unit"),
    MEMBER(struct submit_line, seller, OPTIONAL, 1, ID_SIZE_MAX,
           "who sells it; absent: chosen by node priority"),
    MEMBER(struct submit_line, node, OPTIONAL, 1, KEY_SIZE_MAX,
           "stock site seller/site; absent: chosen by priority"),
    MEMBER_AMOUNT(struct submit_line, agreed_price, OPTIONAL, 0, DECIMALS_MAX,
                  "needs the right order_agreed_price"),
    MEMBER(struct submit_line, agreed_discount_ppm, OPTIONAL, 0, PPM,
           "parts per million; needs order_agreed_price"),
    MEMBER(struct submit_line, requested_at, OPTIONAL, 0, 0, "wanted delivery"),
    MEMBER(struct submit_line, cost_centre, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct submit_line, note, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
static const struct shape submit_line_shape =
    SHAPE("submit_line", struct submit_line, submit_line_members, "A wanted line.");

static const struct member order_submit_members[] = {
    MEMBER(struct order_submit, order, REQUIRED, 36, 36,
           "UUID minted by the sender; the key and the idempotency key"),
    MEMBER(struct order_submit, account, REQUIRED, 1, ID_SIZE_MAX, "the company that buys"),
    MEMBER(struct order_submit, unit, OPTIONAL, 1, ID_SIZE_MAX,
           "unit of the account; absent: the buyer's own"),
    MEMBER(struct order_submit, buyer, REQUIRED, 1, ID_SIZE_MAX, "user of the account"),
    MEMBER(struct order_submit, principal, REQUIRED, 1, ID_SIZE_MAX, "who is responsible"),
    MEMBER(struct order_submit, actor, OPTIONAL, 1, 32, "person, agent or system"),
    MEMBER(struct order_submit, sales_rep, OPTIONAL, 1, ID_SIZE_MAX,
           "places for the buyer; needs order_on_behalf"),
    MEMBER(struct order_submit, channel, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_submit, currency, REQUIRED, 3, 3, "ISO 4217"),
    MEMBER_LIST(struct order_submit, lines, REQUIRED, 1, ORDER_LINE_COUNT_MAX, &submit_line_shape,
                NULL),
    MEMBER_OBJECT(struct order_submit, ship_to, OPTIONAL, &address_shape, NULL),
    MEMBER_OBJECT(struct order_submit, bill_to, OPTIONAL, &address_shape, NULL),
    MEMBER(struct order_submit, purchase_order, OPTIONAL, 1, ID_SIZE_MAX, "the buyer's PO number"),
    MEMBER(struct order_submit, reference, OPTIONAL, 1, TEXT_SIZE_MAX,
           "the sender's own reference"),
    MEMBER(struct order_submit, payment_term, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_submit, requested_at, OPTIONAL, 0, 0, "wanted delivery"),
    MEMBER(struct order_submit, placed_at, OPTIONAL, 0, 0,
           "decides prices; more than 5 minutes off needs order_backdate"),
    MEMBER_ENUM(struct order_submit, line_policy, OPTIONAL, line_policy_names,
                "absent: all_or_nothing"),
    MEMBER_ENUM(struct order_submit, commit_at, OPTIONAL, commit_at_names,
                "when credit and stock are committed; absent: confirm"),
    MEMBER_LIST(struct order_submit, charges, OPTIONAL, 0, CHARGE_COUNT_MAX, &charge_shape,
                "needs order_charges"),
    MEMBER(struct order_submit, extensions, OPTIONAL, 0, 0,
           "anything the sender wants to have back"),
};
const struct shape order_submit_shape =
    SHAPE("order_submit", struct order_submit, order_submit_members, "An order wanted.");

#define SUBMIT_TYPE(name_, doc_)                                                                   \
    {                                                                                              \
        .name = name_, .topic = &topic_orders_commands, .shape = &order_submit_shape,              \
        .command = true, .answered_by_service = true,                                              \
        .key_at = TYPE_AT(struct order_submit, order),                                             \
        .subject_at = TYPE_AT(struct order_submit, order),                                         \
        .principal_at = TYPE_AT(struct order_submit, principal),                                   \
        .idempotency_at = TYPE_AT(struct order_submit, order), .doc = doc_                         \
    }
const struct message_type type_order_submit =
    SUBMIT_TYPE("batuta.orders.order.submit.v1", "Order this.");
const struct message_type type_order_preview =
    SUBMIT_TYPE("batuta.orders.order.preview.v1", "Dry run: what would happen, without effect.");

static const struct member order_cancel_members[] = {
    MEMBER(struct order_cancel, order, REQUIRED, 36, 36, NULL),
    MEMBER(struct order_cancel, principal, REQUIRED, 1, ID_SIZE_MAX,
           "the order's principal or buyer, else the right operate"),
    MEMBER(struct order_cancel, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_cancel, reason, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape order_cancel_shape = SHAPE(
    "order_cancel", struct order_cancel, order_cancel_members, "Do not go on with this order.");
const struct message_type type_order_cancel = {
    .name = "batuta.orders.order.cancel.v1",
    .topic = &topic_orders_commands,
    .shape = &order_cancel_shape,
    .command = true,
    .key_at = TYPE_AT(struct order_cancel, order),
    .subject_at = TYPE_AT(struct order_cancel, order),
    .principal_at = TYPE_AT(struct order_cancel, principal),
    .idempotency_at = TYPE_AT(struct order_cancel, idempotency_key),
    .doc = "Cancel whatever of the order is not shipped."};
