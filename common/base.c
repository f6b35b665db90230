/* base: views of text, whole numbers read from text, and where Kafka puts a key. */
#include "common/base.h"

#include <string.h>

struct str str_of(const char *text)
{
    return text == NULL ? STR_NONE : (struct str){text, strlen(text)};
}

bool str_eq(struct str a, struct str b)
{
    if (a.size != b.size || str_present(a) != str_present(b))
        return false;
    return a.size == 0 || memcmp(a.at, b.at, a.size) == 0;
}

int str_compare(struct str a, struct str b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool str_is(struct str a, const char *text)
{
    return str_eq(a, str_of(text));
}

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* Eight bytes at a step (keys have 36 to 100), as the machine orders them. The last step takes the
 * last eight bytes again where they overlap; the size went in first, so "a" is not "a" and NUL. */
uint64_t str_hash(struct str s)
{
    uint64_t hash = UINT64_C(14695981039346656037) + s.size, word = 0;
    if (s.size < sizeof(word)) {
        for (size_t i = 0; i < s.size; i++)
            word = word << 8 | (unsigned char)s.at[i];
        return hash_word(hash_word(hash, word), s.size);
    }
    for (size_t i = 0; i + sizeof(word) < s.size; i += sizeof(word)) {
        memcpy(&word, s.at + i, sizeof(word));
        hash = hash_word(hash, word);
    }
    memcpy(&word, s.at + s.size - sizeof(word), sizeof(word));
    return hash_word(hash_word(hash, word), s.size);
}

bool str_starts(struct str s, const char *prefix)
{
    size_t size = strlen(prefix);
    return s.size >= size && (size == 0 || memcmp(s.at, prefix, size) == 0);
}

bool str_to_int64(struct str s, int64_t *out)
{
    bool negative = s.size > 0 && s.at[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == s.size)
        return false;
    /* Counted downwards, because the lowest value has no positive twin. */
    int64_t value = 0;
    for (; i < s.size; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, s.at[i] - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

size_t whole_write(uint64_t value, char out[WHOLE_TEXT_SIZE])
{
    size_t size = 1;
    for (uint64_t limit = 10; size < WHOLE_TEXT_SIZE && value >= limit; limit *= 10)
        size++;
    for (size_t i = size; i > 0; i--, value /= 10)
        out[i - 1] = (char)('0' + value % 10);
    return size;
}

static uint32_t little_endian_word(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

char *int64_put(char *to, int64_t n)
{
    char digits[INT64_TEXT_SIZE];
    size_t at = sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    if (n < 0)
        *to++ = '-';
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    memcpy(to, digits + at, sizeof digits - at);
    return to + sizeof digits - at;
}

uint32_t murmur2(struct str key)
{
    static const uint32_t seed = 0x9747b28cu, multiplier = 0x5bd1e995u;
    const unsigned char *at = (const unsigned char *)key.at;
    size_t left = key.size;
    uint32_t hash = seed ^ (uint32_t)key.size;
    for (; left >= 4; at += 4, left -= 4) {
        uint32_t word = little_endian_word(at) * multiplier;
        word ^= word >> 24;
        hash = hash * multiplier ^ word * multiplier;
    }
    if (left > 0) {
        for (size_t i = 0; i < left; i++)
            hash ^= (uint32_t)at[i] << (8 * i);
        hash *= multiplier;
    }
    hash ^= hash >> 13;
    hash *= multiplier;
    return hash ^ hash >> 15;
}

int32_t partition_of(struct str key, int32_t partition_count)
{
    assert(partition_count > 0);
    return (int32_t)(murmur2(key) & INT32_MAX) % partition_count;
}
