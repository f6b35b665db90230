/* price: one order through all steps, in the caller's memory. */
#include "services/pricing/kernel/work.h"

#include "common/limits.h"

#include <string.h>

enum {
    SCRATCH_ALIGN = 16,
    OWN_STEP_COUNT = 5 /* extend, agreed, round, multiply, order_round */
};

/* Cuts scratch into pieces; with at == NULL it only measures. */
struct cutter {
    char *at;
    size_t used;
};

static void *cut(struct cutter *c, size_t size)
{
    size_t from = c->used;
    c->used += (size + SCRATCH_ALIGN - 1) / SCRATCH_ALIGN * SCRATCH_ALIGN;
    return c->at != NULL ? c->at + from : NULL;
}

static size_t line_step_room(const struct price_input *in)
{
    size_t percents = 0, thresholds = 0;
    for (size_t i = 0; i < in->rule_count; i++) {
        if (rule_filter(in, in->rules[i]) != PRICE_RULE_VERDICT_ABSENT)
            continue;
        if (in->rules[i]->kind == PRICE_RULE_ALWAYS)
            percents++;
        else
            thresholds++;
    }
    if (percents > PRICE_PERCENT_COUNT_MAX)
        percents = PRICE_PERCENT_COUNT_MAX;
    return OWN_STEP_COUNT + percents + thresholds;
}

static size_t work_lay(struct price_work *w, void *scratch)
{
    const struct price_input *in = w->in;
    struct cutter c = {.at = scratch};
    size_t n = in->line_count;
    w->step_room = line_step_room(in);
    w->slot_count = 2;
    while (w->slot_count < 2 * n)
        w->slot_count *= 2;
    w->claims = cut(&c, n * sizeof(*w->claims));
    w->steps = cut(&c, n * w->step_room * sizeof(*w->steps));
    w->weights = cut(&c, n * sizeof(*w->weights));
    w->shares = cut(&c, n * sizeof(*w->shares));
    w->digits = cut(&c, n * sizeof(*w->digits));
    w->members = cut(&c, n * sizeof(*w->members));
    w->slots = cut(&c, w->slot_count * sizeof(*w->slots));
    w->out->lines = cut(&c, n * sizeof(*w->out->lines));
    w->out->verdicts = cut(&c, in->candidate_count * sizeof(*w->out->verdicts));
    w->out->rules = cut(&c, in->rule_count * sizeof(*w->out->rules));
    return c.used;
}

size_t price_scratch_size(const struct price_input *in)
{
    struct price_result unused;
    struct price_work w = {.in = in, .out = &unused};
    return work_lay(&w, NULL);
}

static void work_start(struct price_work *w)
{
    const struct price_input *in = w->in;
    struct price_result *out = w->out;
    memset(out->lines, 0, in->line_count * sizeof(*out->lines));
    memset(out->verdicts, 0, in->candidate_count * sizeof(*out->verdicts));
    memset(out->rules, 0, in->rule_count * sizeof(*out->rules));
    for (size_t i = 0; i < in->rule_count; i++) {
        assert(i == 0 || price_rule_before(in->rules[i - 1], in->rules[i]));
        out->rules[i].verdict = rule_filter(in, in->rules[i]);
    }
    for (size_t i = 0; i < in->line_count; i++) {
        assert(in->lines[i].quantity.micro > 0);
        out->lines[i].winner = out->lines[i].above_base = PRICE_NONE;
        out->lines[i].steps = w->steps + i * w->step_room;
    }
}

static bool lines_price(struct price_work *w)
{
    bool all = true;
    tiers_sum(w);
    for (size_t i = 0; i < w->in->line_count; i++) {
        struct price_line_result *r = &w->out->lines[i];
        if (r->fault == PRICE_FAULT_ABSENT)
            line_choose(w, i);
        if (r->fault == PRICE_FAULT_ABSENT)
            line_extend(w, i);
        all = all && r->fault == PRICE_FAULT_ABSENT;
    }
    return all;
}

/* Rules about lines that spoke of none. */
static void rules_close(struct price_work *w)
{
    for (size_t i = 0; i < w->in->rule_count; i++) {
        if (w->out->rules[i].verdict == PRICE_RULE_VERDICT_ABSENT)
            w->out->rules[i].verdict = PRICE_RULE_NO_LINE;
    }
}

static bool totals_sum(struct price_work *w)
{
    struct price_result *out = w->out;
    bool ok = true;
    for (size_t i = 0; i < w->in->line_count; i++) {
        struct price_line_result *r = &out->lines[i];
        r->discount_micro = r->gross_micro - r->net_micro;
        ok = ok && add_ok(out->subtotal_micro, r->net_micro, &out->subtotal_micro);
    }
    for (size_t i = 0; i < w->in->charge_count; i++)
        ok = ok && add_ok(out->charges_micro, w->in->charges_micro[i], &out->charges_micro);
    ok = ok && add_ok(out->subtotal_micro, out->charges_micro, &out->total_micro);
    return ok && out->subtotal_micro <= AMOUNT_MICRO_MAX && out->total_micro <= AMOUNT_MICRO_MAX;
}

static void amounts_clear(struct price_work *w)
{
    struct price_result *out = w->out;
    out->subtotal_micro = out->charges_micro = out->total_micro = 0;
    for (size_t i = 0; i < w->in->line_count; i++) {
        struct price_line_result *r = &out->lines[i];
        r->unit_price_micro = r->gross_micro = r->discount_micro = r->net_micro = 0;
        r->step_count = 0;
    }
}

bool price_order(const struct price_input *in, void *scratch, size_t scratch_size,
                 struct price_result *out)
{
    assert(in->line_count >= 1 && (uintptr_t)scratch % SCRATCH_ALIGN == 0);
    *out = (struct price_result){.priced = false};
    struct price_work w = {.in = in, .out = out};
    size_t needed = work_lay(&w, scratch);
    assert(needed <= scratch_size);
    (void)needed;
    (void)scratch_size;
    work_start(&w);
    if (lines_price(&w)) {
        out->priced = order_thresholds(&w) && order_round(&w) && totals_sum(&w);
        out->fault = out->priced ? PRICE_FAULT_ABSENT : PRICE_FAULT_OVERFLOW;
    }
    rules_close(&w);
    if (!out->priced)
        amounts_clear(&w);
    return out->priced;
}
