/* check_chains: the facts of each aggregate have numbers 1..n without gap or fork, each names the
 * hash of the one before, and the aggregate's row ends exactly where its chain ends. */
#include "tests/sim/check.h"

struct link {
    const struct told *event;
    bool followed, held; /* by a later event; by a row */
};

struct links {
    struct link *slots;
    size_t room;
};

static struct link *link_of(const struct links *l, const struct sha256 *hash)
{
    uint64_t at;
    memcpy(&at, hash->bytes, sizeof at);
    for (at &= l->room - 1; l->slots[at].event; at = (at + 1) & (l->room - 1))
        if (sha256_equal(&l->slots[at].event->hash, hash))
            break;
    return &l->slots[at];
}

static bool hash_read(struct str text, struct sha256 *out)
{
    static const char digits[] = "0123456789abcdef";
    if (text.size != 2 * SHA256_SIZE)
        return false;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        const char *high = strchr(digits, text.at[2 * i]),
                   *low = strchr(digits, text.at[2 * i + 1]);
        if (!high || !low)
            return false;
        out->bytes[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
    return true;
}

/* The event's own hash, by the rule of the contract. */
static struct sha256 hash_of(const struct told *e, const struct sha256 *previous)
{
    struct str parts[] = {{(const char *)previous->bytes, SHA256_SIZE},
                          e->id,
                          STR("\n"),
                          e->type,
                          STR("\n"),
                          e->body};
    return sha256_of(parts, ARRAY_LEN(parts));
}

/* Bytes of others, passed on: ids and numbers are their senders'. */
static bool is_raw(const struct told *e)
{
    return str_is(e->type, "routed") || str_is(e->type, "dead-letter");
}

/* An answer that is told again has the first one's id: "<incarnation>-<sequence>". */
static const struct told *first_of(const struct told *e)
{
    if (is_raw(e))
        return NULL;
    const char *dash = e->id.size ? memchr(e->id.at, '-', e->id.size) : NULL;
    int64_t seq = 0;
    if (!dash ||
        !str_to_int64((struct str){dash + 1, (size_t)(e->id.at + e->id.size - dash) - 1}, &seq))
        return NULL;
    size_t first = told.first[e->service][e->part];
    return seq == e->seq || seq < 1 ? NULL : &told.items[first + (size_t)seq - 1];
}

/* What is told again says the same. */
static bool is_again(struct told *e)
{
    const struct told *first = first_of(e);
    e->again = first != NULL;
    if (first && (!str_eq(first->type, e->type) || !str_eq(first->key, e->key) ||
                  !str_eq(first->body, e->body)))
        fail("again", "%s told %.*s twice, and not alike: %.*s %.*s and %.*s %.*s",
             sim_services[e->service]->name, STR_ARG(e->id), STR_ARG(first->type),
             STR_ARG(first->body), STR_ARG(e->type), STR_ARG(e->body));
    return e->again;
}

static void check_event(const struct links *l, struct told *e)
{
    struct sha256 previous = {{0}};
    const char *name = sim_services[e->service]->name;
    bool has = str_present(e->previous);
    if (has && !hash_read(e->previous, &previous)) {
        fail("chain", "%s told %.*s with a hash that is none", name, STR_ARG(e->id));
        return;
    }
    e->hash = hash_of(e, &previous);
    *link_of(l, &e->hash) = (struct link){.event = e};
    struct link *before = has ? link_of(l, &previous) : NULL;
    if (!has && e->sequence != 1)
        fail("chain", "%s: %.*s begins a chain with number %lld", name, STR_ARG(e->type),
             (long long)e->sequence);
    if (!has)
        return;
    if (!before->event || before->event->service != e->service || before->event->part != e->part ||
        before->event->sequence != e->sequence - 1)
        fail("chain", "%s: %.*s number %lld follows nothing that was told", name, STR_ARG(e->type),
             (long long)e->sequence);
    else if (before->followed)
        fail("chain", "%s: two events follow number %lld of %.*s", name, (long long)e->sequence - 1,
             STR_ARG(e->key));
    before->followed = true;
}

/* ---- rows */

/* Of a chain's head; -1: the entity has none. */
static int column_of(const struct entity *e, const char *end)
{
    static const char *const names[] = {"sequence", "chain_sequence", "event_sequence", "hash",
                                        "chain_hash"};
    for (size_t i = 0; i < e->column_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            if (strcmp(e->columns[i].name, names[k]) == 0 && strstr(names[k], end))
                return (int)i;
    return -1;
}

static void check_row(const struct links *l, const struct schema *s, const struct sim_table *t,
                      const struct sim_row *r)
{
    int sequence = column_of(t->entity, "sequence");
    int hash = column_of(t->entity, "hash");
    struct sha256 head = {{0}};
    int64_t number = cell_int(r->cells[sequence]);
    if (number == 0)
        return;
    if (r->cells[hash].size == SHA256_SIZE)
        memcpy(head.bytes, r->cells[hash].at, SHA256_SIZE);
    struct link *last = link_of(l, &head);
    if (!last->event || last->event->sequence != number || last->followed)
        fail("row", "%s: the %s of %.*s stands at number %lld, and its facts do not end there",
             s->service->name, t->entity->name, STR_ARG(r->cells[0]), (long long)number);
    else
        last->held = true;
}

void check_chains(void)
{
    struct links l = {.room = 64};
    while (l.room < told.count * 4)
        l.room *= 2;
    l.slots = arena_array(&sim->arena, struct link, l.room);
    for (size_t i = 0; i < told.count; i++)
        if (!is_again(&told.items[i]) && told.items[i].sequence && !is_raw(&told.items[i]) &&
            !str_is(told.items[i].topic, "orders.state.v1"))
            check_event(&l, &told.items[i]);
    for (int i = 0; i < SERVICE_COUNT; i++)
        for (size_t k = 0; k < sim->schemas[i].table_count; k++) {
            const struct sim_table *t = &sim->schemas[i].tables[k];
            if (column_of(t->entity, "hash") < 0 || column_of(t->entity, "sequence") < 0)
                continue;
            for (size_t n = 0; n < t->count; n++)
                check_row(&l, &sim->schemas[i], t, t->rows[n]);
        }
    for (size_t i = 0; i < l.room; i++)
        if (l.slots[i].event && !l.slots[i].followed && !l.slots[i].held)
            fail("row", "%s told %.*s of %.*s, and no row stands there",
                 sim_services[l.slots[i].event->service]->name, STR_ARG(l.slots[i].event->type),
                 STR_ARG(l.slots[i].event->key));
}
