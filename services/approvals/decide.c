/* decide: which handler takes an input, and which rows it will look at. */
#include "services/approvals/decide.h"

#include "services/approvals/handlers.h"

enum { VERSION_FIRST = 1 };

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

/* What an input posts and why it was decided so is written once, by that input: the order's row
 * says whether it is still to be done, so nobody looks for these rows. */
static void posting_make(struct fold *f, struct str account, struct str cause)
{
    struct posting key = {.account = account, .cause = cause};
    fold_need_new(f, &entity_posting, &key);
}

static void receipt_make(struct fold *f, struct str account, struct str order, struct str step)
{
    struct receipt_row key = {.account = account, .order_id = order, .step = step};
    fold_need_new(f, &entity_receipt, &key);
}

static void step_need(struct fold *f, const struct authorization_request *r, const char *step)
{
    account_need(f, r->account, false);
    authorization_need(f, r->account, r->order);
    posting_make(f, r->account, posting_cause(fold_arena(f), r->order, r->version, step));
}

/* The first request of an order makes its row; a later version finds one. */
static void request_needs(struct fold *f, const struct input *in)
{
    const struct authorization_request *r = in->body;
    struct authorization key = {.account = r->account, .order_id = r->order};
    account_need(f, r->account, true);
    if (r->dry_run || r->version != VERSION_FIRST)
        fold_need(f, &entity_authorization, &key);
    else
        fold_need_new(f, &entity_authorization, &key);
    if (r->dry_run)
        return;
    posting_make(f, r->account, posting_cause(fold_arena(f), r->order, r->version, "reserve"));
    if (r->commit)
        posting_make(f, r->account, posting_cause(fold_arena(f), r->order, r->version, "commit"));
    receipt_make(f, r->account, r->order, receipt_step(fold_arena(f), r->version, "request"));
}

static void commit_needs(struct fold *f, const struct input *in)
{
    step_need(f, in->body, "commit");
}

/* The same reduction may come again while the row has gone on: its posting tells. */
static void reduce_needs(struct fold *f, const struct input *in)
{
    const struct authorization_request *r = in->body;
    struct str cause = posting_cause(fold_arena(f), r->order, r->version, "reduce");
    account_need(f, r->account, false);
    authorization_need(f, r->account, r->order);
    fold_need(f, &entity_posting, &(struct posting){.account = r->account, .cause = cause});
    receipt_make(f, r->account, r->order, receipt_step(fold_arena(f), r->version, "reduce"));
}

static void release_needs(struct fold *f, const struct input *in)
{
    const struct authorization_request *r = in->body;
    step_need(f, r, "release");
    receipt_make(f, r->account, r->order, receipt_step(fold_arena(f), r->version, "release"));
}

static void settle_needs(struct fold *f, const struct input *in)
{
    step_need(f, in->body, "settle");
}

static void put_needs(struct fold *f, const struct input *in)
{
    account_need(f, ((const struct account_put *)in->body)->account, true);
}

static void payment_needs(struct fold *f, const struct input *in)
{
    const struct payment_record *payment = in->body;
    struct posting key = {.account = payment->account,
                          .cause = payment_cause(fold_arena(f), payment)};
    account_need(f, payment->account, false);
    fold_need(f, &entity_posting, &key);
}

/* A person's step is named after the row's version and tier: known once the row is there. */
static void decision_needs(struct fold *f, const struct approval_decide *d, const char *step)
{
    account_need(f, d->account, true);
    const struct authorization *auth = authorization_need(f, d->account, d->order);
    if (auth != NULL)
        receipt_make(f, d->account, d->order,
                     decision_step(fold_arena(f), auth, step, d->principal));
}

static void approve_needs(struct fold *f, const struct input *in)
{
    const struct approval_decide *d = in->body;
    decision_needs(f, d, "approve");
    const struct authorization *auth = authorization_need(f, d->account, d->order);
    if (auth != NULL && auth->commits)
        posting_make(f, d->account,
                     posting_cause(fold_arena(f), d->order, auth->version, "commit"));
}

static void reject_needs(struct fold *f, const struct input *in)
{
    const struct approval_decide *d = in->body;
    decision_needs(f, d, "reject");
    const struct authorization *auth = authorization_need(f, d->account, d->order);
    if (auth != NULL)
        posting_make(f, d->account,
                     posting_cause(fold_arena(f), d->order, auth->version, "release"));
}

static void timer_needs(struct fold *f, const struct input *in)
{
    struct str account = in->timer->key, order = in->timer->subject;
    account_need(f, account, true);
    const struct authorization *auth = authorization_need(f, account, order);
    if (auth == NULL || !str_is(in->timer->kind, TIMER_EXPIRY))
        return;
    posting_make(f, account, posting_cause(fold_arena(f), order, auth->version, "release"));
    receipt_make(f, account, order, receipt_step(fold_arena(f), auth->version, "expire"));
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
