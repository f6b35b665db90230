/* load: what import and replay share. */
#include "services/cli/load.h"

#include "services/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_FIRST = 256, REFUSED_SHOWN_MAX = 20 };

static struct made *made_add(struct arena *a, struct made_list *list)
{
    if (list->count == list->room) {
        size_t room = list->room > 0 ? 2 * list->room : ROOM_FIRST;
        struct made *items = arena_array(a, struct made, room);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->room = room;
    }
    return &list->items[list->count++];
}

/* One row through one maker. A fault stays with its row: the next one is tried all the same. */
static void row_make(struct mapping *m, const struct node *maker, const struct scope *s,
                     struct made_list *out)
{
    struct str json = STR_NONE;
    const struct node *set = node_find(maker, "set"), *node;
    struct fault f;
    bool wanted;
    if (!conditions_hold(m, s, node_find(maker, "when"), &wanted) || !wanted)
        return;
    if (!skeleton_make(m, s, set, &json) || !str_present(json))
        return;
    if (!node_parse(json, UINT32_MAX, m->arena, &node, &f)) {
        scope_refuse(m, s, f.code, f.text);
        return;
    }
    struct made *item = made_add(m->arena, out);
    *item = (struct made){.json = json, .node = node, .maker = maker, .scope = *s};
    item->file = s->source != NULL ? s->source->file : STR("the mapping");
    item->line = s->source != NULL ? s->source->table.lines[s->row] : 0;
}

static void maker_run(struct mapping *m, const struct node *maker, struct made_list *out)
{
    const struct node *from = node_find(maker, "from"), *set = node_find(maker, "set");
    struct source *source =
        from != NULL && from->kind == NODE_TEXT ? mapping_source(m, from->text) : NULL;
    if (set == NULL || set->kind != NODE_OBJECT || (from != NULL && source == NULL)) {
        verdict_add(m->verdict, STR("the mapping"), 0, "mapping_invalid",
                    STR("a maker is {\"from\": SOURCE, \"when\": [...], \"set\": {...}}"));
        return;
    }
    size_t count = source != NULL ? source->table.row_count : 1;
    for (size_t row = 0; row < count; row++) {
        struct scope s = {.source = source, .row = row, .number = row + 1};
        row_make(m, maker, &s, out);
    }
}

void section_make(struct mapping *m, const char *section, struct made_list *out)
{
    const struct node *makers = mapping_section(m, section);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; makers != NULL && i < makers->count; i++)
        maker_run(m, &makers->items[i], out);
}

struct str made_text(const struct made *item, const char *member)
{
    const struct node *n = node_find(item->node, member);
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR("");
}

void outbox_add(struct arena *a, struct outbox *o, const struct parcel *p)
{
    if (o->count == o->room) {
        size_t room = o->room > 0 ? 2 * o->room : ROOM_FIRST;
        struct parcel *items = arena_array(a, struct parcel, room);
        if (o->count > 0)
            memcpy(items, o->items, o->count * sizeof(*items));
        o->items = items;
        o->room = room;
    }
    o->items[o->count++] = *p;
}

static void refused_print(const struct parcel *p, const struct answer *a, size_t nth)
{
    if (nth > REFUSED_SHOWN_MAX)
        return;
    cli_note("refused: %s under %.*s: %.*s at %.*s: %.*s", p->type->name, STR_ARG(p->key),
             STR_ARG(a->code), STR_ARG(a->path), STR_ARG(a->text));
    if (!str_blank(a->remedy))
        cli_note("  do: %.*s", STR_ARG(a->remedy));
}

/* Answers come in any order, but all must come: so they are awaited one by one. */
static int answers_await(struct cli *c, const struct outbox *o, const char *what)
{
    struct arena scratch;
    struct progress bar = progress_new(what, o->count);
    size_t refused = 0, done = 0;
    struct err e = {0};
    struct answer a = {.known = true};
    arena_init(&scratch);
    struct arena *kept = cli_arena_swap(c, &scratch);
    for (; done < o->count && a.known && e.fate == ERR_NONE; done++) {
        arena_reset(&scratch);
        const struct parcel *p = &o->items[done];
        if (!answer_wait(c, p->type->topic->owner, p->id, &a, &e))
            break;
        if (a.known && !a.accepted)
            refused_print(p, &a, ++refused);
        progress_step(&bar, done + 1);
    }
    progress_end(&bar);
    c->arena = kept;
    arena_release(&scratch);
    if (e.fate != ERR_NONE)
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (!a.known)
        return cli_end(c, END_UNAVAILABLE, "%s: command %zu of %zu has no answer in time", what,
                       done, o->count);
    if (refused > 0)
        return cli_end(c, END_FAILED, "%s: %zu of %zu commands were refused", what, refused,
                       o->count);
    return END_OK;
}

int outbox_run(struct cli *c, struct outbox *o, const char *what)
{
    struct err e = {0};
    for (size_t i = 0; i < o->count; i++)
        if (!sender_put(c, &o->items[i], &e))
            return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (!sender_flush(c, &e))
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    return answers_await(c, o, what);
}

/* deploy/imports/<name>.json here, or installed beside the program. */
static struct str mapping_default(struct cli *c, struct str folder)
{
    while (folder.size > 1 && folder.at[folder.size - 1] == '/')
        folder.size--;
    size_t from = folder.size;
    while (from > 0 && folder.at[from - 1] != '/')
        from--;
    struct str name = {folder.at + from, folder.size - from};
    struct str path = arena_printf(c->arena, "deploy/imports/%.*s.json", STR_ARG(name));
    if (access(path.at, R_OK) == 0)
        return path;
    return arena_printf(c->arena, "%s/../share/batuta/%s", program_folder(c->arena).at, path.at);
}

int mapping_open(struct cli *c, struct mapping *m)
{
    struct err e = {0};
    struct str folder = args_word(&c->args, 0), path = args_value(&c->args, "map");
    if (!str_present(path))
        path = mapping_default(c, folder);
    if (access(arena_cstr(c->arena, path), R_OK) != 0)
        return cli_end(c, END_USAGE, "there is no mapping %.*s; name one with --map",
                       STR_ARG(path));
    memset(m, 0, sizeof *m);
    m->arena = c->arena;
    m->verdict = arena_new(c->arena, struct verdict);
    m->verdict->arena = c->arena;
    if (mapping_load(m, arena_cstr(c->arena, path), folder, &e))
        return END_OK;
    if (m->verdict->count > 0)
        return verdict_print(c, m->verdict);
    return cli_end(c, END_USAGE, "%s", e.text);
}

int verdict_print(struct cli *c, const struct verdict *v)
{
    size_t shown = v->count < VERDICT_ROW_COUNT_MAX ? v->count : VERDICT_ROW_COUNT_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct verdict_row *row = &v->rows[i];
        if (row->line > 0)
            cli_note("%.*s:%zu: %s: %.*s", STR_ARG(row->file), row->line, row->code,
                     STR_ARG(row->text));
        else
            cli_note("%.*s: %s: %.*s", STR_ARG(row->file), row->code, STR_ARG(row->text));
    }
    return cli_end(c, END_USAGE, "%zu rows are wrong%s; nothing was sent", v->count,
                   v->count > shown ? " (the first 100 are shown)" : "");
}

struct str amount_grouped(struct arena *a, int64_t micro)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t size = decimal_write(micro, 2, text);
    struct buf out = {.arena = a};
    size_t point = 0;
    while (point < size && text[point] != '.')
        point++;
    for (size_t i = 0; i < size; i++) {
        size_t left = i < point ? point - i : 0;
        buf_add(&out, text + i, 1);
        if (text[i] != '-' && left > 1 && left % 3 == 1)
            buf_text(&out, ",");
    }
    return buf_done(&out);
}
