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

static struct document_row document_of(const char *order)
{
    static struct fulfilment_line lines[] = {
        {.line = 1, .sku = {"a", 1}, .quantity = {5 * MICRO, "C62"}}};
    static struct fulfilment document = {.partner = {"acme", 4},
                                         .order = {"o", 1},
                                         .sub_order = 1,
                                         .number = {"PO-7-1", 6},
                                         .node = {"acme/main", 9},
                                         .account = {"buyer", 5},
                                         .currency = {"EUR", 3},
                                         .version = 1,
                                         .lines = lines,
                                         .lines_count = 1};
    return (struct document_row){
        .order_id = str_of(order), .sub_order = STR("1"), .document = &document};
}

static struct notice_row notice_of(const char *order, const char *recipient)
{
    static struct notice document = {
        .recipient = {"anna", 4}, .order = {"o", 1}, .kind = {"confirmed", 9}};
    return (struct notice_row){.order_id = str_of(order),
                               .kind = STR("confirmed"),
                               .cause = STR(""),
                               .recipient = str_of(recipient),
                               .document = &document,
                               .told_at = then,
                               .chain = first};
}

static struct payable_row payable_of(const char *order)
{
    static struct payable document = {.account = {"buyer", 5},
                                      .order = {"o", 1},
                                      .currency = {"EUR", 3},
                                      .version = 1,
                                      .total = {12340000, "EUR"}};
    return (struct payable_row){.order_id = str_of(order),
                                .version = STR("1"),
                                .account = STR("buyer"),
                                .currency = STR("EUR"),
                                .total = 12340000,
                                .document = &document,
                                .told_at = then,
                                .chain = first};
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
    struct document_row document = document_of("o");
    room_round_trip(pg, &document_entity, &document, &arena);
    struct notice_row notice = notice_of("o", "anna");
    room_round_trip(pg, &notice_entity, &notice, &arena);
    struct payable_row payable = payable_of("o");
    room_round_trip(pg, &payable_entity, &payable, &arena);
    room_close(pg, schema);
}
END_TEST

static void world_save(struct pg *pg)
{
    static const char *const orders[] = {"o", "p"};
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct fulfilment_row fulfilment = fulfilment_of(orders[i]);
        struct document_row document = document_of(orders[i]);
        struct notice_row notice = notice_of(orders[i], i == 0 ? "anna" : "ben");
        struct payable_row payable = payable_of(orders[i]);
        store_ok(room_save(pg, &fulfilment_entity, &fulfilment, 0, &e) &&
                     room_save(pg, &document_entity, &document, 0, &e) &&
                     room_save(pg, &notice_entity, &notice, 0, &e) &&
                     room_save(pg, &payable_entity, &payable, 0, &e),
                 &e);
    }
    struct partner partner = {.partner = STR("acme"), .fulfilments = 2, .chain = {2, {{1}}}};
    store_ok(room_save(pg, &partner_entity, &partner, 0, &e), &e);
}

START_TEST(rows_are_asked)
{
    struct pg *pg = room_open(&notifications_service, schema);
    world_save(pg);
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
    ck_assert_ptr_null(ROOM_ASK(pg, "fulfilment_show", &arena, "none").at);
    page = ROOM_ASK(pg, "notice_list", &arena, NULL, NULL, "1", NULL);
    room_holds(page, "\"next\" : \"o/confirmed//anna\"");
    page = ROOM_ASK(pg, "notice_list", &arena, NULL, NULL, "1", "o/confirmed//anna");
    room_holds(page, "\"recipient\" : \"ben\"");
    ck_assert_ptr_null(
        strstr(ROOM_ASK(pg, "notice_list", &arena, "o", "ben", NULL, NULL).at, "ben"));
    page = ROOM_ASK(pg, "payable_list", &arena, "buyer", "o", NULL, NULL);
    room_holds(page, "{\"amount\" : \"12.34\", \"currency\" : \"EUR\"}");
    page = room_ask(pg, "counts", &arena, NULL, 0);
    room_holds(page, "\"partly_shipped\" : 2");
    room_holds(page, "\"sums\" : [{\"amount\" : \"24.68\", \"currency\" : \"EUR\"}]");
    ck_assert_str_eq(ROOM_ASK(pg, "order_timeline", &arena, "o").at, "[]");
    room_close(pg, schema);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("notifications_rows");
    TCase *t = tcase_create("rows");
    arena_init(&arena);
    tcase_add_test(t, rows_come_back);
    tcase_add_test(t, rows_are_asked);
    suite_add_tcase(s, t);
    return s;
}
STORE_MAIN(suite)
