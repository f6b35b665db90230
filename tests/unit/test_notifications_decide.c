/* test_notifications_decide: announcements, answers, cancels, notices and payables through
 * notifications' decide. */
#include "proto/rights.h"
#include "services/notifications/notifications.h"
#include "services/notifications/rows.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

static int commands;

static struct quantity pieces(int64_t count)
{
    return (struct quantity){count * MICRO, "C62"};
}

static enum fold_verdict announce(struct world *w, const char *partner, const char *order,
                                  int64_t version)
{
    struct fulfilment_line lines[] = {
        {.line = 1, .sku = STR("a"), .quantity = pieces(5)},
        {.line = 2, .sku = STR("b"), .quantity = pieces(2)},
    };
    struct fulfilment body = {.partner = str_of(partner),
                              .order = str_of(order),
                              .sub_order = 1,
                              .node = arena_printf(world_arena(w), "%s/main", partner),
                              .account = STR("buyer"),
                              .currency = STR("EUR"),
                              .version = version,
                              .lines = lines,
                              .lines_count = 2};
    return world_event(w, &type_fulfilment_announce, &body);
}

static struct fulfilment_response response_of(struct world *w, const char *partner,
                                              const char *order)
{
    return (struct fulfilment_response){.partner = str_of(partner),
                                        .order = str_of(order),
                                        .sub_order = 1,
                                        .principal = str_of(partner),
                                        .idempotency_key =
                                            arena_printf(world_arena(w), "key-%d", ++commands)};
}

static void respond(struct world *w, const struct message_type *type, const char *partner,
                    const char *order)
{
    struct fulfilment_response body = response_of(w, partner, order);
    ck_assert_int_eq(world_command(w, type, &body, RIGHT_ANSWER), FOLD_DONE);
}

static void cancel(struct world *w, const char *partner, const char *order)
{
    struct fulfilment_cancel body = {
        .partner = str_of(partner), .order = str_of(order), .sub_order = 1, .reason = STR("buyer")};
    ck_assert_int_eq(world_event(w, &type_fulfilment_cancel, &body), FOLD_DONE);
}

static const struct fulfilment_row *row_of(struct world *w, const char *order)
{
    return world_row(w, &fulfilment_entity,
                     &(struct fulfilment_row){.order_id = str_of(order), .sub_order = STR("1")});
}

static const struct fulfilment_answer *last_answer(struct world *w)
{
    return world_last(w, &type_fulfilment_answered);
}

START_TEST(each_partner_has_a_contiguous_sequence)
{
    struct world *w = world_new(&notifications_service);
    ck_assert_int_eq(announce(w, "acme", "o1", 1), FOLD_DONE);
    ck_assert_int_eq(announce(w, "other", "o2", 1), FOLD_DONE);
    ck_assert_int_eq(announce(w, "acme", "o3", 1), FOLD_DONE);
    ck_assert_view(world_last_header(w, &type_fulfilment_ordered, "ce_sequence"),
                   "00000000000000000002");
    ck_assert_view(world_last_key(w, &type_fulfilment_ordered), "o3");
    ck_assert_int_eq(announce(w, "acme", "o3", 1), FOLD_DONE); /* a repeat tells nothing */
    ck_assert_uint_eq(world_count(w, &type_fulfilment_ordered), 3);
    cancel(w, "acme", "o1");
    ck_assert_view(world_last_header(w, &type_fulfilment_cancelled, "ce_sequence"),
                   "00000000000000000003");
    const struct partner *p =
        world_row(w, &partner_entity, &(struct partner){.partner = STR("acme")});
    ck_assert_int_eq(p->fulfilments, 2);
    ck_assert_int_eq(p->chain.sequence, 3);
    const struct fulfilment *told = world_at(w, &type_fulfilment_ordered, 0);
    ck_assert_view(told->lines[1].sku, "b");
    ck_assert_int_eq(announce(w, "acme", "o3", 2), FOLD_POISON);
    ck_assert_int_eq(announce(w, "other", "o3", 1), FOLD_POISON);
    world_free(w);
}
END_TEST

START_TEST(accepted_shipped_delivered)
{
    struct world *w = world_new(&notifications_service);
    announce(w, "acme", "o", 1);
    respond(w, &type_fulfilment_ship, "acme", "o");
    const struct command_answer *refused = world_last(w, &type_notifications_command_refused);
    ck_assert_view(refused->code, "not_accepted");
    respond(w, &type_fulfilment_accept, "acme", "o");
    ck_assert_view(last_answer(w)->answer, "accepted");
    ck_assert_uint_eq(last_answer(w)->lines_count, 2);
    struct fulfilment_response ship = response_of(w, "acme", "o");
    struct line_quantity three = {.line = 1, .quantity = pieces(3)};
    ship.lines = &three;
    ship.lines_count = 1;
    ship.carrier = STR("Post");
    ship.tracking = STR("T-1");
    world_command(w, &type_fulfilment_ship, &ship, RIGHT_ANSWER);
    world_command(w, &type_fulfilment_ship, &ship, RIGHT_ANSWER); /* the same command again */
    ck_assert_int_eq(row_of(w, "o")->lines[0].shipped.micro, 3 * MICRO);
    ck_assert_int_eq(row_of(w, "o")->state, FULFILMENT_PARTLY_SHIPPED);
    ck_assert_view(last_answer(w)->tracking, "T-1");
    ck_assert_view(last_answer(w)->principal, "acme");
    respond(w, &type_fulfilment_ship, "acme", "o");
    ck_assert_uint_eq(row_of(w, "o")->shipments_count, 2);
    ck_assert_view(row_of(w, "o")->shipments[0].carrier, "Post");
    ck_assert_int_eq(row_of(w, "o")->shipments[1].lines[0].quantity.micro, 2 * MICRO);
    respond(w, &type_fulfilment_ship, "acme", "o");
    refused = world_last(w, &type_notifications_command_refused);
    ck_assert_view(refused->code, "over_shipment");
    respond(w, &type_fulfilment_deliver, "acme", "o");
    ck_assert_view(last_answer(w)->answer, "delivered");
    ck_assert_int_eq(last_answer(w)->lines[0].quantity.micro, 5 * MICRO);
    ck_assert_int_eq(row_of(w, "o")->state, FULFILMENT_DELIVERED);
    ck_assert_int_eq(row_of(w, "o")->chain.sequence, 4);
    world_free(w);
}
END_TEST

START_TEST(rejected_line)
{
    struct world *w = world_new(&notifications_service);
    announce(w, "acme", "o", 1);
    struct fulfilment_response reject = response_of(w, "acme", "o");
    struct line_quantity second = {.line = 2};
    reject.lines = &second;
    reject.lines_count = 1;
    reject.reason = STR("broken");
    world_command(w, &type_fulfilment_reject, &reject, RIGHT_ANSWER);
    ck_assert_view(last_answer(w)->answer, "rejected");
    ck_assert_int_eq(last_answer(w)->lines[0].quantity.micro, 2 * MICRO);
    ck_assert_view(last_answer(w)->reason, "broken");
    respond(w, &type_fulfilment_accept, "acme", "o");
    ck_assert_uint_eq(last_answer(w)->lines_count, 1);
    world_free(w);
}
END_TEST

static void assert_denied_alike(struct world *w, const struct command_answer *model)
{
    const struct command_answer *a = world_last(w, &type_notifications_command_refused);
    ck_assert(str_eq(a->code, model->code));
    ck_assert(str_eq(a->path, model->path));
    ck_assert(str_eq(a->text, model->text));
    ck_assert(str_eq(a->remedy, model->remedy));
}

START_TEST(foreign_and_nonexistent_are_alike)
{
    struct world *w = world_new(&notifications_service);
    announce(w, "acme", "o", 1);
    respond(w, &type_fulfilment_accept, "acme", "nothing");
    const struct command_answer *model = world_last(w, &type_notifications_command_refused);
    ck_assert_view(model->code, "fulfilment_unknown");
    respond(w, &type_fulfilment_accept, "thief", "o");
    assert_denied_alike(w, model);
    struct fulfilment_response body = response_of(w, "acme", "o");
    body.principal = STR("thief");
    world_command(w, &type_fulfilment_accept, &body, RIGHT_ANSWER);
    assert_denied_alike(w, model);
    ck_assert_uint_eq(world_count(w, &type_fulfilment_answered), 0);
    ck_assert_int_eq(row_of(w, "o")->state, FULFILMENT_NEW);
    world_free(w);
}
END_TEST

START_TEST(cancel_before_and_after_shipment)
{
    struct world *w = world_new(&notifications_service);
    announce(w, "acme", "o", 1);
    respond(w, &type_fulfilment_accept, "acme", "o");
    cancel(w, "acme", "o");
    ck_assert_view(last_answer(w)->answer, "cancelled");
    ck_assert_uint_eq(last_answer(w)->lines_count, 2);
    struct str id = arena_str(world_arena(w), world_last_id(w, &type_fulfilment_answered));
    cancel(w, "acme", "o");
    ck_assert(str_eq(id, world_last_id(w, &type_fulfilment_answered)));
    ck_assert_uint_eq(last_answer(w)->lines_count, 2);
    ck_assert_uint_eq(world_count(w, &type_fulfilment_cancelled), 1);
    respond(w, &type_fulfilment_ship, "acme", "o");
    const struct command_answer *a = world_last(w, &type_notifications_command_refused);
    ck_assert_view(a->code, "already_cancelled");
    announce(w, "acme", "p", 1);
    respond(w, &type_fulfilment_accept, "acme", "p");
    struct fulfilment_response ship = response_of(w, "acme", "p");
    struct line_quantity one = {.line = 2, .quantity = pieces(1)};
    ship.lines = &one;
    ship.lines_count = 1;
    world_command(w, &type_fulfilment_ship, &ship, RIGHT_ANSWER);
    cancel(w, "acme", "p");
    ck_assert_view(last_answer(w)->answer, "cancel_refused");
    ck_assert_view(last_answer(w)->reason, "already_shipped");
    id = arena_str(world_arena(w), world_last_id(w, &type_fulfilment_answered));
    cancel(w, "acme", "p");
    ck_assert(str_eq(id, world_last_id(w, &type_fulfilment_answered)));
    ck_assert_view(last_answer(w)->reason, "already_shipped");
    world_free(w);
}
END_TEST

START_TEST(cancel_of_nothing)
{
    struct world *w = world_new(&notifications_service);
    cancel(w, "acme", "nothing");
    ck_assert_view(last_answer(w)->answer, "cancel_refused");
    ck_assert_view(last_answer(w)->reason, "fulfilment_unknown");
    announce(w, "acme", "o", 1);
    cancel(w, "other", "o");
    ck_assert_view(last_answer(w)->reason, "fulfilment_unknown");
    respond(w, &type_fulfilment_reject, "acme", "o");
    ck_assert_int_eq(row_of(w, "o")->state, FULFILMENT_REJECTED);
    cancel(w, "acme", "o"); /* nothing is left: nobody need be told, orders hears yes */
    ck_assert_view(last_answer(w)->answer, "cancelled");
    ck_assert_uint_eq(last_answer(w)->lines_count, 0);
    cancel(w, "acme", "o");
    ck_assert_uint_eq(last_answer(w)->lines_count, 0);
    ck_assert_uint_eq(world_count(w, &type_fulfilment_cancelled), 0);
    ck_assert_int_eq(row_of(w, "o")->state, FULFILMENT_REJECTED);
    world_free(w);
}
END_TEST

START_TEST(notices_once_each)
{
    struct world *w = world_new(&notifications_service);
    struct notice n = {.recipient = STR("anna"),
                       .order = STR("o"),
                       .kind = STR("confirmed"),
                       .text = STR("Your order is confirmed.")};
    world_event(w, &type_notice_request, &n);
    world_event(w, &type_notice_request, &n);
    n.cause = STR("");
    world_event(w, &type_notice_request, &n); /* none and empty are one cause */
    ck_assert_uint_eq(world_count(w, &type_notice_told), 1);
    ck_assert_view(world_last_key(w, &type_notice_told), "o");
    n.recipient = STR("ben");
    world_event(w, &type_notice_request, &n);
    n.kind = STR("shipped");
    n.cause = STR("1");
    world_event(w, &type_notice_request, &n);
    n.cause = STR("2");
    world_event(w, &type_notice_request, &n);
    ck_assert_uint_eq(world_count(w, &type_notice_told), 4);
    ck_assert_view(world_last_header(w, &type_notice_told, "ce_sequence"), "00000000000000000001");
    world_free(w);
}
END_TEST

START_TEST(payables_once_each)
{
    struct world *w = world_new(&notifications_service);
    struct share share = {.cost_centre = STR("it"), .amount = {100 * MICRO, "EUR"}};
    struct payable p = {.account = STR("buyer"),
                        .order = STR("o"),
                        .currency = STR("EUR"),
                        .version = 1,
                        .total = {100 * MICRO, "EUR"},
                        .shares = &share,
                        .shares_count = 1};
    world_event(w, &type_payable_request, &p);
    world_event(w, &type_payable_request, &p);
    ck_assert_uint_eq(world_count(w, &type_payable_told), 1);
    p.version = 2;
    p.supersedes = STR("o/1");
    world_event(w, &type_payable_request, &p);
    const struct payable *told = world_last(w, &type_payable_told);
    ck_assert_view(told->supersedes, "o/1");
    ck_assert_uint_eq(world_count(w, &type_payable_told), 2);
    const struct payable_row *row = world_row(
        w, &payable_entity, &(struct payable_row){.order_id = STR("o"), .version = STR("2")});
    ck_assert_int_eq(row->total, 100 * MICRO);
    p.version = 3;
    p.total.micro++;
    ck_assert_int_eq(world_event(w, &type_payable_request, &p), FOLD_POISON);
    world_free(w);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {each_partner_has_a_contiguous_sequence,
                                  accepted_shipped_delivered,
                                  rejected_line,
                                  foreign_and_nonexistent_are_alike,
                                  cancel_before_and_after_shipment,
                                  cancel_of_nothing,
                                  notices_once_each,
                                  payables_once_each};
    return unit_suite("notifications_decide", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(suite)
