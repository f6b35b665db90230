/* approvals_flow: people say yes or no; when they do not, the clock reminds, then ends it. An end
 * by the clock is never a yes. */
#include "services/approvals/handlers.h"

#include "services/approvals/flow.h"

static struct authorization *row_edit(struct scene *s)
{
    struct authorization key = {.account = s->account_id, .order_id = s->order};
    struct authorization *row = fold_edit(s->fold, &entity_authorization, &key);
    s->authorization = row;
    return row;
}

static void approval_add(struct scene *s, struct authorization *row, const struct approval *one)
{
    struct approval *all = arena_array(s->arena, struct approval, row->approvals_count + 1);
    for (size_t i = 0; i < row->approvals_count; i++)
        all[i] = row->approvals[i];
    all[row->approvals_count++] = *one;
    row->approvals = all;
}

static void reason_set(struct scene *s, struct authorization *row, const char *code,
                       struct str text)
{
    row->reasons = arena_new(s->arena, struct reason);
    row->reasons[0] = (struct reason){
        .code = str_of(code), .text = text, .remedy = STR("place a new order when that is cured")};
    row->reasons_count = 1;
}

static void decision_keep(struct scene *s, struct authorization *row, struct str step,
                          struct receipt *receipt)
{
    receipt->decision = &row->approvals[row->approvals_count - 1];
    receipt_keep(s, row, step, receipt);
}

/* The order's answer to a person, in words. */
static struct str detail_of(struct scene *s, const struct authorization *auth)
{
    assert(auth != NULL);
    if (auth->state == AUTHORIZATION_PENDING)
        return arena_printf(s->arena, "pending: tier %lld of %zu", (long long)auth->tier,
                            auth->tiers_count);
    return str_of(authorization_state_names[auth->state]);
}

/* Judges the voice of a person; answers all that does not count. */
static bool voice_counts(struct scene *s, bool yes, struct voice_verdict *verdict)
{
    const struct approval_decide *d = s->in->body;
    struct rule_case people = {0};
    if (s->authorization != NULL)
        people = rule_case_of(s, s->authorization);
    *verdict = voice_judge(s->authorization, &people, d, yes, s->arena);
    if (verdict->voice == VOICE_REFUSED)
        fold_answer(s->fold, s->in, &verdict->fault, STR_NONE);
    if (verdict->voice == VOICE_REPEATED)
        fold_answer(s->fold, s->in, NULL, detail_of(s, s->authorization));
    return verdict->voice == VOICE_COUNTS;
}

/* --- yes */

static void tier_advance(struct scene *s, struct authorization *row)
{
    if (!tier_complete(&row->tiers[row->tier - 1]))
        return;
    if ((size_t)row->tier < row->tiers_count) {
        tier_ask(s, row, row->tier + 1);
        return;
    }
    asking_end(s, row);
    row->state = AUTHORIZATION_GRANTED;
}

void approve_decide(struct fold *f, const struct input *in)
{
    const struct approval_decide *d = in->body;
    struct scene s = scene_of(f, in, d->account, d->order);
    struct voice_verdict verdict = {0};
    if (!voice_counts(&s, true, &verdict))
        return;
    struct authorization *row = row_edit(&s);
    struct flow_tier *tier = &row->tiers[row->tier - 1];
    struct receipt receipt = receipt_begin(&s, row, "approve");
    struct str step = decision_step(s.arena, row, "approve", d->principal);
    struct approval one = {row->tier,    tier->groups[verdict.group].role,
                           d->principal, STR("approved"),
                           d->comment,   fold_now(f)};
    tier->groups[verdict.group].user = d->principal;
    approval_add(&s, row, &one);
    tier_advance(&s, row);
    decision_keep(&s, row, step, &receipt);
    bool granted = row->state == AUTHORIZATION_GRANTED;
    struct str detail = detail_of(&s, row);
    granted_commit(&s, row);
    struct authorization_told told = told_of(&s, row, row->version);
    authorization_tell(&s, granted ? &type_authorization_granted : &type_authorization_pending,
                       &told);
    fold_answer(f, in, NULL, detail);
}

/* --- no */

static void ended_tell(struct scene *s, struct authorization *row, const struct message_type *type)
{
    struct authorization_told told = told_of(s, row, row->version);
    authorization_tell(s, type, &told);
    credit_watch(s);
}

void reject_decide(struct fold *f, const struct input *in)
{
    const struct approval_decide *d = in->body;
    struct scene s = scene_of(f, in, d->account, d->order);
    struct voice_verdict verdict = {0};
    if (!voice_counts(&s, false, &verdict))
        return;
    struct authorization *row = row_edit(&s);
    struct receipt receipt = receipt_begin(&s, row, "reject");
    struct str step = decision_step(s.arena, row, "reject", d->principal);
    struct approval one = {row->tier,    row->tiers[row->tier - 1].groups[verdict.group].role,
                           d->principal, STR("rejected"),
                           d->comment,   fold_now(f)};
    approval_add(&s, row, &one);
    reason_set(&s, row, "approval_rejected",
               str_blank(d->comment) ? STR("an approver said no") : d->comment);
    receipt.credit = hold_release(&s, row, row->version, STR("rejected"));
    row->state = AUTHORIZATION_REJECTED;
    decision_keep(&s, row, step, &receipt);
    ended_tell(&s, row, &type_authorization_rejected);
    fold_answer(f, in, NULL, detail_of(&s, row));
}

/* --- the clock */

/* A timer of a tier that was left behind, or of an earlier judgement, says nothing: it may have
 * been due in the same batch. */
static bool timer_is_current(const struct scene *s, enum authorization_cause cause)
{
    const struct authorization *auth = s->authorization;
    enum authorization_state state = auth != NULL ? auth->state : AUTHORIZATION_NONE;
    return transition_of(state, cause)->action == ACTION_MOVE &&
           str_eq(s->in->timer->body, tier_mark(s->arena, auth));
}

void reminder_decide(struct fold *f, const struct input *in)
{
    struct scene s = scene_of(f, in, in->timer->key, in->timer->subject);
    if (!timer_is_current(&s, CAUSE_REMINDER))
        return;
    struct authorization *row = row_edit(&s);
    struct flow_tier *tier = &row->tiers[row->tier - 1];
    struct rule_case people = rule_case_of(&s, row);
    tier->approvers_count = tier_approvers(&people, tier, s.arena, &tier->approvers);
    struct authorization_told told = told_of(&s, row, row->version);
    authorization_tell(&s, &type_authorization_reminded, &told);
}

void expiry_decide(struct fold *f, const struct input *in)
{
    struct scene s = scene_of(f, in, in->timer->key, in->timer->subject);
    if (!timer_is_current(&s, CAUSE_EXPIRY))
        return;
    struct authorization *row = row_edit(&s);
    struct receipt receipt = receipt_begin(&s, row, "expire");
    reason_set(&s, row, "approval_expired", STR("nobody said yes in time"));
    receipt.cause = STR("expired");
    receipt.credit = hold_release(&s, row, row->version, STR("expired"));
    row->state = AUTHORIZATION_EXPIRED;
    receipt_keep(&s, row, receipt_step(s.arena, row->version, "expire"), &receipt);
    ended_tell(&s, row, &type_authorization_expired);
}
