/* accounts: the checks of account.put, in the order in which the account would be built. */
#include "services/approvals/accounts.h"

#include <string.h>

/* What is being built. */
struct site {
    const struct account_put *put;
    struct arena *arena;
    struct account_draft *out;
    bool is_new;
};

struct refusal {
    const char *code, *text, *remedy;
};

static bool refuse(struct site *s, struct str path, struct refusal r)
{
    s->out->fault = (struct fault){
        .code = r.code, .path = path, .text = str_of(r.text), .remedy = str_of(r.remedy)};
    return false;
}

/* --- the account's own members */

static bool new_account_check(struct site *s)
{
    struct refusal missing = {"member_missing", "a new account needs it",
                              "send it with the command"};
    if (!s->is_new)
        return true;
    if (str_blank(s->put->name))
        return refuse(s, STR("/name"), missing);
    if (str_blank(s->put->currency))
        return refuse(s, STR("/currency"), missing);
    return true;
}

static bool currency_take(struct site *s)
{
    struct str currency = s->put->currency;
    struct account *account = &s->out->account;
    char code[CURRENCY_SIZE] = "";
    if (str_blank(currency))
        return true;
    if (currency.size < sizeof(code))
        memcpy(code, currency.at, currency.size);
    if (currency_exponent(code) < 0)
        return refuse(s, STR("/currency"),
                      (struct refusal){"currency_unknown", "this is no ISO 4217 currency",
                                       "send a three-letter code such as EUR"});
    if (!s->is_new && !str_eq(currency, account->currency))
        return refuse(s, STR("/currency"),
                      (struct refusal){"currency_fixed", "the currency of an account never changes",
                                       "leave it out, or create another account"});
    account->currency = currency;
    return true;
}

static bool status_take(struct site *s)
{
    struct account *account = &s->out->account;
    if (s->is_new)
        account->status = ACCOUNT_ACTIVE;
    if (!str_present(s->put->status))
        return true;
    for (int i = ACCOUNT_ACTIVE; i <= ACCOUNT_CLOSED; i++) {
        if (!str_is(s->put->status, account_status_names[i]))
            continue;
        account->status = (enum account_status)i;
        return true;
    }
    return refuse(s, STR("/status"),
                  (struct refusal){"value_unknown", "an account is active, on hold or closed",
                                   "send active, hold or closed"});
}

static bool amount_take(struct site *s, const struct money *m, struct str path, int64_t *out)
{
    if (m->currency[0] == '\0')
        return true;
    struct money own = {0};
    memcpy(own.currency, s->out->account.currency.at, s->out->account.currency.size);
    if (!money_same_currency(*m, own))
        return refuse(s, path,
                      (struct refusal){"currency_mismatch",
                                       "this is not the currency of the account's credit",
                                       "send the amount in the account's currency"});
    *out = m->micro;
    return true;
}

/* A limit named without credit_unlimited puts an unlimited account under it. */
static bool credit_take(struct site *s)
{
    struct credit *credit = &s->out->account.credit;
    if (s->put->credit_limit.currency[0] != '\0' || s->put->credit_unlimited)
        credit->unlimited = s->put->credit_unlimited;
    return amount_take(s, &s->put->credit_limit, STR("/credit_limit"), &credit->limit) &&
           amount_take(s, &s->put->tolerance, STR("/tolerance"), &credit->tolerance);
}

/* --- lists: added or replaced by id, so the order of first mention is kept */

/* One list of things that begin with their id (a struct str as the first member). */
struct listing {
    const char *name; /* of the member */
    const void *old, *added;
    size_t old_count, added_count, size, count_max;
};

static struct str id_at(const void *items, size_t index, size_t size)
{
    return *(const struct str *)(const void *)((const char *)items + index * size);
}

static size_t id_find(const void *items, size_t count, size_t size, struct str id)
{
    size_t at = 0;
    while (at < count && !str_eq(id_at(items, at, size), id))
        at++;
    return at;
}

static bool list_merge(struct site *s, const struct listing *l, void **out, size_t *out_count)
{
    char *merged = arena_alloc(s->arena, (l->old_count + l->added_count) * l->size);
    size_t count = l->old_count;
    if (count > 0)
        memcpy(merged, l->old, count * l->size);
    for (size_t i = 0; i < l->added_count; i++) {
        struct str id = id_at(l->added, i, l->size);
        struct str path = arena_printf(s->arena, "/%s/%zu", l->name, i);
        if (id_find(l->added, i, l->size, id) < i)
            return refuse(s, path,
                          (struct refusal){"item_duplicate", "this id was named before in the list",
                                           "name each id once"});
        size_t at = id_find(merged, count, l->size, id);
        if (at == l->count_max)
            return refuse(s, path,
                          (struct refusal){"list_too_long",
                                           "the account would hold too many of them",
                                           "reuse the id of one that is not needed any more"});
        memcpy(merged + at * l->size, (const char *)l->added + i * l->size, l->size);
        count += at == count;
    }
    *out = merged;
    *out_count = count;
    return true;
}

static bool lists_merge(struct site *s, const struct charter *old)
{
    struct charter *c = &s->out->charter;
    const struct account_put *put = s->put;
    void *units = NULL, *users = NULL, *rules = NULL;
    const struct listing unit_list = {.name = "units",
                                      .old = old->units,
                                      .old_count = old->units_count,
                                      .added = put->units,
                                      .added_count = put->units_count,
                                      .size = sizeof(struct account_unit),
                                      .count_max = UNIT_COUNT_MAX};
    const struct listing user_list = {.name = "users",
                                      .old = old->users,
                                      .old_count = old->users_count,
                                      .added = put->users,
                                      .added_count = put->users_count,
                                      .size = sizeof(struct account_user),
                                      .count_max = USER_COUNT_MAX};
    const struct listing rule_list = {.name = "rules",
                                      .old = old->rules,
                                      .old_count = old->rules_count,
                                      .added = put->rules,
                                      .added_count = put->rules_count,
                                      .size = sizeof(struct approval_rule),
                                      .count_max = RULE_COUNT_MAX};
    if (!list_merge(s, &unit_list, &units, &c->units_count) ||
        !list_merge(s, &user_list, &users, &c->users_count) ||
        !list_merge(s, &rule_list, &rules, &c->rules_count))
        return false;
    c->units = units;
    c->users = users;
    c->rules = rules;
    return true;
}

static void terms_take(struct site *s)
{
    struct charter *c = &s->out->charter;
    if (s->put->payment_terms_count == 0)
        return;
    c->payment_terms = arena_array(s->arena, struct term, s->put->payment_terms_count);
    c->payment_terms_count = s->put->payment_terms_count;
    for (size_t i = 0; i < c->payment_terms_count; i++)
        c->payment_terms[i].term = s->put->payment_terms[i];
}

/* --- what the lists say must hold together */

static bool item_status_check(struct site *s, const char *list, size_t index, struct str status)
{
    if (status_is_active(status) || str_is(status, "inactive"))
        return true;
    return refuse(s, arena_printf(s->arena, "/%s/%zu/status", list, index),
                  (struct refusal){"value_unknown", "this is active or inactive",
                                   "send active or inactive, or leave it out"});
}

static bool item_unit_check(struct site *s, const char *list, size_t index, struct str unit)
{
    if (!str_present(unit) || unit_find(&s->out->charter, unit) != NULL)
        return true;
    return refuse(s, arena_printf(s->arena, "/%s/%zu/unit", list, index),
                  (struct refusal){"unit_unknown", "the account has no such unit",
                                   "add the unit in the same command, or name another one"});
}

static bool items_check(struct site *s)
{
    const struct account_put *put = s->put;
    for (size_t i = 0; i < put->units_count; i++)
        if (!item_status_check(s, "units", i, put->units[i].status))
            return false;
    for (size_t i = 0; i < put->users_count; i++)
        if (!item_status_check(s, "users", i, put->users[i].status) ||
            !item_unit_check(s, "users", i, put->users[i].unit))
            return false;
    for (size_t i = 0; i < put->rules_count; i++)
        if (!item_status_check(s, "rules", i, put->rules[i].status) ||
            !item_unit_check(s, "rules", i, put->rules[i].unit))
            return false;
    return true;
}

static bool tree_check(struct site *s)
{
    const struct charter *c = &s->out->charter;
    size_t at = 0;
    const char *code = NULL;
    if (unit_tree_check(c, &at, &code))
        return true;
    /* A unit that stands too deep now may be an old one, moved by its parent's new place. */
    size_t sent =
        id_find(s->put->units, s->put->units_count, sizeof(struct account_unit), c->units[at].unit);
    struct str path = STR("/units");
    if (sent < s->put->units_count)
        path = arena_printf(s->arena, "/units/%zu/parent", sent);
    return refuse(s, path,
                  (struct refusal){code, "the units would be no tree of at most 16 levels",
                                   "name as parent a unit of the account that is not below this "
                                   "one, at most 16 levels deep"});
}

static bool rules_check(struct site *s)
{
    const struct charter *c = &s->out->charter;
    struct flow flow = {.count = 0};
    for (size_t i = 0; i < c->rules_count; i++)
        if (status_is_active(c->rules[i].status) && !flow_add(&flow, &c->rules[i], s->arena))
            return refuse(s, STR("/rules"),
                          (struct refusal){"rules_too_wide",
                                           "together the rules could ask one order for more than "
                                           "32 roles in a tier, or 64 in all",
                                           "use fewer roles, or make rules inactive"});
    return true;
}

bool account_draft_of(const struct account *account, const struct charter *charter,
                      const struct account_put *put, struct arena *a, struct account_draft *out)
{
    static const struct charter none;
    struct site s = {put, a, out, account == NULL};
    const struct charter *old = charter != NULL ? charter : &none;
    *out = (struct account_draft){0};
    out->account.account = put->account;
    out->charter.account = put->account;
    if (account != NULL)
        out->account = *account;
    out->charter.payment_terms = old->payment_terms;
    out->charter.payment_terms_count = old->payment_terms_count;
    if (str_present(put->name))
        out->account.name = put->name;
    if (!new_account_check(&s) || !currency_take(&s) || !status_take(&s) || !credit_take(&s) ||
        !lists_merge(&s, old) || !items_check(&s) || !tree_check(&s) || !rules_check(&s))
        return false;
    terms_take(&s);
    out->account.version++;
    return true;
}
