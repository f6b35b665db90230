/* turn_commit: one pipeline, one transaction: fence, states, timers, parked, reference data,
 * journal. Then memory follows, and the events go out. */
#include <string.h>

#include "common/crash.h"
#include "common/turn.h"

enum { CALL_COUNT_MAX = PARTITION_COUNT_MAX * 2 + FOLD_ENTITY_COUNT_MAX * 3 + 16 };

struct calls {
    struct pg_call items[CALL_COUNT_MAX];
    size_t count;
};

static void call_add(struct calls *c, struct pg_call call)
{
    if (!call.statement)
        return;
    assert(c->count < CALL_COUNT_MAX);
    c->items[c->count++] = call;
}

static void add_fences(struct turn *t, struct calls *c)
{
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        struct turn_part *p = &t->parts[i];
        if (!p->touched)
            continue;
        p->work.now = t->now;
        p->work.out_seq = t->fold_parts[i].out_seq;
        p->work.pub_seq = t->loop->outboxes.boxes[i].pub_seq;
        call_add(c, stream_advance_call(&t->loop->plan, &p->work, t->arena));
    }
}

/* Rows of one entity, as its statements want them. */
struct row_arrays {
    const void **rows;
    int16_t *parts;
    int64_t *batches;
    size_t count;
};

static void row_push(struct turn *t, struct row_arrays *to, const struct fold_row *r)
{
    to->rows[to->count] = r->row;
    to->parts[to->count] = r->part;
    to->batches[to->count++] = t->parts[r->part].work.batch_no + 1;
}

static struct row_arrays row_arrays_new(struct turn *t, size_t room)
{
    return (struct row_arrays){.rows = arena_array(t->arena, const void *, room),
                               .parts = arena_array(t->arena, int16_t, room),
                               .batches = arena_array(t->arena, int64_t, room)};
}

/* Of a split entity: the rows whose content is not as it is stored. */
static void add_contents(struct turn *t, struct calls *c, const struct entity *e,
                         struct fold_row *const *dirty, size_t count)
{
    const void **rows = arena_array(t->arena, const void *, count);
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct fold_row *r = dirty[i];
        assert(!r->either && "a save that would add the row needs all of it");
        if (r->stored && !entity_equal(e, COLUMN_CONTENT, r->stored, r->row))
            rows[changed++] = r->row;
    }
    if (changed)
        call_add(c, entity_content_call(e, rows, changed, t->arena));
}

static void add_states(struct turn *t, struct calls *c)
{
    for (size_t i = 0; i < t->fold.table_count; i++) {
        const struct entity *e = t->fold.tables[i].entity;
        size_t count;
        struct fold_row **dirty = fold_dirty(&t->fold, &t->fold.tables[i], &count);
        if (!count)
            continue;
        struct row_arrays add = row_arrays_new(t, count), save = row_arrays_new(t, count);
        for (size_t k = 0; k < count; k++)
            row_push(t, dirty[k]->stored || dirty[k]->either ? &save : &add, dirty[k]);
        if (add.count)
            call_add(c, entity_add_call(e, add.rows, add.parts, add.batches, add.count, t->arena));
        if (save.count)
            call_add(
                c, entity_save_call(e, save.rows, save.parts, save.batches, save.count, t->arena));
        if (e->content)
            add_contents(t, c, e, dirty, count);
    }
}

/* The last word on each timer of the batch counts. */
struct last_words {
    const struct fold *fold;
    uint32_t *slots; /* index + 1 of the last item that names a timer; open addressing */
    size_t room;     /* a power of two */
};

static uint32_t *word_slot(const struct last_words *w, const struct fold_timer *timer)
{
    size_t at = (str_hash(timer->timer.id) + (uint64_t)timer->part) & (w->room - 1);
    for (; w->slots[at]; at = (at + 1) & (w->room - 1)) {
        const struct fold_timer *other = &w->fold->timers.items[w->slots[at] - 1];
        if (other->part == timer->part && str_eq(other->timer.id, timer->timer.id))
            break;
    }
    return &w->slots[at];
}

static struct last_words last_words_of(const struct fold *f, struct arena *a)
{
    struct last_words w = {.fold = f, .room = 16};
    while (w.room < f->timers.count * 2)
        w.room *= 2;
    w.slots = arena_array(a, uint32_t, w.room);
    for (size_t i = 0; i < f->timers.count; i++)
        *word_slot(&w, &f->timers.items[i]) = (uint32_t)i + 1;
    return w;
}

static void add_timers(struct turn *t, struct calls *c)
{
    const struct fold *f = &t->fold;
    if (f->timers.count == 0)
        return;
    struct last_words last = last_words_of(f, t->arena);
    size_t room = f->timers.count, set = 0, cleared = 0;
    int16_t *set_parts = arena_array(t->arena, int16_t, room);
    int16_t *cleared_parts = arena_array(t->arena, int16_t, room);
    struct str *columns[7];
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        columns[i] = arena_array(t->arena, struct str, room);
    struct instant *due = arena_array(t->arena, struct instant, room);
    for (size_t i = 0; i < f->timers.count; i++) {
        const struct fold_timer *w = &f->timers.items[i];
        if (*word_slot(&last, w) != i + 1)
            continue;
        if (w->clear) {
            cleared_parts[cleared] = (int16_t)w->part;
            columns[6][cleared++] = w->timer.id;
            continue;
        }
        struct str texts[] = {w->timer.id,   w->timer.key,  w->timer.subject,
                              w->timer.kind, w->timer.body, w->correlation};
        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            columns[k][set] = str_present(texts[k]) ? texts[k] : STR("");
        due[set] = w->timer.due;
        set_parts[set++] = (int16_t)w->part;
    }
    if (cleared) {
        struct pg_params *p = pg_params_new(t->arena);
        pg_add_int2_array(p, cleared_parts, cleared);
        pg_add_text_array(p, columns[6], cleared);
        call_add(c, (struct pg_call){"timer_clear", p});
    }
    if (set) {
        struct pg_params *p = pg_params_new(t->arena);
        pg_add_int2_array(p, set_parts, set);
        pg_add_text_array(p, columns[0], set);
        pg_add_time_array(p, due, set);
        for (size_t k = 1; k < 6; k++)
            pg_add_text_array(p, columns[k], set);
        call_add(c, (struct pg_call){"timer_set", p});
    }
}

static struct str versions_text(struct turn *t)
{
    struct buf b = {.arena = t->arena};
    for (size_t i = 0; i < t->fold.kind_count; i++)
        buf_printf(&b, "%s%s=%lld", i ? " " : "", t->fold.kinds[i].kind,
                   (long long)t->fold.kinds[i].in_use);
    struct str text = buf_done(&b);
    return str_present(text) ? text : STR("");
}

/* The texts of the inputs, which lie one after the other, each ended by a zero byte. */
static void add_inputs(struct turn *t, struct turn_part *p, struct pg_params *params)
{
    struct str *texts = arena_array(t->arena, struct str, p->input_count + 1);
    struct str all = p->input_count ? buf_done(&p->inputs) : STR("");
    const char *at = all.at;
    for (size_t i = 0; i < p->input_count; i++) {
        texts[i] = str_of(at);
        at += texts[i].size + 1;
    }
    pg_add_text_array(params, texts, p->input_count);
}

static struct pg_call journal_call(struct turn *t, int32_t part)
{
    struct turn_part *p = &t->parts[part];
    const struct fold *f = &t->fold;
    struct pg_params *params = pg_params_new(t->arena);
    size_t room = f->events.count + 1, count = 0;
    struct str *columns[5];
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        columns[i] = arena_array(t->arena, struct str, room);
    int16_t *partitions = arena_array(t->arena, int16_t, room);
    int64_t first = t->loop->streams[part].out_seq + 1;
    for (size_t i = 0; i < f->events.count; i++) {
        const struct fold_event *ev = &f->events.items[i];
        if (ev->part != part)
            continue;
        assert(ev->seq == first + (int64_t)count);
        struct str texts[] = {ev->topic_name, str_present(ev->key) ? ev->key : STR(""), ev->type,
                              ev->headers, ev->body};
        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            columns[k][count] = texts[k];
        partitions[count++] = (int16_t)ev->partition;
    }
    pg_add_int2(params, (int16_t)part);
    pg_add_int8(params, p->work.batch_no + 1);
    pg_add_time(params, t->now);
    pg_add_int8(params, p->work.incarnation);
    pg_add_int8(params, first);
    pg_add_int4(params, (int32_t)count);
    pg_add_text_array(params, columns[0], count);
    pg_add_int2_array(params, partitions, count);
    pg_add_bytes_array(params, columns[1], count);
    pg_add_text_array(params, columns[2], count);
    pg_add_text_array(params, columns[3], count);
    pg_add_bytes_array(params, columns[4], count);
    add_inputs(t, p, params);
    pg_add_text(params, versions_text(t));
    return (struct pg_call){"journal_append", params};
}

bool turn_commit(struct turn *t, struct err *e)
{
    struct calls *c = arena_new(t->arena, struct calls);
    struct pg_call references[2];
    add_fences(t, c);
    add_states(t, c);
    add_timers(t, c);
    if (t->unpark.count)
        call_add(c, parked_remove_call(t->unpark.items, t->unpark.count, t->arena));
    if (t->park.count)
        call_add(c, parked_add_call(t->park.items, t->park.count, t->arena));
    size_t count = references_calls(&t->fold, t->arena, references);
    for (size_t i = 0; i < count; i++)
        call_add(c, references[i]);
    call_add(c, outboxes_unsent_call(&t->loop->outboxes, &t->fold, t->arena));
    for (int32_t i = 0; i < t->loop->plan.partition_count; i++)
        if (t->parts[i].touched)
            call_add(c, journal_call(t, i));
    bool ok = pg_do(t->loop->pg, PG_TRANSACTION, c->items, c->count, NULL, e);
    if (!ok && !pg_connected(t->loop->pg)) /* whether it was committed is read back at the taking */
        metric_add(&loop_metrics[METRIC_COMMIT_UNKNOWN], 1);
    return ok;
}

static void adopt_timers(struct turn *t)
{
    struct loop *l = t->loop;
    for (size_t i = 0; i < t->fold.timers.count; i++) {
        const struct fold_timer *w = &t->fold.timers.items[i];
        struct instant *next = &l->next_timer[w->part];
        if (w->clear && next->at <= t->now.at)
            next->at = t->now.at; /* look again: it was due, others may be */
        else if (!w->clear && w->timer.due.at < next->at)
            *next = w->timer.due;
    }
}

/* What was committed and what was read is what the next batch finds. */
static void adopt_rows(struct turn *t)
{
    for (size_t i = 0; i < t->fold.table_count; i++) {
        const struct fold_table *table = &t->fold.tables[i];
        for (size_t k = 0; k < table->room && !table->entity->seldom; k++) {
            const struct fold_row *r = table->slots[k];
            if (r && r->row && !r->either && (r->dirty || !r->cached))
                row_cache_put(&t->loop->cache, table->entity, r->hash, r->row);
        }
    }
    row_cache_trim(&t->loop->cache);
}

void turn_adopt(struct turn *t)
{
    struct loop *l = t->loop;
    adopt_rows(t);
    for (int32_t i = 0; i < l->plan.partition_count; i++) {
        struct turn_part *p = &t->parts[i];
        if (!p->touched)
            continue;
        p->work.batch_no++;
        l->passed[i] = false;
        l->outboxes.boxes[i].saved_seq = p->work.pub_seq;
        stream_copy(&l->streams[i], &p->work, &l->plan);
        l->suspect[i] -= l->suspect[i] > 0;
    }
    adopt_timers(t);
    metric_add(&loop_metrics[METRIC_EVENTS], (int64_t)t->fold.events.count);
    if (t->fold.events.count)
        CRASH_POINT("produce-before");
    outboxes_send(&l->outboxes, &t->fold, t->arena);
    if (t->fold.events.count)
        CRASH_POINT("produce-after");
}
