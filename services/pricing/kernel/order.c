/* order: what is computed on the order as a whole: threshold discounts and the rounding of lists
 * whose rounding point is the order. Each is rounded once and spread so that lines still sum. */
#include "services/pricing/kernel/work.h"

#include "common/limits.h"

/* The lines that something of the order speaks of. */
struct group {
    size_t count;
    int64_t net_micro, gross_micro;
    struct price_rounding rounding; /* mode of the leading line, digits as fine as any line's */
};

/* Lines of several lists in one sum: the one with more digits leads, so that a share can take each
 * line to zero; then the lower list id. The order of lines must not matter. */
static bool leads(const struct price_work *w, size_t a, size_t b)
{
    if (w->digits[a] != w->digits[b])
        return w->digits[a] > w->digits[b];
    return str_compare(w->out->lines[a].settings_of, w->out->lines[b].settings_of) < 0;
}

static bool group_add(struct price_work *w, struct group *g, size_t line, size_t *leader)
{
    const struct price_line_result *r = &w->out->lines[line];
    if (g->count == 0 || leads(w, line, *leader))
        *leader = line;
    w->members[g->count++] = (int32_t)line;
    return add_ok(g->net_micro, r->net_micro, &g->net_micro) &&
           add_ok(g->gross_micro, r->gross_micro, &g->gross_micro);
}

static bool group_of_rule(struct price_work *w, const struct price_rule *rule, struct group *g)
{
    size_t leader = 0;
    *g = (struct group){.count = 0};
    for (size_t i = 0; i < w->in->line_count; i++) {
        if (rule_speaks_of(rule, &w->in->lines[i]) && !group_add(w, g, i, &leader))
            return false;
    }
    g->rounding = w->out->lines[leader].rounding;
    g->rounding.digits = w->digits[leader];
    return true;
}

/* Adds `total` to the nets of the group by largest remainder (F19), weights by net. Neither a
 * discount of at most the sum nor a rounding difference can take a line below zero. */
static void group_spread(struct price_work *w, const struct group *g, int64_t total_micro,
                         struct price_step step)
{
    for (size_t i = 0; i < g->count; i++)
        w->weights[i] = w->out->lines[w->members[i]].net_micro;
    struct prorate_split split = {.total_micro = total_micro,
                                  .step_micro = price_step_of(g->rounding.digits),
                                  .weights = w->weights,
                                  .shares = w->shares,
                                  .claims = w->claims,
                                  .count = g->count};
    bool closed = prorate_within(&split);
    assert(closed && "nets are on the step's grid and not negative");
    (void)closed;
    for (size_t i = 0; i < g->count; i++) {
        size_t line = (size_t)w->members[i];
        w->out->lines[line].net_micro += w->shares[i];
        assert(w->out->lines[line].net_micro >= 0);
        if (w->digits[line] < g->rounding.digits)
            w->digits[line] = g->rounding.digits;
        step.value_micro = w->shares[i];
        line_step(w, line, step);
    }
}

static bool is_near(int64_t missing_micro, int64_t threshold_micro)
{
    return threshold_micro > 0 && (__int128)missing_micro * 10 <= threshold_micro;
}

static bool threshold_apply(struct price_work *w, size_t rule_at, const struct group *g)
{
    const struct price_rule *rule = w->in->rules[rule_at];
    struct price_rule_result *told = &w->out->rules[rule_at];
    told->verdict = PRICE_RULE_APPLIED;
    told->rounding = g->rounding;
    told->base_micro = rule->base == PRICE_RULE_BASE_LIST ? g->gross_micro : g->net_micro;
    if (!extend_rounded(told->base_micro, rule->rate_ppm, g->rounding.digits, g->rounding.mode,
                        &told->discount_micro))
        return false;
    /* Of the list it can come to more than what is left. */
    if (told->discount_micro > g->net_micro)
        told->discount_micro = g->net_micro;
    group_spread(w, g, -told->discount_micro,
                 (struct price_step){PRICE_STEP_ORDER_DISCOUNT, (int32_t)rule_at, rule->rate_ppm,
                                     rule->base, 0});
    return true;
}

static bool threshold_try(struct price_work *w, size_t rule_at)
{
    const struct price_rule *rule = w->in->rules[rule_at];
    struct price_rule_result *told = &w->out->rules[rule_at];
    struct group g;
    if (!group_of_rule(w, rule, &g))
        return false;
    told->line_count = g.count;
    told->tested_micro = g.net_micro;
    if (g.count == 0) {
        told->verdict = PRICE_RULE_NO_LINE;
        return true;
    }
    if (g.net_micro > rule->threshold_micro)
        return threshold_apply(w, rule_at, &g);
    told->missing_micro = rule->threshold_micro - g.net_micro;
    told->verdict = is_near(told->missing_micro, rule->threshold_micro)
                        ? PRICE_RULE_NEAR_THRESHOLD
                        : PRICE_RULE_BELOW_THRESHOLD;
    return true;
}

bool order_thresholds(struct price_work *w)
{
    for (size_t i = 0; i < w->in->rule_count; i++) {
        bool speaks = w->in->rules[i]->kind == PRICE_RULE_THRESHOLD &&
                      w->out->rules[i].verdict == PRICE_RULE_VERDICT_ABSENT;
        if (speaks && !threshold_try(w, i))
            return false;
    }
    return true;
}

/* Whose rounding the order's sum takes: more digits, then the lower list id. */
static bool order_leads(const struct price_line_result *a, const struct price_line_result *b)
{
    if (a->rounding.digits != b->rounding.digits)
        return a->rounding.digits > b->rounding.digits;
    return str_compare(a->settings_of, b->settings_of) < 0;
}

bool order_round(struct price_work *w)
{
    struct group g = {.count = 0};
    const struct price_line_result *leader = NULL;
    for (size_t i = 0; i < w->in->line_count; i++) {
        const struct price_line_result *r = &w->out->lines[i];
        if (r->rounding.point != PRICE_POINT_ORDER)
            continue;
        size_t ignored = i;
        if (!group_add(w, &g, i, &ignored))
            return false;
        if (leader == NULL || order_leads(r, leader))
            leader = r;
    }
    struct price_result *out = w->out;
    out->order_rounded_count = g.count;
    if (leader == NULL)
        return true;
    out->order_rounding = leader->rounding;
    out->order_exact_micro = g.net_micro;
    if (!round_to_digits(g.net_micro, leader->rounding.digits, leader->rounding.mode,
                         &out->order_rounded_micro))
        return false;
    g.rounding = (struct price_rounding){PRICE_POINT_ORDER, leader->rounding.mode, DECIMALS_MAX};
    group_spread(
        w, &g, out->order_rounded_micro - g.net_micro,
        (struct price_step){PRICE_STEP_ORDER_ROUND, PRICE_NONE, 0, PRICE_RULE_BASE_ABSENT, 0});
    return true;
}
