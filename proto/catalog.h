/* catalog: what travels about products, sellers, nodes, offers, assortments, stock and
 * reservations. Reference facts (product, seller, node, offer, assortment): the command and the
 * fact that follows carry the same items; both have the key "reference:<kind>". */
#ifndef PROTO_CATALOG_H
#define PROTO_CATALOG_H

#include "proto/order.h"
#include "proto/parts.h"

struct product {
    struct str sku, name, family, category, unit; /* unit: UN/ECE Rec 20, e.g. C62 */
    struct str status;                            /* active, discontinued */
    struct str gtin;
};
extern const struct shape product_shape;

struct seller {
    struct str seller, name;
    bool owner;        /* the platform's owner; every other seller is a partner */
    struct str status; /* active, inactive */
};
extern const struct shape seller_shape;

struct node {        /* one stock site of one seller */
    struct str node; /* "seller/site" */
    struct str seller, name;
    int64_t priority; /* lower is tried first */
    struct str status;
};
extern const struct shape node_shape;

struct offer { /* this seller sells this SKU from this node */
    struct str sku, node;
    int64_t priority; /* lower is tried first; then the node's priority, then the node id */
    struct str status;
};
extern const struct shape offer_shape;

struct assortment {        /* F01 */
    struct str assortment; /* id */
    struct str account;    /* absent: every account */
    struct str effect;     /* allow, deny */
    struct str *skus, *families;
    size_t skus_count, families_count;
    struct str status;
};
extern const struct shape assortment_shape;

#define REFERENCE_PUT(name_, T)                                                                    \
    struct name_ {                                                                                 \
        struct str reference; /* "reference:<kind>" = the record's key */                          \
        struct str principal, idempotency_key;                                                     \
        int64_t version; /* facts only: the version that these items belong to */                  \
        T *items;                                                                                  \
        size_t items_count;                                                                        \
    }
REFERENCE_PUT(product_put, struct product);
REFERENCE_PUT(seller_put, struct seller);
REFERENCE_PUT(node_put, struct node);
REFERENCE_PUT(offer_put, struct offer);
REFERENCE_PUT(assortment_put, struct assortment);
extern const struct message_type type_product_put, type_seller_put, type_node_put, type_offer_put,
    type_assortment_put;
extern const struct message_type type_product_changed, type_seller_changed, type_node_changed,
    type_offer_changed, type_assortment_changed; /* catalog.events.v1, read by orders */

struct stock_item {
    struct str sku;
    struct quantity
        quantity; /* set: on hand now (not yet promised to confirmed orders); receive: added */
    struct decimal backorder_limit; /* how far below zero stock may be promised; absent = unchanged
                                       (initially 0) */
};
struct stock_change {
    struct str node;
    struct str principal, idempotency_key;
    struct stock_item *items;
    size_t items_count;
};
extern const struct shape stock_change_shape;
extern const struct message_type type_stock_set, type_stock_receive;

/* --- requests of orders, key node */
struct stock_line {
    int64_t line;
    struct str sku;
    struct quantity quantity;
    struct quantity reserved; /* answers only */
};
extern const struct shape stock_line_shape;

struct reservation_request {
    struct str node, order;
    int64_t version;
    enum line_policy line_policy;
    struct stock_line *lines; /* release: absent = all that is held; else how much of each */
    size_t lines_count;
    struct instant expires_at; /* request only */
    bool dry_run;
    bool commit;      /* request: what is held is off hand at once, with no commit to follow */
    struct str cause; /* release: cancelled, refused, expired, rejected, short: names the posting */
};
extern const struct shape reservation_request_shape;
extern const struct message_type type_reservation_request, type_reservation_commit,
    type_reservation_release;

/* --- answers, key order */
struct reservation_told {
    struct str order, node;
    int64_t version;
    struct stock_line *lines; /* quantity = asked, reserved = held (or released) */
    size_t lines_count;
    struct reason *reasons;
    size_t reasons_count;
    bool dry_run;
    struct str cause;
};
extern const struct shape reservation_told_shape;
extern const struct message_type type_reservation_reserved, type_reservation_refused,
    type_reservation_committed, type_reservation_released, type_reservation_expired;

/* What the node has after a change, key node: one event per changed SKU set. */
struct stock_level {
    struct str sku;
    struct quantity on_hand, reserved;
};
struct stock_told {
    struct str node;
    struct stock_level *items;
    size_t items_count;
};
extern const struct shape stock_told_shape;
extern const struct message_type type_stock_changed; /* for stock.set and stock.receive */
extern const struct message_type type_catalog_command_accepted, type_catalog_command_refused;

#endif
