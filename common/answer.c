/* answer: the one shape in which every service answers a command. All members are optional, because
 * a command that misses them must be answered too. */
#include "common/answer.h"
#include "common/limits.h"

/* Names that came with the command and may be anything that fits a header. */
enum { ECHO_SIZE_MAX = 1024, CODE_SIZE_MAX = 64, PATH_SIZE_MAX = 4096 };

static const struct member members[] = {
    MEMBER(struct command_answer, command_id, OPTIONAL, 0, ECHO_SIZE_MAX,
           "ce_id of the command that is answered."),
    MEMBER(struct command_answer, command_type, OPTIONAL, 0, ECHO_SIZE_MAX,
           "Type of the command as received; it may be unknown here."),
    MEMBER(struct command_answer, aggregate, OPTIONAL, 0, ECHO_SIZE_MAX,
           "The key that the command was sent under."),
    MEMBER(struct command_answer, principal, OPTIONAL, 0, ECHO_SIZE_MAX,
           "Who is responsible for the command."),
    MEMBER(struct command_answer, idempotency_key, OPTIONAL, 0, ECHO_SIZE_MAX,
           "The sender's own key of the command."),
    MEMBER(struct command_answer, code, OPTIONAL, 1, CODE_SIZE_MAX,
           "Why it was refused, as a stable code; absent when accepted."),
    MEMBER(struct command_answer, path, OPTIONAL, 0, PATH_SIZE_MAX,
           "JSON Pointer to the member of the command that is wrong."),
    MEMBER(struct command_answer, text, OPTIONAL, 0, TEXT_SIZE_MAX,
           "Why it was refused, as a sentence."),
    MEMBER(struct command_answer, remedy, OPTIONAL, 0, TEXT_SIZE_MAX, "What would cure it."),
    MEMBER(struct command_answer, detail, OPTIONAL, 0, TEXT_SIZE_MAX,
           "Accepted: what came of it, in the words of the service."),
    MEMBER(struct command_answer, retriable, OPTIONAL, 0, 0,
           "True when the same command may succeed later."),
};

const struct shape command_answer_shape =
    SHAPE("command.answer", struct command_answer, members, "The answer to a command.");
