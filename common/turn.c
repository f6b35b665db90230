/* turn: gathering one batch. What is drained and what is due becomes items; turn_decide.c folds
 * them; turn_commit.c makes them true. Nothing in memory changes before the commit is known, except
 * the sets of parked queues, which are read again with the partition when a batch fails. */
#include "common/turn.h"

#include <stdio.h>
#include <string.h>

#include "common/headers.h"

struct turn_part *turn_touch(struct turn *t, int32_t part)
{
    struct turn_part *p = &t->parts[part];
    if (p->touched)
        return p;
    const struct stream *s = &t->loop->streams[part];
    stream_init(&p->work, &t->loop->plan, part, t->arena);
    stream_copy(&p->work, s, &t->loop->plan);
    p->touched = true;
    p->inputs.arena = t->arena;
    if (s->now.at > t->now.at)
        t->now = s->now; /* never back, whatever the machine's clock says */
    return p;
}

static bool names_parked(struct str text)
{
    for (size_t i = 0; i + 8 <= text.size; i++)
        if (memcmp(text.at + i, ".parked.", 8) == 0)
            return true;
    return false;
}

/* In structured mode the type is within the value; a record that only looks like one costs a batch.
 */
static bool is_operator_record(const struct bus_record *r)
{
    struct str type = bus_record_header(r, "ce_type");
    return names_parked(type) || (!str_present(type) && names_parked(r->value));
}

/* How many pending records this batch takes: an operator's command goes alone (it reads the parked
 * rows as stored), and so does a record of a partition under suspicion. */
static size_t batch_size(const struct loop *l)
{
    size_t count = l->pending_count, size = 0;
    for (size_t i = 0; i < count; i++) {
        const struct bus_record *r = &l->pending[i];
        size += r->value.size;
        if (is_operator_record(r) || l->suspect[r->partition] || size > BATCH_SIZE_MAX)
            return i ? i : 1;
    }
    return count;
}

/* After a batch that cannot be stored: a record or a timer at a time, in turns where both wait. */
static void choose_one(struct loop *l, bool timers_ready, size_t *count, size_t *timers)
{
    bool timer = timers_ready && (*count == 0 || l->timer_turn);
    l->timer_turn = !timer;
    *timers = timer ? 1 : 0;
    *count = timer || *count == 0 ? 0 : 1;
}

static void count_item(const struct item *it)
{
    if (it->hole)
        metric_add(&loop_metrics[METRIC_HOLES], 1);
    else if (it->fate == ITEM_SKIP)
        metric_add(&loop_metrics[METRIC_REPEATS], 1);
}

static void note_chain(struct loop *l, const struct item *it, const struct stream *work)
{
    if (!it->hole && (!it->linked || l->holes.count == 0))
        return;
    size_t at = (size_t)it->record->input * (size_t)l->plan.partition_count + (size_t)it->source;
    struct hole hole = {work->part, it->record->input, it->source, work->seen_seq[at]};
    if (it->hole)
        holes_open(&l->holes, &hole);
    else
        holes_close(&l->holes, &hole);
}

/* Not decided: a command from outside is a dead letter, anything else is parked. */
static void set_aside(struct item *it, const char *error_class, struct str reason)
{
    bool outside = it->topic && it->topic->access == TOPIC_OPEN;
    it->fate = outside ? ITEM_DEAD : ITEM_PARK;
    it->answerable = outside && intake_answerable(&it->in);
    it->error_class = error_class;
    it->reason = reason;
    it->fault.code = error_class;
    it->fault.text = reason;
}

static void gather_records(struct turn *t, size_t count)
{
    struct loop *l = t->loop;
    for (size_t i = 0; i < count; i++) {
        const struct bus_record *r = &l->pending[i];
        if (!l->owned[r->partition])
            continue; /* of a partition that was lost in the meantime */
        struct turn_part *p = turn_touch(t, r->partition);
        struct intake_place place = {&p->work, &l->parked[r->partition], t->arena};
        struct item *it = &t->items[t->item_count++];
        intake_record(&l->intake, &place, r, it);
        count_item(it);
        note_chain(l, it, &p->work);
    }
    t->taken = count;
}

/* ---- timers */

bool turn_timers_ready(struct loop *l, struct instant now, struct instant *next)
{
    bool ready = false;
    next->at = INT64_MAX;
    for (int32_t p = 0; p < l->plan.partition_count; p++) {
        struct instant due = l->next_timer[p];
        if (!l->owned[p] || due.at == INT64_MAX)
            continue;
        if (due.at < next->at)
            *next = due;
        if (due.at > now.at)
            continue;
        if (watermarks_horizon(l->watermarks, &l->streams[p], due).at > due.at)
            ready = true;
    }
    return ready;
}

static bool read_due(struct turn *t, int32_t part, struct instant until, struct pg_rows *rows,
                     struct err *e)
{
    struct pg_params *p = pg_params_new(t->arena);
    pg_add_int2(p, (int16_t)part);
    pg_add_time(p, until);
    return pg_query(t->loop->pg, "timer_due", p, rows, e);
}

static bool gather_timers_of(struct turn *t, int32_t part, struct instant until, size_t *room,
                             struct err *e)
{
    struct pg_rows rows = {0};
    if (!read_due(t, part, until, &rows, e))
        return false;
    if (rows.count)
        turn_touch(t, part);
    else if (!loop_next_timer(t->loop, part, e)) /* what was due is gone */
        return false;
    for (size_t i = 0; i<rows.count && * room> 0; i++, (*room)--) {
        struct timer timer = {.id = arena_str(t->arena, pg_text(&rows, i, 1)),
                              .due = pg_time(&rows, i, 2),
                              .key = arena_str(t->arena, pg_text(&rows, i, 3)),
                              .subject = arena_str(t->arena, pg_text(&rows, i, 4)),
                              .kind = arena_str(t->arena, pg_text(&rows, i, 5)),
                              .body = arena_str(t->arena, pg_text(&rows, i, 6))};
        struct fold_timer due = {part, false, timer, arena_str(t->arena, pg_text(&rows, i, 7))};
        intake_timer(&t->loop->parked[part], &due, t->arena, &t->items[t->item_count++]);
        metric_add(&loop_metrics[METRIC_TIMERS], 1);
    }
    pg_rows_release(&rows);
    return true;
}

static bool gather_timers(struct turn *t, size_t room, struct err *e)
{
    struct loop *l = t->loop;
    for (int32_t p = 0; p < l->plan.partition_count && room > 0; p++) {
        struct instant due = l->next_timer[p];
        if (!l->owned[p] || due.at > t->now.at)
            continue;
        struct instant horizon = watermarks_horizon(l->watermarks, &l->streams[p], due);
        if (horizon.at <= due.at)
            continue;
        if (l->suspect[p] && t->item_count > 0)
            continue; /* under suspicion it goes alone */
        if (l->suspect[p])
            room = 1;
        struct instant until = {horizon.at - 1 < t->now.at ? horizon.at - 1 : t->now.at};
        if (!gather_timers_of(t, p, until, &room, e))
            return false;
    }
    return true;
}

/* ---- the turn */

enum { TIMER_ROOM = 500 * 8 };

static void turn_open(struct turn *t, struct loop *l, size_t timers)
{
    memset(t, 0, sizeof *t);
    arena_reset(&l->arena);
    t->loop = l;
    t->arena = &l->arena;
    t->now = clock_now();
    l->assumes = false;
    t->parts = arena_array(t->arena, struct turn_part, PARTITION_COUNT_MAX);
    t->items = arena_array(t->arena, struct item, l->pending_count + timers + 1);
}

static void turn_release_records(struct loop *l, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct bus_record *r = &l->pending[i];
        if (l->owned[r->partition])
            watermarks_passed(l->watermarks, (size_t)r->input, r->partition, r->time);
        bus_record_release(&l->pending[i]);
    }
    l->pending_count -= count;
    if (count)
        memmove(l->pending, l->pending + count, l->pending_count * sizeof *l->pending);
    size_t steps = count ? count : 1;
    l->single_steps -= l->single_steps < steps ? l->single_steps : steps;
}

static bool touches_nothing(const struct turn *t)
{
    for (size_t i = 0; i < PARTITION_COUNT_MAX; i++)
        if (t->parts[i].touched)
            return false;
    return true;
}

/* A partition with nothing but records of no interest takes no part in the batch: its positions
 * move in memory alone, and are saved with its next batch, or with the books. Until then a
 * successor reads these records again, and passes over them as we did. Under suspicion each step is
 * saved, for it is progress. */
static void pass_over(struct turn *t)
{
    struct loop *l = t->loop;
    bool works[PARTITION_COUNT_MAX] = {false};
    if (l->force_park[0])
        return;
    for (size_t i = 0; i < t->item_count; i++) {
        const struct item *it = &t->items[i];
        works[it->in.part] |= it->fate != ITEM_SKIP || l->suspect[it->in.part];
    }
    for (int32_t i = 0; i < l->plan.partition_count; i++) {
        if (!t->parts[i].touched || works[i])
            continue;
        stream_copy(&l->streams[i], &t->parts[i].work, &l->plan);
        l->passed[i] = true;
        t->parts[i].touched = false;
    }
}

/* What an input that goes alone is called, in the stream row and for people. */
static void name_alone(struct turn *t)
{
    struct loop *l = t->loop;
    const struct item *it = &t->items[0];
    size_t size = sizeof l->alone;
    l->batch_items = t->item_count;
    l->alone[0] = 0;
    if (t->item_count != 1)
        return;
    if (it->in.kind == INPUT_TIMER)
        snprintf(l->alone, size, "timer/%d/%.*s", (int)it->in.part, STR_ARG(it->in.timer->id));
    else
        snprintf(l->alone, size, "%s/%d/%lld", l->plan.inputs[it->record->input]->name,
                 (int)it->record->partition, (long long)it->record->offset);
}

static bool is_forced(const struct loop *l)
{
    return l->alone[0] && strcmp(l->alone, l->force_park) == 0;
}

/* An input that comes before the marked one does not take its mark away, or a partition that gets
 * answers all the time would never have done with it. Unless so many takings came to nothing that
 * the marked one cannot be what ends the process. */
static bool keeps_mark(const struct loop *l, const struct stream *s)
{
    return strcmp(l->alone, s->suspect) != 0 && stream_suspect_waits(&l->plan, s) &&
           s->takings_idle <= SUSPECT_IDLE_COUNT + STRIKE_COUNT_MAX + 1;
}

/* Under suspicion an input goes alone and is marked first, so that the third death sets it aside.
 */
static bool mark_suspect(struct turn *t, struct err *e)
{
    struct loop *l = t->loop;
    struct item *it = &t->items[0];
    bool runs = it->fate == ITEM_DECIDE || it->fate == ITEM_REDRIVE;
    if (t->item_count != 1 || !runs || !l->suspect[it->in.part])
        return true;
    struct stream *s = &l->streams[it->in.part];
    if (keeps_mark(l, s))
        return true;
    s->strikes = strcmp(l->alone, s->suspect) == 0 ? s->strikes + 1 : 1;
    snprintf(s->suspect, sizeof s->suspect, "%s", l->alone);
    struct pg_params *p = pg_params_new(t->arena);
    pg_add_int2(p, (int16_t)s->part);
    pg_add_int8(p, s->epoch);
    pg_add_text(p, str_of(s->suspect));
    pg_add_int4(p, s->strikes);
    if (!pg_query(l->pg, "stream_suspect", p, NULL, e))
        return false;
    if (s->strikes > STRIKE_COUNT_MAX)
        set_aside(it, "process_ended",
                  STR("the process ended three times while deciding this input"));
    return true;
}

static bool gather(struct turn *t, size_t count, size_t timers, struct err *e)
{
    struct loop *l = t->loop;
    const struct bus_record *first = &l->pending[0];
    bool alone = count == 1 && (is_operator_record(first) || l->suspect[first->partition]);
    gather_records(t, count);
    if (!alone && timers > 0 && !gather_timers(t, timers, e))
        return false;
    name_alone(t);
    if (is_forced(l) && t->items[0].fate != ITEM_SKIP)
        set_aside(&t->items[0], "undecidable", str_of(l->force_park_text));
    return mark_suspect(t, e);
}

bool turn_run(struct loop *l, struct err *e)
{
    struct turn t;
    struct instant next;
    bool timers_ready = turn_timers_ready(l, clock_now(), &next);
    size_t count = batch_size(l), timers = timers_ready ? TIMER_ROOM : 0;
    if (l->single_steps > 0 || l->force_park[0])
        choose_one(l, timers_ready, &count, &timers);
    turn_open(&t, l, timers);
    bool ok = gather(&t, count, timers, e);
    if (ok)
        pass_over(&t);
    if (ok && touches_nothing(&t)) {
        turn_release_records(l, t.taken);
        metric_add(&loop_metrics[METRIC_RECORDS], (int64_t)t.taken);
        return true;
    }
    ok = ok && turn_decide(&t, e) && turn_commit(&t, e);
    if (!ok) {
        metric_add(&loop_metrics[METRIC_FAILED_BATCHES], 1);
        return false;
    }
    turn_adopt(&t);
    turn_release_records(l, t.taken);
    if (is_forced(l))
        l->force_park[0] = 0;
    l->asks_all = false;
    metric_add(&loop_metrics[METRIC_BATCHES], 1);
    metric_add(&loop_metrics[METRIC_RECORDS], (int64_t)t.taken);
    return true;
}
