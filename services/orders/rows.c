/* rows: the columns of an order. Statements in store.sql follow this order. */
#include "services/orders/rows.h"

#include "common/limits.h"

const char *const order_state_names[] = {
    NULL,      "received",  "priced", "pending_approval", "approved",  "confirmed", "accepted",
    "shipped", "delivered", "closed", "refused",          "cancelled", "expired",   "previewed"};
const char *const saga_step_names[] = {NULL,        "pricing",    "authorizing",
                                       "reserving", "fulfilling", "ended"};
const char *const credit_state_names[] = {NULL,      "asked",     "pending",  "granted",
                                          "refused", "committed", "released", "settled"};
const char *const stock_state_names[] = {NULL,      "asked",     "reserved",
                                         "refused", "committed", "released"};
const char *const stop_state_names[] = {NULL, "asked", "refused", "done"};

static const struct member reservation_members[] = {
    MEMBER(struct reservation, node, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER_ENUM(struct reservation, state, REQUIRED, stock_state_names, NULL),
    MEMBER(struct reservation, version, OPTIONAL, 0, INT64_MAX, "of the order when asked"),
    MEMBER_ENUM(struct reservation, stop, OPTIONAL, stop_state_names,
                "whether the seller was asked to stop, and said so"),
};
const struct shape reservation_shape =
    SHAPE("reservation", struct reservation, reservation_members, "How far one node has come.");

static const struct column columns[] = {
    COLUMN(struct order_row, order_id),
    COLUMN(struct order_row, account),
    COLUMN(struct order_row, unit),
    COLUMN(struct order_row, buyer),
    COLUMN(struct order_row, principal),
    COLUMN(struct order_row, actor),
    COLUMN(struct order_row, sales_rep),
    COLUMN(struct order_row, channel),
    COLUMN(struct order_row, currency),
    COLUMN(struct order_row, purchase_order),
    COLUMN(struct order_row, reference),
    COLUMN(struct order_row, payment_term),
    COLUMN_ENUM_OF(struct order_row, line_policy, line_policy_names),
    COLUMN(struct order_row, dry_run),
    COLUMN(struct order_row, refused_at_door),
    COLUMN_ENUM_OF(struct order_row, state, order_state_names),
    COLUMN_ENUM_OF(struct order_row, outcome, order_state_names),
    COLUMN_ENUM_OF(struct order_row, step, saga_step_names),
    COLUMN_ENUM_OF(struct order_row, credit, credit_state_names),
    COLUMN(struct order_row, version),
    COLUMN(struct order_row, priced),
    COLUMN_AMOUNT_OF(struct order_row, subtotal),
    COLUMN_AMOUNT_OF(struct order_row, charges_total),
    COLUMN_AMOUNT_OF(struct order_row, total),
    COLUMN_LIST_OF(struct order_row, lines, &order_line_shape),
    COLUMN_LIST_OF(struct order_row, sub_orders, &sub_order_shape),
    COLUMN_LIST_OF(struct order_row, charges, &charge_shape),
    COLUMN_LIST_OF(struct order_row, approvals, &approval_shape),
    COLUMN_LIST_OF(struct order_row, reasons, &reason_shape),
    COLUMN_LIST_OF(struct order_row, reservations, &reservation_shape),
    COLUMN_OBJECT_OF(struct order_row, ship_to, &address_shape),
    COLUMN_OBJECT_OF(struct order_row, bill_to, &address_shape),
    {.name = "extensions",
     .kind = COLUMN_TEXT,
     .offset = offsetof(struct order_row, extensions) + offsetof(struct raw, json)},
    COLUMN(struct order_row, placed_at),
    COLUMN(struct order_row, recorded_at),
    COLUMN(struct order_row, requested_at),
    COLUMN(struct order_row, confirmed_at),
    COLUMN(struct order_row, closed_at),
    COLUMN(struct order_row, content_hash),
    COLUMN(struct order_row, receipt_hash),
    COLUMN(struct order_row, command_hash),
    COLUMN(struct order_row, answer_id),
    COLUMN(struct order_row, answer_sequence),
    COLUMN(struct order_row, payable_version),
    COLUMN(struct order_row, cancelling),
    COLUMN(struct order_row, cancelled_by),
    COLUMN(struct order_row, cancel_reason),
    {.name = "chain_sequence",
     .kind = COLUMN_INT8,
     .offset = offsetof(struct order_row, chain) + offsetof(struct chain, sequence)},
    {.name = "chain_hash",
     .kind = COLUMN_HASH,
     .offset = offsetof(struct order_row, chain) + offsetof(struct chain, hash)},
};

const struct entity orders_entity = ENTITY("orders", struct order_row, columns, 1);
