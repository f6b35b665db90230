/* marks: rare things that must have happened somewhere in a long enough run. One that stays 0 says
 * that the simulator no longer goes where it should. */
#ifndef TESTS_SIM_MARKS_H
#define TESTS_SIM_MARKS_H

#include <stdint.h>

#define MARKS(X)                                                                                   \
    X(FENCED, "a batch fenced by another owner")                                                   \
    X(UNKNOWN_DONE, "an unknown commit that had committed")                                        \
    X(UNKNOWN_UNDONE, "an unknown commit that had not")                                            \
    X(REPUBLISHED, "an event sent again from the journal")                                         \
    X(REPEAT, "a repeat on a closed topic dropped")                                                \
    X(HOLE_OPENED, "a hole opened")                                                                \
    X(HOLE_CLOSED, "a hole closed")                                                                \
    X(PARKED, "an order parked")                                                                   \
    X(REDRIVEN, "a parked queue redriven")                                                         \
    X(ASKS_ALL, "a batch decided again over rows that are asked for (23505)")                      \
    X(ONE_BY_ONE, "a batch taken apart after Postgres refused it")                                 \
    X(SET_ASIDE, "an input set aside, refused by Postgres")                                        \
    X(TIMER_WAITED, "a due timer that asked how far its inputs reach")                             \
    X(TIMER_LOST, "an expiry that lost to a yes that lay in Kafka since before it")                \
    X(TIMER_FIRED, "a timer fired")                                                                \
    X(ROUTED, "a misplaced record routed")                                                         \
    X(DEAD_LETTER, "an unreadable command kept as a dead letter")                                  \
    X(LOCK_WAITED, "a taking that waited for a sleeping backend's lock")                           \
    X(BACKEND_ENDED, "a sleeping backend ended by a taker")                                        \
    X(ZOMBIE_WOKE, "a replaced process that woke again")                                           \
    X(ZOMBIE_SENT, "a record of a dead or replaced producer that came late")                       \
    X(RENEWED, "a producer made anew")                                                             \
    X(REFUSED_DEST, "an event that its destination refused")                                       \
    X(UNSENT_HEALED, "unsent events sent when the destination was back")                           \
    X(CRASH_IN_COMMIT, "a process killed between COMMIT and its answer")                           \
    X(CRASH_IN_TRANSACTION, "a process killed inside a transaction")                               \
    X(SUSPECTED, "an input that went alone after takings without progress")                        \
    X(STALE_FETCH, "a record fetched before a stop, drained after it")                             \
    X(QUEUE_FULL, "a producer without room")                                                       \
    X(STOPPED, "a process that left in order")                                                     \
    X(CACHE_CLEARED, "rows in memory forgotten with a partition")                                  \
    X(CONFLICT, "a known key with another body refused")                                           \
    X(ANSWERED_AGAIN, "a repeated command answered again")                                         \
    X(ORDER_CLOSED, "an order closed")                                                             \
    X(ORDER_REFUSED, "an order refused")                                                           \
    X(ORDER_CANCELLED, "an order cancelled")                                                       \
    X(ORDER_EXPIRED, "an order expired")                                                           \
    X(EARLY, "an order closed whose stock was committed where it was held")                        \
    X(APPROVED, "an order approved by a person")                                                   \
    X(REJECTED, "an order rejected by a person")                                                   \
    X(CREDIT_SHORT, "an order refused for credit")                                                 \
    X(STOCK_SHORT, "an order refused for stock")

enum mark {
#define MARK_NAME(name, doc) MARK_##name,
    MARKS(MARK_NAME)
#undef MARK_NAME
        MARK_COUNT
};

extern uint64_t marks[MARK_COUNT];
extern const char *const mark_docs[MARK_COUNT];

static inline void mark(enum mark m)
{
    marks[m]++;
}

#endif
