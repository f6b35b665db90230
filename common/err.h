/* err: an error is a value with a sentence and a fate: what the caller must do next. */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include "common/base.h"

enum err_fate {
    ERR_NONE = 0,
    ERR_RETRY,  /* the world was not ready: the same work again, after a pause */
    ERR_POISON, /* this input can never succeed: set it aside, go on with the others */
    ERR_FENCED, /* someone else owns this partition now: drop all copies, take it again */
    ERR_FATAL   /* this process must not go on: misconfigured or broken */
};

enum { ERR_TEXT_SIZE_MAX = 512 };

struct err {
    enum err_fate fate;
    char text[ERR_TEXT_SIZE_MAX]; /* a full sentence; frames append ", at lines[0]" etc.; cut when
                                     too long */
};

/* Fills *e and returns false, so that "return err_set(e, ...)" ends a fallible function. */
bool err_set(struct err *e, enum err_fate fate, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Appends where it happened ("in batch 12"); returns false. Keeps the fate. */
bool err_in(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
