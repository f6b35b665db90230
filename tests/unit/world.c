/* world: the fixture. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/headers.h"
#include "common/limits.h"

enum { ROOM = 200000 };

struct kept_row {
    const struct entity *entity;
    void *row;
};

struct world {
    const struct service *service;
    struct arena arena; /* rows, events, timers: until the end */
    struct arena batch; /* of one input */
    struct fold fold;
    struct fold_part part;
    const struct topic *outputs[16];
    struct instant now;
    struct kept_row *rows;
    size_t row_count;
    struct fold_event *events;
    size_t event_count;
    struct fold_timer *timers;
    size_t timer_count;
    void *snapshot;
    int64_t versions[FOLD_KIND_COUNT_MAX];
    int64_t input_no;
    struct str poison;
};

struct world *world_new(const struct service *s)
{
    struct world *w = calloc(1, sizeof *w);
    assert(w);
    w->service = s;
    fold_outputs(s, w->outputs, ARRAY_LEN(w->outputs));
    arena_init(&w->arena);
    arena_init(&w->batch);
    w->part.incarnation = 1;
    w->part.dest_seq = calloc(64, sizeof *w->part.dest_seq);
    w->rows = calloc(ROOM, sizeof *w->rows);
    w->events = calloc(ROOM, sizeof *w->events);
    w->timers = calloc(ROOM, sizeof *w->timers);
    assert(w->part.dest_seq && w->rows && w->events && w->timers);
    w->snapshot = s->snapshot_new ? s->snapshot_new() : NULL;
    if (!instant_read(STR("2026-01-01T00:00:00Z"), &w->now))
        abort();
    return w;
}

void world_free(struct world *w)
{
    if (w->snapshot)
        w->service->snapshot_free(w->snapshot);
    arena_release(&w->arena);
    arena_release(&w->batch);
    free(w->part.dest_seq);
    free(w->rows);
    free(w->events);
    free(w->timers);
    free(w);
}

static struct kept_row *row_find(struct world *w, const struct entity *e, const void *key)
{
    for (size_t i = 0; i < w->row_count; i++)
        if (w->rows[i].entity == e && entity_compare_keys(e, w->rows[i].row, key) == 0)
            return &w->rows[i];
    return NULL;
}

static void load_missing(struct world *w)
{
    struct fold *f = &w->fold;
    for (size_t i = 0; i < f->missing.count; i++) {
        struct fold_row *r = f->missing.items[i];
        struct kept_row *kept = row_find(w, r->entity, r->key);
        fold_loaded(r, kept ? entity_copy(r->entity, kept->row, f->arena) : NULL);
    }
    f->missing.count = 0;
}

static void keep_rows(struct world *w)
{
    for (size_t t = 0; t < w->fold.table_count; t++) {
        size_t count;
        struct fold_row **dirty = fold_dirty(&w->fold, &w->fold.tables[t], &count);
        for (size_t i = 0; i < count; i++) {
            struct kept_row *kept = row_find(w, dirty[i]->entity, dirty[i]->key);
            if (!kept) {
                assert(w->row_count < ROOM);
                kept = &w->rows[w->row_count++];
                kept->entity = dirty[i]->entity;
            } else {
                assert(entity_equal(kept->entity, COLUMN_FIXED, kept->row, dirty[i]->row));
            }
            kept->row = entity_copy(dirty[i]->entity, dirty[i]->row, &w->arena);
        }
    }
}

static void keep_events(struct world *w)
{
    for (size_t i = 0; i < w->fold.events.count; i++) {
        struct fold_event e = w->fold.events.items[i];
        e.topic_name = arena_str(&w->arena, e.topic_name);
        e.key = arena_str(&w->arena, e.key);
        e.headers = arena_str(&w->arena, e.headers);
        e.list = NULL;
        e.body = arena_str(&w->arena, e.body);
        assert(w->event_count < ROOM);
        w->events[w->event_count++] = e;
    }
}

static void timer_drop(struct world *w, struct str id)
{
    for (size_t i = 0; i < w->timer_count; i++)
        if (str_eq(w->timers[i].timer.id, id))
            w->timers[i] = w->timers[--w->timer_count];
}

static void keep_timers(struct world *w)
{
    for (size_t i = 0; i < w->fold.timers.count; i++) {
        struct fold_timer t = w->fold.timers.items[i];
        t.timer.id = arena_str(&w->arena, t.timer.id);
        timer_drop(w, t.timer.id);
        if (t.clear)
            continue;
        t.timer.key = arena_str(&w->arena, t.timer.key);
        t.timer.subject = arena_str(&w->arena, t.timer.subject);
        t.timer.kind = arena_str(&w->arena, t.timer.kind);
        t.timer.body = arena_str(&w->arena, t.timer.body);
        t.correlation = arena_str(&w->arena, t.correlation);
        w->timers[w->timer_count++] = t;
    }
}

static void keep_references(struct world *w)
{
    for (size_t i = 0; i < w->fold.references.count; i++) {
        const struct fold_reference *r = &w->fold.references.items[i];
        struct reference_row row = {str_of(r->kind), r->id, r->doc, r->version};
        w->service->snapshot_apply(w->snapshot, &row);
    }
    for (size_t i = 0; i < w->fold.kind_count; i++)
        w->versions[i] = w->fold.kinds[i].version;
}

/* Something was taken for absent and is there: Postgres would say so at the commit. */
static bool assumed_wrongly(struct world *w)
{
    for (size_t i = 0; i < w->fold.table_count; i++) {
        const struct fold_table *t = &w->fold.tables[i];
        for (size_t k = 0; k < t->room; k++)
            if (t->slots[k] && t->slots[k]->assumed &&
                row_find(w, t->slots[k]->entity, t->slots[k]->key))
                return true;
    }
    return false;
}

static enum fold_verdict decide(struct world *w, const struct input *in, bool asks_all)
{
    struct fold *f = &w->fold;
    arena_reset(&w->batch);
    fold_open(f, w->service, &w->batch, w->now, 1);
    f->asks_all = asks_all;
    f->parts = &w->part;
    f->snapshot = w->snapshot;
    f->outputs = w->outputs;
    for (size_t i = 0; w->service->reference_kinds && w->service->reference_kinds[i]; i++)
        fold_kind_add(f, w->service->reference_kinds[i], w->versions[i]);
    for (int round = 0; round < FOLD_NEEDS_ROUND_COUNT_MAX; round++) {
        fold_name_needs(f, in);
        load_missing(w);
    }
    enum fold_verdict verdict;
    for (int i = 0; (verdict = fold_run(f, in)) == FOLD_NEEDS; i++) {
        assert(i < 100);
        load_missing(w);
    }
    return verdict;
}

static enum fold_verdict run(struct world *w, const struct input *in)
{
    struct fold *f = &w->fold;
    const struct fold_part before = w->part;
    enum fold_verdict verdict = decide(w, in, false);
    if (assumed_wrongly(w)) {
        w->part = before;
        verdict = decide(w, in, true);
    }
    w->poison = verdict == FOLD_POISON ? arena_str(&w->arena, f->poison) : STR_NONE;
    if (verdict != FOLD_DONE)
        return verdict;
    fold_seal(f);
    keep_rows(w);
    keep_events(w);
    keep_timers(w);
    keep_references(w);
    return verdict;
}

static enum fold_verdict message(struct world *w, enum input_kind kind,
                                 const struct message_type *type, const void *body, unsigned rights)
{
    /* Through JSON, as it would travel. */
    struct fault fault = {0};
    struct str value = shape_text(type->shape, body, &w->arena);
    void *read = arena_alloc(&w->arena, type->shape->size);
    enum shape_mode mode = type->command ? SHAPE_CLOSED : SHAPE_OPEN;
    if (!shape_decode(type->shape, value, mode, &w->arena, read, &fault)) {
        fprintf(stderr, "world: %s does not decode: %s %.*s\n", type->name, fault.code,
                STR_ARG(fault.path));
        abort();
    }
    struct input in = {.kind = kind,
                       .type = type,
                       .type_name = str_of(type->name),
                       .key = message_member(read, type->key_at),
                       .subject = message_member(read, type->subject_at),
                       .body = read,
                       .value = value,
                       .id = arena_printf(&w->arena, "in-%lld", (long long)++w->input_no),
                       .source = STR("/test"),
                       .rights = rights,
                       .broker_time = w->now};
    in.correlation = in.id;
    if (rights)
        in.system = STR("test");
    return run(w, &in);
}

enum fold_verdict world_command(struct world *w, const struct message_type *type, const void *body,
                                unsigned rights)
{
    return message(w, INPUT_COMMAND, type, body, rights);
}

enum fold_verdict world_event(struct world *w, const struct message_type *type, const void *body)
{
    return message(w, INPUT_EVENT, type, body, 0);
}

void world_time_set(struct world *w, struct instant now)
{
    w->now = now;
}

struct instant world_time(const struct world *w)
{
    return w->now;
}

size_t world_timer_count(const struct world *w)
{
    return w->timer_count;
}

static int timer_due(const struct world *w)
{
    int best = -1;
    for (size_t i = 0; i < w->timer_count; i++) {
        const struct timer *t = &w->timers[i].timer;
        if (t->due.at > w->now.at)
            continue;
        const struct timer *b = best < 0 ? NULL : &w->timers[best].timer;
        if (!b || t->due.at < b->due.at ||
            (t->due.at == b->due.at && str_compare(t->id, b->id) < 0))
            best = (int)i;
    }
    return best;
}

int world_timers_run(struct world *w)
{
    int fired = 0;
    for (int at; (at = timer_due(w)) >= 0; fired++) {
        struct fold_timer t = w->timers[at];
        w->timers[at] = w->timers[--w->timer_count];
        struct input in = {.kind = INPUT_TIMER,
                           .key = t.timer.key,
                           .subject = t.timer.subject,
                           .timer = &t.timer,
                           .id = arena_printf(&w->arena, "timer/%.*s", STR_ARG(t.timer.id)),
                           .correlation = t.correlation};
        if (run(w, &in) != FOLD_DONE) {
            fprintf(stderr, "world: timer %.*s: %.*s\n", STR_ARG(t.timer.id), STR_ARG(w->poison));
            abort();
        }
    }
    return fired;
}

static bool is_of(const struct fold_event *e, const struct message_type *type)
{
    return e->topic == type->topic && str_is(e->type, type->name);
}

size_t world_count(const struct world *w, const struct message_type *type)
{
    size_t count = 0;
    for (size_t i = 0; i < w->event_count; i++)
        count += is_of(&w->events[i], type);
    return count;
}

static const struct fold_event *event_at(const struct world *w, const struct message_type *type,
                                         size_t index)
{
    for (size_t i = 0; i < w->event_count; i++)
        if (is_of(&w->events[i], type) && index-- == 0)
            return &w->events[i];
    return NULL;
}

const void *world_at(struct world *w, const struct message_type *type, size_t index)
{
    const struct fold_event *e = event_at(w, type, index);
    if (!e)
        return NULL;
    struct fault fault = {0};
    void *body = arena_alloc(&w->arena, type->shape->size);
    /* Closed, so that the text holds nothing that the shape does not name; that has a limit. */
    enum shape_mode mode = e->body.size > COMMAND_SIZE_MAX ? SHAPE_OPEN : SHAPE_CLOSED;
    if (!shape_decode(type->shape, e->body, mode, &w->arena, body, &fault)) {
        fprintf(stderr, "world: told %s does not decode: %s %.*s\n%.*s\n", type->name, fault.code,
                STR_ARG(fault.path), STR_ARG(e->body));
        abort();
    }
    return body;
}

const void *world_last(struct world *w, const struct message_type *type)
{
    size_t count = world_count(w, type);
    return count ? world_at(w, type, count - 1) : NULL;
}

struct str world_last_header(struct world *w, const struct message_type *type, const char *name)
{
    size_t count = world_count(w, type);
    return count ? headers_find(&w->arena, event_at(w, type, count - 1)->headers, name) : STR_NONE;
}

struct str world_last_key(const struct world *w, const struct message_type *type)
{
    size_t count = world_count(w, type);
    return count ? event_at((struct world *)w, type, count - 1)->key : STR_NONE;
}

struct str world_last_id(const struct world *w, const struct message_type *type)
{
    return world_last_header((struct world *)w, type, "ce_id");
}

void world_forget(struct world *w)
{
    w->event_count = 0;
}

void world_dump(const struct world *w)
{
    for (size_t i = 0; i < w->event_count; i++)
        fprintf(stderr, "%.*s %.*s [%.*s] %.*s\n", STR_ARG(w->events[i].topic_name),
                STR_ARG(w->events[i].type), STR_ARG(w->events[i].key), STR_ARG(w->events[i].body));
}

void world_put(struct world *w, const struct entity *e, const void *row)
{
    struct kept_row *kept = row_find(w, e, row);
    if (!kept) {
        assert(w->row_count < ROOM);
        kept = &w->rows[w->row_count++];
    }
    *kept = (struct kept_row){.entity = e, .row = entity_copy(e, row, &w->arena)};
}

const void *world_row(struct world *w, const struct entity *e, const void *key)
{
    struct kept_row *kept = row_find(w, e, key);
    return kept ? kept->row : NULL;
}

struct arena *world_arena(struct world *w)
{
    return &w->arena;
}

struct str world_poison(const struct world *w)
{
    return w->poison;
}
