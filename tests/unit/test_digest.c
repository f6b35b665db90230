/* digest: the published vectors of SHA-256 (FIPS 180) and HMAC (RFC 4231), and hexadecimal text. */
#include "common/digest.h"
#include "tests/unit/unit.h"

static struct arena arena;

static void sha_is(const struct str *parts, size_t count, const char *hex)
{
    struct sha256 d = sha256_of(parts, count);
    ck_assert_view(sha256_hex(&arena, &d), hex);
}

START_TEST(sha256_vectors)
{
    sha_is(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha_is(&STR_NONE, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha_is(&STR("abc"), 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const struct str parts[] = {STR("a"), STR(""), STR_NONE, STR("bc")};
    sha_is(parts, 4, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha_is(&STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), 1,
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    arena_release(&arena);
}
END_TEST

static void hmac_is(struct str key, const struct str *parts, size_t count, const char *hex)
{
    struct sha256 d = hmac_sha256(key, parts, count);
    ck_assert_view(sha256_hex(&arena, &d), hex);
}

START_TEST(hmac_vectors)
{
    hmac_is(STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
            &STR("Hi There"), 1,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    const struct str parts[] = {STR("what do ya "), STR_NONE, STR("want for nothing?")};
    hmac_is(STR("Jefe"), parts, 3,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char long_key[131];
    memset(long_key, 0xaa, sizeof(long_key));
    hmac_is((struct str){long_key, sizeof(long_key)},
            &STR("Test Using Larger Than Block-Size Key - Hash Key First"), 1,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    const char *empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    hmac_is(STR(""), NULL, 0, empty);
    hmac_is(STR_NONE, NULL, 0, empty);
    arena_release(&arena);
}
END_TEST

START_TEST(hex_is_read_exactly)
{
    uint8_t out[3] = {9, 9, 9};
    ck_assert(hex_read(STR("00fFa1"), out, 3));
    ck_assert(out[0] == 0 && out[1] == 0xff && out[2] == 0xa1);
    static const char *const wrong[] = {"",       "00ffa",  "00ffa1b", "00ffa1b2",
                                        "00ffg1", "0x00ff", "00 ff1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        ck_assert(!hex_read(str_of(wrong[i]), out, 3));
    ck_assert_uint_eq(out[2], 0xa1);
    ck_assert(hex_read(STR_NONE, out, 0));
}
END_TEST

START_TEST(digests_compare)
{
    struct sha256 a = sha256_of(&STR("a"), 1), b = sha256_of(&STR("b"), 1), c = {{0}};
    ck_assert(sha256_equal(&a, &a) && !sha256_equal(&a, &b));
    ck_assert(sha256_is_zero(&c) && !sha256_is_zero(&a));
    ck_assert(sha256_from_hex(sha256_hex(&arena, &a), &c) && sha256_equal(&a, &c));
    ck_assert(!sha256_from_hex(STR("00"), &c) && sha256_equal(&a, &c));
    arena_release(&arena);
}
END_TEST

static Suite *digest_suite(void)
{
    const TTest *const tests[] = {sha256_vectors, hmac_vectors, hex_is_read_exactly,
                                  digests_compare};
    return unit_suite("digest", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(digest_suite)
