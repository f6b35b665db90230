/* settings: one table of what can be set. Each row is a flag (--brokers X, --brokers=X), an
 * environment variable (BATUTA_BROKERS) and a line of --help and of the docs. Flags win over the
 * environment. Unknown flags, unknown BATUTA_* variables and bad values are refused by name (the
 * caller exits 100); only BATUTA_DATA and BATUTA_TEST_*, which belong to the tests, are passed
 * over. Booleans: --x, --x=false, true/yes/on/1, false/no/off/0. A flag given twice: the last one
 * wins. min = max = 0: no bounds. */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include "common/base.h"
#include "common/err.h"

enum setting_kind {
    SETTING_TEXT = 1,
    SETTING_INT,
    SETTING_BOOL,
    SETTING_FILE /* must be readable when set */
};

struct setting {
    const char
        *name; /* "group_session_ms": flag --group-session-ms, variable BATUTA_GROUP_SESSION_MS */
    enum setting_kind kind;
    const char *initial; /* NULL: must be set */
    int64_t min, max;    /* integers; text: bytes */
    size_t offset;       /* of the member (const char *, int64_t or bool) in the settings struct */
    const char *doc;     /* a sentence with the unit */
};

/* Fills `out` from argv[0..argc) and the environment. Texts point into argv, the environment or the
 * table. Errors are ERR_FATAL: "setting partitions (--partitions, BATUTA_PARTITIONS): 0, wanted 1
 * to 64". */
bool settings_read(const struct setting *table, size_t count, int argc, char **argv, void *out,
                   struct err *e) MUST_CHECK;
void settings_help(const struct setting *table,
                   size_t count); /* to stdout: flag, variable, default, doc */

#endif
