/* test_orders_rows: orders' rows and queries on a real Postgres. */
#include "services/orders/orders.h"
#include "services/orders/rows.h"
#include "tests/store/rooms.h"

static const char schema[] = ROOM_SCHEMA("orders");
static struct arena arena;

#define EUR(cents)                                                                                 \
    {                                                                                              \
        (int64_t)(cents) * 10000, "EUR"                                                            \
    }

/* Every list and object set. */
static void lists_fill(struct order_row *row)
{
    static struct order_line lines[] = {{.line = 1,
                                         .sku = {"A", 1},
                                         .name = {"Anvil \"A\"", 9},
                                         .seller = {"maker", 5},
                                         .node = {"maker/a", 7},
                                         .state = LINE_ALLOCATED,
                                         .ordered = {3 * MICRO, "C62"},
                                         .quantity = {2 * MICRO, "C62"},
                                         .unit_price = EUR(600),
                                         .gross = EUR(1200),
                                         .discount = EUR(0),
                                         .net = EUR(1200),
                                         .sub_order = 1}};
    static struct sub_order subs[] = {{.sub_order = 1,
                                       .seller = {"maker", 5},
                                       .node = {"maker/a", 7},
                                       .state = {"confirmed", 9},
                                       .subtotal = EUR(1200),
                                       .charges = EUR(50),
                                       .total = EUR(1250)}};
    static struct charge charges[] = {{.code = {"freight", 7}, .amount = EUR(50)}};
    static struct approval approvals[] = {
        {1, {"approver", 8}, {"ann", 3}, {"approved", 8}, {NULL, 0}, {1767225600000000}}};
    static struct reason reasons[] = {{.code = {"out_of_stock", 12}, .line = 1}};
    static struct reservation reservations[] = {{{"maker/a", 7}, STOCK_COMMITTED, 1, STOP_REFUSED}};
    static struct address place = {.city = {"Torre\xc3\xb3n", 8}};
    row->lines = lines;
    row->lines_count = 1;
    row->sub_orders = subs;
    row->sub_orders_count = 1;
    row->charges = charges;
    row->charges_count = 1;
    row->approvals = approvals;
    row->approvals_count = 1;
    row->reasons = reasons;
    row->reasons_count = 1;
    row->reservations = reservations;
    row->reservations_count = 1;
    row->ship_to = row->bill_to = &place;
}

/* Every column set. */
static struct order_row full_order(const char *id)
{
    struct order_row row = {.order_id = str_of(id),
                            .account = STR("acme"),
                            .unit = STR("u"),
                            .buyer = STR("bob"),
                            .principal = STR("bob"),
                            .actor = STR("person"),
                            .sales_rep = STR("sam"),
                            .channel = STR("web"),
                            .currency = STR("EUR"),
                            .purchase_order = STR("PO-7"),
                            .reference = STR("ref"),
                            .payment_term = STR("net_30"),
                            .line_policy = LINE_POLICY_PARTIAL,
                            .state = ORDER_CONFIRMED,
                            .step = STEP_FULFILLING,
                            .credit = CREDIT_COMMITTED,
                            .version = 2,
                            .priced = true,
                            .subtotal = 12000000,
                            .charges_total = 500000,
                            .total = 12500000,
                            .extensions = {STR("{\"a\":1}")},
                            .placed_at = {1767225600000000},
                            .recorded_at = {1767225600000001},
                            .requested_at = {1767225600000002},
                            .confirmed_at = {1767225600000003},
                            .receipt_hash = STR("aa"),
                            .answer_id = STR("1-1"),
                            .answer_sequence = 1,
                            .payable_version = 2,
                            .cancelling = true,
                            .cancelled_by = STR("bob"),
                            .cancel_reason = STR("why not"),
                            .chain = {4, {{9}}}};
    lists_fill(&row);
    row.content_hash.bytes[0] = row.command_hash.bytes[0] = 1;
    return row;
}

/* As at the door: nothing is priced, almost everything absent. */
static struct order_row bare_order(const char *id)
{
    struct order_row row = full_order(id);
    row = (struct order_row){.order_id = row.order_id,
                             .account = row.account,
                             .buyer = row.buyer,
                             .principal = row.principal,
                             .currency = STR("???"),
                             .line_policy = LINE_POLICY_ALL_OR_NOTHING,
                             .state = ORDER_RECEIVED,
                             .step = STEP_PRICING,
                             .version = 1,
                             .lines = row.lines,
                             .lines_count = 1,
                             .placed_at = row.placed_at,
                             .recorded_at = row.recorded_at,
                             .command_hash = row.command_hash};
    return row;
}

START_TEST(rows_come_back)
{
    struct pg *pg = room_open(&orders_service, schema);
    struct order_row row = full_order("o1");
    room_round_trip(pg, &orders_entity, &row, &arena);
    row = bare_order("o2");
    room_round_trip(pg, &orders_entity, &row, &arena);
    row = bare_order("o3");
    row.dry_run = true;
    row.state = ORDER_PREVIEWED;
    row.outcome = ORDER_PENDING_APPROVAL;
    row.step = STEP_ENDED;
    row.closed_at = row.recorded_at;
    room_round_trip(pg, &orders_entity, &row, &arena);
    room_close(pg, schema);
}
END_TEST

static void must_not_be(struct pg *pg, const struct order_row *row)
{
    struct err e = {0};
    ck_assert(!room_save(pg, &orders_entity, row, 3, &e));
    ck_assert_int_eq(e.fate, ERR_POISON);
}

START_TEST(what_must_never_be_is_refused)
{
    struct pg *pg = room_open(&orders_service, schema);
    struct order_row row = full_order("o1");
    row.total++;
    must_not_be(pg, &row);
    row = full_order("o1");
    row.credit = CREDIT_RELEASED; /* with a seller, without credit */
    must_not_be(pg, &row);
    row = full_order("o1");
    row.state = ORDER_CLOSED; /* closed, but not over */
    must_not_be(pg, &row);
    row = full_order("o1");
    row.step = STEP_ENDED;
    must_not_be(pg, &row);
    row.state = ORDER_CLOSED;
    row.closed_at = row.recorded_at; /* closed, but the credit is not settled */
    must_not_be(pg, &row);
    row = full_order("o1");
    row.lines_count = 0;
    must_not_be(pg, &row);
    row = full_order("o1");
    row.outcome = ORDER_CONFIRMED;
    must_not_be(pg, &row);
    room_close(pg, schema);
}
END_TEST

#define LIST(pg, ...) ROOM_ASK(pg, "order_list", &arena, __VA_ARGS__)

START_TEST(orders_are_asked)
{
    struct pg *pg = room_open(&orders_service, schema);
    struct err e = {0};
    struct order_row rows[] = {full_order("o1"), bare_order("o2"), bare_order("o3")};
    rows[2].dry_run = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        store_ok(room_save(pg, &orders_entity, &rows[i], 0, &e), &e);
    struct str one = ROOM_ASK(pg, "order_show", &arena, "o1");
    room_holds(one, "\"total\":{\"amount\":\"12.50\",\"currency\":\"EUR\"}");
    room_holds(one, "\"extensions\":{\"a\":1}");
    room_holds(one, "\"placed_at\":\"2026-01-01T00:00:00.000000Z\"");
    room_holds(one, "\"reservations\":[{\"node\":\"maker/a\",\"state\":\"committed\"");
    struct str shown = ROOM_ASK(pg, "order_show", &arena, "o2");
    ck_assert(str_present(shown));
    ck_assert_ptr_null(strstr(shown.at, "total"));
    ck_assert_ptr_null(ROOM_ASK(pg, "order_show", &arena, "none").at);
    struct str page = LIST(pg, NULL, NULL, NULL, NULL, NULL, NULL, "1", NULL);
    room_holds(page, "\"order\":\"o2\"");
    room_holds(page, "\"next\" : \"o2\"");
    page = LIST(pg, NULL, NULL, NULL, NULL, NULL, NULL, "1", "o2");
    room_holds(page, "\"order\":\"o1\"");
    room_holds(page, "\"next\" : null");
    room_holds(LIST(pg, "confirmed", "acme", "maker", "60", "PO-7", "ref", "x", NULL),
               "\"line_count\":1");
    static const char empty[] = "{\"items\" : [], \"next\" : null}";
    ck_assert_str_eq(LIST(pg, NULL, NULL, "shop", NULL, NULL, NULL, NULL, NULL).at, empty);
    ck_assert_str_eq(LIST(pg, NULL, NULL, NULL, "999999999", NULL, NULL, NULL, NULL).at, empty);
    room_holds(LIST(pg, "received", NULL, NULL, "y", NULL, NULL, NULL, NULL), "\"o3\"");
    struct str counts = room_ask(pg, "order_counts", &arena, NULL, 0);
    room_holds(counts, "\"orders\" : 2, \"previews\" : 1");
    room_holds(counts, "\"credit\" : \"committed\", \"orders\" : 1");
    ck_assert_str_eq(ROOM_ASK(pg, "order_timeline", &arena, "o1").at, "[]");
    room_close(pg, schema);
}
END_TEST

START_TEST(reference_is_counted)
{
    struct pg *pg = room_open(&orders_service, schema);
    store_run(pg, "insert into reference values ('product', 'a', 1, '{}'), "
                  "('product', 'b', 1, '{}'), ('product', 'b', 2, null)");
    store_run(pg, "insert into reference_version values ('product', 2, 0)");
    room_holds(room_ask(pg, "reference_list", &arena, NULL, 0),
               "{\"kind\" : \"product\", \"version\" : 2, \"count\" : 1}");
    room_close(pg, schema);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("orders_rows");
    TCase *t = tcase_create("rows");
    arena_init(&arena);
    tcase_add_test(t, rows_come_back);
    tcase_add_test(t, what_must_never_be_is_refused);
    tcase_add_test(t, orders_are_asked);
    tcase_add_test(t, reference_is_counted);
    suite_add_tcase(s, t);
    return s;
}
STORE_MAIN(suite)
