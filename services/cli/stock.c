/* stock: counts and receipts by hand, and what is there. */
#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"
#include "services/cli/world.h"

enum { LIST_COUNT_MAX = 100000 };

/* The unit of a product, when --unit does not say it. */
static int unit_find(struct cli *c, struct str sku, struct str *out)
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

static int stock_change(struct cli *c, const char *type)
{
    struct str unit, sku = args_word(&c->args, 1);
    struct draft d = draft_new(c->arena);
    int code = unit_find(c, sku, &unit);
    if (code != END_OK)
        return code;
    draft_open(&d, NULL, "{");
    draft_text(&d, "node", args_word(&c->args, 0));
    sender_write(c, &d);
    draft_open(&d, "items", "[");
    draft_open(&d, NULL, "{");
    draft_text(&d, "sku", sku);
    draft_quantity(&d, "quantity", args_word(&c->args, 2), unit);
    draft_text(&d, "backorder_limit", args_value(&c->args, "backorder"));
    draft_close(&d, "}");
    draft_close(&d, "]");
    draft_close(&d, "}");
    return command_run(c, type, draft_done(&d));
}

int run_stock_set(struct cli *c)
{
    return stock_change(c, "catalog.stock.set");
}

int run_stock_receive(struct cli *c)
{
    return stock_change(c, "catalog.stock.receive");
}

int run_stock_list(struct cli *c)
{
    static const struct column columns[] = {
        {"NODE", "node", false},          {"SKU", "sku", false},
        {"ON HAND", "on_hand", true},     {"RESERVED", "reserved", true},
        {"AVAILABLE", "available", true}, {"BACKORDER", "backorder_limit", true},
    };
    struct node_list list;
    struct str path = url_add(c->arena, STR("/stock"), "node", args_value(&c->args, "node"));
    path = url_add(c->arena, path, "sku", args_value(&c->args, "sku"));
    int code = fetch_list(c, "catalog", path, LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}
