/* verdict: what is wrong with a data set, row by row; the first hundred are kept. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "common/arena.h"

enum { VERDICT_ROW_COUNT_MAX = 100 };

struct verdict_row {
    struct str file;
    size_t line; /* from 1; 0: the file as a whole */
    const char *code;
    struct str text;
};

struct verdict {
    struct arena *arena; /* texts are copied into it */
    struct verdict_row rows[VERDICT_ROW_COUNT_MAX];
    size_t count; /* of all, also those that are not kept */
};

/* Returns false, so that "return verdict_add(...)" ends a reader. */
bool verdict_add(struct verdict *v, struct str file, size_t line, const char *code,
                 struct str text);

#endif
