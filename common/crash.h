/* crash: numbered places where a test can end the process as kill -9 does, in the middle of what it
 * does. Only builds for tests have them (BATUTA_CRASH_POINTS, the variants with sanitizers):
 * elsewhere a point is nothing. All points lie in one section of the program, so that
 * `SERVICE crash-points` lists every one of them and a harness can demand that each was hit.
 *
 * Armed by the environment, one point a process:
 *   CRASH_POINT  a name, or name:n for the n-th time it is passed (1 when not said)
 *   CRASH_FILE   where "name n" is written before the process ends: the proof */
#ifndef COMMON_CRASH_H
#define COMMON_CRASH_H

#include <stdbool.h>

struct crash_point {
    const char *name, *file;
    int line;
};

#ifdef BATUTA_CRASH_POINTS

/* True when this is the armed point, and as often as was asked for. */
bool crash_here(const struct crash_point *point);
_Noreturn void crash_now(const struct crash_point *point);
void crash_list(void); /* one a line: number, name, file:line */

/* `first` is done before the process ends: what was handed over is to be on its way by then. */
#define CRASH_POINT_AFTER(name_, first)                                                            \
    do {                                                                                           \
        static const struct crash_point crash_point_ = {name_, __FILE__, __LINE__};                \
        static const struct crash_point *const crash_entry_                                        \
            __attribute__((used, section("crash_points"))) = &crash_point_;                        \
        if (crash_here(crash_entry_)) {                                                            \
            first;                                                                                 \
            crash_now(crash_entry_);                                                               \
        }                                                                                          \
    } while (0)
#else
#define CRASH_POINT_AFTER(name_, first)                                                            \
    do {                                                                                           \
    } while (0)
#endif
#define CRASH_POINT(name_) CRASH_POINT_AFTER(name_, (void)0)

#endif
