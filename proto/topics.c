/* topics: the table. Retention: open 30 days, closed 7 days (the journal is the archive), state
 * compacted. */
#include "proto/topics.h"

#include "common/limits.h"

enum {
    DAY_HOURS = 24,
    OPEN_HOURS = 30 * DAY_HOURS,
    CLOSED_HOURS = 7 * DAY_HOURS,
    CLOSED_SIZE_MAX = 1024 * 1024
};

#define PRINCIPALS(...)                                                                            \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#define OPEN_TOPIC(name_, owner_, key_, writers_, doc_)                                            \
    {                                                                                              \
        .name = name_, .owner = owner_, .access = TOPIC_OPEN, .retention_hours = OPEN_HOURS,       \
        .message_size_max = COMMAND_SIZE_MAX, .key = key_, .writers = writers_,                    \
        .readers = PRINCIPALS(owner_), .doc = doc_                                                 \
    }
#define CLOSED_TOPIC(name_, owner_, key_, readers_, doc_)                                          \
    {                                                                                              \
        .name = name_, .owner = owner_, .access = TOPIC_CLOSED, .chained = true,                   \
        .retention_hours = CLOSED_HOURS, .message_size_max = CLOSED_SIZE_MAX, .key = key_,         \
        .writers = PRINCIPALS(owner_), .readers = readers_, .doc = doc_                            \
    }

const struct topic topic_orders_commands =
    OPEN_TOPIC("orders.commands.v1", "orders", "order id", PRINCIPALS("*"),
               "Submit, preview and cancel orders.");
const struct topic topic_pricing_commands =
    OPEN_TOPIC("pricing.commands.v1", "pricing", "reference:price_list or reference:discount",
               PRINCIPALS("*"), "Change price lists and discounts.");
const struct topic topic_approvals_commands =
    OPEN_TOPIC("approvals.commands.v1", "approvals", "account id", PRINCIPALS("*"),
               "Change accounts; approve and reject.");
const struct topic topic_catalog_commands =
    OPEN_TOPIC("catalog.commands.v1", "catalog", "reference:<kind>, or the node id for stock",
               PRINCIPALS("*"), "Change products, sellers, nodes, offers, assortments and stock.");
const struct topic topic_notifications_commands = OPEN_TOPIC(
    "notifications.commands.v1", "notifications", "partner or recipient id", PRINCIPALS("*"),
    "Subscriptions and preferences; no command is defined yet, each is refused.");
const struct topic topic_partners_responses =
    OPEN_TOPIC("partners.responses.v1", "notifications", "partner id", PRINCIPALS("*"),
               "What partners answer: accepted, rejected, shipped, delivered.");

const struct topic topic_pricing_requests = CLOSED_TOPIC(
    "pricing.requests.v1", "orders", "order id", PRINCIPALS("pricing"), "Orders to be priced.");
const struct topic topic_approvals_requests =
    CLOSED_TOPIC("approvals.requests.v1", "orders", "account id", PRINCIPALS("approvals"),
                 "Orders to be authorised, committed, released.");
const struct topic topic_catalog_requests =
    CLOSED_TOPIC("catalog.requests.v1", "orders", "node id", PRINCIPALS("catalog"),
                 "Stock to be reserved, committed, released.");
const struct topic topic_notifications_requests =
    CLOSED_TOPIC("notifications.requests.v1", "orders", "partner or recipient id",
                 PRINCIPALS("notifications"), "Who must be told what.");

const struct topic topic_orders_events =
    CLOSED_TOPIC("orders.events.v1", "orders", "order id", PRINCIPALS("*"), "Facts about orders.");
const struct topic topic_pricing_events =
    CLOSED_TOPIC("pricing.events.v1", "pricing", "order id, else the aggregate",
                 PRINCIPALS("orders", "*"), "Prices, refusals, answers to commands.");
const struct topic topic_approvals_events =
    CLOSED_TOPIC("approvals.events.v1", "approvals", "order id, else the account",
                 PRINCIPALS("orders", "*"), "Authorisations, refusals, answers to commands.");
const struct topic topic_catalog_events =
    CLOSED_TOPIC("catalog.events.v1", "catalog", "order id, reference:<kind>, else the node",
                 PRINCIPALS("orders", "*"), "Reservations, catalogue facts, answers to commands.");
const struct topic topic_notifications_events = CLOSED_TOPIC(
    "notifications.events.v1", "notifications", "order id, else partner or recipient",
    PRINCIPALS("orders", "*"), "Partner answers that count, notices told, answers to commands.");

const struct topic topic_orders_state = {
    .name = "orders.state.v1",
    .owner = "orders",
    .access = TOPIC_CLOSED,
    .compacted = true,
    .message_size_max = CLOSED_SIZE_MAX,
    .key = "order id",
    .writers = PRINCIPALS("orders"),
    .readers = PRINCIPALS("*"),
    .doc = "The whole order as it stands, compacted by order id."};
const struct topic topic_partner_fulfilment = {
    .name = "partners.%s.fulfilment.v1",
    .owner = "notifications",
    .access = TOPIC_CLOSED,
    .partition_count = 1,
    .retention_hours = OPEN_HOURS,
    .message_size_max = CLOSED_SIZE_MAX,
    .key = "order id",
    .writers = PRINCIPALS("notifications"),
    .readers = PRINCIPALS("partner:%s"),
    .doc = "One per partner: what to fulfil, with a contiguous sequence of its own."};

#define ROUTED_TOPIC(service_)                                                                     \
    {                                                                                              \
        .name = service_ ".routed.v1", .owner = service_, .access = TOPIC_CLOSED, .chained = true, \
        .retention_hours = CLOSED_HOURS, .message_size_max = CLOSED_SIZE_MAX,                      \
        .key = "as the original", .writers = PRINCIPALS(service_),                                 \
        .readers = PRINCIPALS(service_),                                                           \
        .doc = "Records that came to the wrong partition, on their way to the right one."          \
    }
#define DEAD_LETTER_TOPIC(service_)                                                                \
    {                                                                                              \
        .name = service_ ".dlq.v1", .owner = service_, .access = TOPIC_CLOSED,                     \
        .retention_hours = OPEN_HOURS, .message_size_max = DEAD_LETTER_SIZE_MAX,                   \
        .key = "as the original", .writers = PRINCIPALS(service_),                                 \
        .readers = PRINCIPALS("operator"),                                                         \
        .doc = "What could not be read or decided: original bytes and the reason."                 \
    }

const struct topic topic_catalog_routed = ROUTED_TOPIC("catalog");
const struct topic topic_pricing_routed = ROUTED_TOPIC("pricing");
const struct topic topic_approvals_routed = ROUTED_TOPIC("approvals");
const struct topic topic_orders_routed = ROUTED_TOPIC("orders");
const struct topic topic_notifications_routed = ROUTED_TOPIC("notifications");
const struct topic topic_catalog_dead_letters = DEAD_LETTER_TOPIC("catalog");
const struct topic topic_pricing_dead_letters = DEAD_LETTER_TOPIC("pricing");
const struct topic topic_approvals_dead_letters = DEAD_LETTER_TOPIC("approvals");
const struct topic topic_orders_dead_letters = DEAD_LETTER_TOPIC("orders");
const struct topic topic_notifications_dead_letters = DEAD_LETTER_TOPIC("notifications");

static const struct topic *const routed[] = {&topic_catalog_routed, &topic_pricing_routed,
                                             &topic_approvals_routed, &topic_orders_routed,
                                             &topic_notifications_routed};
static const struct topic *const dead_letters[] = {
    &topic_catalog_dead_letters, &topic_pricing_dead_letters, &topic_approvals_dead_letters,
    &topic_orders_dead_letters, &topic_notifications_dead_letters};

const struct topic *const topics[] = {&topic_orders_commands,
                                      &topic_pricing_commands,
                                      &topic_approvals_commands,
                                      &topic_catalog_commands,
                                      &topic_notifications_commands,
                                      &topic_partners_responses,
                                      &topic_pricing_requests,
                                      &topic_approvals_requests,
                                      &topic_catalog_requests,
                                      &topic_notifications_requests,
                                      &topic_orders_events,
                                      &topic_pricing_events,
                                      &topic_approvals_events,
                                      &topic_catalog_events,
                                      &topic_notifications_events,
                                      &topic_orders_state,
                                      &topic_partner_fulfilment,
                                      &topic_catalog_routed,
                                      &topic_pricing_routed,
                                      &topic_approvals_routed,
                                      &topic_orders_routed,
                                      &topic_notifications_routed,
                                      &topic_catalog_dead_letters,
                                      &topic_pricing_dead_letters,
                                      &topic_approvals_dead_letters,
                                      &topic_orders_dead_letters,
                                      &topic_notifications_dead_letters,
                                      NULL};

static bool is_partner_topic(struct str name)
{
    struct str tail = STR(".fulfilment.v1");
    size_t head_size = sizeof "partners." - 1;
    return str_starts(name, "partners.") && name.size > head_size + tail.size &&
           str_eq((struct str){name.at + name.size - tail.size, tail.size}, tail);
}

const struct topic *topic_find(struct str name)
{
    for (size_t i = 0; topics[i]; i++)
        if (str_is(name, topics[i]->name))
            return topics[i];
    return is_partner_topic(name) ? &topic_partner_fulfilment : NULL;
}

static const struct topic *by_owner(const struct topic *const *table, size_t count,
                                    const char *service)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(str_of(service), table[i]->owner))
            return table[i];
    return NULL;
}

const struct topic *topic_routed(const char *service)
{
    return by_owner(routed, ARRAY_LEN(routed), service);
}

const struct topic *topic_dead_letters(const char *service)
{
    return by_owner(dead_letters, ARRAY_LEN(dead_letters), service);
}
