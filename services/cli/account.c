/* account: accounts, their units, users and rules, by hand. A command holds one account and adds or
 * replaces what it names. */
#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"
#include "services/cli/world.h"

#include <string.h>

enum { LIST_COUNT_MAX = 100000 };

static const struct field unit_fields[] = {
    {"name", "name", FIELD_TEXT},
    {"parent", "parent", FIELD_TEXT},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};
static const struct field user_fields[] = {
    {"name", "name", FIELD_TEXT},     {"unit", "unit", FIELD_TEXT}, {"roles", "roles", FIELD_TEXTS},
    {"status", "status", FIELD_TEXT}, {NULL, NULL, FIELD_TEXT},
};
static const struct field rule_fields[] = {
    {"unit", "unit", FIELD_TEXT},
    {"expire-seconds", "expire_seconds", FIELD_INTEGER},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};

static int account_load(struct cli *c, struct str account, struct reply *out)
{
    struct str id = url_escape(c->arena, account);
    return fetch_item(c, "approvals", arena_printf(c->arena, "/accounts/%.*s", STR_ARG(id)),
                      arena_printf(c->arena, "account %.*s", STR_ARG(account)).at, out);
}

static void account_open(struct cli *c, struct draft *d, struct str account)
{
    *d = draft_new(c->arena);
    draft_open(d, NULL, "{");
    draft_text(d, "account", account);
    sender_write(c, d);
}

static int account_send(struct cli *c, struct draft *d)
{
    draft_close(d, "}");
    return command_run(c, "approvals.account.put", draft_done(d));
}

static int account_put(struct cli *c, struct str currency)
{
    struct draft d;
    account_open(c, &d, args_word(&c->args, 0));
    draft_text(&d, "name", args_value(&c->args, "name"));
    draft_text(&d, "status", args_value(&c->args, "status"));
    draft_text(&d, "currency", args_value(&c->args, "currency"));
    draft_money(&d, "credit_limit", args_value(&c->args, "limit"), currency);
    draft_money(&d, "tolerance", args_value(&c->args, "tolerance"), currency);
    draft_true(&d, "credit_unlimited", args_has(&c->args, "unlimited"));
    draft_texts(&d, "payment_terms", args_value(&c->args, "terms"));
    return account_send(c, &d);
}

int run_account_create(struct cli *c)
{
    if (!args_has(&c->args, "name") || !args_has(&c->args, "currency"))
        return cli_usage(c, "a new account wants --name and --currency");
    return account_put(c, args_value(&c->args, "currency"));
}

int run_account_set(struct cli *c)
{
    struct reply r;
    int code = account_load(c, args_word(&c->args, 0), &r);
    return code != END_OK ? code : account_put(c, grid_text(c->arena, r.body, "currency"));
}

int run_account_pay(struct cli *c)
{
    struct reply r;
    struct draft d;
    int code = account_load(c, args_word(&c->args, 0), &r);
    if (code != END_OK)
        return code;
    account_open(c, &d, args_word(&c->args, 0));
    draft_money(&d, "amount", args_word(&c->args, 1), grid_text(c->arena, r.body, "currency"));
    draft_text(&d, "reference", args_value(&c->args, "reference"));
    draft_close(&d, "}");
    return command_run(c, "approvals.payment.record", draft_done(&d));
}

int run_account_list(struct cli *c)
{
    static const struct column columns[] = {
        {"ACCOUNT", "account", false},  {"NAME", "name", false},
        {"STATUS", "status", false},    {"CUR", "currency", false},
        {"LIMIT", "limit", true},       {"UNLIMITED", "unlimited", false},
        {"RESERVED", "reserved", true}, {"COMMITTED", "committed", true},
        {"POSTED", "posted", true},
    };
    struct node_list list;
    int code = fetch_list(c, "approvals", STR("/accounts"), LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}

static void members_print(struct cli *c, const struct node *object, const char *member,
                          const struct column *columns, size_t column_count)
{
    const struct node *list = node_find(object, member);
    struct node_list items = {0};
    if (list == NULL || list->kind != NODE_LIST || (list->count == 0 && !c->json))
        return;
    items.items = arena_array(c->arena, const struct node *, list->count);
    for (size_t i = 0; i < list->count; i++)
        items.items[items.count++] = &list->items[i];
    if (!c->json)
        cli_print(arena_printf(c->arena, "\n%s", member));
    grid_print(c, columns, column_count, &items);
}

static const struct column user_columns[] = {
    {"USER", "user", false},   {"NAME", "name", false},     {"UNIT", "unit", false},
    {"ROLES", "roles", false}, {"STATUS", "status", false},
};

int run_account_show(struct cli *c)
{
    static const struct column pairs[] = {
        {"account", "account", false},     {"name", "name", false},
        {"status", "status", false},       {"currency", "currency", false},
        {"limit", "limit", false},         {"unlimited", "unlimited", false},
        {"tolerance", "tolerance", false}, {"reserved", "reserved", false},
        {"committed", "committed", false}, {"posted", "posted", false},
        {"available", "available", false}, {"terms", "payment_terms", false},
        {"version", "version", false},
    };
    static const struct column units[] = {
        {"UNIT", "unit", false},
        {"PARENT", "parent", false},
        {"NAME", "name", false},
        {"STATUS", "status", false},
    };
    static const struct column rules[] = {
        {"RULE", "rule", false},   {"UNIT", "unit", false},     {"OVER", "over", true},
        {"TIERS", "tiers", false}, {"STATUS", "status", false},
    };
    struct reply r;
    int code = account_load(c, args_word(&c->args, 0), &r);
    if (code != END_OK)
        return code;
    if (c->json) {
        cli_print(r.text);
        return END_OK;
    }
    grid_pairs(c, pairs, ARRAY_LEN(pairs), r.body);
    members_print(c, r.body, "units", units, ARRAY_LEN(units));
    members_print(c, r.body, "users", user_columns, ARRAY_LEN(user_columns));
    members_print(c, r.body, "rules", rules, ARRAY_LEN(rules));
    return END_OK;
}

int run_user_list(struct cli *c)
{
    struct reply r;
    int code = account_load(c, args_word(&c->args, 0), &r);
    if (code == END_OK)
        members_print(c, r.body, "users", user_columns, ARRAY_LEN(user_columns));
    return code;
}

/* One member of a list of the account: ACCOUNT ID and options. */
struct part {
    const char *list, *id;
    const struct field *fields;
};

static const struct node *part_find(const struct node *account, const struct part *p, struct str id)
{
    const struct node *list = node_find(account, p->list);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct node *found = node_find(&list->items[i], p->id);
        if (found != NULL && found->kind == NODE_TEXT && str_eq(found->text, id))
            return &list->items[i];
    }
    return NULL;
}

/* A part is replaced whole, so what is not given is taken from what is there. */
static bool part_write(struct cli *c, const struct part *p, const struct node *account,
                       struct draft *d, struct err *e)
{
    struct str id = args_word(&c->args, 1);
    const struct node *before = part_find(account, p, id);
    draft_text(d, p->id, id);
    for (const struct field *f = p->fields; f->option != NULL; f++) {
        struct str value = args_value(&c->args, f->option);
        const struct node *kept = before != NULL ? node_find(before, f->member) : NULL;
        if (str_present(value) && !field_write(d, f, value, e))
            return false;
        if (str_present(value) || kept == NULL || kept->kind == NODE_NULL)
            continue;
        struct buf text = {.arena = c->arena};
        node_write(kept, &text);
        draft_json(d, f->member, buf_done(&text));
    }
    return true;
}

static int part_open(struct cli *c, const struct part *p, struct draft *d, struct reply *account)
{
    struct err e = {0};
    int code = account_load(c, args_word(&c->args, 0), account);
    if (code != END_OK)
        return code;
    account_open(c, d, args_word(&c->args, 0));
    draft_open(d, p->list, "[");
    draft_open(d, NULL, "{");
    return part_write(c, p, account->body, d, &e) ? END_OK : cli_usage(c, "%s", e.text);
}

static int part_send(struct cli *c, struct draft *d)
{
    draft_close(d, "}");
    draft_close(d, "]");
    return account_send(c, d);
}

int run_user_put(struct cli *c)
{
    static const struct part part = {"users", "user", user_fields};
    struct draft d;
    struct reply account;
    int code = part_open(c, &part, &d, &account);
    return code != END_OK ? code : part_send(c, &d);
}

int run_unit_put(struct cli *c)
{
    static const struct part part = {"units", "unit", unit_fields};
    struct draft d;
    struct reply account;
    int code = part_open(c, &part, &d, &account);
    return code != END_OK ? code : part_send(c, &d);
}

/* --tier finance,cfo --tier board: two tiers; in the first both must say yes. */
int run_rule_put(struct cli *c)
{
    static const struct part part = {"rules", "rule", rule_fields};
    struct draft d;
    struct reply account;
    struct str tier;
    if (!args_has(&c->args, "over") || !args_has(&c->args, "tier"))
        return cli_usage(c, "a rule wants --over AMOUNT and --tier ROLES");
    int code = part_open(c, &part, &d, &account);
    if (code != END_OK)
        return code;
    draft_money(&d, "over", args_value(&c->args, "over"),
                grid_text(c->arena, account.body, "currency"));
    draft_open(&d, "tiers", "[");
    for (size_t n = 0; str_present(tier = args_nth(&c->args, "tier", n)); n++) {
        draft_open(&d, NULL, "{");
        draft_texts(&d, "roles", tier);
        draft_close(&d, "}");
    }
    draft_close(&d, "]");
    return part_send(c, &d);
}
