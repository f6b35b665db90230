/* type_table: how the message tables are written. Include in proto/ .c files only. */
#ifndef PROTO_TYPE_TABLE_H
#define PROTO_TYPE_TABLE_H

#include "common/answer.h"
#include "proto/parts.h"
#include "proto/topics.h"

/* A command from outside: answered once per (principal, type, aggregate, idempotency key). */
#define COMMAND_TYPE(name_, topic_, T, shape_, key_, rights_, doc_)                                \
    {                                                                                              \
        .name = name_, .topic = &topic_, .shape = &shape_, .command = true,                        \
        .key_at = TYPE_AT(T, key_), .subject_at = OFFSET_NONE,                                     \
        .principal_at = TYPE_AT(T, principal), .idempotency_at = TYPE_AT(T, idempotency_key),      \
        .rights = rights_, .doc = doc_                                                             \
    }
/* Ours, on a closed topic, about an order (member `order`). */
#define ORDER_TYPE(name_, topic_, T, shape_, key_, doc_)                                           \
    {                                                                                              \
        .name = name_, .topic = &topic_, .shape = &shape_, .key_at = TYPE_AT(T, key_),             \
        .subject_at = TYPE_AT(T, order), .principal_at = OFFSET_NONE,                              \
        .idempotency_at = OFFSET_NONE, .doc = doc_                                                 \
    }
/* Ours, on a closed topic, about something else. */
#define FACT_TYPE(name_, topic_, T, shape_, key_, doc_)                                            \
    {                                                                                              \
        .name = name_, .topic = &topic_, .shape = &shape_, .key_at = TYPE_AT(T, key_),             \
        .subject_at = OFFSET_NONE, .principal_at = OFFSET_NONE, .idempotency_at = OFFSET_NONE,     \
        .doc = doc_                                                                                \
    }
#define ACCEPTED_TYPE(service_, topic_)                                                            \
    FACT_TYPE("batuta." service_ ".command.accepted.v1", topic_, struct command_answer,            \
              command_answer_shape, aggregate, "A command was taken.")
#define REFUSED_TYPE(service_, topic_)                                                             \
    FACT_TYPE("batuta." service_ ".command.refused.v1", topic_, struct command_answer,             \
              command_answer_shape, aggregate, "A command was refused: code, path, remedy.")

#endif
