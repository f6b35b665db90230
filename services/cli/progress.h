/* progress: a bar on stderr while something long goes on; nothing when stderr is no terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "common/base.h"

struct progress {
    const char *what;
    size_t total;
    int64_t drawn_at; /* monotonic microseconds; 0: never */
    bool shown;
};

struct progress progress_new(const char *what, size_t total);
void progress_step(struct progress *p, size_t done); /* draws at most ten times a second */
void progress_end(struct progress *p);               /* takes the bar away */

#endif
