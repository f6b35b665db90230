/* cli_mapping: templates, filters, joins and lists of a mapping, over small files of its own. */
#include "services/cli/contract_cmd.h"
#include "services/cli/draft.h"
#include "services/cli/fetch.h"
#include "services/cli/load.h"
#include "tests/unit/unit.h"

static struct arena arena;
static char folder[] = "/tmp/batuta-mapping-XXXXXX";

static void put(const char *name, const char *text)
{
    struct err e = {0};
    struct str path = arena_printf(&arena, "%s/%s", folder, name);
    if (!file_write(path.at, str_of(text), &e)) {
        fprintf(stderr, "%s\n", e.text);
        exit(EXIT_FAILURE);
    }
}

static void files_remove(void)
{
    static const char *const names[] = {"customer.csv", "order.csv", "line.csv", "map.json"};
    char path[64];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void files_put(void)
{
    put("customer.csv", "id,name,limit\nA,Äpfel & Co,\"1.234,50\"\nB,Birnen,7\n");
    put("order.csv", "id,customer,day,rate,paid\n1,A,1996-07-04,0.15,\n2,B,04.07.1996,0,1\n"
                     "3,Z,,x,0\n");
    put("line.csv", "order,sku,quantity,note\n2,P1,5.00,\n1,P2,7,bulky\n1,P1,12.50,\n");
}

/* "sources" etc. with `orders` as the set of the only maker. */
static struct str mapping_text(const char *rest)
{
    return arena_printf(
        &arena,
        "{\"name\":\"t\",\"constants\":{\"cur\":\"EUR\",\"none\":\"\"},"
        "\"maps\":{\"m\":{\"0\":\"open\",\"*\":\"other\"}},"
        "\"sources\":{\"customer\":{\"file\":\"customer.csv\",\"key\":\"id\",\"decimal\":\",\"},"
        "\"order\":{\"file\":\"order.csv\",\"key\":\"id\",\"join\":{\"customer\":\"customer\","
        "\"other\":{\"source\":\"customer\",\"column\":\"customer\"}}},"
        "\"line\":{\"file\":\"line.csv\",\"join\":{\"order\":\"order\"}}},%s}",
        rest);
}

static struct mapping mapping;
static struct verdict verdict;

static bool load(const char *rest, struct err *e)
{
    memset(&mapping, 0, sizeof mapping);
    memset(&verdict, 0, sizeof verdict);
    mapping.arena = verdict.arena = &arena;
    mapping.verdict = &verdict;
    put("map.json", mapping_text(rest).at);
    return mapping_load(&mapping, arena_printf(&arena, "%s/map.json", folder).at, str_of(folder),
                        e);
}

/* The template over a row of a source; NULL when it is refused. */
static const char *make(const char *source, size_t row, const char *template)
{
    struct scope s = {.source = mapping_source(&mapping, str_of(source)), .row = row, .number = 3};
    struct value v;
    if (!template_make(&mapping, &s, str_of(template), &v))
        return NULL;
    return str_present(v.text) ? arena_cstr(&arena, v.text) : "";
}

START_TEST(templates_are_made)
{
    static const struct {
        const char *source;
        size_t row;
        const char *template, *wanted;
    } rows[] = {
        {"order", 0, "{id}", "1"},
        {"order", 0, "no-{id}-{{x}", "no-1-{x}"},
        {"order", 0, "{customer.name}", "Äpfel & Co"},
        {"order", 0, "{other.name|id}", "pfel-co"},
        {"line", 0, "{order.customer.name}", "Birnen"},
        {"order", 0, "{$cur}", "EUR"},
        {"order", 0, "{$none}", ""},
        {"order", 0, "{#}", "3"},
        {"order", 0, "{day|time}", "1996-07-04T00:00:00Z"},
        {"order", 1, "{day|time:DD.MM.YYYY}", "1996-07-04T00:00:00Z"},
        {"order", 2, "{day|time}", ""},
        {"order", 0, "{rate|ppm}", "150000"},
        {"order", 0, "{rate|percent}", "1500"},
        {"order", 0, "{paid|default:never}", "never"},
        {"order", 0, "{paid|map:m}", "other"},
        {"order", 2, "{paid|map:m}", "open"},
        {"order", 1, "{paid|bool}", "true"},
        {"order", 2, "{paid|bool}", ""},
        {"line", 0, "{quantity|decimal}", "5"},
        {"line", 2, "{quantity|decimal}", "12.5"},
        {"line", 1, "{note|upper|cut:3}", "BUL"},
        {"customer", 0, "{name|cut:1}", ""},
        {"customer", 0, "{name|cut:2}", "Ä"},
        {"customer", 1, "{limit|decimal}", "7"},
        {"order", 2, "{customer|lower}", "z"},
        {"order", 0, "", ""},
    };
    struct err e = {0};
    ck_assert_msg(load("\"orders\":[]", &e), "%s", e.text);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = make(rows[i].source, rows[i].row, rows[i].template);
        ck_assert_msg(got != NULL && strcmp(got, rows[i].wanted) == 0, "%s: %s", rows[i].template,
                      got ? got : "refused");
    }
    ck_assert_uint_eq(verdict.count, 0);
}
END_TEST

START_TEST(wrong_templates_are_refused)
{
    static const struct {
        const char *source;
        size_t row;
        const char *template, *code;
        size_t line;
    } rows[] = {
        {"order", 0, "{nothing}", "column_missing", 0},
        {"order", 0, "{customer.nothing}", "column_missing", 0},
        {"order", 0, "{id", "template_invalid", 0},
        {"order", 0, "{id|shout}", "template_invalid", 0},
        {"order", 0, "{id|cut:x}", "template_invalid", 2},
        {"order", 0, "{$nothing}", "constant_missing", 0},
        {"order", 2, "{customer.name}", "join_missing", 4},
        {"order", 2, "{rate|ppm}", "decimal_invalid", 4},
        {"order", 2, "{rate|integer}", "integer_invalid", 4},
        {"order", 2, "{rate|bool}", "bool_invalid", 4},
        {"order", 1, "{day|time}", "time_invalid", 3},
        {"order", 0, "{id|map:x}", "map_missing", 2},
        {"customer", 0, "{limit|decimal}", "decimal_invalid", 2},
    };
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg(load("\"orders\":[]", &e), "%s", e.text);
        ck_assert_msg(make(rows[i].source, rows[i].row, rows[i].template) == NULL, "%s",
                      rows[i].template);
        ck_assert_uint_eq(verdict.count, 1);
        ck_assert_str_eq(verdict.rows[0].code, rows[i].code);
        ck_assert_msg(verdict.rows[0].line == rows[i].line, "%s: line %zu", rows[i].template,
                      verdict.rows[0].line);
    }
}
END_TEST

START_TEST(sections_make_objects)
{
    struct made_list made;
    struct err e = {0};
    ck_assert_msg(load("\"orders\":[{\"from\":\"order\",\"id\":\"{id}\","
                       "\"when\":[{\"value\":\"{customer}\",\"not\":\"Z\"}],\"set\":{"
                       "\"n\":\"{id|integer}\",\"who\":\"{customer.name}\",\"empty\":\"{$none}\","
                       "\"gone\":{\"x\":\"{$none}\"},\"fixed\":[1,true],"
                       "\"paid\":{\"$when\":[{\"value\":\"{paid}\",\"is\":\"1\"}],\"yes\":true},"
                       "\"lines\":{\"$each\":\"line\",\"$match\":{\"order\":\"{id}\"},"
                       "\"$where\":[{\"value\":\"{note}\",\"is\":\"\"}],"
                       "\"$item\":{\"line\":\"{#}\",\"sku\":\"{sku}\",\"day\":\"{day}\"}}}}]",
                       &e),
                  "%s", e.text);
    section_make(&mapping, "orders", &made);
    ck_assert_msg(verdict.count == 0, "%s", verdict.rows[0].code);
    ck_assert_uint_eq(made.count, 2);
    ck_assert_view(made.items[0].json,
                   "{\"n\":1,\"who\":\"Äpfel & Co\",\"fixed\":[1,true],\"lines\":[{\"line\":1,"
                   "\"sku\":\"P1\",\"day\":\"1996-07-04\"}]}");
    ck_assert_view(made.items[1].json,
                   "{\"n\":2,\"who\":\"Birnen\",\"fixed\":[1,true],\"paid\":{\"yes\":true},"
                   "\"lines\":[{\"line\":1,\"sku\":\"P1\",\"day\":\"04.07.1996\"}]}");
    ck_assert_uint_eq(made.items[1].line, 3);
}
END_TEST

START_TEST(wrong_mappings_are_refused)
{
    struct err e = {0};
    struct made_list made;
    ck_assert(!load("\"order\":[]", &e));
    ck_assert(strstr(e.text, "\"order\", which does not exist") != NULL);
    ck_assert(load("\"orders\":[{\"from\":\"nothing\",\"set\":{}}]", &e));
    section_make(&mapping, "orders", &made);
    ck_assert_uint_eq(verdict.count, 1);
    ck_assert(load("\"orders\":[{\"set\":{\"a\":{\"$each\":\"nothing\",\"$item\":{}}}}]", &e));
    section_make(&mapping, "orders", &made);
    ck_assert_uint_eq(verdict.count, 1);
    put("customer.csv", "id,name,name\n");
    ck_assert(!load("\"orders\":[]", &e));
    ck_assert_str_eq(verdict.rows[0].code, "csv_header_duplicate");
    files_put();
}
END_TEST

START_TEST(amounts_are_grouped)
{
    ck_assert_view(amount_grouped(&arena, INT64_C(1265793290000)), "1,265,793.29");
    ck_assert_view(amount_grouped(&arena, 0), "0.00");
    ck_assert_view(amount_grouped(&arena, INT64_C(-1234567000)), "-1,234.567");
    ck_assert_view(amount_grouped(&arena, INT64_C(999000000)), "999.00");
}
END_TEST

START_TEST(drafts_are_json)
{
    struct draft d = draft_new(&arena);
    draft_open(&d, NULL, "{");
    draft_text(&d, "a", STR("x\"y"));
    draft_text(&d, "b", STR_NONE);
    draft_money(&d, "m", STR("1.50"), STR("EUR"));
    draft_texts(&d, "l", STR("p,,q"));
    draft_open(&d, "o", "[");
    draft_integer(&d, NULL, -3);
    draft_true(&d, NULL, true);
    draft_close(&d, "]");
    draft_close(&d, "}");
    ck_assert_view(draft_done(&d), "{\"a\":\"x\\\"y\",\"m\":{\"amount\":\"1.50\",\"currency\":"
                                   "\"EUR\"},\"l\":[\"p\",\"q\"],\"o\":[-3,true]}");
    ck_assert_view(url_escape(&arena, STR("a b/ü")), "a%20b%2F%C3%BC");
    ck_assert_view(url_add(&arena, STR("/x"), "n", STR("1&2")), "/x?n=1%262");
    ck_assert_view(url_add(&arena, STR("/x?a=1"), "n", STR("2")), "/x?a=1&n=2");
}
END_TEST

START_TEST(events_are_checked)
{
    static const struct {
        const char *text, *code, *path;
    } rows[] = {
        {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":"
         "\"batuta.orders.order.received.v1\",\"data\":{\"order\":\"1\",\"more\":1}}",
         NULL, NULL},
        {"{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/x\",\"type\":\"t\"}", "value_unknown",
         "/specversion"},
        {"{\"specversion\":\"1.0\",\"source\":\"/x\",\"type\":\"t\"}", "member_missing", "/id"},
        {"{\"specversion\":\"1.0\",\"id\":7,\"source\":\"/x\",\"type\":\"t\"}", "member_type",
         "/id"},
        {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":\"t\",\"data\":{}}",
         "type_unknown", "/type"},
        {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":"
         "\"batuta.orders.order.cancel.v1\",\"data\":{\"order\":5}}",
         "member_type", "/data/order"},
        {"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":"
         "\"batuta.orders.order.cancel.v1\"}",
         "member_missing", "/data"},
        {"[]", "json_not_object", ""},
        {"{\"a\":1,\"a\":2}", "json_duplicate_key", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct message_type *found;
        struct fault f = {0};
        bool ok = contract_check(&arena, str_of(rows[i].text), NULL, &found, &f);
        ck_assert_msg(ok == (rows[i].code == NULL), "%s", rows[i].text);
        if (ok)
            continue;
        ck_assert_str_eq(f.code, rows[i].code);
        ck_assert_view(f.path, rows[i].path);
    }
}
END_TEST

static Suite *cli_mapping_suite(void)
{
    const TTest *const tests[] = {templates_are_made,    wrong_templates_are_refused,
                                  sections_make_objects, wrong_mappings_are_refused,
                                  amounts_are_grouped,   drafts_are_json,
                                  events_are_checked};
    arena_init(&arena);
    if (mkdtemp(folder) == NULL)
        exit(EXIT_FAILURE);
    atexit(files_remove);
    files_put();
    return unit_suite("cli_mapping", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(cli_mapping_suite)
