/* verdict: what is wrong with a data set, row by row. */
#include "services/cli/verdict.h"

bool verdict_add(struct verdict *v, struct str file, size_t line, const char *code, struct str text)
{
    if (v->count < VERDICT_ROW_COUNT_MAX)
        v->rows[v->count] =
            (struct verdict_row){arena_str(v->arena, file), line, code, arena_str(v->arena, text)};
    v->count++;
    return false;
}
