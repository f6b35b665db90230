/* orders size: the largest orders that are taken go all the way, whatever others say; larger ones
 * are refused while nothing is held. */
#include "common/limits.h"
#include "tests/unit/orders_world.h"

#include "services/orders/saga.h"

static char longest[TEXT_SIZE_MAX];
static struct submit_line lines[ORDER_LINE_COUNT_MAX];

/* A product of the longest name, all in two-byte characters behind one of one. */
static void long_product_tell(struct world *w)
{
    char name[TEXT_SIZE_MAX];
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 2 == 1 ? '\xc3' : '\xa9';
    name[0] = 'e';
    name[sizeof name - 1] = 'e';
    struct product product = {.sku = STR("long"), .name = {name, sizeof name}, .unit = STR("C62")};
    struct offer offer = {.sku = STR("long"), .node = STR("maker/a")};
    told(w, &type_product_changed,
         &(struct product_put){
             .reference = STR("reference:product"), .items = &product, .items_count = 1});
    told(w, &type_offer_changed,
         &(struct offer_put){
             .reference = STR("reference:offer"), .items = &offer, .items_count = 1});
}

static struct order_submit large_order(struct str note)
{
    for (size_t i = 0; i < ORDER_LINE_COUNT_MAX; i++)
        lines[i] = (struct submit_line){
            .line = (int64_t)i + 1, .sku = STR("long"), .quantity = PIECES(3), .note = note};
    struct order_submit o = two_lines();
    o.lines = lines;
    o.lines_count = ORDER_LINE_COUNT_MAX;
    return o;
}

static struct world *large_world(void)
{
    memset(longest, 'n', sizeof longest);
    struct world *w = orders_world();
    long_product_tell(w);
    return w;
}

static size_t size_of(struct world *w, const struct message_type *type)
{
    const void *body = world_last(w, type);
    ck_assert_ptr_nonnull(body);
    return shape_text(type->shape, body, world_arena(w)).size;
}

static void all_lines_say(struct world *w, const char *answer, int64_t pieces)
{
    static struct line_quantity said[ORDER_LINE_COUNT_MAX];
    for (size_t i = 0; i < ORDER_LINE_COUNT_MAX; i++)
        said[i] = (struct line_quantity){.line = (int64_t)i + 1, .quantity = PIECES(pieces)};
    struct fulfilment_answer t = {.order = STR(ORDER_ID),
                                  .partner = STR("maker"),
                                  .sub_order = 1,
                                  .answer = str_of(answer),
                                  .lines = said,
                                  .lines_count = ORDER_LINE_COUNT_MAX,
                                  .carrier = {longest, sizeof longest},
                                  .tracking = {longest, sizeof longest},
                                  .reason = {longest, sizeof longest}};
    told(w, &type_fulfilment_answered, &t);
}

START_TEST(names_are_cut_at_a_character)
{
    struct world *w = large_world();
    struct order_submit o = two_lines();
    o.lines[0].sku = STR("long");
    submit(w, &o);
    struct str name = order_row(w)->lines[0].name;
    ck_assert_uint_eq(name.size, NAME_SIZE_MAX - 1); /* the last character did not fit whole */
    ck_assert_int_eq(name.at[name.size - 1], '\xa9');
    world_free(w);
}
END_TEST

START_TEST(texts_are_cut_by_what_they_take_in_json)
{
    static const struct {
        const char *text;
        size_t size_max, kept;
    } rows[] = {{"abc", 3, 3},          {"abc", 2, 2},           {"a\"c", 3, 2},
                {"a\x01", 6, 1},        {"a\x01", 7, 2},         {"\xe2\x82\xac", 2, 0},
                {"\xe2\x82\xac", 3, 3}, {"x\xe2\x82\xac", 3, 1}, {"", 0, 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_uint_eq(text_cut(str_of(rows[i].text), rows[i].size_max).size, rows[i].kept);
    ck_assert(!str_present(text_cut(STR_NONE, 5)));
}
END_TEST

/* 1,000 lines with the longest names and notes, and a seller who says as much as he can, at every
 * step. */
START_TEST(a_thousand_lines_go_all_the_way)
{
    struct world *w = large_world();
    struct order_submit o = large_order((struct str){longest, 60});
    o.reference = (struct str){longest, sizeof longest};
    submit(w, &o);
    ck_assert_uint_eq(order_row(w)->lines[0].name.size, NAME_SIZE_CROWDED - 1);
    ck_assert_count(w, type_order_received, 1);
    price(w);
    grant(w);
    reserve(w, "maker/a");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_uint_gt(size_of(w, &type_order_confirmed), EVENT_SIZE_MAX / 2);
    all_lines_say(w, "rejected", 1);
    all_lines_say(w, "shipped", 1);
    all_lines_say(w, "shipped", 1);
    all_lines_say(w, "delivered", 2);
    ends_as(w, ORDER_CLOSED);
    world_free(w);
}
END_TEST

/* Reasons do not pile up without end: beyond their room a last one says so. */
START_TEST(a_seller_cannot_fill_the_order)
{
    struct world *w = large_world();
    struct order_submit o = large_order(STR_NONE);
    for (size_t i = 0; i < ORDER_LINE_COUNT_MAX; i++)
        lines[i].quantity = (struct quantity)PIECES(300);
    submit(w, &o);
    price(w);
    grant(w);
    reserve(w, "maker/a");
    struct fulfilment_answer t = {.order = o.order,
                                  .partner = STR("maker"),
                                  .sub_order = 1,
                                  .answer = STR("rejected"),
                                  .reason = {longest, sizeof longest}};
    struct line_quantity one = {.line = 7, .quantity = PIECES(1)};
    t.lines = &one;
    t.lines_count = 1;
    for (int i = 0; i < 200; i++) {
        told(w, &type_fulfilment_answered, &t);
        if (i % 20 == 0)
            world_forget(w);
    }
    const struct order_row *row = order_row(w);
    ck_assert_view(row->reasons[row->reasons_count - 1].code, "more_reasons");
    ck_assert_uint_lt(row->reasons_count, 200);
    ck_assert_uint_lt(size_of(w, &type_order_state), EVENT_SIZE_MAX);
    world_free(w);
}
END_TEST

START_TEST(each_line_short_has_room_for_its_reason)
{
    struct world *w = large_world();
    struct order_submit o = large_order(STR_NONE);
    o.line_policy = LINE_POLICY_PARTIAL;
    submit(w, &o);
    price(w);
    grant(w);
    const struct reservation_request *r = request_to(w, STR("maker/a"));
    struct reservation_told t = {.order = r->order,
                                 .node = r->node,
                                 .version = r->version,
                                 .lines = r->lines,
                                 .lines_count = r->lines_count};
    for (size_t i = 0; i < t.lines_count; i++) {
        t.lines[i].reserved = t.lines[i].quantity;
        t.lines[i].reserved.micro = MICRO;
    }
    told(w, &type_reservation_reserved, &t);
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_uint_gt(order_row(w)->reasons_count, ORDER_LINE_COUNT_MAX / 3);
    ck_assert_view(order_row(w)->lines[ORDER_LINE_COUNT_MAX - 1].code, "out_of_stock");
    world_free(w);
}
END_TEST

/* A node of its own for each line, each with the longest id. */
static void far_nodes_tell(struct world *w)
{
    static struct node nodes[ORDER_LINE_COUNT_MAX];
    static struct offer offers[ORDER_LINE_COUNT_MAX];
    for (int i = 0; i < ORDER_LINE_COUNT_MAX; i++) {
        struct str id = arena_printf(world_arena(w), "maker/%04d%.*s", i,
                                     KEY_SIZE_MAX - (int)sizeof "maker/0000" + 1, longest);
        nodes[i] = (struct node){.node = id, .seller = STR("maker"), .priority = 9};
        offers[i] = (struct offer){.sku = STR("long"), .node = id};
    }
    told(w, &type_node_changed,
         &(struct node_put){
             .reference = STR("reference:node"), .items = nodes, .items_count = ARRAY_LEN(nodes)});
    told(w, &type_offer_changed,
         &(struct offer_put){.reference = STR("reference:offer"),
                             .items = offers,
                             .items_count = ARRAY_LEN(offers)});
    for (int i = 0; i < ORDER_LINE_COUNT_MAX; i++)
        lines[i].node = nodes[i].node;
}

START_TEST(what_cannot_fit_is_refused_at_the_door)
{
    struct world *w = large_world();
    struct order_submit o = large_order(STR_NONE);
    far_nodes_tell(w);
    o.lines_count = ORDER_LINE_COUNT_MAX * 7 / 10; /* a command takes no more of them */
    submit(w, &o);
    const struct order_fact *f = world_last(w, &type_order_refused);
    ck_assert_ptr_nonnull(f);
    ck_assert_view(f->reasons[0].code, "too_large");
    ck_assert_count(w, type_quote_request, 0);
    world_free(w);
}
END_TEST

/* So few lines need no measuring, however long each is. */
START_TEST(a_hundred_of_the_longest_lines_fit)
{
    struct world *w = large_world();
    struct order_submit o = large_order((struct str){longest, sizeof longest});
    far_nodes_tell(w);
    o.lines_count = LINES_ALWAYS_FIT;
    o.reference = (struct str){longest, sizeof longest};
    submit(w, &o);
    price(w);
    grant(w);
    const struct order_row *row = order_row(w);
    for (size_t i = 0; i < row->reservations_count; i++)
        reserve(w, arena_cstr(world_arena(w), order_row(w)->reservations[i].node));
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
    ck_assert_uint_eq(order_row(w)->sub_orders_count, LINES_ALWAYS_FIT);
    ck_assert_uint_lt(size_of(w, &type_order_confirmed) + REASONS_SIZE_MAX, EVENT_SIZE_MAX / 2);
    world_free(w);
}
END_TEST

/* The door knows no amounts: with the widest of them the order does not fit, and pricing's answer
 * refuses it, with nothing held. */
START_TEST(amounts_too_wide_are_refused_when_priced)
{
    struct world *w = large_world();
    struct order_submit o = large_order((struct str){longest, 130});
    submit(w, &o);
    ck_assert_count(w, type_order_received, 1);
    struct quote_told t = quote_of(w);
    const struct money nearly = {AMOUNT_MICRO_MAX / 2000 + 1, "EUR"};
    t.subtotal.micro = 0;
    for (size_t i = 0; i < t.lines_count; i++) {
        t.lines[i].price_list = (struct str){longest, ID_SIZE_MAX};
        t.lines[i].unit_price = t.lines[i].gross = t.lines[i].net = nearly;
        t.subtotal.micro += nearly.micro;
    }
    t.total = t.subtotal;
    told(w, &type_quote_priced, &t);
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_REFUSED);
    ck_assert(!row->priced);
    ck_assert_view(row->reasons[0].code, "too_large");
    ck_assert_count(w, type_authorization_request, 0);
    world_free(w);
}
END_TEST

static Suite *size_suite(void)
{
    const TTest *const tests[] = {
        names_are_cut_at_a_character,
        texts_are_cut_by_what_they_take_in_json,
        a_thousand_lines_go_all_the_way,
        a_seller_cannot_fill_the_order,
        each_line_short_has_room_for_its_reason,
        what_cannot_fit_is_refused_at_the_door,
        a_hundred_of_the_longest_lines_fit,
        amounts_too_wide_are_refused_when_priced,
    };
    return unit_suite("orders size", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(size_suite)
