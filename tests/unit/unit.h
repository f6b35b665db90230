/* unit: what every unit test program shares. A program is one suite; it prints libcheck's line
 * "100%: Checks: N, Failures: F, Errors: E" and exits non-zero on a failure. Tests that need a data
 * set which is not there say "absent: NAME" and are not added to the suite. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/arena.h"

/* No fork for each test, so that the sanitizers see the whole run. */
static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define UNIT_MAIN(suite_function)                                                                  \
    int main(void)                                                                                 \
    {                                                                                              \
        return unit_run(suite_function());                                                         \
    }

static inline Suite *unit_suite(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}

#define ck_assert_view(view, text)                                                                 \
    do {                                                                                           \
        struct str view_ = (view);                                                                 \
        struct str text_ = str_of(text);                                                           \
        ck_assert_msg(str_eq(view_, text_), "got \"%.*s\", wanted \"%.*s\"", STR_ARG(view_),       \
                      STR_ARG(text_));                                                             \
    } while (0)

/* Whether a call ends the process by an assertion (in a child, so that this one lives on). */
static inline bool unit_dies(void (*call)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(0);
        call();
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status);
}

/* The path of a data file, or false after saying that the set is absent. */
static inline bool unit_data(const char *set, const char *file, char *path, size_t room)
{
    const char *root = getenv("BATUTA_DATA");
    snprintf(path, room, "%s/%s/%s", root != NULL ? root : "../shared/data", set, file);
    if (access(path, R_OK) == 0)
        return true;
    printf("absent: %s\n", set);
    return false;
}

#endif
