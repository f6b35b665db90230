/* fulfilment_rules: how far a sub-order has come at its seller, and what may follow. Pure. */
#include "services/notifications/fulfilment_rules.h"

#include <string.h>

const char *const fulfilment_cause_names[] = {NULL,   "accept",  "reject",
                                              "ship", "deliver", "cancel"};

#define TAKE(next)                                                                                 \
    {                                                                                              \
        MOVE_TAKE, next                                                                            \
    }
#define IGNORE(why)                                                                                \
    {                                                                                              \
        MOVE_IGNORE, why                                                                           \
    }
#define REFUSE(code)                                                                               \
    {                                                                                              \
        MOVE_REFUSE, code                                                                          \
    }

static const struct fulfilment_rule rules[FULFILMENT_STATE_COUNT][FULFILMENT_CAUSE_COUNT] = {
    [FULFILMENT_ABSENT] = {[CAUSE_ACCEPT] = REFUSE("fulfilment_unknown"),
                           [CAUSE_REJECT] = REFUSE("fulfilment_unknown"),
                           [CAUSE_SHIP] = REFUSE("fulfilment_unknown"),
                           [CAUSE_DELIVER] = REFUSE("fulfilment_unknown"),
                           [CAUSE_CANCEL] = REFUSE("fulfilment_unknown")},
    [FULFILMENT_NEW] = {[CAUSE_ACCEPT] = TAKE("accepted"),
                        [CAUSE_REJECT] = TAKE("rejected; part: new"),
                        [CAUSE_SHIP] = REFUSE("not_accepted"),
                        [CAUSE_DELIVER] = REFUSE("not_accepted"),
                        [CAUSE_CANCEL] = TAKE("cancelled")},
    [FULFILMENT_ACCEPTED] = {[CAUSE_ACCEPT] = REFUSE("already_accepted"),
                             [CAUSE_REJECT] = TAKE("rejected; part: accepted"),
                             [CAUSE_SHIP] = TAKE("shipped; part: partly_shipped"),
                             [CAUSE_DELIVER] = REFUSE("not_shipped"),
                             [CAUSE_CANCEL] = TAKE("cancelled")},
    [FULFILMENT_REJECTED] = {[CAUSE_ACCEPT] = REFUSE("already_rejected"),
                             [CAUSE_REJECT] = REFUSE("already_rejected"),
                             [CAUSE_SHIP] = REFUSE("already_rejected"),
                             [CAUSE_DELIVER] = REFUSE("already_rejected"),
                             [CAUSE_CANCEL] = IGNORE("nothing is left")},
    /* Lines of which nothing left yet may still be rejected: else they could never end. */
    [FULFILMENT_PARTLY_SHIPPED] = {[CAUSE_ACCEPT] = REFUSE("already_accepted"),
                                   [CAUSE_REJECT] = TAKE("of unshipped lines only"),
                                   [CAUSE_SHIP] = TAKE("shipped; part: the same"),
                                   [CAUSE_DELIVER] = TAKE("the same"),
                                   [CAUSE_CANCEL] = REFUSE("already_shipped")},
    [FULFILMENT_SHIPPED] = {[CAUSE_ACCEPT] = REFUSE("already_accepted"),
                            [CAUSE_REJECT] = REFUSE("already_shipped"),
                            [CAUSE_SHIP] = REFUSE("over_shipment"),
                            [CAUSE_DELIVER] = TAKE("delivered; part: shipped"),
                            [CAUSE_CANCEL] = REFUSE("already_shipped")},
    [FULFILMENT_DELIVERED] = {[CAUSE_ACCEPT] = REFUSE("already_accepted"),
                              [CAUSE_REJECT] = REFUSE("already_shipped"),
                              [CAUSE_SHIP] = REFUSE("over_shipment"),
                              [CAUSE_DELIVER] = REFUSE("over_delivery"),
                              [CAUSE_CANCEL] = REFUSE("already_shipped")},
    [FULFILMENT_CANCELLED] = {[CAUSE_ACCEPT] = REFUSE("already_cancelled"),
                              [CAUSE_REJECT] = REFUSE("already_cancelled"),
                              [CAUSE_SHIP] = REFUSE("already_cancelled"),
                              [CAUSE_DELIVER] = REFUSE("already_cancelled"),
                              [CAUSE_CANCEL] = IGNORE("cancelled before")},
};

const struct fulfilment_rule *fulfilment_rule(enum fulfilment_state state,
                                              enum fulfilment_cause cause)
{
    assert((int)state < FULFILMENT_STATE_COUNT && cause != CAUSE_ABSENT &&
           (int)cause < FULFILMENT_CAUSE_COUNT);
    return &rules[state][cause];
}

/* --- refusals: one text and remedy for each code */

static const struct refusal {
    const char *code, *text, *remedy;
} refusals[] = {
    {"fulfilment_unknown", "There is no such sub-order of yours.",
     "Look at the sub-orders that were sent to you."},
    {"not_accepted", "It has to be accepted first.", "Accept it, then ship."},
    {"not_shipped", "Nothing of it was shipped yet.", "Ship it first."},
    {"already_accepted", "It was accepted before.", "Nothing is to be done."},
    {"already_rejected", "All of it was rejected before.", "It can no longer change."},
    {"already_shipped", "It was shipped before, so it can no longer be taken back.",
     "Arrange a return."},
    {"already_cancelled", "It was cancelled by the buyer.", "Do not ship it."},
    {"over_rejection", "That is more than is left of the line.", "Name no more than is left."},
    {"over_shipment", "That is more than is left to ship.", "Name no more than is left."},
    {"over_delivery", "That is more than was shipped and not delivered yet.",
     "Name no more than was shipped."},
    {"line_unknown", "The sub-order has no such line.", "Use the line numbers of the sub-order."},
    {"line_repeated", "The same line stands in this answer twice.", "Name each line once."},
    {"lines_not_taken", "A sub-order is accepted as a whole.",
     "Reject first the lines that will not come, then accept without naming lines."},
    {"unit_mismatch", "The line is counted in another unit.", "Use the unit of the line."},
};

static bool refuse(struct fault *f, const char *code, struct str path)
{
    size_t i = 0;
    while (!str_is(str_of(code), refusals[i].code)) {
        i++;
        assert(i < ARRAY_LEN(refusals));
    }
    *f = (struct fault){.code = refusals[i].code,
                        .path = path,
                        .text = str_of(refusals[i].text),
                        .remedy = str_of(refusals[i].remedy)};
    return false;
}

/* --- quantities */

int64_t fulfilment_left(const struct progress *p, enum fulfilment_cause cause)
{
    int64_t wanted = p->quantity.micro - p->rejected.micro;
    if (cause == CAUSE_DELIVER)
        return p->shipped.micro - p->delivered.micro;
    if (cause == CAUSE_REJECT && p->shipped.micro > 0)
        return 0;
    return cause == CAUSE_ACCEPT ? wanted : wanted - p->shipped.micro;
}

static const char *over_code(const struct progress *p, enum fulfilment_cause cause)
{
    if (cause == CAUSE_SHIP)
        return "over_shipment";
    if (cause == CAUSE_DELIVER)
        return "over_delivery";
    return p->shipped.micro > 0 ? "already_shipped" : "over_rejection";
}

static struct line_quantity line_told(const struct progress *p, int64_t micro)
{
    struct line_quantity told = {.line = p->line, .quantity = p->quantity};
    told.quantity.micro = micro;
    return told;
}

size_t fulfilment_left_lines(const struct fulfilment_row *r, enum fulfilment_cause cause,
                             struct line_quantity *told)
{
    size_t count = 0;
    for (size_t i = 0; i < r->lines_count; i++) {
        int64_t left = fulfilment_left(&r->lines[i], cause);
        if (left > 0)
            told[count++] = line_told(&r->lines[i], left);
    }
    return count;
}

static struct progress *line_find(const struct fulfilment_row *r, int64_t line)
{
    for (size_t i = 0; i < r->lines_count; i++)
        if (r->lines[i].line == line)
            return &r->lines[i];
    return NULL;
}

static bool named_before(const struct line_quantity *told, size_t count, int64_t line)
{
    for (size_t i = 0; i < count; i++)
        if (told[i].line == line)
            return true;
    return false;
}

static bool line_plan(struct fulfilment_plan *p, const struct progress *line,
                      const struct line_quantity *named)
{
    int64_t left = fulfilment_left(line, p->cause);
    bool given = named->quantity.unit[0] != '\0';
    if (given && strcmp(named->quantity.unit, line->quantity.unit) != 0)
        return refuse(&p->fault, "unit_mismatch", STR("/quantity/unit"));
    int64_t wanted = given ? named->quantity.micro : left;
    if (left == 0 || wanted > left)
        return refuse(&p->fault, over_code(line, p->cause),
                      given ? STR("/quantity") : STR("/line"));
    p->told[p->told_count++] = line_told(line, wanted);
    return true;
}

/* The row's lines bound `told`: a line more than those is unknown or was named before. */
static bool named_plan(struct fulfilment_plan *p)
{
    for (size_t i = 0; i < p->response->lines_count; i++) {
        const struct line_quantity *named = &p->response->lines[i];
        const struct progress *line = line_find(p->row, named->line);
        bool fits = false;
        if (line == NULL)
            refuse(&p->fault, "line_unknown", STR("/line"));
        else if (named_before(p->told, p->told_count, line->line))
            refuse(&p->fault, "line_repeated", STR("/line"));
        else
            fits = line_plan(p, line, named);
        if (fits)
            continue;
        p->fault.path = arena_printf(p->arena, "/lines/%zu%.*s", i, STR_ARG(p->fault.path));
        return false;
    }
    return true;
}

bool fulfilment_plan(struct fulfilment_plan *p)
{
    const struct fulfilment_rule *rule = fulfilment_rule(p->row->state, p->cause);
    if (rule->move != MOVE_TAKE)
        return refuse(&p->fault, rule->code, STR("/sub_order"));
    p->told = arena_array(p->arena, struct line_quantity, p->row->lines_count);
    p->told_count = 0;
    if (p->response->lines_count > 0)
        return p->cause == CAUSE_ACCEPT ? refuse(&p->fault, "lines_not_taken", STR("/lines"))
                                        : named_plan(p);
    p->told_count = fulfilment_left_lines(p->row, p->cause, p->told);
    return p->told_count > 0 ||
           refuse(&p->fault, over_code(&p->row->lines[0], p->cause), STR("/sub_order"));
}

/* --- carrying out */

static enum fulfilment_state state_of(const struct fulfilment_row *r)
{
    bool shipped = false, open = false, undelivered = false;
    for (size_t i = 0; i < r->lines_count; i++) {
        const struct progress *p = &r->lines[i];
        shipped = shipped || p->shipped.micro > 0;
        open = open || fulfilment_left(p, CAUSE_SHIP) > 0;
        undelivered = undelivered || fulfilment_left(p, CAUSE_DELIVER) > 0;
    }
    if (!shipped)
        return open ? r->state : FULFILMENT_REJECTED;
    if (open)
        return FULFILMENT_PARTLY_SHIPPED;
    return undelivered ? FULFILMENT_SHIPPED : FULFILMENT_DELIVERED;
}

static struct decimal *amount_of(struct progress *p, enum fulfilment_cause cause)
{
    if (cause == CAUSE_REJECT)
        return &p->rejected;
    return cause == CAUSE_SHIP ? &p->shipped : &p->delivered;
}

void fulfilment_apply(struct fulfilment_row *r, enum fulfilment_cause cause,
                      const struct line_quantity *told, size_t told_count)
{
    if (cause == CAUSE_ACCEPT) {
        r->state = FULFILMENT_ACCEPTED;
        return;
    }
    if (cause == CAUSE_CANCEL) {
        r->state = FULFILMENT_CANCELLED;
        return;
    }
    for (size_t i = 0; i < told_count; i++) {
        struct progress *p = line_find(r, told[i].line);
        assert(p != NULL && told[i].quantity.micro <= fulfilment_left(p, cause));
        amount_of(p, cause)->micro += told[i].quantity.micro;
    }
    r->state = state_of(r);
}

/* --- payables */

static bool money_adds(struct money *sum, struct money part)
{
    return money_same_currency(*sum, part) && money_add(*sum, part, sum);
}

const char *payable_fault(const struct payable *p)
{
    struct money shares = p->total, schedule = p->total;
    shares.micro = schedule.micro = 0;
    for (size_t i = 0; i < p->shares_count; i++)
        if (!money_adds(&shares, p->shares[i].amount))
            return "its shares cannot be added";
    for (size_t i = 0; i < p->schedule_count; i++)
        if (!money_adds(&schedule, p->schedule[i].amount))
            return "its instalments cannot be added";
    if (p->shares_count > 0 && shares.micro != p->total.micro)
        return "its shares are not the total";
    if (p->schedule_count > 0 && schedule.micro != p->total.micro)
        return "its instalments are not the total";
    return NULL;
}
