/* help: the table of commands as help, man page and completion. */
#include "services/cli/cli.h"

#include <stdio.h>
#include <string.h>

static const struct {
    int code;
    const char *what;
} exits[] = {
    {END_OK, "done"},
    {END_FAILED, "failed: refused, over, or something differs"},
    {END_USAGE, "the command line or a file that it names is wrong"},
    {END_NOT_FOUND, "there is no such thing"},
    {END_CONFLICT, "conflict: the same key was used for something else"},
    {END_UNAVAILABLE, "broker or service away, or no answer in time"},
    {END_WAITING, "the order waits for a person's approval"},
};

static void name_write(struct buf *out, const struct command *i)
{
    buf_printf(out, "%s%s%s%s%s", i->noun, i->verb != NULL ? " " : "",
               i->verb != NULL ? i->verb : "", i->words != NULL ? " " : "",
               i->words != NULL ? i->words : "");
}

static void line_print(struct arena *a, const struct command *i)
{
    struct buf name = {.arena = a};
    name_write(&name, i);
    struct str text = buf_done(&name);
    if (text.size > 36)
        printf("  %.*s\n  %-36s  %s\n", STR_ARG(text), "", i->help);
    else
        printf("  %-36.*s  %s\n", STR_ARG(text), i->help);
}

static void options_print(const struct option *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value != NULL ? " " : "",
                 o->value != NULL ? o->value : "");
        printf("  %-26s  %s\n", left, o->doc);
    }
}

static void exits_print(void)
{
    printf("\nexit codes\n");
    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        printf("  %d  %s\n", exits[i].code, exits[i].what);
}

static void nouns_print(struct str noun)
{
    struct arena a;
    arena_init(&a);
    for (size_t t = 0; command_tables[t] != NULL; t++) {
        if (!str_present(noun) && t > 0)
            putchar('\n');
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++)
            if (!str_present(noun) || str_is(noun, i->noun))
                line_print(&a, i);
    }
    arena_release(&a);
}

void help_all(void)
{
    printf("batuta: orders, from submit to delivered\n\nusage: batuta NOUN VERB [WORD...] "
           "[--OPTION...]\n\n");
    nouns_print(STR_NONE);
    printf("\noptions of every command\n");
    options_print(global_options);
    exits_print();
}

void help_noun(struct str noun)
{
    printf("usage: batuta %.*s VERB\n\n", STR_ARG(noun));
    nouns_print(noun);
    printf("\nbatuta %.*s VERB --help says more\n", STR_ARG(noun));
}

void help_command(const struct command *i)
{
    struct arena a;
    struct buf name = {.arena = &a};
    arena_init(&a);
    name_write(&name, i);
    printf("usage: batuta %s\n\n%s\n", buf_done(&name).at, i->help);
    if (i->more != NULL)
        printf("\n%s\n", i->more);
    if (i->options != NULL) {
        printf("\noptions\n");
        options_print(i->options);
    }
    printf("\noptions of every command\n");
    options_print(global_options);
    for (size_t n = 0; i->examples != NULL && i->examples[n] != NULL; n++)
        printf("%s  %s\n", n == 0 ? "\nexamples\n" : "", i->examples[n]);
    arena_release(&a);
}

/* Text for a man page: a dash is a minus, a backslash and a dot at the start are escaped. */
static void man_text(struct buf *out, const char *text)
{
    bool line_start = true;
    for (const char *at = text; *at != '\0'; at++) {
        if (line_start && (*at == '.' || *at == '\''))
            buf_text(out, "\\&");
        if (*at == '-')
            buf_text(out, "\\-");
        else if (*at == '\\')
            buf_text(out, "\\e");
        else
            buf_add(out, at, 1);
        line_start = *at == '\n';
    }
}

static void man_option(struct buf *out, const struct option *o)
{
    buf_text(out, ".TP\n.B ");
    man_text(out, "--");
    man_text(out, o->name);
    if (o->value != NULL) {
        buf_text(out, " ");
        man_text(out, o->value);
    }
    buf_text(out, "\n");
    man_text(out, o->doc);
    buf_text(out, "\n");
}

static void man_command(struct buf *out, const struct command *i)
{
    struct buf name = {.arena = out->arena};
    name_write(&name, i);
    buf_text(out, ".SS ");
    man_text(out, buf_done(&name).at);
    buf_text(out, "\n");
    man_text(out, i->help);
    buf_text(out, ".\n");
    if (i->more != NULL) {
        buf_text(out, ".PP\n");
        man_text(out, i->more);
        buf_text(out, "\n");
    }
    for (const struct option *o = i->options; o != NULL && o->name != NULL; o++)
        man_option(out, o);
    for (size_t n = 0; i->examples != NULL && i->examples[n] != NULL; n++) {
        buf_text(out, ".PP\n.RS 4\n.nf\n");
        man_text(out, i->examples[n]);
        buf_text(out, "\n.fi\n.RE\n");
    }
}

void help_man(struct buf *out)
{
    buf_text(out, ".\\\" made by batuta help --man from the table of commands\n"
                  ".TH BATUTA 1\n.SH NAME\nbatuta \\- orders, from submit to delivered\n"
                  ".SH SYNOPSIS\n.B batuta\n.I NOUN VERB\n[\\fIWORD\\fR...] "
                  "[\\fB\\-\\-OPTION\\fR...]\n.SH DESCRIPTION\n"
                  "Reads only the services' read\\-only HTTP queries and writes only signed "
                  "commands to command topics. Data go to stdout, everything else to stderr.\n"
                  ".SH COMMANDS\n");
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++)
            man_command(out, i);
    buf_text(out, ".SH OPTIONS OF EVERY COMMAND\n");
    for (const struct option *o = global_options; o->name != NULL; o++)
        man_option(out, o);
    buf_text(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < ARRAY_LEN(exits); i++) {
        buf_printf(out, ".TP\n.B %d\n", exits[i].code);
        man_text(out, exits[i].what);
        buf_text(out, "\n");
    }
    buf_text(out, ".SH FILES\n.TP\n.I build/stack/stack.env\nWhere the local stack answers; "
                  "$BATUTA_STACK names another folder.\n.TP\n.I operator.key\n"
                  "Beside it: the system and the key that commands are signed with.\n");
}

/* Whether a noun came earlier in the tables. */
static bool noun_repeats(const struct command *command)
{
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++) {
            if (i == command)
                return false;
            if (strcmp(i->noun, command->noun) == 0)
                return true;
        }
    return false;
}

static void completion_verbs(struct buf *out, const char *noun)
{
    buf_printf(out, "    %s) words='", noun);
    bool any = false;
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++) {
            if (strcmp(i->noun, noun) != 0 || i->verb == NULL)
                continue;
            buf_printf(out, "%s%s", any ? " " : "", i->verb);
            any = true;
        }
    buf_text(out, "' ;;\n");
}

static void completion_options(struct buf *out, const struct command *i)
{
    if (i->options == NULL)
        return;
    buf_printf(out, "    '%s%s%s') words='", i->noun, i->verb != NULL ? " " : "",
               i->verb != NULL ? i->verb : "");
    for (const struct option *o = i->options; o->name != NULL; o++)
        buf_printf(out, "%s--%s", o == i->options ? "" : " ", o->name);
    buf_text(out, "' ;;\n");
}

static void completion_tables(struct buf *out, bool nouns, bool options)
{
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++) {
            if (options)
                completion_options(out, i);
            else if (noun_repeats(i))
                continue;
            else if (nouns)
                buf_printf(out, " %s", i->noun);
            else if (i->verb != NULL)
                completion_verbs(out, i->noun);
        }
}

void help_completion(struct buf *out)
{
    buf_text(out, "# bash completion of batuta; made by batuta completion bash\n"
                  "_batuta()\n{\n"
                  "    local word=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} words= all\n"
                  "    if [ \"$COMP_CWORD\" = 1 ]; then\n        words='");
    completion_tables(out, true, false);
    buf_text(out, "'\n    elif [[ $word == -* ]]; then\n"
                  "    case \"$noun ${COMP_WORDS[2]}\" in\n");
    completion_tables(out, false, true);
    buf_text(out, "    esac\n    all='");
    for (const struct option *o = global_options; o->name != NULL; o++)
        buf_printf(out, "%s--%s", o == global_options ? "" : " ", o->name);
    buf_text(out, "'\n    elif [ \"$COMP_CWORD\" = 2 ]; then\n    case $noun in\n");
    completion_tables(out, false, false);
    buf_text(out, "    esac\n    fi\n"
                  "    if [ -z \"$words$all\" ]; then\n"
                  "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                  "        return\n    fi\n"
                  "    mapfile -t COMPREPLY < <(compgen -W \"$words $all\" -- \"$word\")\n}\n"
                  "complete -F _batuta batuta\n");
}

int run_help(struct cli *c)
{
    struct str noun = args_word(&c->args, 0), verb = args_word(&c->args, 1);
    const struct command *found = command_find(noun, verb);
    if (args_has(&c->args, "man")) {
        struct buf out = {.arena = c->arena};
        help_man(&out);
        fputs(buf_done(&out).at, stdout);
        return END_OK;
    }
    if (!str_present(noun))
        help_all();
    else if (found != NULL)
        help_command(found);
    else if (command_noun_known(noun))
        help_noun(noun);
    else
        return cli_end(c, END_USAGE, "there is no command %.*s", STR_ARG(noun));
    return END_OK;
}

int run_completion(struct cli *c)
{
    struct buf out = {.arena = c->arena};
    help_completion(&out);
    fputs(buf_done(&out).at, stdout);
    return END_OK;
}
