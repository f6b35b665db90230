/* grid: lists and single things as text for people. */
#include "services/cli/grid.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, COLUMN_COUNT_MAX = 16 };

static const struct node *step(const struct node *n, const char *name, size_t size)
{
    int64_t index;
    if (n->kind == NODE_LIST && str_to_int64((struct str){name, size}, &index))
        return index >= 0 && (size_t)index < n->count ? &n->items[index] : NULL;
    for (size_t i = 0; n->kind == NODE_OBJECT && i < n->count; i++)
        if (str_eq(n->items[i].name, (struct str){name, size}))
            return &n->items[i];
    return NULL;
}

static const struct node *walk(const struct node *n, const char *path)
{
    while (n != NULL && *path != '\0') {
        size_t size = strcspn(path, "/");
        n = step(n, path, size);
        path += size + (path[size] == '/');
    }
    return n;
}

static struct str texts_join(struct arena *a, const struct node *list)
{
    struct buf out = {.arena = a};
    for (size_t i = 0; i < list->count; i++) {
        buf_text(&out, i > 0 ? "," : "");
        if (list->items[i].kind == NODE_TEXT)
            buf_str(&out, list->items[i].text);
        else
            node_write(&list->items[i], &out);
    }
    return buf_done(&out);
}

/* 12.5 EUR -> "12.50 EUR": at least two decimals, so that columns of money line up. */
static struct str pair_text(struct arena *a, const struct node *n)
{
    const struct node *amount = node_find(n, "amount"), *currency = node_find(n, "currency");
    const struct node *value = node_find(n, "value"), *unit = node_find(n, "unit");
    if (amount != NULL && amount->kind == NODE_TEXT && currency != NULL) {
        struct money m = {0};
        char text[DECIMAL_TEXT_SIZE];
        size_t size = currency->text.size < CURRENCY_SIZE ? currency->text.size : CURRENCY_SIZE - 1;
        memcpy(m.currency, currency->text.at, size);
        if (!decimal_read(amount->text, &m.micro))
            return amount->text;
        size = money_write(m, text);
        return arena_printf(a, "%.*s %s", (int)size, text, m.currency);
    }
    if (value != NULL && value->kind == NODE_TEXT && unit != NULL)
        return arena_printf(a, "%.*s %.*s", STR_ARG(value->text), STR_ARG(unit->text));
    struct buf out = {.arena = a};
    node_write(n, &out);
    return buf_done(&out);
}

/* "2026-11-24T17:00:00.123456Z" -> "2026-11-24 17:00:00". */
static struct str time_text(struct arena *a, struct str text)
{
    struct instant t;
    if (text.size < 20 || text.at[10] != 'T' || !instant_read(text, &t))
        return text;
    return arena_printf(a, "%.10s %.8s", text.at, text.at + 11);
}

struct str grid_text(struct arena *a, const struct node *object, const char *path)
{
    bool counted = path[0] == '#';
    const struct node *n = walk(object, counted ? path + 1 : path);
    if (counted)
        return arena_printf(a, "%zu", n != NULL ? n->count : 0);
    if (n == NULL)
        return STR("");
    switch (n->kind) {
    case NODE_TEXT:
        return time_text(a, n->text);
    case NODE_REAL:
        return n->text;
    case NODE_INTEGER:
        return arena_printf(a, "%lld", (long long)n->integer);
    case NODE_BOOL:
        return n->integer != 0 ? STR("yes") : STR("no");
    case NODE_LIST:
        return texts_join(a, n);
    case NODE_OBJECT:
        return pair_text(a, n);
    case NODE_NULL:
    case NODE_ABSENT:
        break;
    }
    return STR("");
}

/* Characters, not bytes; close enough for Latin text. */
static size_t width_of(struct str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.size; i++)
        width += ((unsigned char)s.at[i] & 0xc0) != 0x80;
    return width;
}

static void row_print(const struct column *columns, size_t column_count, const size_t *widths,
                      const struct str *cells)
{
    size_t due = 0; /* spaces owed; not printed at the end of a line */
    for (size_t i = 0; i < column_count; i++) {
        size_t width = width_of(cells[i]), room = widths[i] - width;
        due += columns[i].right ? room : 0;
        if (cells[i].size > 0) {
            printf("%*s%.*s", (int)due, "", STR_ARG(cells[i]));
            due = 0;
        }
        due += (columns[i].right ? 0 : room) + GAP + (cells[i].size > 0 ? 0 : width);
    }
    putchar('\n');
}

void grid_cells(const struct column *columns, size_t column_count, const struct str *cells,
                size_t row_count)
{
    size_t widths[COLUMN_COUNT_MAX] = {0};
    assert(column_count <= COLUMN_COUNT_MAX);
    for (size_t i = 0; i < row_count * column_count; i++) {
        size_t width = width_of(cells[i]);
        if (width > widths[i % column_count])
            widths[i % column_count] = width;
    }
    for (size_t row = 0; row < row_count; row++)
        row_print(columns, column_count, widths, cells + row * column_count);
}

static void json_print(struct cli *c, const struct node_list *items)
{
    struct buf out = {.arena = c->arena};
    buf_text(&out, "[");
    for (size_t i = 0; i < items->count; i++) {
        buf_text(&out, i > 0 ? ",\n " : "\n ");
        node_write(items->items[i], &out);
    }
    buf_text(&out, items->count > 0 ? "\n]" : "]");
    cli_print(buf_done(&out));
}

void grid_print(struct cli *c, const struct column *columns, size_t column_count,
                const struct node_list *items)
{
    if (c->json) {
        json_print(c, items);
        return;
    }
    struct str *cells = arena_array(c->arena, struct str, (items->count + 1) * column_count);
    for (size_t i = 0; i < column_count; i++)
        cells[i] = str_of(columns[i].title);
    for (size_t row = 0; row < items->count; row++)
        for (size_t i = 0; i < column_count; i++)
            cells[(row + 1) * column_count + i] =
                grid_text(c->arena, items->items[row], columns[i].path);
    grid_cells(columns, column_count, cells, items->count + 1);
}

void grid_pairs(struct cli *c, const struct column *columns, size_t column_count,
                const struct node *object)
{
    size_t width = 0;
    for (size_t i = 0; i < column_count; i++)
        if (strlen(columns[i].title) > width)
            width = strlen(columns[i].title);
    for (size_t i = 0; i < column_count; i++) {
        struct str text = grid_text(c->arena, object, columns[i].path);
        if (text.size > 0)
            printf("%-*s %.*s\n", (int)width + 1, columns[i].title, STR_ARG(text));
    }
}
