/* migrate: plain-SQL files, applied forward only, in order, each in a transaction of its own with
 * its row in table `migration(file, checksum, applied_at)`. A file that was applied and has another
 * checksum now is refused, as is a row whose file is missing. Two at once wait for each other
 * (advisory lock). */
#ifndef COMMON_MIGRATE_H
#define COMMON_MIGRATE_H

#include "common/pg.h"

struct migration_set {
    const char
        *name; /* "runtime" or the service: files are recorded as "runtime/0001_stream.sql" */
    const struct sql_file *files;
    size_t count;
};

/* pg: logged in as batuta_migrate; sets role `<schema>_owner role` (see deploy/postgres/roles.sql)
 * and search_path. *applied: how many were new. Errors are ERR_FATAL and name the file; ERR_RETRY
 * when the connection was lost or a lock was not given. The connection is made without stores,
 * since they cannot be prepared before the tables exist. */
bool migrate(struct pg *pg, const char *schema, const struct migration_set *sets, size_t set_count,
             int *applied, struct err *e) MUST_CHECK;
/* For `check` and the start of `run`: ERR_FATAL when files are not applied yet or differ. pg: the
 * service's own role (batuta_migrate may not look into a schema); best on a connection without
 * stores, before the real one is made. */
bool migrate_check(struct pg *pg, const struct migration_set *sets, size_t set_count,
                   struct err *e) MUST_CHECK;

#endif
