/* rows: what catalog keeps, as structs. Amounts are int64 millionths of the row's unit. */
#ifndef SERVICES_CATALOG_ROWS_H
#define SERVICES_CATALOG_ROWS_H

#include "common/fold.h"
#include "proto/catalog.h"

/* Stock of a SKU at a node. What may still be promised: on_hand - reserved + backorder_limit, never
 * below zero. */
struct stock {
    struct str node, sku; /* key */
    struct str unit;
    int64_t on_hand;  /* here and not yet taken by confirmed orders; down to -backorder_limit */
    int64_t reserved; /* of it, held for orders that are not confirmed yet */
    int64_t backorder_limit;
};
extern const struct entity stock_entity;

enum reservation_state {
    RESERVATION_ABSENT = 0,
    RESERVATION_RESERVED,
    RESERVATION_REFUSED,
    RESERVATION_COMMITTED,
    RESERVATION_RELEASED,
    RESERVATION_EXPIRED
};
enum { RESERVATION_STATE_COUNT = RESERVATION_EXPIRED + 1 };
extern const char *const reservation_state_names[RESERVATION_STATE_COUNT];

struct reservation_line {
    int64_t line;
    struct str sku;
    struct quantity asked;
    struct decimal reserved; /* held, at the request */
    struct decimal released; /* of it, given back since */
};

/* One cause that was taken: its key is all but what was told. A cause that comes again finds it and
 * is answered by the same event, so that each counts once. */
struct posting {
    struct str step; /* request, commit, release, expiry */
    int64_t version;
    struct str cause;
    struct stock_line *named; /* release: the lines it named; none = all that was held */
    size_t named_count;
    /* What was told. None: what the row's lines promise, as at a request, and at a commit before
     * which nothing was given back. */
    struct stock_line *lines;
    size_t lines_count;
    struct str event; /* id of the event that told it */
    int64_t sequence;
};

/* What an order holds at a node. */
struct reservation {
    struct str order_id, node; /* key */
    int64_t version;           /* of the order, at the request */
    enum reservation_state state;
    struct reservation_line *lines;
    size_t lines_count;
    struct posting *postings;
    size_t postings_count;
    struct reason *reasons; /* why refused or short */
    size_t reasons_count;
    struct instant expires_at;
    struct chain chain;
};
extern const struct entity reservation_entity;

struct expiring {
    struct str order_id;
    struct instant expires_at;
};

/* What still holds stock at a node and expires within a minute, a page of it; never stored, for it
 * is found by the reservations' own rows. */
struct expiry {
    /* key; since: the minute's begin, or the expiry time at which the page before ended, as text;
     * after: the order there with which it ended, or "" */
    struct str node, since, after;
    struct expiring *orders;
    size_t orders_count;
};
extern const struct entity expiry_entity;
enum { EXPIRY_PAGE = 500 }; /* as in store.sql */

#endif
