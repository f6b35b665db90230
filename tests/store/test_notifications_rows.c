/* test_notifications_rows: notifications' rows and queries on a real Postgres. */
#include "services/notifications/notifications.h"
#include "services/notifications/rows.h"
#include "tests/store/rooms.h"

static const char schema[] = ROOM_SCHEMA("notifications");
static struct arena arena;

static const struct instant then = {1767225600000000};
static const struct chain first = {1, {{1, 2, 3}}};

static struct fulfilment_row fulfilment_of(const char *order)
{
    static struct progress lines[] = {{.line = 1,
                                       .sku = {"a", 1},
                                       .quantity = {5 * MICRO, "C62"},
                                       .rejected = {0, true},
                                       .shipped = {3 * MICRO, true},
                                       .delivered = {0, true}}};
    static struct line_quantity sent[] = {{.line = 1, .quantity = {3 * MICRO, "C62"}}};
    static struct shipment shipments[] = {{.shipment = 1,
                                           .carrier = {"Post", 4},
                                           .tracking = {"T-1", 3},
                                           .lines = sent,
                                           .lines_count = 1,
                                           .shipped_at = {1767225600000000}}};
    return (struct fulfilment_row){.order_id = str_of(order),
                                   .sub_order = STR("1"),
                                   .partner = STR("acme"),
                                   .version = 1,
                                   .state = FULFILMENT_PARTLY_SHIPPED,
                                   .lines = lines,
                                   .lines_count = 1,
                                   .shipments = shipments,
                                   .shipments_count = 1,
                                   .cancel_answer = STR("cancel_refused"),
                                   .cancel_event = STR("1-9"),
                                   .cancel_sequence = 3,
                                   .announced_at = then,
                                   .changed_at = then,
                                   .chain = first};
}

static struct notice_row notice_of(const char *order, const char *recipient)
{
    return (struct notice_row){.order_id = str_of(order),
                               .kind = STR("confirmed"),
                               .cause = STR(""),
                               .recipient = str_of(recipient),
                               .told_at = then,
                               .chain = first};
}

static struct payable_row payable_of(const char *order)
{
    return (struct payable_row){.order_id = str_of(order),
                                .version = STR("1"),
                                .account = STR("buyer"),
                                .currency = STR("EUR"),
                                .total = 12340000,
                                .told_at = then,
                                .chain = first};
}

static const void *row_again(struct pg *pg, const struct entity *entity, const void *key)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    struct pg_call load = entity_load_call(entity, &key, 1, &arena);
    store_ok(pg_do(pg, PG_PLAIN, &load, 1, &rows, &e), &e);
    ck_assert_uint_eq(rows.count, 1);
    void *row = arena_alloc(&arena, entity->size);
    store_ok(entity_read(entity, &rows, 0, &arena, row, &e), &e);
    pg_rows_release(&rows);
    return row;
}

START_TEST(rows_come_back)
{
    struct pg *pg = room_open(&notifications_service, schema);
    struct partner partner = {.partner = STR("acme"), .fulfilments = 1, .chain = first};
    room_round_trip(pg, &partner_entity, &partner, &arena);
    struct fulfilment_row fulfilment = fulfilment_of("o");
    room_round_trip(pg, &fulfilment_entity, &fulfilment, &arena);
    fulfilment = (struct fulfilment_row){.order_id = STR("p"),
                                         .sub_order = STR("2"),
                                         .partner = STR("acme"),
                                         .version = 1,
                                         .state = FULFILMENT_NEW,
                                         .announced_at = then,
                                         .changed_at = then};
    room_round_trip(pg, &fulfilment_entity, &fulfilment, &arena);
    struct err e = {0};
    struct notice_row notice = notice_of("o", "anna");
    struct payable_row payable = payable_of("o");
    store_ok(room_add(pg, &notice_entity, &notice, 3, &e), &e);
    store_ok(room_add(pg, &payable_entity, &payable, 3, &e), &e);
    const struct notice_row *told = row_again(pg, &notice_entity, &notice);
    ck_assert_int_eq(told->told_at.at, then.at);
    ck_assert(sha256_equal(&told->chain.hash, &first.hash));
    const struct payable_row *due = row_again(pg, &payable_entity, &payable);
    ck_assert_int_eq(due->total, 12340000);
    ck_assert(str_is(due->account, "buyer") && str_is(due->currency, "EUR"));
    ck_assert(!room_save(pg, &notice_entity, &notice, 3, &e)); /* told once */
    ck_assert_int_eq(e.fate, ERR_POISON);
    ck_assert(!room_save(pg, &payable_entity, &payable, 3, &e));
    room_close(pg, schema);
}
END_TEST

/* Batch 7 of partition 0, in which the rows of world_save were told. */
static const char journal[] =
    "select journal_extend('2026-01-01'); "
    "insert into journal values (0, 7, '2026-01-01', 1, 1, 5, array['t','t','t','t','x.dlq.v1'], "
    "array[0,0,0,0,0], array['o','o','o','p','o']::bytea[], "
    "array['batuta.notifications.fulfilment.ordered.v1', "
    "'batuta.notifications.fulfilment.ordered.v1', 'batuta.notifications.notice.told.v1', "
    "'batuta.notifications.payable.told.v1', 'x'], array['','','','',''], "
    "array['{\"sub_order\":2,\"number\":\"PO-7-2\"}', "
    "'{\"sub_order\":1,\"number\":\"PO-7-1\",\"node\":\"acme/main\"}', "
    "'{\"kind\":\"confirmed\",\"recipient\":\"anna\",\"text\":\"Yes.\"}', "
    "'{\"version\":1,\"buyer\":\"ben\"}', '\\xff']::bytea[], '{}', '')";

static void world_save(struct pg *pg)
{
    static const char *const orders[] = {"o", "p"};
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct fulfilment_row fulfilment = fulfilment_of(orders[i]);
        struct notice_row notice = notice_of(orders[i], i == 0 ? "anna" : "ben");
        struct payable_row payable = payable_of(orders[i]);
        store_ok(room_add(pg, &fulfilment_entity, &fulfilment, 0, &e) &&
                     room_add(pg, &notice_entity, &notice, 0, &e) &&
                     room_add(pg, &payable_entity, &payable, 0, &e),
                 &e);
    }
    struct partner partner = {.partner = STR("acme"), .fulfilments = 2, .chain = {2, {{1}}}};
    store_ok(room_add(pg, &partner_entity, &partner, 0, &e), &e);
}

/* 0001 kept a copy of each body; all else of the rows stays. */
START_TEST(old_rows_are_moved)
{
    struct pg *pg = room_older(&notifications_service, schema, 1);
    store_run(pg,
              "insert into fulfilment values ('o', '1', 'acme', 1, 'partly_shipped', "
              "'[{\"line\":1,\"sku\":\"a\",\"quantity\":{\"value\":\"5\",\"unit\":\"C62\"},"
              "\"rejected\":\"0\",\"shipped\":\"3\",\"delivered\":\"0\"}]', '[]', null, null, 3, "
              "'2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 1, "
              "decode(rpad('010203', 64, '0'), 'hex'), 3, '{7}')");
    store_run(pg, "insert into document values ('o', '1', '{}', 3, '{7}')");
    store_run(pg, "insert into notice values ('o', 'confirmed', '', 'bea', '{}', "
                  "'2026-01-01T00:00:00Z', 1, decode(rpad('010203', 64, '0'), 'hex'), 3, '{7}')");
    store_run(pg, "insert into payable values ('o', '1', 'buyer', 'EUR', 12.34, '{}', "
                  "'2026-01-01T00:00:00Z', 1, decode(rpad('010203', 64, '0'), 'hex'), 3, '{7}')");
    pg = room_newer(pg, &notifications_service, schema, 1);
    struct fulfilment_row f = fulfilment_of("o");
    const struct fulfilment_row *sent = room_read(pg, &fulfilment_entity, &f, &arena);
    ck_assert_int_eq(sent->state, FULFILMENT_PARTLY_SHIPPED);
    ck_assert_int_eq(sent->lines[0].shipped.micro, 3 * MICRO);
    struct notice_row n = notice_of("o", "bea");
    const struct notice_row *notice = room_read(pg, &notice_entity, &n, &arena);
    ck_assert(notice->told_at.at == then.at && sha256_equal(&notice->chain.hash, &first.hash));
    struct payable_row p = payable_of("o");
    const struct payable_row *payable = room_read(pg, &payable_entity, &p, &arena);
    ck_assert_int_eq(payable->total, p.total);
    room_close(pg, schema);
}
END_TEST

START_TEST(rows_are_asked)
{
    struct pg *pg = room_open(&notifications_service, schema);
    world_save(pg);
    store_run(pg, journal);
    struct str page = ROOM_ASK(pg, "partner_list", &arena, NULL, NULL);
    room_holds(page, "{\"partner\" : \"acme\", \"fulfilments\" : 2, \"sequence\" : 2}");
    page = ROOM_ASK(pg, "partner_fulfilments", &arena, "acme", "partly_shipped", "1", NULL);
    room_holds(page, "\"number\" : \"PO-7-1\", \"node\" : \"acme/main\"");
    room_holds(page, "\"tracking\":\"T-1\"");
    room_holds(page, "\"announced_at\" : \"2026-01-01T00:00:00.000000Z\"");
    room_holds(page, "\"next\" : \"o/1\"");
    page = ROOM_ASK(pg, "partner_fulfilments", &arena, "acme", NULL, "1", "o/1");
    room_holds(page, "\"order\" : \"p\"");
    room_holds(page, "\"next\" : null");
    page = ROOM_ASK(pg, "partner_fulfilments", &arena, "other", NULL, NULL, NULL);
    ck_assert_str_eq(page.at, "{\"items\" : [], \"next\" : null}");
    room_holds(ROOM_ASK(pg, "fulfilment_show", &arena, "o"), "\"sub_order\" : 1");
    room_holds(ROOM_ASK(pg, "fulfilment_show", &arena, "p"), "\"document\" : null");
    ck_assert_ptr_null(ROOM_ASK(pg, "fulfilment_show", &arena, "none").at);
    page = ROOM_ASK(pg, "notice_list", &arena, NULL, NULL, "1", NULL);
    room_holds(page, "\"next\" : \"o/confirmed//anna\"");
    room_holds(page, "\"text\":\"Yes.\"");
    page = ROOM_ASK(pg, "notice_list", &arena, NULL, NULL, "1", "o/confirmed//anna");
    room_holds(page, "\"recipient\" : \"ben\"");
    ck_assert_ptr_null(
        strstr(ROOM_ASK(pg, "notice_list", &arena, "o", "ben", NULL, NULL).at, "ben"));
    page = ROOM_ASK(pg, "payable_list", &arena, "buyer", "o", NULL, NULL);
    room_holds(page, "{\"amount\" : \"12.34\", \"currency\" : \"EUR\"}");
    page = ROOM_ASK(pg, "payable_list", &arena, NULL, "p", NULL, NULL);
    room_holds(page, "\"document\" : {\"version\":1,\"buyer\":\"ben\"}");
    page = room_ask(pg, "counts", &arena, NULL, 0);
    room_holds(page, "\"partly_shipped\" : 2");
    room_holds(page, "\"sums\" : [{\"amount\" : \"24.68\", \"currency\" : \"EUR\"}]");
    room_holds(ROOM_ASK(pg, "order_timeline", &arena, "o"), "notice.told");
    room_close(pg, schema);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("notifications_rows");
    TCase *t = tcase_create("rows");
    arena_init(&arena);
    tcase_add_test(t, rows_come_back);
    tcase_add_test(t, old_rows_are_moved);
    tcase_add_test(t, rows_are_asked);
    suite_add_tcase(s, t);
    return s;
}
STORE_MAIN(suite)
