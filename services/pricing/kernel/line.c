/* line: price x quantity and the percentages of a line, exact until the one rounding (F06). */
#include "services/pricing/kernel/wide.h"
#include "services/pricing/kernel/work.h"

#include "common/limits.h"

/* The exact value while percentages are taken: numerators over 10^(6 x powers). */
struct exact {
    struct wide running, list;
    unsigned powers;
};

int64_t price_step_of(int digits)
{
    assert(digits >= 0 && digits <= DECIMALS_MAX);
    int64_t step = MICRO;
    for (int i = 0; i < digits; i++)
        step /= 10;
    return step;
}

void line_step(struct price_work *w, size_t line, struct price_step step)
{
    struct price_line_result *r = &w->out->lines[line];
    assert(r->step_count < w->step_room);
    w->steps[line * w->step_room + r->step_count++] = step;
}

static bool line_fail(struct price_work *w, size_t line, enum price_fault fault)
{
    w->out->lines[line].fault = fault;
    return false;
}

static void percent_take(struct exact *x, ppm_t rate_ppm, enum price_rule_base base)
{
    if (base == PRICE_RULE_BASE_LIST) {
        struct wide less = x->list;
        wide_multiply(&less, (uint32_t)rate_ppm);
        wide_multiply(&x->running, MICRO);
        wide_subtract(&x->running, &less);
    } else {
        wide_multiply(&x->running, (uint32_t)(MICRO - rate_ppm));
    }
    wide_multiply(&x->list, MICRO);
    x->powers++;
}

/* Notes the step with its value as a person reads it; the exact one is carried on. */
static bool exact_note(struct price_work *w, size_t line, const struct exact *x,
                       struct price_step step)
{
    if (!wide_round(&x->running, x->powers, 1, ROUNDING_HALF_AWAY, &step.value_micro))
        return line_fail(w, line, PRICE_FAULT_OVERFLOW);
    line_step(w, line, step);
    return true;
}

static bool percents_take(struct price_work *w, size_t line, struct exact *x)
{
    const struct price_line *l = &w->in->lines[line];
    if (l->agreed_ppm > 0) {
        percent_take(x, l->agreed_ppm, PRICE_RULE_BASE_RUNNING);
        if (!exact_note(w, line, x,
                        (struct price_step){PRICE_STEP_AGREED, PRICE_NONE, l->agreed_ppm,
                                            PRICE_RULE_BASE_RUNNING, 0}))
            return false;
    }
    size_t taken = 0;
    for (size_t i = 0; i < w->in->rule_count; i++) {
        const struct price_rule *rule = w->in->rules[i];
        struct price_rule_result *told = &w->out->rules[i];
        if (rule->kind != PRICE_RULE_ALWAYS || told->verdict > PRICE_RULE_APPLIED ||
            !rule_speaks_of(rule, l))
            continue;
        if (++taken > PRICE_PERCENT_COUNT_MAX)
            return line_fail(w, line, PRICE_FAULT_PERCENTS);
        told->verdict = PRICE_RULE_APPLIED;
        told->line_count++;
        percent_take(x, rule->rate_ppm, rule->base);
        if (!exact_note(
                w, line, x,
                (struct price_step){PRICE_STEP_PERCENT, (int32_t)i, rule->rate_ppm, rule->base, 0}))
            return false;
    }
    return true;
}

static int64_t line_amount(const struct price_work *w, size_t line)
{
    const struct price_line_result *r = &w->out->lines[line];
    return r->winner == PRICE_NONE ? w->in->lines[line].agreed_micro
                                   : w->in->candidates[r->winner].amount_micro;
}

static bool amount_fits(int64_t micro)
{
    return micro >= 0 && micro <= AMOUNT_MICRO_MAX;
}

/* Point line and order: the exact line is rounded once. */
static bool net_by_line(struct price_work *w, size_t line, const struct exact *x)
{
    struct price_line_result *r = &w->out->lines[line];
    if (!wide_round(&x->running, x->powers, price_step_of(w->digits[line]), r->rounding.mode,
                    &r->net_micro))
        return line_fail(w, line, PRICE_FAULT_OVERFLOW);
    line_step(
        w, line,
        (struct price_step){PRICE_STEP_ROUND, PRICE_NONE, 0, PRICE_RULE_BASE_ABSENT, r->net_micro});
    return true;
}

/* Point unit: the net unit price is rounded, then the line that it makes. */
static bool net_by_unit(struct price_work *w, size_t line, const struct exact *x)
{
    struct price_line_result *r = &w->out->lines[line];
    int64_t unit;
    if (!wide_round(&x->running, x->powers, price_step_of(r->rounding.digits), r->rounding.mode,
                    &unit))
        return line_fail(w, line, PRICE_FAULT_OVERFLOW);
    line_step(w, line,
              (struct price_step){PRICE_STEP_ROUND, PRICE_NONE, 0, PRICE_RULE_BASE_ABSENT, unit});
    if (!extend_rounded(unit, w->in->lines[line].quantity.micro, r->rounding.digits,
                        r->rounding.mode, &r->net_micro))
        return line_fail(w, line, PRICE_FAULT_OVERFLOW);
    line_step(w, line,
              (struct price_step){PRICE_STEP_MULTIPLY, PRICE_NONE, 0, PRICE_RULE_BASE_ABSENT,
                                  r->net_micro});
    return true;
}

static bool gross_take(struct price_work *w, size_t line, int64_t amount)
{
    struct price_line_result *r = &w->out->lines[line];
    r->unit_price_micro = amount;
    bool ok = r->rounding.point != PRICE_POINT_UNIT ||
              round_to_digits(amount, r->rounding.digits, r->rounding.mode, &r->unit_price_micro);
    ok = ok && extend_rounded(r->unit_price_micro, w->in->lines[line].quantity.micro,
                              w->digits[line], r->rounding.mode, &r->gross_micro);
    return (ok && amount_fits(r->gross_micro)) || line_fail(w, line, PRICE_FAULT_OVERFLOW);
}

void line_extend(struct price_work *w, size_t line)
{
    const struct price_line *l = &w->in->lines[line];
    struct price_line_result *r = &w->out->lines[line];
    int64_t amount = line_amount(w, line);
    bool by_unit = r->rounding.point == PRICE_POINT_UNIT;
    w->digits[line] = r->rounding.point == PRICE_POINT_ORDER ? DECIMALS_MAX : r->rounding.digits;
    struct exact x = {.running = wide_product(amount, by_unit ? MICRO : l->quantity.micro),
                      .powers = 1};
    x.list = x.running;
    bool ok = gross_take(w, line, amount) &&
              exact_note(w, line, &x,
                         (struct price_step){PRICE_STEP_EXTEND, PRICE_NONE, 0,
                                             PRICE_RULE_BASE_ABSENT, 0}) &&
              percents_take(w, line, &x) &&
              (by_unit ? net_by_unit(w, line, &x) : net_by_line(w, line, &x));
    if (ok && !amount_fits(r->net_micro))
        line_fail(w, line, PRICE_FAULT_OVERFLOW);
}
