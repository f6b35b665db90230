/* catalog: shapes and types of catalogue facts and stock. */
#include "proto/catalog.h"

#include "common/limits.h"
#include "proto/rights.h"
#include "proto/type_table.h"

enum { PRIORITY_MAX = 1000000, LINE_NUMBER_MAX = 1000000 };

static const struct member product_members[] = {
    MEMBER(struct product, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct product, name, REQUIRED, 1, TEXT_SIZE_MAX, NULL),
    MEMBER(struct product, family, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct product, category, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct product, unit, REQUIRED, 1, UNIT_SIZE - 1, "UN/ECE Rec 20 code, C62 = piece"),
    MEMBER(struct product, status, OPTIONAL, 1, 32, "active (default) or discontinued"),
    MEMBER(struct product, gtin, OPTIONAL, 8, 14, "GS1 Global Trade Item Number"),
};
const struct shape product_shape =
    SHAPE("product", struct product, product_members, "Something that can be sold.");

static const struct member seller_members[] = {
    MEMBER(struct seller, seller, REQUIRED, 1, 64, "lower case letters, digits, '.', '_', '-'"),
    MEMBER(struct seller, name, REQUIRED, 1, TEXT_SIZE_MAX, NULL),
    MEMBER(struct seller, owner, OPTIONAL, 0, 0, "the platform's owner"),
    MEMBER(struct seller, status, OPTIONAL, 1, 32, "active (default) or inactive"),
};
const struct shape seller_shape =
    SHAPE("seller", struct seller, seller_members, "Who sells: the owner or a partner.");

static const struct member node_members[] = {
    MEMBER(struct node, node, REQUIRED, 3, KEY_SIZE_MAX, "seller/site"),
    MEMBER(struct node, seller, REQUIRED, 1, 64, NULL),
    MEMBER(struct node, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct node, priority, OPTIONAL, 0, PRIORITY_MAX, "lower is tried first"),
    MEMBER(struct node, status, OPTIONAL, 1, 32, "active (default) or inactive"),
};
const struct shape node_shape =
    SHAPE("node", struct node, node_members, "One stock site of one seller.");

static const struct member offer_members[] = {
    MEMBER(struct offer, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct offer, node, REQUIRED, 3, KEY_SIZE_MAX, NULL),
    MEMBER(struct offer, priority, OPTIONAL, 0, PRIORITY_MAX, "lower is tried first"),
    MEMBER(struct offer, status, OPTIONAL, 1, 32, "active (default) or inactive"),
};
const struct shape offer_shape =
    SHAPE("offer", struct offer, offer_members, "This node sells this SKU.");

static const struct member assortment_members[] = {
    MEMBER(struct assortment, assortment, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct assortment, account, OPTIONAL, 1, ID_SIZE_MAX, "absent: every account"),
    MEMBER(struct assortment, effect, REQUIRED, 1, 16, "allow or deny; deny wins"),
    MEMBER_TEXTS(struct assortment, skus, OPTIONAL, 0, REFERENCE_ITEM_COUNT_MAX, NULL),
    MEMBER_TEXTS(struct assortment, families, OPTIONAL, 0, REFERENCE_ITEM_COUNT_MAX, NULL),
    MEMBER(struct assortment, status, OPTIONAL, 1, 32, "active (default) or inactive"),
};
const struct shape assortment_shape =
    SHAPE("assortment", struct assortment, assortment_members, "What accounts may see.");

/* For each kind: its put (command) and its changed (fact), the same shape. */
#define REFERENCE_KIND(kind_, T, doc_)                                                             \
    static const struct member kind_##_put_members[] = {                                           \
        MEMBER(struct T, reference, REQUIRED, 1, KEY_SIZE_MAX, "reference:" #kind_),               \
        MEMBER(struct T, principal, OPTIONAL, 1, ID_SIZE_MAX, "commands: required"),               \
        MEMBER(struct T, idempotency_key, OPTIONAL, 1, ID_SIZE_MAX, "commands: required"),         \
        MEMBER(struct T, version, OPTIONAL, 0, INT64_MAX, "facts: the version of these items"),    \
        MEMBER_LIST(struct T, items, REQUIRED, 1, REFERENCE_ITEM_COUNT_MAX, &kind_##_shape, NULL), \
    };                                                                                             \
    static const struct shape kind_##_put_shape =                                                  \
        SHAPE(#kind_ "_put", struct T, kind_##_put_members, doc_);                                 \
    const struct message_type type_##kind_##_put =                                                 \
        COMMAND_TYPE("batuta.catalog." #kind_ ".put.v1", topic_catalog_commands, struct T,         \
                     kind_##_put_shape, reference, RIGHT_CATALOG, doc_);                           \
    const struct message_type type_##kind_##_changed =                                             \
        FACT_TYPE("batuta.catalog." #kind_ ".changed.v1", topic_catalog_events, struct T,          \
                  kind_##_put_shape, reference, doc_)

REFERENCE_KIND(product, product_put, "Products created or changed.");
REFERENCE_KIND(seller, seller_put, "Sellers created or changed.");
REFERENCE_KIND(node, node_put, "Stock sites created or changed.");
REFERENCE_KIND(offer, offer_put, "Offers created or changed.");
REFERENCE_KIND(assortment, assortment_put, "Assortments created or changed.");

static const struct member stock_item_members[] = {
    MEMBER(struct stock_item, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct stock_item, quantity, REQUIRED, 0, DECIMALS_MAX,
                  "set: on hand; receive: added"),
    MEMBER_AMOUNT(struct stock_item, backorder_limit, OPTIONAL, 0, DECIMALS_MAX,
                  "how far below zero may be promised"),
};
static const struct shape stock_item_shape =
    SHAPE("stock_item", struct stock_item, stock_item_members, NULL);
static const struct member stock_change_members[] = {
    MEMBER(struct stock_change, node, REQUIRED, 3, KEY_SIZE_MAX, NULL),
    MEMBER(struct stock_change, principal, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct stock_change, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_LIST(struct stock_change, items, REQUIRED, 1, REFERENCE_ITEM_COUNT_MAX,
                &stock_item_shape, NULL),
};
const struct shape stock_change_shape =
    SHAPE("stock_change", struct stock_change, stock_change_members,
          "Stock counted or received at a node.");
const struct message_type type_stock_set = COMMAND_TYPE(
    "batuta.catalog.stock.set.v1", topic_catalog_commands, struct stock_change, stock_change_shape,
    node, RIGHT_CATALOG, "A count: this much is on hand and not promised.");
const struct message_type type_stock_receive =
    COMMAND_TYPE("batuta.catalog.stock.receive.v1", topic_catalog_commands, struct stock_change,
                 stock_change_shape, node, RIGHT_CATALOG, "Goods came in.");

static const struct member stock_line_members[] = {
    MEMBER(struct stock_line, line, REQUIRED, 1, LINE_NUMBER_MAX, NULL),
    MEMBER(struct stock_line, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct stock_line, quantity, REQUIRED, 0, DECIMALS_MAX, "asked"),
    MEMBER_AMOUNT(struct stock_line, reserved, OPTIONAL, 0, DECIMALS_MAX, "held"),
};
const struct shape stock_line_shape =
    SHAPE("stock_line", struct stock_line, stock_line_members, NULL);

static const struct member reservation_request_members[] = {
    MEMBER(struct reservation_request, node, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER(struct reservation_request, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct reservation_request, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER_ENUM(struct reservation_request, line_policy, OPTIONAL, line_policy_names, NULL),
    MEMBER_LIST(struct reservation_request, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX,
                &stock_line_shape, NULL),
    MEMBER(struct reservation_request, expires_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct reservation_request, dry_run, OPTIONAL, 0, 0, NULL),
    MEMBER(struct reservation_request, commit, OPTIONAL, 0, 0,
           "request: off hand as soon as it is held"),
    MEMBER(struct reservation_request, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
};
const struct shape reservation_request_shape =
    SHAPE("reservation_request", struct reservation_request, reservation_request_members,
          "Stock for an order at one node.");
#define STOCK_REQUEST(verb_, doc_)                                                                 \
    ORDER_TYPE("batuta.catalog.reservation." verb_ ".v1", topic_catalog_requests,                  \
               struct reservation_request, reservation_request_shape, node, doc_)
const struct message_type type_reservation_request = STOCK_REQUEST("request", "Hold this stock.");
const struct message_type type_reservation_commit =
    STOCK_REQUEST("commit", "The order is confirmed: take it off hand.");
const struct message_type type_reservation_release = STOCK_REQUEST("release", "Give it back.");

static const struct member reservation_told_members[] = {
    MEMBER(struct reservation_told, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct reservation_told, node, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER(struct reservation_told, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER_LIST(struct reservation_told, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX,
                &stock_line_shape, NULL),
    MEMBER_LIST(struct reservation_told, reasons, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, &reason_shape,
                NULL),
    MEMBER(struct reservation_told, dry_run, OPTIONAL, 0, 0, NULL),
    MEMBER(struct reservation_told, cause, OPTIONAL, 0, ID_SIZE_MAX, NULL),
};
const struct shape reservation_told_shape =
    SHAPE("reservation_told", struct reservation_told, reservation_told_members,
          "What came of a reservation at one node.");
#define STOCK_ANSWER(verb_, doc_)                                                                  \
    ORDER_TYPE("batuta.catalog.reservation." verb_ ".v1", topic_catalog_events,                    \
               struct reservation_told, reservation_told_shape, order, doc_)
const struct message_type type_reservation_reserved =
    STOCK_ANSWER("reserved", "Held, in whole or (partial) in part.");
const struct message_type type_reservation_refused =
    STOCK_ANSWER("refused", "Not enough; nothing is held.");
const struct message_type type_reservation_committed = STOCK_ANSWER("committed", "Taken off hand.");
const struct message_type type_reservation_released = STOCK_ANSWER("released", "Given back.");
const struct message_type type_reservation_expired =
    STOCK_ANSWER("expired", "Held too long; given back.");

static const struct member stock_level_members[] = {
    MEMBER(struct stock_level, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct stock_level, on_hand, REQUIRED, -AMOUNT_MICRO_MAX, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct stock_level, reserved, REQUIRED, 0, DECIMALS_MAX, NULL),
};
static const struct shape stock_level_shape =
    SHAPE("stock_level", struct stock_level, stock_level_members, NULL);
static const struct member stock_told_members[] = {
    MEMBER(struct stock_told, node, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER_LIST(struct stock_told, items, REQUIRED, 1, REFERENCE_ITEM_COUNT_MAX, &stock_level_shape,
                NULL),
};
const struct shape stock_told_shape =
    SHAPE("stock_told", struct stock_told, stock_told_members, "Stock of a node.");
const struct message_type type_stock_changed =
    FACT_TYPE("batuta.catalog.stock.changed.v1", topic_catalog_events, struct stock_told,
              stock_told_shape, node, "Stock of a node after a count or a receipt.");
const struct message_type type_catalog_command_accepted =
    ACCEPTED_TYPE("catalog", topic_catalog_events);
const struct message_type type_catalog_command_refused =
    REFUSED_TYPE("catalog", topic_catalog_events);
