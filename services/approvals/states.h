/* states: what may follow in an authorization, as a total table over (state, cause). Pure. */
#ifndef SERVICES_APPROVALS_STATES_H
#define SERVICES_APPROVALS_STATES_H

enum authorization_state {
    AUTHORIZATION_NONE = 0, /* no row */
    AUTHORIZATION_PENDING,  /* credit is held, people must say yes */
    AUTHORIZATION_GRANTED,  /* credit is held, all said yes */
    AUTHORIZATION_REFUSED,  /* a rule or the credit said no; nothing is held */
    AUTHORIZATION_REJECTED, /* a person said no; nothing is held */
    AUTHORIZATION_EXPIRED,  /* nobody said yes in time; nothing is held */
    AUTHORIZATION_RELEASED, /* given back */
    AUTHORIZATION_COMMITTED,
    AUTHORIZATION_SETTLED
};
enum { AUTHORIZATION_STATE_COUNT = AUTHORIZATION_SETTLED + 1 };
extern const char *const authorization_state_names[AUTHORIZATION_STATE_COUNT]; /* [0] is NULL */

enum authorization_cause {
    CAUSE_REQUEST = 0,   /* of a version that was judged already, or of the first one */
    CAUSE_REQUEST_NEWER, /* of a later version than the one judged */
    CAUSE_COMMIT,
    CAUSE_REDUCE,
    CAUSE_RELEASE,
    CAUSE_SETTLE,
    CAUSE_APPROVE,
    CAUSE_REJECT,
    CAUSE_REMINDER,
    CAUSE_EXPIRY
};
enum { AUTHORIZATION_CAUSE_COUNT = CAUSE_EXPIRY + 1 };
extern const char *const authorization_cause_names[AUTHORIZATION_CAUSE_COUNT];

enum action {
    ACTION_NONE = 0,
    ACTION_MOVE,   /* do it */
    ACTION_REPEAT, /* it is done: answered as if it were done now, nothing changes */
    ACTION_TELL,   /* it cannot be done any more: the state itself is told again */
    ACTION_REFUSE, /* refused, with the code of `code` */
    ACTION_IGNORE  /* nothing to do and nobody to tell */
};

struct transition {
    enum action action;
    enum authorization_state to[4]; /* of a move: where it may lead; NONE ends it */
    const char *code;               /* of a refusal */
};

extern const struct transition transitions[AUTHORIZATION_STATE_COUNT][AUTHORIZATION_CAUSE_COUNT];

const struct transition *transition_of(enum authorization_state state,
                                       enum authorization_cause cause);

#endif
