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

/* A line is kept in three parts, by how often they change: as it was submitted, what it costs and
 * how much of it is left, and its state. Together they are order_line_shape. */
static const struct member line_members[] = {
    MEMBER(struct order_line, line, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct order_line, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_line, seller, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, node, OPTIONAL, 1, KEY_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, ordered, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER(struct order_line, requested_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct order_line, cost_centre, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, note, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct order_line, agreed, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, agreed_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct order_line, agreed_discount_ppm, OPTIONAL, 0, INT64_MAX, NULL),
};
const struct shape line_submitted_shape =
    SHAPE("line_submitted", struct order_line, line_members, "A line as it was submitted.");

static const struct member amounts_members[] = {
    MEMBER_AMOUNT(struct order_line, quantity, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, shipped, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, delivered, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, unit_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, gross, OPTIONAL, -AMOUNT_MICRO_MAX, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, discount, OPTIONAL, -AMOUNT_MICRO_MAX, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct order_line, net, OPTIONAL, -AMOUNT_MICRO_MAX, DECIMALS_MAX, NULL),
    MEMBER(struct order_line, price_list, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct order_line, sub_order, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER(struct order_line, code, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape line_amounts_shape = SHAPE("line_amounts", struct order_line, amounts_members,
                                              "What a line costs, and how much of it is left.");

static const struct member state_members[] = {
    MEMBER_ENUM(struct order_line, state, REQUIRED, line_state_names, NULL),
};
const struct shape line_state_shape =
    SHAPE("line_state", struct order_line, state_members, "How far a line has come.");

static const struct column columns[] = {
    COLUMN(struct order_row, order_id),
    COLUMN(struct order_row, account, .use = COLUMN_FIXED),
    COLUMN(struct order_row, unit),
    COLUMN(struct order_row, buyer, .use = COLUMN_FIXED),
    COLUMN(struct order_row, principal, .use = COLUMN_FIXED),
    COLUMN(struct order_row, actor, .use = COLUMN_FIXED),
    COLUMN(struct order_row, sales_rep, .use = COLUMN_FIXED),
    COLUMN(struct order_row, channel, .use = COLUMN_FIXED),
    COLUMN(struct order_row, currency, .use = COLUMN_FIXED),
    COLUMN(struct order_row, purchase_order, .use = COLUMN_FIXED),
    COLUMN(struct order_row, reference, .use = COLUMN_FIXED),
    COLUMN(struct order_row, payment_term, .use = COLUMN_FIXED),
    COLUMN_ENUM_OF(struct order_row, line_policy, line_policy_names, .use = COLUMN_FIXED),
    COLUMN_ENUM_OF(struct order_row, commit_at, commit_at_names, .use = COLUMN_FIXED),
    COLUMN(struct order_row, dry_run, .use = COLUMN_FIXED),
    COLUMN(struct order_row, refused_at_door, .use = COLUMN_FIXED),
    COLUMN_ENUM_OF(struct order_row, state, order_state_names),
    COLUMN_ENUM_OF(struct order_row, outcome, order_state_names),
    COLUMN_ENUM_OF(struct order_row, step, saga_step_names),
    COLUMN_ENUM_OF(struct order_row, credit, credit_state_names),
    COLUMN(struct order_row, version),
    COLUMN(struct order_row, priced),
    COLUMN_AMOUNT_OF(struct order_row, subtotal),
    COLUMN_AMOUNT_OF(struct order_row, charges_total),
    COLUMN_AMOUNT_OF(struct order_row, total),
    COLUMN_LIST_OF(struct order_row, lines, &line_submitted_shape, .use = COLUMN_FIXED),
    COLUMN_OVERLAY_OF("line_amounts", struct order_row, lines, &line_amounts_shape,
                      .use = COLUMN_CONTENT),
    COLUMN_OVERLAY_OF("line_states", struct order_row, lines, &line_state_shape),
    COLUMN_LIST_OF(struct order_row, sub_orders, &sub_order_shape, .use = COLUMN_CONTENT),
    COLUMN_LIST_OF(struct order_row, charges, &charge_shape, .use = COLUMN_CONTENT),
    COLUMN_LIST_OF(struct order_row, approvals, &approval_shape, .use = COLUMN_CONTENT),
    COLUMN_LIST_OF(struct order_row, reasons, &reason_shape, .use = COLUMN_CONTENT),
    COLUMN_LIST_OF(struct order_row, reservations, &reservation_shape),
    COLUMN_OBJECT_OF(struct order_row, ship_to, &address_shape, .use = COLUMN_FIXED),
    COLUMN_OBJECT_OF(struct order_row, bill_to, &address_shape, .use = COLUMN_FIXED),
    {.name = "extensions",
     .kind = COLUMN_TEXT,
     .offset = offsetof(struct order_row, extensions) + offsetof(struct raw, json),
     .use = COLUMN_FIXED},
    COLUMN(struct order_row, placed_at, .use = COLUMN_FIXED),
    COLUMN(struct order_row, recorded_at, .use = COLUMN_FIXED),
    COLUMN(struct order_row, requested_at, .use = COLUMN_FIXED),
    COLUMN(struct order_row, confirmed_at),
    COLUMN(struct order_row, closed_at),
    COLUMN(struct order_row, content_hash),
    COLUMN(struct order_row, receipt_hash),
    COLUMN(struct order_row, command_hash, .use = COLUMN_FIXED),
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

const struct entity orders_entity = ENTITY_SPLIT("orders", struct order_row, columns, 1);
