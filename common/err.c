/* err: fills and extends the sentence of an error. */
#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, enum err_fate fate, const char *fmt, ...)
{
    assert(e != NULL && fate != ERR_NONE);
    e->fate = fate;
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->text, sizeof(e->text), fmt, args);
    va_end(args);
    return false;
}

bool err_in(struct err *e, const char *fmt, ...)
{
    assert(e != NULL);
    size_t used = strnlen(e->text, sizeof(e->text) - 1);
    int joint = snprintf(e->text + used, sizeof(e->text) - used, ", ");
    used += (size_t)joint;
    if (used >= sizeof(e->text))
        return false;
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->text + used, sizeof(e->text) - used, fmt, args);
    va_end(args);
    return false;
}
