/* cli: `batuta`, the one command that people type. It finds the command in the table, reads the
 * options and runs it. */
#include "services/cli/cli.h"

#include "common/json.h"
#include "services/cli/fetch.h"
#include "services/cli/send.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int run_found(struct cli *c, int argc, char **argv)
{
    struct err e = {0};
    const struct option *const tables[2] = {c->command->options, global_options};
    if (!args_parse(tables, argc, argv, &c->args, &e))
        return cli_usage(c, "%s", e.text);
    c->json = args_has(&c->args, "json");
    if (args_has(&c->args, "help")) {
        help_command(c->command);
        return END_OK;
    }
    if (c->args.word_count < c->command->word_min || c->args.word_count > c->command->word_max)
        return cli_usage(c, "wants %s", c->command->words != NULL ? c->command->words : "no words");
    if (!stack_read(c, &e))
        return cli_end(c, END_USAGE, "%s", e.text);
    int code = c->command->run(c);
    sender_close(c);
    fetcher_close(c);
    return code;
}

static bool is_help(struct str word)
{
    return str_is(word, "--help") || str_is(word, "-h") || str_is(word, "help");
}

static int run(struct cli *c, int argc, char **argv)
{
    struct str noun = argc > 1 ? str_of(argv[1]) : STR_NONE;
    struct str verb = argc > 2 ? str_of(argv[2]) : STR_NONE;
    if (!str_present(noun) || (is_help(noun) && !str_present(verb))) {
        help_all();
        return str_present(noun) ? END_OK : END_USAGE;
    }
    c->command = command_find(noun, verb);
    int words = c->command != NULL && c->command->verb != NULL ? 3 : 2;
    if (c->command == NULL)
        c->command = command_find(noun, STR_NONE);
    if (c->command != NULL)
        return run_found(c, argc - words, argv + words);
    if (!command_noun_known(noun))
        return cli_end(c, END_USAGE, "there is no command %.*s; batuta help lists them",
                       STR_ARG(noun));
    help_noun(noun);
    return is_help(verb) ? END_OK : END_USAGE;
}

int main(int argc, char **argv)
{
    static struct arena arena;
    static struct cli cli;
    arena_init(&arena);
    cli.arena = &arena;
    cli.program = str_of(argv[0]);
    int code = run(&cli, argc, argv);
    if (fflush(stdout) != 0 && code == END_OK)
        code = END_FAILED;
    arena_release(&arena);
    return code;
}
