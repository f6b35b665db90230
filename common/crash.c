/* crash: which point is armed, and ending there. */
#include "common/crash.h"

#ifdef BATUTA_CRASH_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base.h"

extern const struct crash_point *const __start_crash_points[], *const __stop_crash_points[];

struct armed {
    bool read;
    char name[64];
    long due; /* passages until the end */
};
static struct armed armed; /* of the loop's thread, which passes all points */

static void armed_read(void)
{
    const char *text = getenv("CRASH_POINT");
    armed.read = true;
    if (!text)
        return;
    const char *colon = strchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    assert(size < sizeof armed.name);
    memcpy(armed.name, text, size);
    armed.due = colon ? strtol(colon + 1, NULL, 10) : 1;
}

bool crash_here(const struct crash_point *point)
{
    if (!armed.read)
        armed_read();
    return armed.name[0] && strcmp(armed.name, point->name) == 0 && --armed.due == 0;
}

void crash_now(const struct crash_point *point)
{
    const char *path = getenv("CRASH_FILE");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
    if (file >= 0) {
        dprintf(file, "%s %s:%d\n", point->name, point->file, point->line);
        close(file);
    }
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

void crash_list(void)
{
    size_t size = (uintptr_t)__stop_crash_points - (uintptr_t)__start_crash_points;
    for (size_t i = 0; i < size / sizeof *__start_crash_points; i++) {
        const struct crash_point *point = __start_crash_points[i];
        printf("%zu %s %s:%d\n", i + 1, point->name, point->file, point->line);
    }
}

#endif
