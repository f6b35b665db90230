/* log: one JSON object a line on stderr, or a human line when stderr is a terminal. Only the loop
 * and main log; each error once. Never secrets, never message bodies. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/base.h"

enum log_level { LOG_DEBUG = 1, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_init(const char *service, const char *level,
              const char *format); /* format: json | text | auto */
/* Whether log_init knows these words. */
bool log_words_known(const char *level, const char *format);

struct log_field {
    const char *name;
    const char *text; /* already formatted */
};
void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3); /* message only */

#endif
