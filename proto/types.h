/* types: every message type, for the documents, the CLI and the tests. */
#ifndef PROTO_TYPES_H
#define PROTO_TYPES_H

#include "common/message.h"

extern const struct message_type *const message_types[]; /* NULL-terminated */
const struct message_type *message_type_find(struct str name,
                                             const struct topic *topic); /* NULL when unknown */

#endif
