/* http: the read-only side door of a service (the only file that includes microhttpd.h). One thread
 * of its own, which calls the handler; the loop's thread never waits for it. GET and HEAD only. */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include "common/arena.h"
#include "common/err.h"

enum { HTTP_ARGUMENT_COUNT_MAX = 16, HTTP_PATH_SIZE_MAX = 1024 };

struct http_request {
    struct str path; /* decoded once, e.g. "/orders/abc"; never contains NUL */
    size_t argument_count;
    struct {
        struct str name, value;
    } arguments[HTTP_ARGUMENT_COUNT_MAX]; /* query parameters, decoded */
    struct arena *arena;                  /* of this request */
};

struct http_response {
    int status;
    const char *content_type; /* default application/json */
    struct str body;
};

typedef void (*http_handler)(void *context, const struct http_request *request,
                             struct http_response *response);

struct http;
/* address: "127.0.0.1:8081" or "127.0.0.1:0" (a free port). NULL and ERR_FATAL when it cannot
 * listen. */
struct http *http_start(const char *address, http_handler handler, void *context, struct err *e);
int http_port(const struct http *h);
void http_stop(struct http *h);

/* RFC 9457 problem+json. */
void http_problem(struct http_response *r, struct arena *a, int status, const char *code,
                  const char *detail);
struct str http_argument(const struct http_request *r, const char *name); /* STR_NONE when absent */

#endif
