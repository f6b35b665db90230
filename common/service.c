/* service: subcommands, settings, signals; main() of every service. */
#include "common/service.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crash.h"
#include "common/log.h"
#include "common/migrate.h"
#include "common/operate.h"
#include "common/queries.h"
#include "common/settings.h"

enum { EXIT_MISCONFIGURED = 100, EXIT_TRY_AGAIN = 111 };

extern const struct sql_file runtime_store;
extern const struct sql_file runtime_migrations[];
extern const size_t runtime_migration_count;

#define SETTING(m, kind_, initial_, min_, max_, doc_)                                              \
    {                                                                                              \
#m, kind_, initial_, min_, max_, offsetof(struct run_settings, m), doc_                    \
    }

static const struct setting settings_table[] = {
    SETTING(brokers, SETTING_TEXT, "127.0.0.1:9092", 1, 1024,
            "Kafka's bootstrap servers, host:port,..."),
    SETTING(kafka_config, SETTING_FILE, "", 0, 0,
            "file of librdkafka settings, name=value lines (TLS, SASL)"),
    SETTING(postgres, SETTING_TEXT, "host=127.0.0.1 dbname=batuta", 1, 1024,
            "libpq connection string without user; the login roles are batuta_<service>, its _read "
            "and batuta_migrate"),
    SETTING(partitions, SETTING_INT, "4", 1, PARTITION_COUNT_MAX,
            "partitions of the installation; never changed in place"),
    SETTING(systems_file, SETTING_FILE, "", 0, 0,
            "systems that may speak on open topics: id, key in hex, rights"),
    SETTING(auth_required, SETTING_BOOL, "false", 0, 0,
            "true: every command must be signed, plain orders too"),
    SETTING(http, SETTING_TEXT, "127.0.0.1:0", 1, 128,
            "address of /livez, /readyz, /metrics and the queries"),
    SETTING(group_session_ms, SETTING_INT, "6000", 1000, 60000,
            "milliseconds after which a silent process loses its partitions"),
    SETTING(batch_records, SETTING_INT, "256", 1, BATCH_RECORD_COUNT_MAX,
            "records of a batch at most"),
    SETTING(pace_ms, SETTING_INT, "8", 0, 1000,
            "milliseconds from the start of one batch to the next at least"),
    SETTING(log_level, SETTING_TEXT, "info", 1, 16, "debug, info, warn or error"),
    SETTING(log_format, SETTING_TEXT, "auto", 1, 16, "json, text, or auto: text on a terminal"),
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void signals_set(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

static int exit_of(const struct err *e)
{
    log_line(LOG_ERROR, "%s", e->text);
    return e->fate == ERR_FATAL ? EXIT_MISCONFIGURED : EXIT_TRY_AGAIN;
}

/* ---- migrate, check */

static size_t migration_sets(const struct service *s, struct migration_set sets[2])
{
    sets[0] = (struct migration_set){"runtime", runtime_migrations, runtime_migration_count};
    sets[1] = (struct migration_set){s->name, s->migrations, *s->migration_count};
    return 2;
}

static int run_migrate(const struct service *s, const struct run_settings *settings)
{
    static const struct sql_file *none[] = {NULL};
    struct pg_settings ps = {settings->postgres, "batuta_migrate", s->name, none, 0, 30000};
    struct pg *pg = pg_new(&ps);
    struct migration_set sets[2];
    size_t count = migration_sets(s, sets);
    struct err e = {0};
    int applied = 0;
    bool ok = pg_connect(pg, &e) && migrate(pg, s->name, sets, count, &applied, &e);
    pg_free(pg);
    if (!ok)
        return exit_of(&e);
    log_line(LOG_INFO, "%d migrations applied", applied);
    return 0;
}

static bool check_migrations(const struct service *s, const struct run_settings *settings,
                             struct err *e)
{
    static const struct sql_file *none[] = {NULL};
    char user[128];
    snprintf(user, sizeof user, "batuta_%s", s->name);
    struct pg_settings ps = {settings->postgres, user, s->name, none, 5000, 5000};
    struct pg *pg = pg_new(&ps);
    struct migration_set sets[2];
    size_t count = migration_sets(s, sets);
    bool ok = pg_connect(pg, e) && migrate_check(pg, sets, count, e);
    pg_free(pg);
    return ok;
}

/* Every topic that we read or tell must exist with the number of partitions of the installation. */
static bool check_topic(struct bus *bus, const struct topic *t, int64_t partitions, struct err *e)
{
    int count;
    if (strstr(t->name, "%s"))
        return true; /* one per partner: may come later, its events wait */
    if (!bus_partition_count(bus, t->name, &count, 5000, e))
        return false;
    if (count == 0)
        return err_set(e, ERR_RETRY, "topic %s does not exist: batuta topics apply", t->name);
    if (!t->partition_count && count != partitions)
        return err_set(e, ERR_FATAL, "setting partitions: %lld, but topic %s has %d",
                       (long long)partitions, t->name, count);
    return true;
}

static bool check_topics(struct bus *bus, const struct stream_plan *plan, struct err *e)
{
    const struct service *s = plan->service;
    for (size_t i = 0; i < plan->input_count; i++)
        if (!check_topic(bus, plan->inputs[i], plan->partition_count, e))
            return false;
    for (size_t i = 0; s->tells && s->tells[i]; i++)
        if (!check_topic(bus, s->tells[i]->topic, plan->partition_count, e))
            return false;
    return check_topic(bus, s->dead_letters, plan->partition_count, e);
}

static void warm_topics(struct bus *bus, const struct stream_plan *plan)
{
    for (size_t i = 0; i < plan->output_count; i++)
        bus_warm(bus, plan->outputs[i]->name);
    bus_warm(bus, plan->service->dead_letters->name);
}

/* ---- run */

struct process {
    struct loop loop;
    struct status status;
    struct queries queries;
    struct http *http;
    char user[128], read_user[128], client_id[64];
};

static void loop_prepare(struct process *p, const struct service *s, const struct run_settings *r)
{
    struct loop *l = &p->loop;
    l->service = s;
    l->settings = r;
    l->status = &p->status;
    l->stores[0] = &runtime_store;
    l->stores[1] = s->store;
    snprintf(p->user, sizeof p->user, "batuta_%s", s->name);
    snprintf(p->read_user, sizeof p->read_user, "batuta_%s_read", s->name);
    snprintf(p->client_id, sizeof p->client_id, "%.3s", s->name);
    l->pg_settings = (struct pg_settings){r->postgres, p->user, s->name, l->stores, 30000, 10000};
    l->pg = pg_new(&l->pg_settings);
    stream_plan_init(&l->plan, s, (int)r->partitions);
    arena_init(&l->arena);
    arena_init(&l->stream_memory);
    outboxes_init(&l->outboxes);
    references_init(&l->references, s);
    l->pending = calloc((size_t)r->batch_records, sizeof *l->pending);
    assert(l->pending);
    for (int32_t i = 0; i < (int32_t)r->partitions; i++) {
        stream_init(&l->streams[i], &l->plan, i, &l->stream_memory);
        parked_set_init(&l->parked[i]);
    }
    pthread_mutex_init(&p->status.lock, NULL);
}

static bool http_prepare(struct process *p, struct err *e)
{
    struct loop *l = &p->loop;
    p->queries = (struct queries){.service = l->service, .status = &p->status};
    p->queries.pg_settings = l->pg_settings;
    p->queries.pg_settings.user = p->read_user;
    p->queries.pg_settings.statement_timeout_ms = 10000;
    p->queries.pg = pg_new(&p->queries.pg_settings);
    p->http = http_start(l->settings->http, queries_answer, &p->queries, e);
    return p->http != NULL;
}

static bool bus_prepare(struct process *p, struct err *e)
{
    struct loop *l = &p->loop;
    struct bus_settings bs = {l->settings->brokers, l->settings->kafka_config, p->client_id,
                              l->service->name, (int)l->settings->group_session_ms};
    l->bus = bus_open(&bs, outboxes_report, &l->outboxes, e);
    l->outboxes.bus = l->bus;
    return l->bus != NULL;
}

/* The world at start: a broker, its topics, a migrated schema. Each that is away is said once and
 * waited for. */
static bool world_ready(struct process *p, struct err *e)
{
    struct loop *l = &p->loop;
    struct status *s = &p->status;
    bool kafka = bus_cluster_id(l->bus, l->plan.cluster_id, sizeof l->plan.cluster_id, 2000, e) &&
                 check_topics(l->bus, &l->plan, e);
    pthread_mutex_lock(&s->lock);
    s->kafka = kafka;
    snprintf(s->kafka_error, sizeof s->kafka_error, "%s", kafka ? "" : e->text);
    pthread_mutex_unlock(&s->lock);
    if (!kafka)
        return false;
    bool postgres = check_migrations(l->service, l->settings, e);
    pthread_mutex_lock(&s->lock);
    s->postgres = postgres;
    snprintf(s->postgres_error, sizeof s->postgres_error, "%s", postgres ? "" : e->text);
    pthread_mutex_unlock(&s->lock);
    return postgres;
}

static bool world_wait(struct process *p, struct err *e)
{
    char said[ERR_TEXT_SIZE_MAX] = "";
    int64_t wait_ms = 100;
    while (!stop) {
        memset(e, 0, sizeof *e);
        if (world_ready(p, e))
            return true;
        if (e->fate == ERR_FATAL)
            return false;
        if (strcmp(said, e->text) != 0)
            log_line(LOG_WARN, "waiting: %s", e->text);
        snprintf(said, sizeof said, "%s", e->text);
        bus_wait(p->loop.bus, (int)wait_ms);
        wait_ms = wait_ms < 2000 ? wait_ms * 2 : 2000;
    }
    return true;
}

static bool serve(struct process *p, struct err *e)
{
    struct loop *l = &p->loop;
    l->systems = systems_load(l->settings->systems_file, l->service->rights, e);
    if (!l->systems || !bus_prepare(p, e) || !http_prepare(p, e))
        return false;
    l->intake = (struct intake){&l->plan, l->systems, l->settings->auth_required};
    log_line(LOG_INFO, "listening on http port %d", http_port(p->http));
    if (!world_wait(p, e))
        return false;
    if (stop)
        return true;
    warm_topics(l->bus, &l->plan);
    l->watermarks = watermarks_start(l->bus, &l->plan);
    return bus_join(l->bus, l->plan.inputs[0]->name, e) && loop_run(l, &stop, e);
}

static void process_release(struct process *p)
{
    struct loop *l = &p->loop;
    http_stop(p->http);
    watermarks_stop(l->watermarks);
    if (l->bus)
        bus_close(l->bus, 0);
    pg_free(l->pg);
    pg_free(p->queries.pg);
    systems_free(l->systems);
    references_release(&l->references);
    outboxes_release(&l->outboxes);
    for (int32_t i = 0; i < l->plan.partition_count; i++)
        parked_set_release(&l->parked[i]);
    for (size_t i = 0; i < l->pending_count; i++)
        bus_record_release(&l->pending[i]);
    free(l->pending);
    arena_release(&l->arena);
    arena_release(&l->stream_memory);
    row_cache_release(&l->cache);
}

static int run_loop(const struct service *s, const struct run_settings *settings)
{
    struct process *p = calloc(1, sizeof *p);
    struct err e = {0};
    assert(p);
    signals_set();
    loop_prepare(p, s, settings);
    bool ok = serve(p, &e);
    int code = ok ? 0 : exit_of(&e);
    process_release(p);
    free(p);
    if (ok)
        log_line(LOG_INFO, "stopped");
    return code;
}

static int run_check(const struct service *s, const struct run_settings *settings)
{
    struct err e = {0};
    struct systems *systems = systems_load(settings->systems_file, s->rights, &e);
    bool ok = systems != NULL && check_migrations(s, settings, &e);
    struct stream_plan plan;
    stream_plan_init(&plan, s, (int)settings->partitions);
    struct bus_settings bs = {settings->brokers, settings->kafka_config, "check", NULL, 0};
    struct bus *bus = ok ? bus_open(&bs, NULL, NULL, &e) : NULL;
    ok = bus && bus_cluster_id(bus, plan.cluster_id, sizeof plan.cluster_id, 5000, &e) &&
         check_topics(bus, &plan, &e);
    bus_close(bus, 0);
    systems_free(systems);
    if (!ok)
        return exit_of(&e);
    printf("%s: settings, schema and topics are as they should be\n", s->name);
    return 0;
}

/* ---- main */

static void print_help(const struct service *s)
{
    printf("batuta-%s: %s\n\nusage: batuta-%s run|migrate|check|describe|republish|reconcile|"
           "unread|rebind [settings]\n\n"
           "  run        work until SIGTERM\n"
           "  migrate    bring the schema up to date (as batuta_migrate)\n"
           "  check      settings, schema, topics: are they as they should be?\n"
           "  describe   duty, topics, messages and state tables\n"
           "  republish  send the journal's events again: --part N --from SEQ (default: all parts, "
           "0)\n"
           "  reconcile  start a new incarnation after an older backup was restored\n"
           "  unread     commands on its topics that it has not read\n"
           "  rebind     all topics are new: read from their beginning, tell everything again\n"
           "\nsettings:\n",
           s->name, s->duty, s->name);
    settings_help(settings_table, ARRAY_LEN(settings_table));
}

static int run_described(const struct service *s)
{
    service_describe(s);
    if (s->describe)
        s->describe();
    return 0;
}

int service_main(const struct service *s, int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "--help";
    struct run_settings settings = {0};
    struct err e = {0};
    log_init(s->name, "info", "auto");
    if (strcmp(command, "--help") == 0 || strcmp(command, "help") == 0) {
        print_help(s);
        return argc > 1 ? 0 : EXIT_MISCONFIGURED;
    }
    if (strcmp(command, "describe") == 0)
        return run_described(s);
#ifdef BATUTA_CRASH_POINTS
    if (strcmp(command, "crash-points") == 0) {
        crash_list();
        return 0;
    }
#endif
    struct operate_range range = {-1, 0};
    int rest = operate_range_read(argc, argv, &range);
    if (!settings_read(settings_table, ARRAY_LEN(settings_table), argc - rest, argv + rest,
                       &settings, &e))
        return exit_of(&e);
    if (!log_words_known(settings.log_level, settings.log_format)) {
        log_line(
            LOG_ERROR,
            "setting log_level (--log-level, BATUTA_LOG_LEVEL) wants debug, info, warn or error; "
            "log_format (--log-format, BATUTA_LOG_FORMAT) wants json, text or auto");
        return EXIT_MISCONFIGURED;
    }
    log_init(s->name, settings.log_level, settings.log_format);
    if (strcmp(command, "run") == 0)
        return run_loop(s, &settings);
    if (strcmp(command, "migrate") == 0)
        return run_migrate(s, &settings);
    if (strcmp(command, "check") == 0)
        return run_check(s, &settings);
    struct pg_settings ps = {settings.postgres, NULL, s->name, NULL, 30000, 10000};
    if (strcmp(command, "republish") == 0)
        return operate_republish(s, &ps, (int)settings.partitions, &range);
    if (strcmp(command, "reconcile") == 0)
        return operate_reconcile(s, &ps, (int)settings.partitions);
    struct bus_settings bs = {settings.brokers, settings.kafka_config, "operate", NULL, 0};
    if (strcmp(command, "unread") == 0)
        return operate_unread(s, &ps, &bs, (int)settings.partitions);
    if (strcmp(command, "rebind") == 0)
        return operate_rebind(s, &ps, &bs, (int)settings.partitions);
    log_line(LOG_ERROR,
             "unknown subcommand %s: run, migrate, check, describe, republish, reconcile, unread, "
             "rebind",
             command);
    return EXIT_MISCONFIGURED;
}
