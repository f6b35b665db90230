/* peek: a small reader of JSON that is known to be well formed. */
#include "tests/sim/peek.h"

static const char *skip_text(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

/* Past the value that begins at `at`. */
static const char *skip_value(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_text(at, end);
            if (depth == 0)
                return at;
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
            return at;
        if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
        at++;
    }
    return at;
}

static struct str value_at(const char *at, const char *end)
{
    const char *stop = skip_value(at, end);
    if (*at == '"')
        return (struct str){at + 1, (size_t)(stop - at) - 2};
    return (struct str){at, (size_t)(stop - at)};
}

static struct str member_of(struct str json, struct str name)
{
    const char *at = json.at, *end = json.at + json.size;
    if (json.size < 2 || *at != '{')
        return STR_NONE;
    for (at++; at < end && *at == '"';) {
        const char *stop = skip_text(at, end);
        struct str found = {at + 1, (size_t)(stop - at) - 2};
        at = stop + 1; /* the colon */
        if (str_eq(found, name))
            return value_at(at, end);
        at = skip_value(at, end) + 1; /* the comma */
    }
    return STR_NONE;
}

struct str peek(struct str json, const char *path)
{
    while (str_present(json)) {
        const char *dot = strchr(path, '.');
        struct str name = {path, dot ? (size_t)(dot - path) : strlen(path)};
        json = member_of(json, name);
        if (!dot)
            return json;
        path = dot + 1;
    }
    return STR_NONE;
}

int64_t peek_int(struct str json, const char *path)
{
    int64_t n = 0;
    return str_to_int64(peek(json, path), &n) ? n : 0;
}

int64_t amount_of(struct str text)
{
    int64_t micro = 0;
    int decimals = -1;
    bool negative = text.size > 0 && text.at[0] == '-';
    for (size_t i = negative; i < text.size; i++) {
        if (text.at[i] == '.') {
            decimals = 0;
            continue;
        }
        micro = micro * 10 + (text.at[i] - '0');
        decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 6; i++)
        micro *= 10;
    return negative ? -micro : micro;
}

int64_t peek_amount(struct str json, const char *path)
{
    return amount_of(peek(json, path));
}

bool peek_next(struct str *rest, struct str *item)
{
    const char *at = rest->at, *end = rest->at + rest->size;
    if (rest->size < 2 || *at == ']')
        return false;
    at++; /* the bracket, or the comma */
    if (*at == ']')
        return false;
    *item = value_at(at, end);
    at = skip_value(at, end);
    *rest = (struct str){at, (size_t)(end - at)};
    return true;
}

struct str record_header(const struct record *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (str_is(r->headers[i].name, name))
            return r->headers[i].value;
    return STR_NONE;
}

struct str line_header(struct str lines, const char *name)
{
    size_t size = strlen(name);
    for (size_t at = 0; at + size < lines.size;) {
        const char *stop = memchr(lines.at + at, '\n', lines.size - at);
        size_t end = stop ? (size_t)(stop - lines.at) : lines.size;
        if (memcmp(lines.at + at, name, size) == 0 && lines.at[at + size] == '=')
            return (struct str){lines.at + at + size + 1, end - at - size - 1};
        at = end + 1;
    }
    return STR_NONE;
}
