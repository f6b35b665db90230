/* machine: the two total tables of an order. */
#include "services/orders/machine.h"

const char *const line_cause_names[] = {NULL,      "priced",    "pending",   "granted",  "refused",
                                        "expired", "confirmed", "allocated", "accepted", "rejected",
                                        "shipped", "delivered", "closed",    "cancelled"};
const char *const saga_event_names[] = {NULL,
                                        "quote priced",
                                        "quote refused",
                                        "granted",
                                        "pending",
                                        "reminded",
                                        "credit refused",
                                        "approval rejected",
                                        "approval expired",
                                        "reserved",
                                        "stock refused",
                                        "stock expired",
                                        "seller answered",
                                        "cancel"};

/* clang-format off */
#define I       {VERDICT_IGNORE, LINE_ABSENT}
#define R       {VERDICT_REFUSE, LINE_ABSENT}
#define M(next) {VERDICT_MOVE, LINE_##next}
static const struct line_rule line_rules[LINE_STATE_COUNT][CAUSE_COUNT] = {
    /* absent, priced, pending, granted, refused, expired, confirmed, allocated, accepted, rejected,
       shipped, delivered, closed, cancelled */
    [LINE_ABSENT] = {R, R, R, R, R, R, R, R, R, R, R, R, R, R},
    [LINE_RECEIVED] = {R, M(PRICED), R, R, M(REJECTED), R, R, R, R, R, R, R, R, M(CANCELLED)},
    [LINE_PRICED] = {R, I, M(PENDING_APPROVAL), M(APPROVED), M(REJECTED), M(EXPIRED), R, R, R, R,
                     R, R, R, M(CANCELLED)},
    [LINE_PENDING_APPROVAL] = {R, I, I, M(APPROVED), M(REJECTED), M(EXPIRED), R, R, R, R,
                               R, R, R, M(CANCELLED)},
    [LINE_APPROVED] = {R, I, I, I, M(REJECTED), I, M(CONFIRMED), R, R, R, R, R, R, M(CANCELLED)},
    [LINE_CONFIRMED] = {R, I, I, I, R, I, I, M(ALLOCATED), R, R, R, R, R, M(CANCELLED)},
    /* A seller who ships or delivers has accepted by that. */
    [LINE_ALLOCATED] = {R, I, I, I, R, I, I, I, M(RELEASED), M(REJECTED), M(SHIPPED), M(DELIVERED),
                        R, M(CANCELLED)},
    [LINE_RELEASED] = {R, I, I, I, R, I, I, I, I, M(REJECTED), M(SHIPPED), M(DELIVERED),
                       R, M(CANCELLED)},
    [LINE_SHIPPED] = {R, I, I, I, R, I, I, I, I, R, I, M(DELIVERED), R, R},
    [LINE_DELIVERED] = {R, I, I, I, R, I, I, I, I, R, I, I, M(CLOSED), R},
    [LINE_CLOSED] = {R, I, I, I, R, I, I, I, I, R, I, I, I, R},
    [LINE_REJECTED] = {R, I, I, I, I, I, I, I, I, I, I, I, I, I},
    [LINE_CANCELLED] = {R, I, I, I, I, I, I, I, I, I, I, I, I, I},
    [LINE_EXPIRED] = {R, I, I, I, I, I, I, I, I, I, I, I, I, I},
};
#undef I
#undef R
#undef M

#define G SAGA_GO
#define I SAGA_IGNORE
#define U SAGA_UNDO
static const enum saga_verdict saga_rules[STEP_COUNT][EVENT_COUNT] = {
    /* absent, priced, quote refused, granted, pending, reminded, credit refused, approval rejected,
       approval expired, reserved, stock refused, stock expired, answered, cancel */
    [STEP_ABSENT] = {I, I, I, I, I, I, I, I, I, I, I, I, I, I},
    [STEP_PRICING] = {I, G, G, I, I, I, I, I, I, I, I, I, I, G},
    [STEP_AUTHORIZING] = {I, I, I, G, G, G, G, G, G, I, I, I, I, G},
    [STEP_RESERVING] = {I, I, I, I, I, I, I, I, I, G, G, G, I, G},
    [STEP_FULFILLING] = {I, I, I, I, I, I, I, I, I, I, G, G, G, G},
    [STEP_ENDED] = {I, I, I, U, U, I, U, U, U, U, U, U, I, G},
};
#undef G
#undef I
#undef U
/* clang-format on */

struct line_rule line_rule(enum line_state state, enum line_cause cause)
{
    assert((unsigned)state < LINE_STATE_COUNT && (unsigned)cause < CAUSE_COUNT);
    return line_rules[state][cause];
}

bool line_move(struct order_line *line, enum line_cause cause)
{
    struct line_rule rule = line_rule(line->state, cause);
    if (rule.verdict != VERDICT_MOVE)
        return false;
    line->state = rule.next;
    return true;
}

size_t lines_move(struct order_row *row, enum line_cause cause)
{
    size_t moved = 0;
    for (size_t i = 0; i < row->lines_count; i++)
        moved += line_move(&row->lines[i], cause);
    return moved;
}

bool line_ended(enum line_state state)
{
    return state >= LINE_CLOSED;
}

bool order_ended(const struct order_row *row)
{
    for (size_t i = 0; i < row->lines_count; i++)
        if (!line_ended(row->lines[i].state))
            return false;
    return true;
}

bool order_commits_early(const struct order_row *row)
{
    return row->commit_at == COMMIT_AT_RESERVE && !row->dry_run;
}

static enum order_state open_state(enum line_state least)
{
    static const enum order_state states[LINE_STATE_COUNT] = {
        [LINE_RECEIVED] = ORDER_RECEIVED,
        [LINE_PRICED] = ORDER_PRICED,
        [LINE_PENDING_APPROVAL] = ORDER_PENDING_APPROVAL,
        [LINE_APPROVED] = ORDER_APPROVED,
        [LINE_CONFIRMED] = ORDER_CONFIRMED,
        [LINE_ALLOCATED] = ORDER_CONFIRMED,
        [LINE_RELEASED] = ORDER_ACCEPTED,
        [LINE_SHIPPED] = ORDER_SHIPPED,
        [LINE_DELIVERED] = ORDER_DELIVERED,
    };
    assert((unsigned)least < LINE_STATE_COUNT && states[least] != ORDER_ABSENT);
    return states[least];
}

static enum order_state state_of(const bool seen[LINE_STATE_COUNT])
{
    for (enum line_state s = LINE_RECEIVED; s < LINE_CLOSED; s++)
        if (seen[s])
            return open_state(s);
    if (seen[LINE_CLOSED])
        return ORDER_CLOSED;
    if (seen[LINE_CANCELLED])
        return ORDER_CANCELLED;
    return seen[LINE_EXPIRED] ? ORDER_EXPIRED : ORDER_REFUSED;
}

enum order_state order_state_of(const struct order_row *row)
{
    bool seen[LINE_STATE_COUNT] = {false};
    if (row->dry_run && row->step == STEP_ENDED)
        return ORDER_PREVIEWED;
    for (size_t i = 0; i < row->lines_count; i++)
        seen[row->lines[i].state] = true;
    return state_of(seen);
}

enum order_state sub_order_state_of(const struct order_row *row, int64_t sub_order)
{
    bool seen[LINE_STATE_COUNT] = {false};
    for (size_t i = 0; i < row->lines_count; i++)
        if (row->lines[i].sub_order == sub_order)
            seen[row->lines[i].state] = true;
    return state_of(seen);
}

enum saga_verdict saga_rule(enum saga_step step, enum saga_event event)
{
    assert((unsigned)step < STEP_COUNT && (unsigned)event < EVENT_COUNT);
    return saga_rules[step][event];
}
