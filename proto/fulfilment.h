/* fulfilment: what travels between us and the sellers who fulfil, and what people are told. */
#ifndef PROTO_FULFILMENT_H
#define PROTO_FULFILMENT_H

#include "proto/order.h"
#include "proto/parts.h"

struct fulfilment_line {
    int64_t line;
    struct str sku, name, note;
    struct quantity quantity;
    struct money unit_price, net;
    struct instant requested_at;
};
extern const struct shape fulfilment_line_shape;

/* fulfilment.announce.v1 (request, key partner) and fulfilment.ordered.v1 (to the partner's own
 * topic, key order). */
struct fulfilment {
    struct str partner; /* the seller, the owner included */
    struct str order;
    int64_t sub_order;
    struct str number; /* "<purchase order or order id>-1": for people */
    struct str node, account, buyer, currency, purchase_order, reference, payment_term;
    int64_t version;
    struct fulfilment_line *lines;
    size_t lines_count;
    struct money subtotal, charges, total;
    struct address *ship_to;
    struct instant requested_at, confirmed_at;
};
extern const struct shape fulfilment_shape;
extern const struct message_type type_fulfilment_announce, type_fulfilment_ordered;

/* fulfilment.cancel.v1 (request of orders, key partner): answered by type_fulfilment_answered with
 * answer "cancelled" or "cancel_refused". fulfilment.cancelled.v1 tells the partner. */
struct fulfilment_cancel {
    struct str partner, order;
    int64_t sub_order;
    struct str reason, principal;
};
extern const struct shape fulfilment_cancel_shape;
extern const struct message_type type_fulfilment_cancel, type_fulfilment_cancelled;

/* What a partner answers (partners.responses.v1, key partner, principal = partner). */
struct fulfilment_response {
    struct str partner, order;
    int64_t sub_order;
    struct str principal, idempotency_key;
    struct line_quantity *lines; /* reject, ship, deliver: absent = all that is left */
    size_t lines_count;
    struct str carrier, tracking, reason;
};
extern const struct shape fulfilment_response_shape;
extern const struct message_type type_fulfilment_accept, type_fulfilment_reject,
    type_fulfilment_ship, type_fulfilment_deliver;

/* What counts of it (notifications.events.v1, key order, read by orders). */
struct fulfilment_answer {
    struct str order, partner;
    int64_t sub_order;
    struct str answer; /* accepted, rejected, shipped, delivered, cancelled, cancel_refused */
    struct line_quantity
        *lines; /* exact quantities, never absent for rejected, shipped, delivered */
    size_t lines_count;
    struct str carrier, tracking, reason, principal;
};
extern const struct shape fulfilment_answer_shape;
extern const struct message_type type_fulfilment_answered;

/* notice.request.v1 (request, key recipient) and notice.told.v1 (notifications.events.v1, key
 * order). */
struct notice {
    struct str recipient; /* user or account */
    struct str order, account,
        kind; /* awaiting_approval, approval_reminder, refused, confirmed, shipped, ... */
    struct str
        cause;       /* distinguishes several of a kind: "1" for shipment of sub-order 1; "" else */
    struct str text; /* one sentence for people */
    struct str purchase_order, reference, content_hash;
    struct money total;
    struct reason *reasons;
    size_t reasons_count;
};
extern const struct shape notice_shape;
extern const struct message_type type_notice_request, type_notice_told;

/* payable.request.v1 (request, key account) and payable.told.v1 (F20; notifications.events.v1, key
 * order). */
struct share {
    struct str cost_centre; /* "" = none named */
    struct money amount;
};
extern const struct shape share_shape;
struct instalment {
    struct instant due_at;
    struct money amount;
};
extern const struct shape instalment_shape;
struct payable {
    struct str account; /* the payer */
    struct str order, purchase_order, reference, payment_term, buyer, currency;
    int64_t version;
    struct str supersedes; /* "<order>/<version>" of the notice that this one replaces */
    struct money total;
    struct share *shares; /* per cost centre, net + charges prorated; sum = total */
    size_t shares_count;
    struct instalment *schedule;
    size_t schedule_count;
    struct approval *approvals;
    size_t approvals_count;
    struct str content_hash;
    struct address *bill_to;
    struct instant confirmed_at;
};
extern const struct shape payable_shape;
extern const struct message_type type_payable_request, type_payable_told;
extern const struct message_type type_notifications_command_accepted,
    type_notifications_command_refused;

#endif
