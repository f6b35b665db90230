/* topics: the one table of topics. `batuta topics apply` creates what it says, `batuta topics acls`
 * prints the rights that follow from it, the AsyncAPI document is made from it. */
#ifndef PROTO_TOPICS_H
#define PROTO_TOPICS_H

#include "common/message.h"

extern const struct topic topic_orders_commands, topic_pricing_commands, topic_approvals_commands,
    topic_catalog_commands, topic_notifications_commands, topic_partners_responses;
extern const struct topic topic_pricing_requests, topic_approvals_requests, topic_catalog_requests,
    topic_notifications_requests;
extern const struct topic topic_orders_events, topic_pricing_events, topic_approvals_events,
    topic_catalog_events, topic_notifications_events;
extern const struct topic topic_orders_state, topic_partner_fulfilment;
/* Of each service: records on their way to the right partition; what could not be read. */
extern const struct topic topic_catalog_routed, topic_pricing_routed, topic_approvals_routed,
    topic_orders_routed, topic_notifications_routed;
extern const struct topic topic_catalog_dead_letters, topic_pricing_dead_letters,
    topic_approvals_dead_letters, topic_orders_dead_letters, topic_notifications_dead_letters;

/* Every topic: the above and, for each service, <service>.routed.v1 and <service>.dlq.v1.
 * NULL-terminated. */
extern const struct topic *const topics[];
const struct topic *topic_find(
    struct str name); /* also "partners.<partner>.fulfilment.v1"; NULL when unknown */
const struct topic *topic_routed(const char *service); /* NULL when the service is unknown */
const struct topic *topic_dead_letters(const char *service);

#endif
