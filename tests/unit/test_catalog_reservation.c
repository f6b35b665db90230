/* test_catalog_reservation: reservations through catalog's decide: who wins, what is given back,
 * and that each cause counts once. */
#include "proto/rights.h"
#include "services/catalog/catalog.h"
#include "services/catalog/reservation_rules.h"
#include "services/catalog/rows.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

static const struct str node = STR("acme/main");
static int commands;

static struct quantity pieces(int64_t count)
{
    return (struct quantity){count * MICRO, "C62"};
}

static struct str next_key(struct world *w)
{
    return arena_printf(world_arena(w), "key-%d", ++commands);
}

static void stock_put(struct world *w, const char *sku, int64_t count, int64_t limit)
{
    struct stock_item item = {.sku = str_of(sku), .quantity = pieces(count)};
    item.backorder_limit = (struct decimal){limit * MICRO, true};
    struct stock_change change = {.node = node,
                                  .principal = STR("clerk"),
                                  .idempotency_key = next_key(w),
                                  .items = &item,
                                  .items_count = 1};
    ck_assert_int_eq(world_command(w, &type_stock_set, &change, RIGHT_CATALOG), FOLD_DONE);
}

/* A seller, a node, products a and b. */
static struct world *catalogue(void)
{
    struct world *w = world_new(&catalog_service);
    struct seller seller = {.seller = STR("acme"), .name = STR("Acme")};
    struct seller_put sellers = {.reference = STR("reference:seller"),
                                 .principal = STR("clerk"),
                                 .idempotency_key = next_key(w),
                                 .items = &seller,
                                 .items_count = 1};
    struct node site = {.node = node, .seller = STR("acme")};
    struct node_put nodes = {.reference = STR("reference:node"),
                             .principal = STR("clerk"),
                             .idempotency_key = next_key(w),
                             .items = &site,
                             .items_count = 1};
    struct product two[] = {{.sku = STR("a"), .name = STR("A"), .unit = STR("C62")},
                            {.sku = STR("b"), .name = STR("B"), .unit = STR("C62")}};
    struct product_put products = {.reference = STR("reference:product"),
                                   .principal = STR("clerk"),
                                   .idempotency_key = next_key(w),
                                   .items = two,
                                   .items_count = 2};
    ck_assert_int_eq(world_command(w, &type_seller_put, &sellers, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_int_eq(world_command(w, &type_node_put, &nodes, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_int_eq(world_command(w, &type_product_put, &products, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_uint_eq(world_count(w, &type_catalog_command_accepted), 3);
    return w;
}

static struct instant in_an_hour(const struct world *w)
{
    return instant_plus_us(world_time(w), MICROSECONDS_PER_HOUR);
}

static struct reservation_request request_of(const char *order, struct stock_line *lines,
                                             size_t count)
{
    return (struct reservation_request){
        .node = node, .order = str_of(order), .version = 1, .lines = lines, .lines_count = count};
}

static void reserve(struct world *w, const char *order, const char *sku, int64_t count)
{
    struct stock_line line = {.line = 1, .sku = str_of(sku), .quantity = pieces(count)};
    struct reservation_request request = request_of(order, &line, 1);
    request.expires_at = in_an_hour(w);
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
}

static void commit(struct world *w, const char *order)
{
    struct reservation_request request = request_of(order, NULL, 0);
    ck_assert_int_eq(world_event(w, &type_reservation_commit, &request), FOLD_DONE);
}

static void release(struct world *w, const char *order, const char *cause)
{
    struct reservation_request request = request_of(order, NULL, 0);
    request.cause = str_of(cause);
    ck_assert_int_eq(world_event(w, &type_reservation_release, &request), FOLD_DONE);
}

static const struct stock *stock_now(struct world *w, const char *sku)
{
    return world_row(w, &stock_entity, &(struct stock){.node = node, .sku = str_of(sku)});
}

static const struct reservation *reservation_now(struct world *w, const char *order)
{
    return world_row(w, &reservation_entity,
                     &(struct reservation){.order_id = str_of(order), .node = node});
}

static void assert_stock(struct world *w, const char *sku, int64_t on_hand, int64_t reserved)
{
    ck_assert_int_eq(stock_now(w, sku)->on_hand, on_hand * MICRO);
    ck_assert_int_eq(stock_now(w, sku)->reserved, reserved * MICRO);
}

START_TEST(one_unit_a_hundred_orders)
{
    struct world *w = catalogue();
    stock_put(w, "a", 1, 0);
    for (int i = 0; i < 100; i++) {
        char order[24];
        snprintf(order, sizeof order, "order-%d", i);
        reserve(w, order, "a", 1);
    }
    ck_assert_uint_eq(world_count(w, &type_reservation_reserved), 1);
    ck_assert_uint_eq(world_count(w, &type_reservation_refused), 99);
    assert_stock(w, "a", 1, 1);
    world_free(w);
}
END_TEST

START_TEST(reserve_commit_release)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    reserve(w, "o", "a", 4);
    assert_stock(w, "a", 10, 4);
    ck_assert_uint_eq(world_timer_count(w), 1);
    commit(w, "o");
    assert_stock(w, "a", 6, 0);
    commit(w, "o");
    const struct reservation_told *again = world_last(w, &type_reservation_committed);
    ck_assert_int_eq(again->lines[0].reserved.micro, 4 * MICRO);
    ck_assert_uint_eq(world_timer_count(w), 1); /* the minute's, whatever else ends in it */
    const struct reservation_told *t = world_last(w, &type_reservation_committed);
    ck_assert_int_eq(t->lines[0].reserved.micro, 4 * MICRO);
    release(w, "o", "rejected");
    assert_stock(w, "a", 10, 0);
    ck_assert_int_eq(reservation_now(w, "o")->state, RESERVATION_RELEASED);
    ck_assert_int_eq(reservation_now(w, "o")->chain.sequence, 3);
    world_free(w);
}
END_TEST

START_TEST(each_cause_counts_once)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    reserve(w, "o", "a", 4);
    struct str first = arena_str(world_arena(w), world_last_id(w, &type_reservation_reserved));
    reserve(w, "o", "a", 4);
    ck_assert(str_eq(first, world_last_id(w, &type_reservation_reserved)));
    assert_stock(w, "a", 10, 4);
    commit(w, "o");
    struct str took = arena_str(world_arena(w), world_last_id(w, &type_reservation_committed));
    commit(w, "o");
    ck_assert(str_eq(took, world_last_id(w, &type_reservation_committed)));
    assert_stock(w, "a", 6, 0);
    reserve(w, "o", "a", 4);
    ck_assert_uint_eq(world_count(w, &type_reservation_reserved), 3);
    release(w, "o", "cancelled");
    struct str gave = arena_str(world_arena(w), world_last_id(w, &type_reservation_released));
    release(w, "o", "cancelled");
    ck_assert(str_eq(gave, world_last_id(w, &type_reservation_released)));
    const struct reservation_told *t = world_last(w, &type_reservation_released);
    ck_assert_int_eq(t->lines[0].reserved.micro, 4 * MICRO);
    release(w, "o", "refused"); /* another cause finds nothing left */
    t = world_last(w, &type_reservation_released);
    ck_assert_uint_eq(t->lines_count, 0);
    assert_stock(w, "a", 10, 0);
    reserve(w, "o", "a", 4); /* what was given back is not promised by a repeat */
    t = world_last(w, &type_reservation_refused);
    ck_assert_view(t->reasons[0].code, "reservation_released");
    commit(w, "o"); /* the commit did count once */
    assert_stock(w, "a", 10, 0);
    world_free(w);
}
END_TEST

START_TEST(release_of_lines)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    stock_put(w, "b", 10, 0);
    struct stock_line lines[] = {{.line = 1, .sku = STR("a"), .quantity = pieces(4)},
                                 {.line = 2, .sku = STR("b"), .quantity = pieces(3)},
                                 {.line = 3, .sku = STR("a"), .quantity = pieces(2)}};
    struct reservation_request request = request_of("o", lines, 3);
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    assert_stock(w, "a", 10, 6);
    commit(w, "o");
    struct stock_line named = {.line = 1, .sku = STR("a"), .quantity = pieces(1)};
    struct reservation_request part = request_of("o", &named, 1);
    part.cause = STR("rejected");
    ck_assert_int_eq(world_event(w, &type_reservation_release, &part), FOLD_DONE);
    ck_assert_int_eq(world_event(w, &type_reservation_release, &part), FOLD_DONE);
    assert_stock(w, "a", 5, 0);
    part.version = 2; /* the next change of the order rejects one more */
    ck_assert_int_eq(world_event(w, &type_reservation_release, &part), FOLD_DONE);
    assert_stock(w, "a", 6, 0);
    named.line = 2;
    named.quantity = pieces(3);
    ck_assert_int_eq(world_event(w, &type_reservation_release, &part), FOLD_DONE);
    assert_stock(w, "b", 10, 0);
    ck_assert_int_eq(reservation_now(w, "o")->state, RESERVATION_COMMITTED);
    release(w, "o", "cancelled");
    assert_stock(w, "a", 10, 0);
    ck_assert_int_eq(reservation_now(w, "o")->state, RESERVATION_RELEASED);
    world_free(w);
}
END_TEST

START_TEST(release_before_commit)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    reserve(w, "o", "a", 4);
    struct stock_line named = {.line = 1, .sku = STR("a"), .quantity = pieces(1)};
    struct reservation_request part = request_of("o", &named, 1);
    part.cause = STR("short");
    ck_assert_int_eq(world_event(w, &type_reservation_release, &part), FOLD_DONE);
    named.quantity = pieces(2); /* the same cause for another quantity is another posting */
    ck_assert_int_eq(world_event(w, &type_reservation_release, &part), FOLD_DONE);
    assert_stock(w, "a", 10, 1);
    ck_assert_int_eq(reservation_now(w, "o")->state, RESERVATION_RESERVED);
    commit(w, "o");
    const struct reservation_told *t = world_last(w, &type_reservation_committed);
    ck_assert_int_eq(t->lines[0].reserved.micro, MICRO);
    assert_stock(w, "a", 9, 0);
    reserve(w, "p", "a", 9);
    release(w, "p", "refused");
    ck_assert_int_eq(reservation_now(w, "p")->state, RESERVATION_RELEASED);
    ck_assert_uint_eq(world_timer_count(w), 1);
    assert_stock(w, "a", 9, 0);
    world_free(w);
}
END_TEST

START_TEST(partial_reservation)
{
    struct world *w = catalogue();
    stock_put(w, "a", 2, 1);
    struct stock_line lines[] = {{.line = 1, .sku = STR("b"), .quantity = pieces(1)},
                                 {.line = 2, .sku = STR("a"), .quantity = pieces(5)}};
    struct reservation_request request = request_of("o", lines, 2);
    request.line_policy = LINE_POLICY_PARTIAL;
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    const struct reservation_told *t = world_last(w, &type_reservation_reserved);
    ck_assert_uint_eq(t->lines_count, 2);
    ck_assert_int_eq(t->lines[0].reserved.micro, 0);
    ck_assert_int_eq(t->lines[1].reserved.micro, 3 * MICRO);
    ck_assert_uint_eq(t->reasons_count, 2);
    commit(w, "o");
    assert_stock(w, "a", -1, 0);
    request = request_of("p", lines, 2);
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    t = world_last(w, &type_reservation_refused);
    ck_assert_uint_eq(t->reasons_count, 2);
    ck_assert_view(t->reasons[0].code, "out_of_stock");
    assert_stock(w, "a", -1, 0);
    world_free(w);
}
END_TEST

/* What Postgres would find when the minute begins. */
static void held_in_an_hour(struct world *w, struct expiring *orders, size_t count)
{
    char minute[INSTANT_TEXT_SIZE];
    struct expiry page = {.node = node,
                          .since = {minute, instant_write(in_an_hour(w), minute)},
                          .after = STR(""),
                          .orders = orders,
                          .orders_count = count};
    world_put(w, &expiry_entity, &page);
}

START_TEST(expiry_before_commit)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    reserve(w, "o", "a", 4);
    held_in_an_hour(w, &(struct expiring){STR("o"), in_an_hour(w)}, 1);
    world_time_set(w, in_an_hour(w));
    ck_assert_int_eq(world_timers_run(w), 2); /* the minute, then the reservation */
    ck_assert_uint_eq(world_timer_count(w), 0);
    assert_stock(w, "a", 10, 0);
    struct str id = arena_str(world_arena(w), world_last_id(w, &type_reservation_expired));
    commit(w, "o"); /* too late: told so again, nothing is taken */
    ck_assert_uint_eq(world_count(w, &type_reservation_expired), 2);
    ck_assert(str_eq(id, world_last_id(w, &type_reservation_expired)));
    reserve(w, "o", "a", 4);
    ck_assert_uint_eq(world_count(w, &type_reservation_expired), 3);
    release(w, "o", "expired");
    const struct reservation_told *t = world_last(w, &type_reservation_released);
    ck_assert_uint_eq(t->lines_count, 0);
    ck_assert_int_eq(reservation_now(w, "o")->state, RESERVATION_EXPIRED);
    assert_stock(w, "a", 10, 0);
    world_free(w);
}
END_TEST

START_TEST(commit_before_expiry)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    reserve(w, "o", "a", 4);
    commit(w, "o");
    held_in_an_hour(w, &(struct expiring){STR("o"), in_an_hour(w)},
                    1); /* as read before the commit */
    world_time_set(w, in_an_hour(w));
    ck_assert_int_eq(world_timers_run(w), 1);
    ck_assert_uint_eq(world_timer_count(w), 0);
    ck_assert_uint_eq(world_count(w, &type_reservation_expired), 0);
    assert_stock(w, "a", 6, 0);
    world_free(w);
}
END_TEST

START_TEST(expiry_within_the_minute)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    struct stock_line line = {.line = 1, .sku = STR("a"), .quantity = pieces(1)};
    struct reservation_request request = request_of("o", &line, 1);
    request.expires_at = instant_plus_us(world_time(w), 1);
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    request.order = STR("p");
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    request.order = STR("q");
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    ck_assert_uint_eq(world_timer_count(w), 3);
    commit(w, "p");
    ck_assert_uint_eq(world_timer_count(w), 2);
    struct reservation later = *reservation_now(w, "q"); /* asked for again in another version */
    later.expires_at = in_an_hour(w);
    world_put(w, &reservation_entity, &later);
    world_time_set(w, request.expires_at);
    ck_assert_int_eq(world_timers_run(w), 2);
    ck_assert_uint_eq(world_count(w, &type_reservation_expired), 1);
    ck_assert_int_eq(reservation_now(w, "q")->state, RESERVATION_RESERVED);
    world_free(w);
}
END_TEST

START_TEST(a_full_minute_is_read_in_pages)
{
    static struct expiring orders[EXPIRY_PAGE];
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    reserve(w, "o", "a", 4);
    for (size_t i = 0; i < EXPIRY_PAGE; i++)
        orders[i] = (struct expiring){arena_printf(world_arena(w), "gone-%03zu", i), in_an_hour(w)};
    orders[7].order_id = STR("o");
    held_in_an_hour(w, orders, EXPIRY_PAGE);
    world_time_set(w, in_an_hour(w));
    ck_assert_int_eq(world_timers_run(w), 3); /* page, reservation, the page behind it */
    ck_assert_uint_eq(world_count(w, &type_reservation_expired), 1);
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

START_TEST(minutes_begin)
{
    ck_assert_int_eq(expiry_minute((struct instant){-1}).at, -60000000);
    ck_assert_int_eq(expiry_minute((struct instant){0}).at, 0);
    ck_assert_int_eq(expiry_minute((struct instant){59999999}).at, 0);
    ck_assert_int_eq(expiry_minute((struct instant){60000001}).at, 60000000);
}
END_TEST

START_TEST(dry_run_has_no_effect)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    struct stock_line line = {.line = 1, .sku = STR("a"), .quantity = pieces(4)};
    struct reservation_request request = request_of("o", &line, 1);
    request.dry_run = true;
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    const struct reservation_told *t = world_last(w, &type_reservation_reserved);
    ck_assert(t->dry_run);
    ck_assert_int_eq(t->lines[0].reserved.micro, 4 * MICRO);
    line.quantity = pieces(11);
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    ck_assert_uint_eq(world_count(w, &type_reservation_refused), 1);
    assert_stock(w, "a", 10, 0);
    ck_assert_ptr_null(reservation_now(w, "o"));
    world_free(w);
}
END_TEST

START_TEST(nothing_to_commit_or_release)
{
    struct world *w = catalogue();
    commit(w, "o");
    const struct reservation_told *t = world_last(w, &type_reservation_refused);
    ck_assert_view(t->reasons[0].code, "not_reserved");
    release(w, "o", "cancelled");
    ck_assert_uint_eq(world_count(w, &type_reservation_released), 1);
    ck_assert_ptr_null(reservation_now(w, "o"));
    reserve(w, "o", "a", 1); /* never counted there */
    ck_assert_int_eq(reservation_now(w, "o")->state, RESERVATION_REFUSED);
    reserve(w, "o", "a", 1);
    ck_assert_uint_eq(world_count(w, &type_reservation_refused), 3);
    commit(w, "o");
    release(w, "o", "refused");
    t = world_last(w, &type_reservation_released);
    ck_assert_uint_eq(t->lines_count, 0);
    reserve(w, "p", "nothing", 1);
    t = world_last(w, &type_reservation_refused);
    ck_assert_view(t->reasons[0].code, "sku_unknown");
    world_free(w);
}
END_TEST

START_TEST(other_versions)
{
    struct world *w = catalogue();
    stock_put(w, "a", 10, 0);
    struct stock_line line = {.line = 1, .sku = STR("a"), .quantity = pieces(4)};
    struct reservation_request request = request_of("o", &line, 1);
    request.version = 2;
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    request.version = 3; /* version 2 is held */
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    const struct reservation_told *t = world_last(w, &type_reservation_refused);
    ck_assert_view(t->reasons[0].code, "already_held");
    assert_stock(w, "a", 10, 4);
    release(w, "o", "cancelled");
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    ck_assert_int_eq(reservation_now(w, "o")->version, 3);
    assert_stock(w, "a", 10, 4);
    request.version = 2;
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    t = world_last(w, &type_reservation_refused);
    ck_assert_view(t->reasons[0].code, "version_old");
    request.version = 1;
    release(w, "o", "cancelled again");
    ck_assert_int_eq(world_event(w, &type_reservation_request, &request), FOLD_DONE);
    assert_stock(w, "a", 10, 0);
    world_free(w);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {one_unit_a_hundred_orders,
                                  reserve_commit_release,
                                  each_cause_counts_once,
                                  release_of_lines,
                                  release_before_commit,
                                  partial_reservation,
                                  expiry_before_commit,
                                  commit_before_expiry,
                                  expiry_within_the_minute,
                                  a_full_minute_is_read_in_pages,
                                  minutes_begin,
                                  dry_run_has_no_effect,
                                  nothing_to_commit_or_release,
                                  other_versions};
    return unit_suite("catalog_reservation", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(suite)
