/* test_catalog_rows: catalog's rows and queries on a real Postgres. */
#include "services/catalog/catalog.h"
#include "services/catalog/rows.h"
#include "tests/store/rooms.h"

static const char schema[] = ROOM_SCHEMA("catalog");
static struct arena arena;

static struct stock stock_of(const char *node, const char *sku)
{
    return (struct stock){.node = str_of(node),
                          .sku = str_of(sku),
                          .unit = STR("KGM"),
                          .on_hand = 2 * MICRO + 500000,
                          .reserved = MICRO,
                          .backorder_limit = MICRO};
}

static struct reservation reservation_of(void)
{
    static struct reservation_line lines[] = {{.line = 1,
                                               .sku = {"a", 1},
                                               .asked = {3 * MICRO, "KGM"},
                                               .reserved = {MICRO, true},
                                               .released = {0, true}}};
    static struct stock_line told[] = {
        {.line = 1, .sku = {"a", 1}, .quantity = {3 * MICRO, "KGM"}, .reserved = {MICRO, "KGM"}}};
    static struct posting postings[] = {
        {.step = {"request", 7}, .version = 1, .event = {"1-1", 3}, .sequence = 1},
        {.step = {"release", 7},
         .version = 2,
         .cause = {"rejected", 8},
         .named = told,
         .named_count = 1,
         .lines = told,
         .lines_count = 1,
         .event = {"1-2", 3},
         .sequence = 2}};
    static struct reason reasons[] = {{.code = {"out_of_stock", 12}, .line = 1}};
    return (struct reservation){.order_id = STR("o"),
                                .node = STR("acme/main"),
                                .version = 1,
                                .state = RESERVATION_RESERVED,
                                .lines = lines,
                                .lines_count = 1,
                                .postings = postings,
                                .postings_count = 2,
                                .reasons = reasons,
                                .reasons_count = 1,
                                .expires_at = {1767225600000000},
                                .chain = {2, {{1, 2, 3}}}};
}

START_TEST(rows_come_back)
{
    struct pg *pg = room_open(&catalog_service, schema);
    struct err e = {0};
    struct stock stock = stock_of("acme/main", "a");
    room_round_trip(pg, &stock_entity, &stock, &arena);
    stock.reserved = 4 * MICRO; /* more than there may be */
    ck_assert(!room_save(pg, &stock_entity, &stock, 3, &e));
    ck_assert_int_eq(e.fate, ERR_POISON);
    stock.reserved = -1;
    ck_assert(!room_save(pg, &stock_entity, &stock, 3, &e));
    struct reservation reservation = reservation_of();
    room_round_trip(pg, &reservation_entity, &reservation, &arena);
    reservation.node = STR("acme/other");
    reservation.lines_count = reservation.postings_count = reservation.reasons_count = 0;
    reservation.expires_at = (struct instant){0};
    reservation.chain = (struct chain){0};
    room_round_trip(pg, &reservation_entity, &reservation, &arena);
    room_close(pg, schema);
}
END_TEST

/* The orders of a page, one after the other. */
static struct str expiring_page(struct pg *pg, int64_t since, const char *after)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    char text_of[INSTANT_TEXT_SIZE];
    struct str since_text = {text_of, instant_write((struct instant){since}, text_of)};
    struct expiry found = {0},
                  key = {.node = STR("acme/main"), .since = since_text, .after = str_of(after)};
    const void *keys[] = {&key};
    struct pg_call call = entity_load_call(&expiry_entity, keys, 1, &arena);
    store_ok(pg_query(pg, call.statement, call.params, &rows, &e), &e);
    ck_assert_uint_eq(rows.count, 1);
    store_ok(entity_read(&expiry_entity, &rows, 0, &arena, &found, &e), &e);
    pg_rows_release(&rows);
    struct buf text = {.arena = &arena};
    for (size_t i = 0; i < found.orders_count; i++)
        buf_printf(&text, "%.*s+%lld,", STR_ARG(found.orders[i].order_id),
                   (long long)(found.orders[i].expires_at.at - since));
    struct str page = buf_done(&text);
    return str_present(page) ? page : STR("");
}

START_TEST(what_expires_is_found)
{
    struct pg *pg = room_open(&catalog_service, schema);
    struct err e = {0};
    static const struct {
        const char *order, *node;
        int64_t after; /* the minute has begun */
        enum reservation_state state;
    } rows[] = {{"a", "acme/main", 0, RESERVATION_RESERVED},
                {"b", "acme/main", 59999999, RESERVATION_RESERVED},
                {"c", "acme/main", 1, RESERVATION_COMMITTED},
                {"d", "acme/main", -1, RESERVATION_RESERVED},
                {"e", "acme/main", 60000000, RESERVATION_RESERVED},
                {"f", "acme/other", 1, RESERVATION_RESERVED},
                {"g", "acme/main", 0, RESERVATION_RESERVED}};
    struct reservation r = reservation_of();
    const int64_t minute = r.expires_at.at;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        r.order_id = str_of(rows[i].order);
        r.node = str_of(rows[i].node);
        r.state = rows[i].state;
        r.expires_at.at = minute + rows[i].after;
        store_ok(room_add(pg, &reservation_entity, &r, 0, &e), &e);
    }
    ck_assert_str_eq(expiring_page(pg, minute, "").at, "a+0,g+0,b+59999999,");
    ck_assert_str_eq(expiring_page(pg, minute, "a").at, "g+0,b+59999999,");
    ck_assert_str_eq(expiring_page(pg, minute, "g").at, "b+59999999,");
    ck_assert_str_eq(expiring_page(pg, minute + 59999999, "b").at, "");
    ck_assert_str_eq(expiring_page(pg, minute + 60000000, "").at, "e+0,");
    room_close(pg, schema);
}
END_TEST

/* The posting of a clean commit leaves its lines to the row; people see them. */
START_TEST(a_commit_shows_its_lines)
{
    struct pg *pg = room_open(&catalog_service, schema);
    struct err e = {0};
    struct reservation r = reservation_of();
    struct posting postings[] = {
        r.postings[0], {.step = STR("commit"), .version = 1, .event = STR("1-2"), .sequence = 2}};
    r.state = RESERVATION_COMMITTED;
    r.postings = postings;
    store_ok(room_add(pg, &reservation_entity, &r, 0, &e), &e);
    room_holds(ROOM_ASK(pg, "reservation_show", &arena, "o"),
               "{\"step\":\"commit\",\"version\":1,\"lines\":[{\"line\":1,\"sku\":\"a\","
               "\"quantity\":{\"value\":\"3\",\"unit\":\"KGM\"},"
               "\"reserved\":{\"value\":\"1\",\"unit\":\"KGM\"}}],"
               "\"event\":\"1-2\",\"sequence\":2}");
    room_close(pg, schema);
}
END_TEST

/* 0001 kept the lists as json, in another order of columns. */
START_TEST(old_rows_are_moved)
{
    struct pg *pg = room_older(&catalog_service, schema, 1);
    store_run(pg, "insert into reservation values ('o', 'acme/main', 1, 'reserved', "
                  "'[{\"line\":1,\"sku\":\"a\",\"asked\":{\"value\":\"3\",\"unit\":\"KGM\"},"
                  "\"reserved\":\"1\",\"released\":\"0\"}]', "
                  "'[{\"step\":\"request\",\"version\":1,\"event\":\"1-1\",\"sequence\":1}]', "
                  "'[{\"code\":\"out_of_stock\",\"line\":1}]', '2026-01-01T00:00:00Z', 2, "
                  "decode(rpad('010203', 64, '0'), 'hex'), 3, '{7}')");
    pg = room_newer(pg, &catalog_service, schema, 1);
    struct reservation is = reservation_of();
    const struct reservation *r = room_read(pg, &reservation_entity, &is, &arena);
    ck_assert_int_eq(r->state, RESERVATION_RESERVED);
    ck_assert_uint_eq(r->lines_count, 1);
    ck_assert_int_eq(r->lines[0].asked.micro, 3 * MICRO);
    ck_assert_int_eq(r->lines[0].reserved.micro, MICRO);
    ck_assert(str_is(r->postings[0].event, "1-1"));
    ck_assert(str_is(r->reasons[0].code, "out_of_stock"));
    ck_assert_int_eq(r->expires_at.at, is.expires_at.at);
    ck_assert(sha256_equal(&r->chain.hash, &is.chain.hash));
    store_run(pg, "select 1 / (part = 3 and batches = '{7}')::int from reservation");
    room_close(pg, schema);
}
END_TEST

START_TEST(stock_is_asked)
{
    struct pg *pg = room_open(&catalog_service, schema);
    struct err e = {0};
    for (int i = 0; i < 3; i++) {
        struct stock stock = stock_of(i < 2 ? "acme/main" : "acme/other", i == 1 ? "b" : "a");
        store_ok(room_add(pg, &stock_entity, &stock, 0, &e), &e);
    }
    struct reservation reservation = reservation_of();
    store_ok(room_add(pg, &reservation_entity, &reservation, 0, &e), &e);
    struct str page = ROOM_ASK(pg, "stock_list", &arena, NULL, NULL, "2", NULL);
    room_holds(page, "\"on_hand\" : {\"value\" : \"2.5\", \"unit\" : \"KGM\"}");
    room_holds(page, "\"available\" : {\"value\" : \"2.5\"");
    room_holds(page, "\"next\" : \"acme/main/b\"");
    page = ROOM_ASK(pg, "stock_list", &arena, NULL, NULL, "2", "acme/main/b");
    room_holds(page, "acme/other");
    room_holds(page, "\"next\" : null");
    page = ROOM_ASK(pg, "stock_list", &arena, "acme/none", NULL, "x", NULL);
    ck_assert_str_eq(page.at, "{\"items\" : [], \"next\" : null}");
    page = room_ask(pg, "counts", &arena, NULL, 0);
    room_holds(page, "\"on_hand\" : \"7.5\", \"reserved\" : \"3\", \"held\" : \"1\"");
    room_holds(page, "\"open_reservations\" : 1");
    room_holds(ROOM_ASK(pg, "reservation_show", &arena, "o"), "\"state\" : \"reserved\"");
    ck_assert_ptr_null(ROOM_ASK(pg, "reservation_show", &arena, "none").at);
    ck_assert_str_eq(ROOM_ASK(pg, "order_timeline", &arena, "o").at, "[]");
    room_close(pg, schema);
}
END_TEST

START_TEST(reference_is_asked)
{
    struct pg *pg = room_open(&catalog_service, schema);
    store_run(pg, "insert into reference values "
                  "('product', 'a', 1, '{\"sku\":\"a\"}'), ('product', 'b', 1, '{\"sku\":\"b\"}'), "
                  "('product', 'a', 2, '{\"sku\":\"a\",\"v\":2}'), ('product', 'b', 3, null), "
                  "('product', 'c', 1, '{\"sku\":\"c\"}'), "
                  "('offer', 'acme/main/a', 1, '{\"sku\":\"a\",\"node\":\"acme/main\"}')");
    store_run(pg, "insert into reference_version values ('product', 3, 0), ('offer', 1, 0)");
    struct str page = ROOM_ASK(pg, "product_list", &arena, NULL, "1", NULL);
    ck_assert_str_eq(page.at, "{\"items\" : [{\"sku\":\"a\",\"v\":2}], \"next\" : \"a\"}");
    page = ROOM_ASK(pg, "product_list", &arena, NULL, "1", "a");
    ck_assert_str_eq(page.at, "{\"items\" : [{\"sku\":\"c\"}], \"next\" : null}");
    page = ROOM_ASK(pg, "offer_list", &arena, "a", NULL, NULL);
    room_holds(page, "acme/main");
    page = ROOM_ASK(pg, "offer_list", &arena, "b", NULL, NULL);
    ck_assert_str_eq(page.at, "{\"items\" : [], \"next\" : null}");
    ck_assert_str_eq(ROOM_ASK(pg, "product_show", &arena, "c").at, "{\"sku\":\"c\"}");
    ck_assert_ptr_null(ROOM_ASK(pg, "product_show", &arena, "b").at);
    static const char *const lists[] = {"seller_list", "node_list", "assortment_list"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        ck_assert_str_eq(ROOM_ASK(pg, lists[i], &arena, NULL, NULL).at,
                         "{\"items\" : [], \"next\" : null}");
    page = room_ask(pg, "reference_counts", &arena, NULL, 0);
    room_holds(page, "{\"kind\" : \"product\", \"version\" : 3, \"count\" : 2}");
    room_close(pg, schema);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("catalog_rows");
    TCase *t = tcase_create("rows");
    arena_init(&arena);
    tcase_add_test(t, rows_come_back);
    tcase_add_test(t, old_rows_are_moved);
    tcase_add_test(t, what_expires_is_found);
    tcase_add_test(t, a_commit_shows_its_lines);
    tcase_add_test(t, stock_is_asked);
    tcase_add_test(t, reference_is_asked);
    suite_add_tcase(s, t);
    return s;
}
STORE_MAIN(suite)
