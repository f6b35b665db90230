/* judge: the checks, one after the other, each with its verdict in the receipt. */
#include "services/approvals/judge.h"

#include <string.h>

enum { CHECK_ROOM = 16 };

struct money money_of(int64_t micro, struct str currency)
{
    struct money m = {.micro = micro};
    assert(currency.size < CURRENCY_SIZE);
    if (currency.size > 0)
        memcpy(m.currency, currency.at, currency.size);
    return m;
}

struct str currency_of(const struct money *m)
{
    return m->currency[0] != '\0' ? (struct str){m->currency, strnlen(m->currency, CURRENCY_SIZE)}
                                  : STR_NONE;
}

/* What is being judged, and what came of it so far. */
struct hearing {
    const struct account *account;
    const struct charter *charter;
    const struct authorization_request *request;
    struct arena *arena;
    struct judgement *out;
};

static void check_pass(struct hearing *h, const char *check, const char *why)
{
    struct receipt *r = &h->out->receipt;
    assert(r->checks_count < CHECK_ROOM);
    r->checks[r->checks_count++] = (struct receipt_check){str_of(check), STR("ok"), str_of(why)};
}

static void check_fail(struct hearing *h, const char *check, const struct reason *reason)
{
    struct receipt *r = &h->out->receipt;
    assert(r->checks_count < CHECK_ROOM && h->out->reasons_count < CHECK_ROOM);
    r->checks[r->checks_count++] =
        (struct receipt_check){str_of(check), reason->code, reason->text};
    h->out->reasons[h->out->reasons_count++] = *reason;
}

/* --- the account itself: without it nothing else can be judged */

static bool account_judge(struct hearing *h)
{
    struct reason reason = {.path = STR("/account")};
    if (h->account == NULL || h->charter == NULL) {
        reason.code = STR("account_unknown");
        reason.text = STR("this account is not known");
        reason.remedy = STR("create it with account.put, or name another account");
    } else if (h->account->status == ACCOUNT_CLOSED) {
        reason.code = STR("account_closed");
        reason.text = STR("this account is closed and takes no new orders");
        reason.remedy = STR("order on another account, or have this one opened again");
    } else {
        check_pass(h, "account", "known and not closed");
        return true;
    }
    check_fail(h, "account", &reason);
    return false;
}

static void hold_judge(struct hearing *h)
{
    struct reason reason = {.code = STR("credit_hold"),
                            .path = STR("/account"),
                            .text = STR("this account is on hold and takes no new orders"),
                            .remedy = STR("settle what is open with the seller, then order again"),
                            .retriable = true};
    if (h->account->status == ACCOUNT_HOLD)
        check_fail(h, "status", &reason);
    else
        check_pass(h, "status", "active");
}

static void people_hear(struct hearing *h)
{
    const struct authorization_request *r = h->request;
    struct order_people people = {r->unit, r->buyer, r->principal, r->sales_rep};
    struct people_check checks[PEOPLE_CHECK_COUNT];
    people_judge(h->charter, &people, checks, &h->out->people.path);
    for (size_t i = 0; i < PEOPLE_CHECK_COUNT; i++) {
        const struct people_check *c = &checks[i];
        struct reason reason = {.code = str_of(c->code),
                                .path = str_of(c->path),
                                .text = str_of(c->text),
                                .remedy = str_of(c->remedy)};
        if (c->code != NULL)
            check_fail(h, c->check, &reason);
        else
            check_pass(h, c->check, NULL);
    }
    h->out->unit = h->out->people.path.count > 0 ? h->out->people.path.units[0] : STR_NONE;
}

/* No term named is the account's usual one, which orders do not have to repeat. */
static void term_judge(struct hearing *h)
{
    const struct charter *c = h->charter;
    struct str asked = h->request->payment_term;
    bool allowed = c->payment_terms_count == 0 || str_blank(asked);
    for (size_t i = 0; i < c->payment_terms_count && !allowed; i++)
        allowed = str_eq(c->payment_terms[i].term, asked);
    struct reason reason = {.code = STR("payment_term_denied"),
                            .path = STR("/payment_term"),
                            .text = STR("this account may not pay by this term"),
                            .remedy = STR("name one of the account's payment terms, or none")};
    if (allowed)
        check_pass(h, "payment_term", c->payment_terms_count == 0 ? "every term" : NULL);
    else
        check_fail(h, "payment_term", &reason);
}

/* --- rules, tiers, people who may say yes */

static void rules_hear(struct hearing *h)
{
    const struct charter *c = h->charter;
    struct judgement *out = h->out;
    out->matched = arena_array(h->arena, struct pinned_rule, c->rules_count);
    out->receipt.rules = arena_array(h->arena, struct receipt_rule, c->rules_count);
    out->receipt.rules_count = c->rules_count;
    for (size_t i = 0; i < c->rules_count; i++) {
        struct rule_verdict v = rule_judge(&c->rules[i], &out->people);
        out->receipt.rules[i] =
            (struct receipt_rule){.rule = c->rules[i].rule,
                                  .verdict = v.matched ? STR("matched") : STR("not_matched"),
                                  .why = str_of(v.why),
                                  .over = c->rules[i].over};
        if (!v.matched)
            continue;
        out->matched[out->matched_count++] = (struct pinned_rule){c->rules[i].rule};
        bool fits = flow_add(&out->flow, v.rule, h->arena);
        assert(fits); /* account.put admits no more rules than that */
        (void)fits;
    }
}

static void role_receipt(struct hearing *h, const struct flow_tier *tier, size_t group)
{
    struct receipt *r = &h->out->receipt;
    struct flow_group one = {.role = tier->groups[group].role};
    struct flow_tier alone = {.tier = tier->tier, .groups = &one, .groups_count = 1};
    struct receipt_role *role = &r->roles[r->roles_count++];
    *role = (struct receipt_role){.tier = tier->tier, .role = one.role};
    role->approvers_count = tier_approvers(&h->out->people, &alone, h->arena, &role->approvers);
}

static void approvers_hear(struct hearing *h)
{
    struct judgement *out = h->out;
    struct str blocked = STR_NONE;
    out->receipt.roles = arena_array(h->arena, struct receipt_role, FLOW_ROLE_COUNT_MAX);
    for (size_t t = 0; t < out->flow.count; t++) {
        struct flow_tier *tier = &out->flow.tiers[t];
        for (size_t g = 0; g < tier->groups_count; g++)
            role_receipt(h, tier, g);
        tier->approvers_count = tier_approvers(&out->people, tier, h->arena, &tier->approvers);
        if (!str_present(blocked))
            blocked = tier_blocked_role(&out->people, tier, h->arena);
    }
    if (!str_present(blocked)) {
        check_pass(h, "approvers", out->flow.count == 0 ? "nobody has to say yes" : NULL);
        return;
    }
    struct reason reason = {
        .code = STR("blocked_no_approver"),
        .path = STR("/unit"),
        .text =
            arena_printf(h->arena, "role %.*s must say yes, and nobody who has it is left to do so",
                         STR_ARG(blocked)),
        .remedy = STR("give this role to an active user of the unit or of one above it, who is "
                      "neither the buyer nor acting for them"),
        .retriable = true};
    check_fail(h, "approvers", &reason);
}

/* --- money */

static bool total_judge(struct hearing *h)
{
    struct reason reason = {.path = STR("")};
    struct str currency = currency_of(&h->request->total);
    if (!str_present(currency)) {
        reason.code = STR("total_missing");
        reason.text = STR("the request does not say what the order costs");
        reason.remedy = STR("ask again with a total");
    } else if (!str_eq(currency, h->account->currency)) {
        reason.code = STR("currency_mismatch");
        reason.path = STR("/currency");
        reason.text = arena_printf(h->arena,
                                   "the account's credit is in %.*s, the order is in %.*s; "
                                   "amounts are not converted yet",
                                   STR_ARG(h->account->currency), STR_ARG(currency));
        reason.remedy = arena_printf(h->arena, "order in %.*s, or on another account",
                                     STR_ARG(h->account->currency));
    } else {
        check_pass(h, "currency", NULL);
        return true;
    }
    check_fail(h, "currency", &reason);
    return false;
}

static struct str shortfall_text(const struct hearing *h)
{
    struct money lacking = h->request->total;
    char text[DECIMAL_TEXT_SIZE];
    int64_t available = credit_available(&h->account->credit);
    lacking.micro -= available > 0 ? available : 0;
    size_t size = money_write(lacking, text);
    return arena_printf(h->arena, "the order is %.*s %.*s above the credit that is available",
                        (int)size, text, STR_ARG(currency_of(&lacking)));
}

static void credit_hear(struct hearing *h)
{
    const struct credit *credit = &h->account->credit;
    int64_t total = h->request->total.micro;
    struct reason reason = {.path = STR(""), .retriable = true};
    switch (credit_judge(credit, total)) {
    case CREDIT_EXCEEDED:
        reason.code = STR("credit_exceeded");
        reason.text = shortfall_text(h);
        reason.remedy = STR("pay what is due, order less, or have the limit raised");
        break;
    case CREDIT_TOO_LARGE:
        reason.code = STR("amount_too_large");
        reason.text = STR("the account's open orders would exceed what an amount can hold");
        reason.remedy = STR("close open orders first, or order less");
        break;
    case CREDIT_HELD:
    case CREDIT_ABSENT:
        check_pass(h, "credit", credit->unlimited ? "no limit is judged" : NULL);
        return;
    }
    check_fail(h, "credit", &reason);
}

static void credit_receipt(struct hearing *h)
{
    const struct credit *before = &h->account->credit;
    struct credit after = *before;
    int64_t total = h->request->total.micro;
    struct credit_change hold = credit_change_of(POSTING_RESERVE, total, false);
    /* Refused, or too large to be held: after is as before. */
    bool held = h->out->reasons_count == 0 && credit_apply(before, &hold, &after);
    (void)held;
    h->out->receipt.credit =
        receipt_credit_of(h->account->currency, before, &after, total, h->arena);
}

/* Inputs that the order brought; what is blank was not said. */
static struct receipt receipt_of(const struct authorization_request *r)
{
    return (struct receipt){.account = r->account,
                            .order = r->order,
                            .version = r->version,
                            .content_hash = r->content_hash,
                            .buyer = r->buyer,
                            .principal = r->principal,
                            .actor = r->actor,
                            .sales_rep = r->sales_rep,
                            .payment_term = r->payment_term,
                            .total = r->total,
                            .dry_run = r->dry_run};
}

void request_judge(const struct account *account, const struct charter *charter,
                   const struct authorization_request *request, struct arena *a,
                   struct judgement *out)
{
    struct hearing h = {account, charter, request, a, out};
    *out = (struct judgement){.people = {.charter = charter,
                                         .total = request->total,
                                         .buyer = request->buyer,
                                         .principal = request->principal,
                                         .sales_rep = request->sales_rep},
                              .receipt = receipt_of(request)};
    out->reasons = arena_array(a, struct reason, CHECK_ROOM);
    out->receipt.checks = arena_array(a, struct receipt_check, CHECK_ROOM);
    if (!account_judge(&h))
        return;
    out->receipt.account_version = account->version;
    hold_judge(&h);
    people_hear(&h);
    out->receipt.unit = out->unit;
    term_judge(&h);
    if (!total_judge(&h))
        return;
    rules_hear(&h);
    approvers_hear(&h);
    credit_hear(&h);
    credit_receipt(&h);
}

struct waiting_tier tier_told(const struct rule_case *people, const struct flow_tier *tier,
                              struct arena *a)
{
    struct waiting_tier told = {.tier = tier->tier,
                                .roles = arena_array(a, struct str, tier->groups_count)};
    for (size_t g = 0; g < tier->groups_count; g++)
        if (!str_present(tier->groups[g].user))
            told.roles[told.roles_count++] = tier->groups[g].role;
    told.approvers_count = tier_approvers(people, tier, a, &told.approvers);
    return told;
}
