/* take_watch: ending a paused owner's backend: its locks would hold the partition for as long as it
 * sleeps. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/stream.h"

struct take_watch {
    struct pg_settings settings;
    int pid;
    int ended;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* `stop` was set: nobody waits for the watch to notice by itself */
    bool stop;
    pthread_t thread;
};

static void end_blockers(struct take_watch *w, struct pg *pg, struct arena *a)
{
    struct err e = {0};
    struct pg_params *pid = pg_params_new(a);
    struct pg_rows rows = {0};
    pg_add_int4(pid, w->pid);
    if (!pg_query(pg, "stream_lockers", pid, &rows, &e))
        return;
    for (size_t i = 0; i < rows.count; i++) {
        struct pg_params *blocker = pg_params_new(a);
        pg_add_int4(blocker, (int32_t)pg_int(&rows, i, 0));
        if (pg_query(pg, "stream_end_backend", blocker, NULL, &e))
            w->ended++;
    }
    pg_rows_release(&rows);
}

/* False when so many milliseconds have passed, true when the taking is over. */
static bool take_is_over(struct take_watch *w, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000 * 1000;
    until.tv_sec += until.tv_nsec / (1000 * 1000 * 1000);
    until.tv_nsec %= 1000 * 1000 * 1000;
    int waited = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->stop && waited == 0)
        waited = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    bool over = w->stop;
    pthread_mutex_unlock(&w->lock);
    return over;
}

static void *take_watch_run(void *context)
{
    struct take_watch *w = context;
    struct arena a;
    struct err e = {0};
    struct pg *pg = pg_new(&w->settings);
    arena_init(&a);
    for (int ms = 500; !take_is_over(w, ms); ms = 250) {
        if (pg_connected(pg) || pg_connect(pg, &e))
            end_blockers(w, pg, &a);
        arena_reset(&a);
    }
    pg_free(pg);
    arena_release(&a);
    return NULL;
}

static void take_watch_free(struct take_watch *w)
{
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

struct take_watch *take_watch_start(const struct pg_settings *settings, int pid)
{
    struct take_watch *w = calloc(1, sizeof *w);
    assert(w);
    w->settings = *settings;
    w->pid = pid;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&w->lock, NULL);
    if (pthread_create(&w->thread, NULL, take_watch_run, w)) {
        take_watch_free(w);
        return NULL;
    }
    return w;
}

int take_watch_stop(struct take_watch *w)
{
    if (!w)
        return 0;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    int ended = w->ended;
    take_watch_free(w);
    return ended;
}
