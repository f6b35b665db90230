/* escape: text for JSON strings, where no shape is at hand (log lines, HTTP problems). */
#ifndef COMMON_ESCAPE_H
#define COMMON_ESCAPE_H

#include "common/base.h"

enum { ESCAPE_GROWTH_MAX = 6 }; /* one byte becomes at most this many */

/* Writes the inside of a JSON string into out[0..room), at most as much as fits, whole characters
 * only; bytes that are not UTF-8 become U+FFFD. Returns the bytes written; no NUL behind them. */
size_t escape_json(struct str s, char *out, size_t room);

#endif
