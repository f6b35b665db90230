/* approvals accounts: account.put, all or nothing, and payments. */
#include "services/approvals/accounts.h"
#include "tests/unit/approvals_case.h"

static struct arena arena;
static struct account_draft draft;

static struct rule_tier tier_approver[] = {{role_approver, 1}}, tier_owner[] = {{role_owner, 1}};

static void refused(const struct account *account, const struct charter *charter,
                    struct account_put put, const char *code, const char *path)
{
    ck_assert_msg(!account_draft_of(account, charter, &put, &arena, &draft), "wanted %s", code);
    ck_assert_str_eq(draft.fault.code, code);
    ck_assert_view(draft.fault.path, path);
    ck_assert(!str_blank(draft.fault.text) && !str_blank(draft.fault.remedy));
}

START_TEST(a_new_account_has_all_it_needs)
{
    struct account_put put = case_put("1");
    put.tolerance = eur(5);
    ck_assert(account_draft_of(NULL, NULL, &put, &arena, &draft));
    ck_assert_int_eq(draft.account.status, ACCOUNT_ACTIVE);
    ck_assert_int_eq(draft.account.credit.limit, EUROS(1000));
    ck_assert_int_eq(draft.account.credit.tolerance, EUROS(5));
    ck_assert_int_eq(draft.account.version, 1);
    ck_assert_uint_eq(draft.charter.users_count, ARRAY_LEN(case_users));
    put.name = STR_NONE;
    refused(NULL, NULL, put, "member_missing", "/name");
    put = case_put("1");
    put.currency = STR_NONE;
    refused(NULL, NULL, put, "member_missing", "/currency");
    put.currency = STR("EURO");
    refused(NULL, NULL, put, "currency_unknown", "/currency");
    put.currency = STR("XQZ");
    refused(NULL, NULL, put, "currency_unknown", "/currency");
    arena_release(&arena);
}
END_TEST

START_TEST(its_own_members_are_checked)
{
    struct account_put put = case_put("1");
    put.status = STR("asleep");
    refused(NULL, NULL, put, "value_unknown", "/status");
    put = case_put("1");
    put.credit_limit = (struct money){EUROS(1), "USD"};
    refused(NULL, NULL, put, "currency_mismatch", "/credit_limit");
    put = case_put("1");
    put.tolerance = (struct money){EUROS(1), "USD"};
    refused(NULL, NULL, put, "currency_mismatch", "/tolerance");
    put = case_put("1");
    put.status = STR("hold");
    ck_assert(account_draft_of(NULL, NULL, &put, &arena, &draft));
    ck_assert_int_eq(draft.account.status, ACCOUNT_HOLD);
    arena_release(&arena);
}
END_TEST

START_TEST(what_is_absent_stays)
{
    struct account_put put = case_put("1");
    struct str terms[] = {STR("net30")};
    put.payment_terms = terms;
    put.payment_terms_count = 1;
    put.credit_unlimited = true;
    ck_assert(account_draft_of(NULL, NULL, &put, &arena, &draft));
    ck_assert(draft.account.credit.unlimited);
    struct account account = draft.account;
    struct charter charter = draft.charter;
    put = (struct account_put){.account = STR("acme"), .status = STR("closed")};
    ck_assert(account_draft_of(&account, &charter, &put, &arena, &draft));
    ck_assert_int_eq(draft.account.status, ACCOUNT_CLOSED);
    ck_assert_view(draft.account.name, "Acme");
    ck_assert_view(draft.account.currency, "EUR");
    ck_assert_int_eq(draft.account.version, 2);
    ck_assert_uint_eq(draft.charter.units_count, ARRAY_LEN(case_units));
    ck_assert_view(draft.charter.payment_terms[0].term, "net30");
    ck_assert(draft.account.credit.unlimited);
    put = (struct account_put){.account = STR("acme"), .credit_limit = eur(7)};
    ck_assert(account_draft_of(&account, &charter, &put, &arena, &draft));
    ck_assert(!draft.account.credit.unlimited && draft.account.credit.limit == EUROS(7));
    put.currency = STR("USD");
    refused(&account, &charter, put, "currency_fixed", "/currency");
    put.currency = STR("EUR");
    ck_assert(account_draft_of(&account, &charter, &put, &arena, &draft));
    arena_release(&arena);
}
END_TEST

START_TEST(lists_are_added_to_or_replaced)
{
    struct account_unit moved[] = {{.unit = STR("lab"), .parent = STR("hq")},
                                   {.unit = STR("shop"), .parent = STR("lab")}};
    struct account account = {.account = STR("acme"), .currency = STR("EUR"), .version = 1};
    struct account_put put = {.account = STR("acme"), .units = moved, .units_count = 2};
    ck_assert(account_draft_of(&account, &case_charter, &put, &arena, &draft));
    ck_assert_uint_eq(draft.charter.units_count, 5);
    ck_assert_view(unit_find(&draft.charter, STR("lab"))->parent, "hq");
    ck_assert_view(case_units[2].parent, "sales"); /* what was stored is not touched */
    moved[1].unit = STR("lab");
    refused(&account, &case_charter, put, "item_duplicate", "/units/1");
    moved[1] = (struct account_unit){.unit = STR("shop"), .parent = STR("moon")};
    refused(&account, &case_charter, put, "unit_unknown", "/units/1/parent");
    moved[1] = (struct account_unit){.unit = STR("hq"), .parent = STR("lab")};
    refused(&account, &case_charter, put, "unit_cycle", "/units/1/parent");
    moved[1] = (struct account_unit){.unit = STR("shop"), .status = STR("shut")};
    refused(&account, &case_charter, put, "value_unknown", "/units/1/status");
    arena_release(&arena);
}
END_TEST

START_TEST(an_old_unit_may_be_pushed_too_deep)
{
    static const char names[] = "abcdefghijklmnop";
    struct account_unit chain[16] = {0};
    for (size_t i = 0; i < ARRAY_LEN(chain); i++) {
        chain[i].unit = (struct str){names + i, 1};
        if (i > 0)
            chain[i].parent = (struct str){names + i - 1, 1};
    }
    struct charter charter = {.account = STR("acme"), .units = chain, .units_count = 16};
    struct account account = {.account = STR("acme"), .currency = STR("EUR"), .version = 1};
    struct account_unit above[] = {{.unit = STR("z")}, {.unit = STR("a"), .parent = STR("z")}};
    struct account_put put = {.account = STR("acme"), .units = above, .units_count = 2};
    refused(&account, &charter, put, "unit_too_deep", "/units");
    arena_release(&arena);
}
END_TEST

START_TEST(users_and_rules_name_what_exists)
{
    struct account_user users[] = {{.user = STR("kim"), .unit = STR("moon")}};
    struct approval_rule rules[] = {{.rule = STR("r"),
                                     .unit = STR("moon"),
                                     .over = eur(1),
                                     .tiers = tier_approver,
                                     .tiers_count = 1}};
    struct account account = {.account = STR("acme"), .currency = STR("EUR"), .version = 1};
    struct account_put put = {.account = STR("acme"), .users = users, .users_count = 1};
    refused(&account, &case_charter, put, "unit_unknown", "/users/0/unit");
    users[0].unit = STR("lab");
    users[0].status = STR("gone");
    refused(&account, &case_charter, put, "value_unknown", "/users/0/status");
    users[0].status = STR("inactive");
    put.rules = rules;
    put.rules_count = 1;
    refused(&account, &case_charter, put, "unit_unknown", "/rules/0/unit");
    rules[0].unit = STR("lab");
    rules[0].status = STR("gone");
    refused(&account, &case_charter, put, "value_unknown", "/rules/0/status");
    rules[0].status = STR("inactive");
    ck_assert(account_draft_of(&account, &case_charter, &put, &arena, &draft));
    ck_assert_uint_eq(draft.charter.rules_count, 1);
    arena_release(&arena);
}
END_TEST

START_TEST(lists_have_bounds)
{
    static struct approval_rule rules[RULE_COUNT_MAX + 1];
    static struct str roles[32], more[1];
    static struct rule_tier wide = {roles, 32}, wider = {more, 1};
    struct account account = {.account = STR("acme"), .currency = STR("EUR"), .version = 1};
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        rules[i] = (struct approval_rule){.rule = arena_printf(&arena, "r%zu", i),
                                          .over = eur(1),
                                          .tiers = tier_owner,
                                          .tiers_count = 1};
    struct account_put put = {
        .account = STR("acme"), .rules = rules, .rules_count = RULE_COUNT_MAX};
    ck_assert(account_draft_of(&account, NULL, &put, &arena, &draft));
    put.rules_count++;
    refused(&account, NULL, put, "list_too_long", "/rules/100");
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        roles[i] = arena_printf(&arena, "role%zu", i);
    more[0] = STR("another");
    rules[0].tiers = &wide;
    rules[1].tiers = &wider;
    put.rules_count = 2;
    refused(&account, NULL, put, "rules_too_wide", "/rules");
    rules[1].status = STR("inactive");
    ck_assert(account_draft_of(&account, NULL, &put, &arena, &draft));
    arena_release(&arena);
}
END_TEST

/* --- through the service */

START_TEST(a_refused_put_changes_nothing)
{
    struct world *w = world_new(&approvals_service);
    struct account_put put = case_put("k1");
    put.currency = STR_NONE;
    ck_assert_int_eq(world_command(w, &type_account_put, &put, RIGHT_ACCOUNTS), FOLD_DONE);
    const struct command_answer *answer = world_last(w, &type_approvals_command_refused);
    ck_assert_view(answer->code, "member_missing");
    ck_assert_view(answer->path, "/currency");
    ck_assert(case_account(w) == NULL);
    world_free(w);
}
END_TEST

START_TEST(a_put_is_told_with_its_figures)
{
    struct world *w = world_new(&approvals_service);
    struct account_put put = case_put("k1");
    world_command(w, &type_account_put, &put, RIGHT_ACCOUNTS);
    const struct account_told *told = world_last(w, &type_account_changed);
    ck_assert_view(told->cause, "put");
    ck_assert_int_eq(told->limit.micro, EUROS(1000));
    ck_assert_int_eq(told->version, 1);
    struct account_put again = {.account = STR("acme"),
                                .principal = STR("office"),
                                .idempotency_key = STR("k2"),
                                .credit_unlimited = true};
    world_command(w, &type_account_put, &again, RIGHT_ACCOUNTS);
    told = world_last(w, &type_account_changed);
    ck_assert_view(told->name, "Acme");
    ck_assert_str_eq(told->limit.currency, "");
    ck_assert_int_eq(told->version, 2);
    ck_assert_int_eq(case_account(w)->chain.sequence, 2);
    world_free(w);
}
END_TEST

static struct str pay(struct world *w, int64_t micro, const char *currency, const char *key)
{
    struct payment_record payment = {.account = STR("acme"),
                                     .principal = STR("bank"),
                                     .idempotency_key = str_of(key),
                                     .amount = {.micro = micro},
                                     .reference = STR("invoice 7")};
    memcpy(payment.amount.currency, currency, 4);
    size_t no = world_count(w, &type_approvals_command_refused);
    ck_assert_int_eq(world_command(w, &type_payment_record, &payment, RIGHT_ACCOUNTS), FOLD_DONE);
    if (world_count(w, &type_approvals_command_refused) == no)
        return STR("");
    return ((const struct command_answer *)world_last(w, &type_approvals_command_refused))->code;
}

START_TEST(payments_reduce_what_is_posted_once)
{
    struct world *w = case_world(case_put("k"));
    ck_assert_view(pay(w, EUROS(30), "EUR", "p1"), "");
    case_figures(w, 0, 0, -30);
    ck_assert_view(pay(w, EUROS(30), "EUR", "p1"), "");
    case_figures(w, 0, 0, -30);
    ck_assert_uint_eq(world_count(w, &type_account_paid), 1);
    const struct posting *posting = case_posting(w, "payment/4:bank/p1");
    ck_assert_int_eq(posting->kind, POSTING_PAYMENT);
    ck_assert_int_eq(posting->change.posted, -EUROS(30));
    ck_assert_int_eq(posting->posted_after, -EUROS(30));
    ck_assert_view(posting->why, "invoice 7");
    ck_assert(!str_present(posting->order_id));
    ck_assert_view(pay(w, EUROS(30), "USD", "p2"), "currency_mismatch");
    ck_assert_view(pay(w, AMOUNT_MICRO_MAX, "EUR", "p3"), "amount_too_large");
    world_free(w);
    w = world_new(&approvals_service);
    ck_assert_view(pay(w, EUROS(30), "EUR", "p1"), "account_unknown");
    world_free(w);
}
END_TEST

static Suite *accounts_suite(void)
{
    const TTest *const tests[] = {a_new_account_has_all_it_needs,
                                  its_own_members_are_checked,
                                  what_is_absent_stays,
                                  lists_are_added_to_or_replaced,
                                  an_old_unit_may_be_pushed_too_deep,
                                  users_and_rules_name_what_exists,
                                  lists_have_bounds,
                                  a_refused_put_changes_nothing,
                                  a_put_is_told_with_its_figures,
                                  payments_reduce_what_is_posted_once};
    return unit_suite("approvals accounts", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(accounts_suite)
