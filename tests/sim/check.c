/* check: everything that must be true at rest, from what was stored and what was told. */
#include "tests/sim/check.h"

#include "common/pg_wire.h"

struct told_list told;

int service_named(const char *name)
{
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (strcmp(sim_services[i]->name, name) == 0)
            return i;
    abort();
}

struct sim_table *table_in(const char *service, const char *entity)
{
    struct sim_table *t = table_of_entity(&sim->schemas[service_named(service)], entity);
    assert(t);
    return t;
}

struct str cell_named(const struct sim_table *t, const struct sim_row *r, const char *column)
{
    for (size_t i = 0; i < t->entity->column_count; i++)
        if (strcmp(t->entity->columns[i].name, column) == 0)
            return r->cells[i];
    assert(false && "a column of the entity");
    return STR_NONE;
}

int64_t amount_named(const struct sim_table *t, const struct sim_row *r, const char *column)
{
    int64_t micro = 0;
    bool ok = pg_numeric_read(cell_named(t, r, column), &micro);
    assert(ok);
    (void)ok;
    return micro;
}

int64_t int_named(const struct sim_table *t, const struct sim_row *r, const char *column)
{
    return cell_int(cell_named(t, r, column));
}

struct sim_row *order_row_of(const struct order_plan *o)
{
    struct str key = str_of(o->id);
    return table_find(table_in("orders", "orders"), &key);
}

bool text_has(struct str text, const char *words)
{
    size_t size = strlen(words);
    for (size_t i = 0; i + size <= text.size; i++)
        if (memcmp(text.at + i, words, size) == 0)
            return true;
    return false;
}

bool type_is(const struct told *e, const char *type)
{
    size_t size = strlen(type);
    return e->type.size == size + strlen("batuta..v1") &&
           memcmp(e->type.at + strlen("batuta."), type, size) == 0;
}

/* ---- reading the journals */

static struct told *told_add(void)
{
    if (told.count == told.room) {
        told.room = told.room ? told.room * 2 : 1024;
        struct told *grown = arena_array(&sim->arena, struct told, told.room);
        if (told.count)
            memcpy(grown, told.items, told.count * sizeof *grown);
        told.items = grown;
    }
    return &told.items[told.count++];
}

static void read_row(int service, int part, const struct str *row)
{
    enum { FIRST = 4, COUNT, TOPICS, PARTITIONS, KEYS, TYPES, HEADERS, BODIES };
    struct elements lists[6];
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        lists[i] = elements_of(row[TOPICS + i]);
    for (int64_t i = 0; i < cell_int(row[COUNT]); i++) {
        struct str cells[ARRAY_LEN(lists)];
        for (size_t k = 0; k < ARRAY_LEN(lists); k++)
            cells[k] = element_next(&lists[k]);
        struct told *e = told_add();
        *e = (struct told){.service = service,
                           .part = part,
                           .seq = cell_int(row[FIRST]) + i,
                           .topic = cells[0],
                           .partition = (int32_t)cell_int(cells[1]),
                           .key = cells[2],
                           .type = cells[3],
                           .headers = cells[4],
                           .body = cells[5]};
        e->id = line_header(e->headers, "ce_id");
        e->previous = line_header(e->headers, "ce_previoushash");
        struct str sequence = line_header(e->headers, "ce_sequence");
        if (str_present(sequence) && !str_to_int64(sequence, &e->sequence))
            e->sequence = 0;
    }
}

/* Batches and sequences of a partition go on without a gap, and end where its row says. */
static void check_journal(int service, int part)
{
    const struct sim_list *j = &sim->schemas[service].journal[part];
    const struct sim_stream *s = &sim->schemas[service].streams[part];
    const char *name = sim_services[service]->name;
    int64_t next = 1;
    for (size_t i = 0; i < j->count; i++) {
        const struct str *row = j->items[i];
        if (cell_int(row[1]) != (int64_t)i + 1)
            fail("journal", "%s/%d: batch %lld comes after %zu others", name, part,
                 (long long)cell_int(row[1]), i);
        if (cell_int(row[4]) != next)
            fail("journal", "%s/%d: batch %zu begins at %lld, not %lld", name, part, i + 1,
                 (long long)cell_int(row[4]), (long long)next);
        next += cell_int(row[5]);
        read_row(service, part, row);
    }
    if (s->batch_no != (int64_t)j->count || s->out_seq != next - 1 || s->pub_seq != next - 1)
        fail("journal",
             "%s/%d: the row says batch %lld told %lld published %lld; journal %zu, %lld", name,
             part, (long long)s->batch_no, (long long)s->out_seq, (long long)s->pub_seq, j->count,
             (long long)next - 1);
}

/* Nothing waits, nothing is missing. */
static void check_rest(void)
{
    for (int i = 0; i < SERVICE_COUNT; i++) {
        const struct schema *s = &sim->schemas[i];
        if (s->parked.count || s->unsent.count)
            fail("rest", "%s: %zu records are parked, %zu unsent", s->service->name,
                 s->parked.count, s->unsent.count);
    }
    for (int i = 0; i < sim->process_count; i++) {
        const struct loop *l = sim->processes[i].loop;
        const struct hole *h = l->holes.items;
        if (l->holes.count)
            fail("rest", "%s/%d still waits for what comes after %lld of %s/%d on %s/%d",
                 l->service->name, i, (long long)h->seen, l->plan.inputs[h->input]->owner,
                 h->source, l->plan.inputs[h->input]->name, (int)h->part);
    }
}

/* For whoever reads the story: which commands were refused, and why. */
static void say_refusals(void)
{
    for (size_t i = 0; i < told.count && sim->story; i++)
        if (text_has(told.items[i].type, ".command.refused."))
            tell("%s refused %.*s of %.*s: %.*s", sim_services[told.items[i].service]->name,
                 STR_ARG(peek(told.items[i].body, "command_type")), STR_ARG(told.items[i].key),
                 STR_ARG(peek(told.items[i].body, "code")));
}

void say_orders(void)
{
    const struct sim_table *t = table_in("orders", "orders");
    for (size_t i = 0; i < t->count && sim->story; i++)
        tell("order %.*s is %.*s", STR_ARG(t->rows[i]->cells[0]),
             STR_ARG(cell_named(t, t->rows[i], "state")));
}

void check_all(void)
{
    told = (struct told_list){0};
    for (int i = 0; i < SERVICE_COUNT; i++)
        for (int p = 0; p < sim->partitions; p++) {
            told.first[i][p] = told.count;
            check_journal(i, p);
            told.first[i][p + 1] = told.count;
        }
    say_refusals();
    check_rest();
    check_protocol();
    check_chains();
    check_orders();
    check_credit();
    check_stock();
    check_timers();
    model_compare();
}
