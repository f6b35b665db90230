/* commands: what the back office says about accounts and their money. */
#include "services/approvals/handlers.h"

#include "services/approvals/accounts.h"

static bool lists_change(const struct account_put *put)
{
    return put->units_count + put->users_count + put->rules_count + put->payment_terms_count > 0;
}

static void draft_keep(struct scene *s, const struct account_draft *draft)
{
    struct account account_key = {.account = s->account_id};
    struct charter charter_key = {.account = s->account_id};
    struct account *account = fold_edit(s->fold, &entity_account, &account_key);
    *account = draft->account;
    if (s->account == NULL || lists_change(s->in->body)) {
        struct charter *charter = fold_edit(s->fold, &entity_charter, &charter_key);
        *charter = draft->charter;
    }
    s->account = account;
}

void account_put_decide(struct fold *f, const struct input *in)
{
    const struct account_put *put = in->body;
    struct scene s = scene_of(f, in, put->account, STR_NONE);
    struct account_draft draft = {0};
    if (!account_draft_of(s.account, scene_charter(&s), put, s.arena, &draft)) {
        fold_answer(f, in, &draft.fault, STR_NONE);
        return;
    }
    draft_keep(&s, &draft);
    account_tell(&s, &type_account_changed, STR("put"));
    credit_watch(&s);
    fold_answer(f, in, NULL,
                arena_printf(s.arena, "version %lld", (long long)draft.account.version));
}

static bool payment_check(const struct scene *s, const struct payment_record *payment,
                          struct fault *fault)
{
    struct credit_change change = credit_change_of(POSTING_PAYMENT, payment->amount.micro, false);
    struct credit after;
    if (s->account == NULL) {
        *fault = (struct fault){.code = "account_unknown",
                                .path = STR("/account"),
                                .text = STR("this account is not known"),
                                .remedy = STR("name an account that exists")};
        return false;
    }
    if (!str_eq(currency_of(&payment->amount), s->account->currency)) {
        *fault = (struct fault){.code = "currency_mismatch",
                                .path = STR("/amount/currency"),
                                .text = STR("this is not the currency of the account's credit"),
                                .remedy = STR("record the payment in the account's currency")};
        return false;
    }
    if (!credit_apply(&s->account->credit, &change, &after)) {
        *fault = (struct fault){.code = "amount_too_large",
                                .path = STR("/amount"),
                                .text = STR("so much cannot be kept as paid in advance"),
                                .remedy = STR("check the amount")};
        return false;
    }
    return true;
}

static struct str posted_text(const struct scene *s)
{
    struct money posted = money_of(s->account->credit.posted, s->account->currency);
    char text[DECIMAL_TEXT_SIZE];
    size_t size = money_write(posted, text);
    return arena_printf(s->arena, "posted %.*s %.*s", (int)size, text,
                        STR_ARG(s->account->currency));
}

void payment_decide(struct fold *f, const struct input *in)
{
    const struct payment_record *payment = in->body;
    struct scene s = scene_of(f, in, payment->account, STR_NONE);
    struct fault fault = {0};
    if (!payment_check(&s, payment, &fault)) {
        fold_answer(f, in, &fault, STR_NONE);
        return;
    }
    struct ledger_entry entry = {.kind = POSTING_PAYMENT,
                                 .cause = payment_cause(s.arena, payment),
                                 .amount = payment->amount.micro,
                                 .why = payment->reference};
    if (!ledger_posted(&s, entry.cause)) {
        ledger_post(&s, &entry);
        account_tell(&s, &type_account_paid, STR("payment"));
        credit_watch(&s);
    }
    fold_answer(f, in, NULL, posted_text(&s));
}
