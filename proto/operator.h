/* operator: what operators send to any service about parked records. */
#ifndef PROTO_OPERATOR_H
#define PROTO_OPERATOR_H

#include "common/message.h"

/* redrive, discard of that service, on its command topic. */
extern const struct message_type type_orders_redrive, type_orders_discard, type_pricing_redrive,
    type_pricing_discard, type_approvals_redrive, type_approvals_discard, type_catalog_redrive,
    type_catalog_discard, type_notifications_redrive, type_notifications_discard;

#endif
