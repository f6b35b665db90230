/* args: the words and options of a command line. */
#include "services/cli/args.h"

#include <string.h>

static const struct option *option_in(const struct option *table, struct str name)
{
    for (; table != NULL && table->name != NULL; table++)
        if (str_is(name, table->name))
            return table;
    return NULL;
}

/* "--name=value" or "--name": the name without dashes; *value absent when there is no "=". */
static struct str option_split(const char *text, struct str *value)
{
    const char *name = text + 2, *equals = strchr(name, '=');
    *value = equals != NULL ? str_of(equals + 1) : STR_NONE;
    return equals != NULL ? (struct str){name, (size_t)(equals - name)} : str_of(name);
}

static bool option_add(struct args *out, const struct option *o, struct str value, struct err *e)
{
    if (out->given_count == ARGS_OPTION_COUNT_MAX)
        return err_set(e, ERR_FATAL, "more than %d options", ARGS_OPTION_COUNT_MAX);
    out->given[out->given_count].option = o;
    out->given[out->given_count++].value = value;
    return true;
}

static bool word_add(struct args *out, const char *text, struct err *e)
{
    if (out->word_count == ARGS_WORD_COUNT_MAX)
        return err_set(e, ERR_FATAL, "more than %d words", ARGS_WORD_COUNT_MAX);
    out->words[out->word_count++] = str_of(text);
    return true;
}

struct line {
    const struct option *own, *global;
    char **argv;
    int argc;
};

/* Takes the option at argv[*i], and the word behind it when that is its value. */
static bool option_take(const struct line *l, int *i, struct args *out, struct err *e)
{
    const char *text = strcmp(l->argv[*i], "-h") == 0 ? "--help" : l->argv[*i];
    struct str value, name = option_split(text, &value);
    const struct option *o = option_in(l->own, name);
    o = o != NULL ? o : option_in(l->global, name);
    if (text[1] != '-' || o == NULL)
        return err_set(e, ERR_FATAL, "there is no option %s here", text);
    if (o->value == NULL && str_present(value))
        return err_set(e, ERR_FATAL, "--%s takes no value", o->name);
    if (o->value == NULL)
        return option_add(out, o, STR(""), e);
    if (!str_present(value)) {
        if (++*i == l->argc)
            return err_set(e, ERR_FATAL, "--%s wants %s behind it", o->name, o->value);
        value = str_of(l->argv[*i]);
    }
    return option_add(out, o, value, e);
}

bool args_parse(const struct option *const tables[2], int argc, char **argv, struct args *out,
                struct err *e)
{
    struct line line = {tables[0], tables[1], argv, argc};
    bool options_end = false, ok = true;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < argc && ok; i++) {
        const char *text = argv[i];
        if (!options_end && strcmp(text, "--") == 0)
            options_end = true;
        else if (options_end || text[0] != '-' || text[1] == '\0')
            ok = word_add(out, text, e);
        else
            ok = option_take(&line, &i, out, e);
    }
    return ok;
}

struct str args_nth(const struct args *a, const char *name, size_t n)
{
    for (size_t i = 0; i < a->given_count; i++)
        if (strcmp(a->given[i].option->name, name) == 0 && n-- == 0)
            return a->given[i].value;
    return STR_NONE;
}

struct str args_value(const struct args *a, const char *name)
{
    for (size_t i = a->given_count; i > 0; i--)
        if (strcmp(a->given[i - 1].option->name, name) == 0)
            return a->given[i - 1].value;
    return STR_NONE;
}

bool args_has(const struct args *a, const char *name)
{
    return str_present(args_value(a, name));
}

struct str args_word(const struct args *a, size_t at)
{
    return at < a->word_count ? a->words[at] : STR_NONE;
}

bool args_integer(const struct args *a, const char *name, struct range range, int64_t *out,
                  struct err *e)
{
    struct str text = args_value(a, name);
    int64_t value = range.absent;
    if (str_present(text) &&
        (!str_to_int64(text, &value) || value < range.min || value > range.max))
        return err_set(e, ERR_FATAL, "--%s is \"%.*s\", wanted a whole number from %lld to %lld",
                       name, STR_ARG(text), (long long)range.min, (long long)range.max);
    *out = value;
    return true;
}
