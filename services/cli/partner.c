/* partner: what a seller has to fulfil, and its answers. */
#include "services/cli/partner.h"

#include "common/ids.h"
#include "services/cli/answer.h"
#include "services/cli/draft.h"
#include "services/cli/grid.h"
#include "services/cli/order.h"

#include <string.h>

enum { LIST_COUNT_MAX = 100000 };

int run_partner_orders(struct cli *c)
{
    static const struct column columns[] = {
        {"ORDER", "order", false}, {"SUB", "sub_order", true},
        {"STATE", "state", false}, {"NUMBER", "number", false},
        {"NODE", "node", false},   {"ACCOUNT", "account", false},
        {"LINES", "#lines", true}, {"CONFIRMED", "confirmed_at", false},
    };
    struct node_list list;
    struct str id = url_escape(c->arena, args_word(&c->args, 0));
    struct str path = arena_printf(c->arena, "/partners/%.*s/fulfilments", STR_ARG(id));
    path = url_add(c->arena, path, "state", args_value(&c->args, "state"));
    int code = fetch_list(c, "notifications", path, LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}

struct str partner_answer_text(struct arena *a, const struct partner_answer *answer)
{
    struct draft d = draft_new(a);
    draft_open(&d, NULL, "{");
    draft_text(&d, "partner", answer->partner);
    draft_text(&d, "order", answer->order);
    draft_integer(&d, "sub_order", answer->sub_order);
    draft_text(&d, "principal", answer->partner);
    draft_text(&d, "idempotency_key", answer->key);
    draft_json(&d, "lines", answer->lines);
    draft_text(&d, "carrier", answer->carrier);
    draft_text(&d, "tracking", answer->tracking);
    draft_text(&d, "reason", answer->reason);
    draft_close(&d, "}");
    return draft_done(&d);
}

/* The unit of a line, as the order has it. */
static struct str line_unit(struct cli *c, const struct node *order, int64_t line)
{
    const struct node *lines = node_find(order, "lines");
    for (size_t i = 0; lines != NULL && i < lines->count; i++) {
        const struct node *number = node_find(&lines->items[i], "line");
        if (number != NULL && number->kind == NODE_INTEGER && number->integer == line)
            return grid_text(c->arena, &lines->items[i], "quantity/unit");
    }
    return STR("C62");
}

/* --line 2 (all that is left of it) or --line 2=10, as often as wanted. */
static bool lines_write(struct cli *c, const struct node *order, struct str *out, struct err *e)
{
    struct str given;
    struct draft d = draft_new(c->arena);
    *out = STR_NONE;
    if (!args_has(&c->args, "line"))
        return true;
    draft_open(&d, NULL, "[");
    for (size_t n = 0; str_present(given = args_nth(&c->args, "line", n)); n++) {
        const char *equals = memchr(given.at, '=', given.size);
        size_t size = equals != NULL ? (size_t)(equals - given.at) : given.size;
        int64_t line;
        if (!str_to_int64((struct str){given.at, size}, &line))
            return err_set(e, ERR_FATAL, "--line is \"%.*s\", wanted N or N=QUANTITY",
                           STR_ARG(given));
        draft_open(&d, NULL, "{");
        draft_integer(&d, "line", line);
        if (equals != NULL)
            draft_quantity(&d, "quantity", (struct str){equals + 1, given.size - size - 1},
                           line_unit(c, order, line));
        draft_close(&d, "}");
    }
    draft_close(&d, "]");
    *out = draft_done(&d);
    return true;
}

/* The sub-order that is this partner's; --sub N when it has several. */
static int sub_order_find(struct cli *c, const struct node *order, struct str partner, int64_t *out)
{
    struct err e = {0};
    const struct node *subs = node_find(order, "sub_orders");
    if (!args_integer(&c->args, "sub", (struct range){0, 1, 1000}, out, &e))
        return cli_usage(c, "%s", e.text);
    size_t found = 0;
    for (size_t i = 0; *out == 0 && subs != NULL && i < subs->count; i++)
        found += str_eq(grid_text(c->arena, &subs->items[i], "seller"), partner);
    if (*out == 0 && found > 1)
        return cli_usage(c, "%.*s has %zu sub-orders of it: say which with --sub N",
                         STR_ARG(partner), found);
    for (size_t i = 0; *out == 0 && found == 1 && i < subs->count; i++)
        if (str_eq(grid_text(c->arena, &subs->items[i], "seller"), partner))
            *out = node_find(&subs->items[i], "sub_order")->integer;
    if (*out == 0)
        return cli_end(c, END_NOT_FOUND, "%.*s has no part of this order", STR_ARG(partner));
    return END_OK;
}

static int partner_answer(struct cli *c, const char *type)
{
    struct reply r;
    struct err e = {0};
    struct partner_answer answer = {.partner = args_word(&c->args, 0),
                                    .key = args_value(&c->args, "key"),
                                    .carrier = args_value(&c->args, "carrier"),
                                    .tracking = args_value(&c->args, "tracking"),
                                    .reason = args_value(&c->args, "reason")};
    int code = order_find(c, args_word(&c->args, 1), &r);
    if (code == END_OK)
        code = sub_order_find(c, r.body, answer.partner, &answer.sub_order);
    if (code != END_OK)
        return code;
    if (!lines_write(c, r.body, &answer.lines, &e))
        return cli_usage(c, "%s", e.text);
    answer.order = grid_text(c->arena, r.body, "order");
    if (!str_present(answer.key))
        answer.key = uuid_mint(c->arena, clock_now());
    return command_run(c, type, partner_answer_text(c->arena, &answer));
}

int run_partner_accept(struct cli *c)
{
    return partner_answer(c, "notifications.fulfilment.accept");
}

int run_partner_reject(struct cli *c)
{
    return partner_answer(c, "notifications.fulfilment.reject");
}

int run_partner_ship(struct cli *c)
{
    return partner_answer(c, "notifications.fulfilment.ship");
}

int run_partner_deliver(struct cli *c)
{
    return partner_answer(c, "notifications.fulfilment.deliver");
}
