/* fulfilment_rules: how far a sub-order has come at its seller, and what may follow. Pure. */
#ifndef SERVICES_NOTIFICATIONS_FULFILMENT_RULES_H
#define SERVICES_NOTIFICATIONS_FULFILMENT_RULES_H

#include "services/notifications/rows.h"

enum fulfilment_cause {
    CAUSE_ABSENT = 0,
    CAUSE_ACCEPT,
    CAUSE_REJECT,
    CAUSE_SHIP,
    CAUSE_DELIVER,
    CAUSE_CANCEL /* from orders; all others from the partner */
};
enum { FULFILMENT_CAUSE_COUNT = CAUSE_CANCEL + 1 };
extern const char *const fulfilment_cause_names[FULFILMENT_CAUSE_COUNT];

enum fulfilment_move {
    MOVE_ABSENT = 0,
    MOVE_TAKE,   /* counts, within the quantities that are left */
    MOVE_IGNORE, /* nothing to change; answered as if it counted */
    MOVE_REFUSE
};

struct fulfilment_rule {
    enum fulfilment_move move;
    const char *code; /* MOVE_REFUSE: the stable code of the refusal; else what follows */
};
/* Total: every state, every cause. */
const struct fulfilment_rule *fulfilment_rule(enum fulfilment_state state,
                                              enum fulfilment_cause cause);

/* What a cause would still find of a line. */
int64_t fulfilment_left(const struct progress *p, enum fulfilment_cause cause);

/* What an answer of the partner means. In: row, cause, response, arena. Out: told, line by line and
 * exactly, or the fault (paths as in the response). */
struct fulfilment_plan {
    const struct fulfilment_row *row;
    enum fulfilment_cause cause;
    const struct fulfilment_response *response; /* no lines: all that is left */
    struct arena *arena;
    struct line_quantity *told; /* in the arena */
    size_t told_count;
    struct fault fault;
};
/* False: the fault is set; codes of the table and line_unknown, line_repeated, unit_mismatch,
 * lines_not_taken, over_rejection, over_shipment, over_delivery. */
bool fulfilment_plan(struct fulfilment_plan *p) MUST_CHECK;

/* Carries a plan out: quantities, then the state that follows from them. */
void fulfilment_apply(struct fulfilment_row *r, enum fulfilment_cause cause,
                      const struct line_quantity *told, size_t told_count);

/* All that a cause would find, into told[lines_count]; returns how many lines. */
size_t fulfilment_left_lines(const struct fulfilment_row *r, enum fulfilment_cause cause,
                             struct line_quantity *told);

/* A share or schedule of a payable that does not add up to its total (F20): what is wrong, or
 * NULL. */
const char *payable_fault(const struct payable *p);

#endif
