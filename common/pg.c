/* pg: the one connection to Postgres: connecting, preparing, pipelines, transactions. (The only
 * file that includes libpq-fe.h; formats are in pg_wire, pg_params and pg_rows.) */
#include "common/crash.h"
#include "common/pg_wire.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATEMENT_BEGIN  "batuta_begin"
#define STATEMENT_COMMIT "batuta_commit"

enum { BINARY = 1, SERVER_VERSION_MIN = 150000 };

struct pg {
    const struct pg_settings *settings;
    PGconn *conn; /* owned; NULL when not connected */
};

struct pg *pg_new(const struct pg_settings *settings)
{
    struct pg *pg = calloc(1, sizeof(*pg));
    if (pg == NULL)
        abort();
    pg->settings = settings;
    return pg;
}

void pg_free(struct pg *pg)
{
    if (pg == NULL)
        return;
    pg_disconnect(pg);
    free(pg);
}

void pg_disconnect(struct pg *pg)
{
    PQfinish(pg->conn);
    pg->conn = NULL;
}

bool pg_connected(const struct pg *pg)
{
    return pg->conn != NULL;
}

int pg_backend_pid(const struct pg *pg)
{
    return pg->conn != NULL ? PQbackendPID(pg->conn) : 0;
}

/* --- errors */

/* libpq's messages end in a line break and may have several lines: one is enough. */
static struct str first_line(const char *message)
{
    return (struct str){message, strcspn(message, "\n")};
}

/* Says what went wrong on the connection itself and drops it. */
static bool connection_lost(struct pg *pg, const char *what, struct err *e)
{
    struct str line = first_line(PQerrorMessage(pg->conn));
    (void)err_set(e, ERR_RETRY, "database: connection lost at %s: %.*s", what, STR_ARG(line));
    pg_disconnect(pg);
    return false;
}

/* What a failed result says. The detail is left out: it quotes rows. */
static bool result_error(const PGresult *result, const char *what, struct err *e)
{
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (code == NULL) { /* made by libpq: out of memory, or the connection broke */
        struct str line = first_line(PQresultErrorMessage(result));
        return err_set(e, ERR_RETRY, "database: %s: %.*s", what, STR_ARG(line));
    }
    return err_set(e, pg_fate_of(code), "database: %s: %s (SQLSTATE %s)", what,
                   text != NULL ? text : "", code);
}

/* Leaves no transaction open and no broken connection behind a failure. */
static void failure_settle(struct pg *pg)
{
    if (PQstatus(pg->conn) == CONNECTION_OK && PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
        PQclear(PQexec(pg->conn, "rollback"));
    if (PQstatus(pg->conn) != CONNECTION_OK || PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
        pg_disconnect(pg);
}

static bool connection_ready(const struct pg *pg, const char *what, struct err *e)
{
    if (pg->conn != NULL)
        return true;
    return err_set(e, ERR_RETRY, "database: not connected at %s", what);
}

/* Takes the result of a command that was waited for; false: it failed and everything is settled. */
static bool result_check(struct pg *pg, const PGresult *result, const char *what, struct err *e)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return true;
    struct err first = {0};
    (void)result_error(result, what, &first);
    failure_settle(pg);
    enum err_fate fate = pg->conn == NULL ? ERR_RETRY : first.fate;
    return err_set(e, fate, "%s", first.text);
}

/* --- connecting */

static void notice_ignore(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static PGconn *connection_open(const struct pg_settings *s)
{
    /* What stands before dbname may be set otherwise by conninfo, what stands behind it not. The
     * keepalives find a dead server within about 30 s, tcp_user_timeout one that stops answering
     * while we send. */
    const char *const names[] = {"connect_timeout",     "keepalives",       "keepalives_idle",
                                 "keepalives_interval", "keepalives_count", "tcp_user_timeout",
                                 "gssencmode",          "dbname",           "user",
                                 "application_name",    "client_encoding",  NULL};
    const char *const values[] = {"5",       "1",         "10",    "5",       "4",    "20000",
                                  "disable", s->conninfo, s->user, s->schema, "UTF8", NULL};
    PGconn *conn = PQconnectdbParams(names, values, 1);
    if (conn == NULL)
        abort(); /* no memory at all */
    if (PQstatus(conn) != CONNECTION_OK) {
        /* Once more, now with the SQLSTATE in the message: it tells "not yet" from "never". */
        PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
        PQreset(conn);
        PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
    }
    return conn;
}

/* Finds "FATAL:  28P01: ..." in the message of a failed login; false when the server said nothing.
 */
static bool message_code(const char *message, char code[6])
{
    for (const char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        size_t size = 0;
        while (isdigit((unsigned char)at[3 + size]) || isupper((unsigned char)at[3 + size]))
            size++;
        if (size != 5 || strncmp(at + 8, ": ", 2) != 0)
            continue;
        memcpy(code, at + 3, 5);
        code[5] = '\0';
        return true;
    }
    return false;
}

static bool connection_refused(const PGconn *conn, struct err *e)
{
    const char *message = PQerrorMessage(conn);
    char code[6] = "";
    enum err_fate fate = message_code(message, code) ? pg_fate_of(code) : ERR_RETRY;
    if (PQconnectionNeedsPassword(conn)) /* and there is none: libpq itself gives up */
        fate = ERR_FATAL;
    struct str line = first_line(message);
    return err_set(e, fate, "database: %.*s", STR_ARG(line));
}

/* Fixes what statements rely on. Parameters of single statements are arrays, whose size a planner
 * cannot see: one generic plan is right for all, and cheapest. */
static bool session_set(struct pg *pg, struct err *e)
{
    static const char sql[] =
        "select case when $1::text is null then true"
        "  else exists(select 1 from pg_namespace where nspname = $1::text) end,"
        " case when $1::text is not null"
        "  then set_config('search_path', quote_ident($1::text) || ', pg_temp', false) end,"
        " set_config('statement_timeout', $2::text, false),"
        " set_config('lock_timeout', $3::text, false),"
        " set_config('idle_in_transaction_session_timeout', '30s', false),"
        " set_config('plan_cache_mode', 'force_generic_plan', false),"
        " set_config('jit', 'off', false), set_config('timezone', 'UTC', false)";
    const struct pg_settings *s = pg->settings;
    char statement_ms[16], lock_ms[16];
    snprintf(statement_ms, sizeof(statement_ms), "%d", s->statement_timeout_ms);
    snprintf(lock_ms, sizeof(lock_ms), "%d", s->lock_timeout_ms);
    const char *const values[] = {s->schema, statement_ms, lock_ms};
    PGresult *result = PQexecParams(pg->conn, sql, 3, NULL, values, NULL, NULL, 0);
    bool ok = result_check(pg, result, "session settings", e);
    bool exists = ok && PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    if (ok && !exists)
        return err_set(e, ERR_FATAL,
                       "database: schema %s is missing: run deploy/postgres/roles.sql", s->schema);
    return ok;
}

/* Reads the results of a pipeline up to its Sync. The first failure is kept in *first. */
static bool result_next(struct pg *pg, const char *what, PGresult **result, struct err *first)
{
    *result = PQgetResult(pg->conn);
    ExecStatusType status = PQresultStatus(*result);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!ok && first->fate == ERR_NONE)
        (void)result_error(*result, what, first);
    if (!ok) {
        PQclear(*result);
        *result = NULL;
    }
    /* Each command's results end in NULL. A broken connection may repeat its complaint for ever. */
    PGresult *end = NULL;
    while (PQstatus(pg->conn) == CONNECTION_OK && (end = PQgetResult(pg->conn)) != NULL)
        PQclear(end);
    return ok;
}

/* After the last result: takes the Sync and settles. */
static bool pipeline_end(struct pg *pg, const char *what, struct err *first, struct err *e)
{
    if (PQstatus(pg->conn) == CONNECTION_OK) {
        PGresult *sync = PQgetResult(pg->conn);
        bool synced = PQresultStatus(sync) == PGRES_PIPELINE_SYNC;
        PQclear(sync);
        if (!synced || PQexitPipelineMode(pg->conn) != 1)
            return connection_lost(pg, what, e);
    }
    if (first->fate == ERR_NONE && PQstatus(pg->conn) == CONNECTION_OK)
        return true;
    failure_settle(pg);
    if (pg->conn == NULL && first->fate == ERR_NONE)
        return err_set(e, ERR_RETRY, "database: connection lost at %s", what);
    enum err_fate fate = pg->conn == NULL ? ERR_RETRY : first->fate;
    return err_set(e, fate, "%s", first->text);
}

static bool prepare_send(struct pg *pg, struct str name, struct str text)
{
    char *copy = malloc(name.size + text.size + 2); /* libpq wants C strings */
    if (copy == NULL)
        abort();
    char *sql = copy + name.size + 1;
    memcpy(copy, name.at, name.size);
    copy[name.size] = '\0';
    memcpy(sql, text.at, text.size);
    sql[text.size] = '\0';
    bool ok = PQsendPrepare(pg->conn, copy, sql, 0, NULL) == 1;
    free(copy);
    return ok;
}

static bool prepare_send_all(struct pg *pg)
{
    bool ok = PQenterPipelineMode(pg->conn) == 1 &&
              prepare_send(pg, STR(STATEMENT_BEGIN), STR("begin")) &&
              prepare_send(pg, STR(STATEMENT_COMMIT), STR("commit"));
    const struct sql_file *const *store = pg->settings->stores;
    for (; ok && store != NULL && *store != NULL; store++) {
        const char *cursor = (*store)->text;
        struct sql_block block;
        while (ok && sql_next(&cursor, &block))
            ok = prepare_send(pg, block.name, block.text);
    }
    return ok && PQpipelineSync(pg->conn) == 1;
}

static void prepare_read(struct pg *pg, const char *what, struct err *first)
{
    PGresult *result = NULL;
    if (PQstatus(pg->conn) == CONNECTION_OK && result_next(pg, what, &result, first))
        PQclear(result);
}

static bool prepare_all(struct pg *pg, struct err *e)
{
    if (!prepare_send_all(pg))
        return connection_lost(pg, "preparing", e);
    struct err first = {0};
    prepare_read(pg, STATEMENT_BEGIN, &first);
    prepare_read(pg, STATEMENT_COMMIT, &first);
    const struct sql_file *const *store = pg->settings->stores;
    for (; store != NULL && *store != NULL; store++) {
        const char *cursor = (*store)->text;
        struct sql_block block;
        while (sql_next(&cursor, &block)) {
            char what[128];
            snprintf(what, sizeof(what), "preparing %.*s of %s", STR_ARG(block.name),
                     (*store)->name);
            prepare_read(pg, what, &first);
        }
    }
    if (first.fate == ERR_POISON || first.fate == ERR_FENCED)
        first.fate = ERR_FATAL; /* no input is to blame for a statement */
    return pipeline_end(pg, "preparing", &first, e);
}

/* A text that no retry will ever make a connection string. */
static bool conninfo_sound(const char *conninfo, struct err *e)
{
    char *why = NULL;
    PQconninfoOption *parsed = PQconninfoParse(conninfo, &why);
    bool sound = parsed != NULL;
    if (!sound)
        (void)err_set(e, ERR_FATAL, "setting postgres (--postgres, BATUTA_POSTGRES): %.*s",
                      STR_ARG(first_line(why ? why : "not a connection string")));
    PQconninfoFree(parsed);
    PQfreemem(why);
    return sound;
}

bool pg_connect(struct pg *pg, struct err *e)
{
    pg_disconnect(pg);
    if (!conninfo_sound(pg->settings->conninfo, e))
        return false;
    pg->conn = connection_open(pg->settings);
    bool ok = PQstatus(pg->conn) == CONNECTION_OK || connection_refused(pg->conn, e);
    if (ok && PQserverVersion(pg->conn) < SERVER_VERSION_MIN)
        ok = err_set(e, ERR_FATAL, "database: server version %d, wanted %d or later",
                     PQserverVersion(pg->conn), SERVER_VERSION_MIN);
    if (ok)
        PQsetNoticeReceiver(pg->conn, notice_ignore, NULL);
    ok = ok && session_set(pg, e) && prepare_all(pg, e);
    if (!ok)
        pg_disconnect(pg);
    return ok;
}

/* --- plain statements */

bool pg_run(struct pg *pg, const char *sql, struct err *e)
{
    if (!connection_ready(pg, "plain SQL", e))
        return false;
    PGresult *result = PQexec(pg->conn, sql);
    bool ok = result_check(pg, result, "plain SQL", e);
    PQclear(result);
    return ok;
}

/* Parameters as libpq wants them. */
struct wire_params {
    int count;
    const char *values[PG_PARAM_COUNT_MAX];
    int sizes[PG_PARAM_COUNT_MAX];
    int formats[PG_PARAM_COUNT_MAX];
};

static void wire_params_set(struct wire_params *w, const struct pg_params *params)
{
    w->count = params != NULL ? (int)params->count : 0;
    for (int i = 0; i < w->count; i++) {
        w->values[i] = params->values[i].at;
        w->sizes[i] = (int)params->values[i].size;
        w->formats[i] = BINARY;
    }
}

static void rows_take(struct pg_rows *rows, PGresult *result)
{
    rows->result = result;
    rows->count = (size_t)PQntuples(result);
}

bool pg_ask(struct pg *pg, const char *sql, struct pg_params *params, struct pg_rows *rows,
            struct err *e)
{
    if (!connection_ready(pg, "a query", e))
        return false;
    struct wire_params w;
    wire_params_set(&w, params);
    PGresult *result =
        PQexecParams(pg->conn, sql, w.count, NULL, w.values, w.sizes, w.formats, BINARY);
    bool ok = result_check(pg, result, "a query", e);
    if (ok && rows != NULL)
        rows_take(rows, result);
    else
        PQclear(result);
    return ok;
}

/* --- pipelines */

static bool call_send(struct pg *pg, const char *statement, const struct pg_params *params)
{
    struct wire_params w;
    wire_params_set(&w, params);
    return PQsendQueryPrepared(pg->conn, statement, w.count, w.values, w.sizes, w.formats,
                               BINARY) == 1;
}

#ifdef BATUTA_CRASH_POINTS
/* What was sent so far gets to the server, and it has time to run it. */
static void arrive(struct pg *pg)
{
    PQsendFlushRequest(pg->conn);
    PQflush(pg->conn);
    nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
}
#endif

/* In blocking mode libpq reads while it cannot write, so neither side waits for the other. */
static bool calls_send(struct pg *pg, enum pg_wrap wrap, const struct pg_call *calls, size_t count)
{
    bool ok = PQenterPipelineMode(pg->conn) == 1;
    if (wrap == PG_PLAIN) {
        for (size_t i = 0; ok && i < count; i++)
            ok = call_send(pg, calls[i].statement, calls[i].params);
        return ok && PQpipelineSync(pg->conn) == 1;
    }
    CRASH_POINT("begin-before");
    ok = ok && call_send(pg, STATEMENT_BEGIN, NULL);
    CRASH_POINT_AFTER("begin-after", arrive(pg));
    for (size_t i = 0; ok && i < count; i++)
        ok = call_send(pg, calls[i].statement, calls[i].params);
    CRASH_POINT_AFTER("commit-before", arrive(pg));
    ok = ok && call_send(pg, STATEMENT_COMMIT, NULL) && PQpipelineSync(pg->conn) == 1;
    CRASH_POINT_AFTER("commit-sent", arrive(pg));
    return ok;
}

static void call_read(struct pg *pg, const char *statement, struct pg_rows *rows, struct err *first)
{
    PGresult *result = NULL;
    if (PQstatus(pg->conn) != CONNECTION_OK || !result_next(pg, statement, &result, first))
        return;
    if (rows != NULL)
        rows_take(rows, result);
    else
        PQclear(result);
}

/* tidy: allow params because calls travel beside their count and results. */
bool pg_do(struct pg *pg, enum pg_wrap wrap, const struct pg_call *calls, size_t count,
           struct pg_rows *rows, struct err *e)
{
    if (rows != NULL)
        memset(rows, 0, count * sizeof(*rows));
    if (count == 0)
        return true;
    const char *what = calls[0].statement;
    if (!connection_ready(pg, what, e))
        return false;
    if (!calls_send(pg, wrap, calls, count))
        return connection_lost(pg, what, e);
    struct err first = {0};
    if (wrap == PG_TRANSACTION)
        call_read(pg, "begin", NULL, &first);
    for (size_t i = 0; i < count; i++)
        call_read(pg, calls[i].statement, rows != NULL ? &rows[i] : NULL, &first);
    if (wrap == PG_TRANSACTION)
        call_read(pg, "commit", NULL, &first);
    bool ok = pipeline_end(pg, what, &first, e);
    if (wrap == PG_TRANSACTION && ok)
        CRASH_POINT("commit-after");
    for (size_t i = 0; !ok && rows != NULL && i < count; i++)
        pg_rows_release(&rows[i]);
    return ok;
}

bool pg_query(struct pg *pg, const char *statement, struct pg_params *params, struct pg_rows *rows,
              struct err *e)
{
    const struct pg_call call = {statement, params};
    return pg_do(pg, PG_PLAIN, &call, 1, rows, e);
}

/* --- results */

void pg_rows_release(struct pg_rows *rows)
{
    PQclear(rows->result);
    *rows = (struct pg_rows){0};
}

struct str pg_cell(const struct pg_rows *rows, size_t row, int column, unsigned *type)
{
    const PGresult *result = rows->result;
    assert(row < rows->count && column >= 0 && column < PQnfields(result));
    *type = PQftype(result, column);
    if (PQgetisnull(result, (int)row, column))
        return STR_NONE;
    return (struct str){PQgetvalue(result, (int)row, column),
                        (size_t)PQgetlength(result, (int)row, column)};
}
