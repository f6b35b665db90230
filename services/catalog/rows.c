/* rows: the columns of catalog's tables, in the order of store.sql. */
#include "services/catalog/rows.h"

#include "common/limits.h"

static const struct column stock_columns[] = {
    COLUMN(struct stock, node),
    COLUMN(struct stock, sku),
    COLUMN(struct stock, unit),
    COLUMN_AMOUNT_OF(struct stock, on_hand),
    COLUMN_AMOUNT_OF(struct stock, reserved),
    COLUMN_AMOUNT_OF(struct stock, backorder_limit),
};
const struct entity stock_entity = ENTITY("stock", struct stock, stock_columns, 2);

const char *const reservation_state_names[] = {NULL,        "reserved", "refused",
                                               "committed", "released", "expired"};

static const struct member line_members[] = {
    MEMBER(struct reservation_line, line, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER(struct reservation_line, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct reservation_line, asked, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct reservation_line, reserved, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct reservation_line, released, REQUIRED, 0, DECIMALS_MAX, NULL),
};
static const struct shape line_shape =
    SHAPE("reservation_line", struct reservation_line, line_members, NULL);

static const struct member posting_members[] = {
    MEMBER(struct posting, step, REQUIRED, 1, 16, NULL),
    MEMBER(struct posting, version, REQUIRED, 0, INT64_MAX, NULL),
    MEMBER(struct posting, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_LIST(struct posting, named, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, &stock_line_shape, NULL),
    MEMBER_LIST(struct posting, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, &stock_line_shape, NULL),
    MEMBER(struct posting, event, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER(struct posting, sequence, REQUIRED, 0, INT64_MAX, NULL),
};
static const struct shape posting_shape =
    SHAPE("posting", struct posting, posting_members, "A cause that was taken.");

static const struct column reservation_columns[] = {
    COLUMN(struct reservation, order_id),
    COLUMN(struct reservation, node),
    COLUMN(struct reservation, version),
    COLUMN(struct reservation, expires_at),
    COLUMN_LIST_OF(struct reservation, lines, &line_shape),
    COLUMN_LIST_OF(struct reservation, reasons, &reason_shape),
    COLUMN_ENUM_OF(struct reservation, state, reservation_state_names),
    COLUMN_LIST_OF(struct reservation, postings, &posting_shape),
    {.name = "sequence",
     .kind = COLUMN_INT8,
     .offset = offsetof(struct reservation, chain.sequence)},
    {.name = "hash", .kind = COLUMN_HASH, .offset = offsetof(struct reservation, chain.hash)},
};
const struct entity reservation_entity =
    ENTITY("reservation", struct reservation, reservation_columns, 2);

static const struct member expiring_members[] = {
    MEMBER(struct expiring, order_id, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct expiring, expires_at, REQUIRED, 0, 0, NULL),
};
static const struct shape expiring_shape =
    SHAPE("expiring", struct expiring, expiring_members, NULL);

static const struct column expiry_columns[] = {
    COLUMN(struct expiry, node),
    COLUMN(struct expiry, since),
    COLUMN(struct expiry, after),
    COLUMN_LIST_OF(struct expiry, orders, &expiring_shape),
};
const struct entity expiry_entity = {.name = "expiry",
                                     .size = sizeof(struct expiry),
                                     .columns = expiry_columns,
                                     .column_count = ARRAY_LEN(expiry_columns),
                                     .key_count = 3,
                                     .load = "expiry_load",
                                     .seldom = true}; /* a question: each time anew */
