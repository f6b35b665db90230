/* json_bytes: strings of JSON judged eight bytes at a time; only the writer and the scanner include
 * it. Most strings are short and hold nothing that needs care, so finding that out is their cost.
 */
#ifndef COMMON_JSON_BYTES_H
#define COMMON_JSON_BYTES_H

#include "common/base.h"

#include <string.h>

#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* The first byte in the lowest bits, on every machine. */
static inline uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The top bit of each byte that is a quote, a backslash or below 0x20. A borrow may mark bytes
 * above the first marked one wrongly, so only whether and where the first is counts. */
static inline uint64_t special_marks(uint64_t word)
{
    uint64_t quote = word ^ EVERY_BYTE('"'), slash = word ^ EVERY_BYTE('\\');
    uint64_t marks = (word - EVERY_BYTE(0x20)) & ~word;
    marks |= (quote - EVERY_BYTE(1)) & ~quote;
    marks |= (slash - EVERY_BYTE(1)) & ~slash;
    return marks & EVERY_BYTE(0x80);
}

/* How many of the word's bytes lie before the first mark; marks != 0. */
static inline size_t bytes_before(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

static inline bool byte_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

#endif
