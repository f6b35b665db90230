/* target: what a fuzz target is: one function over bytes, which must end, leak nothing and break no
 * promise. Linked with libFuzzer (make fuzz), or with replay.c, which runs the seeds once. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include "common/arena.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that is broken ends the process, so that the input is kept. */
#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            target_broken(#condition, __FILE__, __LINE__);                                         \
    } while (0)
_Noreturn void target_broken(const char *condition, const char *file, int line);

/* Up to the next line end, which is passed over; the rest when there is none. */
struct str target_line(struct str *rest);
/* The bytes as a file that can be opened by the path written into `path`; the descriptor, to be
 * closed. */
int target_file(struct str bytes, char *path, size_t size);

#endif
