/* receipt: what a quote was decided from, put together and hashed; and the answer, made of it. */
#include "services/pricing/receipt.h"

#include <string.h>

#include "common/digest.h"

static const char *const point_names[] = {
    [PRICE_POINT_LINE] = "line", [PRICE_POINT_UNIT] = "unit", [PRICE_POINT_ORDER] = "order"};
static const char *const policy_names[] = {
    [PRICE_POLICY_PRIORITY] = "priority", [PRICE_POLICY_LOWEST] = "lowest"};
static const char *const kind_names[] = {
    [PRICE_RULE_ALWAYS] = "always", [PRICE_RULE_THRESHOLD] = "threshold"};
static const char *const base_names[] = {
    [PRICE_RULE_BASE_RUNNING] = "running", [PRICE_RULE_BASE_LIST] = "list"};
static const char *const fault_codes[] = {[PRICE_FAULT_MISSING] = "price_missing",
                                          [PRICE_FAULT_OVERFLOW] = "amount_overflow",
                                          [PRICE_FAULT_PERCENTS] = "discounts_too_many"};

/* NULL, the name of an absent value, gives an absent text. */
#define NAME(names, value) str_of((names)[value])

static struct receipt_list list_of(const struct price_tariff *t)
{
    return (struct receipt_list){.list = t->id,
                                 .level =
                                     t->level ? NAME(price_source_names, t->level) : STR("unknown"),
                                 .account = t->account,
                                 .channel = t->channel,
                                 .currency = str_of(t->currency),
                                 .priority = t->priority,
                                 .policy = NAME(policy_names, t->policy),
                                 .valid_from = {t->valid_from_us},
                                 .valid_until = {t->valid_until_us},
                                 .rounding_point = NAME(point_names, t->rounding.point),
                                 .rounding = NAME(rounding_names, t->rounding.mode),
                                 .decimals = t->rounding.digits,
                                 .active = t->active};
}

static bool list_known(const struct receipt *r, struct str id)
{
    /* From the end: candidates come sorted by list, so a list mostly follows itself. */
    for (size_t i = r->lists_count; i-- > 0;) {
        if (r->lists[i].list.at == id.at)
            return true;
    }
    return false;
}

static void lists_fill(struct receipt *r, const struct quote *q, struct arena *a)
{
    r->lists = arena_array(a, struct receipt_list, q->in.candidate_count);
    for (size_t i = 0; i < q->in.candidate_count; i++) {
        const struct price_tariff *t = q->in.candidates[i].tariff;
        if (!list_known(r, t->id))
            r->lists[r->lists_count++] = list_of(t);
    }
}

static void candidates_fill(struct receipt_line *out, const struct quote *q, size_t line,
                            struct arena *a)
{
    const struct price_line *l = &q->in.lines[line];
    out->candidates = arena_array(a, struct receipt_candidate, l->candidate_count);
    out->candidates_count = l->candidate_count;
    for (size_t i = 0; i < l->candidate_count; i++) {
        const struct price_candidate *c = &q->in.candidates[l->candidate_first + i];
        enum price_verdict verdict = q->result.verdicts[l->candidate_first + i];
        out->candidates[i] = (struct receipt_candidate){
            .list = c->tariff->id,
            .level = list_of(c->tariff).level,
            .unit = str_of(c->unit),
            .amount_micro = c->amount_micro,
            .min_quantity_micro = c->min_quantity_micro,
            .priority = c->tariff->priority,
            .verdict = NAME(price_verdict_names, verdict),
        };
    }
}

static void steps_fill(struct receipt_line *out, const struct quote *q, size_t line,
                       struct arena *a)
{
    const struct price_line_result *r = &q->result.lines[line];
    out->steps = arena_array(a, struct receipt_step, r->step_count);
    out->steps_count = r->step_count;
    for (size_t i = 0; i < r->step_count; i++) {
        const struct price_step *s = &r->steps[i];
        out->steps[i] = (struct receipt_step){
            .step = NAME(price_step_names, s->kind),
            .rule = s->rule == PRICE_NONE ? STR_NONE : q->in.rules[s->rule]->id,
            .rate_ppm = s->rate_ppm,
            .base = NAME(base_names, s->base),
            .value_micro = s->value_micro,
        };
    }
}

static void line_fill(struct receipt_line *out, const struct quote *q, size_t i, struct arena *a)
{
    const struct price_line_result *r = &q->result.lines[i];
    const struct price_line *l = &q->in.lines[i];
    *out = (struct receipt_line){
        .line = q->request->lines[i].line,
        .sku = l->sku,
        .family = l->family,
        .unit = str_of(l->quantity.unit),
        .quantity_micro = l->quantity.micro,
        .tier_quantity_micro = r->tier_quantity_micro,
        .agreed = l->agreed,
        .agreed_discount_ppm = l->agreed_ppm,
        .refused = NAME(fault_codes, r->fault),
        .level = NAME(price_source_names, r->source),
        .winner = r->winner == PRICE_NONE ? STR_NONE : q->in.candidates[r->winner].tariff->id,
        .settings_of = r->settings_of,
        .rounding_point = NAME(point_names, r->rounding.point),
        .rounding = NAME(rounding_names, r->rounding.mode),
        .decimals = r->rounding.digits,
        .left_out = (int64_t)q->left_out[i],
        .unit_price_micro = r->unit_price_micro,
        .gross_micro = r->gross_micro,
        .discount_micro = r->discount_micro,
        .net_micro = r->net_micro,
    };
    candidates_fill(out, q, i, a);
    steps_fill(out, q, i, a);
}

static struct receipt_rule rule_of(const struct quote *q, size_t i)
{
    const struct price_rule *r = q->in.rules[i];
    const struct price_rule_result *told = &q->result.rules[i];
    return (struct receipt_rule){.discount = r->id,
                                 .kind = NAME(kind_names, r->kind),
                                 .base = NAME(base_names, r->base),
                                 .rate_ppm = r->rate_ppm,
                                 .priority = r->priority,
                                 .threshold_micro = r->threshold_micro,
                                 .verdict = NAME(price_rule_verdict_names, told->verdict),
                                 .lines = (int64_t)told->line_count,
                                 .tested_micro = told->tested_micro,
                                 .base_micro = told->base_micro,
                                 .discount_micro = told->discount_micro,
                                 .missing_micro = told->missing_micro,
                                 .rounding = NAME(rounding_names, told->rounding.mode),
                                 .decimals = told->rounding.digits};
}

static void order_rounding_fill(struct receipt *r, const struct quote *q, struct arena *a)
{
    const struct price_result *result = &q->result;
    if (!result->priced || result->order_rounded_count == 0)
        return;
    r->order_rounding = arena_new(a, struct receipt_order_rounding);
    *r->order_rounding = (struct receipt_order_rounding){
        .lines = (int64_t)result->order_rounded_count,
        .exact_micro = result->order_exact_micro,
        .rounded_micro = result->order_rounded_micro,
        .rounding = NAME(rounding_names, result->order_rounding.mode),
        .decimals = result->order_rounding.digits};
}

static void judged_fill(struct receipt *r, const struct quote *q, struct arena *a)
{
    lists_fill(r, q, a);
    r->lines_count = q->in.line_count;
    r->lines = arena_array(a, struct receipt_line, r->lines_count);
    for (size_t i = 0; i < r->lines_count; i++)
        line_fill(&r->lines[i], q, i, a);
    r->rules_count = q->in.rule_count;
    r->rules = arena_array(a, struct receipt_rule, r->rules_count);
    for (size_t i = 0; i < r->rules_count; i++)
        r->rules[i] = rule_of(q, i);
    order_rounding_fill(r, q, a);
    r->subtotal_micro = q->result.subtotal_micro;
    r->charges_micro = q->result.charges_micro;
    r->total_micro = q->result.total_micro;
}

struct receipt *receipt_of(const struct quote *q, struct str versions, struct arena *a)
{
    const struct quote_request *request = q->request;
    struct receipt *r = arena_new(a, struct receipt);
    *r = (struct receipt){.format = STR("batuta.receipt.v1"),
                          .order = request->order,
                          .version = request->version,
                          .account = request->account,
                          .channel = request->channel,
                          .currency = request->currency,
                          .currency_decimals = currency_exponent(arena_cstr(a, request->currency)),
                          .currency_table = str_of(currency_table_version),
                          .placed_at = request->placed_at,
                          .versions = versions,
                          .outcome = quote_priced(q) ? STR("priced") : STR("refused"),
                          .reasons = q->reasons,
                          .reasons_count = q->reasons_count};
    r->charges_count = request->charges_count;
    r->charges = arena_array(a, struct receipt_charge, r->charges_count);
    for (size_t i = 0; i < r->charges_count; i++)
        r->charges[i] =
            (struct receipt_charge){request->charges[i].code, request->charges[i].amount.micro};
    if (q->judged)
        judged_fill(r, q, a);
    return r;
}

struct str receipt_text(const struct receipt *r, struct arena *a, struct sha256 *hash)
{
    struct str text = shape_text(&receipt_shape, r, a);
    *hash = sha256_of(&text, 1);
    return text;
}

/* --- the answer */

static struct money money_told(const struct receipt *r, int64_t micro)
{
    struct money m = {.micro = micro};
    assert(r->currency.size < sizeof(m.currency));
    memcpy(m.currency, r->currency.at, r->currency.size);
    return m;
}

static struct priced_line line_told(const struct receipt *r, const struct receipt_line *l)
{
    return (struct priced_line){.line = l->line,
                                .unit_price = money_told(r, l->unit_price_micro),
                                .gross = money_told(r, l->gross_micro),
                                .discount = money_told(r, l->discount_micro),
                                .net = money_told(r, l->net_micro),
                                .price_list = str_present(l->winner) ? l->winner : STR("agreed")};
}

struct quote_told receipt_told(const struct receipt *r, const struct sha256 *hash, struct arena *a)
{
    struct quote_told told = {.order = r->order,
                              .version = r->version,
                              .reasons = r->reasons,
                              .reasons_count = r->reasons_count,
                              .versions = r->versions,
                              .receipt_hash = sha256_hex(a, hash)};
    if (!str_is(r->outcome, "priced"))
        return told;
    told.lines = arena_array(a, struct priced_line, r->lines_count);
    told.lines_count = r->lines_count;
    for (size_t i = 0; i < r->lines_count; i++)
        told.lines[i] = line_told(r, &r->lines[i]);
    told.subtotal = money_told(r, r->subtotal_micro);
    told.charges_total = money_told(r, r->charges_micro);
    told.total = money_told(r, r->total_micro);
    return told;
}
