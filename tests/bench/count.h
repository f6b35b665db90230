/* count: instructions of one clean order in a service's decisions, by callgrind: the scenario of
 * the unit tests' world, JSON in and JSON out, without Kafka and Postgres. */
#ifndef TESTS_BENCH_COUNT_H
#define TESTS_BENCH_COUNT_H

#include <valgrind/callgrind.h>

#include "tests/unit/unit.h"

/* The first order warms up; the second is counted, and its dump carries the name. */
#define COUNT_SECOND(name, statement)                                                              \
    do {                                                                                           \
        statement;                                                                                 \
        CALLGRIND_ZERO_STATS;                                                                      \
        statement;                                                                                 \
        CALLGRIND_DUMP_STATS_AT("fold " name " 1");                                                \
    } while (0)

#define COUNT_MAIN(name)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {name};                                                       \
        return unit_run(unit_suite(#name, tests, 1));                                              \
    }

#endif
