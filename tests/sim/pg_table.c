/* pg_table: the entities' tables, and the statements that load, add and save their rows. Rows are
 * kept as they travel: the bytes of each column. */
#include <stdlib.h>

#include "tests/sim/pg_inside.h"

/* ---- wire arrays */

struct elements elements_of(struct str cell)
{
    if (!str_present(cell) || cell.size < 12)
        return (struct elements){0};
    struct elements e = {.type = (unsigned)wire_get(cell.at + 8, 4)};
    if (wire_get(cell.at, 4) == 0)
        return e;
    e.at = cell.at + 20;
    e.left = cell.size - 20;
    e.count = wire_get(cell.at + 12, 4);
    return e;
}

struct str element_next(struct elements *e)
{
    int64_t size = wire_int(e->at, 4);
    struct str out = STR_NONE;
    if (size >= 0)
        out = (struct str){e->at + 4, (size_t)size};
    e->at += 4 + out.size;
    return out;
}

int64_t cell_int(struct str cell)
{
    return str_present(cell) ? wire_int(cell.at, cell.size) : 0;
}

struct str cell_of_int(int64_t value, size_t size)
{
    char *at = arena_alloc(&sim->arena, size);
    wire_put((unsigned char *)at, (uint64_t)value, size);
    return (struct str){at, size};
}

struct str keep(struct str cell)
{
    return arena_str(&sim->arena, cell);
}

bool cells_equal(struct str a, struct str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

struct str param(const struct call *c, size_t number)
{
    assert(c->params && number <= c->params->count);
    return c->params->values[number - 1];
}

int64_t param_int(const struct call *c, size_t number)
{
    return cell_int(param(c, number));
}

/* ---- tables */

static uint64_t keys_hash(const struct sim_table *t, const struct str *keys)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < t->entity->key_count; i++)
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + str_hash(keys[i]);
    return hash;
}

static uint32_t *slot_of(const struct sim_table *t, uint64_t hash, const struct str *keys)
{
    size_t at = hash & (t->slot_room - 1);
    for (; t->slots[at]; at = (at + 1) & (t->slot_room - 1)) {
        const struct sim_row *r = t->rows[t->slots[at] - 1];
        bool same = r->hash == hash;
        for (size_t i = 0; same && i < t->entity->key_count; i++)
            same = cells_equal(r->cells[i], keys[i]);
        if (same)
            break;
    }
    return &t->slots[at];
}

struct sim_row *table_find(const struct sim_table *t, const struct str *keys)
{
    if (!t->slot_room)
        return NULL;
    uint32_t at = *slot_of(t, keys_hash(t, keys), keys);
    return at ? t->rows[at - 1] : NULL;
}

static void table_grow(struct sim_table *t)
{
    t->slot_room = t->slot_room ? t->slot_room * 2 : 64;
    t->slots = arena_array(&sim->arena, uint32_t, t->slot_room);
    for (size_t i = 0; i < t->count; i++)
        *slot_of(t, t->rows[i]->hash, t->rows[i]->cells) = (uint32_t)i + 1;
}

static struct sim_row *table_add(struct sim_table *t, const struct str *keys)
{
    if (t->count * 2 >= t->slot_room)
        table_grow(t);
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 32;
        struct sim_row **grown = arena_array(&sim->arena, struct sim_row *, t->room);
        if (t->count)
            memcpy(grown, t->rows, t->count * sizeof *grown);
        t->rows = grown;
    }
    struct sim_row *r =
        arena_alloc(&sim->arena, sizeof *r + t->entity->column_count * sizeof(struct str));
    r->hash = keys_hash(t, keys);
    *slot_of(t, r->hash, keys) = (uint32_t)t->count + 1;
    t->rows[t->count++] = r;
    return r;
}

struct sim_table *table_of_entity(struct schema *s, const char *name)
{
    for (size_t i = 0; i < s->table_count; i++)
        if (strcmp(s->tables[i].entity->name, name) == 0)
            return &s->tables[i];
    return NULL;
}

void schema_init(struct schema *s, const struct service *service)
{
    *s = (struct schema){.service = service};
    s->tables[s->table_count++].entity = &answer_entity;
    for (size_t i = 0; service->entities[i]; i++) {
        assert(s->table_count < SIM_TABLE_MAX);
        assert(service->entities[i]->column_count < SIM_COLUMN_MAX);
        s->tables[s->table_count++].entity = service->entities[i];
    }
}

/* ---- statements */

enum kind { KIND_LOAD, KIND_ADD, KIND_SAVE, KIND_CONTENT };

/* A statement on the rows of one table: parameter i is column columns[i]. */
struct work {
    struct call *c;
    struct sim_table *table;
    enum kind kind;
    struct elements arrays[SIM_COLUMN_MAX];
    size_t columns[SIM_COLUMN_MAX];
    size_t column_count, row_count;
    struct elements parts;
};

static bool column_travels(const struct entity *e, size_t column, enum kind kind)
{
    enum column_use use = e->columns[column].use;
    if (kind == KIND_LOAD)
        return column < e->key_count;
    if (kind == KIND_CONTENT)
        return column < e->key_count || use == COLUMN_CONTENT;
    return kind == KIND_ADD || !e->content || use == COLUMN_SAVED;
}

static void work_open(struct work *w)
{
    const struct entity *e = w->table->entity;
    for (size_t i = 0; i < e->column_count; i++) {
        if (!column_travels(e, i, w->kind))
            continue;
        w->columns[w->column_count] = i;
        w->arrays[w->column_count] = elements_of(param(w->c, w->column_count + 1));
        w->column_count++;
    }
    w->row_count = w->arrays[0].count;
    if (w->kind == KIND_ADD || w->kind == KIND_SAVE)
        w->parts = elements_of(param(w->c, w->column_count + 1));
}

/* The cells of the next row, by the order of the parameters. */
static void work_next(struct work *w, struct str *cells, int64_t *part)
{
    for (size_t i = 0; i < w->column_count; i++) {
        assert(w->arrays[i].count == w->row_count);
        cells[i] = element_next(&w->arrays[i]);
    }
    *part = w->parts.count ? cell_int(element_next(&w->parts)) : 0;
}

static void load_row(struct work *w, const struct sim_row *r)
{
    struct sim_cell *out = rows_add(w->c->out, w->table->entity->column_count);
    for (size_t i = 0; i < w->table->entity->column_count; i++)
        out[i] = (struct sim_cell){r->cells[i], w->table->types[i]};
}

static void row_fill(struct work *w, struct sim_row *r, const struct str *cells)
{
    for (size_t i = 0; i < w->column_count; i++) {
        r->cells[w->columns[i]] = keep(cells[i]);
        w->table->types[w->columns[i]] = w->arrays[i].type;
        hash_text(cells[i]);
    }
}

/* What this store does not take: an order so marked, and an authorisation until it is healed. */
static bool refuses(const struct work *w, const struct str *cells)
{
    const struct entity *e = w->table->entity;
    bool order = strcmp(e->name, "orders") == 0, later = strcmp(e->name, "authorization") == 0;
    if (w->kind != KIND_ADD || !(order || (later && sim->faulty)))
        return false;
    for (size_t i = 0; i < w->column_count; i++) {
        const char *name = e->columns[w->columns[i]].name;
        if (strcmp(name, "purchase_order") == 0 && order && str_is(cells[i], "unstorable"))
            return true;
        if (strcmp(name, "reference") == 0 && later && str_is(cells[i], "unstorable"))
            return true;
    }
    return false;
}

static enum outcome one_row(struct work *w, const struct str *cells, int64_t part)
{
    struct sim_row *r = table_find(w->table, cells);
    bool answers = w->table->entity == &answer_entity;
    if (w->kind == KIND_LOAD) {
        if (r && w->c->apply)
            load_row(w, r);
        return OUT_OK;
    }
    if (refuses(w, cells))
        return OUT_REFUSED;
    if (w->kind == KIND_ADD && r)
        return OUT_UNIQUE;
    if (w->kind == KIND_SAVE && r && answers)
        return OUT_OK; /* only its time would change */
    if (w->kind != KIND_ADD && !r && !answers)
        return OUT_FENCED;
    if (w->kind == KIND_SAVE && r && r->part != part)
        return OUT_FENCED;
    if (!w->c->apply)
        return OUT_OK;
    bool fresh = r == NULL;
    if (fresh)
        r = table_add(w->table, cells);
    row_fill(w, r, cells);
    if (fresh)
        r->part = part;
    return OUT_OK;
}

/* ---- catalog's question: what expires in the minute that begins (services/catalog/store.sql) */

enum { EXPIRY_PAGE = 500, NODE = 1, EXPIRES = 3, STATE = 6 };

static int compare_expiry(const void *x, const void *y)
{
    const struct sim_row *a = *(struct sim_row *const *)x, *b = *(struct sim_row *const *)y;
    int64_t left = cell_int(a->cells[EXPIRES]), right = cell_int(b->cells[EXPIRES]);
    return left != right ? (left < right ? -1 : 1) : str_compare(a->cells[0], b->cells[0]);
}

static enum outcome expiry_load(struct call *c)
{
    struct elements keys[3];
    for (size_t i = 0; i < 3; i++)
        keys[i] = elements_of(param(c, i + 1));
    const struct sim_table *t = table_of_entity(c->schema, "reservation");
    for (size_t n = 0; c->apply && n < keys[0].count; n++) {
        struct str node = element_next(&keys[0]), since_text = element_next(&keys[1]);
        struct str after = element_next(&keys[2]);
        struct instant since = {0};
        bool read = instant_read(since_text, &since);
        assert(read);
        (void)read;
        const int64_t minute = 60 * MICROSECONDS_PER_SECOND;
        int64_t until = since.at / minute * minute + minute;
        struct sim_row **found = arena_array(&sim->arena, struct sim_row *, t->count + 1);
        size_t count = 0;
        for (size_t i = 0; i < t->count; i++) {
            struct sim_row *r = t->rows[i];
            int64_t at = cell_int(r->cells[EXPIRES]) + PG_EPOCH_US;
            if (str_present(r->cells[EXPIRES]) && cells_equal(r->cells[NODE], node) &&
                str_is(r->cells[STATE], "reserved") && at >= since.at && at < until &&
                (at > since.at || str_compare(r->cells[0], after) > 0))
                found[count++] = r;
        }
        qsort(found, count, sizeof *found, compare_expiry);
        struct buf b = {.arena = &sim->arena};
        for (size_t i = 0; i < count && i < EXPIRY_PAGE; i++) {
            char text[INSTANT_TEXT_SIZE];
            struct instant at = {cell_int(found[i]->cells[EXPIRES]) + PG_EPOCH_US};
            size_t size = instant_write(at, text);
            buf_printf(&b, "%s{\"order_id\":\"%.*s\",\"expires_at\":\"%.*s\"}", i ? "," : "[",
                       STR_ARG(found[i]->cells[0]), (int)size, text);
        }
        struct sim_cell *out = rows_add(c->out, 4);
        out[0] = (struct sim_cell){keep(node), PG_TYPE_TEXT};
        out[1] = (struct sim_cell){keep(since_text), PG_TYPE_TEXT};
        out[2] = (struct sim_cell){keep(after), PG_TYPE_TEXT};
        if (count)
            buf_text(&b, "]");
        out[3] = (struct sim_cell){count ? buf_done(&b) : STR_NONE, PG_TYPE_TEXT};
    }
    return OUT_OK;
}

static struct sim_table *table_of_statement(struct schema *s, const char *name, enum kind *kind)
{
    for (size_t i = 0; i < s->table_count; i++) {
        const struct entity *e = s->tables[i].entity;
        const char *names[] = {e->load, e->add, e->save, e->content};
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            if (names[k] && strcmp(name, names[k]) == 0) {
                *kind = (enum kind)k;
                return &s->tables[i];
            }
    }
    return NULL;
}

enum outcome entity_statement(const char *name, struct call *c, bool *known)
{
    struct work w = {.c = c};
    w.table = table_of_statement(c->schema, name, &w.kind);
    *known = w.table != NULL;
    if (!w.table)
        return OUT_OK;
    if (strcmp(name, "expiry_load") == 0)
        return expiry_load(c);
    work_open(&w);
    struct str cells[SIM_COLUMN_MAX] = {{0}};
    int64_t part;
    for (size_t i = 0; i < w.row_count; i++) {
        work_next(&w, cells, &part);
        enum outcome out = one_row(&w, cells, part);
        if (out != OUT_OK)
            return out;
    }
    return OUT_OK;
}
