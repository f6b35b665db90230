/* pg_runtime: the runtime's own statements on streams and journal (common/store.sql), each as a
 * small function over the tables in memory. What a table is keyed by, what a fence compares and in
 * which order rows come is as there; tests/store holds those to a real Postgres. */
#include "tests/sim/pg_inside.h"

/* ---- stream */

enum outcome stream_for(struct call *c, int64_t part, struct sim_stream **out)
{
    assert(part >= 0 && part < PART_MAX);
    *out = &c->schema->streams[part];
    bool locked = (*out)->locked_by && (*out)->locked_by != c->pg;
    return locked ? OUT_LOCKED : OUT_OK;
}

static enum outcome stream_create(struct call *c)
{
    struct sim_stream *s = &c->schema->streams[param_int(c, 1)];
    if (s->exists || !c->apply)
        return OUT_OK;
    *s = (struct sim_stream){.exists = true,
                             .now = keep(param(c, 2)),
                             .inputs = keep(param(c, 3)),
                             .in_off = keep(param(c, 4)),
                             .seen_incarnation = keep(param(c, 5)),
                             .seen_seq = keep(param(c, 6)),
                             .outputs = keep(param(c, 7)),
                             .dest_seq = keep(param(c, 8)),
                             .cluster_id = keep(param(c, 9)),
                             .suspect = STR(""),
                             .incarnation = 1,
                             .taken_batch_no = -1};
    return OUT_OK;
}

static enum outcome stream_take_row(struct call *c)
{
    struct sim_stream *s;
    if (stream_for(c, param_int(c, 1), &s) == OUT_LOCKED)
        return OUT_LOCKED;
    if (!c->apply)
        return OUT_OK;
    s->epoch++;
    s->takings_idle = s->taken_batch_no == s->batch_no ? s->takings_idle + 1 : 0;
    s->taken_batch_no = s->batch_no;
    struct str cells[] = {cell_of_int(s->epoch, 8),
                          cell_of_int(s->batch_no, 8),
                          s->now,
                          s->inputs,
                          s->in_off,
                          s->seen_incarnation,
                          s->seen_seq,
                          s->outputs,
                          s->dest_seq,
                          cell_of_int(s->out_seq, 8),
                          cell_of_int(s->pub_seq, 8),
                          cell_of_int(s->incarnation, 8),
                          s->cluster_id,
                          cell_of_int(s->takings_idle, 4),
                          s->suspect,
                          cell_of_int(s->strikes, 4)};
    static const unsigned types[] = {PG_TYPE_INT8, PG_TYPE_INT8, PG_TYPE_TIMESTAMPTZ,
                                     1009,         1016,         1016,
                                     1016,         1009,         1016,
                                     PG_TYPE_INT8, PG_TYPE_INT8, PG_TYPE_INT8,
                                     PG_TYPE_TEXT, PG_TYPE_INT4, PG_TYPE_TEXT,
                                     PG_TYPE_INT4};
    give(c, cells, types, ARRAY_LEN(cells));
    return OUT_OK;
}

/* The fence: epoch and batch number are what the caller believes. */
static enum outcome fence(struct call *c, struct sim_stream **out)
{
    if (stream_for(c, param_int(c, 1), out) == OUT_LOCKED)
        return OUT_LOCKED;
    bool ours = (*out)->epoch == param_int(c, 2) && (*out)->batch_no == param_int(c, 3);
    return ours ? OUT_OK : OUT_FENCED;
}

static enum outcome stream_advance(struct call *c)
{
    struct sim_stream *s;
    enum outcome out = fence(c, &s);
    if (out != OUT_OK)
        return out;
    if (c->pg->in_transaction)
        s->locked_by = c->pg;
    if (!c->apply)
        return OUT_OK;
    s->batch_no++;
    s->now = keep(param(c, 4));
    s->in_off = keep(param(c, 5));
    s->seen_incarnation = keep(param(c, 6));
    s->seen_seq = keep(param(c, 7));
    s->dest_seq = keep(param(c, 8));
    s->out_seq = param_int(c, 9);
    s->pub_seq = param_int(c, 10);
    s->inputs = keep(param(c, 11));
    s->outputs = keep(param(c, 12));
    for (size_t i = 4; i <= 10; i++)
        hash_text(param(c, i));
    return OUT_OK;
}

static enum outcome stream_pass(struct call *c)
{
    struct sim_stream *s;
    enum outcome out = fence(c, &s);
    if (out != OUT_OK || !c->apply)
        return out;
    s->in_off = keep(param(c, 4));
    s->seen_incarnation = keep(param(c, 5));
    s->seen_seq = keep(param(c, 6));
    s->inputs = keep(param(c, 7));
    return OUT_OK;
}

static enum outcome stream_epochs(struct call *c)
{
    static const unsigned types[] = {PG_TYPE_INT2, PG_TYPE_INT8, PG_TYPE_INT8};
    for (int i = 0; i < PART_MAX && c->apply; i++) {
        const struct sim_stream *s = &c->schema->streams[i];
        if (!s->exists)
            continue;
        struct str cells[] = {cell_of_int(i, 2), cell_of_int(s->epoch, 8),
                              cell_of_int(s->batch_no, 8)};
        give(c, cells, types, ARRAY_LEN(cells));
    }
    return OUT_OK;
}

static enum outcome stream_publish(struct call *c)
{
    struct zip z = zip_open(c, 3);
    struct str cells[3];
    for (size_t i = 0; i < z.count; i++) {
        struct sim_stream *s;
        zip_next(&z, cells);
        if (stream_for(c, cell_int(cells[0]), &s) == OUT_LOCKED)
            return OUT_LOCKED;
        if (c->apply && s->epoch == cell_int(cells[1]))
            s->pub_seq = cell_int(cells[2]);
    }
    return OUT_OK;
}

static enum outcome stream_suspect(struct call *c)
{
    struct sim_stream *s;
    if (stream_for(c, param_int(c, 1), &s) == OUT_LOCKED)
        return OUT_LOCKED;
    if (s->epoch != param_int(c, 2))
        return OUT_FENCED;
    if (!c->apply)
        return OUT_OK;
    s->suspect = keep(param(c, 3));
    s->strikes = param_int(c, 4);
    mark(MARK_SUSPECTED);
    return OUT_OK;
}

/* ---- journal */

enum { JOURNAL_COLUMNS = 14 };

static enum outcome journal_append(struct call *c)
{
    struct sim_list *j = &c->schema->journal[param_int(c, 1)];
    for (size_t i = j->count; i-- > 0 && cell_int(j->items[i][1]) >= param_int(c, 2);)
        if (cells_equal(j->items[i][1], param(c, 2)) && cells_equal(j->items[i][2], param(c, 3)))
            return OUT_UNIQUE;
    if (c->apply)
        list_add(j, c->params->values, JOURNAL_COLUMNS);
    return OUT_OK;
}

static enum outcome journal_ahead(struct call *c)
{
    (void)c;
    return OUT_OK;
}

static enum outcome journal_since(struct call *c)
{
    enum { PAGE = 8 };
    const struct sim_list *j = &c->schema->journal[param_int(c, 1)];
    static const size_t picks[] = {1, 4, 3, 6, 7, 8, 10, 11};
    static const unsigned types[] = {PG_TYPE_INT8, PG_TYPE_INT8, PG_TYPE_INT8, 1009,
                                     1005,         1001,         1009,         1001};
    int64_t after = param_int(c, 2);
    for (size_t i = 0; i < j->count && c->apply && c->out->count < PAGE; i++) {
        const struct str *row = j->items[i];
        int64_t count = cell_int(row[5]);
        if (count == 0 || cell_int(row[4]) + count <= after + 1)
            continue;
        struct str cells[ARRAY_LEN(picks)];
        for (size_t k = 0; k < ARRAY_LEN(picks); k++)
            cells[k] = row[picks[k]];
        give(c, cells, types, ARRAY_LEN(cells));
    }
    return OUT_OK;
}

/* The journal row that holds a sequence, and its place in it. */
const struct str *journal_row(const struct sim_list *j, int64_t seq, size_t *place)
{
    for (size_t i = 0; i < j->count; i++) {
        int64_t first = cell_int(j->items[i][4]), count = cell_int(j->items[i][5]);
        if (seq >= first && seq < first + count) {
            *place = (size_t)(seq - first);
            return j->items[i];
        }
    }
    return NULL;
}

struct str element_at(struct str array, size_t place)
{
    struct elements e = elements_of(array);
    for (size_t i = 0; i < place; i++)
        (void)element_next(&e);
    return element_next(&e);
}

static enum outcome journal_some(struct call *c)
{
    const struct sim_list *j = &c->schema->journal[param_int(c, 1)];
    static const unsigned types[] = {PG_TYPE_INT8, PG_TYPE_INT2, PG_TYPE_BYTEA, PG_TYPE_TEXT,
                                     PG_TYPE_BYTEA};
    static const size_t picks[] = {7, 8, 10, 11};
    struct elements seqs = elements_of(param(c, 2));
    for (size_t i = 0; i < seqs.count && c->apply; i++) {
        size_t place;
        struct str cells[5] = {element_next(&seqs)};
        const struct str *row = journal_row(j, cell_int(cells[0]), &place);
        for (size_t k = 0; row && k < ARRAY_LEN(picks); k++)
            cells[k + 1] = element_at(row[picks[k]], place);
        if (row)
            give(c, cells, types, ARRAY_LEN(cells));
    }
    return OUT_OK;
}

/* ---- by name */

const struct statement stream_statements[] = {
    {"stream_advance", stream_advance}, {"journal_append", journal_append},
    {"stream_epochs", stream_epochs},   {"stream_publish", stream_publish},
    {"stream_pass", stream_pass},       {"stream_create", stream_create},
    {"stream_take", stream_take_row},   {"stream_suspect", stream_suspect},
    {"journal_ahead", journal_ahead},   {"journal_since", journal_since},
    {"journal_some", journal_some},     {NULL, NULL},
};
