/* test_entity: a struct saved as a row comes back the same, whatever stands in it. */
#include "common/entity.h"

#include "tests/store/store.h"

enum colour { COLOUR_ABSENT = 0, COLOUR_RED, COLOUR_BLUE };
static const char *const colour_names[] = {NULL, "red", "blue"};

struct leaf {
    struct str name;
    int64_t weight;
};
static const struct member leaf_members[] = {
    MEMBER(struct leaf, name, REQUIRED, 1, 300, "Name."),
    MEMBER(struct leaf, weight, OPTIONAL, 0, INT64_MAX, "Weight."),
};
static const struct shape leaf_shape = SHAPE("leaf", struct leaf, leaf_members, "A leaf.");

struct thing {
    struct str account, id, note;
    int64_t size;
    bool open;
    struct instant at;
    int64_t amount;
    struct sha256 hash;
    enum colour colour;
    struct leaf *leaf;
    struct leaf *leaves;
    size_t leaves_count;
};
static const struct column columns[] = {
    COLUMN(struct thing, account),
    COLUMN(struct thing, id),
    COLUMN(struct thing, note),
    COLUMN(struct thing, size),
    COLUMN(struct thing, open),
    COLUMN(struct thing, at),
    COLUMN_AMOUNT_OF(struct thing, amount),
    COLUMN(struct thing, hash),
    COLUMN_ENUM_OF(struct thing, colour, colour_names),
    COLUMN_OBJECT_OF(struct thing, leaf, &leaf_shape),
    COLUMN_LIST_OF(struct thing, leaves, &leaf_shape),
};
static const struct entity thing = ENTITY("thing", struct thing, columns, 2);

#define THING_COLUMNS "account, id, note, size, open, at, amount, hash, colour, leaf, leaves"
static const struct sql_file store = {
    "store.sql",
    "-- name: thing_load\n"
    "select " THING_COLUMNS " from thing join unnest($1::text[], $2::text[]) k(account, id)\n"
    "  using (account, id) order by account collate \"C\", id collate \"C\"\n"
    "-- name: thing_save\n"
    "insert into thing (" THING_COLUMNS ", part, batch_no)\n"
    "select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bool[],\n"
    "  $6::timestamptz[], $7::numeric[], $8::bytea[], $9::text[], $10::text[], $11::text[],\n"
    "  $12::smallint[], $13::bigint[])\n"
    "on conflict (account, id) do update set note = excluded.note, size = excluded.size,\n"
    "  open = excluded.open, at = excluded.at, amount = excluded.amount, hash = excluded.hash,\n"
    "  colour = excluded.colour, leaf = excluded.leaf, leaves = excluded.leaves,\n"
    "  part = excluded.part, batch_no = excluded.batch_no\n"};
static const struct sql_file *const stores[] = {&store, NULL};

static struct pg_settings settings;
static struct pg *pg;
static struct arena arena;

static void set_up(void)
{
    store_admin_run("drop schema if exists scratch_entity cascade; create schema scratch_entity;"
                    "create table scratch_entity.thing (account text, id text, note text,"
                    " size bigint not null, open boolean not null, at timestamptz,"
                    " amount numeric(19, 6) not null, hash bytea, colour text, leaf text,"
                    " leaves text not null, part smallint not null, batch_no bigint not null,"
                    " primary key (account, id))");
    settings = (struct pg_settings){.conninfo = store_conninfo(),
                                    .user = store_superuser(),
                                    .schema = "scratch_entity",
                                    .stores = stores,
                                    .statement_timeout_ms = 30000};
    struct err e = {0};
    arena_init(&arena);
    pg = pg_new(&settings);
    store_ok(pg_connect(pg, &e), &e);
}

static void tear_down(void)
{
    pg_free(pg);
    arena_release(&arena);
    store_admin_run("drop schema if exists scratch_entity cascade");
}

/* Every member set to something that is hard to carry. */
static struct thing thing_full(void)
{
    static struct leaf one = {STR("one"), INT64_MAX};
    static struct leaf many[] = {{STR("\xc3\xa9\"\\"), 0}, {STR("b"), 2}};
    struct thing t = {.account = STR("acme"),
                      .id = STR("1"),
                      .note = STR(""),
                      .size = INT64_MIN,
                      .open = true,
                      .at = {1700000000123456},
                      .amount = INT64_MIN,
                      .colour = COLOUR_BLUE,
                      .leaf = &one,
                      .leaves = many,
                      .leaves_count = 2};
    memset(t.hash.bytes, 0xa5, sizeof(t.hash.bytes));
    return t;
}

static void expect_same(const struct thing *a, const struct thing *b)
{
    ck_assert(str_eq(a->account, b->account) && str_eq(a->id, b->id) && str_eq(a->note, b->note));
    ck_assert(a->size == b->size && a->open == b->open && a->at.at == b->at.at);
    ck_assert(a->amount == b->amount && sha256_equal(&a->hash, &b->hash));
    ck_assert(a->colour == b->colour && (a->leaf == NULL) == (b->leaf == NULL));
    if (a->leaf != NULL)
        ck_assert(str_eq(a->leaf->name, b->leaf->name) && a->leaf->weight == b->leaf->weight);
    ck_assert_uint_eq(a->leaves_count, b->leaves_count);
    for (size_t i = 0; i < a->leaves_count; i++)
        ck_assert(str_eq(a->leaves[i].name, b->leaves[i].name) &&
                  a->leaves[i].weight == b->leaves[i].weight);
}

static void save(const void *const *rows, size_t count)
{
    int16_t *part = arena_array(&arena, int16_t, count);
    int64_t *batch_no = arena_array(&arena, int64_t, count);
    for (size_t i = 0; i < count; i++) {
        part[i] = 3;
        batch_no[i] = (int64_t)i + 100;
    }
    const struct pg_call call = entity_save_call(&thing, rows, part, batch_no, count, &arena);
    struct err e = {0};
    store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e), &e);
}

/* Loads these keys; the structs do not depend on the result any more. */
static size_t load(const void *const *keys, size_t count, struct thing *out)
{
    const struct pg_call call = entity_load_call(&thing, keys, count, &arena);
    struct pg_rows rows;
    struct err e = {0};
    store_ok(pg_do(pg, PG_PLAIN, &call, 1, &rows, &e), &e);
    size_t loaded = rows.count;
    for (size_t i = 0; i < loaded; i++)
        store_ok(entity_read(&thing, &rows, i, &arena, &out[i], &e), &e);
    pg_rows_release(&rows);
    return loaded;
}

START_TEST(rows_round_trip)
{
    const struct thing full = thing_full();
    const struct thing empty = {.account = STR("acme"), .id = STR("2")};
    const struct thing missing = {.account = STR("acme"), .id = STR("3")};
    const void *const rows[] = {&full, &empty};
    save(rows, 2);
    const void *const keys[] = {&full, &empty, &missing};
    struct thing back[3] = {0};
    ck_assert_uint_eq(load(keys, 3, back), 2);
    expect_same(&full, &back[0]);
    expect_same(&empty, &back[1]);
    struct pg_rows extra;
    struct err e = {0};
    store_ok(pg_ask(pg,
                    "select part, batch_no, note is null, hash is null, leaf is null, leaves"
                    " from thing order by id",
                    NULL, &extra, &e),
             &e);
    ck_assert(pg_int(&extra, 0, 0) == 3 && pg_int(&extra, 1, 1) == 101);
    ck_assert(!pg_bool(&extra, 0, 2) && pg_bool(&extra, 1, 2));
    ck_assert(pg_bool(&extra, 1, 3) && pg_bool(&extra, 1, 4));
    ck_assert(str_is(pg_text(&extra, 1, 5), "[]"));
    pg_rows_release(&extra);
}
END_TEST

START_TEST(saving_again_replaces)
{
    struct thing t = thing_full();
    const void *const rows[] = {&t};
    save(rows, 1);
    t = (struct thing){.account = STR("acme"), .id = STR("1"), .colour = COLOUR_RED};
    save(rows, 1);
    struct thing back = {0};
    ck_assert_uint_eq(load(rows, 1, &back), 1);
    expect_same(&t, &back);
}
END_TEST

START_TEST(nothing_and_many)
{
    enum { ROW_COUNT = 2000, LEAF_COUNT = 1000 };
    save(NULL, 0);
    ck_assert_uint_eq(load(NULL, 0, NULL), 0);
    struct thing *things = arena_array(&arena, struct thing, ROW_COUNT);
    struct thing *back = arena_array(&arena, struct thing, ROW_COUNT);
    const void **rows = arena_array(&arena, const void *, ROW_COUNT);
    struct leaf *leaves = arena_array(&arena, struct leaf, LEAF_COUNT);
    char name[300]; /* the row gets larger than a command may be, and must still be read again */
    memset(name, 'n', sizeof(name));
    for (size_t i = 0; i < LEAF_COUNT; i++)
        leaves[i] = (struct leaf){{name, sizeof(name)}, (int64_t)i};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        things[i] = (struct thing){.account = STR("many"), .size = (int64_t)i};
        things[i].id = arena_printf(&arena, "%06zu", i);
        rows[i] = &things[i];
    }
    things[7].leaves = leaves;
    things[7].leaves_count = LEAF_COUNT;
    save(rows, ROW_COUNT);
    ck_assert_uint_eq(load(rows, ROW_COUNT, back), ROW_COUNT);
    for (size_t i = 0; i < ROW_COUNT; i++)
        expect_same(&things[i], &back[i]);
}
END_TEST

/* A row changed like this is refused, and the column is named. */
static void expect_unreadable(const char *change, const char *column)
{
    const struct thing t = thing_full();
    const void *const rows[] = {&t};
    save(rows, 1);
    store_run(pg, change);
    const struct pg_call call = entity_load_call(&thing, rows, 1, &arena);
    struct pg_rows result;
    struct err e = {0};
    struct thing back = {0};
    store_ok(pg_do(pg, PG_PLAIN, &call, 1, &result, &e), &e);
    ck_assert(!entity_read(&thing, &result, 0, &arena, &back, &e));
    ck_assert_msg(e.fate == ERR_FATAL && strstr(e.text, column) != NULL, "%s", e.text);
    pg_rows_release(&result);
}

START_TEST(strange_rows_are_refused)
{
    expect_unreadable("update thing set colour = 'green'", "column colour");
    expect_unreadable("update thing set hash = '\\x00'", "column hash");
    expect_unreadable("update thing set leaf = '{}'", "column leaf");
    expect_unreadable("update thing set leaf = 'x'", "column leaf");
    expect_unreadable("update thing set leaves = '{}'", "column leaves");
    expect_unreadable("update thing set amount = 9999999999999.999999", "column amount");
}
END_TEST

START_TEST(keys_compare_hash_and_copy)
{
    const struct thing a = {.account = STR("a"), .id = STR("2")}, b = {.account = STR("b")},
                       c = {.account = STR("a"), .id = STR("10")}, d = {.account = STR("a2")};
    ck_assert(entity_compare_keys(&thing, &a, &a) == 0);
    ck_assert(entity_compare_keys(&thing, &a, &b) < 0 && entity_compare_keys(&thing, &b, &a) > 0);
    ck_assert(entity_compare_keys(&thing, &c, &a) < 0);
    ck_assert(entity_hash_key(&thing, &a) != entity_hash_key(&thing, &d)); /* "a"+"2", "a2"+"" */
    struct thing copy = {0};
    entity_copy_key(&thing, &a, &copy, &arena);
    ck_assert(entity_compare_keys(&thing, &a, &copy) == 0);
    ck_assert(entity_hash_key(&thing, &a) == entity_hash_key(&thing, &copy));
    ck_assert(a.account.at != copy.account.at);
}
END_TEST

START_TEST(copies_are_deep)
{
    const struct thing full = thing_full();
    const struct thing empty = {.account = STR("x"), .id = STR("y")};
    struct arena other;
    arena_init(&other);
    const struct thing *first = entity_copy(&thing, &full, &other);
    const struct thing *copy = entity_copy(&thing, first, &arena);
    const struct thing *bare = entity_copy(&thing, &empty, &arena);
    arena_release(&other);
    expect_same(&full, copy);
    expect_same(&empty, bare);
}
END_TEST

static Suite *entity_suite(void)
{
    Suite *suite = suite_create("entity");
    TCase *tests = tcase_create("entity");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, rows_round_trip);
    tcase_add_test(tests, saving_again_replaces);
    tcase_add_test(tests, nothing_and_many);
    tcase_add_test(tests, strange_rows_are_refused);
    tcase_add_test(tests, keys_compare_hash_and_copy);
    tcase_add_test(tests, copies_are_deep);
    suite_add_tcase(suite, tests);
    return suite;
}

STORE_MAIN(entity_suite)
