/* choose: which price of a line wins (F02, F04, F05), and by which criterion each other one lost.
 */
#include "services/pricing/kernel/work.h"

#include <string.h>

/* The candidates of one line; a verdict that is still absent means: in the running. */
struct contest {
    const struct price_input *in;
    const struct price_line *line;
    int64_t quantity_micro;
    const struct price_candidate *items;
    enum price_verdict *verdicts;
    size_t count;
};

enum price_window price_window_of(int64_t at_us, int64_t from_us, int64_t until_us)
{
    if (from_us != 0 && at_us < from_us)
        return PRICE_WINDOW_BEFORE;
    if (until_us != 0 && at_us >= until_us)
        return PRICE_WINDOW_AFTER;
    return PRICE_WINDOW_IN;
}

static bool scope_fits(struct str wanted, struct str given)
{
    return !str_present(wanted) || str_eq(wanted, given);
}

static enum price_verdict candidate_filter(const struct contest *c,
                                           const struct price_candidate *item)
{
    const struct price_tariff *t = item->tariff;
    if (!t->active)
        return PRICE_VERDICT_INACTIVE;
    if (strncmp(t->currency, c->in->currency, CURRENCY_SIZE) != 0)
        return PRICE_VERDICT_CURRENCY;
    if (!scope_fits(t->account, c->in->account))
        return PRICE_VERDICT_ACCOUNT;
    if (!scope_fits(t->channel, c->in->channel))
        return PRICE_VERDICT_CHANNEL;
    enum price_window window = price_window_of(c->in->at_us, t->valid_from_us, t->valid_until_us);
    if (window != PRICE_WINDOW_IN)
        return window == PRICE_WINDOW_BEFORE ? PRICE_VERDICT_NOT_YET_VALID : PRICE_VERDICT_EXPIRED;
    if (strncmp(item->unit, c->line->quantity.unit, UNIT_SIZE) != 0)
        return PRICE_VERDICT_UNIT;
    return item->min_quantity_micro > c->quantity_micro ? PRICE_VERDICT_MIN_QUANTITY
                                                        : PRICE_VERDICT_ABSENT;
}

static bool in_running(const struct contest *c, size_t i)
{
    return c->verdicts[i] == PRICE_VERDICT_ABSENT;
}

static bool has_higher_tier(const struct contest *c, size_t i)
{
    for (size_t j = 0; j < c->count; j++) {
        if (in_running(c, j) && c->items[j].tariff == c->items[i].tariff &&
            c->items[j].min_quantity_micro > c->items[i].min_quantity_micro)
            return true;
    }
    return false;
}

static void contest_filter(const struct contest *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->verdicts[i] = candidate_filter(c, &c->items[i]);
    /* The highest tier of each list stays in the running, so the order of marking is no matter. */
    for (size_t i = 0; i < c->count; i++) {
        if (in_running(c, i) && has_higher_tier(c, i))
            c->verdicts[i] = PRICE_VERDICT_LOWER_TIER;
    }
}

/* < 0: a is the better one. */
static int by_number(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}
static int by_priority(const struct price_candidate *a, const struct price_candidate *b)
{
    return by_number(b->tariff->priority, a->tariff->priority);
}
static int by_start(const struct price_candidate *a, const struct price_candidate *b)
{
    return by_number(b->tariff->valid_from_us, a->tariff->valid_from_us);
}
static int by_amount(const struct price_candidate *a, const struct price_candidate *b)
{
    return by_number(a->amount_micro, b->amount_micro);
}
static int by_id(const struct price_candidate *a, const struct price_candidate *b)
{
    return str_compare(a->tariff->id, b->tariff->id);
}

struct criterion {
    int (*compare)(const struct price_candidate *a, const struct price_candidate *b);
    enum price_verdict verdict; /* of the loser */
};
enum { CRITERION_COUNT = 4 };

static const struct criterion priority_first[CRITERION_COUNT] = {
    {by_priority, PRICE_VERDICT_PRIORITY},
    {by_start, PRICE_VERDICT_EARLIER_START},
    {by_amount, PRICE_VERDICT_HIGHER_AMOUNT},
    {by_id, PRICE_VERDICT_HIGHER_ID},
};
static const struct criterion amount_first[CRITERION_COUNT] = {
    {by_amount, PRICE_VERDICT_HIGHER_AMOUNT},
    {by_priority, PRICE_VERDICT_PRIORITY},
    {by_start, PRICE_VERDICT_EARLIER_START},
    {by_id, PRICE_VERDICT_HIGHER_ID},
};
/* Whose policy counts: the amounts of two lists say nothing about their standing. */
static const struct criterion standing[] = {
    {by_priority, PRICE_VERDICT_PRIORITY},
    {by_start, PRICE_VERDICT_EARLIER_START},
    {by_id, PRICE_VERDICT_HIGHER_ID},
};

/* Why b loses against a; absent when it does not. */
static enum price_verdict lost_by(const struct criterion *criteria, size_t count,
                                  const struct price_candidate *a, const struct price_candidate *b)
{
    for (size_t i = 0; i < count; i++) {
        int order = criteria[i].compare(a, b);
        if (order != 0)
            return order < 0 ? criteria[i].verdict : PRICE_VERDICT_ABSENT;
    }
    return PRICE_VERDICT_HIGHER_ID; /* twice the same price: the first one given stays */
}

static int32_t level_best_by(const struct contest *c, enum price_source level,
                             const struct criterion *criteria, size_t count)
{
    int32_t best = PRICE_NONE;
    for (size_t i = 0; i < c->count; i++) {
        if (!in_running(c, i) || c->items[i].tariff->level != level)
            continue;
        if (best == PRICE_NONE ||
            lost_by(criteria, count, &c->items[best], &c->items[i]) == PRICE_VERDICT_ABSENT)
            best = (int32_t)i;
    }
    return best;
}

static const struct criterion *level_criteria(const struct contest *c, enum price_source level)
{
    int32_t first = level_best_by(c, level, standing, ARRAY_LEN(standing));
    bool lowest = first != PRICE_NONE && c->items[first].tariff->policy == PRICE_POLICY_LOWEST;
    return lowest ? amount_first : priority_first;
}

static int32_t level_best(const struct contest *c, enum price_source level)
{
    return level_best_by(c, level, level_criteria(c, level), CRITERION_COUNT);
}

static void losers_mark(const struct contest *c, enum price_source level, int32_t winner)
{
    const struct criterion *criteria = level_criteria(c, level);
    for (size_t i = 0; i < c->count; i++) {
        if (!in_running(c, i) || (int32_t)i == winner)
            continue;
        c->verdicts[i] = PRICE_VERDICT_LOWER_LEVEL;
        if (c->items[i].tariff->level == level)
            c->verdicts[i] = lost_by(criteria, CRITERION_COUNT, &c->items[winner], &c->items[i]);
    }
    if (winner != PRICE_NONE)
        c->verdicts[winner] = PRICE_VERDICT_WINNER;
}

static void settings_take(const struct contest *c, int32_t from, struct price_line_result *r)
{
    if (from != PRICE_NONE) {
        r->rounding = c->items[from].tariff->rounding;
        r->settings_of = c->items[from].tariff->id;
        return;
    }
    int digits = currency_exponent(c->in->currency);
    assert(digits >= 0 && "a known currency");
    r->rounding = (struct price_rounding){PRICE_POINT_LINE, ROUNDING_HALF_AWAY, digits};
}

void line_choose(struct price_work *w, size_t line)
{
    const struct price_line *l = &w->in->lines[line];
    struct price_line_result *r = &w->out->lines[line];
    struct contest c = {
        .in = w->in,
        .line = l,
        .quantity_micro = r->tier_quantity_micro,
        .items = w->in->candidates + l->candidate_first,
        .verdicts = w->out->verdicts + l->candidate_first,
        .count = l->candidate_count,
    };
    r->winner = r->above_base = PRICE_NONE;
    contest_filter(&c);
    int32_t base = level_best(&c, PRICE_SOURCE_BASE), winner = PRICE_NONE;
    r->source = l->agreed ? PRICE_SOURCE_AGREED : PRICE_SOURCE_CONTRACT;
    while (!l->agreed && r->source <= PRICE_SOURCE_BASE &&
           (winner = level_best(&c, r->source)) == PRICE_NONE)
        r->source++;
    if (!l->agreed && winner == PRICE_NONE) {
        r->source = PRICE_SOURCE_ABSENT;
        r->fault = PRICE_FAULT_MISSING;
        return;
    }
    losers_mark(&c, r->source, winner);
    settings_take(&c, l->agreed ? base : winner, r);
    if (winner == PRICE_NONE)
        return;
    r->winner = winner + (int32_t)l->candidate_first;
    if (r->source == PRICE_SOURCE_CONTRACT && base != PRICE_NONE &&
        c.items[winner].amount_micro > c.items[base].amount_micro) {
        r->above_base = base + (int32_t)l->candidate_first;
        r->above_base_micro = c.items[winner].amount_micro - c.items[base].amount_micro;
    }
}
