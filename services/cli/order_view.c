/* order_view: orders as people read them: list, one order with its timeline, watch. */
#include "services/cli/order.h"

#include "common/ids.h"
#include "services/cli/answer.h"
#include "services/cli/grid.h"
#include "services/cli/timeline.h"

#include <stdio.h>
#include <string.h>

enum { LIST_COUNT_INITIAL = 50, LIST_COUNT_MAX = 100000, WATCH_PAUSE_MS = 500 };

static const struct column list_columns[] = {
    {"ORDER", "order", false},       {"STATE", "state", false},
    {"ACCOUNT", "account", false},   {"BUYER", "buyer", false},
    {"LINES", "line_count", true},   {"TOTAL", "total", true},
    {"PO", "purchase_order", false}, {"RECORDED", "recorded_at", false},
};

/* Orders with this PO number or reference; the exit code. */
static int orders_with(struct cli *c, const char *member, struct str word, struct node_list *out)
{
    return fetch_list(c, "orders", url_add(c->arena, STR("/orders"), member, word), 10, out);
}

static int order_load(struct cli *c, struct str id, struct reply *out)
{
    struct str what = arena_printf(c->arena, "order %.*s", STR_ARG(id));
    struct str path = arena_printf(c->arena, "/orders/%.*s", STR_ARG(url_escape(c->arena, id)));
    return fetch_item(c, "orders", path, what.at, out);
}

int order_find(struct cli *c, struct str word, struct reply *out)
{
    struct node_list found = {0};
    if (uuid_valid(word))
        return order_load(c, word, out);
    int code = orders_with(c, "purchase_order", word, &found);
    if (code == END_OK && found.count == 0)
        code = orders_with(c, "reference", word, &found);
    if (code != END_OK)
        return code;
    if (found.count == 0)
        return cli_end(c, END_NOT_FOUND, "no order has the id, PO number or reference %.*s",
                       STR_ARG(word));
    if (found.count > 1) {
        cli_note("batuta: several orders are called %.*s; the newest is taken. They are:",
                 STR_ARG(word));
        for (size_t i = 0; i < found.count; i++)
            cli_note("  %.*s", STR_ARG(grid_text(c->arena, found.items[i], "order")));
    }
    return order_load(c, grid_text(c->arena, found.items[0], "order"), out);
}

int run_order_list(struct cli *c)
{
    static const char *const filters[] = {"account", "state", "partner", "reference",
                                          "purchase_order"};
    struct str path = STR("/orders");
    struct node_list list;
    struct err e = {0};
    int64_t limit, age;
    if (!args_integer(&c->args, "limit", (struct range){LIST_COUNT_INITIAL, 1, LIST_COUNT_MAX},
                      &limit, &e) ||
        !args_integer(&c->args, "older-than", (struct range){0, 0, 365 * 24 * 3600}, &age, &e))
        return cli_usage(c, "%s", e.text);
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        path = url_add(c->arena, path, filters[i], args_value(&c->args, filters[i]));
    if (age > 0)
        path = url_add(c->arena, path, "older_than_seconds",
                       arena_printf(c->arena, "%lld", (long long)age));
    int code = fetch_list(c, "orders", path, (size_t)limit, &list);
    if (code == END_OK)
        grid_print(c, list_columns, ARRAY_LEN(list_columns), &list);
    return code;
}

static void members_as_list(struct cli *c, const struct node *list, struct node_list *out)
{
    memset(out, 0, sizeof *out);
    if (list == NULL || list->kind != NODE_LIST)
        return;
    out->items = arena_array(c->arena, const struct node *, list->count);
    for (size_t i = 0; i < list->count; i++)
        out->items[out->count++] = &list->items[i];
}

struct section {
    const char *title, *member;
    const struct column *columns;
    size_t column_count;
};

static void section_print(struct cli *c, const struct section *s, const struct node *object)
{
    struct node_list list;
    members_as_list(c, node_find(object, s->member), &list);
    if (list.count == 0)
        return;
    printf("\n%s\n", s->title);
    grid_print(c, s->columns, s->column_count, &list);
}

static void order_print_head(struct cli *c, const struct node *order)
{
    static const struct column pairs[] = {
        {"order", "order", false},           {"state", "state", false},
        {"account", "account", false},       {"unit", "unit", false},
        {"buyer", "buyer", false},           {"placed by", "principal", false},
        {"PO", "purchase_order", false},     {"reference", "reference", false},
        {"payment", "payment_term", false},  {"lines", "line_policy", false},
        {"commits", "commit_at", false},     {"placed", "placed_at", false},
        {"recorded", "recorded_at", false},  {"confirmed", "confirmed_at", false},
        {"closed", "closed_at", false},      {"subtotal", "subtotal", false},
        {"charges", "charges_total", false}, {"total", "total", false},
        {"content", "content_hash", false},
    };
    grid_pairs(c, pairs, ARRAY_LEN(pairs), order);
}

static void order_print_parts(struct cli *c, const struct node *order)
{
    static const struct column lines[] = {
        {"LINE", "line", true},       {"SKU", "sku", false},         {"NAME", "name", false},
        {"STATE", "state", false},    {"ORDERED", "ordered", true},  {"NOW", "quantity", true},
        {"SHIPPED", "shipped", true}, {"UNIT", "unit_price", true},  {"DISCOUNT", "discount", true},
        {"NET", "net", true},         {"LIST", "price_list", false}, {"SUB", "sub_order", true},
        {"WHY", "code", false},
    };
    static const struct column subs[] = {
        {"SUB", "sub_order", true},      {"SELLER", "seller", false}, {"NODE", "node", false},
        {"STATE", "state", false},       {"TOTAL", "total", true},    {"CARRIER", "carrier", false},
        {"TRACKING", "tracking", false},
    };
    static const struct column approvals[] = {
        {"TIER", "tier", true},      {"ROLE", "role", false},     {"USER", "user", false},
        {"SAID", "decision", false}, {"AT", "decided_at", false}, {"COMMENT", "comment", false},
    };
    static const struct column reasons[] = {
        {"CODE", "code", false},
        {"AT", "path", false},
        {"WHY", "text", false},
        {"DO", "remedy", false},
    };
    const struct section sections[] = {
        {"lines", "lines", lines, ARRAY_LEN(lines)},
        {"sub-orders", "sub_orders", subs, ARRAY_LEN(subs)},
        {"approvals", "approvals", approvals, ARRAY_LEN(approvals)},
        {"reasons", "reasons", reasons, ARRAY_LEN(reasons)},
    };
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        section_print(c, &sections[i], order);
}

static void reservations_print(struct cli *c, struct str id)
{
    static const struct column columns[] = {
        {"NODE", "node", false},   {"STATE", "state", false},      {"VERSION", "version", true},
        {"LINES", "#lines", true}, {"UNTIL", "expires_at", false},
    };
    static const struct section s = {"reservations", "items", columns, ARRAY_LEN(columns)};
    struct reply r;
    struct err e = {0};
    struct str path =
        arena_printf(c->arena, "/reservations/%.*s", STR_ARG(url_escape(c->arena, id)));
    if (fetch(c, "catalog", path, &r, &e) && r.status == 200 && r.body != NULL)
        section_print(c, &s, r.body);
}

int run_order_show(struct cli *c)
{
    struct reply r;
    int code = order_find(c, args_word(&c->args, 0), &r);
    if (code != END_OK)
        return code;
    struct str id = grid_text(c->arena, r.body, "order");
    struct timeline line = {0};
    timeline_load(c, id, &line);
    if (c->json) {
        timeline_json(c, r.body, &line);
        return END_OK;
    }
    order_print_head(c, r.body);
    order_print_parts(c, r.body);
    reservations_print(c, id);
    printf("\ntimeline\n");
    timeline_print(c, &line, 0);
    for (size_t i = 0; i < line.away_count; i++)
        cli_note("batuta: %s does not answer; its part of the timeline is missing", line.away[i]);
    return END_OK;
}

/* One order: its timeline as it grows, until it is over. */
static int order_watch(struct cli *c, struct str word, int64_t until)
{
    struct reply r = {0};
    int code = order_find(c, word, &r);
    struct str id = code == END_OK ? grid_text(c->arena, r.body, "order") : STR_NONE;
    struct arena scratch;
    size_t shown = 0;
    bool over = false;
    arena_init(&scratch);
    struct arena *kept = cli_arena_swap(c, &scratch);
    while (code == END_OK && !over && clock_monotonic_us() < until) {
        arena_reset(&scratch);
        struct timeline line = {0};
        code = order_load(c, id, &r);
        enum fate fate = code == END_OK ? fate_of(order_state(r.body)) : FATE_UNKNOWN;
        over = fate == FATE_OVER || (code == END_OK && str_is(order_state(r.body), "closed"));
        timeline_load(c, id, &line);
        timeline_print(c, &line, shown);
        shown = line.count > shown ? line.count : shown;
        fflush(stdout);
        if (!over)
            pause_ms(WATCH_PAUSE_MS);
    }
    c->arena = kept;
    arena_release(&scratch);
    return code;
}

struct watched {
    char id[UUID_TEXT_SIZE + 1], state[32];
};

/* Prints an order whose state is not the one last shown. */
static void change_print(struct cli *c, struct watched *all, size_t *count, const struct node *n)
{
    struct str id = grid_text(c->arena, n, "order"), state = grid_text(c->arena, n, "state");
    size_t at = 0;
    while (at < *count && !str_is(id, all[at].id))
        at++;
    if (id.size > UUID_TEXT_SIZE || at == LIST_COUNT_MAX ||
        (at < *count && str_is(state, all[at].state)))
        return;
    *count += at == *count;
    snprintf(all[at].id, sizeof all[at].id, "%.*s", STR_ARG(id));
    snprintf(all[at].state, sizeof all[at].state, "%.*s", STR_ARG(state));
    printf("%.*s  %-17.*s %-20.*s %.*s\n", STR_ARG(id), STR_ARG(state),
           STR_ARG(grid_text(c->arena, n, "account")), STR_ARG(grid_text(c->arena, n, "total")));
}

/* All orders: the newest, each time that one shows another state. */
static int orders_watch(struct cli *c, int64_t until)
{
    static struct watched all[LIST_COUNT_MAX];
    struct arena scratch;
    size_t count = 0;
    int code = END_OK;
    arena_init(&scratch);
    struct arena *kept = cli_arena_swap(c, &scratch);
    while (code == END_OK && clock_monotonic_us() < until) {
        struct node_list list;
        arena_reset(&scratch);
        struct str path =
            url_add(c->arena, STR("/orders"), "account", args_value(&c->args, "account"));
        code = fetch_list(c, "orders", path, LIST_COUNT_INITIAL, &list);
        for (size_t i = code == END_OK ? list.count : 0; i > 0; i--)
            change_print(c, all, &count, list.items[i - 1]);
        fflush(stdout);
        pause_ms(WATCH_PAUSE_MS);
    }
    c->arena = kept;
    arena_release(&scratch);
    return code;
}

int run_order_watch(struct cli *c)
{
    struct err e = {0};
    int64_t seconds;
    if (!args_integer(&c->args, "seconds", (struct range){365 * 86400, 1, 365 * 86400}, &seconds,
                      &e))
        return cli_usage(c, "%s", e.text);
    int64_t until = clock_monotonic_us() + seconds * MICROSECONDS_PER_SECOND;
    struct str word = args_word(&c->args, 0);
    return str_present(word) ? order_watch(c, word, until) : orders_watch(c, until);
}
