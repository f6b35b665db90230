/* explain: the receipt of a price as a person reads it: which prices there were, why each lost, and
 * the arithmetic from the winner to the net line. */
#include "services/cli/grid.h"
#include "services/cli/order.h"
#include "services/cli/world.h"

#include <stdio.h>
#include <string.h>

enum { PPM_PER_PERCENT = 10000 };

static const struct node *member(const struct node *object, const char *name)
{
    return object != NULL ? node_find(object, name) : NULL;
}

static int64_t number(const struct node *object, const char *name)
{
    const struct node *n = member(object, name);
    return n != NULL && (n->kind == NODE_INTEGER || n->kind == NODE_BOOL) ? n->integer : 0;
}

static struct str word(const struct node *object, const char *name)
{
    const struct node *n = member(object, name);
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR("");
}

/* Millionths as a decimal with two digits or more. */
static struct str micro(struct arena *a, const struct node *object, const char *name)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t size = decimal_write(number(object, name), 2, text);
    return arena_str(a, (struct str){text, size});
}

static struct str percent(struct arena *a, int64_t ppm)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t size = decimal_write(ppm * (MICRO / PPM_PER_PERCENT), 0, text);
    return arena_printf(a, "%.*s %%", (int)size, text);
}

static void candidates_print(struct cli *c, const struct node *line)
{
    static const struct column columns[] = {
        {"LIST", "", false},    {"LEVEL", "", false},        {"PRIORITY", "", true},
        {"UNIT", "", false},    {"FROM QUANTITY", "", true}, {"PRICE", "", true},
        {"VERDICT", "", false},
    };
    enum { COLUMNS = ARRAY_LEN(columns) };
    const struct node *list = member(line, "candidates");
    if (list == NULL || list->count == 0) {
        printf("  no price list has a price for it\n");
        return;
    }
    struct str *cells = arena_array(c->arena, struct str, (list->count + 1) * COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = str_of(columns[i].title);
    for (size_t i = 0; i < list->count; i++) {
        const struct node *n = &list->items[i];
        struct str *row = cells + (i + 1) * COLUMNS, verdict = word(n, "verdict");
        row[0] = word(n, "list");
        row[1] = word(n, "level");
        row[2] = grid_text(c->arena, n, "priority");
        row[3] = word(n, "unit");
        row[4] = micro(c->arena, n, "min_quantity_micro");
        row[5] = micro(c->arena, n, "amount_micro");
        row[6] = str_is(verdict, "winner") || str_blank(verdict)
                     ? verdict
                     : arena_printf(c->arena, "lost: %.*s", STR_ARG(verdict));
    }
    grid_cells(columns, COLUMNS, cells, list->count + 1);
    if (number(line, "left_out") > 0)
        printf("  and %lld prices of other accounts or channels\n",
               (long long)number(line, "left_out"));
}

static void steps_print(struct cli *c, const struct node *line)
{
    const struct node *steps = member(line, "steps");
    for (size_t i = 0; steps != NULL && i < steps->count; i++) {
        const struct node *n = &steps->items[i];
        struct str rule = word(n, "rule");
        int64_t ppm = number(n, "rate_ppm");
        struct str what = ppm > 0 ? percent(c->arena, ppm) : STR("");
        printf("  %-15.*s %8.*s %-24.*s %14.*s\n", STR_ARG(word(n, "step")), STR_ARG(what),
               STR_ARG(rule), STR_ARG(micro(c->arena, n, "value_micro")));
    }
}

static void rules_print(struct cli *c, const struct node *receipt)
{
    const struct node *rules = member(receipt, "rules");
    for (size_t i = 0; rules != NULL && i < rules->count; i++) {
        const struct node *n = &rules->items[i];
        printf("  %.*s (%.*s, %.*s): %.*s", STR_ARG(word(n, "discount")), STR_ARG(word(n, "kind")),
               STR_ARG(percent(c->arena, number(n, "rate_ppm"))), STR_ARG(word(n, "verdict")));
        if (number(n, "missing_micro") > 0)
            printf(", %.*s are missing", STR_ARG(micro(c->arena, n, "missing_micro")));
        if (number(n, "discount_micro") != 0)
            printf(", %.*s off the order", STR_ARG(micro(c->arena, n, "discount_micro")));
        putchar('\n');
    }
}

static void line_print(struct cli *c, const struct node *receipt, const struct node *line)
{
    struct str refused = word(line, "refused"), settings = word(line, "settings_of");
    printf("line %lld: %.*s of %.*s in %.*s, prices of %.*s\n", (long long)number(line, "line"),
           STR_ARG(arena_printf(c->arena, "%.*s %.*s",
                                STR_ARG(micro(c->arena, line, "quantity_micro")),
                                STR_ARG(word(line, "unit")))),
           STR_ARG(word(line, "sku")), STR_ARG(word(receipt, "currency")),
           STR_ARG(grid_text(c->arena, receipt, "placed_at")));
    printf("\ncandidates\n");
    candidates_print(c, line);
    if (refused.size > 0) {
        printf("\nrefused: %.*s\n", STR_ARG(refused));
        return;
    }
    if (number(line, "agreed") != 0)
        printf("\nwinner: the price that was agreed with the order\n");
    else
        printf("\nwinner: %.*s (%.*s)\n", STR_ARG(word(line, "winner")),
               STR_ARG(word(line, "level")));
    printf("rounding: %.*s at the %.*s, %lld decimals, as %.*s says\n",
           STR_ARG(word(line, "rounding")), STR_ARG(word(line, "rounding_point")),
           (long long)number(line, "decimals"),
           STR_ARG(settings.size > 0 ? settings : STR("the currency")));
    printf("\nsteps\n");
    steps_print(c, line);
    printf("\nunit price %.*s, gross %.*s, discount %.*s, net %.*s\n",
           STR_ARG(micro(c->arena, line, "unit_price_micro")),
           STR_ARG(micro(c->arena, line, "gross_micro")),
           STR_ARG(micro(c->arena, line, "discount_micro")),
           STR_ARG(micro(c->arena, line, "net_micro")));
}

/* The newest version that is no dry run, else the newest. */
static const struct node *quote_choose(const struct node *items)
{
    const struct node *chosen = NULL;
    for (size_t i = 0; items != NULL && i < items->count; i++)
        if (chosen == NULL || number(&items->items[i], "dry_run") == 0)
            chosen = &items->items[i];
    return chosen;
}

static const struct node *line_find(const struct node *receipt, int64_t wanted)
{
    const struct node *lines = member(receipt, "lines");
    for (size_t i = 0; lines != NULL && i < lines->count; i++)
        if (number(&lines->items[i], "line") == wanted)
            return &lines->items[i];
    return NULL;
}

int run_price_explain(struct cli *c)
{
    struct reply order, quote;
    int64_t wanted;
    if (!str_to_int64(args_word(&c->args, 1), &wanted))
        return cli_usage(c, "LINE is a line number");
    int code = order_find(c, args_word(&c->args, 0), &order);
    if (code != END_OK)
        return code;
    struct str id = url_escape(c->arena, grid_text(c->arena, order.body, "order"));
    code = fetch_item(c, "pricing", arena_printf(c->arena, "/quotes/%.*s", STR_ARG(id)),
                      "price of that order (yet)", &quote);
    if (code != END_OK)
        return code;
    const struct node *chosen = quote_choose(member(quote.body, "items"));
    const struct node *receipt = member(chosen, "receipt"), *line = line_find(receipt, wanted);
    if (line == NULL)
        return cli_end(c, END_NOT_FOUND, "the order has no line %lld", (long long)wanted);
    if (c->json) {
        struct buf out = {.arena = c->arena};
        node_write(line, &out);
        cli_print(buf_done(&out));
        return END_OK;
    }
    line_print(c, receipt, line);
    const struct node *rules = member(receipt, "rules");
    if (rules != NULL && rules->count > 0) {
        printf("\ndiscount rules of the order\n");
        rules_print(c, receipt);
    }
    printf("\nreference versions %.*s; SHA-256 of the receipt %.*s\n",
           STR_ARG(word(chosen, "versions")), STR_ARG(word(chosen, "receipt_hash")));
    return END_OK;
}
