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

static bool is_operator_record(const struct bus_record *r)
{
    struct str type = bus_record_header(r, "ce_type");
    for (size_t i = 0; i + 8 <= type.size; i++)
        if (memcmp(type.at + i, ".parked.", 8) == 0)
            return true;
    return false;
}

/* How many pending records this batch takes: an operator's command goes alone (it reads the parked
 * rows as stored), and so does a record of a partition under suspicion. */
static bool one_by_one(const struct loop *l)
{
    return l->single_steps > 0 || str_present(l->force_park);
}

static size_t batch_size(const struct loop *l)
{
    size_t count = l->pending_count;
    if (one_by_one(l))
        return count ? 1 : 0;
    for (size_t i = 0; i < count; i++)
        if (is_operator_record(&l->pending[i]) || l->suspect[l->pending[i].partition])
            return i ? i : 1;
    return count;
}

static void count_item(const struct item *it)
{
    if (it->hole)
        metric_add(&loop_metrics[METRIC_HOLES], 1);
    else if (it->fate == ITEM_SKIP)
        metric_add(&loop_metrics[METRIC_REPEATS], 1);
}

static void note_hole(struct loop *l, const struct bus_record *r)
{
    struct str mark = bus_record_header(r, STREAM_HEADER);
    pthread_mutex_lock(&l->status->lock);
    snprintf(l->status->hole, sizeof l->status->hole,
             "a link is missing before %.*s on %s/%d; batuta-%s republish heals it", STR_ARG(mark),
             l->plan.inputs[r->input]->name, (int)r->partition, l->plan.inputs[r->input]->owner);
    pthread_mutex_unlock(&l->status->lock);
}

static void clear_hole(struct loop *l)
{
    pthread_mutex_lock(&l->status->lock);
    l->status->hole[0] = 0;
    pthread_mutex_unlock(&l->status->lock);
}

/* Not decided: a command from outside is a dead letter, anything else is parked. */
static void set_aside(struct item *it, const char *error_class, struct str reason)
{
    bool outside = it->topic && it->topic->access == TOPIC_OPEN;
    it->fate = outside ? ITEM_DEAD : ITEM_PARK;
    it->answerable = outside && str_present(it->in.id);
    it->error_class = error_class;
    it->reason = reason;
    it->fault.code = error_class;
    it->fault.text = reason;
}

static void gather_records(struct turn *t, size_t count)
{
    struct loop *l = t->loop;
    bool chained = false, hole = false;
    for (size_t i = 0; i < count; i++) {
        const struct bus_record *r = &l->pending[i];
        if (!l->owned[r->partition])
            continue; /* of a partition that was lost in the meantime */
        struct turn_part *p = turn_touch(t, r->partition);
        struct item *it = &t->items[t->item_count++];
        intake_record(&l->intake, &p->work, &l->parked[r->partition], r, t->arena, it);
        if (it->fate != ITEM_SKIP && str_present(l->force_park))
            set_aside(it, "undecidable", l->force_park);
        count_item(it);
        if (it->hole)
            note_hole(l, r);
        hole = hole || it->hole;
        chained = chained || (it->fate != ITEM_SKIP && it->topic->chained);
    }
    if (chained && !hole && l->status->hole[0])
        clear_hole(l);
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
    struct pg_params *p = arena_new(t->arena, struct pg_params);
    p->arena = t->arena;
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
        struct str correlation = arena_str(t->arena, pg_text(&rows, i, 7));
        struct item *it = &t->items[t->item_count++];
        intake_timer(&t->loop->parked[part], part, &timer, correlation, t->arena, it);
        if (str_present(t->loop->force_park)) {
            set_aside(it, "undecidable", t->loop->force_park);
        }
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

enum { TIMER_ROOM = 500 * 8, STRIKE_COUNT_MAX = 3 };

static void turn_open(struct turn *t, struct loop *l, size_t timers)
{
    memset(t, 0, sizeof *t);
    arena_reset(&l->arena);
    t->loop = l;
    t->arena = &l->arena;
    t->now = clock_now();
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

/* What an input under suspicion is called in the stream row. */
static struct str suspect_name(struct turn *t, const struct item *it)
{
    if (it->in.kind == INPUT_TIMER)
        return arena_printf(t->arena, "timer/%.*s", STR_ARG(it->in.timer->id));
    return arena_printf(t->arena, "%s/%d/%lld", t->loop->plan.inputs[it->record->input]->name,
                        (int)it->record->partition, (long long)it->record->offset);
}

/* Under suspicion an input goes alone and is marked first, so that the third death sets it aside.
 */
static bool mark_suspect(struct turn *t, struct err *e)
{
    struct loop *l = t->loop;
    struct item *it = &t->items[0];
    if (t->item_count != 1 || it->fate != ITEM_DECIDE || !l->suspect[it->in.part])
        return true;
    struct stream *s = &l->streams[it->in.part];
    struct str name = suspect_name(t, it);
    s->strikes = str_is(name, s->suspect) ? s->strikes + 1 : 1;
    snprintf(s->suspect, sizeof s->suspect, "%.*s", STR_ARG(name));
    struct pg_params *p = arena_new(t->arena, struct pg_params);
    p->arena = t->arena;
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

bool turn_run(struct loop *l, struct err *e)
{
    struct turn t;
    struct instant next;
    size_t count = batch_size(l), timers = 0;
    if (turn_timers_ready(l, clock_now(), &next))
        timers = one_by_one(l) ? (count ? 0 : 1) : TIMER_ROOM;
    turn_open(&t, l, timers);
    gather_records(&t, count);
    bool alone = count == 1 && is_operator_record(&l->pending[0]);
    bool ok = (alone || !timers || gather_timers(&t, timers, e)) && mark_suspect(&t, e);
    if (ok && touches_nothing(&t)) {
        turn_release_records(l, t.taken);
        return true;
    }
    ok = ok && turn_decide(&t, e) && turn_commit(&t, e);
    if (!ok)
        return false;
    turn_adopt(&t);
    turn_release_records(l, t.taken);
    l->force_park = STR_NONE;
    metric_add(&loop_metrics[METRIC_BATCHES], 1);
    metric_add(&loop_metrics[METRIC_RECORDS], (int64_t)t.taken);
    return true;
}
