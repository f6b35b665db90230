/* approvals commit: a request that is committed as soon as it is granted: two postings of one
 * decision, told as granted, and given back or settled from what is committed. */
#include "tests/unit/approvals_case.h"

#define CODE(told, text) ck_assert_view((told)->reasons[0].code, text)

static struct authorization_request early(const char *order, int64_t euros)
{
    struct authorization_request r = case_request(order, euros);
    r.commit = true;
    return r;
}

/* A company where more than 100 needs an approver, then finance. */
static struct world *ruled_world(void)
{
    static struct rule_tier tiers[] = {{role_approver, 1}, {role_finance, 1}};
    struct approval_rule rule = {
        .rule = STR("big"), .over = eur(100), .tiers = tiers, .tiers_count = ARRAY_LEN(tiers)};
    struct account_put put = case_put("k");
    put.rules = &rule;
    put.rules_count = 1;
    return case_world(put);
}

START_TEST(granted_is_committed)
{
    struct world *w = case_world(case_put("k"));
    const struct authorization_told *told = ASK(w, request, early("o1", 100), granted);
    ck_assert_int_eq(told->reserved.micro, 0);
    ck_assert_int_eq(told->committed.micro, EUROS(100));
    ck_assert_int_eq(told->total.micro, EUROS(100));
    ck_assert_uint_eq(told->receipt_hash.size, 64);
    case_figures(w, 0, 100, 0);
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_COMMITTED);
    ck_assert_int_eq(case_row(w, "o1")->chain.sequence, 1);
    ck_assert_int_eq(case_row(w, "o1")->receipt_count, 1);
    const struct posting *hold = case_posting(w, "order/o1/1/reserve");
    ck_assert_int_eq(hold->number, 1);
    ck_assert_int_eq(hold->reserved_after, EUROS(100));
    ck_assert_int_eq(hold->committed_after, 0);
    const struct posting *commit = case_posting(w, "order/o1/1/commit");
    ck_assert_int_eq(commit->number, 2);
    ck_assert_int_eq(commit->reserved_after, 0);
    ck_assert_int_eq(commit->committed_after, EUROS(100));
    ck_assert_uint_eq(world_count(w, &type_authorization_committed), 0);
    ASK(w, settle, case_step("o1", 1, NULL), settled);
    case_figures(w, 0, 0, 100);
    ck_assert_int_eq(case_account(w)->posting_count, 3);
    world_free(w);
}
END_TEST

static const struct receipt_row *receipt_of(struct world *w, const char *step)
{
    struct receipt_row key = {.account = STR("acme"), .order_id = STR("o1"), .step = str_of(step)};
    const struct receipt_row *row = world_row(w, &entity_receipt, &key);
    ck_assert_ptr_nonnull(row);
    return row;
}

/* The decision is whether it is granted; that it is committed, its posting says. */
START_TEST(the_receipt_is_of_the_grant)
{
    struct world *w = case_world(case_put("k")), *usual = case_world(case_put("k"));
    ASK(w, request, early("o1", 100), granted);
    ASK(usual, request, case_request("o1", 100), granted);
    const struct receipt_row *receipt = receipt_of(w, "1/request");
    ck_assert(str_eq(receipt->receipt, receipt_of(usual, "1/request")->receipt));
    world_free(usual);
    world_free(w);
}
END_TEST

START_TEST(each_repeat_answers_and_changes_nothing)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, early("o1", 100), granted);
    ASK(w, request, early("o1", 100), granted);
    ASK(w, commit, case_step("o1", 1, NULL), committed); /* nobody asks; it is done */
    case_figures(w, 0, 100, 0);
    ASK(w, settle, case_step("o1", 1, NULL), settled);
    ASK(w, request, early("o1", 100), granted);
    ck_assert_int_eq(case_account(w)->posting_count, 3);
    world_free(w);
}
END_TEST

START_TEST(it_is_given_back_once)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, early("o1", 100), granted);
    const struct authorization_told *told =
        ASK(w, release, case_step("o1", 1, "refused"), released);
    ck_assert_int_eq(told->total.micro, EUROS(100));
    ASK(w, release, case_step("o1", 1, "refused"), released);
    case_figures(w, 0, 0, 0);
    ck_assert_int_eq(case_posting(w, "order/o1/1/release")->change.committed, -EUROS(100));
    ASK(w, request, early("o1", 100), released); /* what was given back is not held by a repeat */
    ck_assert_int_eq(case_account(w)->posting_count, 3);
    world_free(w);
}
END_TEST

START_TEST(it_is_reduced_and_settled)
{
    struct world *w = case_world(case_put("k"));
    ASK(w, request, early("o1", 100), granted);
    struct authorization_request less = case_request("o1", 70);
    less.version = 2;
    less.cause = STR("short");
    ASK(w, reduce, less, reduced);
    ASK(w, reduce, less, reduced);
    case_figures(w, 0, 70, 0);
    ck_assert_int_eq(case_posting(w, "order/o1/2/reduce")->change.committed, -EUROS(30));
    ASK(w, settle, case_step("o1", 2, NULL), settled);
    case_figures(w, 0, 0, 70);
    world_free(w);
}
END_TEST

START_TEST(the_last_yes_commits)
{
    struct world *w = ruled_world();
    ASK(w, request, early("o1", 101), pending);
    case_figures(w, 101, 0, 0); /* held before anybody said yes, and no more than that */
    ck_assert_view(case_yes(w, "o1", "bob", "b1"), "");
    case_figures(w, 101, 0, 0);
    ASK(w, request, early("o1", 101), pending);
    ck_assert_view(case_yes(w, "o1", "dan", "d1"), "");
    const struct command_answer *answer = world_last(w, &type_approvals_command_accepted);
    ck_assert_view(answer->detail, "granted");
    ck_assert_uint_eq(world_count(w, &type_authorization_granted), 1);
    ck_assert_uint_eq(world_count(w, &type_authorization_committed), 0);
    case_figures(w, 0, 101, 0);
    ck_assert_int_eq(case_posting(w, "order/o1/1/commit")->number, 2);
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_COMMITTED);
    ck_assert_ptr_nonnull(strstr(receipt_of(w, "1/approve/2/dan")->receipt.at, "\"granted\""));
    ck_assert_view(case_yes(w, "o1", "dan", "d2"), ""); /* said already: nothing changes */
    ck_assert_view(case_no(w, "o1", "cat", "c1"), "approval_closed");
    ck_assert_int_eq(case_account(w)->posting_count, 2);
    ASK(w, release, case_step("o1", 1, "cancelled"), released);
    case_figures(w, 0, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(no_gives_back_what_was_only_held)
{
    struct world *w = ruled_world();
    ASK(w, request, early("o1", 101), pending);
    ck_assert_view(case_no(w, "o1", "bob", "b1"), "");
    case_figures(w, 0, 0, 0);
    ck_assert_int_eq(case_posting(w, "order/o1/1/release")->change.reserved, -EUROS(101));
    ck_assert(case_posting(w, "order/o1/1/commit") == NULL);
    ASK(w, request, early("o2", 101), pending);
    ASK(w, release, case_step("o2", 1, "cancelled"), released);
    ck_assert_view(case_yes(w, "o2", "bob", "b2"), "approval_closed");
    case_figures(w, 0, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(what_is_refused_or_tried_commits_nothing)
{
    struct world *w = case_world(case_put("k"));
    CODE(ASK(w, request, early("o1", 2000), refused), "credit_exceeded");
    struct authorization_request r = early("o2", 100);
    r.dry_run = true;
    ASK(w, request, r, granted);
    ck_assert(case_row(w, "o2") == NULL);
    r = early("o1", 500); /* a later version may follow what was refused */
    r.version = 2;
    ASK(w, request, r, granted);
    r.version = 3;
    CODE(ASK(w, request, r, refused), "authorization_open");
    case_figures(w, 0, 500, 0);
    ASK(w, request, early("o3", 0), granted); /* nothing to pay, nothing to post */
    ck_assert_int_eq(case_row(w, "o3")->state, AUTHORIZATION_COMMITTED);
    ck_assert_int_eq(case_account(w)->posting_count, 2);
    world_free(w);
}
END_TEST

static Suite *commit_suite(void)
{
    const TTest *const tests[] = {
        granted_is_committed,
        the_receipt_is_of_the_grant,
        each_repeat_answers_and_changes_nothing,
        it_is_given_back_once,
        it_is_reduced_and_settled,
        the_last_yes_commits,
        no_gives_back_what_was_only_held,
        what_is_refused_or_tried_commits_nothing,
    };
    return unit_suite("approvals commit", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(commit_suite)
