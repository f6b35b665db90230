/* filter: what a template may do with a cell: numbers, times, ids, maps. */
#include "services/cli/mapping.h"

#include <ctype.h>
#include <string.h>

enum { PPM = 1000000, PERCENT_PPM = 10000 };

static bool refuse(const struct filter_call *f, const struct value *v, const char *code)
{
    return scope_refuse(f->mapping, f->scope, code,
                        arena_printf(f->mapping->arena, "\"%.*s\" is not what |%.*s takes",
                                     STR_ARG(v->text), STR_ARG(f->name)));
}

static bool uses_comma(const struct scope *s)
{
    while (s != NULL && s->source == NULL)
        s = s->up;
    return s != NULL && s->source->decimal_comma;
}

/* "1.234,50" stays refused: a sign between thousands may as well be a decimal one. */
static bool micro_read(const struct filter_call *f, const struct value *v, int64_t *out)
{
    char *text = arena_cstr(f->mapping->arena, v->text);
    if (uses_comma(f->scope) && strchr(text, '.') == NULL) {
        char *comma = strchr(text, ',');
        if (comma != NULL)
            *comma = '.';
    }
    return decimal_read(str_of(text), out);
}

static void number_set(const struct filter_call *f, struct value *v, int64_t number)
{
    *v = (struct value){arena_printf(f->mapping->arena, "%lld", (long long)number), VALUE_NUMBER};
}

static bool decimal_filter(const struct filter_call *f, struct value *v)
{
    char text[DECIMAL_TEXT_SIZE];
    int64_t micro;
    if (!micro_read(f, v, &micro))
        return refuse(f, v, "decimal_invalid");
    size_t size = decimal_write(micro, 0, text);
    v->text = arena_str(f->mapping->arena, (struct str){text, size});
    return true;
}

static bool rate_filter(const struct filter_call *f, struct value *v, int64_t unit)
{
    int64_t micro;
    if (!micro_read(f, v, &micro) || micro % (MICRO / unit) != 0)
        return refuse(f, v, "decimal_invalid");
    number_set(f, v, micro / (MICRO / unit));
    return true;
}

static bool ppm_filter(const struct filter_call *f, struct value *v)
{
    return rate_filter(f, v, PPM);
}

static bool percent_filter(const struct filter_call *f, struct value *v)
{
    return rate_filter(f, v, PERCENT_PPM);
}

static bool integer_filter(const struct filter_call *f, struct value *v)
{
    int64_t number;
    if (!str_to_int64(v->text, &number))
        return refuse(f, v, "integer_invalid");
    number_set(f, v, number);
    return true;
}

static bool bool_filter(const struct filter_call *f, struct value *v)
{
    static const char *const yes[] = {"1", "true", "t", "yes", "y", "TRUE", "True", "Y"};
    static const char *const no[] = {"0", "false", "f", "no", "n", "FALSE", "False", "N"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (str_is(v->text, yes[i])) {
            *v = (struct value){STR("true"), VALUE_TRUE};
            return true;
        }
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (str_is(v->text, no[i])) {
            *v = (struct value){STR(""), VALUE_TEXT};
            return true;
        }
    return refuse(f, v, "bool_invalid");
}

/* A text by a pattern of Y M D h m s and other characters, which must be there. The text may end
 * behind the day. */
static bool time_filter(const struct filter_call *f, struct value *v)
{
    static const char letters[] = "YMDhms";
    struct str pattern = f->argument.size > 0 ? f->argument : STR("YYYY-MM-DD");
    int parts[6] = {0}, digits[6] = {0};
    size_t at = 0;
    for (; at < pattern.size && at < v->text.size; at++) {
        const char *letter = memchr(letters, pattern.at[at], sizeof letters - 1);
        char c = v->text.at[at];
        if (letter == NULL ? c != pattern.at[at] : !isdigit((unsigned char)c))
            return refuse(f, v, "time_invalid");
        if (letter == NULL)
            continue;
        parts[letter - letters] = parts[letter - letters] * 10 + (c - '0');
        digits[letter - letters]++;
    }
    struct str text = arena_printf(f->mapping->arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts[0],
                                   parts[1], parts[2], parts[3], parts[4], parts[5]);
    struct instant t;
    if (at < v->text.size || digits[0] != 4 || digits[2] == 0 || !instant_read(text, &t))
        return refuse(f, v, "time_invalid");
    v->text = text;
    return true;
}

/* Small letters, digits, '.', '_'; anything else becomes one '-'. */
static bool id_filter(const struct filter_call *f, struct value *v)
{
    struct buf out = {.arena = f->mapping->arena};
    for (size_t i = 0; i < v->text.size; i++) {
        char c = (char)tolower((unsigned char)v->text.at[i]);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (plain)
            buf_add(&out, &c, 1);
        else if (out.size > 0 && out.at[out.size - 1] != '-')
            buf_text(&out, "-");
    }
    while (out.size > 0 && out.at[out.size - 1] == '-')
        out.size--;
    v->text = buf_done(&out);
    return true;
}

static bool case_filter(const struct filter_call *f, struct value *v)
{
    char *text = arena_cstr(f->mapping->arena, v->text);
    bool upper = str_is(f->name, "upper");
    for (size_t i = 0; i < v->text.size; i++)
        text[i] = (char)(upper ? toupper((unsigned char)text[i]) : tolower((unsigned char)text[i]));
    v->text.at = text;
    return true;
}

static bool trim_filter(const struct filter_call *f, struct value *v)
{
    (void)f;
    while (v->text.size > 0 && isspace((unsigned char)v->text.at[0]))
        v->text = (struct str){v->text.at + 1, v->text.size - 1};
    while (v->text.size > 0 && isspace((unsigned char)v->text.at[v->text.size - 1]))
        v->text.size--;
    return true;
}

/* At most so many bytes, whole characters only. */
static bool cut_filter(const struct filter_call *f, struct value *v)
{
    int64_t size;
    if (!str_to_int64(f->argument, &size) || size < 1)
        return refuse(f, v, "template_invalid");
    if (v->text.size <= (size_t)size)
        return true;
    v->text.size = (size_t)size;
    while (v->text.size > 0 && ((unsigned char)v->text.at[v->text.size] & 0xc0) == 0x80)
        v->text.size--;
    return true;
}

static bool default_filter(const struct filter_call *f, struct value *v)
{
    if (v->text.size == 0)
        v->text = f->argument;
    return true;
}

/* "maps": {"status": {"0": "active", "1": "discontinued", "*": "active"}} */
static bool map_filter(const struct filter_call *f, struct value *v)
{
    struct arena *a = f->mapping->arena;
    const struct node *maps = node_find(f->mapping->root, "maps");
    const struct node *map = maps != NULL ? node_find(maps, arena_cstr(a, f->argument)) : NULL;
    const struct node *n = map != NULL ? node_find(map, arena_cstr(a, v->text)) : NULL;
    if (n == NULL && map != NULL)
        n = node_find(map, "*");
    if (n == NULL || n->kind != NODE_TEXT)
        return refuse(f, v, "map_missing");
    v->text = n->text;
    return true;
}

bool filter_apply(const struct filter_call *f, struct value *v)
{
    static const struct {
        const char *name;
        bool (*apply)(const struct filter_call *f, struct value *v);
        bool empty_too; /* others leave an empty value as it is */
    } filters[] = {
        {"decimal", decimal_filter, false}, {"integer", integer_filter, false},
        {"ppm", ppm_filter, false},         {"percent", percent_filter, false},
        {"bool", bool_filter, false},       {"time", time_filter, false},
        {"id", id_filter, false},           {"lower", case_filter, false},
        {"upper", case_filter, false},      {"trim", trim_filter, false},
        {"cut", cut_filter, false},         {"default", default_filter, true},
        {"map", map_filter, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        if (!str_is(f->name, filters[i].name))
            continue;
        return (v->text.size == 0 && !filters[i].empty_too) || filters[i].apply(f, v);
    }
    return verdict_add(
        f->mapping->verdict, STR("the mapping"), 0, "template_invalid",
        arena_printf(f->mapping->arena, "there is no filter |%.*s", STR_ARG(f->name)));
}
