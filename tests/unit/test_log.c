/* test_log: lines are whole, valid JSON whatever is put into them. */
#include "common/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/escape.h"
#include "common/json.h"
#include "tests/unit/unit.h"

enum { CAPTURE_SIZE = 64 * 1024 };
static char captured[CAPTURE_SIZE];
static FILE *capture_file;
static int stderr_kept;

/* Between begin and end everything on stderr goes to a file. */
static void capture_begin(void)
{
    capture_file = tmpfile();
    ck_assert_ptr_nonnull(capture_file);
    stderr_kept = dup(STDERR_FILENO);
    dup2(fileno(capture_file), STDERR_FILENO);
}

static size_t capture_end(void)
{
    dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    rewind(capture_file);
    size_t size = fread(captured, 1, sizeof(captured) - 1, capture_file);
    captured[size] = '\0';
    fclose(capture_file);
    return size;
}

/* One member of the one captured line. */
static const char *captured_text(const char *name)
{
    static char text[CAPTURE_SIZE];
    size_t size = strlen(captured);
    ck_assert_uint_gt(size, 0);
    ck_assert_ptr_eq(strchr(captured, '\n'), captured + size - 1);
    struct arena arena;
    arena_init(&arena);
    const struct node *root = NULL;
    struct fault fault = {0};
    ck_assert_msg(node_parse(str_of(captured), CAPTURE_SIZE, &arena, &root, &fault), "%s in %s",
                  fault.code, captured);
    const struct node *value = node_find(root, name);
    if (value != NULL)
        snprintf(text, sizeof(text), "%.*s", STR_ARG(value->text));
    arena_release(&arena);
    return value != NULL ? text : NULL;
}

START_TEST(json_has_the_fixed_members)
{
    const struct log_field fields[] = {{"part", "3"}, {"batch_no", "12"}};
    log_init("orders", "info", "json");
    capture_begin();
    log_fields(LOG_WARN, "the batch was refused", fields, ARRAY_LEN(fields));
    capture_end();
    ck_assert_str_eq(captured_text("level"), "warn");
    ck_assert_str_eq(captured_text("service"), "orders");
    ck_assert_str_eq(captured_text("msg"), "the batch was refused");
    ck_assert_str_eq(captured_text("part"), "3");
    ck_assert_str_eq(captured_text("batch_no"), "12");
    struct instant t = {0};
    ck_assert(instant_read(str_of(captured_text("ts")), &t) && instant_present(t));
    ck_assert(strncmp(captured, "{\"ts\":\"", 7) == 0);
}
END_TEST

START_TEST(json_escapes_what_is_put_in)
{
    log_init("orders", "debug", "json");
    capture_begin();
    log_line(LOG_DEBUG, "a \"b\" \\ \n\t\r\x01\x7f \xc3\xa9 \xf0\x9f\x98\x80 %s", "\xff\xc0\xaf");
    capture_end();
    ck_assert_str_eq(captured_text("msg"), "a \"b\" \\ \n\t\r\x01\x7f \xc3\xa9 \xf0\x9f\x98\x80 "
                                           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(levels_below_are_silent)
{
    log_init("orders", "warn", "json");
    capture_begin();
    log_line(LOG_DEBUG, "no");
    log_line(LOG_INFO, "no");
    ck_assert_uint_eq(capture_end(), 0);
    log_init("orders", "nonsense", "json"); /* is info */
    capture_begin();
    log_line(LOG_DEBUG, "no");
    log_line(LOG_INFO, "yes");
    capture_end();
    ck_assert_str_eq(captured_text("msg"), "yes");
}
END_TEST

START_TEST(long_lines_are_cut_and_stay_valid)
{
    static char big[20000];
    memset(big, '"', sizeof(big) - 1);
    const struct log_field fields[] = {{"one", big}, {"two", big}, {"three", "x"}};
    log_init("orders", "info", "json");
    for (size_t keep = 0; keep < 40; keep++) { /* every alignment of the cut */
        char message[64];
        memset(message, 'm', keep);
        message[keep] = '\0';
        capture_begin();
        log_fields(LOG_ERROR, message, fields, ARRAY_LEN(fields));
        size_t size = capture_end();
        ck_assert_uint_le(size, 8192);
        ck_assert_str_eq(captured_text("msg"), message);
        ck_assert_uint_gt(strlen(captured_text("one")), 1000);
    }
}
END_TEST

START_TEST(text_is_for_people)
{
    const struct log_field fields[] = {{"part", "3"}};
    log_init("orders", "info", "text");
    capture_begin();
    log_fields(LOG_INFO, "taken\nnow", fields, 1);
    capture_end();
    ck_assert_str_eq(captured + 8, " info  orders: taken\\nnow part=3\n");
    log_init("orders", "info", "auto"); /* a file is no terminal */
    capture_begin();
    log_init("orders", "info", "auto");
    log_line(LOG_INFO, "x");
    capture_end();
    ck_assert_str_eq(captured_text("msg"), "x");
}
END_TEST

START_TEST(escape_stops_at_the_room)
{
    char out[32];
    struct str s = STR("ab\n\xc3\xa9");
    static const size_t want[] = {0, 1, 2, 2, 4, 4, 6, 6};
    for (size_t room = 0; room < ARRAY_LEN(want); room++)
        ck_assert_uint_eq(escape_json(s, out, room), want[room]);
    ck_assert_uint_eq(escape_json(STR_NONE, out, sizeof(out)), 0);
    /* overlong, surrogate, beyond U+10FFFF, cut off */
    static const char *const bad[] = {"\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xf0\x80\x80\x80", "\xc3"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        size_t size = escape_json(str_of(bad[i]), out, sizeof(out));
        ck_assert_uint_eq(size, 6 * strlen(bad[i]));
        ck_assert_mem_eq(out, "\\ufffd", 6);
    }
}
END_TEST

static Suite *log_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    tcase_add_test(tests, json_has_the_fixed_members);
    tcase_add_test(tests, json_escapes_what_is_put_in);
    tcase_add_test(tests, levels_below_are_silent);
    tcase_add_test(tests, long_lines_are_cut_and_stay_valid);
    tcase_add_test(tests, text_is_for_people);
    tcase_add_test(tests, escape_stops_at_the_room);
    suite_add_tcase(suite, tests);
    return suite;
}

UNIT_MAIN(log_suite)
