/* limit_recipe: reads the file. Numbers are 32 bits, little end first; a text is its size and its
 * bytes; all ones in place of a size or an index is nothing. */
#include "tests/bench/limit_recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ids.h"

enum { MAGIC = 0xBA7C4, HOLE_BYTE = 1 };
#define NOTHING UINT32_MAX

struct reader {
    const char *path;
    struct str rest;
    struct arena *arena;
};

static void broken(const struct reader *r, const char *what)
{
    fprintf(stderr, "limit: %s is no recipe: %s\n", r->path, what);
    exit(1);
}

static uint32_t take_raw(struct reader *r)
{
    if (r->rest.size < 4)
        broken(r, "it ends too early");
    const unsigned char *at = (const unsigned char *)r->rest.at;
    r->rest.at += 4;
    r->rest.size -= 4;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static int take_number(struct reader *r, int max)
{
    uint32_t n = take_raw(r);
    if (n == NOTHING)
        return RECIPE_ABSENT;
    if (n > (uint32_t)max)
        broken(r, "a number is too large");
    return (int)n;
}

static struct str take_text(struct reader *r)
{
    uint32_t size = take_raw(r);
    if (size == NOTHING)
        return STR_NONE;
    if (size > r->rest.size)
        broken(r, "a text ends too early");
    struct str s = {r->rest.at, size};
    r->rest.at += size;
    r->rest.size -= size;
    return s;
}

static bool is_hole(const char *at)
{
    for (int i = 0; i < UUID_TEXT_SIZE; i++)
        if (at[i] != HOLE_BYTE)
            return false;
    return true;
}

static struct recipe_text take_holed(struct reader *r)
{
    struct recipe_text t = {.bytes = take_text(r)};
    for (size_t i = 0; i + UUID_TEXT_SIZE <= t.bytes.size; i++) {
        if (t.bytes.at[i] != HOLE_BYTE || !is_hole(t.bytes.at + i))
            continue;
        if (t.hole_count == RECIPE_HOLES_MAX)
            broken(r, "the order's id stands too often in a text");
        t.holes[t.hole_count++] = (uint32_t)i;
        i += UUID_TEXT_SIZE - 1;
    }
    return t;
}

static void take_names(struct reader *r, struct recipe_names *names)
{
    names->count = take_number(r, RECIPE_LIST_MAX);
    for (int i = 0; i < names->count; i++)
        names->items[i] = take_text(r);
}

static void take_table(struct reader *r, struct recipe_table *t)
{
    t->statement = arena_cstr(r->arena, take_text(r));
    t->aggregate = take_number(r, 1) == 1;
    t->key_count = take_number(r, 4);
    t->column_count = take_number(r, RECIPE_COLUMNS_MAX);
    for (int i = 0; i < t->column_count; i++) {
        t->columns[i].kind = (enum recipe_kind)take_number(r, RECIPE_KIND_COUNT - 1);
        t->columns[i].bound_table = take_number(r, RECIPE_LIST_MAX);
        t->columns[i].bound_column = take_number(r, RECIPE_COLUMNS_MAX);
    }
    struct str select = take_text(r);
    t->select = str_present(select) ? arena_cstr(r->arena, select) : NULL;
}

static bool is_number(enum recipe_kind kind)
{
    return kind == RECIPE_INT8 || kind == RECIPE_INT2 || kind == RECIPE_AMOUNT ||
           kind == RECIPE_BOOL || kind == RECIPE_TIME;
}

static void take_row(struct reader *r, const struct recipe *recipe, struct recipe_row *row)
{
    row->table = take_number(r, recipe->table_count - 1);
    const struct recipe_table *t = &recipe->tables[row->table];
    row->cells = arena_array(r->arena, struct recipe_cell, t->column_count);
    for (int i = 0; i < t->column_count; i++) {
        struct recipe_cell *cell = &row->cells[i];
        cell->text = take_holed(r);
        if (is_number(t->columns[i].kind) && str_present(cell->text.bytes) &&
            !str_to_int64(cell->text.bytes, &cell->number))
            broken(r, "a cell is no number");
    }
}

static void take_event(struct reader *r, struct recipe_event *event)
{
    event->topic = arena_cstr(r->arena, take_text(r));
    event->output = take_number(r, RECIPE_LIST_MAX);
    event->key = take_holed(r);
    event->type = take_text(r);
    event->headers = take_holed(r);
    event->body = take_holed(r);
}

static void take_effect(struct reader *r, struct recipe *recipe)
{
    int sample = take_number(r, RECIPE_SAMPLES - 1), type = take_number(r, recipe->types.count - 1);
    struct recipe_effect *effect = &recipe->effects[sample * recipe->types.count + type];
    effect->event_count = take_number(r, RECIPE_LIST_MAX);
    effect->events = arena_array(r->arena, struct recipe_event, effect->event_count);
    for (int i = 0; i < effect->event_count; i++)
        take_event(r, &effect->events[i]);
    effect->row_count = take_number(r, RECIPE_LIST_MAX);
    effect->rows = arena_array(r->arena, struct recipe_row, effect->row_count);
    for (int i = 0; i < effect->row_count; i++)
        take_row(r, recipe, &effect->rows[i]);
}

static struct str file_read(const char *path, struct arena *a)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0) {
        fprintf(stderr, "limit: cannot read %s\n", path);
        exit(1);
    }
    char *at = arena_alloc(a, (size_t)size + 1);
    size_t got = fread(at, 1, (size_t)size, file);
    fclose(file);
    return (struct str){at, got};
}

void recipe_load(struct recipe *recipe, const char *path, struct arena *a)
{
    struct reader r = {path, file_read(path, a), a};
    if (take_raw(&r) != MAGIC)
        broken(&r, "it begins otherwise");
    take_names(&r, &recipe->inputs);
    take_names(&r, &recipe->outputs);
    take_names(&r, &recipe->types);
    recipe->table_count = take_number(&r, RECIPE_LIST_MAX);
    for (int i = 0; i < recipe->table_count; i++)
        take_table(&r, &recipe->tables[i]);
    recipe->effects =
        arena_array(a, struct recipe_effect, RECIPE_SAMPLES * recipe->types.count + 1);
    for (uint32_t left = take_raw(&r); left > 0; left--)
        take_effect(&r, recipe);
}

struct str recipe_fill(const struct recipe_text *t, struct str order, struct arena *a)
{
    if (!t->hole_count)
        return t->bytes;
    char *copy = arena_alloc(a, t->bytes.size + 1);
    memcpy(copy, t->bytes.at, t->bytes.size);
    for (int i = 0; i < t->hole_count; i++)
        memcpy(copy + t->holes[i], order.at, UUID_TEXT_SIZE);
    return (struct str){copy, t->bytes.size};
}

int recipe_name_find(const struct recipe_names *names, struct str name)
{
    for (int i = 0; i < names->count; i++)
        if (str_eq(names->items[i], name))
            return i;
    return RECIPE_ABSENT;
}
