/* order_told: shapes and types of what the orders service tells. */
#include "common/limits.h"
#include "proto/order.h"
#include "proto/type_table.h"

enum { LINE_NUMBER_MAX = 1000000, PPM = 1000000, APPROVAL_COUNT_MAX = 64, REASON_COUNT_MAX = 2000 };
/* Signed amounts: corrections may be negative. */
#define LOWEST (-AMOUNT_MICRO_MAX)

static const struct member order_line_members[] = {
    MEMBER(struct order_line, line, REQUIRED, 1, LINE_NUMBER_MAX, NULL),
    MEMBER(struct order_line, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, name, OPTIONAL, 0, TEXT_SIZE_MAX, "as it was when ordered"),
    MEMBER(struct order_line, seller, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, node, OPTIONAL, 1, KEY_SIZE_MAX, NULL),
    MEMBER_ENUM(struct order_line, state, REQUIRED, line_state_names, NULL),
    MEMBER_AMOUNT(struct order_line, ordered, REQUIRED, 0, DECIMALS_MAX, "as submitted"),
    MEMBER_AMOUNT(struct order_line, quantity, REQUIRED, 0, DECIMALS_MAX, "current"),
    MEMBER_AMOUNT(struct order_line, shipped, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, delivered, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, unit_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, gross, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, discount, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, net, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER(struct order_line, price_list, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, sub_order, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER(struct order_line, requested_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct order_line, cost_centre, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, note, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_line, agreed, OPTIONAL, 0, 32,
           "what the sender agreed: price, discount, price+discount"),
    MEMBER_AMOUNT(struct order_line, agreed_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct order_line, agreed_discount_ppm, OPTIONAL, 0, PPM, NULL),
    MEMBER(struct order_line, code, OPTIONAL, 0, 64, "why rejected, cancelled or short"),
};
const struct shape order_line_shape =
    SHAPE("order_line", struct order_line, order_line_members, "A line as it stands.");

static const struct member sub_order_members[] = {
    MEMBER(struct sub_order, sub_order, REQUIRED, 1, ORDER_LINE_COUNT_MAX, "n of parent-n"),
    MEMBER(struct sub_order, seller, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct sub_order, node, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER(struct sub_order, state, OPTIONAL, 0, 64, "derived from its lines"),
    MEMBER_AMOUNT(struct sub_order, subtotal, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct sub_order, charges, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct sub_order, total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER(struct sub_order, carrier, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct sub_order, tracking, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape sub_order_shape = SHAPE("sub_order", struct sub_order, sub_order_members,
                                           "The part of one seller and ship-from.");

static const struct member approval_members[] = {
    MEMBER(struct approval, tier, REQUIRED, 1, TIER_COUNT_MAX, NULL),
    MEMBER(struct approval, role, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct approval, user, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct approval, decision, REQUIRED, 1, 32, "approved or rejected"),
    MEMBER(struct approval, comment, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct approval, decided_at, REQUIRED, 0, 0, NULL),
};
const struct shape approval_shape =
    SHAPE("approval", struct approval, approval_members, "One decision of one person.");

static const struct member order_snapshot_members[] = {
    MEMBER(struct order_snapshot, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, unit, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, buyer, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, principal, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, actor, OPTIONAL, 0, 32, NULL),
    MEMBER(struct order_snapshot, sales_rep, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, channel, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, currency, REQUIRED, 3, 3, NULL),
    MEMBER(struct order_snapshot, version, REQUIRED, 1, INT64_MAX, "of the content"),
    MEMBER(struct order_snapshot, state, REQUIRED, 1, 64, "derived from the lines"),
    MEMBER_LIST(struct order_snapshot, lines, REQUIRED, 1, ORDER_LINE_COUNT_MAX, &order_line_shape,
                NULL),
    MEMBER_LIST(struct order_snapshot, sub_orders, OPTIONAL, 0, ORDER_LINE_COUNT_MAX,
                &sub_order_shape, NULL),
    MEMBER_LIST(struct order_snapshot, charges, OPTIONAL, 0, CHARGE_COUNT_MAX, &charge_shape, NULL),
    MEMBER_AMOUNT(struct order_snapshot, subtotal, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_snapshot, charges_total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_snapshot, total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_OBJECT(struct order_snapshot, ship_to, OPTIONAL, &address_shape, NULL),
    MEMBER_OBJECT(struct order_snapshot, bill_to, OPTIONAL, &address_shape, NULL),
    MEMBER(struct order_snapshot, purchase_order, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_snapshot, payment_term, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_ENUM(struct order_snapshot, line_policy, OPTIONAL, line_policy_names, NULL),
    MEMBER_ENUM(struct order_snapshot, commit_at, OPTIONAL, commit_at_names, "absent: confirm"),
    MEMBER(struct order_snapshot, placed_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct order_snapshot, recorded_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct order_snapshot, requested_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct order_snapshot, confirmed_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct order_snapshot, closed_at, OPTIONAL, 0, 0, NULL),
    MEMBER_LIST(struct order_snapshot, approvals, OPTIONAL, 0, APPROVAL_COUNT_MAX, &approval_shape,
                NULL),
    MEMBER_LIST(struct order_snapshot, reasons, OPTIONAL, 0, REASON_COUNT_MAX, &reason_shape, NULL),
    MEMBER(struct order_snapshot, content_hash, OPTIONAL, 0, 64,
           "SHA-256 that an approval binds to"),
    MEMBER(struct order_snapshot, receipt_hash, OPTIONAL, 0, 64, "SHA-256 of the price receipt"),
    MEMBER(struct order_snapshot, extensions, OPTIONAL, 0, 0, NULL),
};
const struct shape order_snapshot_shape =
    SHAPE("order_snapshot", struct order_snapshot, order_snapshot_members,
          "The whole order as it stands.");

static const struct member order_fact_members[] = {
    MEMBER(struct order_fact, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_fact, account, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_fact, state, OPTIONAL, 0, 64, "of the order after this step"),
    MEMBER(struct order_fact, version, OPTIONAL, 0, INT64_MAX, NULL),
    MEMBER_AMOUNT(struct order_fact, total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER(struct order_fact, sub_order, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER_LIST(struct order_fact, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, &line_quantity_shape,
                "absent: all"),
    MEMBER_LIST(struct order_fact, reasons, OPTIONAL, 0, REASON_COUNT_MAX, &reason_shape, NULL),
    MEMBER(struct order_fact, buyer, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_fact, principal, OPTIONAL, 0, ID_SIZE_MAX, "who caused this step"),
    MEMBER(struct order_fact, purchase_order, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_fact, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_fact, carrier, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_fact, tracking, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_fact, content_hash, OPTIONAL, 0, 64, NULL),
};
const struct shape order_fact_shape =
    SHAPE("order_fact", struct order_fact, order_fact_members, "A step of an order.");

#define FACT(verb_, doc_)                                                                          \
    ORDER_TYPE("batuta.orders.order." verb_ ".v1", topic_orders_events, struct order_fact,         \
               order_fact_shape, order, doc_)
#define WHOLE(verb_, topic_, doc_)                                                                 \
    ORDER_TYPE("batuta.orders.order." verb_ ".v1", topic_, struct order_snapshot,                  \
               order_snapshot_shape, order, doc_)

const struct message_type type_order_received = FACT("received", "Taken; the answer to submit.");
const struct message_type type_order_priced = FACT("priced", "Every line has its price.");
const struct message_type type_order_approval_pending =
    FACT("approval_pending", "People must say yes.");
const struct message_type type_order_approved =
    FACT("approved", "Authorised: credit held, all said yes.");
const struct message_type type_order_confirmed =
    WHOLE("confirmed", topic_orders_events, "Stock and credit hold: the facts, frozen.");
const struct message_type type_order_refused = FACT("refused", "A business no, with reasons.");
const struct message_type type_order_cancelled =
    FACT("cancelled", "Cancelled, in whole or the lines named.");
const struct message_type type_order_cancel_refused =
    FACT("cancel_refused", "Too late to cancel: already shipped.");
const struct message_type type_order_expired = FACT("expired", "Nobody said yes in time.");
const struct message_type type_order_accepted =
    FACT("accepted", "The seller accepted a sub-order.");
const struct message_type type_order_line_rejected =
    FACT("line_rejected", "The seller rejected lines.");
const struct message_type type_order_shipped = FACT("shipped", "Goods left.");
const struct message_type type_order_delivered = FACT("delivered", "Goods arrived.");
const struct message_type type_order_closed = FACT("closed", "Nothing more will happen.");
const struct message_type type_order_previewed =
    WHOLE("previewed", topic_orders_events, "What would have happened.");
const struct message_type type_order_state =
    WHOLE("state", topic_orders_state, "Snapshot whenever the order rests or ends.");
const struct message_type type_orders_command_accepted =
    ACCEPTED_TYPE("orders", topic_orders_events);
const struct message_type type_orders_command_refused = REFUSED_TYPE("orders", topic_orders_events);
