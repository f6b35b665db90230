/* mapping: the file itself, its sources and their joins. */
#include "services/cli/mapping.h"

#include "common/limits.h"
#include "services/cli/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAPPING_SIZE_MAX = 1024 * 1024 };

static struct str text_of(const struct node *object, const char *name)
{
    const struct node *n = object != NULL ? node_find(object, name) : NULL;
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR_NONE;
}

struct source *mapping_source(struct mapping *m, struct str name)
{
    for (size_t i = 0; i < m->source_count; i++)
        if (str_eq(m->sources[i].name, name))
            return &m->sources[i];
    return NULL;
}

const struct node *mapping_section(const struct mapping *m, const char *name)
{
    const struct node *n = node_find(m->root, name);
    return n != NULL && n->kind == NODE_LIST ? n : NULL;
}

static bool refuse(struct mapping *m, struct str what, const char *text)
{
    return verdict_add(m->verdict, STR("the mapping"), 0, "mapping_invalid",
                       arena_printf(m->arena, "%.*s: %s", STR_ARG(what), text));
}

/* The file, or the file with ".xz" behind it. */
static bool source_file(struct mapping *m, struct str folder, struct str file, struct source *s,
                        struct err *e)
{
    struct str path = arena_printf(m->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(file)), text;
    if (access(path.at, R_OK) != 0)
        path = arena_printf(m->arena, "%.*s.xz", STR_ARG(path));
    if (access(path.at, R_OK) != 0)
        return err_set(e, ERR_FATAL, "there is neither %.*s nor %.*s.xz in %.*s", STR_ARG(file),
                       STR_ARG(file), STR_ARG(folder));
    s->file = str_of(strrchr(path.at, '/') + 1);
    if (!file_unpack(m->arena, path.at, &text, e))
        return false;
    const struct node *n = node_find(node_find(m->root, "sources"), arena_cstr(m->arena, s->name));
    struct str delimiter = text_of(n, "delimiter");
    struct csv_options options = {.delimiter = delimiter.size > 0 ? delimiter.at[0] : ',',
                                  .latin_1 = str_is(text_of(n, "encoding"), "latin-1")};
    s->decimal_comma = str_is(text_of(n, "decimal"), ",");
    /* A verdict is no error: the other files are judged too. */
    return csv_read(s->file, text, &options, &s->table, m->verdict) || m->verdict->count > 0;
}

static bool column_find(struct mapping *m, const struct source *s, struct str name, int *out)
{
    *out = csv_column(&s->table, name);
    if (*out >= 0 || s->table.column_count == 0)
        return true;
    return verdict_add(m->verdict, s->file, 1, "column_missing",
                       arena_printf(m->arena, "the mapping names the column %.*s", STR_ARG(name)));
}

/* "product": "product_id", or "manager": {"source": "employee", "column": "reports_to"}. */
static void join_add(struct mapping *m, struct source *s, const struct node *n)
{
    struct join *j = &s->joins[s->join_count];
    bool named = n->kind == NODE_OBJECT;
    struct str column = named ? text_of(n, "column") : n->text;
    j->name = n->name;
    j->source = named ? text_of(n, "source") : n->name;
    struct source *target = mapping_source(m, j->source);
    if (s->join_count == JOIN_COUNT_MAX - 1 || target == NULL || !str_present(column)) {
        refuse(m, n->name, "a join names a source and a column; a source has at most 15");
        return;
    }
    if (target->key < 0)
        refuse(m, n->name, "the joined source has no \"key\"");
    if (column_find(m, s, column, &j->column))
        s->join_count++;
}

static bool sources_load(struct mapping *m, struct str folder, struct err *e)
{
    const struct node *sources = node_find(m->root, "sources");
    if (sources == NULL || sources->kind != NODE_OBJECT || sources->count > SOURCE_COUNT_MAX)
        return err_set(e, ERR_FATAL, "the mapping has no \"sources\", or more than %d",
                       SOURCE_COUNT_MAX);
    for (size_t i = 0; i < sources->count; i++) {
        const struct node *n = &sources->items[i];
        struct source *s = &m->sources[m->source_count++];
        struct str file = text_of(n, "file"), key = text_of(n, "key");
        s->name = n->name;
        s->key = -1;
        if (!str_present(file))
            return err_set(e, ERR_FATAL, "the source %.*s has no \"file\"", STR_ARG(n->name));
        if (!source_file(m, folder, file, s, e))
            return false;
        if (str_present(key))
            column_find(m, s, key, &s->key);
    }
    for (size_t i = 0; i < sources->count; i++) {
        const struct node *joins = node_find(&sources->items[i], "join");
        for (size_t n = 0; joins != NULL && n < joins->count; n++)
            join_add(m, &m->sources[i], &joins->items[n]);
    }
    return true;
}

/* A section that is misspelt would be passed over in silence. */
static bool sections_check(const struct mapping *m, struct err *e)
{
    static const char *const known[] = {"name",        "about",       "constants", "maps",
                                        "sources",     "sellers",     "nodes",     "products",
                                        "offers",      "assortments", "stock",     "accounts",
                                        "price_lists", "discounts",   "orders",    "expect"};
    for (size_t i = 0; i < m->root->count; i++) {
        bool found = false;
        for (size_t n = 0; n < ARRAY_LEN(known) && !found; n++)
            found = str_is(m->root->items[i].name, known[n]);
        if (!found)
            return err_set(e, ERR_FATAL, "the mapping has a section \"%.*s\", which does not exist",
                           STR_ARG(m->root->items[i].name));
    }
    return true;
}

bool mapping_load(struct mapping *m, const char *path, struct str folder, struct err *e)
{
    struct str text;
    struct fault f;
    if (!file_read(m->arena, path, MAPPING_SIZE_MAX, &text, e))
        return false;
    if (!node_parse(text, MAPPING_SIZE_MAX, m->arena, &m->root, &f))
        return err_set(e, ERR_FATAL, "%s: %.*s", path, STR_ARG(f.text));
    if (m->root->kind != NODE_OBJECT)
        return err_set(e, ERR_FATAL, "%s is not a JSON object", path);
    m->name = text_of(m->root, "name");
    if (!str_present(m->name))
        return err_set(e, ERR_FATAL, "%s has no \"name\"", path);
    if (!sections_check(m, e) || !sources_load(m, folder, e))
        return err_in(e, "in %s", path);
    return m->verdict->count == 0;
}

/* --- indexes: made at first use */

static const struct source *sort_source;
static int sort_column;

static struct str cell(const struct source *s, size_t row, int column)
{
    return s->table.cells[row * s->table.column_count + (size_t)column];
}

static int bytes_order(struct str a, struct str b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.at, b.at, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int row_order(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    int order = bytes_order(cell(sort_source, *x, sort_column), cell(sort_source, *y, sort_column));
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static const struct index *index_of(struct mapping *m, const struct source *s, int column)
{
    for (size_t i = 0; i < m->index_count; i++)
        if (m->indexes[i].source == s && m->indexes[i].column == column)
            return &m->indexes[i];
    assert(m->index_count < INDEX_COUNT_MAX);
    struct index *i = &m->indexes[m->index_count++];
    *i = (struct index){s, column, arena_array(m->arena, size_t, s->table.row_count)};
    for (size_t row = 0; row < s->table.row_count; row++)
        i->rows[row] = row;
    sort_source = s;
    sort_column = column;
    qsort(i->rows, s->table.row_count, sizeof(*i->rows), row_order);
    return i;
}

const size_t *mapping_rows(struct mapping *m, const struct source *s, int column, struct str value,
                           size_t *count)
{
    const struct index *i = index_of(m, s, column);
    size_t low = 0, high = s->table.row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bytes_order(cell(s, i->rows[middle], column), value) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < s->table.row_count && str_eq(cell(s, i->rows[end], column), value))
        end++;
    *count = end - low;
    return i->rows + low;
}
