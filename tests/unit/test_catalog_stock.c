/* test_catalog_stock: how stock is counted, promised, taken and given back; the state table. */
#include "services/catalog/reservation_rules.h"
#include "services/catalog/stock_rules.h"
#include "tests/unit/unit.h"

static struct quantity pieces(int64_t count)
{
    return (struct quantity){count * MICRO, "C62"};
}

static struct stock stock_of(const char *sku, int64_t on_hand, int64_t reserved, int64_t limit)
{
    return (struct stock){.node = STR("acme/main"),
                          .sku = str_of(sku),
                          .unit = STR("C62"),
                          .on_hand = on_hand * MICRO,
                          .reserved = reserved * MICRO,
                          .backorder_limit = limit * MICRO};
}

static struct stock_ask ask_of(size_t index, const struct stock *s, const char *sku, int64_t count)
{
    return (struct stock_ask){.index = index,
                              .line = (int64_t)index + 1,
                              .sku = str_of(sku),
                              .asked = pieces(count),
                              .stock = s,
                              .node_known = true,
                              .sku_known = true};
}

START_TEST(plan_all_or_nothing)
{
    struct stock a = stock_of("a", 5, 1, 0), b = stock_of("b", 2, 0, 0);
    struct stock_ask fits[] = {ask_of(0, &b, "b", 2), ask_of(1, &a, "a", 4)};
    ck_assert(stock_plan(fits, 2, LINE_POLICY_ABSENT));
    ck_assert_view(fits[0].sku, "a"); /* byte order, whatever the request's */
    ck_assert_int_eq(fits[0].take, 4 * MICRO);
    ck_assert_int_eq(fits[1].take, 2 * MICRO);
    struct stock_ask short_by_one[] = {ask_of(0, &b, "b", 2), ask_of(1, &a, "a", 5)};
    ck_assert(!stock_plan(short_by_one, 2, LINE_POLICY_ALL_OR_NOTHING));
    ck_assert_int_eq(short_by_one[0].take + short_by_one[1].take, 0);
    ck_assert_int_eq(short_by_one[0].shortage, SHORTAGE_OUT_OF_STOCK);
    ck_assert_int_eq(short_by_one[1].shortage, SHORTAGE_NONE);
}
END_TEST

START_TEST(plan_partial)
{
    struct stock a = stock_of("a", 5, 1, 0);
    struct stock_ask asks[] = {ask_of(0, &a, "a", 6), ask_of(1, NULL, "b", 1)};
    ck_assert(stock_plan(asks, 2, LINE_POLICY_PARTIAL));
    ck_assert_int_eq(asks[0].take, 4 * MICRO);
    ck_assert_int_eq(asks[1].take, 0);
    ck_assert_int_eq(asks[1].shortage, SHORTAGE_OUT_OF_STOCK);
    struct stock_ask none[] = {ask_of(0, NULL, "b", 1)};
    ck_assert(!stock_plan(none, 1, LINE_POLICY_PARTIAL));
    ck_assert(stock_plan(none, 0, LINE_POLICY_PARTIAL));
}
END_TEST

START_TEST(plan_same_sku_twice)
{
    struct stock a = stock_of("a", 5, 0, 0);
    struct stock_ask asks[] = {ask_of(0, &a, "a", 3), ask_of(1, &a, "a", 3)};
    ck_assert(stock_plan(asks, 2, LINE_POLICY_PARTIAL));
    ck_assert_int_eq(asks[0].take, 3 * MICRO);
    ck_assert_int_eq(asks[1].take, 2 * MICRO);
    ck_assert_int_eq(asks[1].left, 2 * MICRO);
    ck_assert(!stock_plan(asks, 2, LINE_POLICY_ALL_OR_NOTHING));
}
END_TEST

START_TEST(plan_unknown)
{
    struct stock a = stock_of("a", 5, 0, 0);
    struct stock_ask asks[] = {ask_of(0, &a, "a", 1), ask_of(1, &a, "b", 1), ask_of(2, &a, "c", 1)};
    asks[0].node_known = false;
    asks[1].sku_known = false;
    memcpy(asks[2].asked.unit, "KGM", 4);
    ck_assert(!stock_plan(asks, 3, LINE_POLICY_PARTIAL));
    struct arena arena;
    arena_init(&arena);
    ck_assert_view(shortage_reason(&asks[0], &arena).code, "node_unknown");
    ck_assert_view(shortage_reason(&asks[1], &arena).code, "sku_unknown");
    ck_assert_view(shortage_reason(&asks[2], &arena).code, "unit_mismatch");
    struct stock_ask out = ask_of(3, &a, "a", 6);
    ck_assert(!stock_plan(&out, 1, LINE_POLICY_ABSENT));
    struct reason reason = shortage_reason(&out, &arena);
    ck_assert_view(reason.code, "out_of_stock");
    ck_assert_view(reason.text, "6 C62 were asked, 5 are there.");
    ck_assert_int_eq(reason.line, 4);
    ck_assert(reason.retriable);
    arena_release(&arena);
}
END_TEST

START_TEST(hold_take_and_back)
{
    struct stock s = stock_of("a", 5, 0, 2);
    ck_assert(!stock_hold(&s, 8 * MICRO));
    ck_assert(!stock_hold(&s, -1));
    ck_assert(stock_hold(&s, 7 * MICRO));
    ck_assert_int_eq(stock_available(&s), 0);
    ck_assert(!stock_unhold(&s, 8 * MICRO));
    ck_assert(!stock_unhold(&s, -1));
    ck_assert(stock_unhold(&s, MICRO));
    ck_assert(!stock_take(&s, 7 * MICRO));
    ck_assert(!stock_take(&s, -1));
    ck_assert(stock_take(&s, 6 * MICRO));
    ck_assert_int_eq(s.on_hand, -MICRO); /* within the backorder */
    ck_assert_int_eq(s.reserved, 0);
    ck_assert(!stock_take_back(&s, -1));
    ck_assert(!stock_take_back(&s, INT64_MAX / 2));
    ck_assert(stock_take_back(&s, 6 * MICRO));
    ck_assert_int_eq(s.on_hand, 5 * MICRO);
}
END_TEST

START_TEST(counts)
{
    struct stock s = {.node = STR("acme/main"), .sku = STR("a")};
    struct fault f;
    struct stock_item five = {.sku = STR("a"), .quantity = pieces(5)};
    ck_assert(stock_set(&s, &five, &f));
    ck_assert(stock_receive(&s, &five, &f));
    ck_assert_int_eq(s.on_hand, 10 * MICRO);
    ck_assert(stock_hold(&s, 8 * MICRO));
    ck_assert(!stock_set(&s, &five, &f));
    ck_assert_str_eq(f.code, "below_reserved");
    struct stock_item with_limit = five;
    with_limit.backorder_limit = (struct decimal){3 * MICRO, true};
    ck_assert(stock_set(&s, &with_limit, &f));
    ck_assert_int_eq(s.reserved, 8 * MICRO);
    ck_assert_int_eq(stock_available(&s), 0);
    struct stock_item kilo = five;
    memcpy(kilo.quantity.unit, "KGM", 4);
    ck_assert(!stock_set(&s, &kilo, &f));
    ck_assert_str_eq(f.code, "unit_mismatch");
    struct stock_item huge = five;
    huge.quantity.micro = INT64_C(9000000000000000);
    ck_assert(!stock_receive(&s, &huge, &f));
    ck_assert_str_eq(f.code, "amount_too_large");
    huge = five;
    huge.backorder_limit = (struct decimal){INT64_C(9000000000000000), true};
    ck_assert(!stock_receive(&s, &huge, &f));
    ck_assert_str_eq(f.code, "amount_too_large");
}
END_TEST

START_TEST(table_is_total)
{
    for (int s = 0; s < RESERVATION_STATE_COUNT; s++)
        for (int c = CAUSE_REQUEST; c < RESERVATION_CAUSE_COUNT; c++) {
            const struct reservation_rule *rule =
                reservation_rule((enum reservation_state)s, (enum reservation_cause)c);
            ck_assert_int_ne(rule->move, MOVE_ABSENT);
            ck_assert_ptr_nonnull(rule->text);
        }
}
END_TEST

START_TEST(give_back_is_bounded)
{
    struct reservation_line lines[] = {
        {.line = 1, .sku = STR("a"), .asked = pieces(5), .reserved = {4 * MICRO, true}},
        {.line = 2, .sku = STR("b"), .asked = pieces(1), .reserved = {MICRO, true}}};
    struct reservation r = {.lines = lines, .lines_count = 2};
    struct stock_line told[2];
    struct stock_line named[] = {{.line = 1, .quantity = pieces(3)},
                                 {.line = 1, .quantity = pieces(3)},
                                 {.line = 9, .quantity = pieces(3)}};
    ck_assert_uint_eq(reservation_held_lines(&r, told), 2);
    ck_assert_uint_eq(reservation_give_back(&r, named, 3, told), 1);
    ck_assert_int_eq(told[0].reserved.micro, 4 * MICRO);
    ck_assert(!reservation_empty(&r));
    ck_assert_uint_eq(reservation_held_lines(&r, told), 1);
    ck_assert_uint_eq(reservation_give_back(&r, NULL, 0, told), 1);
    ck_assert_int_eq(told[0].line, 2);
    ck_assert(reservation_empty(&r));
    ck_assert_uint_eq(reservation_give_back(&r, NULL, 0, told), 0);
    struct stock_line endless[] = {{.line = 1, .quantity = {INT64_MAX, "C62"}},
                                   {.line = 1, .quantity = {INT64_MAX, "C62"}}};
    ck_assert_uint_eq(reservation_give_back(&r, endless, 2, told), 0);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {plan_all_or_nothing, plan_partial,        plan_same_sku_twice,
                                  plan_unknown,        hold_take_and_back,  counts,
                                  table_is_total,      give_back_is_bounded};
    return unit_suite("catalog_stock", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(suite)
