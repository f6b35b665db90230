/* scene: rows of an input, postings, receipts, and how they are told. */
#include "services/approvals/scene.h"

#include <stddef.h>

struct scene scene_of(struct fold *f, const struct input *in, struct str account, struct str order)
{
    struct scene s = {.fold = f, .in = in, .arena = fold_arena(f), .account_id = account};
    struct account account_key = {.account = account};
    struct authorization authorization_key = {.account = account, .order_id = order};
    s.order = order;
    s.account = fold_get(f, &entity_account, &account_key);
    if (str_present(order))
        s.authorization = fold_get(f, &entity_authorization, &authorization_key);
    return s;
}

const struct charter *scene_charter(struct scene *s)
{
    struct charter key = {.account = s->account_id};
    return fold_get(s->fold, &entity_charter, &key);
}

/* --- keys */

struct str posting_cause(struct arena *a, struct str order, int64_t version, const char *step)
{
    return arena_printf(a, "order/%.*s/%lld/%s", STR_ARG(order), (long long)version, step);
}

/* The size keeps "a" + "b/c" apart from "a/b" + "c". */
struct str payment_cause(struct arena *a, const struct payment_record *payment)
{
    return arena_printf(a, "payment/%zu:%.*s/%.*s", payment->principal.size,
                        STR_ARG(payment->principal), STR_ARG(payment->idempotency_key));
}

struct str receipt_step(struct arena *a, int64_t version, const char *step)
{
    return arena_printf(a, "%lld/%s", (long long)version, step);
}

struct str decision_step(struct arena *a, const struct authorization *auth, const char *step,
                         struct str user)
{
    return arena_printf(a, "%lld/%s/%lld/%.*s", (long long)auth->version, step,
                        (long long)auth->tier, STR_ARG(user));
}

/* --- ledger */

bool ledger_posted(struct scene *s, struct str cause)
{
    struct posting key = {.account = s->account_id, .cause = cause};
    return fold_get(s->fold, &entity_posting, &key) != NULL;
}

static void posting_write(struct scene *s, const struct ledger_entry *e,
                          const struct credit_change *change, const struct account *account)
{
    struct posting *row = fold_edit(s->fold, &entity_posting,
                                    &(struct posting){.account = s->account_id, .cause = e->cause});
    row->number = account->posting_count;
    row->kind = e->kind;
    row->order_id = e->order;
    row->amount = e->amount;
    row->currency = account->currency;
    row->change = *change;
    row->reserved_after = account->credit.reserved;
    row->committed_after = account->credit.committed;
    row->posted_after = account->credit.posted;
    row->why = e->why;
    row->posted_at = fold_now(s->fold);
}

struct receipt_credit *ledger_post(struct scene *s, const struct ledger_entry *e)
{
    struct account key = {.account = s->account_id};
    struct credit before = s->account->credit, after = before;
    struct credit_change change = credit_change_of(e->kind, e->amount, e->committed);
    if (e->amount == 0 || ledger_posted(s, e->cause))
        return receipt_credit_of(s->account->currency, &before, &before, 0, s->arena);
    if (!credit_apply(&before, &change, &after))
        fold_poison(s->fold, s->in, "%.*s cannot be posted: the account %.*s would be impossible",
                    STR_ARG(e->cause), STR_ARG(s->account_id));
    struct account *account = fold_edit(s->fold, &entity_account, &key);
    account->credit = after;
    account->posting_count++;
    s->account = account;
    posting_write(s, e, &change, account);
    return receipt_credit_of(account->currency, &before, &after, e->amount, s->arena);
}

/* --- the account's own facts */

void account_tell(struct scene *s, const struct message_type *type, struct str cause)
{
    struct account key = {.account = s->account_id};
    struct account *account = fold_edit(s->fold, &entity_account, &key);
    const struct credit *credit = &account->credit;
    struct account_told told = {
        .account = account->account,
        .name = account->name,
        .status = str_of(account_status_names[account->status]),
        .currency = account->currency,
        .tolerance = money_of(credit->tolerance, account->currency),
        .reserved = money_of(credit->reserved, account->currency),
        .committed = money_of(credit->committed, account->currency),
        .posted = money_of(credit->posted, account->currency),
        .version = account->version,
        .cause = cause,
    };
    if (!credit->unlimited)
        told.limit = money_of(credit->limit, account->currency);
    struct emission e = {.type = type, .body = &told, .chain = &account->chain};
    fold_emit(s->fold, s->in, &e);
    s->account = account;
}

void credit_watch(struct scene *s)
{
    struct account key = {.account = s->account_id};
    int64_t level = credit_level(&s->account->credit), warned = s->account->warned;
    if (level == warned)
        return;
    struct account *account = fold_edit(s->fold, &entity_account, &key);
    account->warned = level;
    s->account = account;
    if (level > warned)
        account_tell(s, &type_credit_warned,
                     arena_printf(s->arena, "credit_warning_%lld", (long long)level));
}

/* --- receipts */

struct receipt receipt_begin(const struct scene *s, const struct authorization *auth,
                             const char *step)
{
    struct receipt receipt = {
        .step = str_of(step),
        .account = auth->account,
        .order = auth->order_id,
        .version = auth->version,
        .content_hash = auth->content_hash,
        .unit = auth->unit,
        .buyer = auth->buyer,
        .principal = auth->principal,
        .sales_rep = auth->sales_rep,
        .total = money_of(auth->total, auth->currency),
    };
    if (s->account != NULL)
        receipt.account_version = s->account->version;
    return receipt;
}

void receipt_keep(struct scene *s, struct authorization *auth, struct str step,
                  struct receipt *receipt)
{
    receipt->outcome = str_of(authorization_state_names[auth->state]);
    receipt->decided_at = fold_now(s->fold);
    if (!sha256_is_zero(&auth->receipt_hash))
        receipt->previous = sha256_hex(s->arena, &auth->receipt_hash);
    struct receipt_row key = {.account = auth->account, .order_id = auth->order_id, .step = step};
    struct receipt_row *row = fold_edit(s->fold, &entity_receipt, &key);
    row->receipt = shape_text(&receipt_shape, receipt, s->arena);
    row->receipt_hash = sha256_of(&row->receipt, 1);
    row->decided_at = receipt->decided_at;
    row->number = ++auth->receipt_count;
    auth->receipt_hash = row->receipt_hash;
}

struct str receipt_hash_only(struct scene *s, struct receipt *receipt)
{
    receipt->decided_at = fold_now(s->fold);
    struct str text = shape_text(&receipt_shape, receipt, s->arena);
    struct sha256 hash = sha256_of(&text, 1);
    return sha256_hex(s->arena, &hash);
}

/* --- telling */

/* Rules see the tree as it was when the order was judged (F10), and people as they are now. */
struct rule_case rule_case_of(struct scene *s, const struct authorization *auth)
{
    static const struct charter nobody;
    const struct charter *charter = scene_charter(s); /* NULL while it is not loaded */
    struct rule_case c = {.charter = charter != NULL ? charter : &nobody,
                          .total = money_of(auth->total, auth->currency),
                          .buyer = auth->buyer,
                          .principal = auth->principal,
                          .sales_rep = auth->sales_rep};
    for (size_t i = 0; i < auth->path_count && i < HIERARCHY_DEPTH_MAX; i++)
        c.path.units[c.path.count++] = auth->path[i].unit;
    return c;
}

void told_figures(struct scene *s, struct authorization_told *told)
{
    if (s->account == NULL)
        return;
    const struct credit *credit = &s->account->credit;
    if (!credit->unlimited)
        told->limit = money_of(credit->limit, s->account->currency);
    told->reserved = money_of(credit->reserved, s->account->currency);
    told->committed = money_of(credit->committed, s->account->currency);
    told->posted = money_of(credit->posted, s->account->currency);
}

struct authorization_told told_of(struct scene *s, const struct authorization *auth,
                                  int64_t version)
{
    struct authorization_told told = {
        .order = auth->order_id,
        .account = auth->account,
        .version = version,
        .content_hash = auth->content_hash,
        .total = money_of(auth->total, auth->currency),
        .approvals = auth->approvals,
        .approvals_count = auth->approvals_count,
        .reasons = auth->reasons,
        .reasons_count = auth->reasons_count,
        .expires_at = auth->expires_at,
        .cause = auth->cause,
        .unit = auth->unit,
    };
    if (!sha256_is_zero(&auth->receipt_hash))
        told.receipt_hash = sha256_hex(s->arena, &auth->receipt_hash);
    if (auth->state == AUTHORIZATION_PENDING) {
        struct rule_case people = rule_case_of(s, auth);
        told.waiting = arena_new(s->arena, struct waiting_tier);
        told.waiting[0] = tier_told(&people, &auth->tiers[auth->tier - 1], s->arena);
        told.waiting_count = 1;
    }
    told_figures(s, &told);
    return told;
}

void authorization_tell(struct scene *s, const struct message_type *type,
                        const struct authorization_told *told)
{
    struct authorization key = {.account = s->account_id, .order_id = s->order};
    struct authorization *auth = fold_edit(s->fold, &entity_authorization, &key);
    struct emission e = {.type = type, .body = told, .chain = &auth->chain};
    fold_emit(s->fold, s->in, &e);
}
