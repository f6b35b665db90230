/* rows: an order as it is kept, header and lists, with the state of its saga. One struct; in the
 * store three rows: what each step changes, what few steps change, what nothing changes. */
#ifndef SERVICES_ORDERS_ROWS_H
#define SERVICES_ORDERS_ROWS_H

#include "common/entity.h"
#include "common/fold.h"
#include "proto/order.h"

/* The header's state. It is derived from the lines (machine.h) and kept for queries. */
enum order_state {
    ORDER_ABSENT = 0,
    ORDER_RECEIVED,
    ORDER_PRICED,
    ORDER_PENDING_APPROVAL,
    ORDER_APPROVED,
    ORDER_CONFIRMED,
    ORDER_ACCEPTED,
    ORDER_SHIPPED,
    ORDER_DELIVERED,
    ORDER_CLOSED,
    ORDER_REFUSED,
    ORDER_CANCELLED,
    ORDER_EXPIRED,
    ORDER_PREVIEWED /* a dry run that is over */
};
enum { ORDER_STATE_COUNT = ORDER_PREVIEWED + 1 };
extern const char *const order_state_names[ORDER_STATE_COUNT];

/* Whose answer the order waits for. */
enum saga_step {
    STEP_ABSENT = 0,
    STEP_PRICING,
    STEP_AUTHORIZING, /* approvals: the service, or people through it */
    STEP_RESERVING,
    STEP_FULFILLING, /* confirmed: the sellers */
    STEP_ENDED
};
enum { STEP_COUNT = STEP_ENDED + 1 };
extern const char *const saga_step_names[STEP_COUNT];

/* What orders knows of the order's credit in approvals. */
enum credit_state {
    CREDIT_ABSENT = 0, /* never asked */
    CREDIT_ASKED,
    CREDIT_PENDING, /* held; people must say yes */
    CREDIT_GRANTED, /* held; all said yes */
    CREDIT_REFUSED, /* nothing is held: refused, rejected or expired there */
    CREDIT_COMMITTED,
    CREDIT_RELEASED, /* asked to be given back, once */
    CREDIT_SETTLED
};
enum { CREDIT_STATE_COUNT = CREDIT_SETTLED + 1 };
extern const char *const credit_state_names[CREDIT_STATE_COUNT];

enum stock_state {
    STOCK_ABSENT = 0,
    STOCK_ASKED,
    STOCK_RESERVED,
    STOCK_REFUSED, /* nothing is held: refused, or held too long */
    STOCK_COMMITTED,
    STOCK_RELEASED /* asked to be given back, once */
};
enum { STOCK_STATE_COUNT = STOCK_RELEASED + 1 };
extern const char *const stock_state_names[STOCK_STATE_COUNT];

enum stop_state { /* of a sub-order that is asked to stop */
                  STOP_ABSENT = 0,
                  STOP_ASKED,
                  STOP_REFUSED,
                  STOP_DONE
};
enum { STOP_STATE_COUNT = STOP_DONE + 1 };
extern const char *const stop_state_names[STOP_STATE_COUNT];

/* How far one node has come. A node has one seller, so after confirm it is one sub-order too. */
struct reservation {
    struct str node;
    enum stock_state state;
    int64_t version;      /* of the order when it was asked */
    enum stop_state stop; /* the running or last cancel */
};
extern const struct shape reservation_shape;

struct order_row {
    struct str order_id; /* key */
    struct str account, unit, buyer, principal, actor, sales_rep, channel, currency;
    struct str purchase_order, reference, payment_term;
    enum line_policy line_policy; /* never absent */
    enum commit_at commit_at;     /* never absent */
    bool dry_run;
    bool refused_at_door; /* the answer was order.refused, not order.received */
    enum order_state state;
    enum order_state outcome; /* a preview: the state that the order would have come to */
    enum saga_step step;
    enum credit_state credit;
    int64_t version;                        /* of the content: 1, then +1 for every change of it */
    bool priced;                            /* the amounts below and in the lines are known */
    int64_t subtotal, charges_total, total; /* micro, in `currency`; total = the sum of the two */
    struct order_line *lines;
    size_t lines_count;
    struct sub_order *sub_orders; /* from confirm on; [n - 1] is sub-order n */
    size_t sub_orders_count;
    struct charge *charges;
    size_t charges_count;
    struct approval *approvals;
    size_t approvals_count;
    struct reason *reasons;
    size_t reasons_count;
    struct reservation *reservations;
    size_t reservations_count;
    struct address *ship_to, *bill_to;
    struct raw extensions;
    struct instant placed_at, recorded_at, requested_at, confirmed_at, closed_at;
    struct sha256 content_hash; /* what was authorised (F16); a shortage leaves it as it is */
    struct str receipt_hash;
    struct sha256 command_hash; /* of type and canonical body: what a repeat must equal (F33) */
    struct str answer_id;       /* the event that answered the command ... */
    int64_t answer_sequence;    /* ... and its ce_sequence */
    int64_t payable_version;    /* of the last notice to the payer; 0 = none yet */
    bool cancelling;            /* after confirm: sellers are asked to stop */
    struct str cancelled_by, cancel_reason;
    struct chain chain; /* of the order's own facts */
};
extern const struct shape line_submitted_shape, line_amounts_shape, line_state_shape;
extern const struct entity orders_entity;

#endif
