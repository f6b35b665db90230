/* pg_lists: the runtime's small tables (unsent, timer, parked, reference data) and their
 * statements. */
#include <stdlib.h>

#include "tests/sim/pg_inside.h"

/* ---- lists of rows */

void list_add(struct sim_list *l, const struct str *cells, size_t count)
{
    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 32;
        struct str **grown = arena_array(&sim->arena, struct str *, l->room);
        if (l->count)
            memcpy(grown, l->items, l->count * sizeof *grown);
        l->items = grown;
    }
    struct str *copy = arena_array(&sim->arena, struct str, count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = keep(cells[i]);
        hash_text(cells[i]);
    }
    l->items[l->count++] = copy;
}

/* The row whose first cells are these; NULL. */
struct str *list_find(const struct sim_list *l, const struct str *key, size_t count)
{
    for (size_t i = 0; i < l->count; i++) {
        bool same = true;
        for (size_t k = 0; k < count && same; k++)
            same = cells_equal(l->items[i][k], key[k]);
        if (same)
            return l->items[i];
    }
    return NULL;
}

void list_remove(struct sim_list *l, const struct str *key, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        bool same = true;
        for (size_t k = 0; k < count && same; k++)
            same = cells_equal(l->items[i][k], key[k]);
        if (!same)
            l->items[kept++] = l->items[i];
    }
    l->count = kept;
}

struct zip zip_open(const struct call *c, size_t columns)
{
    struct zip z = {.columns = columns};
    for (size_t i = 0; i < columns; i++)
        z.arrays[i] = elements_of(param(c, i + 1));
    z.count = z.arrays[0].count;
    return z;
}

void zip_next(struct zip *z, struct str *cells)
{
    for (size_t i = 0; i < z->columns; i++)
        cells[i] = element_next(&z->arrays[i]);
}

void give(struct call *c, const struct str *cells, const unsigned *types, size_t count)
{
    struct sim_cell *out = rows_add(c->out, count);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct sim_cell){cells[i], types[i]};
}

/* ---- unsent */

static enum outcome unsent_add(struct call *c)
{
    struct zip z = zip_open(c, 3);
    struct str cells[3];
    for (size_t i = 0; i < z.count && c->apply; i++) {
        zip_next(&z, cells);
        if (!list_find(&c->schema->unsent, cells, 3))
            list_add(&c->schema->unsent, cells, 3);
    }
    return OUT_OK;
}

static enum outcome unsent_owned(struct call *c, bool *owned)
{
    struct sim_stream *s;
    enum outcome out = stream_for(c, param_int(c, 1), &s);
    *owned = s->epoch == param_int(c, 3);
    return out;
}

static enum outcome unsent_note_row(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_TEXT, PG_TYPE_INT8};
    bool owned;
    enum outcome out = unsent_owned(c, &owned);
    struct elements seqs = elements_of(param(c, 2));
    for (size_t i = 0; i < seqs.count && c->apply && owned; i++) {
        size_t place;
        struct str cells[3] = {param(c, 1), STR_NONE, element_next(&seqs)};
        const struct str *row =
            journal_row(&c->schema->journal[param_int(c, 1)], cell_int(cells[2]), &place);
        if (!row)
            continue;
        cells[1] = element_at(row[6], place);
        if (!list_find(&c->schema->unsent, cells, 3))
            list_add(&c->schema->unsent, cells, 3);
        struct str told[] = {cells[1], keep(cells[2])};
        give(c, told, types, 2);
        mark(MARK_REFUSED_DEST);
    }
    return out;
}

static enum outcome unsent_remove(struct call *c)
{
    bool owned;
    enum outcome out = unsent_owned(c, &owned);
    struct elements seqs = elements_of(param(c, 2));
    struct sim_list *l = &c->schema->unsent;
    for (size_t i = 0; i < seqs.count && c->apply && owned; i++) {
        int64_t seq = cell_int(element_next(&seqs));
        for (size_t k = 0; k < l->count; k++)
            if (cells_equal(l->items[k][0], param(c, 1)) && cell_int(l->items[k][2]) == seq) {
                list_remove(l, l->items[k], 3);
                mark(MARK_UNSENT_HEALED);
                break;
            }
    }
    return out;
}

static int compare_unsent(const void *x, const void *y)
{
    int64_t a = cell_int((*(struct str *const *)x)[2]), b = cell_int((*(struct str *const *)y)[2]);
    return (a > b) - (a < b);
}

/* The rows of a list whose first cell is $1, sorted. */
static struct str **rows_of(struct call *c, const struct sim_list *l, size_t *count,
                            int (*compare)(const void *, const void *))
{
    struct str **found = arena_array(&sim->arena, struct str *, l->count + 1);
    *count = 0;
    for (size_t i = 0; i < l->count; i++)
        if (cells_equal(l->items[i][0], param(c, 1)))
            found[(*count)++] = l->items[i];
    qsort(found, *count, sizeof *found, compare);
    return found;
}

static enum outcome unsent_load_rows(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_TEXT, PG_TYPE_INT8};
    size_t count = 0;
    struct str **rows = c->apply ? rows_of(c, &c->schema->unsent, &count, compare_unsent) : NULL;
    for (size_t i = 0; i < count; i++)
        give(c, &rows[i][1], types, 2);
    return OUT_OK;
}

/* ---- timers */

static enum outcome timer_set(struct call *c)
{
    struct zip z = zip_open(c, 8);
    struct str cells[8];
    for (size_t i = 0; i < z.count && c->apply; i++) {
        zip_next(&z, cells);
        struct str *row = list_find(&c->schema->timers, cells, 2);
        bool same = row != NULL;
        for (size_t k = 2; k < 7 && same; k++)
            same = cells_equal(row[k], cells[k]);
        for (size_t k = 2; row && !same && k < 8; k++)
            row[k] = keep(cells[k]);
        if (!row)
            list_add(&c->schema->timers, cells, 8);
    }
    return OUT_OK;
}

static enum outcome timer_clear(struct call *c)
{
    struct zip z = zip_open(c, 2);
    struct str cells[2];
    for (size_t i = 0; i < z.count && c->apply; i++) {
        zip_next(&z, cells);
        list_remove(&c->schema->timers, cells, 2);
    }
    return OUT_OK;
}

static int compare_timers(const void *x, const void *y)
{
    const struct str *a = *(struct str *const *)x, *b = *(struct str *const *)y;
    int64_t left = cell_int(a[2]), right = cell_int(b[2]);
    return left != right ? (left < right ? -1 : 1) : str_compare(a[1], b[1]);
}

static enum outcome timer_next(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_TIMESTAMPTZ};
    struct str first = STR_NONE;
    const struct sim_list *l = &c->schema->timers;
    for (size_t i = 0; i < l->count && c->apply; i++)
        if (cells_equal(l->items[i][0], param(c, 1)) &&
            (!str_present(first) || cell_int(l->items[i][2]) < cell_int(first)))
            first = l->items[i][2];
    if (c->apply)
        give(c, &first, types, 1);
    return OUT_OK;
}

static enum outcome timer_due(struct call *c)
{
    enum { PAGE = 500 };
    static const unsigned types[] = {PG_TYPE_INT2, PG_TYPE_TEXT, PG_TYPE_TIMESTAMPTZ, PG_TYPE_TEXT,
                                     PG_TYPE_TEXT, PG_TYPE_TEXT, PG_TYPE_TEXT,        PG_TYPE_TEXT};
    size_t count = 0;
    struct str **rows = c->apply ? rows_of(c, &c->schema->timers, &count, compare_timers) : NULL;
    for (size_t i = 0; i < count && i < PAGE && cell_int(rows[i][2]) <= param_int(c, 2); i++) {
        give(c, rows[i], types, 8);
        mark(MARK_TIMER_FIRED);
    }
    return OUT_OK;
}

/* ---- parked: part, key, subject, n, topic, partition, offset, headers, value, time, reason, at */

enum { PARKED_COLUMNS = 12, PARKED_KEY = 4 };

static enum outcome parked_add(struct call *c)
{
    struct zip z = zip_open(c, PARKED_COLUMNS);
    struct str cells[PARKED_COLUMNS];
    for (size_t i = 0; i < z.count && c->apply; i++) {
        zip_next(&z, cells);
        struct str *row = list_find(&c->schema->parked, cells, PARKED_KEY);
        if (row)
            row[10] = keep(cells[10]);
        else
            list_add(&c->schema->parked, cells, PARKED_COLUMNS);
        c->schema->was_parked = true;
        mark(MARK_PARKED);
    }
    return OUT_OK;
}

static enum outcome parked_remove(struct call *c)
{
    struct zip z = zip_open(c, PARKED_KEY);
    struct str cells[PARKED_KEY];
    for (size_t i = 0; i < z.count && c->apply; i++) {
        zip_next(&z, cells);
        list_remove(&c->schema->parked, cells, PARKED_KEY);
        mark(MARK_REDRIVEN);
    }
    return OUT_OK;
}

static enum outcome parked_heads(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_BYTEA, PG_TYPE_TEXT, PG_TYPE_INT8};
    const struct sim_list *l = &c->schema->parked;
    for (size_t i = 0; i < l->count && c->apply; i++) {
        const struct str *row = l->items[i];
        bool last = cells_equal(row[0], param(c, 1));
        for (size_t k = 0; k < l->count && last; k++)
            last = k == i || !cells_equal(l->items[k][0], row[0]) ||
                   !cells_equal(l->items[k][1], row[1]) || !cells_equal(l->items[k][2], row[2]) ||
                   cell_int(l->items[k][3]) < cell_int(row[3]);
        if (last)
            give(c, &row[1], types, 3);
    }
    return OUT_OK;
}

static int compare_parked(const void *x, const void *y)
{
    int64_t a = cell_int((*(struct str *const *)x)[3]), b = cell_int((*(struct str *const *)y)[3]);
    return (a > b) - (a < b);
}

static enum outcome parked_load(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_INT8, PG_TYPE_TEXT,  PG_TYPE_INT4,       PG_TYPE_INT8,
                                     PG_TYPE_TEXT, PG_TYPE_BYTEA, PG_TYPE_TIMESTAMPTZ};
    size_t count = 0;
    struct str **rows = c->apply ? rows_of(c, &c->schema->parked, &count, compare_parked) : NULL;
    for (size_t i = 0; i < count; i++)
        if (cells_equal(rows[i][1], param(c, 2)) && cells_equal(rows[i][2], param(c, 3)))
            give(c, &rows[i][3], types, 7);
    return OUT_OK;
}

/* ---- reference data: kind, id, version, doc; kind, version, part */

static enum outcome reference_versions(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_TEXT, PG_TYPE_INT8};
    for (size_t i = 0; i < c->schema->versions.count && c->apply; i++)
        give(c, c->schema->versions.items[i], types, 2);
    return OUT_OK;
}

static enum outcome reference_changes(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_TEXT, PG_TYPE_TEXT, PG_TYPE_INT8, PG_TYPE_TEXT};
    const struct sim_list *l = &c->schema->references;
    for (size_t i = 0; i < l->count && c->apply; i++) {
        const struct str *row = l->items[i];
        int64_t version = cell_int(row[2]);
        bool wanted = cells_equal(row[0], param(c, 1)) && version > param_int(c, 2) &&
                      version <= param_int(c, 3);
        for (size_t k = i + 1; k < l->count && wanted; k++) /* the last one of each id */
            wanted = !(cells_equal(l->items[k][0], row[0]) && cells_equal(l->items[k][1], row[1]) &&
                       cell_int(l->items[k][2]) <= param_int(c, 3));
        if (wanted)
            give(c, row, types, 4);
    }
    return OUT_OK;
}

static enum outcome reference_add(struct call *c)
{
    struct zip z = zip_open(c, 4);
    struct str cells[4];
    for (size_t i = 0; i < z.count; i++) {
        zip_next(&z, cells);
        if (list_find(&c->schema->references, cells, 3))
            return OUT_UNIQUE;
        if (c->apply)
            list_add(&c->schema->references, cells, 4);
    }
    return OUT_OK;
}

static enum outcome reference_bump(struct call *c)
{
    struct zip z = zip_open(c, 3);
    struct str cells[3];
    for (size_t i = 0; i < z.count; i++) {
        zip_next(&z, cells);
        struct str *row = list_find(&c->schema->versions, cells, 1);
        if (row && !cells_equal(row[2], cells[2]))
            return OUT_FENCED;
        if (c->apply && row)
            row[1] = keep(cells[1]);
        else if (c->apply)
            list_add(&c->schema->versions, cells, 3);
    }
    return OUT_OK;
}

/* ---- by name */

const struct statement list_statements[] = {
    {"reference_versions", reference_versions},
    {"timer_set", timer_set},
    {"timer_clear", timer_clear},
    {"unsent_add", unsent_add},
    {"unsent_note", unsent_note_row},
    {"unsent_remove", unsent_remove},
    {"unsent_load", unsent_load_rows},
    {"timer_next", timer_next},
    {"timer_due", timer_due},
    {"parked_add", parked_add},
    {"parked_remove", parked_remove},
    {"parked_heads", parked_heads},
    {"parked_load", parked_load},
    {"reference_changes", reference_changes},
    {"reference_add", reference_add},
    {"reference_bump", reference_bump},
    {NULL, NULL},
};
