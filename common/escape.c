/* escape: the inside of JSON strings. */
#include "common/escape.h"

#include <stdio.h>
#include <string.h>

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of the character at s.at[i]; 0 when it is not UTF-8 (overlong, surrogate, too high). */
static size_t character_size(struct str s, size_t i)
{
    const unsigned char first = (unsigned char)s.at[i];
    if (first < 0x80)
        return 1;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || s.size - i < size)
        return 0;
    for (size_t k = 1; k < size; k++)
        if (!is_continuation(s.at[i + k]))
            return 0;
    const unsigned char second = (unsigned char)s.at[i + 1];
    bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
               (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return bad ? 0 : size;
}

static const char *escape_short(char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

size_t escape_json(struct str s, char *out, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < s.size;) {
        char number[8];
        const char *piece = escape_short(s.at[i]);
        size_t step = character_size(s, i);
        unsigned char byte = (unsigned char)s.at[i];
        if (step == 0)
            piece = "\\ufffd";
        if (piece == NULL && (byte < 0x20 || byte == 0x7f)) {
            snprintf(number, sizeof(number), "\\u%04x", byte);
            piece = number;
        }
        if (step == 0)
            step = 1;
        size_t size = piece != NULL ? strlen(piece) : step;
        if (size > room - used)
            break;
        memcpy(out + used, piece != NULL ? piece : s.at + i, size);
        used += size;
        i += step;
    }
    return used;
}
