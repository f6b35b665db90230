/* queries: routing a request to a statement. */
#include "common/queries.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"

static const struct query runtime_queries[] = {
    {"/commands/{id}", "answer_by_command", "What came of a command, by its ce_id."},
    {"/parked?key=&limit=", "parked_list", "Records that wait behind one that cannot be decided."},
    {"/dead_letters?limit=", "dead_letter_list", "Dead letters, newest first."},
    {"/streams", "stream_list", "The fenced rows: positions and sequences."},
};

/* ---- readiness */

static void missing_add(struct buf *b, size_t *count, const char *what, const char *why)
{
    if (!*why)
        return;
    buf_text(b, (*count)++ ? "," : "");
    char text[700];
    snprintf(text, sizeof text, "%s%s%s", what, *what ? ": " : "", why);
    json_write_text(str_of(text), b);
}

static void answer_ready(struct queries *q, struct arena *a, struct http_response *response)
{
    struct status *s = q->status;
    struct buf b = {.arena = a};
    size_t count = 0;
    pthread_mutex_lock(&s->lock);
    if (!s->postgres)
        missing_add(&b, &count, "postgres",
                    s->postgres_error[0] ? s->postgres_error : "not connected yet");
    if (!s->kafka)
        missing_add(&b, &count, "kafka", s->kafka_error[0] ? s->kafka_error : "not reached yet");
    if (!s->joined)
        missing_add(&b, &count, "group", "no partitions assigned yet");
    missing_add(&b, &count, "", s->parts);
    missing_add(&b, &count, "", s->hole);
    missing_add(&b, &count, "", s->refusing);
    pthread_mutex_unlock(&s->lock);
    struct str missing = count ? buf_done(&b) : STR("");
    response->status = count ? 503 : 200;
    response->body = arena_printf(a, "{\"ready\":%s,\"missing\":[%.*s]}\n",
                                  count ? "false" : "true", STR_ARG(missing));
}

/* ---- patterns: "/orders/{id}/timeline?state=&limit=" */

static struct str segment_next(struct str *path)
{
    while (path->size && *path->at == '/')
        path->at++, path->size--;
    const char *end = path->size ? memchr(path->at, '/', path->size) : NULL;
    struct str segment = {path->at, end ? (size_t)(end - path->at) : path->size};
    path->at += segment.size;
    path->size -= segment.size;
    return segment;
}

enum { VALUE_COUNT_MAX = 16 };

struct values {
    struct str items[VALUE_COUNT_MAX];
    size_t count;
};

static bool path_matches(struct str pattern, struct str path, struct values *out)
{
    out->count = 0;
    for (;;) {
        struct str want = segment_next(&pattern);
        bool last = pattern.size == 0;
        if (want.size > 2 && want.at[0] == '{') {
            struct str got = segment_next(&path);
            if (str_blank(got))
                return false;
            out->items[out->count++] = got;
        } else if (!str_eq(want, segment_next(&path)))
            return false;
        if (last)
            return path.size == 0;
        if (path.size == 0)
            return false;
    }
}

/* Query parameters in the order of the pattern; an unknown one is refused. */
static bool arguments_match(struct str pattern, const struct http_request *r, struct values *out)
{
    size_t known = 0;
    while (pattern.size) {
        const char *end = memchr(pattern.at, '=', pattern.size);
        size_t size = end ? (size_t)(end - pattern.at) : pattern.size;
        struct str value = STR_NONE;
        for (size_t i = 0; i < r->argument_count; i++)
            if (str_eq(r->arguments[i].name, (struct str){pattern.at, size}))
                value = r->arguments[i].value, known++;
        assert(out->count < VALUE_COUNT_MAX);
        out->items[out->count++] = value;
        size_t skip = size + (end ? 1 : 0);
        pattern.at += skip, pattern.size -= skip;
        if (pattern.size && *pattern.at == '&')
            pattern.at++, pattern.size--;
    }
    return known == r->argument_count;
}

static const struct query *find(struct queries *q, const struct http_request *r,
                                struct values *values, bool *arguments_fit)
{
    size_t own = q->service->query_count;
    for (size_t i = 0; i < own + ARRAY_LEN(runtime_queries); i++) {
        const struct query *query = i < own ? &q->service->queries[i] : &runtime_queries[i - own];
        const char *mark = strchr(query->path, '?');
        struct str path = {query->path, mark ? (size_t)(mark - query->path) : strlen(query->path)};
        if (!path_matches(path, r->path, values))
            continue;
        *arguments_fit = arguments_match(str_of(mark ? mark + 1 : ""), r, values);
        return query;
    }
    return NULL;
}

static bool ask(struct queries *q, const struct query *query, struct pg_params *p,
                struct pg_rows *rows, struct err *e)
{
    return (pg_connected(q->pg) || pg_connect(q->pg, e)) &&
           pg_query(q->pg, query->statement, p, rows, e);
}

static void run(struct queries *q, const struct query *query, const struct values *values,
                struct arena *a, struct http_response *response)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    struct pg_params *p = pg_params_new(a);
    for (size_t i = 0; i < values->count; i++)
        pg_add_text(p, values->items[i]);
    bool ok = ask(q, query, p, &rows, &e);
    if (!ok && e.fate == ERR_RETRY && !pg_connected(q->pg)) {
        /* Postgres was restarted since the last question: the connection is new now. */
        memset(&e, 0, sizeof e);
        ok = ask(q, query, p, &rows, &e);
    }
    if (!ok) {
        bool bad = e.fate == ERR_POISON; /* a parameter that is not what its column wants */
        http_problem(response, a, bad ? 400 : 503, bad ? "parameter_invalid" : "unavailable",
                     bad ? "a parameter has the wrong form" : "the database cannot be asked now");
        return;
    }
    if (rows.count == 0 || pg_is_null(&rows, 0, 0)) {
        http_problem(response, a, 404, "not_found", "there is nothing by that name");
    } else {
        struct buf b = {.arena = a};
        buf_str(&b, pg_text(&rows, 0, 0));
        buf_text(&b, "\n");
        response->status = 200;
        response->body = buf_done(&b);
    }
    pg_rows_release(&rows);
}

void queries_answer(void *context, const struct http_request *request,
                    struct http_response *response)
{
    struct queries *q = context;
    struct arena *a = request->arena;
    struct values values;
    bool fit = true;
    if (str_is(request->path, "/livez")) {
        response->status = 200;
        response->body = STR("{\"live\":true}\n");
        return;
    }
    if (str_is(request->path, "/readyz")) {
        answer_ready(q, a, response);
        return;
    }
    if (str_is(request->path, "/metrics")) {
        struct buf b = {.arena = a};
        metrics_write(loop_metrics, METRIC_COUNT, q->service->name, &b);
        response->status = 200;
        response->content_type = "text/plain; version=0.0.4; charset=utf-8";
        response->body = buf_done(&b);
        return;
    }
    const struct query *query = find(q, request, &values, &fit);
    if (!query)
        http_problem(response, a, 404, "not_found", "there is nothing by that name");
    else if (!fit)
        http_problem(response, a, 400, "parameter_unknown", "a query parameter is not known");
    else
        run(q, query, &values, a, response);
}
