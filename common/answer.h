/* answer: what a sender of a command hears. One shape for all services, told as
 * <service>.command.accepted.v1 or <service>.command.refused.v1 under the aggregate's key, and kept
 * in table `answer` for repeats. */
#ifndef COMMON_ANSWER_H
#define COMMON_ANSWER_H

#include "common/shape.h"

struct command_answer {
    struct str command_id;   /* ce_id of the command */
    struct str command_type; /* as received; may be unknown */
    struct str aggregate;    /* the key it was sent under */
    struct str principal;
    struct str idempotency_key;
    struct str code; /* refused: stable code */
    struct str path; /* refused: JSON Pointer into the command */
    struct str text;
    struct str remedy;
    struct str detail; /* accepted: what came of it, in the service's words */
    bool retriable;
};
extern const struct shape command_answer_shape;

#endif
