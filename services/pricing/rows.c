/* rows: columns of pricing's tables. */
#include "services/pricing/rows.h"

const char *const quote_outcome_names[] = {NULL, "priced", "refused"};

static const struct column quote_columns[] = {
    COLUMN(struct quote_row, order_id),
    COLUMN(struct quote_row, version),
    COLUMN(struct quote_row, mode),
    COLUMN(struct quote_row, account),
    COLUMN(struct quote_row, currency),
    COLUMN_ENUM_OF(struct quote_row, outcome, quote_outcome_names),
    COLUMN_AMOUNT_OF(struct quote_row, total),
    COLUMN(struct quote_row, placed_at),
    COLUMN(struct quote_row, versions),
    COLUMN(struct quote_row, receipt),
    COLUMN(struct quote_row, receipt_hash),
    COLUMN_OBJECT_OF(struct quote_row, answer, &quote_told_shape),
    COLUMN(struct quote_row, event_id),
    COLUMN(struct quote_row, event_sequence),
};
const struct entity quote_entity = ENTITY("quote", struct quote_row, quote_columns, 3);

static const struct column quoted_order_columns[] = {
    COLUMN(struct quoted_order_row, order_id),
    {.name = "chain_sequence",
     .kind = COLUMN_INT8,
     .offset = offsetof(struct quoted_order_row, chain.sequence)},
    {.name = "chain_hash",
     .kind = COLUMN_HASH,
     .offset = offsetof(struct quoted_order_row, chain.hash)},
};
const struct entity quoted_order_entity =
    ENTITY("quoted_order", struct quoted_order_row, quoted_order_columns, 1);

static const struct column price_list_columns[] = {
    COLUMN(struct price_list_row, price_list),
    COLUMN(struct price_list_row, currency),
};
const struct entity price_list_entity =
    ENTITY("price_list", struct price_list_row, price_list_columns, 1);
