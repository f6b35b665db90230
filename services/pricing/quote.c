/* quote: requests to the kernel's input, results to reasons and remarks. */
#include "services/pricing/quote.h"

#include <string.h>

static void code_copy(char *out, size_t room, struct str text)
{
    assert(text.size < room);
    memset(out, 0, room);
    if (text.size > 0)
        memcpy(out, text.at, text.size);
}

static struct money money_of(const struct quote *q, int64_t micro)
{
    struct money m = {.micro = micro};
    code_copy(m.currency, sizeof(m.currency), q->request->currency);
    return m;
}

static struct str money_text(const struct quote *q, int64_t micro, struct arena *a)
{
    char text[DECIMAL_TEXT_SIZE];
    money_write(money_of(q, micro), text);
    return arena_printf(a, "%s %.*s", text, STR_ARG(q->request->currency));
}

static struct str line_path(struct arena *a, size_t line)
{
    return arena_printf(a, "/lines/%zu", line);
}

static void reason_add(struct quote *q, struct reason reason)
{
    q->reasons[q->reasons_count++] = reason;
}

/* --- before prices are looked at: one currency in one order */

static bool currency_is(const struct quote *q, struct money m)
{
    return m.currency[0] == '\0' || str_is(q->request->currency, m.currency);
}

static void currency_refuse(struct quote *q, struct str path, int64_t line, struct arena *a)
{
    reason_add(q, (struct reason){.code = STR("currency_mixed"),
                                  .path = path,
                                  .line = line,
                                  .text = arena_printf(a, "this amount is not in %.*s",
                                                       STR_ARG(q->request->currency)),
                                  .remedy = STR("one order has one currency: send two orders")});
}

static bool currencies_check(struct quote *q, struct arena *a)
{
    const struct quote_request *r = q->request;
    char code[CURRENCY_SIZE];
    code_copy(code, sizeof(code), r->currency);
    if (currency_exponent(code) < 0)
        reason_add(q, (struct reason){.code = STR("currency_unknown"),
                                      .path = STR("/currency"),
                                      .text = STR("no such currency in ISO 4217"),
                                      .remedy = STR("use a three-letter code such as EUR")});
    for (size_t i = 0; i < r->lines_count; i++) {
        if (!currency_is(q, r->lines[i].agreed_price))
            currency_refuse(q, arena_printf(a, "/lines/%zu/agreed_price", i), r->lines[i].line, a);
    }
    for (size_t i = 0; i < r->charges_count; i++) {
        if (!currency_is(q, r->charges[i].amount))
            currency_refuse(q, arena_printf(a, "/charges/%zu/amount", i), 0, a);
    }
    return q->reasons_count == 0;
}

/* --- the kernel's input */

static bool is_foreign(const struct quote *q, const struct price_tariff *t)
{
    return (str_present(t->account) && !str_eq(t->account, q->request->account)) ||
           (str_present(t->channel) && !str_eq(t->channel, q->request->channel));
}

static size_t candidates_gather(const struct quote *q, struct sku_prices prices,
                                struct price_candidate *out, size_t *left_out)
{
    size_t count = 0, foreign = 0;
    for (size_t i = 0; i < prices.count; i++) {
        if (is_foreign(q, prices.items[i].tariff) && ++foreign > FOREIGN_SHOWN_COUNT_MAX)
            (*left_out)++;
        else
            out[count++] = prices.items[i];
    }
    return count;
}

/* How many are gathered, so that the arena holds no more than that. */
static size_t candidates_count(const struct quote *q, struct sku_prices prices)
{
    size_t foreign = 0;
    for (size_t i = 0; i < prices.count; i++)
        foreign += is_foreign(q, prices.items[i].tariff) ? 1 : 0;
    return prices.count - foreign +
           (foreign < FOREIGN_SHOWN_COUNT_MAX ? foreign : FOREIGN_SHOWN_COUNT_MAX);
}

static struct price_line line_of(const struct quote_line *l)
{
    return (struct price_line){.sku = l->sku,
                               .family = l->family,
                               .quantity = l->quantity,
                               .agreed = l->agreed_price.currency[0] != '\0',
                               .agreed_micro = l->agreed_price.micro,
                               .agreed_ppm = (ppm_t)l->agreed_discount_ppm};
}

static void lines_fill(struct quote *q, const struct snapshot *s, struct arena *a)
{
    const struct quote_request *r = q->request;
    struct price_line *lines = arena_array(a, struct price_line, r->lines_count);
    q->left_out = arena_array(a, size_t, r->lines_count);
    size_t total = 0;
    for (size_t i = 0; i < r->lines_count; i++)
        total += candidates_count(q, snapshot_prices(s, r->lines[i].sku));
    struct price_candidate *items = arena_array(a, struct price_candidate, total);
    size_t used = 0;
    for (size_t i = 0; i < r->lines_count; i++) {
        lines[i] = line_of(&r->lines[i]);
        lines[i].candidate_first = used;
        lines[i].candidate_count = candidates_gather(q, snapshot_prices(s, r->lines[i].sku),
                                                     items + used, &q->left_out[i]);
        used += lines[i].candidate_count;
    }
    q->in.lines = lines;
    q->in.line_count = r->lines_count;
    q->in.candidates = items;
    q->in.candidate_count = used;
}

/* Rules of other accounts are nobody's business here. */
static void rules_fill(struct quote *q, const struct snapshot *s, struct arena *a)
{
    struct snapshot_rules all = snapshot_rules(s);
    const struct price_rule **rules = arena_array(a, const struct price_rule *, all.count);
    for (size_t i = 0; i < all.count; i++) {
        struct str account = all.items[i]->account;
        if (!str_present(account) || str_eq(account, q->request->account))
            rules[q->in.rule_count++] = all.items[i];
    }
    q->in.rules = rules;
}

static void input_fill(struct quote *q, const struct snapshot *s, struct arena *a)
{
    const struct quote_request *r = q->request;
    q->in = (struct price_input){
        .account = r->account, .channel = r->channel, .at_us = r->placed_at.at};
    code_copy(q->in.currency, sizeof(q->in.currency), r->currency);
    lines_fill(q, s, a);
    rules_fill(q, s, a);
    int64_t *charges = arena_array(a, int64_t, r->charges_count);
    for (size_t i = 0; i < r->charges_count; i++)
        charges[i] = r->charges[i].amount.micro;
    q->in.charges_micro = charges;
    q->in.charge_count = r->charges_count;
}

/* --- refusals and remarks */

static struct reason fault_reason(const struct quote *q, size_t i, struct arena *a)
{
    const struct quote_line *l = &q->request->lines[i];
    struct reason reason = {.path = line_path(a, i), .line = l->line};
    switch (q->result.lines[i].fault) {
    case PRICE_FAULT_MISSING:
        reason.code = STR("price_missing");
        reason.text = arena_printf(a, "no list has a price for SKU %.*s in %s for this order",
                                   STR_ARG(l->sku), l->quantity.unit);
        reason.remedy = STR("the seller adds a price to a list that is valid for this account, "
                            "channel, currency and date; or order another unit or quantity");
        break;
    case PRICE_FAULT_PERCENTS:
        reason.code = STR("discounts_too_many");
        reason.text =
            arena_printf(a, "more than %d percentages apply to this line", PRICE_PERCENT_COUNT_MAX);
        reason.remedy = STR("the seller ends or narrows discounts");
        break;
    case PRICE_FAULT_OVERFLOW:
    case PRICE_FAULT_ABSENT:
        reason.code = STR("amount_overflow");
        reason.text = STR("the amount of this line is beyond what can be kept");
        reason.remedy = STR("order a smaller quantity");
        break;
    }
    return reason;
}

static void refusals_add(struct quote *q, struct arena *a)
{
    for (size_t i = 0; i < q->in.line_count; i++) {
        if (q->result.lines[i].fault != PRICE_FAULT_ABSENT)
            reason_add(q, fault_reason(q, i, a));
    }
    if (q->result.fault != PRICE_FAULT_ABSENT)
        reason_add(q, (struct reason){.code = STR("amount_overflow"),
                                      .text = STR("the order's total is beyond what can be kept"),
                                      .remedy = STR("split the order")});
}

static void remark_add(struct quote *q, const struct message_type *type, struct reason reason,
                       struct price_remark fact)
{
    reason_add(q, reason);
    fact.order = q->request->order;
    fact.account = q->request->account;
    fact.code = reason.code;
    fact.line = reason.line;
    if (!str_present(fact.text))
        fact.text = reason.text;
    q->remarks[q->remark_count++] = (struct quote_remark){type, fact};
}

/* The answer goes on to whoever ordered, who sees winners only; the back office's own fact names
 * the list that lost and by how much. */
static void contract_remark(struct quote *q, size_t i, struct arena *a)
{
    const struct price_line_result *r = &q->result.lines[i];
    const struct quote_line *line = &q->request->lines[i];
    struct str above = money_text(q, r->above_base_micro, a);
    struct reason reason = {
        .code = STR("contract_above_base"),
        .path = line_path(a, i),
        .line = line->line,
        .text = arena_printf(a, "the price of contract %.*s is above the base price and was kept",
                             STR_ARG(q->in.candidates[r->winner].tariff->id)),
        .remedy = STR("the seller changes the contract when this is not meant")};
    struct price_remark fact = {
        .sku = line->sku,
        .text = arena_printf(a, "contract %.*s is %.*s a unit above list %.*s and was kept",
                             STR_ARG(q->in.candidates[r->winner].tariff->id), STR_ARG(above),
                             STR_ARG(q->in.candidates[r->above_base].tariff->id)),
        .amount = money_of(q, r->above_base_micro)};
    remark_add(q, &type_contract_above_base, reason, fact);
}

static void threshold_remark(struct quote *q, size_t rule, struct arena *a)
{
    const struct price_rule *r = q->in.rules[rule];
    int64_t missing = q->result.rules[rule].missing_micro;
    char percent[DECIMAL_TEXT_SIZE];
    decimal_write((int64_t)r->rate_ppm * 100, 0, percent);
    struct reason reason = {
        .code = STR("threshold_near"),
        .text = arena_printf(a, "more than %.*s to go, then discount %.*s takes %s %% off",
                             STR_ARG(money_text(q, missing, a)), STR_ARG(r->id), percent),
        .remedy = STR("order more of the lines that the discount speaks of")};
    struct price_remark fact = {.amount = money_of(q, missing)};
    remark_add(q, &type_threshold_near, reason, fact);
}

static void remarks_add(struct quote *q, struct arena *a)
{
    q->remarks = arena_array(a, struct quote_remark, q->in.line_count + NEAR_TOLD_COUNT_MAX);
    for (size_t i = 0; i < q->in.line_count; i++) {
        if (q->result.lines[i].above_base != PRICE_NONE)
            contract_remark(q, i, a);
    }
    size_t near = 0;
    for (size_t i = 0; i < q->in.rule_count && near < NEAR_TOLD_COUNT_MAX; i++) {
        if (q->result.rules[i].verdict != PRICE_RULE_NEAR_THRESHOLD)
            continue;
        near++;
        threshold_remark(q, i, a);
    }
}

struct quote quote_price(const struct quote_request *request, const struct snapshot *s,
                         struct arena *a)
{
    struct quote q = {.request = request};
    size_t room = 2 + request->lines_count + request->charges_count + NEAR_TOLD_COUNT_MAX;
    q.reasons = arena_array(a, struct reason, room);
    if (!currencies_check(&q, a))
        return q;
    input_fill(&q, s, a);
    size_t size = price_scratch_size(&q.in);
    q.judged = true;
    if (price_order(&q.in, arena_alloc(a, size), size, &q.result))
        remarks_add(&q, a);
    else
        refusals_add(&q, a);
    return q;
}

bool quote_priced(const struct quote *q)
{
    return q->judged && q->result.priced;
}
