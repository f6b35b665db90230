/* requests: what orders asks: hold, commit, reduce, give back, settle. Each is answered once, and a
 * repeat is answered as before and changes nothing. */
#include "services/approvals/handlers.h"

/* Cause, answer and posting of each request. */
struct step {
    enum authorization_cause cause;
    const char *name;
    const struct message_type *done;
    enum posting_kind posting;
};

static const struct message_type *const state_types[AUTHORIZATION_STATE_COUNT] = {
    [AUTHORIZATION_PENDING] = &type_authorization_pending,
    [AUTHORIZATION_GRANTED] = &type_authorization_granted,
    [AUTHORIZATION_REFUSED] = &type_authorization_refused,
    [AUTHORIZATION_REJECTED] = &type_authorization_rejected,
    [AUTHORIZATION_EXPIRED] = &type_authorization_expired,
    [AUTHORIZATION_RELEASED] = &type_authorization_released,
    [AUTHORIZATION_COMMITTED] = &type_authorization_committed,
    [AUTHORIZATION_SETTLED] = &type_authorization_settled,
};

static enum authorization_state state_of(const struct scene *s)
{
    return s->authorization != NULL ? s->authorization->state : AUTHORIZATION_NONE;
}

static struct authorization *row_edit(struct scene *s)
{
    struct authorization key = {.account = s->account_id, .order_id = s->order};
    struct authorization *row = fold_edit(s->fold, &entity_authorization, &key);
    s->authorization = row;
    return row;
}

static struct scene request_scene(struct fold *f, const struct input *in)
{
    const struct authorization_request *r = in->body;
    return scene_of(f, in, r->account, r->order);
}

/* --- answers that change nothing */

/* No row, no sequence: there is nothing that could be told about but the request itself. */
static void bare_tell(struct scene *s, const struct message_type *type,
                      const struct authorization_told *told)
{
    struct emission e = {.type = type, .body = told};
    fold_emit(s->fold, s->in, &e);
}

static struct authorization_told bare_told(struct scene *s)
{
    const struct authorization_request *r = s->in->body;
    struct authorization_told told = {.order = r->order,
                                      .account = r->account,
                                      .version = r->version,
                                      .content_hash = r->content_hash,
                                      .dry_run = r->dry_run,
                                      .cause = r->cause};
    told_figures(s, &told);
    return told;
}

static void again_tell(struct scene *s, const struct message_type *type)
{
    const struct authorization_request *r = s->in->body;
    if (s->authorization == NULL) {
        struct authorization_told told = bare_told(s);
        bare_tell(s, type, &told);
        return;
    }
    struct authorization_told told = told_of(s, s->authorization, r->version);
    if (type == &type_authorization_released && s->authorization->state != AUTHORIZATION_RELEASED) {
        told.total = (struct money){0}; /* nothing was held */
        told.cause = r->cause;
    }
    authorization_tell(s, type, &told);
}

static struct reason reason_of(const char *code)
{
    static const struct {
        const char *code, *text, *remedy;
    } known[] = {
        {"authorization_unknown", "no authorization of this order is known in this account",
         "request one first"},
        {"authorization_open", "an earlier version of this order holds credit",
         "release it first, or reduce it"},
        {"authorization_pending", "people have not yet said yes", "wait for granted"},
        {"authorization_not_committed", "only what is committed can be settled", "commit it first"},
        {"authorization_settled", "the order is settled, its total is receivable",
         "correct it by a credit note or a payment"},
        {"total_missing", "the request does not say what is left to pay", "ask again with a total"},
        {"currency_mismatch", "the hold is in another currency", "use the order's currency"},
        {"total_rises", "a reduction cannot raise the total",
         "release it and request the new version"},
        {"version_stale", "a later version of this order was reduced already",
         "use the next version"},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_is(str_of(code), known[i].code))
            return (struct reason){.code = str_of(code),
                                   .text = str_of(known[i].text),
                                   .remedy = str_of(known[i].remedy)};
    assert(false && "a code with a text");
    return (struct reason){.code = str_of(code)};
}

static void refusal_tell(struct scene *s, const char *code)
{
    struct reason *reason = arena_new(s->arena, struct reason);
    *reason = reason_of(code);
    struct authorization_told told = bare_told(s);
    if (s->authorization != NULL)
        told = told_of(s, s->authorization, told.version);
    told.reasons = reason;
    told.reasons_count = 1;
    if (s->authorization != NULL)
        authorization_tell(s, &type_authorization_refused, &told);
    else
        bare_tell(s, &type_authorization_refused, &told);
}

/* True when the request is to be done; else it was answered. */
static bool step_moves(struct scene *s, const struct step *step)
{
    const struct transition *t = transition_of(state_of(s), step->cause);
    switch (t->action) {
    case ACTION_MOVE:
        return true;
    case ACTION_REPEAT:
        again_tell(s, step->done);
        break;
    case ACTION_TELL:
        again_tell(s, state_types[state_of(s)]);
        break;
    case ACTION_REFUSE:
        refusal_tell(s, t->code);
        break;
    case ACTION_IGNORE:
    case ACTION_NONE:
        break;
    }
    return false;
}

/* --- request */

/* Told as pending when people would have to say yes, with all the tiers that would be asked. */
static void dry_run_tell(struct scene *s, struct judgement *j)
{
    enum authorization_state state =
        j->flow.count > 0 ? AUTHORIZATION_PENDING : AUTHORIZATION_GRANTED;
    if (j->reasons_count > 0)
        state = AUTHORIZATION_REFUSED;
    struct authorization_told told = bare_told(s);
    told.total = ((const struct authorization_request *)s->in->body)->total;
    told.unit = j->unit;
    told.reasons = j->reasons;
    told.reasons_count = j->reasons_count;
    told.waiting = arena_array(s->arena, struct waiting_tier, TIER_COUNT_MAX);
    for (size_t i = 0; state == AUTHORIZATION_PENDING && i < j->flow.count; i++)
        told.waiting[told.waiting_count++] = tier_told(&j->people, &j->flow.tiers[i], s->arena);
    j->receipt.step = STR("request");
    j->receipt.outcome = str_of(authorization_state_names[state]);
    told.receipt_hash = receipt_hash_only(s, &j->receipt);
    bare_tell(s, state_types[state], &told);
}

static void judged_fill(struct scene *s, struct authorization *row, const struct judgement *j)
{
    const struct authorization_request *r = s->in->body;
    *row = (struct authorization){.account = row->account,
                                  .order_id = row->order_id,
                                  .chain = row->chain,
                                  .receipt_hash = row->receipt_hash,
                                  .receipt_count = row->receipt_count,
                                  .version = r->version,
                                  .total = r->total.micro,
                                  .currency = currency_of(&r->total),
                                  .content_hash = r->content_hash,
                                  .buyer = r->buyer,
                                  .principal = r->principal,
                                  .sales_rep = r->sales_rep,
                                  .unit = j->unit,
                                  .commits = r->commit,
                                  .payment_term = r->payment_term,
                                  .purchase_order = r->purchase_order,
                                  .reference = r->reference,
                                  .account_version = j->receipt.account_version,
                                  .rules = j->matched,
                                  .rules_count = j->matched_count,
                                  .reasons = j->reasons,
                                  .reasons_count = j->reasons_count,
                                  .judged_at = fold_now(s->fold)};
    row->path = arena_array(s->arena, struct path_unit, j->people.path.count);
    for (size_t i = 0; i < j->people.path.count; i++)
        row->path[row->path_count++].unit = j->people.path.units[i];
    row->tiers = arena_array(s->arena, struct flow_tier, j->flow.count);
    for (size_t i = 0; i < j->flow.count; i++)
        row->tiers[row->tiers_count++] = j->flow.tiers[i];
}

static void judged_take(struct scene *s, struct judgement *j)
{
    struct authorization *row = row_edit(s);
    judged_fill(s, row, j);
    row->state = AUTHORIZATION_REFUSED;
    if (j->reasons_count == 0) {
        struct ledger_entry hold = {
            .kind = POSTING_RESERVE,
            .cause = posting_cause(s->arena, row->order_id, row->version, "reserve"),
            .order = row->order_id,
            .amount = row->total};
        j->receipt.credit = ledger_post(s, &hold);
        row->state = row->tiers_count > 0 ? AUTHORIZATION_PENDING : AUTHORIZATION_GRANTED;
    }
    if (row->state == AUTHORIZATION_PENDING)
        tier_ask(s, row, 1);
    j->receipt.step = STR("request");
    receipt_keep(s, row, receipt_step(s->arena, row->version, "request"), &j->receipt);
    const struct message_type *answer = state_types[row->state];
    granted_commit(s, row);
    struct authorization_told told = told_of(s, row, row->version);
    authorization_tell(s, answer, &told);
    if (s->account != NULL)
        credit_watch(s);
}

void request_decide(struct fold *f, const struct input *in)
{
    const struct authorization_request *r = in->body;
    struct scene s = request_scene(f, in);
    bool newer = s.authorization != NULL && r->version > s.authorization->version;
    struct step step = {.cause = newer ? CAUSE_REQUEST_NEWER : CAUSE_REQUEST,
                        .done = &type_authorization_granted};
    struct judgement judgement = {0};
    if (!r->dry_run && !step_moves(&s, &step))
        return;
    request_judge(s.account, scene_charter(&s), r, s.arena, &judgement);
    if (r->dry_run)
        dry_run_tell(&s, &judgement);
    else
        judged_take(&s, &judgement);
}

/* --- commit, settle, release */

/* Why more or less is held than was decided. What is committed or settled is exactly what was held:
 * that is no decision, and its posting says it all. */
static void step_explain(struct scene *s, const struct step *step, struct authorization *row,
                         struct receipt_credit *credit)
{
    const struct authorization_request *r = s->in->body;
    struct receipt receipt = receipt_begin(s, row, step->name);
    receipt.cause = r->cause;
    receipt.credit = credit;
    receipt_keep(s, row, receipt_step(s->arena, r->version, step->name), &receipt);
}

/* The end of a step that moved: answer, watch on the limit. */
static void step_finish(struct scene *s, const struct step *step, struct authorization *row)
{
    const struct authorization_request *r = s->in->body;
    struct authorization_told told = told_of(s, row, r->version);
    authorization_tell(s, step->done, &told);
    credit_watch(s);
}

static struct receipt_credit *step_post(struct scene *s, const struct step *step,
                                        const struct authorization *row, int64_t amount)
{
    const struct authorization_request *r = s->in->body;
    struct ledger_entry entry = {.kind = step->posting,
                                 .cause =
                                     posting_cause(s->arena, row->order_id, r->version, step->name),
                                 .order = row->order_id,
                                 .amount = amount,
                                 .committed = row->state == AUTHORIZATION_COMMITTED,
                                 .why = r->cause};
    return ledger_post(s, &entry);
}

void commit_decide(struct fold *f, const struct input *in)
{
    static const struct step step = {CAUSE_COMMIT, "commit", &type_authorization_committed,
                                     POSTING_COMMIT};
    struct scene s = request_scene(f, in);
    if (!step_moves(&s, &step))
        return;
    struct authorization *row = row_edit(&s);
    step_post(&s, &step, row, row->total);
    row->state = AUTHORIZATION_COMMITTED;
    step_finish(&s, &step, row);
}

void settle_decide(struct fold *f, const struct input *in)
{
    static const struct step step = {CAUSE_SETTLE, "settle", &type_authorization_settled,
                                     POSTING_SETTLE};
    struct scene s = request_scene(f, in);
    if (!step_moves(&s, &step))
        return;
    struct authorization *row = row_edit(&s);
    step_post(&s, &step, row, row->total);
    row->state = AUTHORIZATION_SETTLED;
    step_finish(&s, &step, row);
}

void release_decide(struct fold *f, const struct input *in)
{
    static const struct step step = {CAUSE_RELEASE, "release", &type_authorization_released,
                                     POSTING_RELEASE};
    const struct authorization_request *r = in->body;
    struct scene s = request_scene(f, in);
    if (!step_moves(&s, &step))
        return;
    struct authorization *row = row_edit(&s);
    struct receipt_credit *credit = hold_release(&s, row, r->version, r->cause);
    row->state = AUTHORIZATION_RELEASED;
    step_explain(&s, &step, row, credit);
    step_finish(&s, &step, row);
}

/* --- reduce */

/* NULL: it may be reduced. */
static const char *reduce_fault(const struct authorization *row,
                                const struct authorization_request *r)
{
    struct str currency = currency_of(&r->total);
    if (!str_present(currency))
        return "total_missing";
    if (!str_eq(currency, row->currency))
        return "currency_mismatch";
    if (r->total.micro > row->total)
        return "total_rises";
    return r->version <= row->version ? "version_stale" : NULL;
}

/* Done before: by its posting, or because nothing is left to change for this version. */
static bool reduce_repeats(struct scene *s, const struct authorization_request *r)
{
    const struct authorization *row = s->authorization;
    if (ledger_posted(s, posting_cause(s->arena, r->order, r->version, "reduce")))
        return true;
    return r->version <= row->version && r->total.micro == row->total &&
           str_eq(currency_of(&r->total), row->currency);
}

void reduce_decide(struct fold *f, const struct input *in)
{
    static const struct step step = {CAUSE_REDUCE, "reduce", &type_authorization_reduced,
                                     POSTING_REDUCE};
    const struct authorization_request *r = in->body;
    struct scene s = request_scene(f, in);
    if (!step_moves(&s, &step))
        return;
    if (reduce_repeats(&s, r)) {
        again_tell(&s, step.done);
        return;
    }
    const char *code = reduce_fault(s.authorization, r);
    if (code != NULL) {
        refusal_tell(&s, code);
        return;
    }
    struct authorization *row = row_edit(&s);
    struct receipt_credit *credit = step_post(&s, &step, row, row->total - r->total.micro);
    row->total = r->total.micro;
    row->version = r->version;
    row->cause = r->cause;
    if (str_present(r->content_hash))
        row->content_hash = r->content_hash;
    step_explain(&s, &step, row, credit);
    step_finish(&s, &step, row);
}
