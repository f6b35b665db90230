/* template: "{customer_id}", "{product.name|cut:40}", "{$currency}", "{#}" in texts of a mapping. A
 * template that is one slot keeps the kind that its last filter gives (a number, true); any
 * other is text. "{{" is a brace. */
#include "services/cli/mapping.h"

#include <string.h>

bool scope_refuse(struct mapping *m, const struct scope *s, const char *code, struct str text)
{
    while (s != NULL && s->source == NULL)
        s = s->up;
    if (s == NULL)
        return verdict_add(m->verdict, STR("the mapping"), 0, code, text);
    return verdict_add(m->verdict, s->source->file, s->source->table.lines[s->row], code, text);
}

static struct str cell(const struct source *s, size_t row, int column)
{
    return s->table.cells[row * s->table.column_count + (size_t)column];
}

static struct str cut_at(struct str *text, char mark)
{
    const char *at = text->size > 0 ? memchr(text->at, mark, text->size) : NULL;
    size_t size = at != NULL ? (size_t)(at - text->at) : text->size;
    struct str head = {text->at, size};
    size_t step = at != NULL ? size + 1 : size;
    *text = (struct str){text->at + step, text->size - step};
    return head;
}

static bool column_value(struct mapping *m, const struct scope *s, struct str path,
                         struct str *out);

/* The row that a join of this row leads to; the rest of the path is read there. */
static bool join_value(struct mapping *m, const struct scope *s, const struct join *j,
                       struct str rest, struct str *out)
{
    const struct source *target = mapping_source(m, j->source);
    struct str key = cell(s->source, s->row, j->column);
    size_t count = 0;
    *out = STR("");
    if (key.size == 0)
        return true;
    const size_t *rows = mapping_rows(m, target, target->key, key, &count);
    if (count == 0)
        return scope_refuse(
            m, s, "join_missing",
            arena_printf(m->arena, "%.*s has no row %.*s", STR_ARG(target->name), STR_ARG(key)));
    struct scope there = {.source = target, .row = rows[0], .number = s->number};
    return column_value(m, &there, rest, out);
}

/* A column of this row or of a row around it, or one behind a join. */
static bool column_value(struct mapping *m, const struct scope *s, struct str path, struct str *out)
{
    struct str rest = path, head = cut_at(&rest, '.');
    for (; s != NULL; s = s->up) {
        if (s->source == NULL)
            continue;
        int column = csv_column(&s->source->table, path);
        if (column >= 0) {
            *out = cell(s->source, s->row, column);
            return true;
        }
        for (size_t i = 0; rest.size > 0 && i < s->source->join_count; i++)
            if (str_eq(s->source->joins[i].name, head))
                return join_value(m, s, &s->source->joins[i], rest, out);
    }
    return verdict_add(
        m->verdict, STR("the mapping"), 0, "column_missing",
        arena_printf(m->arena, "{%.*s} is neither a column nor a join here", STR_ARG(path)));
}

static bool constant_value(struct mapping *m, struct str name, struct str *out)
{
    const struct node *constants = node_find(m->root, "constants");
    const struct node *n =
        constants != NULL ? node_find(constants, arena_cstr(m->arena, name)) : NULL;
    if (str_is(name, "run") && str_present(m->run)) {
        *out = m->run;
        return true;
    }
    if (n == NULL || n->kind != NODE_TEXT)
        return verdict_add(
            m->verdict, STR("the mapping"), 0, "constant_missing",
            arena_printf(m->arena, "{$%.*s} is not in \"constants\"", STR_ARG(name)));
    *out = n->text;
    return true;
}

/* What stands between the braces. */
static bool slot_value(struct mapping *m, const struct scope *s, struct str inside,
                       struct value *out)
{
    struct str name = cut_at(&inside, '|');
    *out = (struct value){STR(""), VALUE_TEXT};
    if (str_is(name, "#"))
        *out = (struct value){arena_printf(m->arena, "%zu", s->number), VALUE_NUMBER};
    else if (name.size > 0 && name.at[0] == '$') {
        if (!constant_value(m, (struct str){name.at + 1, name.size - 1}, &out->text))
            return false;
    } else if (!column_value(m, s, name, &out->text)) {
        return false;
    }
    while (inside.size > 0) {
        struct str argument = cut_at(&inside, '|'), filter = cut_at(&argument, ':');
        struct filter_call call = {m, s, filter, argument};
        if (!filter_apply(&call, out))
            return false;
    }
    return true;
}

static bool unclosed(struct mapping *m, struct str template)
{
    return verdict_add(
        m->verdict, STR("the mapping"), 0, "template_invalid",
        arena_printf(m->arena, "a brace is not closed in \"%.*s\"", STR_ARG(template)));
}

bool template_make(struct mapping *m, const struct scope *s, struct str template, struct value *out)
{
    struct buf text = {.arena = m->arena};
    size_t at = 0, holes = 0, plain = 0;
    struct value last = {STR(""), VALUE_TEXT};
    while (at < template.size) {
        bool brace = template.at[at] == '{';
        bool doubled = brace && at + 1 < template.size && template.at[at + 1] == '{';
        if (!brace || doubled) {
            buf_add(&text, template.at + at, 1);
            at += doubled ? 2 : 1;
            plain++;
            continue;
        }
        const char *end = memchr(template.at + at, '}', template.size - at);
        if (end == NULL)
            return unclosed(m, template);
        struct str inside = {template.at + at + 1, (size_t)(end - template.at) - at - 1};
        if (!slot_value(m, s, inside, &last))
            return false;
        buf_str(&text, last.text);
        at = (size_t)(end - template.at) + 1;
        holes++;
    }
    *out = (struct value){buf_done(&text), holes == 1 && plain == 0 ? last.kind : VALUE_TEXT};
    if (out->text.size == 0)
        out->text = STR_NONE;
    return true;
}
