/* fetch: reading the services' HTTP queries (the only file that includes curl). One connection a
 * service is kept for the run. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "common/json.h"
#include "services/cli/cli.h"

struct reply {
    int status;              /* of HTTP */
    const struct node *body; /* NULL when there is none or it is no JSON */
    struct str text;         /* as received */
};

/* False only when the service cannot be reached or its address is not known (ERR_RETRY). */
bool fetch(struct cli *c, const char *service, struct str path, struct reply *out,
           struct err *e) MUST_CHECK;
/* The body of a 200; else the exit code, having said why. `what` names it: "order X". */
int fetch_item(struct cli *c, const char *service, struct str path, const char *what,
               struct reply *out);

struct node_list {
    const struct node **items;
    size_t count, room;
};
/* All pages of a list, up to `limit` items. */
int fetch_list(struct cli *c, const char *service, struct str path, size_t limit,
               struct node_list *out);

/* Percent-encoded, for a path part or a query value. */
struct str url_escape(struct arena *a, struct str text);
/* path + "?name=value" or "&name=value" when the value is there. */
struct str url_add(struct arena *a, struct str path, const char *name, struct str value);

void fetcher_close(struct cli *c);

#endif
