/* settings: flags and environment into a struct, by a table. */
#include "common/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char prefix[] = "BATUTA_";
enum { NAME_SIZE_MAX = 64 };

struct setting_names {
    char flag[NAME_SIZE_MAX];     /* "--group-session-ms" */
    char variable[NAME_SIZE_MAX]; /* "BATUTA_GROUP_SESSION_MS" */
};

static struct setting_names names_of(const struct setting *s)
{
    struct setting_names n = {"--", ""};
    assert(strlen(s->name) + sizeof(prefix) < NAME_SIZE_MAX);
    memcpy(n.variable, prefix, sizeof(prefix) - 1);
    for (size_t i = 0; s->name[i] != '\0'; i++) {
        n.flag[2 + i] = s->name[i] == '_' ? '-' : s->name[i];
        n.variable[sizeof(prefix) - 1 + i] = (char)toupper((unsigned char)s->name[i]);
    }
    return n;
}

/* "setting x (--x, BATUTA_X): " and what is wrong. */
static bool setting_wrong(const struct setting *s, const char *what, struct err *e)
{
    const struct setting_names n = names_of(s);
    return err_set(e, ERR_FATAL, "setting %s (%s, %s): %s", s->name, n.flag, n.variable, what);
}

static bool set_integer(const struct setting *s, const char *value, void *out, struct err *e)
{
    int64_t number = 0;
    bool bounded = s->min != 0 || s->max != 0;
    bool ok = str_to_int64(str_of(value), &number);
    if (ok && (!bounded || (number >= s->min && number <= s->max))) {
        memcpy(out, &number, sizeof(number));
        return true;
    }
    char what[160];
    if (bounded)
        snprintf(what, sizeof(what), "%.40s, wanted %lld to %lld", value, (long long)s->min,
                 (long long)s->max);
    else
        snprintf(what, sizeof(what), "%.40s, wanted a whole number", value);
    return setting_wrong(s, what, e);
}

static bool set_bool(const struct setting *s, const char *value, void *out, struct err *e)
{
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        bool truth = strcmp(value, yes[i]) == 0;
        if (!truth && strcmp(value, no[i]) != 0)
            continue;
        memcpy(out, &truth, sizeof(truth));
        return true;
    }
    char what[96];
    snprintf(what, sizeof(what), "%.40s, wanted true or false", value);
    return setting_wrong(s, what, e);
}

/* The value itself is not repeated: a text may be a secret given in the wrong place. */
static bool set_text(const struct setting *s, const char *value, void *out, struct err *e)
{
    int64_t size = (int64_t)strlen(value);
    bool bounded = s->min != 0 || s->max != 0;
    if (bounded && (size < s->min || size > s->max)) {
        char what[96];
        snprintf(what, sizeof(what), "%lld bytes, wanted %lld to %lld", (long long)size,
                 (long long)s->min, (long long)s->max);
        return setting_wrong(s, what, e);
    }
    if (s->kind == SETTING_FILE && size > 0 && access(value, R_OK) != 0) {
        char what[ERR_TEXT_SIZE_MAX / 2];
        snprintf(what, sizeof(what), "%s cannot be read", value);
        return setting_wrong(s, what, e);
    }
    memcpy(out, &value, sizeof(value));
    return true;
}

static bool setting_set(const struct setting *s, const char *value, void *settings, struct err *e)
{
    void *out = (char *)settings + s->offset;
    switch (s->kind) {
    case SETTING_INT:
        return set_integer(s, value, out, e);
    case SETTING_BOOL:
        return set_bool(s, value, out, e);
    case SETTING_TEXT:
    case SETTING_FILE:
        return set_text(s, value, out, e);
    }
    return setting_wrong(s, "has no kind", e);
}

/* --- flags */

struct table {
    const struct setting *rows;
    size_t count;
};

struct flag {
    const struct setting *setting;
    const char *value;
};

/* The row of "--name" or "--name=value"; NULL when unknown. *value: behind "=", or NULL. */
static const struct setting *flag_find(struct table t, const char *arg, const char **value)
{
    size_t size = strcspn(arg, "=");
    *value = arg[size] == '=' ? arg + size + 1 : NULL;
    for (size_t i = 0; i < t.count; i++) {
        const struct setting_names n = names_of(&t.rows[i]);
        if (strlen(n.flag) == size && strncmp(n.flag, arg, size) == 0)
            return &t.rows[i];
    }
    return NULL;
}

static bool is_truth(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

struct arguments {
    int count;
    char **at;
};

/* Reads the flag at args->at[*i] and steps over it. */
static bool flag_read(struct table t, const struct arguments *args, int *i, struct flag *out,
                      struct err *e)
{
    const char *arg = args->at[(*i)++];
    if (strncmp(arg, "--", 2) != 0)
        return err_set(e, ERR_FATAL, "argument %s: wanted flags only, see --help", arg);
    const struct setting *s = flag_find(t, arg, &out->value);
    if (s == NULL)
        return err_set(e, ERR_FATAL, "flag %.*s is unknown, see --help", (int)strcspn(arg, "="),
                       arg);
    out->setting = s;
    bool more = *i < args->count;
    if (out->value == NULL && s->kind == SETTING_BOOL)
        out->value = more && is_truth(args->at[*i]) ? args->at[(*i)++] : "true";
    if (out->value == NULL && more)
        out->value = args->at[(*i)++];
    return out->value != NULL || setting_wrong(s, "has no value behind it", e);
}

static bool flags_check(struct table t, const struct arguments *args, struct err *e)
{
    struct flag flag = {0};
    bool ok = true;
    for (int i = 0; ok && i < args->count;)
        ok = flag_read(t, args, &i, &flag, e);
    return ok;
}

/* The last one given wins, so that a wrapper script can be overruled. */
static const char *flag_value(struct table t, const struct arguments *args, const struct setting *s)
{
    const char *value = NULL;
    struct flag flag = {0};
    struct err ignored = {0};
    for (int i = 0; i < args->count;) {
        if (flag_read(t, args, &i, &flag, &ignored) && flag.setting == s)
            value = flag.value;
    }
    return value;
}

/* --- the environment */

/* BATUTA_DATA and BATUTA_TEST_* belong to the tests, which may start a service themselves. */
static bool variable_is_foreign(struct str name)
{
    return str_is(name, "BATUTA_DATA") || str_starts(name, "BATUTA_TEST_");
}

static bool variable_known(struct table t, struct str name)
{
    for (size_t i = 0; i < t.count; i++)
        if (str_is(name, names_of(&t.rows[i]).variable))
            return true;
    return variable_is_foreign(name);
}

static bool environment_check(struct table t, struct err *e)
{
    for (char **at = environ; at != NULL && *at != NULL; at++) {
        struct str name = {*at, strcspn(*at, "=")};
        if (str_starts(name, prefix) && !variable_known(t, name))
            return err_set(e, ERR_FATAL, "variable %.*s is unknown, see --help", STR_ARG(name));
    }
    return true;
}

/* tidy: allow params because the table and the arguments travel beside their counts. */
bool settings_read(const struct setting *table, size_t count, int argc, char **argv, void *out,
                   struct err *e)
{
    const struct table t = {table, count};
    const struct arguments args = {argc, argv};
    bool ok = flags_check(t, &args, e) && environment_check(t, e);
    for (size_t i = 0; ok && i < count; i++) {
        const struct setting *s = &table[i];
        const char *value = flag_value(t, &args, s);
        if (value == NULL)
            value = getenv(names_of(s).variable);
        if (value == NULL)
            value = s->initial;
        ok = value != NULL ? setting_set(s, value, out, e)
                           : setting_wrong(s, "is not set and has no default", e);
    }
    return ok;
}

void settings_help(const struct setting *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting *s = &table[i];
        const struct setting_names n = names_of(s);
        printf("  %s (%s)\n      %s", n.flag, n.variable, s->doc);
        if (s->kind == SETTING_INT && (s->min != 0 || s->max != 0))
            printf(" From %lld to %lld.", (long long)s->min, (long long)s->max);
        if (s->initial == NULL)
            printf(" Must be set.\n");
        else
            printf(" Default: %s\n", s->initial[0] != '\0' ? s->initial : "none");
    }
}
