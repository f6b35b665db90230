/* http_target: what stands between "GET" and "HTTP/1.1", read into a request. Pure; only http.c
 * uses it. */
#ifndef COMMON_HTTP_TARGET_H
#define COMMON_HTTP_TARGET_H

#include "common/http.h"

/* Splits and decodes "/orders/a%20b?state=open&x=1+2" into path and arguments, in r->arena. Returns
 * 0, or the HTTP status of the refusal: 400 (bad %-encoding, NUL, not starting with '/', too many
 * arguments) or 414 (path longer than HTTP_PATH_SIZE_MAX), and *why: a literal sentence. */
int http_target_read(struct str target, struct http_request *r, const char **why);

#endif
