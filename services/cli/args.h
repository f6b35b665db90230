/* args: the words and options of a command line. Pure: no I/O, errors are sentences. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "common/base.h"
#include "common/err.h"

enum { ARGS_WORD_COUNT_MAX = 64, ARGS_OPTION_COUNT_MAX = 256 };

struct option {
    const char *name;  /* "timeout" for --timeout; a table ends with a NULL name */
    const char *value; /* what it takes, "SECONDS"; NULL: a flag */
    const char *doc;
};

struct args {
    struct str words[ARGS_WORD_COUNT_MAX];
    size_t word_count;
    struct {
        const struct option *option;
        struct str value; /* "" for a flag */
    } given[ARGS_OPTION_COUNT_MAX];
    size_t given_count;
};

/* argv[0..argc): words and options mixed; "--" ends the options, "-" is a word. Views point into
 * argv. Options are looked for in tables[0], the command's own (may be NULL),
 * then in tables[1]. */
bool args_parse(const struct option *const tables[2], int argc, char **argv, struct args *out,
                struct err *e) MUST_CHECK;

struct str args_value(const struct args *a, const char *name); /* the last; STR_NONE */
bool args_has(const struct args *a, const char *name);
/* The n-th value of an option that may be given several times; STR_NONE behind the last. */
struct str args_nth(const struct args *a, const char *name, size_t n);
struct str args_word(const struct args *a, size_t at); /* STR_NONE when there are fewer */
/* A whole number from min to max; `absent` when the option is not given. */
struct range {
    int64_t absent, min, max;
};
bool args_integer(const struct args *a, const char *name, struct range range, int64_t *out,
                  struct err *e);

#endif
