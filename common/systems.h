/* systems: who may speak on open topics. A file of lines "id hexkey right,right,..."; '#' starts a
 * comment; the right "all" stands for every one. Each command may carry `batuta-auth: <id> <64
 * hex>`, the HMAC-SHA256 under the system's key over ce_id, '\n', key, '\n', value. */
#ifndef COMMON_SYSTEMS_H
#define COMMON_SYSTEMS_H

#include "common/err.h"
#include "common/service.h"

#define AUTH_HEADER "batuta-auth"

struct systems;
/* path NULL or "": no system is known. ERR_FATAL names the line. */
struct systems *systems_load(const char *path, const struct right_name *rights, struct err *e);
void systems_free(struct systems *s);

enum auth { AUTH_NONE = 0 /* not signed */, AUTH_WRONG, AUTH_GOOD };
/* text: the header. On AUTH_GOOD *id (lives as long as `s`) and *rights are set. */
enum auth systems_verify(const struct systems *s, struct str text, const struct str signed_parts[3],
                         struct str *id, unsigned *rights);
/* The header's text, for senders. key: raw bytes. */
struct str auth_header(struct arena *a, struct str id, struct str key,
                       const struct str signed_parts[3]);

#endif
