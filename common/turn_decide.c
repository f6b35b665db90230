/* turn_decide: loading what the inputs need and folding them one by one; parking, dead letters,
 * routing, redriving. */
#include <stdio.h>
#include <string.h>

#include "common/headers.h"
#include "common/turn.h"

enum { LOAD_ROUND_COUNT_MAX = 1000 };

/* ---- loading */

/* Leaves only rows that memory does not have. */
static size_t take_cached(struct turn *t, struct fold_row **rows, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        void *row = row_cache_find(&t->loop->cache, rows[i]->entity, rows[i]->hash, rows[i]->key);
        if (row)
            fold_loaded(rows[i], row);
        rows[i]->cached = row != NULL;
        if (!row)
            rows[left++] = rows[i];
    }
    return left;
}

static bool load_table(struct turn *t, const struct entity *e, struct fold_row **rows, size_t count,
                       struct err *err)
{
    const void **keys = arena_array(t->arena, const void *, count);
    struct pg_rows found = {0};
    for (size_t i = 0; i < count; i++)
        keys[i] = rows[i]->key;
    struct pg_call call = entity_load_call(e, keys, count, t->arena);
    if (!pg_query(t->loop->pg, call.statement, call.params, &found, err))
        return err_in(err, "loading %s", e->name);
    bool ok = true;
    for (size_t i = 0; i < found.count && ok; i++) {
        void *row = arena_alloc(t->arena, e->size);
        ok = entity_read(e, &found, i, t->arena, row, err);
        if (ok)
            fold_loaded(fold_row_of(&t->fold, e, row), row);
    }
    pg_rows_release(&found);
    return ok;
}

bool turn_load_missing(struct turn *t, struct err *e)
{
    struct fold *f = &t->fold;
    size_t count = f->missing.count;
    struct fold_row **all = f->missing.items;
    struct fold_row **same = arena_array(t->arena, struct fold_row *, count + 1);
    f->missing.items = NULL;
    f->missing.count = f->missing.room = 0;
    for (size_t i = 0; i < f->table_count; i++) {
        size_t n = 0;
        for (size_t k = 0; k < count; k++)
            if (all[k]->entity == f->tables[i].entity)
                same[n++] = all[k];
        n = take_cached(t, same, n);
        if (n && !load_table(t, f->tables[i].entity, same, n, e))
            return false;
    }
    return true;
}

static bool load_needs(struct turn *t, struct err *e)
{
    for (int round = 0; round < FOLD_NEEDS_ROUND_COUNT_MAX; round++) {
        for (size_t i = 0; i < t->item_count; i++)
            if (t->items[i].fate == ITEM_DECIDE)
                fold_name_needs(&t->fold, &t->items[i].in);
        if (t->fold.missing.count == 0)
            return true;
        if (!turn_load_missing(t, e))
            return false;
    }
    return true;
}

/* ---- what becomes of an item */

static void list_push(struct turn *t, struct turn_list *list, const struct parked_row *row)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        struct parked_row *grown = arena_array(t->arena, struct parked_row, room);
        if (list->count)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->room = room;
    }
    list->items[list->count++] = *row;
}

static void dead_letter(struct turn *t, const struct item *it, struct str reason)
{
    struct buf b = {.arena = t->arena};
    const struct parked_row *p = &it->parked;
    struct bus_header headers[BUS_HEADER_COUNT_MAX];
    size_t count = it->record ? it->record->header_count
                              : headers_unpack(t->arena, p->headers, headers, ARRAY_LEN(headers));
    const struct bus_header *from = it->record ? it->record->headers : headers;
    struct str original = headers_pack(t->arena, from, count);
    buf_str(&b, original);
    headers_add(&b, "dlq-error-class", str_of(it->error_class ? it->error_class : "undecidable"));
    headers_add(&b, "dlq-error-message", reason);
    headers_add(&b, "dlq-original-topic", it->topic ? str_of(it->topic->name) : STR("timer"));
    headers_add(&b, "dlq-original-partition", arena_printf(t->arena, "%d", (int)it->partition));
    headers_add(&b, "dlq-original-offset", arena_printf(t->arena, "%lld", (long long)it->offset));
    headers_add(&b, "dlq-attempts", STR("1"));
    struct fold_event raw = {.key = it->record ? it->record->key : it->in.key,
                             .type = STR("dead-letter"),
                             .headers = buf_done(&b),
                             .body = it->record ? it->record->value : p->value};
    fold_tell_raw(&t->fold, it->in.part, t->loop->service->dead_letters, &raw);
    metric_add(&loop_metrics[METRIC_DEAD_LETTERS], 1);
}

/* Into the queue of its order, or of the whole key when the order is not known. */
static void park(struct turn *t, struct item *it, struct str reason)
{
    struct parked_set *set = &t->loop->parked[it->in.part];
    struct str subject = str_present(it->in.subject) ? it->in.subject : STR("");
    struct parked_queue *q = parked_find(set, it->in.key, subject);
    if (!q)
        q = parked_queue_of(set, it->in.key, subject);
    struct parked_row row = intake_park(it, t->arena);
    row.key = q->key;
    row.subject = q->subject;
    row.n = ++q->last_n;
    row.reason = reason;
    row.parked_at = t->now;
    list_push(t, &t->park, &row);
    metric_add(&loop_metrics[METRIC_PARKED], 1);
}

static void route(struct turn *t, const struct item *it)
{
    const struct bus_record *r = it->record;
    struct buf b = {.arena = t->arena};
    /* Ours first: however many a stranger sends, these are read. */
    headers_add(&b, ROUTED_FROM_HEADER,
                arena_printf(t->arena, "%s/%d/%lld", it->topic->name, (int)r->partition,
                             (long long)r->offset));
    headers_add(&b, ROUTED_TIME_HEADER, arena_printf(t->arena, "%lld", (long long)r->time.at));
    for (size_t i = 0; i < r->header_count; i++) {
        const struct bus_header *h = &r->headers[i];
        if (str_is(h->name, STREAM_HEADER) || str_is(h->name, CHAIN_START_HEADER) ||
            str_is(h->name, ROUTED_FROM_HEADER) || str_is(h->name, ROUTED_TIME_HEADER))
            continue; /* forged: those are ours to set */
        buf_str(&b, headers_pack(t->arena, h, 1));
    }
    struct fold_event raw = {
        .key = r->key, .type = STR("routed"), .headers = buf_done(&b), .body = r->value};
    fold_tell_raw(&t->fold, it->in.part, t->loop->service->routed, &raw);
    metric_add(&loop_metrics[METRIC_ROUTED], 1);
}

/* ---- folding */

static bool fold_item(struct turn *t, const struct input *in, enum fold_verdict *verdict,
                      struct err *e)
{
    for (int round = 0; round < LOAD_ROUND_COUNT_MAX; round++) {
        *verdict = fold_run(&t->fold, in);
        if (*verdict != FOLD_NEEDS)
            return true;
        if (!turn_load_missing(t, e))
            return false;
    }
    return err_set(e, ERR_FATAL, "an input asks for more and more rows");
}

static struct fault too_large(void)
{
    return (struct fault){.code = "too_large",
                          .text =
                              STR("what follows from this command would not fit into one event"),
                          .remedy = STR("send it in smaller parts")};
}

static struct fault undecidable(void)
{
    return (struct fault){.code = "undecidable",
                          .text = STR("the command was understood but cannot be carried out"),
                          .remedy = STR("the operator finds it among the dead letters")};
}

static bool decide_item(struct turn *t, struct item *it, struct err *e)
{
    enum fold_verdict verdict;
    if (it->in.kind == INPUT_TIMER && !it->redriven)
        fold_timer_fired(&t->fold, it->in.part, it->in.timer->id);
    if (!fold_item(t, &it->in, &verdict, e))
        return false;
    if (verdict == FOLD_DONE)
        return true;
    if (verdict == FOLD_TOO_LARGE && it->in.kind == INPUT_COMMAND) {
        struct fault fault = too_large();
        fold_refuse(&t->fold, &it->in, &fault);
        return true;
    }
    struct str reason = verdict == FOLD_TOO_LARGE ? too_large().text : t->fold.poison;
    it->error_class = verdict == FOLD_TOO_LARGE ? "too_large" : "undecidable";
    it->reason = arena_str(t->arena, reason);
    it->fate = ITEM_PARK;
    if (it->in.kind == INPUT_COMMAND) { /* nobody outside may hold up an order */
        it->fate = ITEM_DEAD;
        it->answerable = true;
        it->fault = undecidable();
    }
    return true;
}

/* ---- the journal's record of inputs: enough to decide the batch again */

static void note_input(struct turn *t, const struct item *it)
{
    struct turn_part *p = &t->parts[it->in.part];
    struct buf *b = &p->inputs;
    const struct parked_row *row = &it->parked;
    bool open = it->place && it->place->access == TOPIC_OPEN;
    struct str mark = it->record ? bus_record_header(it->record, STREAM_HEADER)
                                 : headers_find(t->arena, row->headers, STREAM_HEADER);
    const char *name = it->place ? it->place->name : "";
    long long offset = it->record ? it->record->offset : row->source_offset;
    int partition = it->record ? it->record->partition : row->source_partition;
    if (it->fate == ITEM_SKIP || it->fate == ITEM_BEHIND)
        return;
    if (it->in.kind == INPUT_TIMER)
        buf_printf(b, "timer %.*s", STR_ARG(it->in.timer->id));
    else if (it->fate == ITEM_DEAD || it->fate == ITEM_ROUTE)
        buf_printf(b, "%s %s/%d/%lld", it->fate == ITEM_DEAD ? "dead" : "routed", name, partition,
                   offset);
    else if (!open)
        buf_printf(b, "event %s %.*s", name, STR_ARG(mark));
    else {
        buf_printf(b, "command %s/%d/%lld %lld\n", name, partition, offset,
                   (long long)it->in.broker_time.at);
        buf_str(b, row->headers);
        buf_text(b, "\n");
        buf_str(b, it->in.value);
    }
    buf_add(b, "", 1);
    p->input_count++;
}

/* What is left when an input was not simply decided: refused, a dead letter, parked. */
static void lay_aside(struct turn *t, struct item *it)
{
    if (it->fate == ITEM_REFUSE) {
        fold_refuse(&t->fold, &it->in, &it->fault);
        metric_add(&loop_metrics[METRIC_REFUSED], 1);
    } else if (it->fate == ITEM_DEAD) {
        dead_letter(t, it, it->reason);
        if (it->answerable)
            fold_refuse(&t->fold, &it->in, &it->fault);
    }
}

/* ---- redriving */

static bool answer_operator(struct turn *t, struct item *it, size_t decided, size_t left,
                            struct err *e)
{
    struct str detail = arena_printf(t->arena, "%zu decided, %zu still parked", decided, left);
    for (int round = 0; round < 3; round++) {
        if (fold_reply(&t->fold, &it->in, detail) != FOLD_NEEDS)
            return true;
        if (!turn_load_missing(t, e))
            return false;
    }
    return err_set(e, ERR_FATAL, "an operator's command cannot be answered");
}

/* Decides a parked record once more. *stays: it fails still. */
static bool redrive_one(struct turn *t, struct parked_row *row, bool *stays, struct err *e)
{
    struct item again;
    intake_parked(&t->loop->intake, row, t->arena, &again);
    again.in.part = row->part;
    if (again.fate == ITEM_DECIDE && !decide_item(t, &again, e))
        return false;
    *stays = again.fate == ITEM_PARK;
    if (*stays) {
        row->reason = again.reason;
        row->parked_at = t->now;
        list_push(t, &t->park, row);
        return true;
    }
    lay_aside(t, &again);
    note_input(t, &again);
    list_push(t, &t->unpark, row);
    return true;
}

static bool redrive(struct turn *t, struct item *it, struct err *e)
{
    const struct parked_command *c = it->in.body;
    struct parked_list queue = {.part = it->in.part, .key = c->key, .subject = STR("")};
    size_t done = 0;
    bool stays = false;
    if (str_present(c->subject))
        queue.subject = c->subject;
    if (!parked_read(t->loop->pg, &queue, t->arena, e))
        return false;
    if (it->discard && queue.count > 0)
        list_push(t, &t->unpark, &queue.rows[done++]);
    while (done < queue.count) {
        if (!redrive_one(t, &queue.rows[done], &stays, e))
            return false;
        if (stays) /* and what follows waits on */
            break;
        done++;
    }
    if (done == queue.count && !queue.more)
        parked_forget(&t->loop->parked[it->in.part], c->key, queue.subject);
    return answer_operator(t, it, done, queue.count - done, e);
}

/* ---- one item */

static bool settle_item(struct turn *t, struct item *it, struct err *e)
{
    bool ok = true;
    /* Something earlier in this very batch may have been parked. */
    if (it->fate == ITEM_DECIDE &&
        parked_find(&t->loop->parked[it->in.part], it->in.key, it->in.subject))
        it->fate = ITEM_BEHIND;
    bool joins = it->fate == ITEM_BEHIND || it->fate == ITEM_PARK;
    if (joins && it->in.kind == INPUT_TIMER)
        fold_timer_fired(&t->fold, it->in.part, it->in.timer->id);
    if (it->fate == ITEM_DECIDE)
        ok = decide_item(t, it, e);
    else if (it->fate == ITEM_REDRIVE)
        ok = redrive(t, it, e);
    else if (it->fate == ITEM_ROUTE)
        route(t, it);
    else if (it->fate == ITEM_BEHIND)
        park(t, it, STR(""));
    if (!ok)
        return false;
    lay_aside(t, it);
    if (it->fate == ITEM_PARK) {
        park(t, it, it->reason);
        dead_letter(t, it, it->reason);
    }
    note_input(t, it);
    return true;
}

static void fold_begin(struct turn *t)
{
    struct loop *l = t->loop;
    fold_open(&t->fold, l->service, t->arena, t->now, l->plan.partition_count);
    t->fold_parts = arena_array(t->arena, struct fold_part, PARTITION_COUNT_MAX);
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++) {
        const struct stream *s = &t->parts[i].work;
        if (t->parts[i].touched)
            t->fold_parts[i] = (struct fold_part){s->incarnation, s->out_seq, s->dest_seq};
    }
    t->fold.parts = t->fold_parts;
    t->fold.outputs = l->plan.outputs;
    t->fold.asks_all = l->asks_all;
    references_give(&l->references, &t->fold);
}

/* What was taken for absent and not made must be absent indeed. */
static bool doubts_hold(struct turn *t, struct err *e)
{
    struct fold *f = &t->fold;
    t->loop->assumes = f->assumes;
    fold_doubtful(f);
    size_t count = f->missing.count;
    struct fold_row **doubtful = f->missing.items;
    if (!turn_load_missing(t, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (doubtful[i]->stored)
            return err_set(e, ERR_POISON, "a row of %s was taken for absent and is there",
                           doubtful[i]->entity->name);
    return true;
}

bool turn_decide(struct turn *t, struct err *e)
{
    if (!references_refresh(&t->loop->references, t->loop->pg, t->arena, e))
        return false;
    fold_begin(t);
    if (!load_needs(t, e))
        return false;
    for (size_t i = 0; i < t->item_count; i++)
        if (!settle_item(t, &t->items[i], e))
            return false;
    if (!doubts_hold(t, e))
        return false;
    fold_seal(&t->fold);
    return true;
}
