/* order: what travels about orders: commands from outside, facts and the snapshot. */
#ifndef PROTO_ORDER_H
#define PROTO_ORDER_H

#include "proto/parts.h"

enum line_policy { LINE_POLICY_ABSENT = 0, LINE_POLICY_ALL_OR_NOTHING, LINE_POLICY_PARTIAL };
extern const char *const line_policy_names[3];

/* When what is held for an order becomes committed: once all of it is held (confirm), or each part
 * in the decision that holds it (reserve), which saves asking and answering once more. */
enum commit_at { COMMIT_AT_ABSENT = 0, COMMIT_AT_CONFIRM, COMMIT_AT_RESERVE };
extern const char *const commit_at_names[3];

struct submit_line {
    int64_t line; /* the sender's line number, unique in the order */
    struct str sku;
    struct quantity quantity;
    struct str seller, node;   /* optional choice */
    struct money agreed_price; /* right order_agreed_price */
    int64_t agreed_discount_ppm;
    struct instant requested_at;
    struct str cost_centre, note;
};

struct order_submit { /* order.submit.v1, order.preview.v1 */
    struct str order; /* UUID, minted by the sender: the idempotency key */
    struct str account, unit, buyer;
    struct str principal; /* who is responsible: the buyer, or who acts for them */
    struct str actor;     /* what kind acted: person, agent, system; absent = person */
    struct str sales_rep; /* right order_on_behalf */
    struct str channel;
    struct str currency; /* ISO 4217 */
    struct submit_line *lines;
    size_t lines_count;
    struct address *ship_to, *bill_to;
    struct str purchase_order, reference, payment_term;
    struct instant requested_at, placed_at; /* placed_at absent = when received */
    enum line_policy line_policy;           /* absent = all_or_nothing */
    enum commit_at commit_at;               /* absent = confirm */
    struct charge *charges;
    size_t charges_count;
    struct raw extensions;
};
extern const struct shape order_submit_shape;
extern const struct message_type type_order_submit;
extern const struct message_type
    type_order_preview; /* the dry run: same body, no effect, own order id */

struct order_cancel {
    struct str order, principal, idempotency_key, reason;
};
extern const struct shape order_cancel_shape;
extern const struct message_type type_order_cancel;

/* States of a line (F27). The header's state is derived from its lines (services/orders). */
enum line_state {
    LINE_ABSENT = 0,
    LINE_RECEIVED,
    LINE_PRICED,
    LINE_PENDING_APPROVAL,
    LINE_APPROVED, /* authorised, stock being reserved */
    LINE_CONFIRMED,
    LINE_ALLOCATED, /* with the seller, not yet accepted */
    LINE_RELEASED,  /* the seller accepted */
    LINE_SHIPPED,
    LINE_DELIVERED,
    LINE_CLOSED,
    LINE_REJECTED, /* refused by a rule, an approver or the seller */
    LINE_CANCELLED,
    LINE_EXPIRED
};
enum { LINE_STATE_COUNT = LINE_EXPIRED + 1 };
extern const char *const line_state_names[LINE_STATE_COUNT];

/* A line as it stands: in the snapshot, in order.confirmed, in the orders table. */
struct order_line {
    int64_t line;
    struct str sku, name, seller, node, cost_centre, note;
    enum line_state state;
    struct quantity ordered;  /* as submitted, never changes */
    struct quantity quantity; /* current: ordered less what was short or refused */
    struct quantity shipped, delivered;
    struct money unit_price, gross, discount,
        net;               /* absent until priced; net = gross - discount, of `quantity` */
    struct str price_list; /* that won */
    int64_t sub_order;     /* 1..n after confirm; 0 before */
    struct instant requested_at;
    struct str agreed; /* "price", "discount", "price+discount" or absent */
    struct str code;   /* why rejected, cancelled or short */
    int64_t agreed_discount_ppm;
    struct money agreed_price;
};
extern const struct shape order_line_shape;

struct sub_order {
    int64_t sub_order; /* n of parent-n */
    struct str seller, node;
    struct str state;
    struct money subtotal, charges, total;
    struct str carrier, tracking;
};
extern const struct shape sub_order_shape;

struct approval { /* one yes or no of a person */
    int64_t tier;
    struct str role, user, decision, comment; /* decision: approved, rejected */
    struct instant decided_at;
};
extern const struct shape approval_shape;

struct order_snapshot { /* orders.state.v1; order.confirmed.v1; order.previewed.v1 */
    struct str order, account, unit, buyer, principal, actor, sales_rep, channel, currency;
    int64_t version;  /* of the content: 1 at submit, +1 for every change of it */
    struct str state; /* derived */
    struct order_line *lines;
    size_t lines_count;
    struct sub_order *sub_orders;
    size_t sub_orders_count;
    struct charge *charges;
    size_t charges_count;
    struct money subtotal, charges_total, total;
    struct address *ship_to, *bill_to;
    struct str purchase_order, reference, payment_term;
    enum line_policy line_policy;
    enum commit_at commit_at; /* absent = confirm */
    struct instant placed_at, recorded_at, requested_at, confirmed_at, closed_at;
    struct approval *approvals;
    size_t approvals_count;
    struct reason *reasons;
    size_t reasons_count;
    struct str content_hash; /* what an approval binds to (F16) */
    struct str receipt_hash; /* of the price receipt */
    struct raw extensions;
};
extern const struct shape order_snapshot_shape;

/* A step of an order, small: every order.<verb>.v1 except confirmed, previewed and state. */
struct order_fact {
    struct str order, account, state;
    int64_t version;
    struct money total;
    int64_t sub_order;
    struct line_quantity *lines; /* those touched; absent = all */
    size_t lines_count;
    struct reason *reasons;
    size_t reasons_count;
    struct str buyer, principal, purchase_order, reference, carrier, tracking, content_hash;
};
extern const struct shape order_fact_shape;
extern const struct message_type type_order_received, type_order_priced,
    type_order_approval_pending, type_order_approved, type_order_confirmed, type_order_refused,
    type_order_cancelled, type_order_expired, type_order_accepted, type_order_line_rejected,
    type_order_shipped, type_order_delivered, type_order_closed, type_order_cancel_refused,
    type_order_previewed, type_order_state;
extern const struct message_type type_orders_command_accepted, type_orders_command_refused;

#endif
