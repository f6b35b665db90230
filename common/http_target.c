/* http_target: path and query parameters of a request, percent-decoded exactly once. */
#include "common/http_target.h"

#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte written as %XX at the start of s; -1 when it is not one, or is NUL. */
static int escape_value(struct str s)
{
    if (s.size < 3 || digit_value(s.at[1]) < 0 || digit_value(s.at[2]) < 0)
        return -1;
    int value = digit_value(s.at[1]) * 16 + digit_value(s.at[2]);
    return value == 0 ? -1 : value;
}

/* In a query '+' means a space. False: bad encoding, NUL or a control character. */
static bool decode(struct str raw, bool query, struct arena *a, struct str *out)
{
    char *to = arena_alloc(a, raw.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        int c = (unsigned char)raw.at[i];
        if (c < 0x20 || c == 0x7f)
            return false;
        if (c == '+' && query)
            c = ' ';
        if (c == '%') {
            c = escape_value((struct str){raw.at + i, raw.size - i});
            i += 2;
        }
        if (c < 0)
            return false;
        to[size++] = (char)c;
    }
    *out = (struct str){to, size};
    return true;
}

/* The part of s up to c, and the rest behind it (absent when there is no c). */
static struct str split(struct str s, char c, struct str *rest)
{
    const char *at = s.size > 0 ? memchr(s.at, c, s.size) : NULL;
    *rest = STR_NONE;
    if (at == NULL)
        return s;
    size_t size = (size_t)(at - s.at);
    *rest = (struct str){at + 1, s.size - size - 1};
    return (struct str){s.at, size};
}

static const char *argument_read(struct str raw, struct http_request *r)
{
    if (r->argument_count == HTTP_ARGUMENT_COUNT_MAX)
        return "The request has too many query parameters.";
    struct str value;
    struct str name = split(raw, '=', &value);
    if (!str_present(value))
        value = STR("");
    size_t i = r->argument_count++;
    if (!decode(name, true, r->arena, &r->arguments[i].name) ||
        !decode(value, true, r->arena, &r->arguments[i].value))
        return "A query parameter has a bad percent-encoding or a control character.";
    return NULL;
}

int http_target_read(struct str target, struct http_request *r, const char **why)
{
    struct str query, fragment, rest;
    struct str path = split(split(target, '#', &fragment), '?', &query);
    *why = NULL;
    if (path.size > HTTP_PATH_SIZE_MAX) {
        *why = "The path is too long.";
        return 414;
    }
    if (path.size == 0 || path.at[0] != '/')
        *why = "The path does not start with a slash.";
    else if (!decode(path, false, r->arena, &r->path))
        *why = "The path has a bad percent-encoding or a control character.";
    for (; *why == NULL && str_present(query); query = rest) {
        struct str pair = split(query, '&', &rest);
        if (pair.size > 0)
            *why = argument_read(pair, r);
    }
    return *why != NULL ? 400 : 0;
}
