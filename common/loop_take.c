/* loop_take: taking a partition and giving it back. Positions belong to one log and one database:
 * both are checked before anything is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crash.h"
#include "common/headers.h"
#include "common/log.h"
#include "common/loop.h"

enum { TAIL_RECORD_COUNT = 64 };

static bool check_cluster(struct loop *l, const struct stream *s, struct err *e)
{
    if (strcmp(s->cluster_id, l->plan.cluster_id) == 0)
        return true;
    return err_set(
        e, ERR_FATAL,
        "the positions of partition %d belong to Kafka cluster %s, but the broker is of %s: "
        "give the old log back, or batuta rebuild topics (deploy/README.md)",
        (int)s->part, s->cluster_id, l->plan.cluster_id);
}

static bool check_watermarks(struct loop *l, const struct stream *s, struct err *e)
{
    for (size_t i = 0; i < l->plan.input_count; i++) {
        struct bus_ends ends;
        if (s->in_off[i] < 0)
            continue;
        if (!bus_watermarks(l->bus, l->plan.inputs[i]->name, s->part, &ends, e))
            return false;
        if (s->in_off[i] > ends.high)
            return err_set(
                e, ERR_FATAL,
                "%s/%d ends at %lld but was read up to %lld: the log is not the one that was "
                "read: give it back, or batuta rebuild topics (deploy/README.md)",
                l->plan.inputs[i]->name, (int)s->part, (long long)ends.high,
                (long long)s->in_off[i]);
    }
    return true;
}

/* What Kafka was asked may be younger than the row: the process may have slept in between, and the
 * partition may be another's now. Then it is not Postgres that went back. */
static bool still_ours(struct loop *l, const struct stream *s, bool *ours, struct err *e)
{
    struct pg_rows rows = {0};
    *ours = false;
    if (!pg_query(l->pg, "stream_epochs", NULL, &rows, e))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        *ours = *ours || (pg_int(&rows, i, 0) == s->part && pg_int(&rows, i, 1) == s->epoch);
    pg_rows_release(&rows);
    return true;
}

static bool went_back(struct loop *l, const struct stream *s, struct err *e)
{
    bool ours;
    if (!still_ours(l, s, &ours, e))
        return false;
    if (!ours)
        return err_set(e, ERR_RETRY, "partition %d was taken by another meanwhile", (int)s->part);
    return err_set(
        e, ERR_FATAL,
        "partition %d: Kafka holds more than Postgres remembers (a backup was restored); "
        "batuta-%s reconcile",
        (int)s->part, l->service->name);
}

/* ---- the tails of the destinations: none of ours may be above what the row says was told */

static void tail_visit(void *context, const struct bus_range *range, const struct bus_record *r)
{
    struct loop *l = context;
    struct stream_mark mark;
    (void)range;
    if (!stream_mark_read(bus_record_header(r, STREAM_HEADER), &mark) ||
        !str_is(mark.service, l->service->name) || mark.part >= l->plan.partition_count)
        return;
    struct tail *t = &l->tails[mark.part];
    if (mark.incarnation > t->incarnation)
        *t = (struct tail){mark.incarnation, mark.seq};
    else if (mark.incarnation == t->incarnation && mark.seq > t->seq)
        t->seq = mark.seq;
}

/* One look at all of them, before anything is read. Bounded: a longer way back is covered by the
 * batch number that was committed to Kafka beside the offsets. */
bool loop_look_back(struct loop *l, struct err *e)
{
    size_t room = l->plan.output_count * (size_t)l->plan.partition_count, count = 0;
    struct bus_range *ranges = arena_array(&l->arena, struct bus_range, room + 1);
    for (size_t i = 0; i < l->plan.output_count; i++)
        for (int32_t p = 0; p < l->plan.partition_count; p++) {
            struct bus_ends ends;
            const char *topic = l->plan.outputs[i]->name;
            if (!bus_watermarks(l->bus, topic, p, &ends, e))
                return false;
            int64_t tail = ends.high - TAIL_RECORD_COUNT;
            ranges[count++] =
                (struct bus_range){topic, p, tail > ends.low ? tail : ends.low, ends.high};
        }
    memset(l->tails, 0, sizeof l->tails);
    return bus_scan(l->bus, ranges, count, tail_visit, l, e);
}

static bool check_told(struct loop *l, const struct stream *s, struct err *e)
{
    struct bus_position last = {.topic = l->plan.inputs[0]->name, .partition = s->part};
    if (!bus_committed(l->bus, &last, e))
        return false;
    const char *at = last.metadata, *comma = strchr(at, ',');
    int64_t incarnation = 0, batch_no = 0;
    if (comma && str_to_int64((struct str){at, (size_t)(comma - at)}, &incarnation) &&
        str_to_int64(str_of(comma + 1), &batch_no) && incarnation == s->incarnation &&
        batch_no > s->batch_no)
        return went_back(l, s, e);
    const struct tail *t = &l->tails[s->part];
    bool above = t->incarnation > s->incarnation ||
                 (t->incarnation == s->incarnation && t->seq > s->out_seq);
    return !above || went_back(l, s, e);
}

bool loop_next_timer(struct loop *l, int32_t part, struct err *e)
{
    struct pg_params *p = pg_params_new(&l->arena);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)part);
    if (!pg_query(l->pg, "timer_next", p, &rows, e))
        return false;
    struct instant due = pg_time(&rows, 0, 0);
    l->next_timer[part].at = instant_present(due) ? due.at : INT64_MAX;
    pg_rows_release(&rows);
    return true;
}

static bool take_row(struct loop *l, struct stream *s, struct err *e)
{
    struct take_watch *watch = take_watch_start(&l->pg_settings, pg_backend_pid(l->pg));
    bool ok = stream_take(l->pg, &l->plan, s, &l->arena, e);
    int ended = take_watch_stop(watch);
    if (ended)
        log_line(LOG_WARN, "partition %d was held by a sleeping backend of ours; %d ended",
                 (int)s->part, ended);
    return ok;
}

static bool start_reading(struct loop *l, int32_t part, struct err *e)
{
    const struct stream *s = &l->streams[part];
    for (size_t i = 0; i < l->plan.input_count; i++) {
        struct bus_position from = {l->plan.inputs[i]->name, s->part, s->in_off[i], ""};
        bool open = l->plan.inputs[i]->access == TOPIC_OPEN;
        enum bus_lane lane = open ? BUS_OUTER : BUS_INNER;
        if (l->plan.inputs[i] == l->service->routed)
            lane = BUS_APART;
        if (bus_read_start(l->bus, (int)i, &from, lane, e))
            continue;
        while (i-- > 0)
            bus_read_stop(l->bus, l->plan.inputs[i]->name, s->part);
        return false;
    }
    return l->reading[part] = true;
}

/* Once all are taken: a partition that is added while the reader's long poll lies at the broker
 * waits for its end, and so would each question about the next one's ends. */
bool loop_read(struct loop *l, struct err *e)
{
    for (int32_t p = 0; p < l->plan.partition_count; p++)
        if (l->owned[p] && !l->reading[p] && !start_reading(l, p, e))
            return false;
    return true;
}

bool loop_take(struct loop *l, int32_t part, struct err *e)
{
    struct stream *s = &l->streams[part];
    arena_reset(&l->arena);
    struct stream fresh;
    CRASH_POINT("take-before");
    stream_init(&fresh, &l->plan, part, &l->arena);
    if (!take_row(l, &fresh, e) || !check_cluster(l, &fresh, e) || !check_watermarks(l, &fresh, e))
        return false;
    if (!l->checked[part] && !check_told(l, &fresh, e))
        return false;
    l->checked[part] = true;
    CRASH_POINT("take-bumped"); /* the epoch is raised, nothing is read yet */
    if (!parked_load_heads(&l->parked[part], l->pg, part, &l->arena, e) ||
        !outbox_open(&l->outboxes, &fresh, l->pg, &l->arena, e) || !loop_next_timer(l, part, e))
        return false;
    stream_copy(s, &fresh, &l->plan);
    watermarks_forget(l->watermarks, part);
    bool suspected = s->takings_idle >= SUSPECT_IDLE_COUNT || stream_suspect_waits(&l->plan, s);
    l->suspect[part] = suspected ? (int)l->settings->batch_records : 0;
    l->taken_at_us = clock_monotonic_us();
    l->told_batch[part] = -1;
    l->passed[part] = false;
    l->owned[part] = true;
    metric_add(&loop_metrics[METRIC_TAKEOVERS], 1);
    CRASH_POINT("take-after");
    return true;
}

void loop_give(struct loop *l, int32_t part)
{
    if (!l->owned[part])
        return;
    l->owned[part] = false;
    for (size_t i = 0; i < l->plan.input_count && l->reading[part]; i++)
        bus_read_stop(l->bus, l->plan.inputs[i]->name, part);
    l->reading[part] = false;
    size_t kept = 0;
    for (size_t i = 0; i < l->pending_count; i++) {
        if (l->pending[i].partition == part)
            bus_record_release(&l->pending[i]);
        else if (kept++ != i)
            l->pending[kept - 1] = l->pending[i];
    }
    l->pending_count = kept;
    outbox_close(&l->outboxes, part);
    watermarks_forget(l->watermarks, part);
    parked_set_release(&l->parked[part]);
    holes_forget(&l->holes, part);
    row_cache_clear(&l->cache);
}

bool loop_save_published(struct loop *l, struct err *e)
{
    int16_t parts[PARTITION_COUNT_MAX];
    int64_t epochs[PARTITION_COUNT_MAX], seqs[PARTITION_COUNT_MAX];
    size_t count = 0;
    for (int32_t i = 0; i < l->plan.partition_count; i++) {
        const struct outbox *b = &l->outboxes.boxes[i];
        if (!l->owned[i] || b->saved_seq == b->pub_seq)
            continue;
        parts[count] = (int16_t)i;
        epochs[count] = l->streams[i].epoch;
        seqs[count++] = b->pub_seq;
    }
    if (count == 0)
        return true;
    struct pg_params *p = pg_params_new(&l->arena);
    pg_add_int2_array(p, parts, count);
    pg_add_int8_array(p, epochs, count);
    pg_add_int8_array(p, seqs, count);
    CRASH_POINT("watermark-before");
    if (!pg_query(l->pg, "stream_publish", p, NULL, e))
        return false;
    CRASH_POINT("watermark-after");
    for (size_t k = 0; k < count; k++)
        l->outboxes.boxes[parts[k]].saved_seq = seqs[k];
    return true;
}

bool loop_save_passed(struct loop *l, struct err *e)
{
    for (int32_t i = 0; i < l->plan.partition_count; i++) {
        if (!l->owned[i] || !l->passed[i])
            continue;
        struct pg_call call = stream_pass_call(&l->plan, &l->streams[i], &l->arena);
        CRASH_POINT("passed-before");
        if (!pg_query(l->pg, call.statement, call.params, NULL, e))
            return false;
        l->passed[i] = false;
        l->told_batch[i] = -1;
    }
    return true;
}

bool loop_check_epochs(struct loop *l, struct err *e)
{
    struct pg_rows rows = {0};
    if (!pg_query(l->pg, "stream_epochs", NULL, &rows, e))
        return false;
    bool ok = true;
    for (size_t i = 0; i < rows.count && ok; i++) {
        int64_t part = pg_int(&rows, i, 0);
        if (part >= l->plan.partition_count || !l->owned[part])
            continue;
        const struct stream *s = &l->streams[part];
        if (pg_int(&rows, i, 1) != s->epoch || pg_int(&rows, i, 2) != s->batch_no)
            ok = err_set(e, ERR_FENCED, "partition %lld was taken by another, or rewound",
                         (long long)part);
    }
    pg_rows_release(&rows);
    return ok;
}
