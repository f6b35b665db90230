/* rows: columns of pricing's tables. */
#include "services/pricing/rows.h"

const char *const quote_outcome_names[] = {NULL, "priced", "refused"};

#define COLUMN_CHAIN(T, sequence_)                                                                 \
    {.name = sequence_, .kind = COLUMN_INT8, .offset = offsetof(T, chain.sequence)},               \
    {                                                                                              \
        .name = "chain_hash", .kind = COLUMN_HASH, .offset = offsetof(T, chain.hash)               \
    }

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
    COLUMN(struct quote_row, event_id),
    COLUMN_CHAIN(struct quote_row, "event_sequence"),
};
const struct entity quote_entity = ENTITY_SELDOM("quote", struct quote_row, quote_columns, 3);

static const struct column quote_chain_columns[] = {
    COLUMN(struct quote_chain_row, order_id),
    COLUMN_CHAIN(struct quote_chain_row, "chain_sequence"),
};
const struct entity quote_chain_entity =
    ENTITY("quote_chain", struct quote_chain_row, quote_chain_columns, 1);

static const struct column price_list_columns[] = {
    COLUMN(struct price_list_row, price_list),
    COLUMN(struct price_list_row, currency),
};
const struct entity price_list_entity =
    ENTITY("price_list", struct price_list_row, price_list_columns, 1);
