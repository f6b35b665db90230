/* fold: rows in memory, and one input at a time decided over them, with its effects undone when it
 * cannot stand. */
#include "common/fold.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/batch.h"

static const struct column answer_columns[] = {
    COLUMN(struct answer_row, scope),     COLUMN(struct answer_row, command_id),
    COLUMN(struct answer_row, body_hash), COLUMN(struct answer_row, type),
    COLUMN(struct answer_row, key),       COLUMN(struct answer_row, event_id),
    COLUMN(struct answer_row, body),      COLUMN(struct answer_row, answered_at),
};
const struct entity answer_entity = ENTITY("answer", struct answer_row, answer_columns, 1);

/* Lists live in the arena: growing leaves the old items behind until the batch ends. Room behind
 * the items is whatever it was: a push sets the whole item. */
static void *list_grow(struct arena *a, const void *items, size_t item_size, size_t count,
                       size_t *room)
{
    *room = *room ? *room * 2 : 64;
    void *grown = arena_take(a, *room * item_size);
    if (count)
        memcpy(grown, items, count * item_size);
    return grown;
}

#define LIST_PUSH(f, list, value)                                                                  \
    do {                                                                                           \
        if ((list).count == (list).room)                                                           \
            (list).items = list_grow((f)->arena, (list).items, sizeof *(list).items, (list).count, \
                                     &(list).room);                                                \
        (list).items[(list).count++] = (value);                                                    \
    } while (0)

void fold_open(struct fold *f, const struct service *s, struct arena *a, struct instant now,
               int partition_count)
{
    memset(f, 0, sizeof *f);
    f->service = s;
    f->arena = a;
    f->now = now;
    f->partition_count = partition_count;
    f->tables[f->table_count++].entity = &answer_entity;
    for (size_t i = 0; s->entities && s->entities[i]; i++) {
        assert(f->table_count < FOLD_ENTITY_COUNT_MAX);
        f->tables[f->table_count++].entity = s->entities[i];
    }
}

void fold_kind_add(struct fold *f, const char *kind, int64_t version)
{
    assert(f->kind_count < FOLD_KIND_COUNT_MAX);
    f->kinds[f->kind_count++] =
        (struct fold_kind){.kind = kind, .in_use = version, .version = version};
}

struct instant fold_now(const struct fold *f)
{
    return f->now;
}

struct arena *fold_arena(struct fold *f)
{
    return f->arena;
}

const void *fold_snapshot(const struct fold *f)
{
    return f->snapshot;
}

/* ---- rows */

static struct fold_table *table_of(struct fold *f, const struct entity *e)
{
    for (size_t i = 0; i < f->table_count; i++)
        if (f->tables[i].entity == e)
            return &f->tables[i];
    abort(); /* an entity that the service does not declare */
}

static void table_grow(struct fold *f, struct fold_table *t)
{
    size_t room = t->room ? t->room * 2 : 64;
    struct fold_row **slots = arena_array(f->arena, struct fold_row *, room);
    for (size_t i = 0; i < t->room; i++) {
        if (!t->slots[i])
            continue;
        size_t at = t->slots[i]->hash & (room - 1);
        while (slots[at])
            at = (at + 1) & (room - 1);
        slots[at] = t->slots[i];
    }
    t->slots = slots;
    t->room = room;
}

/* The entry of a key, made when there is none. */
struct fold_row *fold_row_of(struct fold *f, const struct entity *e, const void *key)
{
    struct fold_table *t = table_of(f, e);
    if (t->count * 2 >= t->room)
        table_grow(f, t);
    uint64_t hash = entity_hash_key(e, key);
    size_t at = hash & (t->room - 1);
    for (; t->slots[at]; at = (at + 1) & (t->room - 1))
        if (t->slots[at]->hash == hash && entity_compare_keys(e, t->slots[at]->key, key) == 0)
            return t->slots[at];
    struct fold_row *r = arena_new(f->arena, struct fold_row);
    void *copy = arena_alloc(f->arena, e->size);
    entity_copy_key(e, key, copy, f->arena);
    r->key = copy;
    r->hash = hash;
    r->entity = e;
    t->slots[at] = r;
    t->count++;
    return r;
}

void fold_need(struct fold *f, const struct entity *e, const void *key)
{
    struct fold_row *r = fold_row_of(f, e, key);
    if (r->loaded || r->edited)
        return;
    r->loaded = true; /* named once; the loader fills it before anybody looks */
    LIST_PUSH(f, f->missing, r);
}

void fold_need_new(struct fold *f, const struct entity *e, const void *key)
{
    if (f->asks_all) {
        fold_need(f, e, key);
        return;
    }
    struct fold_row *r = fold_row_of(f, e, key);
    r->assumed = r->assumed || !r->loaded;
    r->loaded = true;
    f->assumes = true;
}

void fold_loaded(struct fold_row *r, void *row)
{
    r->row = row;
    r->stored = row;
    r->assumed = false;
}

void fold_doubtful(struct fold *f)
{
    for (size_t i = 0; i < f->table_count; i++)
        for (size_t k = 0; k < f->tables[i].room; k++) {
            struct fold_row *r = f->tables[i].slots[k];
            if (r && r->assumed && !r->row)
                LIST_PUSH(f, f->missing, r);
        }
}

void fold_assume_absent(struct fold *f, const struct entity *e, const void *key)
{
    struct fold_row *r = fold_row_of(f, e, key);
    r->either = r->either || !r->loaded;
    r->loaded = true;
}

/* While an input is decided, a row nobody asked for stops it: it runs again once the row is there.
 */
static struct fold_row *row_found(struct fold *f, const struct entity *e, const void *key)
{
    struct fold_row *r = fold_row_of(f, e, key);
    if (!r->loaded) {
        r->loaded = true;
        LIST_PUSH(f, f->missing, r);
        if (f->verdict == FOLD_DONE)
            f->verdict = FOLD_NEEDS;
    }
    return r;
}

const void *fold_get(struct fold *f, const struct entity *e, const void *key)
{
    return row_found(f, e, key)->row;
}

void *fold_edit(struct fold *f, const struct entity *e, const void *key)
{
    struct fold_row *r = row_found(f, e, key);
    if (r->edited)
        return r->row;
    r->before = r->row;
    r->before_dirty = r->dirty;
    if (r->row) {
        r->row = entity_copy_sharing(e, r->row, f->arena);
    } else {
        r->row = arena_alloc(f->arena, e->size);
        entity_copy_key(e, key, r->row, f->arena);
    }
    r->edited = true;
    r->dirty = true;
    r->part = (int16_t)f->input->part;
    r->next_edited = f->edited;
    f->edited = r;
    return r->row;
}

static int compare_rows(const void *x, const void *y)
{
    const struct fold_row *a = *(struct fold_row *const *)x, *b = *(struct fold_row *const *)y;
    return entity_compare_keys(a->entity, a->key, b->key);
}

struct fold_row **fold_dirty(struct fold *f, struct fold_table *t, size_t *count)
{
    struct fold_row **out = arena_array(f->arena, struct fold_row *, t->count + 1);
    *count = 0;
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i] && t->slots[i]->dirty)
            out[(*count)++] = t->slots[i];
    qsort(out, *count, sizeof *out, compare_rows);
    return out;
}

/* ---- timers and reference data */

void fold_timer_set(struct fold *f, const struct input *in, const struct timer *t)
{
    struct fold_timer row = {.part = in->part, .correlation = in->correlation};
    row.timer = (struct timer){arena_str(f->arena, t->id),   t->due,
                               arena_str(f->arena, t->key),  arena_str(f->arena, t->subject),
                               arena_str(f->arena, t->kind), arena_str(f->arena, t->body)};
    LIST_PUSH(f, f->timers, row);
}

void fold_timer_clear(struct fold *f, const struct input *in, struct str id)
{
    struct fold_timer row = {.part = in->part, .clear = true};
    row.timer.id = arena_str(f->arena, id);
    LIST_PUSH(f, f->timers, row);
}

void fold_timer_fired(struct fold *f, int32_t part, struct str id)
{
    struct fold_timer row = {.part = part, .clear = true};
    row.timer.id = id;
    LIST_PUSH(f, f->timers, row);
}

static struct fold_kind *kind_of(const struct fold *f, const char *kind)
{
    for (size_t i = 0; i < f->kind_count; i++)
        if (strcmp(f->kinds[i].kind, kind) == 0)
            return (struct fold_kind *)&f->kinds[i];
    abort(); /* a reference kind that the service does not declare */
}

int64_t fold_version(const struct fold *f, const char *kind)
{
    return kind_of(f, kind)->in_use;
}

int64_t fold_reference_next(struct fold *f, const struct input *in, const char *kind)
{
    struct fold_kind *k = kind_of(f, kind);
    if (!k->assigned) {
        k->before = k->version;
        k->version++;
        k->assigned = true;
        k->part = in->part;
    }
    return k->version;
}

void fold_reference_put(struct fold *f, const struct input *in, const char *kind, struct str id,
                        struct str doc)
{
    int64_t version = fold_reference_next(f, in, kind);
    struct fold_reference r = {in->part, kind_of(f, kind)->kind, arena_str(f->arena, id),
                               arena_str(f->arena, doc), version};
    /* The same id twice in one input: the last one counts, one row a version. */
    for (size_t i = f->references.count; i > f->references.mark; i--) {
        struct fold_reference *old = &f->references.items[i - 1];
        if (old->version == version && old->kind == r.kind && str_eq(old->id, r.id)) {
            *old = r;
            return;
        }
    }
    LIST_PUSH(f, f->references, r);
}

void fold_reference_remove(struct fold *f, const struct input *in, const char *kind, struct str id)
{
    fold_reference_put(f, in, kind, id, STR_NONE);
}

/* ---- one input */

void fold_poison(struct fold *f, const struct input *in, const char *fmt, ...)
{
    (void)in;
    char text[ERR_TEXT_SIZE_MAX];
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    if (f->verdict != FOLD_DONE)
        return; /* a row is missing: what looks impossible may only be unseen */
    f->poison = arena_str(f->arena, str_of(text));
    f->verdict = FOLD_POISON;
}

static void input_begin(struct fold *f, const struct input *in)
{
    f->input = in;
    f->edited = NULL;
    f->verdict = FOLD_DONE;
    f->answered = false;
    f->poison = STR_NONE;
    f->events.mark = f->events.count;
    f->timers.mark = f->timers.count;
    f->references.mark = f->references.count;
    f->out_seq_before = f->parts[in->part].out_seq;
    for (size_t i = 0; i < f->kind_count; i++)
        f->kinds[i].assigned = false;
}

static void input_end(struct fold *f)
{
    bool keep = f->verdict == FOLD_DONE;
    for (struct fold_row *r = f->edited; r; r = r->next_edited) {
        r->edited = false;
        if (keep)
            continue;
        r->row = r->before;
        r->dirty = r->before_dirty;
    }
    for (size_t i = 0; i < f->kind_count; i++) {
        if (keep)
            f->kinds[i].changed |= f->kinds[i].assigned;
        else if (f->kinds[i].assigned)
            f->kinds[i].version = f->kinds[i].before;
    }
    if (keep)
        return;
    f->events.count = f->events.mark;
    f->timers.count = f->timers.mark;
    f->references.count = f->references.mark;
    f->parts[f->input->part].out_seq = f->out_seq_before;
}

/* Idempotency scope of a command: (principal, type, aggregate, the sender's key). */
struct str fold_scope(struct fold *f, const struct input *in)
{
    struct str principal = message_member(in->body, in->type->principal_at);
    struct str key = message_member(in->body, in->type->idempotency_at);
    if (!str_present(principal) || !str_present(key))
        return STR_NONE;
    struct str parts[] = {principal, STR("\n"), str_of(in->type->name), STR("\n"), in->key,
                          STR("\n"), key};
    struct sha256 hash = sha256_of(parts, ARRAY_LEN(parts));
    return sha256_hex(f->arena, &hash);
}

static struct sha256 body_hash_of(struct fold *f, const struct input *in)
{
    struct str body = shape_text(in->type->shape, in->body, f->arena);
    return sha256_of(&body, 1);
}

static bool is_plain_command(const struct input *in)
{
    return in->kind == INPUT_COMMAND && in->type && in->body && !in->type->answered_by_service;
}

void fold_name_needs(struct fold *f, const struct input *in)
{
    if (is_plain_command(in)) {
        struct answer_row key = {.scope = fold_scope(f, in)};
        if (str_present(key.scope))
            fold_need(f, &answer_entity, &key);
    }
    if (f->service->needs)
        f->service->needs(f, in);
}

/* True when the command was answered before: the same answer again, or conflict. */
static bool answer_repeated(struct fold *f, const struct input *in)
{
    struct answer_row key = {.scope = fold_scope(f, in)};
    if (!str_present(key.scope))
        return false;
    const struct answer_row *old = fold_get(f, &answer_entity, &key);
    if (!old)
        return false;
    struct sha256 hash = body_hash_of(f, in);
    if (sha256_equal(&hash, &old->body_hash)) {
        fold_answer_again(f, in, old);
        return true;
    }
    struct fault conflict = {.code = "conflict",
                             .text = STR("this idempotency key was used for another command"),
                             .remedy = STR("use a new idempotency_key for a new intent")};
    fold_deny(f, in, &conflict);
    return true;
}

enum fold_verdict fold_run(struct fold *f, const struct input *in)
{
    input_begin(f, in);
    bool plain = is_plain_command(in);
    if (!plain || !answer_repeated(f, in)) {
        if (f->verdict == FOLD_DONE)
            f->service->decide(f, in);
        if (plain && f->verdict == FOLD_DONE && !f->answered)
            fold_poison(f, in, "%s was decided without an answer", in->type->name);
    }
    input_end(f);
    return f->verdict;
}

enum fold_verdict fold_reply(struct fold *f, const struct input *in, struct str detail)
{
    input_begin(f, in);
    if (!answer_repeated(f, in) && f->verdict == FOLD_DONE)
        fold_answer(f, in, NULL, detail);
    input_end(f);
    return f->verdict;
}

void fold_refuse(struct fold *f, const struct input *in, const struct fault *fault)
{
    input_begin(f, in);
    fold_deny(f, in, fault);
    f->verdict = FOLD_DONE; /* a denial reads nothing and always fits */
    f->missing.count = 0;
    input_end(f);
}
