/* ids: UUIDs, minted from time and chance (version 7) or derived from their cause (version 8). */
#include "common/ids.h"
#include "common/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UUID_SIZE = 16, UUID_PART_COUNT_MAX = 16, LENGTH_SIZE = 8 };

static bool dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static struct str uuid_text(struct arena *a, uint8_t bytes[UUID_SIZE], uint8_t version)
{
    static const char digits[] = "0123456789abcdef";
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    char text[UUID_TEXT_SIZE];
    size_t nibble = 0;
    for (size_t i = 0; i < UUID_TEXT_SIZE; i++) {
        if (dash_at(i)) {
            text[i] = '-';
            continue;
        }
        text[i] = digits[bytes[nibble / 2] >> (nibble % 2 == 0 ? 4 : 0) & 15];
        nibble++;
    }
    return arena_str(a, (struct str){text, sizeof(text)});
}

struct str uuid_mint(struct arena *a, struct instant now)
{
    uint8_t bytes[UUID_SIZE];
    if (getentropy(bytes, sizeof(bytes)) != 0) {
        fprintf(stderr, "The system gives no randomness; the process ends.\n");
        _Exit(111);
    }
    uint64_t milliseconds = (uint64_t)now.at / 1000;
    for (size_t i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    return uuid_text(a, bytes, 7);
}

struct str uuid_derive(struct arena *a, const struct str *parts, size_t count)
{
    assert(count <= UUID_PART_COUNT_MAX);
    /* Each part goes in behind its length, so that ("ab", "c") and ("a", "bc") differ; an absent
     * part has a length that no text has. */
    char lengths[UUID_PART_COUNT_MAX][LENGTH_SIZE];
    struct str framed[2 * UUID_PART_COUNT_MAX];
    for (size_t i = 0; i < count; i++) {
        uint64_t length = str_present(parts[i]) ? parts[i].size : UINT64_MAX;
        for (size_t k = 0; k < LENGTH_SIZE; k++)
            lengths[i][k] = (char)(length >> (56 - 8 * k));
        framed[2 * i] = (struct str){lengths[i], LENGTH_SIZE};
        framed[2 * i + 1] = parts[i];
    }
    struct sha256 digest = sha256_of(framed, 2 * count);
    return uuid_text(a, digest.bytes, 8);
}

bool uuid_valid(struct str s)
{
    if (s.size != UUID_TEXT_SIZE)
        return false;
    for (size_t i = 0; i < s.size; i++) {
        bool digit = (s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f');
        if (dash_at(i) ? s.at[i] != '-' : !digit)
            return false;
    }
    return true;
}
