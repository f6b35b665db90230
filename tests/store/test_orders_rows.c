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
                            .commit_at = COMMIT_AT_RESERVE,
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
                             .commit_at = COMMIT_AT_CONFIRM,
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

static struct order_row *order_read(struct pg *pg, const char *id)
{
    struct err e = {0};
    struct pg_rows rows = {0};
    struct order_row *read = arena_new(&arena, struct order_row);
    const void *key = &(struct order_row){.order_id = str_of(id)};
    struct pg_call load = entity_load_call(&orders_entity, &key, 1, &arena);
    store_ok(pg_do(pg, PG_PLAIN, &load, 1, &rows, &e), &e);
    ck_assert_uint_eq(rows.count, 1);
    store_ok(entity_read(&orders_entity, &rows, 0, &arena, read, &e), &e);
    pg_rows_release(&rows);
    return read;
}

static void orders_same(const struct order_row *was, const struct order_row *is)
{
    for (size_t i = 0; i < orders_entity.column_count; i++) {
        struct entity one = orders_entity;
        one.columns += i;
        one.column_count = 1;
        ck_assert_msg(entity_equal(&one, one.columns->use, was, is), "%s", one.columns->name);
    }
}

/* Two lines that differ in all three parts, so that none stands for all. */
static void second_line(struct order_row *row)
{
    struct order_line *lines = arena_array(&arena, struct order_line, 2);
    lines[0] = lines[1] = row->lines[0];
    lines[1].line = 2;
    lines[1].note = STR("second");
    lines[1].requested_at.at = 1767225600000000;
    lines[1].state = LINE_SHIPPED;
    lines[1].shipped = lines[1].quantity;
    lines[1].code = STR("why");
    row->lines = lines;
    row->lines_count = 2;
}

START_TEST(parts_of_an_order_change_apart)
{
    struct pg *pg = room_open(&orders_service, schema);
    struct err e = {0};
    struct order_row row = full_order("o1");
    second_line(&row);
    store_ok(room_save(pg, &orders_entity, &row, 3, &e), &e);
    orders_same(&row, order_read(pg, "o1"));
    const void *saved = &row;
    int16_t part = 3;
    int64_t batch = 8;
    row.lines[0].state = row.lines[1].state = LINE_RELEASED;
    row.reasons_count = 0; /* content: not saved here */
    struct pg_call call = entity_save_call(&orders_entity, &saved, &part, &batch, 1, &arena);
    store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e), &e);
    row.reasons_count = 1;
    orders_same(&row, order_read(pg, "o1"));
    row.lines[1].quantity.micro = MICRO;
    row.approvals_count = 0;
    call = entity_content_call(&orders_entity, &saved, 1, &arena);
    store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e), &e);
    orders_same(&row, order_read(pg, "o1"));
    struct str shown = ROOM_ASK(pg, "order_show", &arena, "o1");
    room_holds(shown, "\"note\":\"second\"");
    room_holds(shown, "\"quantity\":{\"unit\":\"C62\",\"value\":\"1\"}");
    room_holds(shown, "\"state\":\"released\"");
    room_close(pg, schema);
}
END_TEST

/* What 0001 kept as one row with the lines whole. */
static void old_order_add(struct pg *pg, const struct order_row *row)
{
    struct buf sql = {.arena = &arena};
    struct buf lines = {.arena = &arena}, subs = {.arena = &arena}, reasons = {.arena = &arena};
    shape_encode_list(&order_line_shape, row->lines, row->lines_count, &lines);
    shape_encode_list(&sub_order_shape, row->sub_orders, row->sub_orders_count, &subs);
    shape_encode_list(&reason_shape, row->reasons, row->reasons_count, &reasons);
    buf_printf(&sql,
               "insert into orders values ('%.*s', 'acme', 'u', 'bob', 'bob', 'person', 'sam',"
               " 'web', 'EUR', 'PO-7', 'ref', 'net_30', 'partial', false, false, 'confirmed', null,"
               " 'fulfilling', 'committed', 2, true, 12, 0.5, 12.5, '%.*s', '%.*s',",
               STR_ARG(row->order_id), STR_ARG(buf_done(&lines)), STR_ARG(buf_done(&subs)));
    buf_printf(
        &sql,
        "'[{\"code\":\"freight\",\"amount\":{\"amount\":\"0.50\",\"currency\":\"EUR\"}}]',"
        " '[{\"tier\":1,\"role\":\"approver\",\"user\":\"ann\",\"decision\":\"approved\","
        "\"decided_at\":\"2026-01-01T00:00:00Z\"}]', '%.*s', '[{\"node\":\"maker/a\",\"state\":"
        "\"committed\",\"version\":1,\"stop\":\"refused\"}]', '{\"city\":\"Torre\xc3\xb3n\"}',"
        " '{\"city\":\"Torre\xc3\xb3n\"}', '{\"a\":1}', '2026-01-01T00:00:00Z',"
        " '2026-01-01T00:00:00.000001Z', '2026-01-01T00:00:00.000002Z',"
        " '2026-01-01T00:00:00.000003Z', null, decode(rpad('01', 64, '0'), 'hex'), 'aa',"
        " decode(rpad('01', 64, '0'), 'hex'), '1-1', 1, 2, true, 'bob', 'why not', 4,"
        " decode(rpad('09', 64, '0'), 'hex'), 3, '{5,6}')",
        STR_ARG(buf_done(&reasons)));
    store_run(pg, arena_cstr(&arena, buf_done(&sql)));
}

START_TEST(old_rows_are_moved)
{
    struct pg *pg = room_older(&orders_service, schema, 1);
    struct order_row one = full_order("o1"), two = full_order("o2");
    second_line(&two);
    one.commit_at = two.commit_at = COMMIT_AT_CONFIRM; /* what 0003 says of all that was before */
    old_order_add(pg, &one);
    old_order_add(pg, &two);
    pg = room_newer(pg, &orders_service, schema, 1);
    orders_same(&one, order_read(pg, "o1"));
    orders_same(&two, order_read(pg, "o2"));
    store_run(pg,
              "select 1 / (count(*) = 2)::int from orders where part = 3 and batches = '{5,6}'");
    room_close(pg, schema);
}
END_TEST

/* What 0002 kept, which does not know when an order is committed. */
static void split_order_add(struct pg *pg)
{
    store_run(pg, "insert into order_submitted values ('o1', '[{\"line\":1,\"sku\":\"A\","
                  "\"ordered\":{\"unit\":\"C62\",\"value\":\"3\"}}]')");
    store_run(pg, "insert into order_content values ('o1', '[{\"quantity\":{\"unit\":\"C62\","
                  "\"value\":\"3\"}}]', '[]', '[]', '[]', '[]')");
    store_run(pg, "insert into orders values ('o1', 'acme', 'bob', 'bob', 'person', null, null,"
                  " 'EUR', null, null, null, 'partial', false, false, '2026-01-01T00:00:00Z',"
                  " '2026-01-01T00:00:00Z', null, decode(rpad('01', 64, '0'), 'hex'), 3, null,"
                  " '1-1', 1, null, null, false, 0, 0, 0, 1, 'received', null, 'pricing', null,"
                  " '[{\"state\":\"received\"}]', '[]', null, null, 0, false, null, null, 1,"
                  " decode(rpad('09', 64, '0'), 'hex'), '{5}')");
}

START_TEST(what_was_submitted_before_is_committed_at_confirm)
{
    struct pg *pg = room_older(&orders_service, schema, 2);
    split_order_add(pg);
    pg = room_newer(pg, &orders_service, schema, 2);
    const struct order_row *row = order_read(pg, "o1");
    ck_assert_int_eq(row->commit_at, COMMIT_AT_CONFIRM);
    ck_assert_int_eq(row->line_policy, LINE_POLICY_PARTIAL);
    ck_assert_int_eq(row->state, ORDER_RECEIVED);
    ck_assert_uint_eq(row->lines_count, 1);
    struct str shown = ROOM_ASK(pg, "order_show", &arena, "o1");
    room_holds(shown, "\"line_policy\":\"partial\"");
    room_holds(shown, "\"commit_at\":\"confirm\"");
    room_close(pg, schema);
}
END_TEST

/* Planned while the tables are empty, as a service does that starts first; the role of the service
 * is told to leave scans alone. Fails with the plan when it would read more than the rows asked. */
static void plan_is_by_key(struct pg *pg, const char *statement, int parameters,
                           const char *without)
{
    struct buf sql = {.arena = &arena};
    buf_printf(&sql,
               "do $$ declare line text; plan text := ''; begin"
               " for line in execute 'explain execute %s(null",
               statement);
    for (int i = 1; i < parameters; i++)
        buf_text(&sql, ", null");
    buf_printf(&sql,
               ")' loop plan := plan || line || E'\\n'; end loop;"
               " if plan ~ '%s' or plan !~ 'Index Cond: \\(order_id = k' then"
               " raise exception '%%', plan; end if; end $$",
               without);
    store_run(pg, arena_cstr(&arena, buf_done(&sql)));
}

START_TEST(plans_are_by_key)
{
    static const char scans[] = "Seq Scan|Hash|Merge";
    struct pg *pg = room_open(&orders_service, schema);
    store_run(pg, "vacuum analyze orders");
    store_run(pg, "vacuum analyze order_content");
    store_run(pg, "vacuum analyze order_submitted");
    store_run(pg, "set enable_seqscan = off");
    store_run(pg, "set plan_cache_mode = force_generic_plan");
    plan_is_by_key(pg, "orders_load", 1, scans);
    plan_is_by_key(pg, "orders_save", 27, scans);
    plan_is_by_key(pg, "orders_content", 6, scans);
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
    room_holds(one, "\"commit_at\":\"reserve\"");
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
    tcase_add_test(t, parts_of_an_order_change_apart);
    tcase_add_test(t, plans_are_by_key);
    tcase_add_test(t, old_rows_are_moved);
    tcase_add_test(t, what_was_submitted_before_is_committed_at_confirm);
    tcase_add_test(t, orders_are_asked);
    tcase_add_test(t, reference_is_counted);
    suite_add_tcase(s, t);
    return s;
}
STORE_MAIN(suite)
