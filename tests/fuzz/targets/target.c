/* target: what the targets share. */
#include "tests/fuzz/targets/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void target_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

struct str target_line(struct str *rest)
{
    const char *end = rest->size ? memchr(rest->at, '\n', rest->size) : NULL;
    struct str line = {rest->at, end ? (size_t)(end - rest->at) : rest->size};
    size_t taken = line.size + (end != NULL);
    *rest = (struct str){rest->at + taken, rest->size - taken};
    return line;
}

int target_file(struct str bytes, char *path, size_t size)
{
    int file = (int)syscall(SYS_memfd_create, "input", 0);
    HOLDS(file >= 0 && write(file, bytes.at, bytes.size) == (ssize_t)bytes.size);
    snprintf(path, size, "/proc/self/fd/%d", file);
    return file;
}
