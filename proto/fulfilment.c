/* fulfilment: shapes and types of fulfilment, notices and payables. */
#include "proto/fulfilment.h"

#include "common/limits.h"
#include "proto/rights.h"
#include "proto/type_table.h"

enum {
    LINE_NUMBER_MAX = 1000000,
    REASON_COUNT_MAX = 2000,
    INSTALMENT_COUNT_MAX = 60,
    APPROVAL_COUNT_MAX = 64
};
#define LOWEST (-AMOUNT_MICRO_MAX)

static const struct member fulfilment_line_members[] = {
    MEMBER(struct fulfilment_line, line, REQUIRED, 1, LINE_NUMBER_MAX, NULL),
    MEMBER(struct fulfilment_line, sku, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_line, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct fulfilment_line, quantity, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct fulfilment_line, unit_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct fulfilment_line, net, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER(struct fulfilment_line, requested_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct fulfilment_line, note, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape fulfilment_line_shape =
    SHAPE("fulfilment_line", struct fulfilment_line, fulfilment_line_members, "A line to fulfil.");
static const struct member fulfilment_members[] = {
    MEMBER(struct fulfilment, partner, REQUIRED, 1, ID_SIZE_MAX, "the seller"),
    MEMBER(struct fulfilment, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment, sub_order, REQUIRED, 1, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER(struct fulfilment, number, OPTIONAL, 0, KEY_SIZE_MAX, "for people"),
    MEMBER(struct fulfilment, node, REQUIRED, 1, KEY_SIZE_MAX, "ship from"),
    MEMBER(struct fulfilment, account, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment, buyer, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment, currency, REQUIRED, 3, 3, NULL),
    MEMBER(struct fulfilment, purchase_order, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment, payment_term, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment, version, REQUIRED, 1, INT64_MAX, NULL),
    MEMBER_LIST(struct fulfilment, lines, REQUIRED, 1, ORDER_LINE_COUNT_MAX, &fulfilment_line_shape,
                NULL),
    MEMBER_AMOUNT(struct fulfilment, subtotal, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct fulfilment, charges, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct fulfilment, total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_OBJECT(struct fulfilment, ship_to, OPTIONAL, &address_shape, NULL),
    MEMBER(struct fulfilment, requested_at, OPTIONAL, 0, 0, NULL),
    MEMBER(struct fulfilment, confirmed_at, OPTIONAL, 0, 0, NULL),
};
const struct shape fulfilment_shape =
    SHAPE("fulfilment", struct fulfilment, fulfilment_members, "A sub-order for its seller.");
const struct message_type type_fulfilment_announce =
    ORDER_TYPE("batuta.notifications.fulfilment.announce.v1", topic_notifications_requests,
               struct fulfilment, fulfilment_shape, partner, "Tell the seller what to fulfil.");
const struct message_type type_fulfilment_ordered =
    ORDER_TYPE("batuta.notifications.fulfilment.ordered.v1", topic_partner_fulfilment,
               struct fulfilment, fulfilment_shape, order, "Please fulfil.");

static const struct member fulfilment_cancel_members[] = {
    MEMBER(struct fulfilment_cancel, partner, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_cancel, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_cancel, sub_order, REQUIRED, 1, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER(struct fulfilment_cancel, reason, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_cancel, principal, OPTIONAL, 0, ID_SIZE_MAX, NULL),
};
const struct shape fulfilment_cancel_shape =
    SHAPE("fulfilment_cancel", struct fulfilment_cancel, fulfilment_cancel_members,
          "Do not fulfil what is not shipped.");
const struct message_type type_fulfilment_cancel =
    ORDER_TYPE("batuta.notifications.fulfilment.cancel.v1", topic_notifications_requests,
               struct fulfilment_cancel, fulfilment_cancel_shape, partner,
               "Cancel a sub-order if nothing of it is shipped.");
const struct message_type type_fulfilment_cancelled =
    ORDER_TYPE("batuta.notifications.fulfilment.cancelled.v1", topic_partner_fulfilment,
               struct fulfilment_cancel, fulfilment_cancel_shape, order, "Do not fulfil.");

static const struct member fulfilment_response_members[] = {
    MEMBER(struct fulfilment_response, partner, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_response, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_response, sub_order, REQUIRED, 1, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER(struct fulfilment_response, principal, REQUIRED, 1, ID_SIZE_MAX, "must be the partner"),
    MEMBER(struct fulfilment_response, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER_LIST(struct fulfilment_response, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX,
                &line_quantity_shape, "absent: all that is left"),
    MEMBER(struct fulfilment_response, carrier, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_response, tracking, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_response, reason, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape fulfilment_response_shape =
    SHAPE("fulfilment_response", struct fulfilment_response, fulfilment_response_members,
          "What a seller answers.");
#define RESPONSE(verb_, doc_)                                                                      \
    {                                                                                              \
        .name = "batuta.notifications.fulfilment." verb_ ".v1",                                    \
        .topic = &topic_partners_responses, .shape = &fulfilment_response_shape, .command = true,  \
        .key_at = TYPE_AT(struct fulfilment_response, partner),                                    \
        .subject_at = TYPE_AT(struct fulfilment_response, order),                                  \
        .principal_at = TYPE_AT(struct fulfilment_response, principal),                            \
        .idempotency_at = TYPE_AT(struct fulfilment_response, idempotency_key),                    \
        .rights = RIGHT_ANSWER, .doc = doc_                                                        \
    }
const struct message_type type_fulfilment_accept =
    RESPONSE("accept", "We will fulfil this sub-order.");
const struct message_type type_fulfilment_reject =
    RESPONSE("reject", "We will not fulfil these lines.");
const struct message_type type_fulfilment_ship = RESPONSE("ship", "These quantities left.");
const struct message_type type_fulfilment_deliver =
    RESPONSE("deliver", "These quantities arrived.");

static const struct member fulfilment_answer_members[] = {
    MEMBER(struct fulfilment_answer, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_answer, partner, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_answer, sub_order, REQUIRED, 1, ORDER_LINE_COUNT_MAX, NULL),
    MEMBER(struct fulfilment_answer, answer, REQUIRED, 1, 32,
           "accepted, rejected, shipped, delivered, cancelled, cancel_refused"),
    MEMBER_LIST(struct fulfilment_answer, lines, OPTIONAL, 0, ORDER_LINE_COUNT_MAX,
                &line_quantity_shape, NULL),
    MEMBER(struct fulfilment_answer, carrier, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_answer, tracking, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_answer, reason, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct fulfilment_answer, principal, OPTIONAL, 0, ID_SIZE_MAX, NULL),
};
const struct shape fulfilment_answer_shape =
    SHAPE("fulfilment_answer", struct fulfilment_answer, fulfilment_answer_members,
          "What counts of a seller's answer.");
const struct message_type type_fulfilment_answered = ORDER_TYPE(
    "batuta.notifications.fulfilment.answered.v1", topic_notifications_events,
    struct fulfilment_answer, fulfilment_answer_shape, order, "A seller's answer, checked.");

static const struct member notice_members[] = {
    MEMBER(struct notice, recipient, REQUIRED, 1, KEY_SIZE_MAX,
           "user, account, seller or seller/staff"),
    MEMBER(struct notice, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct notice, account, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct notice, kind, REQUIRED, 1, 64,
           "awaiting_approval, refused, confirmed, shipped, ..."),
    MEMBER(struct notice, cause, OPTIONAL, 0, ID_SIZE_MAX, "which one of several of a kind"),
    MEMBER(struct notice, text, OPTIONAL, 0, TEXT_SIZE_MAX, "for people"),
    MEMBER(struct notice, purchase_order, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct notice, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct notice, content_hash, OPTIONAL, 0, 64, NULL),
    MEMBER_AMOUNT(struct notice, total, OPTIONAL, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_LIST(struct notice, reasons, OPTIONAL, 0, REASON_COUNT_MAX, &reason_shape, NULL),
};
const struct shape notice_shape =
    SHAPE("notice", struct notice, notice_members, "Something a person should hear.");
const struct message_type type_notice_request = ORDER_TYPE(
    "batuta.notifications.notice.request.v1", topic_notifications_requests, struct notice,
    notice_shape, recipient, "Tell this recipient, once per (order, kind, cause).");
const struct message_type type_notice_told =
    ORDER_TYPE("batuta.notifications.notice.told.v1", topic_notifications_events, struct notice,
               notice_shape, order, "A recipient was told.");

static const struct member share_members[] = {
    MEMBER(struct share, cost_centre, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER_AMOUNT(struct share, amount, REQUIRED, LOWEST, DECIMALS_MAX, NULL),
};
const struct shape share_shape =
    SHAPE("share", struct share, share_members, "A cost centre's part.");
static const struct member instalment_members[] = {
    MEMBER(struct instalment, due_at, REQUIRED, 0, 0, NULL),
    MEMBER_AMOUNT(struct instalment, amount, REQUIRED, LOWEST, DECIMALS_MAX, NULL),
};
const struct shape instalment_shape =
    SHAPE("instalment", struct instalment, instalment_members, "A payment due.");
static const struct member payable_members[] = {
    MEMBER(struct payable, account, REQUIRED, 1, ID_SIZE_MAX, "the payer"),
    MEMBER(struct payable, order, REQUIRED, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct payable, purchase_order, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct payable, reference, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct payable, payment_term, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct payable, buyer, OPTIONAL, 0, ID_SIZE_MAX, NULL),
    MEMBER(struct payable, currency, REQUIRED, 3, 3, NULL),
    MEMBER(struct payable, version, REQUIRED, 1, INT64_MAX,
           "of the order; (order, version) dedupes"),
    MEMBER(struct payable, supersedes, OPTIONAL, 0, ID_SIZE_MAX,
           "the notice that this one replaces"),
    MEMBER_AMOUNT(struct payable, total, REQUIRED, LOWEST, DECIMALS_MAX, NULL),
    MEMBER_LIST(struct payable, shares, OPTIONAL, 0, ORDER_LINE_COUNT_MAX, &share_shape,
                "sum = total"),
    MEMBER_LIST(struct payable, schedule, OPTIONAL, 0, INSTALMENT_COUNT_MAX, &instalment_shape,
                "sum = total"),
    MEMBER_LIST(struct payable, approvals, OPTIONAL, 0, APPROVAL_COUNT_MAX, &approval_shape, NULL),
    MEMBER(struct payable, content_hash, OPTIONAL, 0, 64, NULL),
    MEMBER_OBJECT(struct payable, bill_to, OPTIONAL, &address_shape, NULL),
    MEMBER(struct payable, confirmed_at, OPTIONAL, 0, 0, NULL),
};
const struct shape payable_shape =
    SHAPE("payable", struct payable, payable_members, "The accounts-payable notice of an order.");
const struct message_type type_payable_request = ORDER_TYPE(
    "batuta.notifications.payable.request.v1", topic_notifications_requests, struct payable,
    payable_shape, account, "Tell the payer, once per (order, version).");
const struct message_type type_payable_told =
    ORDER_TYPE("batuta.notifications.payable.told.v1", topic_notifications_events, struct payable,
               payable_shape, order, "The payer was told.");
const struct message_type type_notifications_command_accepted =
    ACCEPTED_TYPE("notifications", topic_notifications_events);
const struct message_type type_notifications_command_refused =
    REFUSED_TYPE("notifications", topic_notifications_events);
