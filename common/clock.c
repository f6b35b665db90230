/* clock: the machine's clocks; the one file that reads them. */
#include "common/clock.h"

#include <time.h>

static int64_t clock_read_us(clockid_t id)
{
    struct timespec t;
    int failed = clock_gettime(id, &t);
    assert(failed == 0);
    return (int64_t)t.tv_sec * MICROSECONDS_PER_SECOND + t.tv_nsec / 1000;
}

struct instant clock_now(void)
{
    return (struct instant){clock_read_us(CLOCK_REALTIME)};
}

int64_t clock_monotonic_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}
