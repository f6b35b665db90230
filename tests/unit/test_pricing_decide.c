/* pricing: requests through the fold: what is told, kept and repeated. */
#include "tests/unit/pricing_world.h"

START_TEST(clean_order)
{
    base_put("A", "12.50");
    struct quote_line line = line_of(7, "A", "3");
    struct quote_request r = request_of("o1", &line, 1);
    struct charge freight = {.code = STR("freight"), .amount = eur("4.90")};
    r.charges = &freight;
    r.charges_count = 1;
    const struct quote_told *told = ask(&r);
    ck_assert_uint_eq(told->lines_count, 1);
    ck_assert_int_eq(told->lines[0].line, 7);
    ck_assert_int_eq(told->lines[0].net.micro, eur("37.50").micro);
    ck_assert_view(told->lines[0].price_list, "base");
    ck_assert_int_eq(told->subtotal.micro, eur("37.50").micro);
    ck_assert_int_eq(told->charges_total.micro, eur("4.90").micro);
    ck_assert_int_eq(told->total.micro, eur("42.40").micro);
    ck_assert_str_eq(told->total.currency, "EUR");
    ck_assert_view(told->versions, "price_list=1,price=1,discount=0");
    ck_assert_uint_eq(told->receipt_hash.size, SHA256_HEX_SIZE);
    const struct quote_row *row = row_of("o1", "1", "order");
    ck_assert_ptr_nonnull(row);
    ck_assert_int_eq(row->outcome, QUOTE_PRICED);
    ck_assert_int_eq(row->total, eur("42.40").micro);
    ck_assert_int_eq(row->chain.sequence, 1);
    struct sha256 hash = sha256_of(&row->receipt, 1);
    ck_assert(sha256_equal(&hash, &row->receipt_hash));
    ck_assert(str_eq(sha256_hex(world_arena(world), &hash), told->receipt_hash));
    const struct receipt *receipt = receipt_read(row);
    ck_assert_view(receipt->lines[0].winner, "base");
    ck_assert_view(receipt->lines[0].candidates[0].verdict, "winner");
    ck_assert_view(receipt->lines[0].steps[0].step, "extend");
    ck_assert_int_eq(receipt->total_micro, row->total);
}
END_TEST

/* A repeat is the same event, whatever prices are by now; the next version sees the new ones. */
START_TEST(repeat_and_next_version)
{
    base_put("A", "1.00");
    struct quote_line line = line_of(1, "A", "3");
    struct quote_request r = request_of("o1", &line, 1);
    ask(&r);
    struct str first = world_last_id(world, &type_quote_priced);
    struct str sequence = world_last_header(world, &type_quote_priced, "ce_sequence");
    base_put("A", "2.00");
    const struct quote_told *again = ask(&r);
    ck_assert_int_eq(again->total.micro, eur("3.00").micro);
    ck_assert(str_eq(first, world_last_id(world, &type_quote_priced)));
    ck_assert(str_eq(sequence, world_last_header(world, &type_quote_priced, "ce_sequence")));
    r.version = 2;
    ck_assert_int_eq(ask(&r)->total.micro, eur("6.00").micro);
    ck_assert_view(world_last_header(world, &type_quote_priced, "ce_sequence"),
                   "00000000000000000002");
    ck_assert_ptr_nonnull(row_of("o1", "2", "order"));
    r.version = 3;
    ask(&r);
    ck_assert_view(world_last_header(world, &type_quote_priced, "ce_sequence"),
                   "00000000000000000003");
    ck_assert_int_eq(row_of("o1", "1", "order")->chain.sequence, 1);
    ck_assert_int_eq(row_of("o1", "3", "order")->chain.sequence, 3);
}
END_TEST

static struct str told_text(const struct quote_told *told)
{
    return shape_text(&quote_told_shape, told, world_arena(world));
}

/* A repeat has the bytes of the first answer, although the answer itself is not kept. */
START_TEST(repeats_are_the_same_bytes)
{
    struct quote_line lines[] = {line_of(7, "A", "12"), line_of(8, "X", "2"), line_of(9, "A", "1")};
    lines[1].agreed_price = eur("14.4");
    lines[2].agreed_discount_ppm = 333333;
    struct charge freight = {.code = STR("freight"), .amount = eur("4.90")};
    base_put("A", "12.5");
    discount_put((struct discount){.discount = STR("T"),
                                   .kind = DISCOUNT_THRESHOLD,
                                   .rate_ppm = 50000,
                                   .currency = STR("EUR"),
                                   .threshold = dec("170")});
    for (size_t count = 1; count <= 3; count++) {
        struct quote_request r = request_of("o1", lines, count);
        r.version = (int64_t)count;
        r.charges = &freight;
        r.charges_count = count > 1;
        lines[1].sku = count == 2 ? STR("missing") : STR("X");
        lines[1].agreed_price = count == 2 ? (struct money){.micro = 0} : eur("14.4");
        struct str first = told_text(ask(&r));
        base_put("B", "1.00");
        ck_assert_str_eq(first.at, told_text(ask(&r)).at);
    }
    lines[0].agreed_price = (struct money){.micro = MICRO, .currency = "USD"};
    struct quote_request mixed = request_of("o2", lines, 1);
    struct str first = told_text(ask(&mixed));
    ck_assert_str_eq(first.at, told_text(ask(&mixed)).at);
}
END_TEST

START_TEST(preview)
{
    base_put("A", "1.00");
    struct quote_line line = line_of(1, "A", "3");
    struct quote_request r = request_of("o1", &line, 1);
    r.dry_run = true;
    const struct quote_told *told = ask(&r);
    ck_assert(told->dry_run);
    struct str hash = told->receipt_hash;
    ck_assert(!str_present(world_last_header(world, &type_quote_priced, "ce_sequence")));
    base_put("A", "2.00");
    ck_assert_int_eq(ask(&r)->total.micro, eur("6.00").micro);
    ck_assert_int_eq(row_of("o1", "1", "preview")->total, eur("6.00").micro);
    ck_assert_int_eq(row_of("o1", "1", "preview")->chain.sequence, 0);
    ck_assert_ptr_null(row_of("o1", "1", "order"));
    base_put("A", "1.00");
    r.dry_run = false;
    told = ask(&r);
    ck_assert_int_eq(told->total.micro, eur("3.00").micro);
    /* Other versions of the reference data, so another receipt. */
    ck_assert(!str_eq(told->receipt_hash, hash));
}
END_TEST

/* The receipt holds facts only: a preview and the order that follows have the same one. */
START_TEST(preview_is_the_order)
{
    base_put("A", "1.00");
    struct quote_line line = line_of(1, "A", "3");
    struct quote_request r = request_of("o1", &line, 1);
    r.dry_run = true;
    struct str hash = ask(&r)->receipt_hash;
    r.dry_run = false;
    ck_assert(str_eq(ask(&r)->receipt_hash, hash));
}
END_TEST

START_TEST(refusals)
{
    base_put("A", "1.00");
    struct quote_line lines[] = {line_of(1, "A", "3"), line_of(5, "B", "1"), line_of(9, "C", "1")};
    struct quote_request r = request_of("o1", lines, 3);
    const struct quote_told *told = ask(&r);
    ck_assert_uint_eq(world_count(world, &type_quote_refused), 1);
    ck_assert_uint_eq(told->lines_count, 0);
    ck_assert_uint_eq(told->reasons_count, 2);
    ck_assert_view(told->reasons[0].code, "price_missing");
    ck_assert_view(told->reasons[0].path, "/lines/1");
    ck_assert_int_eq(told->reasons[0].line, 5);
    ck_assert(str_present(told->reasons[0].remedy));
    ck_assert_int_eq(told->reasons[1].line, 9);
    ck_assert_int_eq(row_of("o1", "1", "order")->outcome, QUOTE_REFUSED);
    ck_assert_int_eq(row_of("o1", "1", "order")->total, 0);
    const struct receipt *receipt = receipt_read(row_of("o1", "1", "order"));
    ck_assert_view(receipt->outcome, "refused");
    ck_assert_view(receipt->lines[1].refused, "price_missing");
    ck_assert_view(receipt->lines[0].winner, "base");
    ask(&r);
    ck_assert_uint_eq(world_count(world, &type_quote_refused), 1);
}
END_TEST

START_TEST(overflow_of_lines_and_totals)
{
    base_put("A", "9000000");
    struct quote_line lines[] = {line_of(1, "A", "1001"), line_of(2, "A", "999")};
    struct quote_request r = request_of("o1", lines, 2);
    const struct quote_told *told = ask(&r);
    ck_assert_uint_eq(told->reasons_count, 1);
    ck_assert_view(told->reasons[0].code, "amount_overflow");
    ck_assert_view(told->reasons[0].path, "/lines/0");
    r = request_of("o2", lines + 1, 1);
    ck_assert_view(ask(&r)->versions, "price_list=1,price=1,discount=0");
    lines[0] = line_of(1, "A", "998");
    r = request_of("o3", lines, 2);
    told = ask(&r);
    ck_assert_uint_eq(told->reasons_count, 1);
    ck_assert_view(told->reasons[0].code, "amount_overflow");
    ck_assert_int_eq(told->reasons[0].line, 0);
}
END_TEST

START_TEST(currencies_do_not_mix)
{
    base_put("A", "1.00");
    struct quote_line line = line_of(3, "A", "3");
    line.agreed_price = (struct money){.micro = 2 * MICRO, .currency = "USD"};
    struct charge freight = {.code = STR("freight"), .amount = {.micro = MICRO, .currency = "CHF"}};
    struct quote_request r = request_of("o1", &line, 1);
    r.charges = &freight;
    r.charges_count = 1;
    const struct quote_told *told = ask(&r);
    ck_assert_uint_eq(told->reasons_count, 2);
    ck_assert_view(told->reasons[0].code, "currency_mixed");
    ck_assert_view(told->reasons[0].path, "/lines/0/agreed_price");
    ck_assert_view(told->reasons[1].path, "/charges/0/amount");
    ck_assert_uint_eq(receipt_read(row_of("o1", "1", "order"))->lines_count, 0);
    r = request_of("o2", &line, 1);
    line.agreed_price = (struct money){.micro = 0};
    r.currency = STR("ZZZ");
    ck_assert_view(ask(&r)->reasons[0].code, "currency_unknown");
}
END_TEST

START_TEST(agreed_price_and_discount)
{
    struct quote_line lines[] = {line_of(1, "X", "10"), line_of(2, "A", "3")};
    lines[0].agreed_price = eur("14.4");
    lines[0].agreed_discount_ppm = 150000;
    lines[1].agreed_discount_ppm = 333333;
    base_put("A", "1.00");
    struct quote_request r = request_of("o1", lines, 2);
    const struct quote_told *told = ask(&r);
    ck_assert_view(told->lines[0].price_list, "agreed");
    ck_assert_int_eq(told->lines[0].gross.micro, eur("144.00").micro);
    ck_assert_int_eq(told->lines[0].net.micro, eur("122.40").micro);
    ck_assert_view(told->lines[1].price_list, "base");
    ck_assert_int_eq(told->lines[1].net.micro, eur("2.00").micro);
    ck_assert_int_eq(told->lines[1].discount.micro, eur("1.00").micro);
}
END_TEST

START_TEST(remarks_are_told)
{
    base_put("A", "100.00");
    struct price dear = price_of("A", "101.25", "0");
    struct price_list_put contract = list_of("C-7", PRICE_LEVEL_CONTRACT, &dear, 1);
    contract.account = STR("me");
    ck_assert_str_eq(put(&contract), "accepted");
    discount_put((struct discount){.discount = STR("T"),
                                   .kind = DISCOUNT_THRESHOLD,
                                   .rate_ppm = 50000,
                                   .currency = STR("EUR"),
                                   .threshold = dec("1100")});
    struct quote_line line = line_of(4, "A", "10");
    struct quote_request r = request_of("o1", &line, 1);
    const struct quote_told *told = ask(&r);
    ck_assert_int_eq(told->total.micro, eur("1012.50").micro);
    ck_assert_uint_eq(told->reasons_count, 2);
    ck_assert_view(told->reasons[0].code, "contract_above_base");
    ck_assert_view(told->reasons[1].code, "threshold_near");
    const struct price_remark *above = world_last(world, &type_contract_above_base);
    ck_assert_int_eq(above->amount.micro, eur("1.25").micro);
    ck_assert_view(above->sku, "A");
    ck_assert_int_eq(above->line, 4);
    /* The list that lost is named to the back office only: the answer goes on to who ordered. */
    ck_assert_view(above->text, "contract C-7 is 1.25 EUR a unit above list base and was kept");
    ck_assert_view(told->reasons[0].text,
                   "the price of contract C-7 is above the base price and was kept");
    const struct price_remark *near = world_last(world, &type_threshold_near);
    ck_assert_int_eq(near->amount.micro, eur("87.50").micro);
    ck_assert_view(near->account, "me");
    ck_assert_view(world_last_header(world, &type_quote_priced, "ce_sequence"),
                   "00000000000000000003");
    r.dry_run = true;
    ask(&r);
    ck_assert_uint_eq(world_count(world, &type_threshold_near), 0);
}
END_TEST

/* Prices are those of placed_at, in half-open windows, whenever the request arrives. */
START_TEST(priced_as_of_placed_at)
{
    struct price p = price_of("A", "1.00", "0");
    struct price_list_put winter = list_of("winter", PRICE_LEVEL_BASE, &p, 1);
    ck_assert(instant_read(STR("2026-03-01T00:00:00Z"), &winter.valid_until));
    put(&winter);
    p = price_of("A", "2.00", "0");
    struct price_list_put spring = list_of("spring", PRICE_LEVEL_BASE, &p, 1);
    ck_assert(instant_read(STR("2026-03-01T00:00:00Z"), &spring.valid_from));
    put(&spring);
    struct quote_line line = line_of(1, "A", "1");
    struct quote_request r = request_of("o1", &line, 1);
    ck_assert_view(ask(&r)->lines[0].price_list, "spring");
    r = request_of("o2", &line, 1);
    ck_assert(instant_read(STR("2026-02-28T23:59:59.999999Z"), &r.placed_at));
    world_time_set(world, (struct instant){world_time(world).at + INT64_C(400) * 86400000000});
    ck_assert_view(ask(&r)->lines[0].price_list, "winter");
}
END_TEST

/* The largest order's answer and receipt fit their bounds. */
START_TEST(thousand_lines)
{
    base_put("A", "0.01");
    struct quote_line *lines =
        arena_array(world_arena(world), struct quote_line, ORDER_LINE_COUNT_MAX);
    for (int i = 0; i < ORDER_LINE_COUNT_MAX; i++)
        lines[i] = line_of(i + 1, "A", "1");
    struct quote_request r = request_of("o1", lines, ORDER_LINE_COUNT_MAX);
    ck_assert_int_eq(ask(&r)->total.micro, eur("10").micro);
    for (int i = 0; i < ORDER_LINE_COUNT_MAX; i++)
        lines[i].sku = STR("missing");
    r = request_of("o2", lines, ORDER_LINE_COUNT_MAX);
    ck_assert_uint_eq(ask(&r)->reasons_count, ORDER_LINE_COUNT_MAX);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {clean_order,
                                  repeat_and_next_version,
                                  repeats_are_the_same_bytes,
                                  preview,
                                  preview_is_the_order,
                                  refusals,
                                  overflow_of_lines_and_totals,
                                  currencies_do_not_mix,
                                  agreed_price_and_discount,
                                  remarks_are_told,
                                  priced_as_of_placed_at,
                                  thousand_lines};
    Suite *s = suite_create("pricing_decide");
    TCase *tcase = tcase_create("pricing_decide");
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(s, tcase);
    return s;
}

UNIT_MAIN(suite)
