/* test_sql_blocks: store files are cut into the statements they name. */
#include "common/pg.h"
#include "tests/unit/unit.h"

static void expect_block(const char **cursor, const char *name, const char *text)
{
    struct sql_block block;
    ck_assert(sql_next(cursor, &block));
    ck_assert_msg(str_is(block.name, name), "name %.*s", STR_ARG(block.name));
    ck_assert_msg(str_is(block.text, text), "text %.*s", STR_ARG(block.text));
}

static void expect_end(const char **cursor)
{
    struct sql_block block;
    ck_assert(!sql_next(cursor, &block));
    ck_assert(!sql_next(cursor, &block)); /* and stays there */
}

START_TEST(blocks_in_order)
{
    const char *cursor = "-- store of x\n\n-- name: one\nselect 1;\n\n-- name: two \r\nselect\n"
                         "  2 -- name: not here\n";
    expect_block(&cursor, "one", "select 1;");
    expect_block(&cursor, "two", "select\n  2 -- name: not here");
    expect_end(&cursor);
}
END_TEST

START_TEST(nothing_named)
{
    const char *empty = "", *comment = "-- only a comment\nselect 1";
    expect_end(&empty);
    expect_end(&comment);
}
END_TEST

START_TEST(blocks_without_text)
{
    const char *cursor = "-- name: one\n-- name: two";
    expect_block(&cursor, "one", "");
    expect_block(&cursor, "two", "");
    expect_end(&cursor);
}
END_TEST

static Suite *sql_blocks_suite(void)
{
    Suite *suite = suite_create("sql_blocks");
    TCase *tests = tcase_create("blocks");
    tcase_add_test(tests, blocks_in_order);
    tcase_add_test(tests, nothing_named);
    tcase_add_test(tests, blocks_without_text);
    suite_add_tcase(suite, tests);
    return suite;
}

UNIT_MAIN(sql_blocks_suite)
