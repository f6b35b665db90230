/* rows: the columns of notifications' tables, in the order of store.sql. */
#include "services/notifications/rows.h"

#include "common/limits.h"

#define CHAIN_COLUMNS(T)                                                                           \
    {.name = "sequence", .kind = COLUMN_INT8, .offset = offsetof(T, chain.sequence)},              \
    {                                                                                              \
        .name = "hash", .kind = COLUMN_HASH, .offset = offsetof(T, chain.hash)                     \
    }

static const struct column partner_columns[] = {
    COLUMN(struct partner, partner),
    COLUMN(struct partner, fulfilments),
    CHAIN_COLUMNS(struct partner),
};
const struct entity partner_entity = ENTITY("partner", struct partner, partner_columns, 1);

const char *const fulfilment_state_names[] = {
    NULL, "new", "accepted", "rejected", "partly_shipped", "shipped", "delivered", "cancelled"};

static const struct member progress_members[] = {
    MEMBER(struct progress, line, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct progress, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct progress, quantity, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct progress, rejected, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct progress, shipped, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct progress, delivered, REQUIRED, 0, DECIMALS_MAX, NULL),
};
static const struct shape progress_shape =
    SHAPE("progress", struct progress, progress_members, "How far a line has come.");

static const struct member shipment_members[] = {
    MEMBER(struct shipment, shipment, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct shipment, carrier, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct shipment, tracking, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER_LIST(struct shipment, lines, REQUIRED, 1, ORDER_LINE_COUNT_MAX, &line_quantity_shape,
                NULL),
    MEMBER(struct shipment, shipped_at, REQUIRED, 0, 0, NULL),
};
static const struct shape shipment_shape =
    SHAPE("shipment", struct shipment, shipment_members, "What left together.");

static const struct column fulfilment_columns[] = {
    COLUMN(struct fulfilment_row, order_id),
    COLUMN(struct fulfilment_row, sub_order),
    COLUMN(struct fulfilment_row, partner),
    COLUMN(struct fulfilment_row, version),
    COLUMN_ENUM_OF(struct fulfilment_row, state, fulfilment_state_names),
    COLUMN_LIST_OF(struct fulfilment_row, lines, &progress_shape),
    COLUMN_LIST_OF(struct fulfilment_row, shipments, &shipment_shape),
    COLUMN(struct fulfilment_row, cancel_answer),
    COLUMN(struct fulfilment_row, cancel_event),
    COLUMN(struct fulfilment_row, cancel_sequence),
    COLUMN(struct fulfilment_row, announced_at),
    COLUMN(struct fulfilment_row, changed_at),
    CHAIN_COLUMNS(struct fulfilment_row),
};
const struct entity fulfilment_entity =
    ENTITY("fulfilment", struct fulfilment_row, fulfilment_columns, 2);

static const struct column notice_columns[] = {
    COLUMN(struct notice_row, order_id), COLUMN(struct notice_row, kind),
    COLUMN(struct notice_row, cause),    COLUMN(struct notice_row, recipient),
    COLUMN(struct notice_row, told_at),  CHAIN_COLUMNS(struct notice_row),
};
const struct entity notice_entity = ENTITY_APPENDED("notice", struct notice_row, notice_columns, 4);

static const struct column payable_columns[] = {
    COLUMN(struct payable_row, order_id),        COLUMN(struct payable_row, version),
    COLUMN(struct payable_row, account),         COLUMN(struct payable_row, currency),
    COLUMN_AMOUNT_OF(struct payable_row, total), COLUMN(struct payable_row, told_at),
    CHAIN_COLUMNS(struct payable_row),
};
const struct entity payable_entity =
    ENTITY_APPENDED("payable", struct payable_row, payable_columns, 2);
