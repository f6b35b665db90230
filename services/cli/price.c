/* price: price lists and discounts by hand, and why a line costs what it costs. */
#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"
#include "services/cli/world.h"

#include <string.h>

enum { LIST_COUNT_MAX = 100000 };

static const struct field list_fields[] = {
    {"level", "level", FIELD_TEXT},
    {"account", "account", FIELD_TEXT},
    {"channel", "channel", FIELD_TEXT},
    {"currency", "currency", FIELD_TEXT},
    {"priority", "priority", FIELD_INTEGER},
    {"policy", "policy", FIELD_TEXT},
    {"from", "valid_from", FIELD_INSTANT},
    {"until", "valid_until", FIELD_INSTANT},
    {"rounding-point", "rounding_point", FIELD_TEXT},
    {"rounding", "rounding", FIELD_TEXT},
    {"decimals", "decimals", FIELD_DECIMAL},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};
static const struct field discount_fields[] = {
    {"kind", "kind", FIELD_TEXT},
    {"percent", "rate_ppm", FIELD_PERCENT},
    {"base", "base", FIELD_TEXT},
    {"currency", "currency", FIELD_TEXT},
    {"threshold", "threshold", FIELD_DECIMAL},
    {"account", "account", FIELD_TEXT},
    {"skus", "skus", FIELD_TEXTS},
    {"families", "families", FIELD_TEXTS},
    {"priority", "priority", FIELD_INTEGER},
    {"from", "valid_from", FIELD_INSTANT},
    {"until", "valid_until", FIELD_INSTANT},
    {"status", "status", FIELD_TEXT},
    {NULL, NULL, FIELD_TEXT},
};

const struct option list_options[] = {
    {"level", "LEVEL", "contract, account, channel or base (base when new)"},
    {"account", "ID", "whose it is; contract and account level"},
    {"channel", "ID", "channel level: which"},
    {"currency", "CODE", "ISO 4217; needed when new"},
    {"priority", "N", "higher wins inside a level"},
    {"policy", "priority|lowest", "who wins inside the level"},
    {"from", "TIME", "valid from, a day or an instant"},
    {"until", "TIME", "valid until, exclusive"},
    {"rounding-point", "line|unit|order", "where it rounds; line when absent"},
    {"rounding", "MODE", "half_away, half_even, half_up or half_down"},
    {"decimals", "N", "digits kept by rounding; the currency's when absent"},
    {"status", "STATUS", "active or inactive"},
    {NULL, NULL, NULL}};

static int list_load(struct cli *c, struct str list, struct reply *out, struct err *e)
{
    struct str id = url_escape(c->arena, list);
    struct str path = arena_printf(c->arena, "/price_lists/%.*s", STR_ARG(id));
    if (!fetch(c, "pricing", path, out, e))
        return cli_end(c, END_UNAVAILABLE, "%s", e->text);
    if (out->status != 200 && out->status != 404)
        return cli_end(c, END_UNAVAILABLE, "pricing answered %d for price list %.*s", out->status,
                       STR_ARG(list));
    return END_OK;
}

/* The value of a field as the list has it now; STR("") when it has none. */
static struct str kept_value(struct cli *c, const struct node *list, const struct field *f)
{
    const struct node *raw = list != NULL ? node_find(list, f->member) : NULL;
    const struct node *active = list != NULL ? node_find(list, "active") : NULL;
    if (strcmp(f->member, "status") == 0 && active != NULL && active->kind == NODE_BOOL)
        return active->integer != 0 ? STR("active") : STR("inactive");
    if (raw != NULL && raw->kind == NODE_TEXT)
        return raw->text;
    return list != NULL ? grid_text(c->arena, list, f->member) : STR("");
}

/* The head of a list is sent whole each time: what is not given is taken from what is there. */
static int list_open(struct cli *c, struct str list, struct draft *d)
{
    struct reply r;
    struct err e = {0};
    int code = list_load(c, list, &r, &e);
    if (code != END_OK)
        return code;
    const struct node *before =
        r.status == 200 && r.body != NULL ? node_find(r.body, "price_list") : NULL;
    *d = draft_new(c->arena);
    draft_open(d, NULL, "{");
    draft_text(d, "reference", STR("reference:price_list"));
    sender_write(c, d);
    draft_text(d, "price_list", list);
    for (const struct field *f = list_fields; f->option != NULL; f++) {
        struct str value = args_value(&c->args, f->option);
        value = str_present(value) ? value : kept_value(c, before, f);
        if (value.size == 0 && strcmp(f->option, "level") == 0)
            value = STR("base");
        if (value.size > 0 && !field_write(d, f, value, &e))
            return cli_usage(c, "%s", e.text);
    }
    return END_OK;
}

static int list_send(struct cli *c, struct draft *d)
{
    draft_close(d, "}");
    return command_run(c, "pricing.price_list.put", draft_done(d));
}

int run_price_create(struct cli *c)
{
    struct draft d;
    int code = list_open(c, args_word(&c->args, 0), &d);
    return code != END_OK ? code : list_send(c, &d);
}

static int unit_of(struct cli *c, struct str sku, struct str *out)
{
    struct reply r;
    *out = args_value(&c->args, "unit");
    if (str_present(*out))
        return END_OK;
    struct str path = arena_printf(c->arena, "/products/%.*s", STR_ARG(url_escape(c->arena, sku)));
    int code =
        fetch_item(c, "catalog", path, arena_printf(c->arena, "product %.*s", STR_ARG(sku)).at, &r);
    if (code == END_OK)
        *out = grid_text(c->arena, r.body, "unit");
    return code;
}

/* LIST SKU AMOUNT */
int run_price_set(struct cli *c)
{
    struct draft d;
    struct str unit;
    bool remove = args_has(&c->args, "remove");
    if (c->args.word_count != (remove ? 2u : 3u))
        return cli_usage(c, "wants LIST SKU AMOUNT, or LIST SKU --remove");
    int code = unit_of(c, args_word(&c->args, 1), &unit);
    if (code == END_OK)
        code = list_open(c, args_word(&c->args, 0), &d);
    if (code != END_OK)
        return code;
    draft_open(&d, remove ? "removed" : "prices", "[");
    draft_open(&d, NULL, "{");
    draft_text(&d, "sku", args_word(&c->args, 1));
    draft_text(&d, "unit", unit);
    draft_text(&d, "amount", args_word(&c->args, 2));
    draft_text(&d, "min_quantity", args_value(&c->args, "min-quantity"));
    draft_close(&d, "}");
    draft_close(&d, "]");
    return list_send(c, &d);
}

int run_price_list(struct cli *c)
{
    static const struct column columns[] = {
        {"LIST", "price_list", false},       {"LEVEL", "level", false},
        {"ACCOUNT", "account", false},       {"CHANNEL", "channel", false},
        {"CUR", "currency", false},          {"PRIORITY", "priority", true},
        {"FROM", "valid_from", false},       {"UNTIL", "valid_until", false},
        {"ROUNDS", "rounding_point", false},
    };
    struct node_list list;
    int code = fetch_list(c, "pricing", STR("/price_lists"), LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}

int run_price_show(struct cli *c)
{
    static const struct column columns[] = {
        {"LIST", "price_list", false}, {"SKU", "sku", false},
        {"UNIT", "unit", false},       {"FROM QUANTITY", "min_quantity", true},
        {"AMOUNT", "amount", true},
    };
    struct node_list list;
    struct str id = url_escape(c->arena, args_word(&c->args, 0));
    struct str path = arena_printf(c->arena, "/price_lists/%.*s", STR_ARG(id));
    int code = fetch_list(c, "pricing", path, LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}

int run_discount_put(struct cli *c)
{
    struct err e = {0};
    struct draft d = draft_new(c->arena);
    draft_open(&d, NULL, "{");
    draft_text(&d, "reference", STR("reference:discount"));
    sender_write(c, &d);
    draft_open(&d, "items", "[");
    draft_open(&d, NULL, "{");
    draft_text(&d, "discount", args_word(&c->args, 0));
    if (!args_has(&c->args, "kind"))
        draft_text(&d, "kind", args_has(&c->args, "threshold") ? STR("threshold") : STR("always"));
    if (!fields_write(c, discount_fields, &d, &e))
        return cli_usage(c, "%s", e.text);
    draft_close(&d, "}");
    draft_close(&d, "]");
    draft_close(&d, "}");
    return command_run(c, "pricing.discount.put", draft_done(&d));
}

int run_discount_list(struct cli *c)
{
    static const struct column columns[] = {
        {"DISCOUNT", "discount", false}, {"KIND", "kind", false},
        {"PPM", "rate_ppm", true},       {"OF", "base", false},
        {"OVER", "threshold", true},     {"ACCOUNT", "account", false},
        {"SKUS", "skus", false},         {"FAMILIES", "families", false},
        {"STATUS", "status", false},
    };
    struct node_list list;
    int code = fetch_list(c, "pricing", STR("/discounts"), LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}
