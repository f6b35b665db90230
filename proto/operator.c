/* operator: redrive and discard, one pair a service. */
#include "proto/operator.h"

#include "common/parked.h"
#include "proto/rights.h"
#include "proto/type_table.h"

#define OPERATOR_TYPE(service_, verb_, doc_)                                                       \
    COMMAND_TYPE("batuta." #service_ ".parked." #verb_ ".v1", topic_##service_##_commands,         \
                 struct parked_command, parked_command_shape, key, RIGHT_OPERATE, doc_)
#define OPERATOR_PAIR(service_)                                                                    \
    const struct message_type type_##service_##_redrive = OPERATOR_TYPE(                           \
        service_, redrive, "Decide the parked records of a key once more, in order.");             \
    const struct message_type type_##service_##_discard = OPERATOR_TYPE(                           \
        service_, discard, "Drop the first parked record of a key, decide the rest.")

OPERATOR_PAIR(orders);
OPERATOR_PAIR(pricing);
OPERATOR_PAIR(approvals);
OPERATOR_PAIR(catalog);
OPERATOR_PAIR(notifications);
