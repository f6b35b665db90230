/* check_protocol: what was told is in Kafka, once and in order among first occurrences; nothing
 * else is; each reader took each link once, in order; each command was taken once. */
#include "tests/sim/check.h"

#include "proto/topics.h"

static bool same_bytes(struct str a, struct str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static bool is_record_of(const struct told *e, const struct record *r)
{
    struct str id = record_header(r, "ce_id");
    return same_bytes(e->key, r->key) && same_bytes(e->body, r->value) &&
           (!str_present(e->id) || same_bytes(e->id, id));
}

/* "orders/3 1 1204 1198" */
static bool mark_read(struct str text, int *service, int *part, int64_t *seq)
{
    const char *slash = text.size ? memchr(text.at, '/', text.size) : NULL;
    long long incarnation, found, prev;
    char copy[128];
    if (!slash || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.size);
    copy[text.size] = 0;
    copy[slash - text.at] = 0;
    *service = service_named(copy);
    if (sscanf(copy + (slash - text.at) + 1, "%d %lld %lld %lld", part, &incarnation, &found,
               &prev) != 4)
        return false;
    *seq = found;
    return true;
}

static struct told *told_at(int service, int part, int64_t seq)
{
    size_t first = told.first[service][part], end = told.first[service][part + 1];
    size_t at = first + (size_t)(seq - 1);
    return seq >= 1 && at < end ? &told.items[at] : NULL;
}

/* ---- the logs against the journals */

/* A record of a chained topic names its event. */
static void check_record(const struct log *log, const struct record *r)
{
    int service, part;
    int64_t seq;
    struct told *e = NULL;
    if (mark_read(record_header(r, "batuta-stream"), &service, &part, &seq))
        e = told_at(service, part, seq);
    if (e && e->in_log++ && log->readers)
        mark(MARK_REPEAT);
    if (!e || !str_is(e->topic, log->topic->name) || e->partition != log->partition ||
        !same_bytes(e->key, r->key) || !same_bytes(e->body, r->value))
        fail("phantom", "%s/%d holds a record that nobody told: %.*s", log->topic->name,
             (int)log->partition, STR_ARG(record_header(r, "batuta-stream")));
}

/* Of one source partition: its events for this log must lie in it as a subsequence, in order. */
static void check_covered(const struct log *log, int service, int part)
{
    size_t at = told.first[service][part], end = told.first[service][part + 1];
    bool chained = log->topic->kind->chained;
    size_t next = 0;
    for (; at < end; at++) {
        const struct told *e = &told.items[at];
        if (!str_is(e->topic, log->topic->name) || e->partition != log->partition)
            continue;
        for (; next < log->count; next++) {
            int from, place;
            int64_t seq;
            const struct record *r = log->items[next];
            bool found = is_record_of(e, r);
            if (found && chained)
                found = mark_read(record_header(r, "batuta-stream"), &from, &place, &seq) &&
                        from == service && place == part && seq == e->seq;
            if (found)
                break;
        }
        if (next++ == log->count) {
            fail("lost", "%s/%d told %lld (%.*s) to %s/%d, and it is not there in its order",
                 sim_services[service]->name, part, (long long)e->seq, STR_ARG(e->type),
                 log->topic->name, (int)log->partition);
            return;
        }
    }
}

/* A record of a topic without chain is some event of its owner. */
static void check_known(const struct log *log, const struct record *r)
{
    int service = service_named(log->topic->kind->owner);
    for (size_t i = told.first[service][0]; i < told.first[service][sim->partitions]; i++)
        if (str_is(told.items[i].topic, log->topic->name) && is_record_of(&told.items[i], r))
            return;
    fail("phantom", "%s/%d holds a record that nobody told", log->topic->name, (int)log->partition);
}

static void check_log(const struct log *log)
{
    int owner = service_named(log->topic->kind->owner);
    for (size_t i = 0; i < log->count; i++)
        if (log->topic->kind->chained)
            check_record(log, log->items[i]);
        else
            check_known(log, log->items[i]);
    for (int p = 0; p < sim->partitions; p++)
        check_covered(log, owner, p);
}

/* ---- the inputs against what there was */

/* What a partition's journal noted as taken. */
struct taken {
    struct str *texts;
    size_t count, room;
};

static struct taken taken_of(int service, int part)
{
    enum { INPUTS = 12 };
    struct taken t = {0};
    const struct sim_list *j = &sim->schemas[service].journal[part];
    for (size_t i = 0; i < j->count; i++)
        t.room += elements_of(j->items[i][INPUTS]).count;
    t.texts = arena_array(&sim->arena, struct str, t.room + 1);
    for (size_t i = 0; i < j->count; i++) {
        struct elements e = elements_of(j->items[i][INPUTS]);
        for (size_t k = 0; k < e.count; k++)
            t.texts[t.count++] = element_next(&e);
    }
    return t;
}

static bool hears(int service, const struct told *e)
{
    const struct service *s = sim_services[service];
    if (str_is(e->topic, s->routed->name))
        return true;
    for (size_t i = 0; i < s->route_count; i++)
        for (size_t k = 0; str_is(e->topic, s->routes[i].topic->name) && s->routes[i].types[k]; k++)
            if (str_is(e->type, s->routes[i].types[k]->name))
                return true;
    return false;
}

/* "command topic/partition/offset ...", "dead ...", "routed ..." */
static bool place_read(struct str text, char *topic, size_t size, int *partition, long long *offset)
{
    char copy[128];
    size_t n = text.size < sizeof copy - 1 ? text.size : sizeof copy - 1;
    memcpy(copy, text.at, n);
    copy[n] = 0;
    char *at = strchr(copy, ' '), *slash = at ? strchr(at, '/') : NULL;
    if (!slash)
        return false;
    *slash = 0;
    snprintf(topic, size, "%s", at + 1);
    return sscanf(slash + 1, "%d/%lld", partition, offset) == 2;
}

/* The event that a note of an input names; NULL: it names a command or a timer. */
static const struct told *event_noted(const struct schema *s, int part, struct str text)
{
    int from, place, partition;
    int64_t seq;
    long long offset;
    char name[128];
    struct str marked;
    if (str_starts(text, "event ")) {
        const char *space = memchr(text.at + 6, ' ', text.size - 6);
        marked = (struct str){space + 1, (size_t)(text.at + text.size - space) - 1};
    } else if (str_starts(text, "dead ") &&
               place_read(text, name, sizeof name, &partition, &offset) &&
               strcmp(name, s->service->routed->name) == 0) {
        const struct log *log = &topic_named(name)->logs[partition];
        marked = record_header(log->items[offset], "batuta-stream");
    } else {
        return NULL;
    }
    const struct told *e =
        mark_read(marked, &from, &place, &seq) ? told_at(from, place, seq) : NULL;
    if (!e)
        fail("phantom", "%s/%d took what nobody told: %.*s", s->service->name, part, STR_ARG(text));
    return e;
}

/* What there was for a reader, counted as it is found among what it took. */
static void check_reader(int service, int part)
{
    struct taken t = taken_of(service, part);
    const struct schema *schema = &sim->schemas[service];
    const char *name = schema->service->name;
    uint8_t *times = arena_alloc(&sim->arena, told.count + 1);
    int64_t last[SERVICE_COUNT][PART_MAX] = {{0}};
    for (size_t i = 0; i < t.count; i++) {
        const struct told *e = event_noted(schema, part, t.texts[i]);
        if (!e)
            continue;
        bool first = ++times[e - told.items] == 1, own = e->service == service;
        int64_t *before = &last[e->service][e->part];
        if (!first && !schema->was_parked)
            fail("twice", "%s/%d took %.*s twice", name, part, STR_ARG(t.texts[i]));
        if (first && !own && e->seq <= *before && !schema->was_parked)
            fail("order", "%s/%d took %.*s after %lld", name, part, STR_ARG(t.texts[i]),
                 (long long)*before);
        if (first)
            *before = e->seq;
    }
    for (size_t i = 0; i < told.count; i++) {
        const struct told *e = &told.items[i];
        if (e->partition == part && hears(service, e) && !times[i])
            fail("lost", "%s/%d never took %.*s %lld of %s/%d", name, part, STR_ARG(e->type),
                 (long long)e->seq, sim_services[e->service]->name, e->part);
    }
}

/* How often a partition noted each record of an open topic. */
static void check_taken_once(const struct service *s, const struct taken *t, const struct log *log)
{
    uint8_t *times = arena_alloc(&sim->arena, log->count + 1);
    for (size_t i = 0; i < t->count; i++) {
        char name[128];
        int partition;
        long long offset;
        if (str_starts(t->texts[i], "event ") || str_starts(t->texts[i], "timer ") ||
            !place_read(t->texts[i], name, sizeof name, &partition, &offset) ||
            strcmp(name, log->topic->name) != 0)
            continue;
        assert(offset >= 0 && (size_t)offset < log->count);
        times[offset]++;
    }
    for (size_t i = 0; i < log->count; i++)
        if (times[i] != 1)
            fail(times[i] ? "twice" : "lost", "%s took %s/%d/%zu %d times", s->name,
                 log->topic->name, (int)log->partition, i, times[i]);
}

static void check_commands(int service)
{
    const struct service *s = sim_services[service];
    for (int part = 0; part < sim->partitions; part++) {
        struct taken t = taken_of(service, part);
        for (size_t r = 0; r < s->route_count; r++)
            if (s->routes[r].topic->access == TOPIC_OPEN)
                check_taken_once(s, &t, &topic_named(s->routes[r].topic->name)->logs[part]);
    }
}

void check_protocol(void)
{
    for (const struct sim_topic *t = sim->topics; t; t = t->next)
        for (int p = 0; p < t->partition_count && t->kind->access == TOPIC_CLOSED; p++)
            check_log(&t->logs[p]);
    for (int i = 0; i < SERVICE_COUNT; i++) {
        for (int p = 0; p < sim->partitions; p++)
            check_reader(i, p);
        check_commands(i);
    }
}
