/* headers: packing and unpacking. */
#include "common/headers.h"

#include <string.h>

#include "common/systems.h"

static bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '\\';
}

/* Eight bytes at a time. A byte that is not plain sets its high bit in one of the four terms; what
 * a subtraction borrows from the next byte is of no account, because then this one is not plain. */
bool text_plain(struct str s)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t odd = 0;
    size_t i = 0;
    for (; i + sizeof odd <= s.size; i += sizeof odd) {
        uint64_t x;
        memcpy(&x, s.at + i, sizeof x);
        odd |= x | (x + ones) | (x - ones * 0x20) | ((x ^ ones * '\\') - ones);
    }
    if (odd & ones << 7)
        return false;
    for (; i < s.size; i++)
        if (!plain((unsigned char)s.at[i]))
            return false;
    return true;
}

void headers_add(struct buf *b, const char *name, struct str value)
{
    buf_text(b, name);
    buf_add(b, "=", 1);
    size_t from = 0;
    for (size_t i = text_plain(value) ? value.size : 0; i < value.size; i++) {
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

enum { ESCAPE_SIZE = 4 };

static char *value_put(char *to, struct str value)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (plain(c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        *to++ = 'x';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return to;
}

static char *line_put(char *to, const struct bus_header *h, bool as_is)
{
    memcpy(to, h->name.at, h->name.size);
    /* A name with '=' or control characters is not one of ours: keep it readable, not exact. */
    for (char *end = to + h->name.size; to < end; to++)
        if (*to == '=' || !plain((unsigned char)*to))
            *to = '_';
    *to++ = '=';
    if (!as_is)
        to = value_put(to, h->value);
    else if (h->value.size) {
        memcpy(to, h->value.at, h->value.size);
        to += h->value.size;
    }
    *to++ = '\n';
    return to;
}

/* All lines behind `front` bytes of room. as_is, when given, gets which values went in unchanged.
 */
static struct str lines_put(struct arena *a, const struct bus_header *headers, size_t count,
                            size_t front, bool *as_is)
{
    size_t room = front + 1;
    for (size_t i = 0; i < count; i++) {
        as_is[i] = text_plain(headers[i].value);
        room += headers[i].name.size + 2 + headers[i].value.size * (as_is[i] ? 1 : ESCAPE_SIZE);
    }
    char *start = arena_take(a, room), *to = start + front;
    for (size_t i = 0; i < count; i++)
        to = line_put(to, &headers[i], as_is[i]);
    return (struct str){start + front, (size_t)(to - start) - front};
}

struct str headers_pack(struct arena *a, const struct bus_header *headers, size_t count)
{
    return lines_put(a, headers, count, 0, arena_array(a, bool, count));
}

struct str headers_settle(struct arena *a, struct bus_header *headers, size_t count)
{
    bool *as_is = arena_array(a, bool, count);
    struct str text = lines_put(a, headers, count, HEADER_FRONT_SIZE, as_is);
    const char *at = text.at;
    for (size_t i = 0; i < count; i++) {
        at += headers[i].name.size + 1;
        if (as_is[i])
            headers[i].value.at = at;
        else
            headers[i].value = arena_str(a, headers[i].value);
        at = (const char *)memchr(at, '\n', (size_t)(text.at + text.size - at)) + 1;
    }
    return text;
}

struct str headers_front(struct str settled, const struct bus_header *first)
{
    size_t size = first->name.size + first->value.size + 2;
    assert(size <= HEADER_FRONT_SIZE && text_plain(first->value));
    char *to = (char *)(uintptr_t)settled.at - size;
    line_put(to, first, true);
    return (struct str){to, settled.size + size};
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
    const int64_t numbers[] = {m->part, m->incarnation, m->seq, m->prev};
    char *start = arena_alloc(a, m->service.size + ARRAY_LEN(numbers) * (INT64_TEXT_SIZE + 1) + 1);
    char *to = start;
    memcpy(to, m->service.at, m->service.size);
    to += m->service.size;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *to++ = i == 0 ? '/' : ' ';
        to = int64_put(to, numbers[i]);
    }
    return (struct str){start, (size_t)(to - start)};
}

/* ---- one pass */

static const struct str known_names[KNOWN_COUNT] = {
    [KNOWN_SPECVERSION] = {"ce_specversion", 14},
    [KNOWN_ID] = {"ce_id", 5},
    [KNOWN_SOURCE] = {"ce_source", 9},
    [KNOWN_TYPE] = {"ce_type", 7},
    [KNOWN_SUBJECT] = {"ce_subject", 10},
    [KNOWN_CORRELATION] = {"ce_correlationid", 16},
    [KNOWN_TRACEPARENT] = {"traceparent", 11},
    [KNOWN_CONTENT_TYPE] = {"content-type", 12},
    [KNOWN_AUTH] = {AUTH_HEADER, sizeof AUTH_HEADER - 1},
    [KNOWN_STREAM] = {STREAM_HEADER, sizeof STREAM_HEADER - 1},
    [KNOWN_CHAIN_START] = {CHAIN_START_HEADER, sizeof CHAIN_START_HEADER - 1},
    [KNOWN_ROUTED_FROM] = {ROUTED_FROM_HEADER, sizeof ROUTED_FROM_HEADER - 1},
    [KNOWN_ROUTED_TIME] = {ROUTED_TIME_HEADER, sizeof ROUTED_TIME_HEADER - 1},
};

/* The one name that it can be, by size and, where that is not enough, by a byte. */
static enum known_header known_guess(struct str name)
{
    switch (name.size) {
    case 5:
        return KNOWN_ID;
    case 7:
        return KNOWN_TYPE;
    case 9:
        return KNOWN_SOURCE;
    case 10:
        return KNOWN_SUBJECT;
    case 11:
        return name.at[0] == 't' ? KNOWN_TRACEPARENT : KNOWN_AUTH;
    case 12:
        return KNOWN_CONTENT_TYPE;
    case 13:
        return KNOWN_STREAM;
    case 14:
        return KNOWN_SPECVERSION;
    case 16:
        return KNOWN_CORRELATION;
    case 18:
        if (name.at[7] == 'c')
            return KNOWN_CHAIN_START;
        return name.at[14] == 'f' ? KNOWN_ROUTED_FROM : KNOWN_ROUTED_TIME;
    default:
        return KNOWN_COUNT;
    }
}

void known_headers_read(const struct bus_record *r, struct known_headers *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < r->header_count; i++) {
        struct str name = r->headers[i].name;
        enum known_header h = known_guess(name);
        if (h == KNOWN_COUNT || memcmp(name.at, known_names[h].at, name.size) != 0)
            continue;
        out->values[h] = r->headers[i].value;
        out->counts[h]++;
    }
}

const char *known_header_name(enum known_header h)
{
    return known_names[h].at;
}
