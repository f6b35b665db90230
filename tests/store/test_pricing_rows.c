/* test_pricing_rows: pricing's rows and queries on a real Postgres. */
#include "services/pricing/pricing.h"
#include "services/pricing/rows.h"
#include "tests/store/rooms.h"

static const char schema[] = ROOM_SCHEMA("pricing");
static struct arena arena;

static struct quote_row quote_of(const char *version, const char *mode, enum quote_outcome outcome)
{
    bool good = outcome == QUOTE_PRICED;
    return (struct quote_row){.order_id = STR("o"),
                              .version = str_of(version),
                              .mode = str_of(mode),
                              .account = STR("me"),
                              .currency = STR("EUR"),
                              .outcome = outcome,
                              .total = good ? 24500000 : 0,
                              .placed_at = {1767225600000000},
                              .versions = STR("price_list=1,price=1,discount=0"),
                              .receipt = STR("{\"format\":\"batuta.receipt.v1\"}"),
                              .receipt_hash = {{7}},
                              .event_id = STR("1-9"),
                              .chain = str_is(STR("preview"), mode) ? (struct chain){0, {{0}}}
                                                                    : (struct chain){3, {{9}}}};
}

START_TEST(rows_come_back)
{
    struct pg *pg = room_open(&pricing_service, schema);
    struct quote_row quote = quote_of("1", "order", QUOTE_PRICED);
    room_round_trip(pg, &quote_entity, &quote, &arena);
    quote = quote_of("2", "preview", QUOTE_REFUSED);
    room_round_trip(pg, &quote_entity, &quote, &arena);
    struct quote_chain_row order = {.order_id = STR("o"), .chain = {4, {{1, 2}}}};
    room_round_trip(pg, &quote_chain_entity, &order, &arena);
    struct price_list_row list = {.price_list = STR("base"), .currency = STR("EUR")};
    room_round_trip(pg, &price_list_entity, &list, &arena);
    room_close(pg, schema);
}
END_TEST

START_TEST(what_must_never_be)
{
    struct pg *pg = room_open(&pricing_service, schema);
    struct err e = {0};
    struct quote_row quote = quote_of("2", "order", QUOTE_REFUSED);
    quote.total = 1;
    ck_assert(!room_save(pg, &quote_entity, &quote, 0, &e));
    quote = quote_of("0", "order", QUOTE_PRICED);
    ck_assert(!room_save(pg, &quote_entity, &quote, 0, &e));
    quote = quote_of("1", "other", QUOTE_PRICED);
    ck_assert(!room_save(pg, &quote_entity, &quote, 0, &e));
    room_close(pg, schema);
}
END_TEST

/* 0002 kept the answer beside the receipt, and the chain of every order in a table of its own. */
START_TEST(old_rows_are_moved)
{
    struct pg *pg = room_older(&pricing_service, schema, 2);
    store_run(pg, "insert into quote values ('o', '1', 'order', 'me', 'EUR', 'priced', 24.5, "
                  "'2026-01-01T00:00:00Z', 'price_list=1,price=1,discount=0', "
                  "'{\"format\":\"batuta.receipt.v1\"}', decode(rpad('07', 64, '0'), 'hex'), "
                  "'{\"order\":\"o\"}', '1-9', 3, 2, '{5}')");
    store_run(pg, "insert into quoted_order values "
                  "('o', 3, decode(rpad('0102', 64, '0'), 'hex'), 2, '{5}')");
    pg = room_newer(pg, &pricing_service, schema, 2);
    struct quote_row is = quote_of("1", "order", QUOTE_PRICED);
    const struct quote_row *quote = room_read(pg, &quote_entity, &is, &arena);
    ck_assert(str_is(quote->receipt, "{\"format\":\"batuta.receipt.v1\"}"));
    ck_assert(sha256_equal(&quote->receipt_hash, &is.receipt_hash));
    ck_assert_int_eq(quote->total, is.total);
    ck_assert(str_is(quote->event_id, "1-9"));
    struct quote_chain_row key = {.order_id = STR("o")};
    const struct quote_chain_row *chain = room_read(pg, &quote_chain_entity, &key, &arena);
    ck_assert_int_eq(chain->chain.sequence, 3);
    ck_assert_uint_eq(chain->chain.hash.bytes[1], 2);
    store_run(pg, "select 1 / (count(*) = 1 and max(part) = 2)::int from quoted_order");
    room_close(pg, schema);
}
END_TEST

static const char told[] =
    "select journal_extend(now()); insert into journal values (0, 7, now(), 1, 9, 1, "
    "'{pricing.events.v1}', '{0}', '{o}', '{batuta.pricing.quote.priced.v1}', "
    "array[E'ce_id=1-9\nce_subject=o'], array['{\"order\":\"o\"}'::bytea], '{}', '')";

/* Where the chain of an order stands: in its first quote, until it is asked again. */
START_TEST(chains_are_found)
{
    struct pg *pg = room_open(&pricing_service, schema);
    struct err e = {0};
    struct quote_row quote = quote_of("1", "order", QUOTE_PRICED);
    static const char one[] =
        "select 1 / (count(*) = 1 and max(chain_sequence) = %d)::int from quoted_order";
    char sql[200];
    store_ok(room_save(pg, &quote_entity, &quote, 0, &e), &e);
    quote = quote_of("1", "preview", QUOTE_PRICED);
    store_ok(room_save(pg, &quote_entity, &quote, 0, &e), &e);
    snprintf(sql, sizeof sql, one, 3);
    store_run(pg, sql);
    struct quote_chain_row order = {.order_id = STR("o"), .chain = {4, {{1, 2}}}};
    store_ok(room_save(pg, &quote_chain_entity, &order, 0, &e), &e);
    snprintf(sql, sizeof sql, one, 4);
    store_run(pg, sql);
    room_close(pg, schema);
}
END_TEST

START_TEST(quotes_are_asked)
{
    struct pg *pg = room_open(&pricing_service, schema);
    struct err e = {0};
    struct quote_row rows[] = {quote_of("10", "order", QUOTE_PRICED),
                               quote_of("2", "order", QUOTE_REFUSED),
                               quote_of("1", "preview", QUOTE_PRICED)};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        store_ok(room_save(pg, &quote_entity, &rows[i], 0, &e), &e);
    struct str page = ROOM_ASK(pg, "quote_show", &arena, "o");
    room_holds(page, "{\"order\" : \"o\", \"items\" : [{\"version\" : 1, \"dry_run\" : true");
    room_holds(page, "\"total\" : {\"amount\" : \"24.5\", \"currency\" : \"EUR\"}");
    room_holds(page, "\"total\" : null");
    room_holds(page, "\"receipt\" : {\"format\":\"batuta.receipt.v1\"}}]}");
    ck_assert(strstr(page.at, "\"version\" : 2,") < strstr(page.at, "\"version\" : 10,"));
    ck_assert_ptr_null(ROOM_ASK(pg, "quote_show", &arena, "none").at);
    page = room_ask(pg, "counts", &arena, NULL, 0);
    room_holds(page, "\"quotes\" : { \"priced\" : 1, \"refused\" : 1 }, \"previews\" : 1");
    room_holds(page, "\"totals\" : [{\"amount\" : \"24.5\", \"currency\" : \"EUR\"}]");
    ck_assert_str_eq(ROOM_ASK(pg, "order_timeline", &arena, "o").at, "[]");
    room_holds(ROOM_ASK(pg, "quote_show", &arena, "o"), "\"answer\" : null");
    store_run(pg, told);
    room_holds(ROOM_ASK(pg, "quote_show", &arena, "o"), "\"answer\" : {\"order\":\"o\"}");
    room_close(pg, schema);
}
END_TEST

static const char facts[] =
    "insert into reference values "
    "('price_list', 'L1', 1, '{\"price_list\":\"L1\"}'), ('price_list', 'L2', 1, '{}'), "
    "('price_list', 'L2', 2, null), ('price_list', 'L3', 2, '{\"price_list\":\"L3\"}'), "
    "('price', 'L1|A|C62|0', 1, '{\"amount\":\"1\"}'), "
    "('price', 'L1|A|C62|0', 2, '{\"amount\":\"2\"}'), "
    "('price', 'L1|A|C62|10', 1, '{\"amount\":\"3\"}'), "
    "('price', 'L1|B|C62|0', 1, '{\"amount\":\"4\"}'), ('price', 'L1|B|C62|0', 2, null), "
    "('price', 'L1|C|C62|0', 2, '{\"amount\":\"5\"}'), "
    "('price', 'L11|C|C62|0', 2, '{\"amount\":\"6\"}'), "
    "('discount', 'D', 1, '{\"discount\":\"D\"}'); "
    "insert into reference_version values ('price_list', 2, 0), ('price', 2, 0)";

START_TEST(lists_are_asked)
{
    struct pg *pg = room_open(&pricing_service, schema);
    store_run(pg, facts);
    struct str page = ROOM_ASK(pg, "price_list_list", &arena, "1", NULL);
    ck_assert_str_eq(page.at, "{\"items\" : [{\"version\": 1, \"price_list\": \"L1\"}], "
                              "\"next\" : \"L1\"}");
    page = ROOM_ASK(pg, "price_list_list", &arena, NULL, "L1");
    ck_assert_str_eq(page.at, "{\"items\" : [{\"version\": 2, \"price_list\": \"L3\"}], "
                              "\"next\" : null}");
    page = ROOM_ASK(pg, "price_list_show", &arena, "L1", "2", NULL);
    ck_assert_str_eq(page.at, "{\"next\": \"L1|A|C62|10\", \"items\": [{\"amount\": \"2\"}, "
                              "{\"amount\": \"3\"}], \"version\": 1, "
                              "\"price_list\": {\"price_list\": \"L1\"}}");
    page = ROOM_ASK(pg, "price_list_show", &arena, "L1", "wrong", "L1|A|C62|10");
    room_holds(page, "{\"next\": null, \"items\": [{\"amount\": \"5\"}]");
    ck_assert_ptr_null(ROOM_ASK(pg, "price_list_show", &arena, "L2", NULL, NULL).at);
    room_holds(ROOM_ASK(pg, "discount_list", &arena, NULL, NULL), "\"discount\": \"D\"");
    room_holds(room_ask(pg, "reference_counts", &arena, NULL, 0),
               "{\"kind\" : \"price\", \"version\" : 2, \"count\" : 4}");
    room_holds(room_ask(pg, "counts", &arena, NULL, 0), "\"prices\" : 4, \"discounts\" : 1");
    room_close(pg, schema);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pricing_rows");
    TCase *t = tcase_create("rows");
    arena_init(&arena);
    tcase_add_test(t, rows_come_back);
    tcase_add_test(t, old_rows_are_moved);
    tcase_add_test(t, what_must_never_be);
    tcase_add_test(t, chains_are_found);
    tcase_add_test(t, quotes_are_asked);
    tcase_add_test(t, lists_are_asked);
    suite_add_tcase(s, t);
    return s;
}
STORE_MAIN(suite)
