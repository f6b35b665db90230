/* message: what a topic is, and what a message type is. The tables themselves are in proto/. */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include "common/shape.h"

enum topic_access {
    TOPIC_ABSENT = 0,
    TOPIC_OPEN,  /* many may write: stream headers are not believed, repeats settle by idempotency
                    key */
    TOPIC_CLOSED /* only the owner writes: stream headers are the chain */
};

struct topic {
    const char *name; /* "orders.events.v1"; with "%s" for one topic per partner */
    const char
        *owner; /* "orders": the service that owns it (writes it when closed, reads it when open) */
    enum topic_access access;
    bool chained; /* consumed by our services: records carry prev -> seq */
    bool compacted;
    int partition_count; /* 0 = P of the installation */
    int retention_hours;
    int message_size_max;       /* bytes */
    const char *key;            /* what the key is, in words */
    const char *const *writers; /* principals, NULL-terminated; "*" = any system with the right */
    const char *const *readers;
    const char *doc;
};

enum { OFFSET_NONE = -1 };

struct message_type {
    const char *name; /* ce_type, e.g. "batuta.orders.order.submit.v1" */
    const struct topic *topic;
    const struct shape *shape;
    bool command;             /* closed members, answered */
    bool answered_by_service; /* order.submit: the aggregate's own row is the idempotency record */
    /* Offsets of struct str members in the decoded struct, or OFFSET_NONE. */
    int key_at;         /* must equal the record's key (commands: else key_mismatch) */
    int subject_at;     /* the order id, when the message is about one: ce_subject, and the unit of
                           parking */
    int principal_at;   /* commands: who is responsible */
    int idempotency_at; /* commands: the sender's key */
    unsigned rights;    /* bits the sending system must hold (any one of them); 0 = none needed */
    const char *doc;
};

struct str message_member(const void *body, int offset); /* STR_NONE for OFFSET_NONE */

#endif
