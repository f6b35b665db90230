/* approvals requests: hold, commit, reduce, release, settle: each exactly once (F17). */
#include "tests/unit/approvals_case.h"

#define CODE(told, text) ck_assert_view((told)->reasons[0].code, text)

START_TEST(a_clean_order_goes_through)
{
    struct world *w = case_world(case_put("k"));
    const struct authorization_told *told = ASK(w, request, case_request("o1", 100), granted);
    ck_assert_int_eq(told->reserved.micro, EUROS(100));
    ck_assert_int_eq(told->limit.micro, EUROS(1000));
    ck_assert_uint_eq(told->receipt_hash.size, 64);
    ck_assert_view(told->unit, "sales");
    ck_assert_view(told->content_hash, HASH);
    case_figures(w, 100, 0, 0);
    told = ASK(w, commit, case_step("o1", 1, NULL), committed);
    ck_assert_int_eq(told->committed.micro, EUROS(100));
    case_figures(w, 0, 100, 0);
    told = ASK(w, settle, case_step("o1", 1, NULL), settled);
    ck_assert_int_eq(told->posted.micro, EUROS(100));
    case_figures(w, 0, 0, 100);
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_SETTLED);
    ck_assert_int_eq(case_row(w, "o1")->chain.sequence, 3);
    ck_assert_int_eq(case_row(w, "o1")->receipt_count, 1);
    ck_assert_int_eq(case_posting(w, "order/o1/1/settle")->number, 3);
    ck_assert_int_eq(case_account(w)->posting_count, 3);
    world_free(w);
}
END_TEST

START_TEST(twenty_orders_of_a_tenth_make_ten)
{
    struct world *w = case_world(case_put("k"));
    for (int i = 0; i < 20; i++) {
        struct str order = arena_printf(world_arena(w), "o%d", i);
        struct authorization_request r = case_request(order.at, 100);
        ck_assert_int_eq(world_event(w, &type_authorization_request, &r), FOLD_DONE);
    }
    ck_assert_uint_eq(world_count(w, &type_authorization_granted), 10);
    ck_assert_uint_eq(world_count(w, &type_authorization_refused), 10);
    const struct authorization_told *told = world_last(w, &type_authorization_refused);
    CODE(told, "credit_exceeded");
    ck_assert(told->reasons[0].retriable);
    ck_assert_view(told->reasons[0].text,
                   "the order is 100.00 EUR above the credit that is available");
    case_figures(w, 1000, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(exactly_what_is_left_may_be_held_and_not_a_cent_more)
{
    struct account_put put = case_put("k");
    put.tolerance = eur(50);
    struct world *w = case_world(put);
    struct authorization_request r = case_request("o1", 1050);
    r.total.micro += 10000;
    CODE(ASK(w, request, r, refused), "credit_exceeded");
    ASK(w, request, case_request("o2", 1050), granted);
    r = case_request("o3", 0); /* nothing to pay, nothing to hold */
    ASK(w, request, r, granted);
    ASK(w, commit, case_step("o3", 1, NULL), committed);
    ck_assert_int_eq(case_account(w)->posting_count, 1);
    world_free(w);
}
END_TEST

START_TEST(each_repeat_answers_and_changes_nothing)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, case_request("o1", 100), granted);
    ASK(w, request, case_request("o1", 100), granted);
    case_figures(w, 100, 0, 0);
    ASK(w, commit, case_step("o1", 1, NULL), committed);
    ASK(w, commit, case_step("o1", 1, NULL), committed);
    ASK(w, request, case_request("o1", 100), granted);
    case_figures(w, 0, 100, 0);
    ASK(w, settle, case_step("o1", 1, NULL), settled);
    ASK(w, settle, case_step("o1", 1, NULL), settled);
    ASK(w, commit, case_step("o1", 1, NULL), committed);
    CODE(ASK(w, release, case_step("o1", 1, "cancelled"), refused), "authorization_settled");
    case_figures(w, 0, 0, 100);
    ck_assert_int_eq(case_account(w)->posting_count, 3);
    world_free(w);
}
END_TEST

START_TEST(release_gives_back_once)
{
    struct world *w = case_world(case_put("k"));
    const struct authorization_told *told =
        ASK(w, release, case_step("no", 1, "cancelled"), released);
    ck_assert_str_eq(told->total.currency, ""); /* nothing was held, and no row is made of it */
    ck_assert_view(told->cause, "cancelled");
    ck_assert(case_row(w, "no") == NULL);
    ASK(w, request, case_request("o1", 100), granted);
    told = ASK(w, release, case_step("o1", 1, "cancelled"), released);
    ck_assert_int_eq(told->total.micro, EUROS(100));
    ck_assert_int_eq(told->reserved.micro, 0);
    case_figures(w, 0, 0, 0);
    ASK(w, release, case_step("o1", 1, "short"), released);
    ck_assert_view(case_row(w, "o1")->cause, "cancelled");
    ASK(w, commit, case_step("o1", 1, NULL), released); /* too late: told what became of it */
    ASK(w, settle, case_step("o1", 1, NULL), released);
    ASK(w, reduce, case_request("o1", 10), released);
    ASK(w, request, case_request("o1", 100), released);
    case_figures(w, 0, 0, 0);
    ASK(w, request, case_request("o2", 60), granted);
    ASK(w, commit, case_step("o2", 1, NULL), committed);
    ASK(w, release, case_step("o2", 1, "cancelled"), released);
    case_figures(w, 0, 0, 0);
    ck_assert_int_eq(case_posting(w, "order/o2/1/release")->change.committed, -EUROS(60));
    world_free(w);
}
END_TEST

START_TEST(a_later_version_may_follow_what_ended)
{
    struct world *w = case_world(case_put("k"));
    struct authorization_request r = case_request("o1", 2000);
    CODE(ASK(w, request, r, refused), "credit_exceeded");
    ASK(w, request, r, refused);
    r = case_request("o1", 500);
    r.version = 2;
    ASK(w, request, r, granted);
    r.version = 3;
    CODE(ASK(w, request, r, refused), "authorization_open");
    case_figures(w, 500, 0, 0);
    ASK(w, commit, case_step("o1", 2, NULL), committed);
    CODE(ASK(w, request, r, refused), "authorization_open");
    ASK(w, settle, case_step("o1", 2, NULL), settled);
    CODE(ASK(w, request, r, refused), "authorization_settled");
    CODE(ASK(w, reduce, r, refused), "authorization_settled");
    ck_assert_int_eq(case_row(w, "o1")->receipt_count, 2);
    world_free(w);
}
END_TEST

static struct authorization_request reduction(const char *order, int64_t version, int64_t euros)
{
    struct authorization_request r = case_request(order, euros);
    r.version = version;
    r.content_hash = STR(HASH_NEW);
    r.cause = STR("short");
    return r;
}

START_TEST(reduce_only_lowers)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, case_request("o1", 100), granted);
    ASK(w, reduce, reduction("o1", 2, 70), reduced);
    case_figures(w, 70, 0, 0);
    ck_assert_view(case_row(w, "o1")->content_hash, HASH_NEW);
    ck_assert_int_eq(case_row(w, "o1")->version, 2);
    ASK(w, reduce, reduction("o1", 2, 70), reduced); /* again */
    ck_assert_int_eq(case_posting(w, "order/o1/2/reduce")->amount, EUROS(30));
    CODE(ASK(w, reduce, reduction("o1", 3, 71), refused), "total_rises");
    CODE(ASK(w, reduce, reduction("o1", 1, 60), refused), "version_stale");
    ASK(w, reduce, reduction("o1", 1, 70), reduced);
    ASK(w, reduce, reduction("o1", 3, 70), reduced); /* a new version that costs the same */
    struct authorization_request r = reduction("o1", 4, 50);
    memcpy(r.total.currency, "USD", 4);
    CODE(ASK(w, reduce, r, refused), "currency_mismatch");
    CODE(ASK(w, reduce, case_step("o1", 4, "short"), refused), "total_missing");
    ASK(w, commit, case_step("o1", 3, NULL), committed);
    r = reduction("o1", 4, 50);
    r.content_hash = STR_NONE;
    ASK(w, reduce, r, reduced);
    case_figures(w, 0, 50, 0);
    ck_assert_view(case_row(w, "o1")->content_hash, HASH_NEW);
    ASK(w, reduce, reduction("o1", 5, 0), reduced);
    ASK(w, settle, case_step("o1", 5, NULL), settled);
    case_figures(w, 0, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(what_was_never_asked_is_refused)
{
    struct world *w = case_world(case_put("k"));
    const struct authorization_told *told = ASK(w, commit, case_step("o1", 1, NULL), refused);
    CODE(told, "authorization_unknown");
    ck_assert_int_eq(told->version, 1);
    CODE(ASK(w, reduce, reduction("o1", 2, 1), refused), "authorization_unknown");
    CODE(ASK(w, settle, case_step("o1", 1, NULL), refused), "authorization_unknown");
    ASK(w, request, case_request("o1", 10), granted);
    CODE(ASK(w, settle, case_step("o1", 1, NULL), refused), "authorization_not_committed");
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_GRANTED);
    world_free(w);
}
END_TEST

START_TEST(the_account_itself_may_say_no)
{
    struct world *w = world_new(&approvals_service);
    CODE(ASK(w, request, case_request("o1", 10), refused), "account_unknown");
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_REFUSED);
    world_free(w);
    struct account_put put = case_put("k");
    put.status = STR("hold");
    w = case_world(put);
    CODE(ASK(w, request, case_request("o1", 10), refused), "credit_hold");
    world_free(w);
    put.status = STR("closed");
    w = case_world(put);
    CODE(ASK(w, request, case_request("o1", 10), refused), "account_closed");
    world_free(w);
}
END_TEST

START_TEST(a_hold_lets_go_on_what_was_held)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, case_request("o1", 10), granted);
    struct account_put put = {.account = STR("acme"),
                              .principal = STR("office"),
                              .idempotency_key = STR("k2"),
                              .status = STR("hold"),
                              .credit_limit = eur(5)};
    world_command(w, &type_account_put, &put, RIGHT_ACCOUNTS);
    ASK(w, commit, case_step("o1", 1, NULL), committed);
    ASK(w, settle, case_step("o1", 1, NULL), settled);
    case_figures(w, 0, 0, 10);
    world_free(w);
}
END_TEST

START_TEST(a_refusal_names_all_that_is_wrong)
{
    struct account_put put = case_put("k");
    struct str terms[] = {STR("net30")};
    put.payment_terms = terms;
    put.payment_terms_count = 1;
    put.status = STR("hold");
    struct world *w = case_world(put);
    struct authorization_request r = case_request("o1", 5000);
    r.buyer = STR("who");
    r.unit = STR("moon");
    r.principal = STR("else");
    r.payment_term = STR("net90");
    const struct authorization_told *told = ASK(w, request, r, refused);
    static const char *const codes[] = {"credit_hold",         "user_unknown",
                                        "unit_unknown",        "principal_denied",
                                        "payment_term_denied", "credit_exceeded"};
    ck_assert_uint_eq(told->reasons_count, ARRAY_LEN(codes));
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        ck_assert_view(told->reasons[i].code, codes[i]);
        ck_assert(!str_blank(told->reasons[i].text) && !str_blank(told->reasons[i].remedy));
    }
    world_free(w);
}
END_TEST

START_TEST(terms_and_currency)
{
    struct account_put put = case_put("k");
    struct str terms[] = {STR("net30"), STR("net60")};
    put.payment_terms = terms;
    put.payment_terms_count = 2;
    struct world *w = case_world(put);
    struct authorization_request r = case_request("o1", 10);
    ASK(w, request, r, granted); /* none named: the account's usual one */
    r = case_request("o2", 10);
    r.payment_term = STR("net60");
    ASK(w, request, r, granted);
    r = case_request("o3", 10);
    memcpy(r.total.currency, "USD", 4);
    const struct authorization_told *told = ASK(w, request, r, refused);
    CODE(told, "currency_mismatch");
    ck_assert_view(told->reasons[0].path, "/currency");
    r = case_request("o4", 10);
    r.total = (struct money){0};
    CODE(ASK(w, request, r, refused), "total_missing");
    world_free(w);
}
END_TEST

START_TEST(unlimited_is_kept_but_not_judged)
{
    struct account_put put = case_put("k");
    put.credit_unlimited = true;
    struct world *w = case_world(put);
    const struct authorization_told *told = ASK(w, request, case_request("o1", 50000), granted);
    ck_assert_str_eq(told->limit.currency, "");
    case_figures(w, 50000, 0, 0);
    ck_assert_uint_eq(world_count(w, &type_credit_warned), 0);
    struct authorization_request r = case_request("o2", 0);
    r.total.micro = AMOUNT_MICRO_MAX;
    CODE(ASK(w, request, r, refused), "amount_too_large");
    world_free(w);
}
END_TEST

START_TEST(each_crossing_is_warned_of_once)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, case_request("o1", 799), granted);
    ck_assert_uint_eq(world_count(w, &type_credit_warned), 0);
    ASK(w, request, case_request("o2", 1), granted);
    const struct account_told *told = world_last(w, &type_credit_warned);
    ck_assert_view(told->cause, "credit_warning_80");
    ASK(w, request, case_request("o3", 1), granted);
    ck_assert_uint_eq(world_count(w, &type_credit_warned), 1);
    ASK(w, request, case_request("o4", 149), granted);
    told = world_last(w, &type_credit_warned);
    ck_assert_view(told->cause, "credit_warning_95");
    ck_assert_uint_eq(world_count(w, &type_credit_warned), 2);
    ASK(w, release, case_step("o1", 1, "cancelled"), released);
    ck_assert_int_eq(case_account(w)->warned, 0);
    ASK(w, request, case_request("o5", 799), granted);
    ck_assert_uint_eq(world_count(w, &type_credit_warned), 3);
    world_free(w);
}
END_TEST

START_TEST(a_dry_run_leaves_nothing)
{
    struct world *w = case_world(case_put("k"));
    struct authorization_request r = case_request("o1", 100);
    r.dry_run = true;
    const struct authorization_told *told = ASK(w, request, r, granted);
    ck_assert(told->dry_run && told->waiting_count == 0);
    ck_assert_uint_eq(told->receipt_hash.size, 64);
    ck_assert_int_eq(told->total.micro, EUROS(100));
    ck_assert_view(told->unit, "sales");
    r.total = eur(1001);
    told = ASK(w, request, r, refused);
    CODE(told, "credit_exceeded");
    ck_assert(told->dry_run);
    ck_assert(case_row(w, "o1") == NULL);
    case_figures(w, 0, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(the_receipt_shows_the_arithmetic)
{
    struct world *w = case_world(case_put("k"));
    const struct authorization_told *told = ASK(w, request, case_request("o1", 100), granted);
    struct receipt_row key = {
        .account = STR("acme"), .order_id = STR("o1"), .step = STR("1/request")};
    const struct receipt_row *row = world_row(w, &entity_receipt, &key);
    struct sha256 hash = sha256_of(&row->receipt, 1);
    ck_assert(str_eq(sha256_hex(world_arena(w), &hash), told->receipt_hash));
    static const char *const parts[] = {"\"step\":\"request\",\"outcome\":\"granted\"",
                                        "\"account_version\":1",
                                        "{\"check\":\"buyer\",\"verdict\":\"ok\"}",
                                        "\"available_before\":\"1000\"",
                                        "\"reserved_before\":\"0\"",
                                        "\"reserved_after\":\"100\""};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        ck_assert_msg(strstr(row->receipt.at, parts[i]) != NULL, "%s lacks %s", row->receipt.at,
                      parts[i]);
    /* A commit is no decision: it has its posting, and tells the receipt that stands. */
    const struct authorization_told *committed =
        ASK(w, commit, case_step("o1", 1, NULL), committed);
    ck_assert(str_eq(sha256_hex(world_arena(w), &hash), committed->receipt_hash));
    ck_assert_int_eq(case_row(w, "o1")->receipt_count, 1);
    ASK(w, release, case_step("o1", 1, "cancelled"), released);
    key.step = STR("1/release");
    row = world_row(w, &entity_receipt, &key);
    ck_assert_int_eq(row->number, 2);
    ck_assert(strstr(row->receipt.at, "\"cause\":\"cancelled\"") != NULL);
    ck_assert(strstr(row->receipt.at, "\"previous\":\"") != NULL);
    world_free(w);
}
END_TEST

static Suite *requests_suite(void)
{
    const TTest *const tests[] = {a_clean_order_goes_through,
                                  twenty_orders_of_a_tenth_make_ten,
                                  exactly_what_is_left_may_be_held_and_not_a_cent_more,
                                  each_repeat_answers_and_changes_nothing,
                                  release_gives_back_once,
                                  a_later_version_may_follow_what_ended,
                                  reduce_only_lowers,
                                  what_was_never_asked_is_refused,
                                  the_account_itself_may_say_no,
                                  a_hold_lets_go_on_what_was_held,
                                  a_refusal_names_all_that_is_wrong,
                                  terms_and_currency,
                                  unlimited_is_kept_but_not_judged,
                                  each_crossing_is_warned_of_once,
                                  a_dry_run_leaves_nothing,
                                  the_receipt_shows_the_arithmetic};
    return unit_suite("approvals requests", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(requests_suite)
