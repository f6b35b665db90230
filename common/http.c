/* http: the read-only side door of a service (the only file that includes microhttpd.h). */
#include "common/http.h"

#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/escape.h"
#include "common/http_target.h"

enum {
    CONNECTION_COUNT_MAX = 64,
    CONNECTION_SIZE_MAX = 16 * 1024, /* request line and headers; more is 414 or 431 */
    IDLE_SECONDS_MAX = 15,
    ADDRESS_SIZE_MAX = 128
};

struct http {
    struct MHD_Daemon *daemon; /* owned */
    http_handler handler;
    void *context;
};

/* One request under way: from its first line to its last byte. */
struct exchange {
    struct arena arena;
    struct str target; /* as sent */
    bool seen;         /* the headers were looked at */
};

static void exchange_free(struct exchange *x)
{
    arena_release(&x->arena);
    free(x);
}

/* microhttpd hands over the request's target before it takes it apart: we read it ourselves. */
static void *exchange_begin(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    struct exchange *x = calloc(1, sizeof(*x));
    if (x == NULL)
        return NULL; /* answered with 503 */
    arena_init(&x->arena);
    x->target = arena_str(&x->arena, str_of(uri));
    return x;
}

static void exchange_end(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    if (*state != NULL)
        exchange_free(*state);
    *state = NULL;
}

static size_t unescape_not(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* The body is copied: the handler may answer with bytes that change later. */
static enum MHD_Result respond(struct MHD_Connection *connection, const struct http_response *r)
{
    struct MHD_Response *m = MHD_create_response_from_buffer(
        r->body.size, (void *)(uintptr_t)(r->body.at != NULL ? r->body.at : ""),
        MHD_RESPMEM_MUST_COPY);
    if (m == NULL)
        return MHD_NO;
    const char *type = r->content_type != NULL ? r->content_type : "application/json";
    enum MHD_Result ok = MHD_add_response_header(m, "Content-Type", type);
    if (ok == MHD_YES)
        ok = MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    if (ok == MHD_YES)
        ok = MHD_add_response_header(m, "Cache-Control", "no-store");
    if (ok == MHD_YES && r->status == 405)
        ok = MHD_add_response_header(m, "Allow", "GET, HEAD");
    if (ok == MHD_YES)
        ok = MHD_queue_response(connection, (unsigned)r->status, m);
    MHD_destroy_response(m);
    return ok;
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    const char *coding =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
    return coding != NULL || (length != NULL && strcmp(length, "0") != 0);
}

static void serve(const struct http *h, struct exchange *x, struct http_response *response)
{
    struct http_request request = {.arena = &x->arena};
    const char *why = NULL;
    int refusal = http_target_read(x->target, &request, &why);
    if (refusal != 0)
        http_problem(response, &x->arena, refusal, "request_invalid", why);
    else
        h->handler(h->context, &request, response);
}

/* Called once with the headers and, unless already answered, again for the body, which is empty. */
/* tidy: allow params because microhttpd calls it with these. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    (void)url, (void)version, (void)upload, (void)upload_size;
    const struct http *h = context;
    struct exchange *x = *state;
    struct http_response response = {.status = 503, .body = STR("{}")};
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (x == NULL)
        return respond(connection, &response);
    if (!reads) {
        http_problem(&response, &x->arena, 405, "method_not_allowed",
                     "This address only answers GET and HEAD.");
        return respond(connection, &response);
    }
    if (has_body(connection)) {
        http_problem(&response, &x->arena, 413, "body_not_allowed", "A GET carries no body here.");
        return respond(connection, &response);
    }
    if (!x->seen) {
        x->seen = true;
        return MHD_YES;
    }
    response = (struct http_response){.status = 200};
    serve(h, x, &response);
    return respond(connection, &response);
}

/* --- start and stop */

/* "127.0.0.1:8081", "[::1]:8081" or ":8081" (all addresses); numbers only: no name is looked up. */
static struct addrinfo *address_read(const char *address)
{
    char host[ADDRESS_SIZE_MAX];
    const char *colon = strrchr(address, ':');
    size_t size = colon != NULL ? (size_t)(colon - address) : sizeof(host);
    if (size >= sizeof(host))
        return NULL;
    const char *start = address;
    if (size >= 2 && address[0] == '[' && address[size - 1] == ']') {
        start++;
        size -= 2;
    }
    memcpy(host, start, size);
    host[size] = '\0';
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_family = size > 0 ? AF_UNSPEC : AF_INET,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    if (getaddrinfo(size > 0 ? host : NULL, colon + 1, &hints, &found) != 0)
        return NULL;
    return found;
}

static struct MHD_Daemon *daemon_start(struct http *h, const struct addrinfo *address)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    if (address->ai_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(flags, 0, NULL, NULL, answer, h, MHD_OPTION_SOCK_ADDR, address->ai_addr,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_COUNT_MAX,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_SIZE_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS_MAX,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
                            exchange_begin, NULL, MHD_OPTION_UNESCAPE_CALLBACK, unescape_not, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, exchange_end, NULL, MHD_OPTION_END);
}

struct http *http_start(const char *address, http_handler handler, void *context, struct err *e)
{
    struct addrinfo *found = address_read(address);
    if (found == NULL) {
        (void)err_set(e, ERR_FATAL, "http: address %s, wanted like 127.0.0.1:8081", address);
        return NULL;
    }
    struct http *h = calloc(1, sizeof(*h));
    if (h == NULL)
        abort();
    h->handler = handler;
    h->context = context;
    /* Signals are for the loop: the thread started here takes none. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    h->daemon = daemon_start(h, found);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    freeaddrinfo(found);
    if (h->daemon != NULL)
        return h;
    free(h);
    (void)err_set(e, ERR_FATAL, "http: cannot listen on %s", address);
    return NULL;
}

int http_port(const struct http *h)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void http_stop(struct http *h)
{
    if (h == NULL)
        return;
    MHD_stop_daemon(h->daemon);
    free(h);
}

/* --- for handlers */

static struct str escaped(struct arena *a, const char *text)
{
    struct str s = str_of(text);
    char *out = arena_alloc(a, s.size * ESCAPE_GROWTH_MAX);
    return (struct str){out, escape_json(s, out, s.size * ESCAPE_GROWTH_MAX)};
}

void http_problem(struct http_response *r, struct arena *a, int status, const char *code,
                  const char *detail)
{
    const char *title = MHD_get_reason_phrase_for((unsigned)status);
    const struct str safe_code = escaped(a, code), safe_detail = escaped(a, detail);
    r->status = status;
    r->content_type = "application/problem+json";
    r->body = arena_printf(a,
                           "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                           "\"code\":\"%.*s\",\"detail\":\"%.*s\"}",
                           title, status, STR_ARG(safe_code), STR_ARG(safe_detail));
}

struct str http_argument(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->argument_count; i++)
        if (str_is(r->arguments[i].name, name))
            return r->arguments[i].value;
    return STR_NONE;
}
