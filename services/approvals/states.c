/* states: the table. Read a row as "in this state, these things may come". */
#include "services/approvals/states.h"

#include "common/base.h"

const char *const authorization_state_names[AUTHORIZATION_STATE_COUNT] = {
    NULL,      "pending",  "granted",   "refused", "rejected",
    "expired", "released", "committed", "settled"};

const char *const authorization_cause_names[AUTHORIZATION_CAUSE_COUNT] = {
    "request", "newer request", "commit", "reduce",   "release",
    "settle",  "approve",       "reject", "reminder", "expiry"};

#define MOVE(...)                                                                                  \
    {                                                                                              \
        .action = ACTION_MOVE, .to = { __VA_ARGS__ }                                               \
    }
#define REFUSE(code_)                                                                              \
    {                                                                                              \
        .action = ACTION_REFUSE, .code = code_                                                     \
    }
#define REPEAT                                                                                     \
    {                                                                                              \
        .action = ACTION_REPEAT                                                                    \
    }
#define TELL                                                                                       \
    {                                                                                              \
        .action = ACTION_TELL                                                                      \
    }
#define IGNORE                                                                                     \
    {                                                                                              \
        .action = ACTION_IGNORE                                                                    \
    }
#define JUDGE                                                                                      \
    MOVE(AUTHORIZATION_GRANTED, AUTHORIZATION_COMMITTED, AUTHORIZATION_PENDING,                    \
         AUTHORIZATION_REFUSED)

/* Nothing is held any more: giving back is done, all else hears what came of it. */
#define ENDED                                                                                      \
    {                                                                                              \
        [CAUSE_REQUEST] = TELL, [CAUSE_REQUEST_NEWER] = JUDGE, [CAUSE_COMMIT] = TELL,              \
        [CAUSE_REDUCE] = TELL, [CAUSE_RELEASE] = REPEAT, [CAUSE_SETTLE] = TELL,                    \
        [CAUSE_APPROVE] = REFUSE("approval_closed"), [CAUSE_REJECT] = REFUSE("approval_closed"),   \
        [CAUSE_REMINDER] = IGNORE, [CAUSE_EXPIRY] = IGNORE,                                        \
    }

const struct transition transitions[AUTHORIZATION_STATE_COUNT][AUTHORIZATION_CAUSE_COUNT] = {
    [AUTHORIZATION_NONE] =
        {
            [CAUSE_REQUEST] = JUDGE,
            [CAUSE_REQUEST_NEWER] = JUDGE,
            [CAUSE_COMMIT] = REFUSE("authorization_unknown"),
            [CAUSE_REDUCE] = REFUSE("authorization_unknown"),
            [CAUSE_RELEASE] = REPEAT,
            [CAUSE_SETTLE] = REFUSE("authorization_unknown"),
            [CAUSE_APPROVE] = REFUSE("authorization_unknown"),
            [CAUSE_REJECT] = REFUSE("authorization_unknown"),
            [CAUSE_REMINDER] = IGNORE,
            [CAUSE_EXPIRY] = IGNORE,
        },
    [AUTHORIZATION_PENDING] =
        {
            [CAUSE_REQUEST] = TELL,
            [CAUSE_REQUEST_NEWER] = REFUSE("authorization_open"),
            [CAUSE_COMMIT] = REFUSE("authorization_pending"),
            [CAUSE_REDUCE] = MOVE(AUTHORIZATION_PENDING),
            [CAUSE_RELEASE] = MOVE(AUTHORIZATION_RELEASED),
            [CAUSE_SETTLE] = REFUSE("authorization_pending"),
            [CAUSE_APPROVE] =
                MOVE(AUTHORIZATION_PENDING, AUTHORIZATION_GRANTED, AUTHORIZATION_COMMITTED),
            [CAUSE_REJECT] = MOVE(AUTHORIZATION_REJECTED),
            [CAUSE_REMINDER] = MOVE(AUTHORIZATION_PENDING),
            [CAUSE_EXPIRY] = MOVE(AUTHORIZATION_EXPIRED),
        },
    [AUTHORIZATION_GRANTED] =
        {
            [CAUSE_REQUEST] = REPEAT,
            [CAUSE_REQUEST_NEWER] = REFUSE("authorization_open"),
            [CAUSE_COMMIT] = MOVE(AUTHORIZATION_COMMITTED),
            [CAUSE_REDUCE] = MOVE(AUTHORIZATION_GRANTED),
            [CAUSE_RELEASE] = MOVE(AUTHORIZATION_RELEASED),
            [CAUSE_SETTLE] = REFUSE("authorization_not_committed"),
            [CAUSE_APPROVE] = REFUSE("approval_closed"),
            [CAUSE_REJECT] = REFUSE("approval_closed"),
            [CAUSE_REMINDER] = IGNORE,
            [CAUSE_EXPIRY] = IGNORE,
        },
    [AUTHORIZATION_REFUSED] = ENDED,
    [AUTHORIZATION_REJECTED] = ENDED,
    [AUTHORIZATION_EXPIRED] = ENDED,
    [AUTHORIZATION_RELEASED] = ENDED,
    [AUTHORIZATION_COMMITTED] =
        {
            [CAUSE_REQUEST] = REPEAT,
            [CAUSE_REQUEST_NEWER] = REFUSE("authorization_open"),
            [CAUSE_COMMIT] = REPEAT,
            [CAUSE_REDUCE] = MOVE(AUTHORIZATION_COMMITTED),
            [CAUSE_RELEASE] = MOVE(AUTHORIZATION_RELEASED),
            [CAUSE_SETTLE] = MOVE(AUTHORIZATION_SETTLED),
            [CAUSE_APPROVE] = REFUSE("approval_closed"),
            [CAUSE_REJECT] = REFUSE("approval_closed"),
            [CAUSE_REMINDER] = IGNORE,
            [CAUSE_EXPIRY] = IGNORE,
        },
    [AUTHORIZATION_SETTLED] =
        {
            [CAUSE_REQUEST] = REPEAT,
            [CAUSE_REQUEST_NEWER] = REFUSE("authorization_settled"),
            [CAUSE_COMMIT] = REPEAT,
            [CAUSE_REDUCE] = REFUSE("authorization_settled"),
            [CAUSE_RELEASE] = REFUSE("authorization_settled"),
            [CAUSE_SETTLE] = REPEAT,
            [CAUSE_APPROVE] = REFUSE("approval_closed"),
            [CAUSE_REJECT] = REFUSE("approval_closed"),
            [CAUSE_REMINDER] = IGNORE,
            [CAUSE_EXPIRY] = IGNORE,
        },
};

const struct transition *transition_of(enum authorization_state state,
                                       enum authorization_cause cause)
{
    assert((unsigned)state < AUTHORIZATION_STATE_COUNT);
    assert((unsigned)cause < AUTHORIZATION_CAUSE_COUNT);
    const struct transition *t = &transitions[state][cause];
    assert(t->action != ACTION_NONE);
    return t;
}
