/* cli_csv: what the reader of CSV takes, and what it refuses with code and line. */
#include "services/cli/csv.h"
#include "tests/unit/unit.h"

static struct arena arena;

/* Reads `text`; the verdict's first code, or "". */
static const char *read_text(struct str text, const struct csv_options *options, struct csv *out,
                             size_t *line)
{
    static struct verdict verdict;
    memset(&verdict, 0, sizeof verdict);
    verdict.arena = &arena;
    bool ok = csv_read(STR("t.csv"), text, options, out, &verdict);
    ck_assert(ok == (verdict.count == 0));
    *line = verdict.count > 0 ? verdict.rows[0].line : 0;
    return verdict.count > 0 ? verdict.rows[0].code : "";
}

static void cells_are(const struct csv *t, const char *const *wanted, size_t count)
{
    ck_assert_uint_eq(t->row_count * t->column_count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_view(t->cells[i], wanted[i]);
}

START_TEST(good_files_are_read)
{
    static const struct {
        const char *text;
        const char *cells[6];
        size_t count;
    } rows[] = {
        {"a,b\n1,2\n", {"1", "2"}, 2},
        {"a,b\n1,2", {"1", "2"}, 2},
        {"a,b\r\n1,2\r\n3,4\r\n", {"1", "2", "3", "4"}, 4},
        {"a,b\r1,2\r3,4", {"1", "2", "3", "4"}, 4},
        {"a,b\r\n1,2\n3,4\r5,6\n", {"1", "2", "3", "4", "5", "6"}, 6},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         {"1", "2"},
         2},
        {"a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", {"x,y", "say \"hi\""}, 2},
        {"a,b\n\"two\nlines\",\"two\r\nlines\"\n", {"two\nlines", "two\r\nlines"}, 2},
        {"a,b\n,\n", {"", ""}, 2},
        {"a,b\n\"\",\"\"\n", {"", ""}, 2},
        {"a,b\n\n1,2\n\n", {"1", "2"}, 2},
        {"a\n007\n", {"007"}, 1},
        {"a,b\n=1+1,@x\n", {"=1+1", "@x"}, 2},
        {"a,b\n", {NULL}, 0},
        {"a,b", {NULL}, 0},
        {"caf\xc3\xa9\nM\xc3\xbcnchen\n", {"M\xc3\xbcnchen"}, 1},
        {"\"a\",\"b\"\n1,2\n", {"1", "2"}, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct csv_options options = {0};
        struct csv t;
        size_t line;
        ck_assert_msg(*read_text(str_of(rows[i].text), &options, &t, &line) == '\0', "row %zu", i);
        cells_are(&t, rows[i].cells, rows[i].count);
    }
}
END_TEST

START_TEST(bad_files_are_refused)
{
    static const struct {
        const char *text, *code;
        size_t line;
    } rows[] = {
        {"", "csv_header_missing", 1},
        {"\n\n", "csv_header_missing", 1},
        {"a,,c\n", "csv_header_empty", 1},
        {"a,b,a\n1,2,3\n", "csv_header_duplicate", 1},
        {"a,b\n1,2,3\n", "csv_ragged", 2},
        {"a,b\n1,2\n1\n", "csv_ragged", 3},
        {"a,b\n1,\"2\n", "csv_quote_unclosed", 2},
        {"a,b\n1,\"", "csv_quote_unclosed", 2},
        {"a,b\n1,2\"3\n", "csv_quote_stray", 2},
        {"a,b\n1,\"2\"3\n", "csv_quote_stray", 2},
        {"a,b\n\"x\ny\",1\n1\n", "csv_ragged", 4},
        {"\xff\xfe"
         "a",
         "csv_utf16", 1},
        {"\xfe\xff"
         "a",
         "csv_utf16", 1},
        {"a\nM\xfcnchen\n", "csv_utf8_invalid", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct csv_options options = {0};
        struct csv t;
        size_t line;
        const char *code = read_text(str_of(rows[i].text), &options, &t, &line);
        ck_assert_msg(strcmp(code, rows[i].code) == 0, "row %zu: %s", i, code);
        ck_assert_msg(line == rows[i].line, "row %zu: line %zu", i, line);
    }
}
END_TEST

START_TEST(nul_is_refused)
{
    struct csv_options options = {0};
    struct csv t;
    size_t line;
    ck_assert_str_eq(read_text((struct str){"a\n1\0002\n", 6}, &options, &t, &line), "csv_nul");
    ck_assert_uint_eq(line, 2);
}
END_TEST

START_TEST(options_count)
{
    struct csv_options semicolon = {.delimiter = ';'}, tab = {.delimiter = '\t'};
    struct csv_options latin = {.latin_1 = true};
    static const char *const two[] = {"1,5", "2"};
    static const char *const town[] = {"M\xc3\xbcnchen"};
    struct csv t;
    size_t line;
    ck_assert_str_eq(read_text(STR("a;b\n1,5;2\n"), &semicolon, &t, &line), "");
    cells_are(&t, two, 2);
    ck_assert_str_eq(read_text(STR("a\tb\n1,5\t2\n"), &tab, &t, &line), "");
    cells_are(&t, two, 2);
    ck_assert_str_eq(read_text(STR("a\nM\xfcnchen\n"), &latin, &t, &line), "");
    cells_are(&t, town, 1);
}
END_TEST

START_TEST(sizes_are_bounded)
{
    struct csv_options options = {0};
    struct csv t;
    size_t line;
    char *big = arena_alloc(&arena, CSV_CELL_SIZE_MAX + 8);
    memset(big, 'x', CSV_CELL_SIZE_MAX + 8);
    memcpy(big, "a\n", 2);
    ck_assert_str_eq(read_text((struct str){big, CSV_CELL_SIZE_MAX + 2}, &options, &t, &line), "");
    ck_assert_str_eq(read_text((struct str){big, CSV_CELL_SIZE_MAX + 3}, &options, &t, &line),
                     "csv_cell_too_big");
}
END_TEST

START_TEST(many_faults_are_counted)
{
    static struct verdict verdict;
    struct csv_options options = {0};
    struct buf text = {.arena = &arena};
    struct csv t;
    verdict.arena = &arena;
    buf_text(&text, "a,b\n");
    for (int i = 0; i < 250; i++)
        buf_text(&text, "1,2\n1\n");
    ck_assert(!csv_read(STR("t.csv"), buf_done(&text), &options, &t, &verdict));
    ck_assert_uint_eq(verdict.count, 250);
    ck_assert_uint_eq(verdict.rows[VERDICT_ROW_COUNT_MAX - 1].line, 201);
    ck_assert_uint_eq(t.row_count, 250);
    ck_assert_uint_eq(t.lines[1], 4);
}
END_TEST

START_TEST(a_million_rows)
{
    struct csv_options options = {0};
    struct buf text = {.arena = &arena};
    struct csv t;
    size_t line;
    buf_text(&text, "a,b\n");
    for (int i = 0; i < 1000000; i++)
        buf_text(&text, "1,\"2\"\n");
    ck_assert_str_eq(read_text(buf_done(&text), &options, &t, &line), "");
    ck_assert_uint_eq(t.row_count, 1000000);
    ck_assert_view(t.cells[1999999], "2");
    arena_reset(&arena);
}
END_TEST

static Suite *cli_csv_suite(void)
{
    const TTest *const tests[] = {
        good_files_are_read, bad_files_are_refused,   nul_is_refused, options_count,
        sizes_are_bounded,   many_faults_are_counted, a_million_rows};
    arena_init(&arena);
    return unit_suite("cli_csv", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(cli_csv_suite)
