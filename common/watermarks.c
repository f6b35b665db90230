/* watermarks: the asking thread and its table. */
#include "common/watermarks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* An input is asked about again no sooner than this. */
#define ASK_PAUSE_US (20 * 1000)

struct mark {
    struct instant passed;   /* broker time of the last record taken */
    struct instant asked_at; /* when the known end was asked for */
    int64_t low, end;        /* watermarks then: what lies below `low` will never come */
    int64_t wanted_us;       /* monotonic time of the last question; 0 = none */
    bool pending;
};

struct watermarks {
    struct bus *bus;
    const struct stream_plan *plan;
    pthread_t thread;
    bool threaded;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    struct mark marks[INPUT_COUNT_MAX][PARTITION_COUNT_MAX];
};

static bool next_pending(struct watermarks *w, size_t *input, int32_t *part)
{
    for (size_t i = 0; i < w->plan->input_count; i++)
        for (int32_t p = 0; p < w->plan->partition_count; p++)
            if (w->marks[i][p].pending) {
                *input = i;
                *part = p;
                return true;
            }
    return false;
}

/* The lock is held before and after, and not while the broker is asked. */
static bool ask_locked(struct watermarks *w)
{
    size_t input = 0;
    int32_t part = 0;
    if (!next_pending(w, &input, &part))
        return false;
    pthread_mutex_unlock(&w->lock);
    struct instant asked_at = clock_now();
    struct bus_ends ends;
    struct err e = {0};
    bool known = bus_watermarks(w->bus, w->plan->inputs[input]->name, part, &ends, &e);
    pthread_mutex_lock(&w->lock);
    struct mark *m = &w->marks[input][part];
    m->pending = false;
    if (known) { /* no answer, no timer */
        m->asked_at = asked_at;
        m->low = ends.low;
        m->end = ends.high;
    }
    return true;
}

bool watermarks_ask(struct watermarks *w)
{
    pthread_mutex_lock(&w->lock);
    bool asked = ask_locked(w);
    pthread_mutex_unlock(&w->lock);
    return asked;
}

static void *run(void *context)
{
    struct watermarks *w = context;
    pthread_mutex_lock(&w->lock);
    while (!w->stop)
        if (!ask_locked(w))
            pthread_cond_wait(&w->wake, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

struct watermarks *watermarks_new(struct bus *bus, const struct stream_plan *plan)
{
    struct watermarks *w = calloc(1, sizeof *w);
    assert(w);
    w->bus = bus;
    w->plan = plan;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    return w;
}

struct watermarks *watermarks_start(struct bus *bus, const struct stream_plan *plan)
{
    struct watermarks *w = watermarks_new(bus, plan);
    w->threaded = true;
    if (pthread_create(&w->thread, NULL, run, w))
        abort();
    return w;
}

void watermarks_stop(struct watermarks *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (w->threaded)
        pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    free(w);
}

void watermarks_passed(struct watermarks *w, size_t input, int32_t part, struct instant time)
{
    struct mark *m = &w->marks[input][part];
    if (time.at > m->passed.at)
        m->passed = time; /* read by the loop's thread only */
}

void watermarks_forget(struct watermarks *w, int32_t part)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->plan->input_count; i++)
        memset(&w->marks[i][part], 0, sizeof w->marks[i][part]);
    pthread_mutex_unlock(&w->lock);
}

/* Below which instant nothing of this input can still come. */
static struct instant input_horizon(const struct mark *m, int64_t position)
{
    struct instant h = m->passed;
    if (position < m->low)
        position = m->low;
    if (m->asked_at.at > h.at && position >= m->end)
        h = m->asked_at;
    return h;
}

struct instant watermarks_horizon(struct watermarks *w, const struct stream *s,
                                  struct instant wanted)
{
    struct instant horizon = {INT64_MAX};
    int64_t now_us = clock_monotonic_us();
    bool asked = false;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->plan->input_count; i++) {
        struct mark *m = &w->marks[i][s->part];
        struct instant h = input_horizon(m, s->in_off[i]);
        if (h.at < horizon.at)
            horizon = h;
        if (h.at > wanted.at || m->pending || now_us - m->wanted_us < ASK_PAUSE_US)
            continue;
        m->pending = true;
        m->wanted_us = now_us;
        asked = true;
    }
    if (asked)
        pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    return horizon;
}
