/* rows: what notifications keeps, as structs. Quantities are millionths of the line's unit. */
#ifndef SERVICES_NOTIFICATIONS_ROWS_H
#define SERVICES_NOTIFICATIONS_ROWS_H

#include "common/fold.h"
#include "proto/fulfilment.h"

/* A seller's own topic: the chain numbers its events 1, 2, 3 ... (F36). */
struct partner {
    struct str partner;  /* key */
    int64_t fulfilments; /* sub-orders announced */
    struct chain chain;
};
extern const struct entity partner_entity;

enum fulfilment_state {
    FULFILMENT_ABSENT = 0,
    FULFILMENT_NEW, /* announced, not answered */
    FULFILMENT_ACCEPTED,
    FULFILMENT_REJECTED, /* nothing of it will come */
    FULFILMENT_PARTLY_SHIPPED,
    FULFILMENT_SHIPPED, /* all that was not rejected */
    FULFILMENT_DELIVERED,
    FULFILMENT_CANCELLED
};
enum { FULFILMENT_STATE_COUNT = FULFILMENT_CANCELLED + 1 };
extern const char *const fulfilment_state_names[FULFILMENT_STATE_COUNT];

/* Always: delivered <= shipped <= quantity - rejected. */
struct progress {
    int64_t line;
    struct str sku;
    struct quantity quantity; /* as announced */
    struct decimal rejected, shipped, delivered;
};

struct shipment {
    int64_t shipment; /* 1, 2, ... of its sub-order */
    struct str carrier, tracking;
    struct line_quantity *lines;
    size_t lines_count;
    struct instant shipped_at;
};

/* A sub-order at its seller; as it was announced it stands in the journal, in the row's first
 * batch. */
struct fulfilment_row {
    struct str order_id, sub_order; /* key; sub_order as text */
    struct str partner;
    int64_t version;
    enum fulfilment_state state;
    struct progress *lines;
    size_t lines_count;
    struct shipment *shipments;
    size_t shipments_count;
    /* The first answer to a cancel, so that a repeat is answered by the same event. */
    struct str cancel_answer, cancel_event;
    int64_t cancel_sequence;
    struct instant announced_at, changed_at;
    struct chain chain; /* of what orders is told about it */
};
extern const struct entity fulfilment_entity;

/* What was said is in the journal: the event of the row's (first) batch. Rows of notices and
 * payables never change. */
struct notice_row {
    struct str order_id, kind, cause, recipient; /* key */
    struct instant told_at;
    struct chain chain;
};
extern const struct entity notice_entity;

struct payable_row {
    struct str order_id, version; /* key; version as text */
    struct str account, currency;
    int64_t total;
    struct instant told_at;
    struct chain chain;
};
extern const struct entity payable_entity;

#endif
