/* digest: SHA-256 and HMAC-SHA256 (the only file that includes OpenSSL). */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include "common/arena.h"
#include "common/base.h"

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 64 };

struct sha256 {
    uint8_t bytes[SHA256_SIZE];
};

struct sha256 sha256_of(const struct str *parts, size_t count); /* of the concatenated bytes */
struct sha256 hmac_sha256(struct str key, const struct str *parts, size_t count);
struct str sha256_hex(struct arena *a, const struct sha256 *d); /* lower case, 64 characters */
bool sha256_from_hex(struct str hex, struct sha256 *out) MUST_CHECK;
bool sha256_equal(const struct sha256 *a, const struct sha256 *b); /* in constant time */
bool sha256_is_zero(const struct sha256 *d);
bool hex_read(struct str hex, uint8_t *out, size_t size) MUST_CHECK; /* exactly 2*size digits */

#endif
