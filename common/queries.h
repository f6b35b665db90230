/* queries: what a service answers over HTTP, read-only: /livez /readyz /metrics, the runtime's own
 * tables, and the service's queries. Runs on the HTTP thread with a connection of its own, as the
 * read-only role. */
#ifndef COMMON_QUERIES_H
#define COMMON_QUERIES_H

#include "common/http.h"
#include "common/loop.h"

struct queries {
    const struct service *service;
    struct status *status;
    struct pg_settings pg_settings;
    struct pg *pg;
};

void queries_answer(void *context, const struct http_request *request,
                    struct http_response *response);

#endif
