/* test_settings: flags, environment, defaults, and each way to be refused. */
#include "common/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

struct sample {
    const char *brokers, *key_file;
    int64_t partitions, offset;
    bool verbose;
};

static const struct setting table[] = {
    {"brokers", SETTING_TEXT, NULL, 1, 20, offsetof(struct sample, brokers), "Where Kafka is."},
    {"key_file", SETTING_FILE, "", 0, 200, offsetof(struct sample, key_file), "A secret."},
    {"partition_count", SETTING_INT, "4", 1, 64, offsetof(struct sample, partitions), "P."},
    {"offset", SETTING_INT, "0", 0, 0, offsetof(struct sample, offset), "Any number."},
    {"verbose", SETTING_BOOL, "false", 0, 0, offsetof(struct sample, verbose), "Says more."},
};

enum { ARGUMENT_COUNT_MAX = 8 };

/* What a test or the caller set in the environment. */
static void environment_clear(void)
{
    static const char *const names[] = {"BATUTA_BROKERS", "BATUTA_BROKER", "BATUTA_PARTITION_COUNT",
                                        "BATUTA_VERBOSE", "BATUTA_OFFSET", "BATUTA_KEY_FILE",
                                        "BATUTA_BIN",     "BATUTA_STACK"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
}

static bool read_line(const char *line, struct sample *s, struct err *e)
{
    static char copy[256];
    char *argv[ARGUMENT_COUNT_MAX], *rest = NULL;
    int argc = 0;
    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    memset(s, 0, sizeof(*s));
    *e = (struct err){0};
    return settings_read(table, ARRAY_LEN(table), argc, argv, s, e);
}

static void expect_refused(const char *line, const char *text)
{
    struct sample s;
    struct err e;
    ck_assert_msg(!read_line(line, &s, &e), "taken: %s", line);
    ck_assert_int_eq(e.fate, ERR_FATAL);
    ck_assert_str_eq(e.text, text);
}

static void expect_taken(const char *line, struct sample *s)
{
    struct err e;
    ck_assert_msg(read_line(line, s, &e), "%s", e.text);
}

START_TEST(defaults_fill_what_is_not_given)
{
    struct sample s;
    expect_taken("--brokers a:9092", &s);
    ck_assert_str_eq(s.brokers, "a:9092");
    ck_assert_str_eq(s.key_file, "");
    ck_assert_int_eq(s.partitions, 4);
    ck_assert(!s.verbose);
}
END_TEST

START_TEST(flags_win_over_the_environment)
{
    struct sample s;
    setenv("BATUTA_BROKERS", "env:1", 1);
    setenv("BATUTA_PARTITION_COUNT", "7", 1);
    expect_taken("", &s);
    ck_assert_str_eq(s.brokers, "env:1");
    ck_assert_int_eq(s.partitions, 7);
    expect_taken("--partition-count=64 --brokers=flag:1 --brokers flag:2", &s);
    ck_assert_str_eq(s.brokers, "flag:2");
    ck_assert_int_eq(s.partitions, 64);
}
END_TEST

START_TEST(booleans_need_no_value)
{
    struct sample s;
    expect_taken("--verbose --brokers a", &s);
    ck_assert(s.verbose);
    expect_taken("--brokers a --verbose", &s);
    ck_assert(s.verbose);
    expect_taken("--verbose false --brokers a", &s);
    ck_assert(!s.verbose);
    setenv("BATUTA_VERBOSE", "on", 1);
    expect_taken("--brokers a", &s);
    ck_assert(s.verbose);
    expect_taken("--brokers a --verbose=no", &s);
    ck_assert(!s.verbose);
    expect_refused("--brokers a --verbose=maybe", "setting verbose (--verbose, BATUTA_VERBOSE): "
                                                  "maybe, wanted true or false");
}
END_TEST

START_TEST(integers_are_bounded)
{
    struct sample s;
    expect_taken("--brokers a --partition-count 1 --offset -9223372036854775808", &s);
    ck_assert_int_eq(s.partitions, 1);
    ck_assert(s.offset == INT64_MIN);
    static const char *const bad[] = {"0", "65", "x", "1x", "-1", "1.5", "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char line[128], text[256];
        snprintf(line, sizeof(line), "--brokers a --partition-count %s", bad[i]);
        snprintf(text, sizeof(text),
                 "setting partition_count (--partition-count, BATUTA_PARTITION_COUNT): %s, "
                 "wanted 1 to 64",
                 bad[i]);
        expect_refused(line, text);
    }
    setenv("BATUTA_OFFSET", "", 1);
    expect_refused("--brokers a",
                   "setting offset (--offset, BATUTA_OFFSET): , wanted a whole number");
}
END_TEST

START_TEST(texts_are_bounded)
{
    struct sample s;
    expect_taken("--brokers 12345678901234567890", &s);
    expect_refused("--brokers 123456789012345678901",
                   "setting brokers (--brokers, BATUTA_BROKERS): 21 bytes, wanted 1 to 20");
    expect_refused("--brokers=",
                   "setting brokers (--brokers, BATUTA_BROKERS): 0 bytes, wanted 1 to 20");
    expect_refused("", "setting brokers (--brokers, BATUTA_BROKERS): is not set and has no "
                       "default");
    expect_refused("--brokers", "setting brokers (--brokers, BATUTA_BROKERS): has no value "
                                "behind it");
}
END_TEST

START_TEST(files_must_be_readable)
{
    struct sample s;
    expect_taken("--brokers a --key-file /dev/null", &s);
    ck_assert_str_eq(s.key_file, "/dev/null");
    expect_refused("--brokers a --key-file /no/such/file",
                   "setting key_file (--key-file, BATUTA_KEY_FILE): /no/such/file cannot be read");
}
END_TEST

START_TEST(unknown_names_are_refused)
{
    expect_refused("--brokers a --broker b", "flag --broker is unknown, see --help");
    expect_refused("--brokers a --brokersx=b", "flag --brokersx is unknown, see --help");
    expect_refused("--brokers a b", "argument b: wanted flags only, see --help");
    expect_refused("-v", "argument -v: wanted flags only, see --help");
    struct sample s;
    setenv("BATUTA_DATA", "x", 0);
    setenv("BATUTA_TEST_PG", "x", 0);
    expect_taken("--brokers a", &s);
    setenv("BATUTA_BROKER", "x", 1);
    expect_refused("--brokers a", "variable BATUTA_BROKER is unknown, see --help");
}
END_TEST

START_TEST(help_names_every_setting)
{
    char text[2048] = "";
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    int keep = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    settings_help(table, ARRAY_LEN(table));
    fflush(stdout);
    dup2(keep, STDOUT_FILENO);
    close(keep);
    rewind(file);
    ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, file), 0);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "--partition-count (BATUTA_PARTITION_COUNT)\n"
                                       "      P. From 1 to 64. Default: 4\n"));
    ck_assert_ptr_nonnull(strstr(text, "Where Kafka is. Must be set.\n"));
    ck_assert_ptr_nonnull(strstr(text, "A secret. Default: none\n"));
}
END_TEST

static Suite *settings_suite(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("settings");
    tcase_add_checked_fixture(tests, environment_clear, environment_clear);
    tcase_add_test(tests, defaults_fill_what_is_not_given);
    tcase_add_test(tests, flags_win_over_the_environment);
    tcase_add_test(tests, booleans_need_no_value);
    tcase_add_test(tests, integers_are_bounded);
    tcase_add_test(tests, texts_are_bounded);
    tcase_add_test(tests, files_must_be_readable);
    tcase_add_test(tests, unknown_names_are_refused);
    tcase_add_test(tests, help_names_every_setting);
    suite_add_tcase(suite, tests);
    return suite;
}

UNIT_MAIN(settings_suite)
