/* decide: which handler takes an input, and which rows it will look at. */
#include "services/approvals/decide.h"

#include "services/approvals/handlers.h"

/* --- which rows */

static void account_need(struct fold *f, struct str account, bool with_charter)
{
    struct account account_key = {.account = account};
    struct charter charter_key = {.account = account};
    fold_need(f, &entity_account, &account_key);
    if (with_charter)
        fold_need(f, &entity_charter, &charter_key);
}

/* The row, when it is loaded already. */
static const struct authorization *authorization_need(struct fold *f, struct str account,
                                                      struct str order)
{
    struct authorization key = {.account = account, .order_id = order};
    fold_need(f, &entity_authorization, &key);
    return fold_get(f, &entity_authorization, &key);
}

static void posting_need(struct fold *f, struct str account, struct str cause)
{
    struct posting key = {.account = account, .cause = cause};
    fold_need(f, &entity_posting, &key);
}

static void receipt_need(struct fold *f, struct str account, struct str order, struct str step)
{
    struct receipt_row key = {.account = account, .order_id = order, .step = step};
    fold_need(f, &entity_receipt, &key);
}

static void step_need(struct fold *f, const struct authorization_request *r, const char *step,
                      const char *posting)
{
    struct arena *a = fold_arena(f);
    authorization_need(f, r->account, r->order);
    posting_need(f, r->account, posting_cause(a, r->order, r->version, posting));
    receipt_need(f, r->account, r->order, receipt_step(a, r->version, step));
}

static void request_needs(struct fold *f, const struct input *in)
{
    const struct authorization_request *r = in->body;
    account_need(f, r->account, true);
    step_need(f, r, "request", "reserve");
}

static void commit_needs(struct fold *f, const struct input *in)
{
    account_need(f, ((const struct authorization_request *)in->body)->account, false);
    step_need(f, in->body, "commit", "commit");
}

static void reduce_needs(struct fold *f, const struct input *in)
{
    account_need(f, ((const struct authorization_request *)in->body)->account, false);
    step_need(f, in->body, "reduce", "reduce");
}

static void release_needs(struct fold *f, const struct input *in)
{
    account_need(f, ((const struct authorization_request *)in->body)->account, false);
    step_need(f, in->body, "release", "release");
}

static void settle_needs(struct fold *f, const struct input *in)
{
    account_need(f, ((const struct authorization_request *)in->body)->account, false);
    step_need(f, in->body, "settle", "settle");
}

static void put_needs(struct fold *f, const struct input *in)
{
    account_need(f, ((const struct account_put *)in->body)->account, true);
}

static void payment_needs(struct fold *f, const struct input *in)
{
    const struct payment_record *payment = in->body;
    account_need(f, payment->account, false);
    posting_need(f, payment->account, payment_cause(fold_arena(f), payment));
}

/* A person's step is named after the row's version and tier: known once the row is there. */
static void decision_needs(struct fold *f, const struct approval_decide *d, const char *step)
{
    account_need(f, d->account, true);
    const struct authorization *auth = authorization_need(f, d->account, d->order);
    if (auth != NULL)
        receipt_need(f, d->account, d->order,
                     decision_step(fold_arena(f), auth, step, d->principal));
}

static void approve_needs(struct fold *f, const struct input *in)
{
    decision_needs(f, in->body, "approve");
}

static void reject_needs(struct fold *f, const struct input *in)
{
    const struct approval_decide *d = in->body;
    decision_needs(f, d, "reject");
    const struct authorization *auth = authorization_need(f, d->account, d->order);
    if (auth != NULL)
        posting_need(f, d->account,
                     posting_cause(fold_arena(f), d->order, auth->version, "release"));
}

static void timer_needs(struct fold *f, const struct input *in)
{
    struct str account = in->timer->key, order = in->timer->subject;
    account_need(f, account, true);
    const struct authorization *auth = authorization_need(f, account, order);
    if (auth == NULL)
        return;
    posting_need(f, account, posting_cause(fold_arena(f), order, auth->version, "release"));
    receipt_need(f, account, order, receipt_step(fold_arena(f), auth->version, "expire"));
}

/* --- who takes it */

static const struct {
    const struct message_type *type;
    void (*needs)(struct fold *f, const struct input *in);
    void (*decide)(struct fold *f, const struct input *in);
} handlers[] = {
    {&type_authorization_request, request_needs, request_decide},
    {&type_authorization_commit, commit_needs, commit_decide},
    {&type_authorization_reduce, reduce_needs, reduce_decide},
    {&type_authorization_release, release_needs, release_decide},
    {&type_authorization_settle, settle_needs, settle_decide},
    {&type_account_put, put_needs, account_put_decide},
    {&type_payment_record, payment_needs, payment_decide},
    {&type_approval_approve, approve_needs, approve_decide},
    {&type_approval_reject, reject_needs, reject_decide},
};

static const struct {
    const char *kind;
    void (*decide)(struct fold *f, const struct input *in);
} timer_handlers[] = {
    {TIMER_REMINDER, reminder_decide},
    {TIMER_EXPIRY, expiry_decide},
};

void approvals_needs(struct fold *f, const struct input *in)
{
    if (in->kind == INPUT_TIMER) {
        timer_needs(f, in);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
        if (in->type == handlers[i].type)
            handlers[i].needs(f, in);
}

static void timer_decide(struct fold *f, const struct input *in)
{
    for (size_t i = 0; i < ARRAY_LEN(timer_handlers); i++) {
        if (!str_is(in->timer->kind, timer_handlers[i].kind))
            continue;
        timer_handlers[i].decide(f, in);
        return;
    }
    fold_poison(f, in, "no timer of the kind %.*s is known", STR_ARG(in->timer->kind));
}

void approvals_decide(struct fold *f, const struct input *in)
{
    if (in->kind == INPUT_TIMER) {
        timer_decide(f, in);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
        if (in->type != handlers[i].type)
            continue;
        handlers[i].decide(f, in);
        return;
    }
    fold_poison(f, in, "no handler for %s", in->type->name);
}
