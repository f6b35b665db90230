/* store: what tests on a real Postgres share. BATUTA_TEST_PG, or else the stack's BATUTA_POSTGRES,
 * is a conninfo without user for a database in which roles.sql was run; BATUTA_TEST_PG_SUPERUSER
 * names a superuser (postgres). */
#ifndef TESTS_STORE_STORE_H
#define TESTS_STORE_STORE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg.h"

static inline const char *store_conninfo(void)
{
    const char *own = getenv("BATUTA_TEST_PG");
    return own != NULL ? own : getenv("BATUTA_POSTGRES");
}

static inline const char *store_superuser(void)
{
    const char *name = getenv("BATUTA_TEST_PG_SUPERUSER");
    return name != NULL ? name : "postgres";
}

static inline void store_ok(bool ok, const struct err *e)
{
    ck_assert_msg(ok, "%s", e->text);
}

static inline void store_run(struct pg *pg, const char *sql)
{
    struct err e = {0};
    store_ok(pg_run(pg, sql, &e), &e);
}

static inline void store_refused(struct pg *pg, const char *sql, const char *sqlstate)
{
    struct err e = {0};
    ck_assert_msg(!pg_run(pg, sql, &e), "was allowed: %s", sql);
    ck_assert_msg(strstr(e.text, sqlstate) != NULL, "%s -> %s", sql, e.text);
}

/* A superuser's connection without statements and without a schema. */
static inline struct pg *store_admin(void)
{
    static struct pg_settings settings;
    settings = (struct pg_settings){.conninfo = store_conninfo(), .user = store_superuser()};
    struct err e = {0};
    struct pg *pg = pg_new(&settings);
    store_ok(pg_connect(pg, &e), &e);
    return pg;
}

static inline void store_admin_run(const char *sql)
{
    struct pg *pg = store_admin();
    store_run(pg, sql);
    pg_free(pg);
}

/* Runs the suite, or says what is absent; absent tests count as neither passed nor failed. */
#define STORE_MAIN(suite_function)                                                                 \
    int main(void)                                                                                 \
    {                                                                                              \
        if (store_conninfo() == NULL) {                                                            \
            puts("absent: BATUTA_TEST_PG");                                                        \
            return EXIT_SUCCESS;                                                                   \
        }                                                                                          \
        SRunner *runner = srunner_create(suite_function());                                        \
        srunner_run_all(runner, CK_NORMAL);                                                        \
        int failed = srunner_ntests_failed(runner);                                                \
        srunner_free(runner);                                                                      \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                          \
    }

#endif
