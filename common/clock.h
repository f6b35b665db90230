/* clock: instants. Only clock.c reads the machine's clock; everything else is given `now`. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include "common/base.h"

/* Microseconds since 1970-01-01T00:00:00Z; at == 0 means absent. */
struct instant {
    int64_t at;
};

#define MICROSECONDS_PER_SECOND INT64_C(1000000)
#define MICROSECONDS_PER_HOUR   (3600 * MICROSECONDS_PER_SECOND)

struct instant clock_now(void);   /* wall clock, UTC */
int64_t clock_monotonic_us(void); /* for durations only */

static inline bool instant_present(struct instant t)
{
    return t.at != 0;
}
struct instant instant_plus_us(struct instant t, int64_t us); /* saturates at 1 us after the
                                                                  epoch and the end of 9999 */

/* RFC 3339 in UTC with 'Z', up to 6 decimals of a second, years 1970..9999; anything else is
 * refused, and so is the very epoch, which would read as absent. */
bool instant_read(struct str text, struct instant *out) MUST_CHECK;
enum { INSTANT_TEXT_SIZE = 28 };
size_t instant_write(
    struct instant t,
    char out[INSTANT_TEXT_SIZE]); /* "2026-11-24T17:00:00.123456Z" or without decimals when zero */

#endif
