/* loop: its duties, turn by turn: serve the group, take and give partitions, tend the outbox,
 * drain, run a batch, save what was acknowledged, wait. Failures of the world are met here:
 * everything owned is dropped and taken again. */
#include "common/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/crash.h"
#include "common/log.h"

enum {
    BACKOFF_MS_MAX = 2000,
    SAVE_AFTER_MS = 100,
    BOOKS_AFTER_MS = 1000,
    FLUSH_MS_MAX = 5000,
    HEALED_AFTER_MS = 3000,
    UNSUSPECT_AFTER_MS = 2000,
    IDLE_MS_MAX = 50
};
#define JOURNAL_AHEAD_US (40 * 24 * MICROSECONDS_PER_HOUR)

struct metric loop_metrics[METRIC_COUNT] = {
    [METRIC_BATCHES] = {"batches_total", METRIC_COUNTER, "Transactions committed.", 0},
    [METRIC_RECORDS] = {"records_total", METRIC_COUNTER, "Kafka records settled.", 0},
    [METRIC_EVENTS] = {"events_total", METRIC_COUNTER, "Events told.", 0},
    [METRIC_REPEATS] = {"repeats_total", METRIC_COUNTER,
                        "Records passed over: repeats and events of no interest.", 0},
    [METRIC_HOLES] = {"holes_total", METRIC_COUNTER, "Records behind a missing link.", 0},
    [METRIC_ROUTED] = {"routed_total", METRIC_COUNTER, "Records that came to the wrong partition.",
                       0},
    [METRIC_PARKED] = {"parked_total", METRIC_COUNTER, "Records parked.", 0},
    [METRIC_DEAD_LETTERS] = {"dead_letters_total", METRIC_COUNTER, "Dead letters told.", 0},
    [METRIC_REFUSED] = {"refused_total", METRIC_COUNTER,
                        "Commands refused before the service looked.", 0},
    [METRIC_TIMERS] = {"timers_total", METRIC_COUNTER, "Timers fired.", 0},
    [METRIC_TAKEOVERS] = {"takeovers_total", METRIC_COUNTER, "Partitions taken.", 0},
    [METRIC_FENCED] = {"fenced_total", METRIC_COUNTER,
                       "Batches refused because another owner had taken a partition.", 0},
    [METRIC_COMMIT_UNKNOWN] = {"commit_unknown_total", METRIC_COUNTER,
                               "Connections lost in a batch, so that its outcome was read back.",
                               0},
    [METRIC_FAILED_BATCHES] = {"failed_batches_total", METRIC_COUNTER, "Batches dropped.", 0},
    [METRIC_REPUBLISHED] = {"republished_total", METRIC_COUNTER, "Events sent from the journal.",
                            0},
    [METRIC_RENEWED] = {"producers_renewed_total", METRIC_COUNTER, "Producers made anew.", 0},
    [METRIC_OWNED] = {"partitions_owned", METRIC_GAUGE, "Partitions owned.", 0},
    [METRIC_UNPUBLISHED] = {"unpublished_events", METRIC_GAUGE,
                            "Events committed and not acknowledged.", 0},
    [METRIC_UNSENT] = {"unsent_events", METRIC_GAUGE, "Events of destinations that refuse.", 0},
    [METRIC_PARKED_QUEUES] = {"parked_queues", METRIC_GAUGE, "Keys or orders that wait.", 0},
    [METRIC_OLDEST_AGE_MS] = {"oldest_record_age_ms", METRIC_GAUGE,
                              "Age of the oldest record that is drained and not settled.", 0},
};

static void status_set(struct loop *l, bool *flag, bool value, char *text, const char *error)
{
    pthread_mutex_lock(&l->status->lock);
    *flag = value;
    snprintf(text, 512, "%s", error);
    pthread_mutex_unlock(&l->status->lock);
}

/* The same failure again and again is said once. */
static void say_once(struct loop *l, const struct err *e)
{
    l->failed_at_us = clock_monotonic_us();
    if (strcmp(l->last_error, e->text) == 0)
        return;
    snprintf(l->last_error, sizeof l->last_error, "%s", e->text);
    log_line(e->fate == ERR_FATAL ? LOG_ERROR : LOG_WARN, "%s", e->text);
}

/* A turn went well: it had work, or none for so long that there is nothing to fail at. */
static void healed(struct loop *l, bool worked)
{
    bool calm = clock_monotonic_us() - l->failed_at_us > HEALED_AFTER_MS * 1000;
    if (!l->last_error[0] || !(worked || calm))
        return;
    log_line(LOG_INFO, "working again");
    l->last_error[0] = 0;
    l->backoff_ms = 0;
}

static void drop_all(struct loop *l)
{
    for (int32_t p = 0; p < l->plan.partition_count; p++)
        loop_give(l, p);
    l->single_steps = 0;
    l->force_park[0] = 0;
}

static bool recover(struct loop *l, struct err *e);

static void back_off(struct loop *l)
{
    l->backoff_ms = l->backoff_ms ? l->backoff_ms * 2 : 25;
    if (l->backoff_ms > BACKOFF_MS_MAX)
        l->backoff_ms = BACKOFF_MS_MAX;
    l->retry_at_us = clock_monotonic_us() + l->backoff_ms * 1000;
}

/* The batch was undone by Postgres, and its inputs still wait: only what a turn changes in memory
 * is read again. */
static bool forget_batch(struct loop *l, struct err *e)
{
    memset(e, 0, sizeof *e);
    arena_reset(&l->arena);
    row_cache_clear(&l->cache);
    for (int32_t p = 0; p < l->plan.partition_count; p++)
        if (l->owned[p] && !parked_load_heads(&l->parked[p], l->pg, p, &l->arena, e))
            return recover(l, e);
    return true;
}

/* One of the inputs cannot be stored. One by one, the others pass and this one shows itself; it is
 * then set aside without being decided. */
static bool single_out(struct loop *l, struct err *e)
{
    if (!l->asks_all && l->assumes) {
        log_line(LOG_DEBUG, "%s; deciding again over rows that are asked for", e->text);
        l->asks_all = true;
        return forget_batch(l, e);
    }
    if (l->batch_items == 0) {
        e->fate = ERR_FATAL; /* no input is to blame */
        return false;
    }
    if (l->alone[0] && strcmp(l->alone, l->force_park) == 0)
        return err_set(e, ERR_FATAL, "%s can neither be stored nor set aside: %s", l->alone,
                       l->force_park_text);
    if (l->alone[0]) {
        log_line(LOG_WARN, "%s is set aside: %s", l->alone, e->text);
        snprintf(l->force_park, sizeof l->force_park, "%s", l->alone);
        snprintf(l->force_park_text, sizeof l->force_park_text, "%s", e->text);
    } else {
        log_line(LOG_WARN, "%s; going on one by one", e->text);
        l->single_steps = l->batch_items;
    }
    return forget_batch(l, e);
}

/* The same division by zero says that a state row belongs to another partition. When nobody has
 * taken ours, that was it, and it would be so again for ever: an input is to blame. */
static bool is_fence(struct loop *l)
{
    struct err moved = {0};
    arena_reset(&l->arena);
    return !pg_connected(l->pg) || !loop_check_epochs(l, &moved);
}

/* After anything but success: no copy in memory can be trusted, so all partitions are dropped and
 * taken again; the rows say what was committed. */
static bool recover(struct loop *l, struct err *e)
{
    if (e->fate == ERR_FATAL)
        return false;
    if (e->fate == ERR_FENCED && !is_fence(l))
        e->fate = ERR_POISON;
    bool connected = pg_connected(l->pg);
    if (e->fate == ERR_FENCED)
        metric_add(&loop_metrics[METRIC_FENCED], 1);
    if (e->fate == ERR_POISON)
        return single_out(l, e);
    say_once(l, e);
    if (!connected) {
        memset(l->checked, 0, sizeof l->checked);
        status_set(l, &l->status->postgres, false, l->status->postgres_error, e->text);
    }
    drop_all(l);
    back_off(l);
    memset(e, 0, sizeof *e);
    return true;
}

static bool serve_group(struct loop *l)
{
    int32_t parts[PARTITION_COUNT_MAX];
    size_t count = 0;
    struct err e = {0};
    enum bus_change change = bus_serve(l->bus, parts, ARRAY_LEN(parts), &count);
    if (change == BUS_SAME)
        return false;
    if (change == BUS_REVOKED)
        CRASH_POINT("revoke-before");
    if (change == BUS_ASSIGNED)
        CRASH_POINT("assign-before");
    if (pg_connected(l->pg) && (!loop_save_published(l, &e) || !loop_save_passed(l, &e)))
        pg_disconnect(l->pg);
    drop_all(l); /* eager: an assignment replaces the one before */
    memset(l->assigned, 0, sizeof l->assigned);
    for (size_t i = 0; i < count && change == BUS_ASSIGNED; i++)
        if (parts[i] < l->plan.partition_count)
            l->assigned[parts[i]] = true;
    log_line(LOG_INFO, "%s %zu partitions", change == BUS_ASSIGNED ? "assigned" : "gave back",
             count);
    pthread_mutex_lock(&l->status->lock);
    l->status->joined = l->status->joined || change == BUS_ASSIGNED;
    if (change == BUS_ASSIGNED && count)
        snprintf(l->status->parts, sizeof l->status->parts,
                 "partitions are assigned and not taken yet");
    pthread_mutex_unlock(&l->status->lock);
    l->retry_at_us = 0;
    if (change == BUS_REVOKED)
        CRASH_POINT("revoke-after");
    if (change == BUS_ASSIGNED)
        CRASH_POINT("assign-after");
    return true;
}

static bool connect(struct loop *l, struct err *e)
{
    if (pg_connected(l->pg))
        return true;
    if (!pg_connect(l->pg, e))
        return false;
    status_set(l, &l->status->postgres, true, l->status->postgres_error, "");
    return true;
}

static bool take_assigned(struct loop *l, struct err *e)
{
    if (clock_monotonic_us() < l->retry_at_us)
        return true;
    if (!connect(l, e))
        return false;
    bool look = false;
    for (int32_t p = 0; p < l->plan.partition_count; p++)
        look = look || (l->assigned[p] && !l->owned[p] && !l->checked[p]);
    arena_reset(&l->arena);
    if (look && !loop_look_back(l, e))
        return false;
    for (int32_t p = 0; p < l->plan.partition_count; p++)
        if (l->assigned[p] && !l->owned[p] && !loop_take(l, p, e))
            return false;
    return loop_read(l, e);
}

static bool owns_all(const struct loop *l, int *owned)
{
    bool all = true;
    *owned = 0;
    for (int32_t p = 0; p < l->plan.partition_count; p++) {
        *owned += l->owned[p];
        all = all && l->owned[p] == l->assigned[p];
    }
    return all;
}

/* Fetched before we gave their partition back, they came out behind it. If they waited here until
 * it is ours again, they would be taken for the next ones, and what lies before them for repeats.
 */
static void drop_strangers(struct loop *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->pending_count; i++) {
        if (!l->owned[l->pending[i].partition])
            bus_record_release(&l->pending[i]);
        else if (kept++ != i)
            l->pending[kept - 1] = l->pending[i];
    }
    l->pending_count = kept;
}

static bool drain(struct loop *l, struct err *e)
{
    size_t count = 0, room = (size_t)l->settings->batch_records - l->pending_count;
    if (l->pending_count || outboxes_full(&l->outboxes))
        return true;
    CRASH_POINT("poll-before");
    bool ok = bus_drain(l->bus, l->pending + l->pending_count, room, &count, e);
    l->pending_count += count;
    if (count)
        CRASH_POINT("poll-after");
    l->full = count == room;
    drop_strangers(l);
    if (!ok && e->fate == ERR_RETRY) { /* the reader heals by itself; what came is good */
        say_once(l, e);
        memset(e, 0, sizeof *e);
        return true;
    }
    return ok;
}

/* For lag tools, and so that an older backup is noticed; positions come from the stream rows. */
static void commit_offsets(struct loop *l)
{
    size_t room = l->plan.input_count * (size_t)l->plan.partition_count, count = 0;
    struct bus_position *list = arena_array(&l->arena, struct bus_position, room);
    for (int32_t p = 0; p < l->plan.partition_count; p++) {
        const struct stream *s = &l->streams[p];
        if (!l->owned[p] || l->told_batch[p] == s->batch_no)
            continue;
        l->told_batch[p] = s->batch_no;
        for (size_t i = 0; i < l->plan.input_count; i++) {
            if (s->in_off[i] < 0 && i > 0) /* the anchor's is the one that is looked at */
                continue;
            struct bus_position *at = &list[count++];
            *at = (struct bus_position){.topic = l->plan.inputs[i]->name, .partition = p};
            at->offset = s->in_off[i] < 0 ? 0 : s->in_off[i];
            snprintf(at->metadata, sizeof at->metadata, "%" PRId64 ",%" PRId64, s->incarnation,
                     s->batch_no);
        }
    }
    bus_commit(l->bus, list, count);
}

/* The broker going and coming is said once each and shows in readiness. */
static void show_kafka(struct loop *l)
{
    bool here = bus_reachable(l->bus);
    if (here == l->status->kafka)
        return;
    log_line(here ? LOG_INFO : LOG_WARN, here ? "the broker is back" : "the broker is away");
    status_set(l, &l->status->kafka, here, l->status->kafka_error,
               here ? "" : "the broker is away");
}

static void show(struct loop *l)
{
    show_kafka(l);
    int owned;
    int64_t unpublished = 0, queues = 0;
    struct str first = STR_NONE;
    bool all = owns_all(l, &owned);
    for (int32_t p = 0; p < l->plan.partition_count; p++) {
        unpublished += l->outboxes.boxes[p].owned
                           ? l->outboxes.boxes[p].out_seq - l->outboxes.boxes[p].pub_seq
                           : 0;
        queues += l->owned[p] ? (int64_t)l->parked[p].count : 0;
    }
    size_t unsent = outboxes_refusing(&l->outboxes, &first);
    metric_set(&loop_metrics[METRIC_OWNED], owned);
    metric_set(&loop_metrics[METRIC_UNPUBLISHED], unpublished);
    metric_set(&loop_metrics[METRIC_UNSENT], (int64_t)unsent);
    metric_set(&loop_metrics[METRIC_PARKED_QUEUES], queues);
    metric_set(&loop_metrics[METRIC_REPUBLISHED], l->outboxes.republished);
    metric_set(&loop_metrics[METRIC_RENEWED], l->outboxes.renewed);
    int64_t oldest = l->pending_count ? clock_now().at - l->pending[0].time.at : 0;
    metric_set(&loop_metrics[METRIC_OLDEST_AGE_MS], oldest / 1000);
    pthread_mutex_lock(&l->status->lock);
    snprintf(l->status->parts, sizeof l->status->parts, "%s",
             all ? "" : "partitions are assigned and not taken yet");
    snprintf(l->status->refusing, sizeof l->status->refusing, "%s%.*s",
             unsent ? "a destination refuses events: " : "", STR_ARG(first));
    holes_text(&l->holes, &l->plan, l->status->hole, sizeof l->status->hole);
    pthread_mutex_unlock(&l->status->lock);
}

/* Idle: until something comes, a timer is due, or books are to be kept. After a batch: what is left
 * of the pace, so that the next one has something to carry (a full batch does not wait). */
static void wait_turn(struct loop *l, bool worked)
{
    int64_t now_us = clock_monotonic_us();
    int64_t pace_us = l->turn_began_us + l->settings->pace_ms * 1000 - now_us;
    struct instant next;
    if (worked) {
        struct timespec pause = {.tv_nsec = (long)pace_us * 1000};
        if (pace_us > 0 && !l->full)
            nanosleep(&pause, NULL);
        return;
    }
    if (l->outboxes.more || turn_timers_ready(l, clock_now(), &next))
        return;
    int64_t ms = IDLE_MS_MAX;
    if (next.at != INT64_MAX && (next.at - clock_now().at) / 1000 < ms)
        ms = (next.at - clock_now().at) / 1000;
    bus_wait(l->bus, ms < 5 ? 5 : (int)ms);
}

/* One turn while partitions are owned. *worked: a batch was run. */
static bool work(struct loop *l, bool *worked, struct err *e)
{
    struct instant next;
    *worked = false;
    arena_reset(&l->arena);
    if (!outboxes_tend(&l->outboxes, l->pg, &l->arena, e) || !drain(l, e))
        return false;
    if (l->pending_count == 0 && !turn_timers_ready(l, clock_now(), &next)) {
        if (clock_monotonic_us() - l->taken_at_us > UNSUSPECT_AFTER_MS * 1000)
            memset(l->suspect, 0, sizeof l->suspect); /* nothing waits that could have killed us */
        return true;
    }
    l->turn_began_us = clock_monotonic_us();
    *worked = true;
    return turn_run(l, e);
}

/* The months that the journal is written to are made ahead of time. */
static bool extend_journal(struct loop *l, struct err *e)
{
    struct instant now = clock_now();
    if (instant_plus_us(now, JOURNAL_AHEAD_US / 2).at < l->journal_until.at)
        return true;
    for (int step = 0; step <= 2; step++) {
        struct pg_params *p = pg_params_new(&l->arena);
        pg_add_time(p, instant_plus_us(now, JOURNAL_AHEAD_US / 2 * step));
        if (!pg_query(l->pg, "journal_ahead", p, NULL, e))
            return false;
    }
    l->journal_until = instant_plus_us(now, JOURNAL_AHEAD_US);
    return true;
}

static bool keep_books(struct loop *l, bool worked, struct err *e)
{
    int64_t now_us = clock_monotonic_us();
    arena_reset(&l->arena);
    if (!worked && now_us - l->turn_began_us > SAVE_AFTER_MS * 1000 && !loop_save_published(l, e))
        return false;
    if (!extend_journal(l, e))
        return false;
    if (now_us - l->saved_at_us <= BOOKS_AFTER_MS * 1000)
        return true;
    if (!loop_save_passed(l, e))
        return false;
    commit_offsets(l);
    l->saved_at_us = now_us;
    return loop_check_epochs(l, e); /* a rewind, or another owner, is noticed without traffic too */
}

static bool turn(struct loop *l, struct err *e)
{
    int owned = 0;
    bool worked = false;
    l->batch_items = 0;
    serve_group(l);
    bool ok = take_assigned(l, e);
    owns_all(l, &owned);
    if (ok && owned && clock_monotonic_us() >= l->retry_at_us)
        ok = keep_books(l, worked, e) && work(l, &worked, e);
    if (ok)
        healed(l, worked);
    else if (!recover(l, e))
        return false;
    show(l);
    wait_turn(l, worked);
    return true;
}

static void leave(struct loop *l)
{
    struct err e = {0};
    if (!bus_flush(l->bus, FLUSH_MS_MAX, &e))
        log_line(LOG_WARN, "%s; the next owner sends it again", e.text);
    size_t count;
    int32_t parts[PARTITION_COUNT_MAX];
    bus_serve(l->bus, parts, ARRAY_LEN(parts), &count); /* the last reports */
    memset(&e, 0, sizeof e);
    arena_reset(&l->arena);
    if (pg_connected(l->pg) && (!loop_save_published(l, &e) || !loop_save_passed(l, &e)))
        log_line(LOG_WARN, "%s", e.text);
    if (pg_connected(l->pg))
        commit_offsets(l);
    drop_all(l);
}

bool loop_run(struct loop *l, volatile sig_atomic_t *stop, struct err *e)
{
    bool ok = true;
    while (ok && !*stop)
        ok = turn(l, e);
    leave(l);
    return ok;
}
