/* limit_state: rows by key. Rows of orders live for one batch (their next change replaces them
 * whole), rows of accounts, stock and partners live on and are counted up. */
#include "tests/bench/limit_state.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_ORDERS = 1 << 13, SLOTS_AGGREGATES = 1 << 12 };

static struct str key_of(const struct recipe_table *t, const struct str *texts, struct arena *a)
{
    struct buf b = {.arena = a};
    for (int i = 0; i < t->key_count; i++) {
        if (t->columns[i].kind != RECIPE_TEXT)
            continue; /* a timer's partition: its id says enough */
        buf_str(&b, str_present(texts[i]) ? texts[i] : STR(""));
        buf_add(&b, "\x1f", 1);
    }
    return buf_done(&b);
}

static struct state_row **slot_of(struct state_table *t, struct str key, uint64_t hash)
{
    size_t at = hash & (t->slot_count - 1);
    while (t->slots[at] && !(t->slots[at]->hash == hash && str_eq(t->slots[at]->key, key)))
        at = (at + 1) & (t->slot_count - 1);
    return &t->slots[at];
}

static struct state_row *row_of(struct state_table *t, struct str key, struct arena *a)
{
    uint64_t hash = str_hash(key);
    struct state_row **slot = slot_of(t, key, hash);
    if (*slot)
        return *slot;
    t->row_count++;
    assert(t->row_count < t->slot_count / 2 && "rows of a batch fit");
    struct state_row *row = arena_new(a, struct state_row);
    row->hash = hash;
    row->key = key;
    row->texts = arena_array(a, struct str, t->recipe->column_count);
    row->numbers = arena_array(a, int64_t, t->recipe->column_count);
    *slot = row;
    return row;
}

static void mark_dirty(struct state_table *t, struct state_row *row)
{
    if (row->dirty)
        return;
    row->dirty = true;
    if (t->dirty_count == t->dirty_room) {
        t->dirty_room = t->dirty_room ? 2 * t->dirty_room : 1024;
        t->dirty = realloc(t->dirty, t->dirty_room * sizeof(struct state_row *));
        assert(t->dirty);
    }
    t->dirty[t->dirty_count++] = row;
}

/* One stored aggregate: column 0 is the partition, the others follow the table's. */
static void row_read(struct state *s, struct state_table *t, const struct pg_rows *rows, size_t at)
{
    const struct recipe_table *recipe = t->recipe;
    struct str *texts = arena_array(&s->kept, struct str, recipe->column_count);
    int column = 1;
    for (int i = 0; i < recipe->column_count; i++)
        if (recipe->columns[i].kind < RECIPE_PART)
            texts[i] = arena_str(&s->kept, pg_text(rows, at, column++));
    struct state_row *row = row_of(t, key_of(recipe, texts, &s->kept), &s->kept);
    row->part = (int32_t)pg_int(rows, at, 0);
    for (int i = 0; i < recipe->column_count; i++) {
        row->texts[i] = texts[i];
        if (!str_present(texts[i]) || !str_to_int64(texts[i], &row->numbers[i]))
            row->numbers[i] = 0;
    }
}

bool state_open(struct state *s, const struct recipe *recipe, struct pg *pg, struct err *e)
{
    s->recipe = recipe;
    arena_init(&s->kept);
    for (int i = 0; i < recipe->table_count; i++) {
        struct state_table *t = &s->tables[i];
        struct pg_rows rows = {0};
        t->recipe = &recipe->tables[i];
        t->slot_count = t->recipe->aggregate ? SLOTS_AGGREGATES : SLOTS_ORDERS;
        t->slots = calloc(t->slot_count, sizeof(struct state_row *));
        assert(t->slots);
        if (!t->recipe->select)
            continue;
        if (!pg_ask(pg, t->recipe->select, NULL, &rows, e))
            return false;
        for (size_t k = 0; k < rows.count; k++)
            row_read(s, t, &rows, k);
        pg_rows_release(&rows);
    }
    return true;
}

void state_batch_begin(struct state *s)
{
    for (int i = 0; i < s->recipe->table_count; i++) {
        struct state_table *t = &s->tables[i];
        /* Rows of orders lay in the batch's arena, which was given back. */
        for (size_t k = 0; k < t->dirty_count && t->recipe->aggregate; k++)
            t->dirty[k]->dirty = false;
        if (!t->recipe->aggregate && t->row_count) {
            memset(t->slots, 0, t->slot_count * sizeof(struct state_row *));
            t->row_count = 0;
        }
        t->dirty_count = 0;
        t->last = NULL;
    }
}

static int64_t number_of(const struct state *s, const struct recipe_column *column,
                         const struct recipe_cell *cell)
{
    if (column->bound_table == RECIPE_ABSENT)
        return cell->number;
    const struct state_row *owner = s->tables[column->bound_table].last;
    assert(owner && "the account's row comes before its ledger's");
    return owner->numbers[column->bound_column];
}

static void cells_take(struct state *s, struct state_row *row, const struct recipe_row *from,
                       const struct str *texts)
{
    const struct recipe_table *t = &s->recipe->tables[from->table];
    for (int i = 0; i < t->column_count; i++) {
        bool counted = t->aggregate &&
                       (t->columns[i].kind == RECIPE_AMOUNT || t->columns[i].kind == RECIPE_INT8);
        int64_t number = number_of(s, &t->columns[i], &from->cells[i]);
        row->texts[i] = texts[i];
        row->numbers[i] = counted ? row->numbers[i] + number : number;
    }
}

void state_apply(struct state *s, const struct recipe_row *from, struct str order, int32_t part,
                 struct arena *a)
{
    struct state_table *t = &s->tables[from->table];
    int count = t->recipe->column_count;
    struct arena *home = t->recipe->aggregate ? &s->kept : a;
    struct str *texts = arena_array(a, struct str, count);
    for (int i = 0; i < count; i++)
        texts[i] = recipe_fill(&from->cells[i].text, order, a);
    struct str key = key_of(t->recipe, texts, a);
    struct state_row **slot = slot_of(t, key, str_hash(key));
    bool stored = t->recipe->aggregate && *slot;
    if (t->recipe->aggregate && !stored)
        key = arena_str(home, key);
    struct state_row *row = row_of(t, key, home);
    if (!stored) /* what is stored stays in its partition */
        row->part = part;
    cells_take(s, row, from, texts);
    t->last = row;
    mark_dirty(t, row);
}

/* --- saving */

static int by_key(const void *a, const void *b)
{
    const struct state_row *x = *(struct state_row *const *)a, *y = *(struct state_row *const *)b;
    return str_compare(x->key, y->key);
}

static void add_texts(struct pg_params *p, const struct state_table *t, int column)
{
    struct str *items = arena_array(p->arena, struct str, t->dirty_count);
    for (size_t i = 0; i < t->dirty_count; i++)
        items[i] = t->dirty[i]->texts[column];
    if (t->recipe->columns[column].kind == RECIPE_BYTES)
        pg_add_bytes_array(p, items, t->dirty_count);
    else
        pg_add_text_array(p, items, t->dirty_count);
}

static void add_small(struct pg_params *p, const struct state_table *t, int column)
{
    bool flags = t->recipe->columns[column].kind == RECIPE_BOOL;
    int16_t *items = arena_array(p->arena, int16_t, t->dirty_count);
    bool *truths = arena_array(p->arena, bool, t->dirty_count);
    for (size_t i = 0; i < t->dirty_count; i++) {
        items[i] = t->recipe->columns[column].kind == RECIPE_PART
                       ? (int16_t)t->dirty[i]->part
                       : (int16_t)t->dirty[i]->numbers[column];
        truths[i] = t->dirty[i]->numbers[column] != 0;
    }
    if (flags)
        pg_add_bool_array(p, truths, t->dirty_count);
    else
        pg_add_int2_array(p, items, t->dirty_count);
}

static void add_numbers(struct pg_params *p, const struct state_table *t, int column,
                        const int64_t *batch_no)
{
    enum recipe_kind kind = t->recipe->columns[column].kind;
    int64_t *items = arena_array(p->arena, int64_t, t->dirty_count);
    struct instant *times = arena_array(p->arena, struct instant, t->dirty_count);
    for (size_t i = 0; i < t->dirty_count; i++) {
        const struct state_row *row = t->dirty[i];
        items[i] = kind == RECIPE_BATCH ? batch_no[row->part] : row->numbers[column];
        times[i].at = items[i];
    }
    if (kind == RECIPE_AMOUNT)
        pg_add_amount_array(p, items, t->dirty_count);
    else if (kind == RECIPE_TIME)
        pg_add_time_array(p, times, t->dirty_count);
    else
        pg_add_int8_array(p, items, t->dirty_count);
}

static struct pg_call table_call(struct state_table *t, const int64_t *batch_no, struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    qsort(t->dirty, t->dirty_count, sizeof(struct state_row *), by_key);
    for (int i = 0; i < t->recipe->column_count; i++) {
        enum recipe_kind kind = t->recipe->columns[i].kind;
        if (kind == RECIPE_TEXT || kind == RECIPE_BYTES)
            add_texts(p, t, i);
        else if (kind == RECIPE_INT2 || kind == RECIPE_PART || kind == RECIPE_BOOL)
            add_small(p, t, i);
        else
            add_numbers(p, t, i, batch_no);
    }
    return (struct pg_call){t->recipe->statement, p};
}

size_t state_calls(struct state *s, const int64_t *batch_no, struct arena *a,
                   struct pg_call out[RECIPE_LIST_MAX])
{
    size_t count = 0;
    for (int i = 0; i < s->recipe->table_count; i++)
        if (s->tables[i].dirty_count)
            out[count++] = table_call(&s->tables[i], batch_no, a);
    return count;
}
