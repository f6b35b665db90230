/* headers: packing and unpacking. */
#include "common/headers.h"

#include <string.h>

static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '\\';
}

void headers_add(struct buf *b, const char *name, struct str value)
{
    buf_text(b, name);
    buf_add(b, "=", 1);
    size_t from = 0;
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (plain(c))
            continue;
        buf_add(b, value.at + from, i - from);
        buf_printf(b, "\\x%02x", c);
        from = i + 1;
    }
    if (value.size > from)
        buf_add(b, value.at + from, value.size - from);
    buf_add(b, "\n", 1);
}

struct str headers_pack(struct arena *a, const struct bus_header *headers, size_t count)
{
    struct buf b = {.arena = a};
    for (size_t i = 0; i < count; i++) {
        /* A name with '=' or control characters is not one of ours: keep it readable, not exact. */
        char *name = arena_cstr(a, headers[i].name);
        for (char *c = name; *c; c++)
            if (*c == '=' || !plain((unsigned char)*c))
                *c = '_';
        headers_add(&b, name, headers[i].value);
    }
    return buf_done(&b);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str unescape(struct arena *a, struct str s)
{
    if (s.size == 0 || !memchr(s.at, '\\', s.size))
        return s;
    struct buf b = {.arena = a};
    for (size_t i = 0; i < s.size; i++) {
        if (s.at[i] == '\\' && i + 3 < s.size && s.at[i + 1] == 'x') {
            char c = (char)(hex_digit(s.at[i + 2]) * 16 + hex_digit(s.at[i + 3]));
            buf_add(&b, &c, 1);
            i += 3;
        } else {
            buf_add(&b, s.at + i, 1);
        }
    }
    return buf_done(&b);
}

size_t headers_unpack(struct arena *a, struct str packed, struct bus_header *out, size_t room)
{
    size_t count = 0;
    const char *at = packed.at, *end = packed.at + packed.size;
    while (at && at < end && count < room) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end)
            line_end = end;
        const char *equals = memchr(at, '=', (size_t)(line_end - at));
        if (equals)
            out[count++] = (struct bus_header){
                {at, (size_t)(equals - at)},
                unescape(a, (struct str){equals + 1, (size_t)(line_end - equals - 1)})};
        at = line_end + 1;
    }
    return count;
}

struct str headers_find(struct arena *a, struct str packed, const char *name)
{
    struct bus_header headers[BUS_HEADER_COUNT_MAX];
    size_t count = headers_unpack(a, packed, headers, BUS_HEADER_COUNT_MAX);
    struct str found = STR_NONE;
    for (size_t i = 0; i < count; i++)
        if (str_is(headers[i].name, name))
            found = headers[i].value;
    return found;
}

bool word_next(struct str *rest, char stop, struct str *out)
{
    if (rest->size == 0)
        return false;
    const char *at = memchr(rest->at, stop, rest->size);
    size_t size = at ? (size_t)(at - rest->at) : rest->size;
    *out = (struct str){rest->at, size};
    size_t skip = size < rest->size ? size + 1 : size;
    *rest = (struct str){rest->at + skip, rest->size - skip};
    return size > 0;
}

bool stream_mark_read(struct str text, struct stream_mark *out)
{
    struct str part, words[3];
    int64_t numbers[4];
    if (text.size && text.at[text.size - 1] == ' ')
        return false;
    if (!word_next(&text, '/', &out->service) || !word_next(&text, ' ', &part))
        return false;
    for (int i = 0; i < 3; i++)
        if (!word_next(&text, ' ', &words[i]) || !str_to_int64(words[i], &numbers[i]))
            return false;
    if (text.size != 0 || !str_to_int64(part, &numbers[3]))
        return false;
    bool sound = numbers[0] >= 1 && numbers[1] >= 1 && numbers[2] >= 0 && numbers[3] >= 0 &&
                 numbers[3] < 1024 && numbers[2] < numbers[1];
    out->part = (int32_t)numbers[3];
    out->incarnation = numbers[0];
    out->seq = numbers[1];
    out->prev = numbers[2];
    return sound;
}

struct str stream_mark_write(struct arena *a, const struct stream_mark *m)
{
    return arena_printf(a, "%.*s/%d %lld %lld %lld", STR_ARG(m->service), (int)m->part,
                        (long long)m->incarnation, (long long)m->seq, (long long)m->prev);
}
