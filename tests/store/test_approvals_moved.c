/* test_approvals_moved: what 0001 kept is there after the migrations that follow. */
#include "services/approvals/approvals.h"
#include "services/approvals/rows.h"
#include "tests/store/rooms.h"

static const char schema[] = ROOM_SCHEMA("approvals_moved");
static struct arena arena;

START_TEST(old_rows_are_moved)
{
    struct pg *pg = room_older(&approvals_service, schema, 1);
    store_run(
        pg,
        "insert into order_authorization values ('acme', 'o', 2, 'pending', 12.5, 'EUR', "
        "'aa', 'bob', 'bob', null, 'root', 'net_30', 'PO-7', 'ref', 4, '[{\"unit\":\"root\"}]', "
        "'[]', '[]', 1, '[]', '[]', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', "
        "null, decode(rpad('07', 64, '0'), 'hex'), 1, 3, "
        "decode(rpad('09', 64, '0'), 'hex'), 2, '{5,6}')");
    store_run(pg, "insert into receipt values ('acme', 'o', '2/request', 1, '{\"a\":1}', "
                  "decode(rpad('07', 64, '0'), 'hex'), '2026-01-01T00:00:00Z', 2, '{5}')");
    pg = room_newer(pg, &approvals_service, schema, 1);
    struct authorization key = {.account = STR("acme"), .order_id = STR("o")};
    const struct authorization *auth = room_read(pg, &entity_authorization, &key, &arena);
    ck_assert_int_eq(auth->state, AUTHORIZATION_PENDING);
    ck_assert_int_eq(auth->version, 2);
    ck_assert_int_eq(auth->total, 12500000);
    ck_assert(str_is(auth->purchase_order, "PO-7"));
    ck_assert_int_eq(auth->tier, 1);
    ck_assert(!auth->commits); /* by a request of its own, as those before 0003 */
    ck_assert_uint_eq(auth->path_count, 1);
    ck_assert(str_is(auth->path[0].unit, "root"));
    struct receipt_row step = {
        .account = key.account, .order_id = key.order_id, .step = STR("2/request")};
    const struct receipt_row *receipt = room_read(pg, &entity_receipt, &step, &arena);
    ck_assert(str_is(receipt->receipt, "{\"a\":1}"));
    store_run(pg, "select 1 / (part = 2 and batches = '{5,6}')::int from order_authorization");
    room_close(pg, schema);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("approvals_moved");
    TCase *t = tcase_create("moved");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, old_rows_are_moved);
    suite_add_tcase(s, t);
    return s;
}

STORE_MAIN(suite)
