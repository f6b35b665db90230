/* test_catalog_commit: a request that takes its stock off hand at once: one cause, one posting, one
 * event, no timer; and what is given back goes on hand again. */
#include "proto/rights.h"
#include "services/catalog/catalog.h"
#include "services/catalog/rows.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

static const struct str node = STR("acme/main");

static struct quantity pieces(int64_t count)
{
    return (struct quantity){count * MICRO, "C62"};
}

/* A node and products a and b, of which so many are there. */
static struct world *stocked(int64_t a, int64_t b)
{
    struct world *w = world_new(&catalog_service);
    struct seller seller = {.seller = STR("acme"), .name = STR("Acme")};
    struct seller_put sellers = {.reference = STR("reference:seller"),
                                 .principal = STR("clerk"),
                                 .idempotency_key = STR("1"),
                                 .items = &seller,
                                 .items_count = 1};
    struct node site = {.node = node, .seller = STR("acme")};
    struct node_put nodes = {.reference = STR("reference:node"),
                             .principal = STR("clerk"),
                             .idempotency_key = STR("2"),
                             .items = &site,
                             .items_count = 1};
    struct product two[] = {{.sku = STR("a"), .name = STR("A"), .unit = STR("C62")},
                            {.sku = STR("b"), .name = STR("B"), .unit = STR("C62")}};
    struct product_put products = {.reference = STR("reference:product"),
                                   .principal = STR("clerk"),
                                   .idempotency_key = STR("3"),
                                   .items = two,
                                   .items_count = 2};
    struct stock_item items[] = {{.sku = STR("a"), .quantity = pieces(a)},
                                 {.sku = STR("b"), .quantity = pieces(b)}};
    struct stock_change change = {.node = node,
                                  .principal = STR("clerk"),
                                  .idempotency_key = STR("4"),
                                  .items = items,
                                  .items_count = 2};
    ck_assert_int_eq(world_command(w, &type_seller_put, &sellers, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_int_eq(world_command(w, &type_node_put, &nodes, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_int_eq(world_command(w, &type_product_put, &products, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_int_eq(world_command(w, &type_stock_set, &change, RIGHT_CATALOG), FOLD_DONE);
    ck_assert_uint_eq(world_count(w, &type_catalog_command_accepted), 4);
    return w;
}

static struct stock_line lines[2];

/* 4 of a and 3 of b. */
static struct reservation_request early(const struct world *w, const char *order)
{
    lines[0] = (struct stock_line){.line = 1, .sku = STR("a"), .quantity = pieces(4)};
    lines[1] = (struct stock_line){.line = 2, .sku = STR("b"), .quantity = pieces(3)};
    return (struct reservation_request){.node = node,
                                        .order = str_of(order),
                                        .version = 1,
                                        .lines = lines,
                                        .lines_count = 2,
                                        .expires_at =
                                            instant_plus_us(world_time(w), MICROSECONDS_PER_HOUR),
                                        .commit = true};
}

static void ask(struct world *w, const struct message_type *type,
                const struct reservation_request *r)
{
    ck_assert_int_eq(world_event(w, type, r), FOLD_DONE);
}

static void release(struct world *w, const char *order, const char *cause)
{
    ask(w, &type_reservation_release,
        &(struct reservation_request){
            .node = node, .order = str_of(order), .version = 1, .cause = str_of(cause)});
}

static const struct reservation *row(struct world *w, const char *order)
{
    return world_row(w, &reservation_entity,
                     &(struct reservation){.order_id = str_of(order), .node = node});
}

static void assert_stock(struct world *w, const char *sku, int64_t on_hand, int64_t reserved)
{
    const struct stock *s =
        world_row(w, &stock_entity, &(struct stock){.node = node, .sku = str_of(sku)});
    ck_assert_int_eq(s->on_hand, on_hand * MICRO);
    ck_assert_int_eq(s->reserved, reserved * MICRO);
}

static void assert_refused(struct world *w, const char *code)
{
    const struct reservation_told *t = world_last(w, &type_reservation_refused);
    ck_assert_ptr_nonnull(t);
    ck_assert_view(t->reasons[0].code, code);
}

START_TEST(it_is_off_hand_at_once)
{
    struct world *w = stocked(10, 10);
    struct reservation_request r = early(w, "o");
    ask(w, &type_reservation_request, &r);
    const struct reservation_told *t = world_last(w, &type_reservation_reserved);
    ck_assert_uint_eq(t->lines_count, 2);
    ck_assert_int_eq(t->lines[0].reserved.micro, 4 * MICRO);
    ck_assert_uint_eq(world_count(w, &type_reservation_committed), 0);
    assert_stock(w, "a", 6, 0);
    assert_stock(w, "b", 7, 0);
    ck_assert_uint_eq(world_timer_count(w), 0);
    ck_assert_int_eq(row(w, "o")->state, RESERVATION_COMMITTED);
    ck_assert(!instant_present(row(w, "o")->expires_at));
    ck_assert_uint_eq(row(w, "o")->postings_count, 1);
    ck_assert_view(row(w, "o")->postings[0].step, "request");
    ck_assert_int_eq(row(w, "o")->postings[0].sequence, 1);
    world_time_set(w, instant_plus_us(world_time(w), 2 * MICROSECONDS_PER_HOUR));
    ck_assert_int_eq(world_timers_run(w), 0);
    assert_stock(w, "a", 6, 0);
    world_free(w);
}
END_TEST

START_TEST(each_cause_counts_once)
{
    struct world *w = stocked(10, 10);
    struct reservation_request r = early(w, "o");
    ask(w, &type_reservation_request, &r);
    struct str first = arena_str(world_arena(w), world_last_id(w, &type_reservation_reserved));
    ask(w, &type_reservation_request, &r);
    ck_assert(str_eq(first, world_last_id(w, &type_reservation_reserved)));
    assert_stock(w, "a", 6, 0);
    r.version = 2;
    ask(w, &type_reservation_request, &r);
    assert_refused(w, "already_held");
    release(w, "o", "cancelled");
    struct str gave = arena_str(world_arena(w), world_last_id(w, &type_reservation_released));
    release(w, "o", "cancelled");
    ck_assert(str_eq(gave, world_last_id(w, &type_reservation_released)));
    assert_stock(w, "a", 10, 0);
    assert_stock(w, "b", 10, 0);
    ck_assert_int_eq(row(w, "o")->state, RESERVATION_RELEASED);
    r.version = 1;
    ask(w, &type_reservation_request, &r); /* what was given back is not promised by a repeat */
    assert_refused(w, "reservation_released");
    assert_stock(w, "a", 10, 0);
    world_free(w);
}
END_TEST

/* Nobody asks for it; whoever does hears that it is so, and nothing moves. */
START_TEST(a_commit_finds_it_done)
{
    struct world *w = stocked(10, 10);
    struct reservation_request r = early(w, "o");
    ask(w, &type_reservation_request, &r);
    struct str reserved = arena_str(world_arena(w), world_last_id(w, &type_reservation_reserved));
    struct reservation_request c = {.node = node, .order = STR("o"), .version = 1};
    ask(w, &type_reservation_commit, &c);
    struct str took = arena_str(world_arena(w), world_last_id(w, &type_reservation_committed));
    ck_assert(!str_eq(reserved, took));
    const struct reservation_told *t = world_last(w, &type_reservation_committed);
    ck_assert_uint_eq(t->lines_count, 2);
    assert_stock(w, "a", 6, 0);
    ask(w, &type_reservation_commit, &c);
    ck_assert(str_eq(took, world_last_id(w, &type_reservation_committed)));
    ck_assert_int_eq(row(w, "o")->chain.sequence, 2);
    release(w, "o", "rejected");
    assert_stock(w, "a", 10, 0);
    world_free(w);
}
END_TEST

START_TEST(lines_are_given_back)
{
    struct world *w = stocked(10, 10);
    struct reservation_request r = early(w, "o");
    ask(w, &type_reservation_request, &r);
    struct stock_line named = {.line = 1, .sku = STR("a"), .quantity = pieces(1)};
    struct reservation_request part = {.node = node,
                                       .order = STR("o"),
                                       .version = 2,
                                       .lines = &named,
                                       .lines_count = 1,
                                       .cause = STR("rejected")};
    ask(w, &type_reservation_release, &part);
    ask(w, &type_reservation_release, &part);
    assert_stock(w, "a", 7, 0);
    ck_assert_int_eq(row(w, "o")->state, RESERVATION_COMMITTED);
    release(w, "o", "cancelled");
    assert_stock(w, "a", 10, 0);
    assert_stock(w, "b", 10, 0);
    world_free(w);
}
END_TEST

START_TEST(partial_takes_what_there_is)
{
    struct world *w = stocked(2, 0);
    struct reservation_request r = early(w, "o");
    r.line_policy = LINE_POLICY_PARTIAL;
    ask(w, &type_reservation_request, &r);
    const struct reservation_told *t = world_last(w, &type_reservation_reserved);
    ck_assert_int_eq(t->lines[0].reserved.micro, 2 * MICRO);
    ck_assert_int_eq(t->lines[1].reserved.micro, 0);
    ck_assert_uint_eq(t->reasons_count, 2);
    assert_stock(w, "a", 0, 0);
    release(w, "o", "cancelled");
    assert_stock(w, "a", 2, 0);
    assert_stock(w, "b", 0, 0);
    world_free(w);
}
END_TEST

START_TEST(what_is_refused_or_tried_takes_nothing)
{
    struct world *w = stocked(10, 2);
    struct reservation_request r = early(w, "o");
    ask(w, &type_reservation_request, &r);
    assert_refused(w, "out_of_stock");
    ck_assert_int_eq(row(w, "o")->state, RESERVATION_REFUSED);
    assert_stock(w, "a", 10, 0);
    ask(w, &type_reservation_request, &r);
    ck_assert_uint_eq(world_count(w, &type_reservation_refused), 2);
    r = early(w, "p");
    r.lines_count = 1;
    r.dry_run = true;
    ask(w, &type_reservation_request, &r);
    ck_assert_uint_eq(world_count(w, &type_reservation_reserved), 1);
    ck_assert(row(w, "p") == NULL);
    assert_stock(w, "a", 10, 0);
    world_free(w);
}
END_TEST

static Suite *commit_suite(void)
{
    const TTest *const tests[] = {
        it_is_off_hand_at_once, each_cause_counts_once,      a_commit_finds_it_done,
        lines_are_given_back,   partial_takes_what_there_is, what_is_refused_or_tried_takes_nothing,
    };
    return unit_suite("catalog commit", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(commit_suite)
