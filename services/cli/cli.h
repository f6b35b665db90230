/* cli: the command `batuta`. This header is what its files share: one run of one command, the
 * table of commands, and how a run ends. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "common/arena.h"
#include "common/err.h"
#include "services/cli/args.h"

/* Exit codes; documented in the man page. */
enum {
    END_OK = 0,
    END_FAILED = 1,      /* refused, rejected, cancelled, expired, or something differs */
    END_USAGE = 2,       /* the command line, or a file that it names, is wrong */
    END_NOT_FOUND = 3,   /* no such order, account, ... */
    END_CONFLICT = 4,    /* the same key was used for something else */
    END_UNAVAILABLE = 5, /* broker or service away, or no answer in time */
    END_WAITING = 6      /* the order waits for a person's approval */
};

enum { SERVICE_COUNT = 5 };
extern const char *const service_names[SERVICE_COUNT];

/* Where things are: from flags, the environment and stack.env, in this order. */
struct stack {
    struct str folder;  /* of stack.env; "" when there is none */
    struct str brokers; /* STR_NONE when not known */
    struct str http[SERVICE_COUNT];
    struct str postgres; /* connection string without user */
    int64_t partition_count;
    struct str system, key; /* who signs, and its key as bytes; STR_NONE when there is none */
};

struct cli {
    struct arena *arena;
    const struct command *command;
    struct args args;
    bool json;
    struct str program; /* argv[0] */
    struct stack stack;
    struct fetcher *fetcher; /* opened at first use; fetch.c */
    struct sender *sender;   /* opened at first use; send.c */
};

struct command {
    const char *noun, *verb; /* verb NULL: the noun alone */
    const char *words;       /* "FILE|-"; NULL: none */
    size_t word_min, word_max;
    const struct option *options; /* NULL: none; else ends with a NULL name */
    const char *help;             /* one sentence */
    const char *more;             /* what else to know; may be NULL */
    const char *const *examples;  /* NULL-terminated; may be NULL */
    int (*run)(struct cli *c);    /* returns an exit code, and has said why when it is not 0 */
};

/* The table, in the order of the help; command tables end with a NULL noun. */
extern const struct command *const command_tables[]; /* NULL-terminated */
extern const struct command order_commands[], approval_commands[], price_commands[],
    world_commands[], partner_commands[], import_commands[], stack_commands[], stream_commands[],
    help_commands[];
extern const struct option global_options[];
const struct command *command_find(struct str noun, struct str verb); /* NULL: none */
bool command_noun_known(struct str noun);

/* "batuta: SENTENCE" on stderr, or as JSON with --json; returns `code`. */
int cli_end(const struct cli *c, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A usage error: with a hint at the command's --help. */
int cli_usage(const struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cli_note(const char *fmt, ...) PRINTF_LIKE(1, 2); /* stderr */
void cli_print(struct str text);                       /* stdout, with a line feed */
int64_t cli_timeout_ms(const struct cli *c);           /* --timeout, default 30 s */
/* A whole file, "-" for stdin, at most size_max bytes. */
bool file_read(struct arena *a, const char *path, size_t size_max, struct str *out,
               struct err *e) MUST_CHECK;
struct str program_folder(struct arena *a); /* of this very program; stack_cmd.c */
bool file_write(const char *path, struct str text, struct err *e) MUST_CHECK;

/* Everything read from now on goes into `a`, which pollers reset at each look; the one before is
 * returned, to be put back. */
struct arena *cli_arena_swap(struct cli *c, struct arena *a) MUST_CHECK;

/* Help (help.c). */
void help_all(void);
void help_noun(struct str noun);
void help_command(const struct command *command);
void help_man(struct buf *out);
void help_completion(struct buf *out);
int run_help(struct cli *c);
int run_completion(struct cli *c);

/* Settings of the stack (stack.c). */
bool stack_read(struct cli *c, struct err *e) MUST_CHECK;
int service_index(const char *service); /* -1: none */

#endif
