/* approvals flow: who says yes, in which order, and what the clock does (F12, F13, F16). */
#include "tests/unit/approvals_case.h"

#define CODE(told, text) ck_assert_view((told)->reasons[0].code, text)
#define HOURS(n)         ((int64_t)(n)*MICROSECONDS_PER_HOUR)

static struct rule_tier two_tiers[] = {{role_approver, 1}, {role_finance, 1}};
static struct rule_tier one_tier_both[] = {{roles_both, 2}};
static struct rule_tier one_tier[] = {{role_approver, 1}};
static struct rule_tier owner_tier[] = {{role_owner, 1}};

/* A company where more than 100 needs these tiers. */
static struct world *ruled_world(struct rule_tier *tiers, size_t count)
{
    struct approval_rule rule = {
        .rule = STR("big"), .over = eur(100), .tiers = tiers, .tiers_count = count};
    struct account_put put = case_put("k");
    put.rules = &rule;
    put.rules_count = 1;
    return case_world(put);
}

static void wait_hours(struct world *w, int64_t hours, int fired)
{
    world_time_set(w, instant_plus_us(world_time(w), HOURS(hours)));
    ck_assert_int_eq(world_timers_run(w), fired);
}

START_TEST(small_orders_ask_nobody)
{
    struct world *w = ruled_world(two_tiers, 2);
    ASK(w, request, case_request("o1", 100), granted);
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

START_TEST(tiers_complete_in_their_order)
{
    struct world *w = ruled_world(two_tiers, 2);
    const struct authorization_told *told = ASK(w, request, case_request("o1", 101), pending);
    ck_assert_uint_eq(told->waiting_count, 1);
    ck_assert_int_eq(told->waiting[0].tier, 1);
    ck_assert_uint_eq(told->waiting[0].roles_count, 1);
    ck_assert_view(told->waiting[0].roles[0], "approver");
    ck_assert_uint_eq(told->waiting[0].approvers_count, 3); /* eve, cat, bob; never ann */
    ck_assert_int_eq(told->expires_at.at, world_time(w).at + HOURS(72));
    case_figures(w, 101, 0, 0); /* held before anybody said yes */
    ck_assert_uint_eq(world_timer_count(w), 2);
    CODE(ASK(w, commit, case_step("o1", 1, NULL), refused), "authorization_pending");
    ck_assert_view(case_yes(w, "o1", "dan", "d1"), "approver_denied"); /* tier 2 is not asked yet */
    ck_assert_view(case_yes(w, "o1", "bob", "b1"), "");
    told = world_last(w, &type_authorization_pending);
    ck_assert_int_eq(told->waiting[0].tier, 2);
    ck_assert_uint_eq(told->approvals_count, 1);
    ck_assert_view(told->approvals[0].user, "bob");
    ck_assert_view(told->approvals[0].role, "approver");
    ck_assert_view(case_yes(w, "o1", "bob", "b2"), ""); /* said already: nothing changes */
    ck_assert_uint_eq(case_row(w, "o1")->approvals_count, 1);
    ck_assert_view(case_yes(w, "o1", "dan", "d2"), "");
    told = world_last(w, &type_authorization_granted);
    ck_assert_uint_eq(told->approvals_count, 2);
    ck_assert_int_eq(told->approvals[1].tier, 2);
    ck_assert_uint_eq(world_timer_count(w), 0);
    ck_assert_view(case_yes(w, "o1", "dan", "d3"), "");
    ck_assert_view(case_yes(w, "o1", "cat", "c1"), "approval_closed");
    ck_assert_view(case_no(w, "o1", "cat", "c2"), "approval_closed");
    case_figures(w, 101, 0, 0);
    ASK(w, commit, case_step("o1", 1, NULL), committed);
    ck_assert_int_eq(case_row(w, "o1")->receipt_count, 3);
    world_free(w);
}
END_TEST

START_TEST(nobody_approves_their_own_order)
{
    struct world *w = ruled_world(one_tier, 1);
    struct authorization_request r = case_request("o1", 200);
    r.buyer = r.principal = STR("eve");
    const struct authorization_told *told = ASK(w, request, r, pending);
    ck_assert_uint_eq(told->waiting[0].approvers_count, 2); /* cat and bob */
    ck_assert_view(case_yes(w, "o1", "eve", "1"), "approver_denied");
    ck_assert_view(case_no(w, "o1", "eve", "2"), "approver_denied");
    r = case_request("o2", 200);
    r.principal = r.sales_rep = STR("bob"); /* a rep acting for ann */
    ASK(w, request, r, pending);
    ck_assert_view(case_yes(w, "o2", "bob", "3"), "approver_denied");
    ck_assert_view(case_yes(w, "o2", "leo", "4"), "approver_denied"); /* of a unit below */
    ck_assert_view(case_yes(w, "o2", "ivy", "5"), "approver_denied"); /* inactive */
    ck_assert_view(case_yes(w, "o2", "zoe", "6"), "approver_denied"); /* unknown */
    ck_assert_view(case_yes(w, "o2", "eve", "7"), "");
    world_free(w);
}
END_TEST

START_TEST(one_person_fills_one_role_of_a_tier)
{
    struct world *w = ruled_world(one_tier_both, 1);
    ASK(w, request, case_request("o1", 200), pending);
    ck_assert_view(case_yes(w, "o1", "cat", "1"), "");
    const struct authorization_told *told = world_last(w, &type_authorization_pending);
    ck_assert_uint_eq(told->waiting[0].roles_count, 1);
    ck_assert_view(case_yes(w, "o1", "cat", "2"), "approver_denied");
    struct str left = told->waiting[0].roles[0];
    ck_assert_view(left, "finance");
    ck_assert_view(case_yes(w, "o1", "bob", "3"), "approver_denied"); /* not finance */
    ck_assert_view(case_yes(w, "o1", "dan", "4"), "");
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_GRANTED);
    world_free(w);
}
END_TEST

START_TEST(a_filled_tier_repeats_for_who_has_no_other_role)
{
    struct world *w = ruled_world(one_tier_both, 1);
    ASK(w, request, case_request("o1", 200), pending);
    ck_assert_view(case_yes(w, "o1", "bob", "1"), "");
    ck_assert_view(case_yes(w, "o1", "bob", "2"), "");
    ck_assert_uint_eq(case_row(w, "o1")->approvals_count, 1);
    world_free(w);
}
END_TEST

START_TEST(no_approver_is_no_order)
{
    struct world *w = ruled_world(owner_tier, 1);
    const struct authorization_told *told = ASK(w, request, case_request("o1", 200), refused);
    CODE(told, "blocked_no_approver");
    case_figures(w, 0, 0, 0);
    ck_assert_uint_eq(world_timer_count(w), 0);
    world_free(w);
}
END_TEST

START_TEST(a_yes_binds_to_what_was_seen)
{
    struct world *w = ruled_world(one_tier, 1);
    ASK(w, request, case_request("o1", 200), pending);
    struct approval_decide d = case_decision("o1", "bob", "1");
    d.content_hash = STR(HASH_NEW);
    ck_assert_view(case_say(w, &type_approval_approve, d), "approval_stale");
    ck_assert_view(case_say(w, &type_approval_reject, d), "approval_stale");
    struct authorization_request r = case_request("o1", 150);
    r.version = 2;
    r.content_hash = STR(HASH_NEW);
    ASK(w, reduce, r, reduced);
    ck_assert_view(case_yes(w, "o1", "bob", "2"), "approval_stale");
    d.idempotency_key = STR("3");
    ck_assert_view(case_say(w, &type_approval_approve, d), "");
    const struct authorization_told *told = world_last(w, &type_authorization_granted);
    ck_assert_int_eq(told->version, 2);
    case_figures(w, 150, 0, 0);
    world_free(w);
}
END_TEST

START_TEST(one_no_ends_it)
{
    struct world *w = ruled_world(two_tiers, 2);
    ASK(w, request, case_request("o1", 200), pending);
    ck_assert_view(case_no(w, "o1", "dan", "1"), "approver_denied"); /* not this tier */
    struct approval_decide d = case_decision("o1", "bob", "2");
    d.comment = STR("too dear");
    ck_assert_view(case_say(w, &type_approval_reject, d), "");
    const struct authorization_told *told = world_last(w, &type_authorization_rejected);
    CODE(told, "approval_rejected");
    ck_assert_view(told->reasons[0].text, "too dear");
    ck_assert_view(told->approvals[0].decision, "rejected");
    ck_assert_view(told->cause, "rejected");
    case_figures(w, 0, 0, 0);
    ck_assert_uint_eq(world_timer_count(w), 0);
    ck_assert_view(case_no(w, "o1", "bob", "3"), ""); /* said already */
    ck_assert_view(case_yes(w, "o1", "cat", "4"), "approval_closed");
    told = ASK(w, release, case_step("o1", 1, "rejected"), released);
    ck_assert_str_eq(told->total.currency, "");
    ASK(w, request, case_request("o1", 200), rejected);
    ASK(w, request, case_request("o2", 200), pending);
    ck_assert_view(case_no(w, "o2", "cat", "5"), "");
    told = world_last(w, &type_authorization_rejected);
    ck_assert_view(told->reasons[0].text, "an approver said no");
    world_free(w);
}
END_TEST

START_TEST(the_clock_reminds_then_ends_it)
{
    struct world *w = ruled_world(two_tiers, 2);
    ASK(w, request, case_request("o1", 200), pending);
    wait_hours(w, 35, 0);
    wait_hours(w, 1, 1);
    const struct authorization_told *told = world_last(w, &type_authorization_reminded);
    ck_assert_view(told->waiting[0].roles[0], "approver");
    ck_assert_uint_eq(told->waiting[0].approvers_count, 3);
    ck_assert_view(case_yes(w, "o1", "bob", "1"), ""); /* tier 2: the clock starts anew */
    wait_hours(w, 35, 0);
    wait_hours(w, 1, 1);
    ck_assert_uint_eq(world_count(w, &type_authorization_reminded), 2);
    wait_hours(w, 36, 1);
    told = world_last(w, &type_authorization_expired);
    CODE(told, "approval_expired");
    ck_assert_view(told->cause, "expired");
    case_figures(w, 0, 0, 0);
    ck_assert_view(case_yes(w, "o1", "dan", "2"), "approval_closed"); /* late is never a yes */
    ck_assert_uint_eq(world_count(w, &type_authorization_granted), 0);
    ASK(w, release, case_step("o1", 1, "expired"), released);
    ASK(w, commit, case_step("o1", 1, NULL), expired);
    case_figures(w, 0, 0, 0);
    ck_assert_int_eq(case_account(w)->posting_count, 2);
    world_free(w);
}
END_TEST

START_TEST(a_yes_before_the_end_counts)
{
    struct world *w = ruled_world(one_tier, 1);
    ASK(w, request, case_request("o1", 200), pending);
    world_time_set(w, instant_plus_us(world_time(w), HOURS(72)));
    ck_assert_view(case_yes(w, "o1", "bob", "1"), ""); /* it stood before the timer in the log */
    ck_assert_int_eq(world_timers_run(w), 0);
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_GRANTED);
    world_free(w);
}
END_TEST

START_TEST(a_cancel_ends_the_asking)
{
    struct world *w = ruled_world(one_tier, 1);
    ASK(w, request, case_request("o1", 200), pending);
    ASK(w, request, case_request("o1", 200), pending); /* repeated: told again */
    ASK(w, release, case_step("o1", 1, "cancelled"), released);
    ck_assert_uint_eq(world_timer_count(w), 0);
    case_figures(w, 0, 0, 0);
    ck_assert_view(case_yes(w, "o1", "bob", "1"), "approval_closed");
    ck_assert_view(case_yes(w, "nope", "bob", "2"), "authorization_unknown");
    world_free(w);
}
END_TEST

START_TEST(rules_are_pinned_and_people_are_not)
{
    struct world *w = ruled_world(one_tier, 1);
    ASK(w, request, case_request("o1", 200), pending);
    struct approval_rule gone = {
        .rule = STR("big"), .over = eur(100), .tiers = owner_tier, .tiers_count = 1};
    struct account_user bob = case_users[3];
    struct account_unit moved = {.unit = STR("sales")}; /* out of hq */
    bob.status = STR("inactive");
    struct account_put put = {.account = STR("acme"),
                              .principal = STR("office"),
                              .idempotency_key = STR("k2"),
                              .rules = &gone,
                              .rules_count = 1,
                              .users = &bob,
                              .users_count = 1,
                              .units = &moved,
                              .units_count = 1};
    ck_assert_int_eq(world_command(w, &type_account_put, &put, RIGHT_ACCOUNTS), FOLD_DONE);
    ck_assert_view(case_yes(w, "o1", "bob", "1"), "approver_denied");
    const struct authorization *row = case_row(w, "o1");
    ck_assert_view(row->rules[0].rule, "big");
    ck_assert_int_eq(row->account_version, 1);
    ck_assert_view(row->path[1].unit, "hq"); /* the tree of then */
    ck_assert_view(case_yes(w, "o1", "cat", "2"), "");
    ck_assert_int_eq(case_row(w, "o1")->state, AUTHORIZATION_GRANTED);
    world_free(w);
}
END_TEST

START_TEST(a_dry_run_says_who_would_be_asked)
{
    struct world *w = ruled_world(two_tiers, 2);
    struct authorization_request r = case_request("o1", 200);
    r.dry_run = true;
    const struct authorization_told *told = ASK(w, request, r, pending);
    ck_assert(told->dry_run);
    ck_assert_uint_eq(told->waiting_count, 2);
    ck_assert_view(told->waiting[1].roles[0], "finance");
    ck_assert_uint_eq(told->waiting[1].approvers_count, 2); /* cat, dan */
    ck_assert(case_row(w, "o1") == NULL);
    ck_assert_uint_eq(world_timer_count(w), 0);
    case_figures(w, 0, 0, 0);
    world_free(w);
}
END_TEST

static Suite *flow_suite(void)
{
    const TTest *const tests[] = {small_orders_ask_nobody,
                                  tiers_complete_in_their_order,
                                  nobody_approves_their_own_order,
                                  one_person_fills_one_role_of_a_tier,
                                  a_filled_tier_repeats_for_who_has_no_other_role,
                                  no_approver_is_no_order,
                                  a_yes_binds_to_what_was_seen,
                                  one_no_ends_it,
                                  the_clock_reminds_then_ends_it,
                                  a_yes_before_the_end_counts,
                                  a_cancel_ends_the_asking,
                                  rules_are_pinned_and_people_are_not,
                                  a_dry_run_says_who_would_be_asked};
    return unit_suite("approvals flow", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(flow_suite)
