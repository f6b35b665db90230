/* service: what a service declares about itself; service_main() does the rest: subcommands,
 * settings, signals, the loop, HTTP. See services/README.md for a walk through one batch. */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H

#include "common/fold.h"
#include "common/pg.h"

/* One topic that a service reads, and the types it knows there. Commands (open) of unknown type are
 * dead-lettered and answered; events (closed) of unknown type are passed over (additions are
 * normal), except a type named here in a newer version, which is parked. */
struct route {
    const struct topic *topic;
    const struct message_type *const *types; /* NULL-terminated */
};

/* A read-only HTTP query: GET path, e.g. "/orders/{id}?account=&state=". Path parts and the named
 * query parameters become $1, $2, ... (text, absent = NULL) of the statement, which returns one
 * row, one column: JSON text. No row = 404. */
struct query {
    const char *path;
    const char *statement;
    const char *doc;
};

/* One row of reference data as stored. doc is NULL text (absent) when removed. */
struct reference_row {
    struct str kind, id, doc;
    int64_t version;
};

struct right_name {
    const char *name; /* as the systems file writes it */
    unsigned bit;
    const char *doc;
};

struct service {
    const char *name;           /* "orders" = schema, consumer group, metrics label */
    const char *duty;           /* one sentence */
    const struct route *routes; /* routes[0] is the anchor */
    size_t route_count;
    const struct topic *routed, *dead_letters;        /* <service>.routed.v1, <service>.dlq.v1 */
    const struct message_type *accepted, *refused;    /* command answers */
    const struct message_type *const *operator_types; /* parked.redrive and parked.discard */
    size_t operator_type_count;
    const struct message_type *const *tells; /* NULL-terminated: every other event it may emit */
    const struct entity *const *entities;    /* NULL-terminated, in the order they are saved */
    const char *const *reference_kinds;      /* NULL-terminated; NULL when none */
    const struct query *queries;
    size_t query_count;
    const struct sql_file *store;      /* <service>_store, generated from store.sql */
    const struct sql_file *migrations; /* <service>_migrations */
    const size_t *migration_count;     /* &<service>_migration_count */
    const struct right_name *rights;   /* ends with a NULL name */

    /* Names the rows that deciding `in` will look at, so that a batch loads them in one query.
     * Called again after each load, until nothing new is named (at most 4 rounds). A row that is
     * not named here is still found: the input is then decided again after a load of its own, only
     * slower. NULL when nothing is to be loaded. */
    void (*needs)(struct fold *f, const struct input *in);
    /* Decides one input: fetches states, calls the pure rules, edits rows, emits. */
    void (*decide)(struct fold *f, const struct input *in);

    /* Reference picture; all NULL when the service has none. apply is called once for each id that
     * changed, with its last version, and copies what it keeps. */
    void *(*snapshot_new)(void);
    void (*snapshot_apply)(void *snapshot, const struct reference_row *row);
    void (*snapshot_free)(void *snapshot);

    void (*describe)(void); /* prints the state tables to stdout, behind what the runtime prints */
};

/* run | migrate | check | describe | republish | reconcile | --help. Exit codes: 0, 100
 * misconfigured, 111 try again. */
int service_main(const struct service *s, int argc, char **argv);

#endif
