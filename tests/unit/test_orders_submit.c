/* orders submit: the checks at the door, repeats and conflicts, previews. */
#include "tests/unit/orders_world.h"

static void refused_with(struct world *w, const char *code, const char *path)
{
    const struct order_fact *f = world_last(w, &type_order_refused);
    ck_assert_ptr_nonnull(f);
    for (size_t i = 0; i < f->reasons_count; i++) {
        ck_assert(f->reasons[i].text.size > 0 && f->reasons[i].remedy.size > 0);
        if (str_is(f->reasons[i].code, code) && str_is(f->reasons[i].path, path))
            return;
    }
    ck_abort_msg("no reason %s at %s", code, path);
}

static const struct order_fact *refusal_of(struct world *w, const struct order_submit *o)
{
    world_forget(w);
    ck_assert_int_eq(world_command(w, &type_order_submit, o, 0), FOLD_DONE);
    ck_assert_count(w, type_order_received, 0);
    ck_assert_count(w, type_quote_request, 0);
    return world_last(w, &type_order_refused);
}

START_TEST(every_bad_line_is_named)
{
    struct world *w = orders_world();
    struct submit_line lines[] = {
        {.line = 1, .sku = STR("A"), .quantity = PIECES(1)},
        {.line = 1, .sku = STR("nothing"), .quantity = PIECES(1)},
        {.line = 2, .sku = STR("D"), .quantity = PIECES(1)},
        {.line = 3, .sku = STR("A"), .quantity = {MICRO, "KGM"}},
        {.line = 4, .sku = STR("E"), .quantity = {MICRO, "KGM"}},
        {.line = 5, .sku = STR("A"), .quantity = PIECES(1), .seller = STR("shop")},
        {.line = 6, .sku = STR("A"), .quantity = PIECES(1), .node = STR("shop/x")},
        {.line = 7,
         .sku = STR("A"),
         .quantity = PIECES(1),
         .seller = STR("maker"),
         .node = STR("shop/x")}};
    struct order_submit o = two_lines();
    o.lines = lines;
    o.lines_count = ARRAY_LEN(lines);
    const struct order_fact *f = refusal_of(w, &o);
    ck_assert_uint_eq(f->reasons_count, 8);
    refused_with(w, "line_duplicate", "/lines/1/line");
    refused_with(w, "sku_unavailable", "/lines/1/sku");
    refused_with(w, "sku_discontinued", "/lines/2/sku");
    refused_with(w, "unit_mismatch", "/lines/3/quantity/unit");
    refused_with(w, "seller_unavailable", "/lines/4/sku");
    refused_with(w, "seller_unavailable", "/lines/5/seller");
    refused_with(w, "node_unavailable", "/lines/6/node");
    refused_with(w, "node_unavailable", "/lines/7/node");
    ck_assert_int_eq(f->reasons[7].line, 7);
    const struct order_row *row = order_row(w);
    ck_assert_int_eq(row->state, ORDER_REFUSED);
    ck_assert(row->refused_at_door);
    const struct notice *n = world_last(w, &type_notice_request);
    ck_assert_view(n->kind, "refused");
    ck_assert_count(w, type_order_state, 1);
    world_free(w);
}
END_TEST

START_TEST(the_order_as_a_whole_is_checked)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    struct charge charge = {.code = STR("freight"), .amount = {MICRO, "USD"}};
    o.order = STR("0190A5C0-0000-7000-8000-000000000001");
    o.currency = STR("EUX");
    ck_assert_ptr_nonnull(refusal_of(w, &o));
    refused_with(w, "order_id_invalid", "/order");
    refused_with(w, "currency_unknown", "/currency");
    o = two_lines();
    o.charges = &charge;
    o.charges_count = 1;
    o.lines[0].agreed_price = (struct money){MICRO, "USD"};
    ck_assert_int_eq(world_command(w, &type_order_submit, &o, RIGHT_CHARGES | RIGHT_AGREED_PRICE),
                     FOLD_DONE);
    refused_with(w, "currency_mixed", "/charges/0/amount");
    refused_with(w, "currency_mixed", "/lines/0/agreed_price");
    world_free(w);
}
END_TEST

/* Answered to the sender alone: nothing of the order is told or kept. */
static void denied_with(struct world *w, const char *code, const char *path)
{
    ck_assert_count(w, type_orders_command_refused, 1);
    const struct command_answer *a = world_last(w, &type_orders_command_refused);
    ck_assert_view(a->code, code);
    ck_assert_view(a->path, path);
    ck_assert(a->text.size > 0 && a->remedy.size > 0);
    ck_assert_ptr_null(order_row(w));
    ck_assert_count(w, type_order_refused, 0);
    ck_assert_count(w, type_order_previewed, 0);
    ck_assert_count(w, type_order_state, 0);
    ck_assert_count(w, type_notice_request, 0);
}

/* What lacks a right is refused anew each time, and leaves no row. */
START_TEST(rights_are_needed)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    struct charge charge = {.code = STR("freight"), .amount = EUR(100)};
    const struct instant long_ago = instant_plus_us(world_time(w), -301 * MICROSECONDS_PER_SECOND);
    for (int i = 0; i < 2; i++) {
        o.lines[1].agreed_discount_ppm = 50000;
        refusal_of(w, &o);
        denied_with(w, "agreed_price_denied", "/lines/1/agreed_discount_ppm");
        o.lines[0].agreed_price = (struct money)EUR(900);
        refusal_of(w, &o);
        denied_with(w, "agreed_price_denied", "/lines/0/agreed_price");
        o.sales_rep = STR("sam");
        refusal_of(w, &o);
        denied_with(w, "on_behalf_denied", "/sales_rep");
        o.placed_at = long_ago;
        refusal_of(w, &o);
        denied_with(w, "backdate_denied", "/placed_at");
        o.charges = &charge;
        o.charges_count = 1;
        refusal_of(w, &o);
        denied_with(w, "charges_denied", "/charges");
        if (i == 0)
            o = two_lines();
    }
    ck_assert_int_eq(
        world_command(w, &type_order_submit, &o,
                      RIGHT_CHARGES | RIGHT_ON_BEHALF | RIGHT_BACKDATE | RIGHT_AGREED_PRICE),
        FOLD_DONE);
    ck_assert_count(w, type_order_received, 1);
    ck_assert_view(order_row(w)->lines[0].agreed, "price");
    ck_assert_view(order_row(w)->lines[1].agreed, "discount");
    ck_assert_int_eq(order_row(w)->placed_at.at, o.placed_at.at);
    world_free(w);
}
END_TEST

START_TEST(clocks_may_differ_a_little)
{
    static const struct {
        int64_t off_seconds;
        bool fine;
    } rows[] = {{300, true}, {-300, true}, {301, false}, {-301, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = orders_world();
        struct order_submit o = two_lines();
        o.placed_at = instant_plus_us(world_time(w), rows[i].off_seconds * MICROSECONDS_PER_SECOND);
        submit(w, &o);
        ck_assert_uint_eq(world_count(w, &type_order_received), rows[i].fine);
        world_free(w);
    }
}
END_TEST

START_TEST(seller_and_node_are_chosen)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    o.lines[0].node = STR("maker/b");
    o.lines[1].sku = STR("C");
    o.lines[1].seller = STR("shop");
    submit(w, &o);
    const struct order_row *row = order_row(w);
    ck_assert_view(row->lines[0].node, "maker/b");
    ck_assert_view(row->lines[0].seller, "maker");
    ck_assert_view(row->lines[1].node, "shop/x");
    ck_assert_view(row->lines[1].name, "Chain");
    const struct quote_request *q = world_last(w, &type_quote_request);
    ck_assert_view(q->lines[0].family, "iron");
    ck_assert(!str_present(q->lines[1].family));
    ck_assert_int_eq(q->placed_at.at, world_time(w).at);
    world_free(w);
}
END_TEST

START_TEST(the_same_again_is_the_same_answer)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    struct str id = world_last_id(w, &type_order_received);
    price(w);
    submit(w, &o);
    grant(w);
    submit(w, &o);
    ck_assert_count(w, type_order_received, 3);
    ck_assert_count(w, type_quote_request, 1);
    ck_assert(str_eq(world_last_id(w, &type_order_received), id));
    ck_assert_view(world_last_header(w, &type_order_received, "ce_sequence"),
                   "00000000000000000001");
    const struct shape *shape = type_order_received.shape;
    struct str first = shape_text(shape, world_at(w, &type_order_received, 0), world_arena(w));
    struct str last = shape_text(shape, world_last(w, &type_order_received), world_arena(w));
    ck_assert(str_eq(first, last));
    world_free(w);
}
END_TEST

START_TEST(a_refusal_repeats_too)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    o.lines[0].sku = STR("nothing");
    submit(w, &o);
    struct str id = world_last_id(w, &type_order_refused);
    submit(w, &o);
    ck_assert_count(w, type_order_refused, 2);
    ck_assert(str_eq(world_last_id(w, &type_order_refused), id));
    const struct shape *shape = type_order_refused.shape;
    struct str first = shape_text(shape, world_at(w, &type_order_refused, 0), world_arena(w));
    struct str last = shape_text(shape, world_last(w, &type_order_refused), world_arena(w));
    ck_assert(str_eq(first, last));
    ck_assert_count(w, type_notice_request, 1);
    world_free(w);
}
END_TEST

START_TEST(another_content_is_a_conflict)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    submit(w, &o);
    struct order_submit other = o;
    other.principal = STR("mallory");
    submit(w, &other);
    const struct command_answer *a = world_last(w, &type_orders_command_refused);
    ck_assert_view(a->code, "conflict");
    other = o;
    other.reference = STR("x");
    submit(w, &other);
    ck_assert_int_eq(world_command(w, &type_order_preview, &o, 0), FOLD_DONE);
    ck_assert_count(w, type_orders_command_refused, 3);
    ck_assert_count(w, type_order_received, 1);
    ck_assert_int_eq(order_row(w)->state, ORDER_RECEIVED);
    world_free(w);
}
END_TEST

/* --- previews */

static void preview(struct world *w, const struct order_submit *o)
{
    ck_assert_int_eq(world_command(w, &type_order_preview, o, 0), FOLD_DONE);
}

static const struct order_snapshot *previewed_as(struct world *w, const char *outcome)
{
    const struct order_snapshot *p = world_last(w, &type_order_previewed);
    ck_assert_ptr_nonnull(p);
    ck_assert_view(p->state, outcome);
    ck_assert_int_eq(order_row(w)->state, ORDER_PREVIEWED);
    ck_assert_count(w, type_order_previewed, 1);
    ck_assert_count(w, type_order_state, 0);
    ck_assert_count(w, type_notice_request, 0);
    ck_assert_count(w, type_fulfilment_announce, 0);
    ck_assert_count(w, type_reservation_release, 0);
    ck_assert_count(w, type_authorization_release, 0);
    ck_assert_count(w, type_authorization_reduce, 0);
    return p;
}

START_TEST(a_preview_tells_what_would_be)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    preview(w, &o);
    preview(w, &o);
    const struct command_answer *a = world_last(w, &type_orders_command_refused);
    ck_assert_view(a->code, "in_flight");
    ck_assert(a->retriable);
    struct quote_told q = quote_of(w);
    ck_assert(q.dry_run);
    struct reason remark = {.code = STR("threshold_near"), .text = STR("1.00 is missing")};
    q.reasons = &remark;
    q.reasons_count = 1;
    told(w, &type_quote_priced, &q);
    grant(w);
    reserve(w, "maker/a");
    reserve(w, "shop/x");
    const struct order_snapshot *p = previewed_as(w, "confirmed");
    ck_assert_int_eq(p->total.micro, 50000000);
    ck_assert_view(p->reasons[0].code, "threshold_near");
    struct str id = world_last_id(w, &type_order_previewed);
    preview(w, &o);
    ck_assert_count(w, type_order_previewed, 2);
    ck_assert(str_eq(world_last_id(w, &type_order_previewed), id));
    cancel_as(w, "bob", "k1");
    a = world_last(w, &type_orders_command_refused);
    ck_assert_view(a->code, "order_unknown");
    world_free(w);
}
END_TEST

START_TEST(a_preview_tells_who_must_approve)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    o.line_policy = LINE_POLICY_PARTIAL;
    preview(w, &o);
    price(w);
    pend(w);
    reserve_less(w, "maker/a", 3);
    reserve(w, "shop/x");
    const struct order_snapshot *p = previewed_as(w, "pending_approval");
    ck_assert_uint_eq(p->reasons_count, 3); /* two tiers, one shortage */
    ck_assert_view(p->reasons[0].code, "approval_needed");
    ck_assert_int_eq(p->total.micro, 20000000);
    totals_hold(order_row(w));
    world_free(w);
}
END_TEST

START_TEST(a_preview_may_end_in_a_no)
{
    struct order_submit o = two_lines();
    for (int stage = 0; stage < 5; stage++) {
        struct world *w = orders_world();
        if (stage == 0)
            o.lines[0].sku = STR("nothing");
        preview(w, &o);
        o = two_lines();
        struct quote_told q = {.order = o.order, .version = 1, .dry_run = true};
        if (stage == 1)
            told(w, &type_quote_refused, &q);
        if (stage > 1)
            price(w);
        if (stage == 2 || stage == 3) {
            struct authorization_told t = authorization_of(w);
            told(w, stage == 2 ? &type_authorization_refused : &type_authorization_expired, &t);
            told(w, &type_authorization_granted, &t);
        } else if (stage == 4) {
            grant(w);
            stock_answer(w, "maker/a", &type_reservation_refused);
            reserve(w, "shop/x");
            reserve(w, "shop/x");
        }
        ck_assert_uint_ge(previewed_as(w, "refused")->reasons_count, 1);
        world_free(w);
    }
}
END_TEST

START_TEST(a_preview_without_right_is_told_and_forgotten)
{
    struct world *w = orders_world();
    struct order_submit o = two_lines();
    o.sales_rep = STR("sam");
    preview(w, &o);
    denied_with(w, "on_behalf_denied", "/sales_rep");
    world_free(w);
}
END_TEST

static Suite *submit_suite(void)
{
    const TTest *const tests[] = {
        every_bad_line_is_named,
        the_order_as_a_whole_is_checked,
        rights_are_needed,
        clocks_may_differ_a_little,
        seller_and_node_are_chosen,
        the_same_again_is_the_same_answer,
        a_refusal_repeats_too,
        another_content_is_a_conflict,
        a_preview_tells_what_would_be,
        a_preview_tells_who_must_approve,
        a_preview_may_end_in_a_no,
        a_preview_without_right_is_told_and_forgotten,
    };
    return unit_suite("orders submit", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(submit_suite)
