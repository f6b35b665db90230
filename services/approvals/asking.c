/* asking: beginning and ending to ask people, and what becomes then of what an order holds. */
#include "services/approvals/handlers.h"

struct str tier_mark(struct arena *a, const struct authorization *auth)
{
    return arena_printf(a, "%lld/%lld", (long long)auth->judged_at.at, (long long)auth->tier);
}

static void timer_start(struct scene *s, const struct authorization *auth, const char *kind,
                        int64_t wait_us)
{
    struct timer t = {
        .id = arena_printf(s->arena, "%.*s/%s", STR_ARG(auth->order_id), kind),
        .due = instant_plus_us(fold_now(s->fold), wait_us),
        .key = s->account_id,
        .subject = auth->order_id,
        .kind = str_of(kind),
        .body = tier_mark(s->arena, auth),
    };
    fold_timer_set(s->fold, s->in, &t);
}

void tier_ask(struct scene *s, struct authorization *auth, int64_t tier)
{
    auth->tier = tier;
    struct flow_tier *asked = &auth->tiers[tier - 1];
    int64_t wait_us = asked->expire_seconds * MICROSECONDS_PER_SECOND;
    struct rule_case people = rule_case_of(s, auth);
    auth->expires_at = instant_plus_us(fold_now(s->fold), wait_us);
    asked->approvers_count = tier_approvers(&people, asked, s->arena, &asked->approvers);
    timer_start(s, auth, TIMER_REMINDER, wait_us / 2);
    timer_start(s, auth, TIMER_EXPIRY, wait_us);
}

void asking_end(struct scene *s, struct authorization *auth)
{
    static const char *const kinds[] = {TIMER_REMINDER, TIMER_EXPIRY};
    if (auth->tier == 0)
        return;
    auth->tier = 0;
    auth->expires_at = (struct instant){0};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        fold_timer_clear(s->fold, s->in,
                         arena_printf(s->arena, "%.*s/%s", STR_ARG(auth->order_id), kinds[i]));
}

void granted_commit(struct scene *s, struct authorization *auth)
{
    if (auth->state != AUTHORIZATION_GRANTED || !auth->commits)
        return;
    struct ledger_entry entry = {
        .kind = POSTING_COMMIT,
        .cause = posting_cause(s->arena, auth->order_id, auth->version, "commit"),
        .order = auth->order_id,
        .amount = auth->total};
    ledger_post(s, &entry);
    auth->state = AUTHORIZATION_COMMITTED;
}

struct receipt_credit *hold_release(struct scene *s, struct authorization *auth, int64_t version,
                                    struct str why)
{
    struct ledger_entry entry = {
        .kind = POSTING_RELEASE,
        .cause = posting_cause(s->arena, auth->order_id, version, "release"),
        .order = auth->order_id,
        .amount = auth->total,
        .committed = auth->state == AUTHORIZATION_COMMITTED,
        .why = why,
    };
    auth->cause = why;
    asking_end(s, auth);
    return ledger_post(s, &entry);
}
