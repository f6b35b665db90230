/* systems: the file of who may speak, and signatures that hold for one command only. */
#include "common/systems.h"

#include "tests/unit/unit.h"

#define KEY_HEX "000102030405060708090a0b0c0d0e0f"

static struct arena arena;
static const struct right_name rights[] = {
    {"order", 1, NULL}, {"backdate", 2, NULL}, {"operate", 4, NULL}, {NULL, 0, NULL}};

static struct systems *load(const char *text, struct err *e)
{
    char path[] = "/tmp/batuta-systems-XXXXXX";
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    struct systems *s = systems_load(path, rights, e);
    unlink(path);
    return s;
}

static void refused(const char *text, const char *part)
{
    struct err e = {0};
    ck_assert_msg(load(text, &e) == NULL, "was taken: %s", text);
    ck_assert_int_eq(e.fate, ERR_FATAL);
    ck_assert_msg(strstr(e.text, part) != NULL, "%s: no \"%s\"", e.text, part);
}

START_TEST(files)
{
    struct err e = {0};
    struct systems *s = systems_load(NULL, rights, &e);
    ck_assert(s != NULL);
    systems_free(s);
    s = systems_load("", rights, &e);
    ck_assert(s != NULL);
    systems_free(s);
    ck_assert(systems_load("/does/not/exist", rights, &e) == NULL);
    ck_assert_int_eq(e.fate, ERR_FATAL);
    s = load("# who\n\n  \na " KEY_HEX " order,backdate\r\nb " KEY_HEX "\nc\t" KEY_HEX " all\n",
             &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    systems_free(s);
    refused("a\n", "line 1");
    refused("a " KEY_HEX "\nb\n", "line 2");
    refused("a 0011\n", "16 to 64");
    refused("a " KEY_HEX "0\n", "hex");
    refused("a xx0102030405060708090a0b0c0d0e0f\n", "hex");
    refused("a " KEY_HEX " order,fly\n", "unknown right fly");
}
END_TEST

/* tidy: allow params because the three signed parts vary one by one. */
static enum auth verify(const struct systems *s, struct str text, struct str id, struct str key,
                        struct str value, unsigned *bits)
{
    struct str parts[3] = {id, key, value}, who = STR_NONE;
    *bits = 0;
    enum auth auth = systems_verify(s, text, parts, &who, bits);
    ck_assert((auth == AUTH_GOOD) == str_present(who));
    return auth;
}

START_TEST(signatures)
{
    struct err e = {0};
    unsigned bits;
    struct systems *s =
        load("a " KEY_HEX " order,operate\nb " KEY_HEX "ff all\nc " KEY_HEX "\n", &e);
    ck_assert(s != NULL);
    uint8_t raw[16];
    ck_assert(hex_read(STR(KEY_HEX), raw, sizeof raw));
    struct str key = {(const char *)raw, sizeof raw};
    struct str parts[3] = {STR("id1"), STR("key1"), STR("{}")};
    struct str good = auth_header(&arena, STR("a"), key, parts);
    ck_assert(verify(s, good, parts[0], parts[1], parts[2], &bits) == AUTH_GOOD);
    ck_assert_uint_eq(bits, 5);
    ck_assert(verify(s, STR_NONE, parts[0], parts[1], parts[2], &bits) == AUTH_NONE);
    ck_assert(verify(s, good, STR("id2"), parts[1], parts[2], &bits) == AUTH_WRONG);
    ck_assert(verify(s, good, parts[0], STR("key2"), parts[2], &bits) == AUTH_WRONG);
    ck_assert(verify(s, good, parts[0], parts[1], STR("{ }"), &bits) == AUTH_WRONG);
    /* What was signed cannot be cut elsewhere. */
    ck_assert(verify(s, good, STR("id1\nkey1"), STR(""), parts[2], &bits) == AUTH_WRONG);
    ck_assert(verify(s, STR("a"), parts[0], parts[1], parts[2], &bits) == AUTH_WRONG);
    ck_assert(verify(s, STR(""), parts[0], parts[1], parts[2], &bits) == AUTH_WRONG);
    ck_assert(verify(s, STR("a zz"), parts[0], parts[1], parts[2], &bits) == AUTH_WRONG);
    struct str unknown = auth_header(&arena, STR("nobody"), key, parts);
    ck_assert(verify(s, unknown, parts[0], parts[1], parts[2], &bits) == AUTH_WRONG);
    struct str other = auth_header(&arena, STR("b"), key, parts); /* b's key is another */
    ck_assert(verify(s, other, parts[0], parts[1], parts[2], &bits) == AUTH_WRONG);
    struct str none = auth_header(&arena, STR("c"), key, parts);
    ck_assert(verify(s, none, parts[0], parts[1], parts[2], &bits) == AUTH_GOOD);
    ck_assert_uint_eq(bits, 0);
    systems_free(s);
    arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {files, signatures};
    return unit_suite("systems", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
