/* make: a JSON skeleton whose texts are templates becomes JSON text. Texts that come out empty are
 * left out, and so are objects and lists in which nothing is left. */
#include "services/cli/mapping.h"

static bool condition_holds(struct mapping *m, const struct scope *s, const struct node *c,
                            bool *out)
{
    const struct node *value = node_find(c, "value"), *is = node_find(c, "is");
    const struct node *not = node_find(c, "not");
    struct value made;
    if (value == NULL || value->kind != NODE_TEXT || (is == NULL) == (not == NULL))
        return verdict_add(m->verdict, STR("the mapping"), 0, "mapping_invalid",
                           STR("a condition is {\"value\": TEMPLATE, \"is\" or \"not\": TEXT}"));
    if (!template_make(m, s, value->text, &made))
        return false;
    struct str text = str_present(made.text) ? made.text : STR("");
    *out = is != NULL ? str_eq(text, is->text) : !str_eq(text, not ->text);
    return true;
}

bool conditions_hold(struct mapping *m, const struct scope *s, const struct node *when, bool *out)
{
    *out = true;
    for (size_t i = 0; when != NULL && when->kind == NODE_LIST && i < when->count && *out; i++)
        if (!condition_holds(m, s, &when->items[i], out))
            return false;
    return true;
}

static bool text_make(struct mapping *m, const struct scope *s, const struct node *n,
                      struct str *out)
{
    struct value v;
    struct buf text = {.arena = m->arena};
    *out = STR_NONE;
    if (!template_make(m, s, n->text, &v))
        return false;
    if (!str_present(v.text))
        return true;
    if (v.kind == VALUE_TEXT)
        json_write_text(v.text, &text);
    else
        buf_str(&text, v.text);
    *out = buf_done(&text);
    return true;
}

static void part_add(struct buf *out, const char *bracket, struct str name, struct str made)
{
    buf_text(out, out->size == 0 ? bracket : ",");
    if (str_present(name)) {
        json_write_text(name, out);
        buf_text(out, ":");
    }
    buf_str(out, made);
}

static bool object_make(struct mapping *m, const struct scope *s, const struct node *n,
                        struct str *out)
{
    struct buf text = {.arena = m->arena};
    bool holds;
    *out = STR_NONE;
    if (!conditions_hold(m, s, node_find(n, "$when"), &holds))
        return false;
    if (!holds)
        return true;
    for (size_t i = 0; i < n->count; i++) {
        struct str made;
        if (str_is(n->items[i].name, "$when"))
            continue;
        if (!skeleton_make(m, s, &n->items[i], &made))
            return false;
        if (str_present(made))
            part_add(&text, "{", n->items[i].name, made);
    }
    buf_text(&text, text.size > 0 ? "}" : "");
    *out = text.size > 0 ? buf_done(&text) : STR_NONE;
    return true;
}

static bool list_make(struct mapping *m, const struct scope *s, const struct node *n,
                      struct str *out)
{
    struct buf text = {.arena = m->arena};
    for (size_t i = 0; i < n->count; i++) {
        struct str made;
        if (!skeleton_make(m, s, &n->items[i], &made))
            return false;
        if (str_present(made))
            part_add(&text, "[", STR_NONE, made);
    }
    buf_text(&text, text.size > 0 ? "]" : "");
    *out = text.size > 0 ? buf_done(&text) : STR_NONE;
    return true;
}

struct each {
    const struct source *source;
    const struct node *match, *where, *item;
    struct buf text;
    size_t number;
};

/* The other columns of "$match", behind the one that the index was asked for. */
static bool rest_matches(struct mapping *m, const struct scope *s, const struct each *e, size_t row,
                         bool *out)
{
    assert(e->source != NULL);
    *out = true;
    for (size_t i = 1; e->match != NULL && i < e->match->count && *out; i++) {
        struct value wanted;
        int column = csv_column(&e->source->table, e->match->items[i].name);
        if (!template_make(m, s, e->match->items[i].text, &wanted))
            return false;
        *out = column >= 0 &&
               str_eq(e->source->table.cells[row * e->source->table.column_count + (size_t)column],
                      str_present(wanted.text) ? wanted.text : STR(""));
    }
    return true;
}

static bool item_make(struct mapping *m, const struct scope *s, struct each *e, size_t row)
{
    struct scope inner = {.up = s, .source = e->source, .row = row, .number = e->number + 1};
    struct str made = STR_NONE;
    bool wanted;
    if (!rest_matches(m, s, e, row, &wanted))
        return false;
    if (wanted && !conditions_hold(m, &inner, e->where, &wanted))
        return false;
    if (wanted && !skeleton_make(m, &inner, e->item, &made))
        return false;
    if (str_present(made)) {
        part_add(&e->text, "[", STR_NONE, made);
        e->number++;
    }
    return true;
}

static bool each_open(struct mapping *m, const struct node *n, struct each *e)
{
    assert(n->kind == NODE_OBJECT);
    const struct node *name = node_find(n, "$each");
    *e = (struct each){.match = node_find(n, "$match"),
                       .where = node_find(n, "$where"),
                       .item = node_find(n, "$item"),
                       .text = {.arena = m->arena}};
    e->source = name->kind == NODE_TEXT ? mapping_source(m, name->text) : NULL;
    if (e->source == NULL || e->item == NULL)
        return verdict_add(m->verdict, STR("the mapping"), 0, "mapping_invalid",
                           STR("\"$each\" names a source and goes with \"$item\""));
    return true;
}

/* The rows of another source: all, or those that match. */
static bool each_make(struct mapping *m, const struct scope *s, const struct node *n,
                      struct str *out)
{
    struct each e;
    size_t count = 0;
    const size_t *rows = NULL;
    if (!each_open(m, n, &e))
        return false;
    assert(e.source != NULL && e.item != NULL);
    if (e.match != NULL && e.match->count > 0) {
        struct value wanted;
        int column = csv_column(&e.source->table, e.match->items[0].name);
        if (column < 0)
            return verdict_add(m->verdict, e.source->file, 1, "column_missing",
                               e.match->items[0].name);
        if (!template_make(m, s, e.match->items[0].text, &wanted))
            return false;
        rows = mapping_rows(m, e.source, column, str_present(wanted.text) ? wanted.text : STR(""),
                            &count);
    } else {
        count = e.source->table.row_count;
    }
    for (size_t i = 0; i < count; i++)
        if (!item_make(m, s, &e, rows != NULL ? rows[i] : i))
            return false;
    buf_text(&e.text, e.text.size > 0 ? "]" : "");
    *out = e.text.size > 0 ? buf_done(&e.text) : STR_NONE;
    return true;
}

bool skeleton_make(struct mapping *m, const struct scope *s, const struct node *skeleton,
                   struct str *out)
{
    struct buf text = {.arena = m->arena};
    switch (skeleton->kind) {
    case NODE_TEXT:
        return text_make(m, s, skeleton, out);
    case NODE_OBJECT:
        return node_find(skeleton, "$each") != NULL ? each_make(m, s, skeleton, out)
                                                    : object_make(m, s, skeleton, out);
    case NODE_LIST:
        return list_make(m, s, skeleton, out);
    case NODE_INTEGER:
    case NODE_BOOL:
    case NODE_REAL:
    case NODE_NULL:
        node_write(skeleton, &text);
        *out = buf_done(&text);
        return true;
    case NODE_ABSENT:
        break;
    }
    assert(false && "a kind of node");
    return false;
}
