/* progress: a bar on stderr while something long goes on. */
#include "services/cli/progress.h"

#include "common/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 30, REDRAW_US = 100000 };

struct progress progress_new(const char *what, size_t total)
{
    return (struct progress){.what = what, .total = total, .shown = isatty(STDERR_FILENO) == 1};
}

void progress_step(struct progress *p, size_t done)
{
    static const char full[BAR_WIDTH + 1] = "##############################";
    int64_t now = clock_monotonic_us();
    if (!p->shown || (done < p->total && now - p->drawn_at < REDRAW_US))
        return;
    p->drawn_at = now;
    size_t width = p->total > 0 ? BAR_WIDTH * done / p->total : BAR_WIDTH;
    fprintf(stderr, "\r%-12s [%-*.*s] %zu/%zu ", p->what, BAR_WIDTH, (int)width, full, done,
            p->total);
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r%*s\r", BAR_WIDTH + 48, "");
}
