/* digest: SHA-256 and HMAC-SHA256 by OpenSSL, which no other file sees. A failure inside the
 * library means that the process has no memory or no crypto provider; it ends, because nothing can
 * be vouched for then. */
#include "common/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fetched once: looking an algorithm up costs more than hashing a short message. */
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256_md;
static EVP_MAC *hmac_mac;

static void must(bool ok)
{
    if (ok)
        return;
    fprintf(stderr, "OpenSSL cannot compute SHA-256; the process ends.\n");
    _Exit(111);
}

static void fetch_free(void)
{
    EVP_MD_free(sha256_md);
    EVP_MAC_free(hmac_mac);
}

static void fetch_all(void)
{
    sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac_mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    must(sha256_md != NULL && hmac_mac != NULL);
    must(atexit(fetch_free) == 0);
}

struct sha256 sha256_of(const struct str *parts, size_t count)
{
    pthread_once(&fetch_once, fetch_all);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL && EVP_DigestInit_ex2(context, sha256_md, NULL) == 1);
    for (size_t i = 0; i < count; i++)
        must(EVP_DigestUpdate(context, parts[i].at, parts[i].size) == 1);
    struct sha256 digest;
    must(EVP_DigestFinal_ex(context, digest.bytes, NULL) == 1);
    EVP_MD_CTX_free(context);
    return digest;
}

struct sha256 hmac_sha256(struct str key, const struct str *parts, size_t count)
{
    pthread_once(&fetch_once, fetch_all);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    const char *key_at = key.size > 0 ? key.at : "";
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac_mac);
    must(context != NULL &&
         EVP_MAC_init(context, (const unsigned char *)key_at, key.size, params) == 1);
    for (size_t i = 0; i < count; i++)
        must(EVP_MAC_update(context, (const unsigned char *)parts[i].at, parts[i].size) == 1);
    struct sha256 digest;
    size_t size = 0;
    must(EVP_MAC_final(context, digest.bytes, &size, SHA256_SIZE) == 1 && size == SHA256_SIZE);
    EVP_MAC_CTX_free(context);
    return digest;
}

struct str sha256_hex(struct arena *a, const struct sha256 *d)
{
    static const char digits[] = "0123456789abcdef";
    char hex[SHA256_HEX_SIZE];
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        hex[2 * i] = digits[d->bytes[i] >> 4];
        hex[2 * i + 1] = digits[d->bytes[i] & 15];
    }
    return arena_str(a, (struct str){hex, sizeof(hex)});
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_read(struct str hex, uint8_t *out, size_t size)
{
    if (hex.size % 2 != 0 || hex.size / 2 != size)
        return false;
    for (size_t i = 0; i < hex.size; i++) {
        if (hex_digit(hex.at[i]) < 0)
            return false;
    }
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(hex_digit(hex.at[2 * i]) * 16 + hex_digit(hex.at[2 * i + 1]));
    return true;
}

bool sha256_from_hex(struct str hex, struct sha256 *out)
{
    return hex_read(hex, out->bytes, SHA256_SIZE);
}

bool sha256_equal(const struct sha256 *a, const struct sha256 *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

bool sha256_is_zero(const struct sha256 *d)
{
    static const struct sha256 zero;
    return memcmp(d, &zero, sizeof(zero)) == 0;
}
