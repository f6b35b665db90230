/* approvals rules: what is asked, and who is left to say yes (F12, F13). */
#include "services/approvals/rules.h"
#include "services/approvals/states.h"
#include "tests/unit/approvals_case.h"

static struct arena arena;

static struct rule_tier one_approver[] = {{role_approver, 1}};
static struct rule_tier one_finance[] = {{role_finance, 1}};
static struct rule_tier approver_then_finance[] = {{role_approver, 1}, {role_finance, 1}};

static struct approval_rule rule_over(int64_t euros, struct rule_tier *tiers, size_t count)
{
    return (struct approval_rule){
        .rule = STR("r"), .over = eur(euros), .tiers = tiers, .tiers_count = count};
}

static struct rule_case in_sales(int64_t euros)
{
    struct rule_case c = {.charter = &case_charter,
                          .total = eur(euros),
                          .buyer = STR("ann"),
                          .principal = STR("ann")};
    ck_assert(unit_path_of(&case_charter, STR("sales"), &c.path));
    return c;
}

START_TEST(a_rule_matches_above_its_amount)
{
    struct approval_rule rule = rule_over(100, one_approver, 1);
    struct rule_case c = in_sales(100);
    ck_assert(!rule_judge(&rule, &c).matched);
    ck_assert_str_eq(rule_judge(&rule, &c).why, "not_over");
    c.total.micro++;
    ck_assert(rule_judge(&rule, &c).matched);
    rule.unit = STR("hq");
    ck_assert(rule_judge(&rule, &c).matched);
    rule.unit = STR("lab"); /* below the order's unit */
    ck_assert_str_eq(rule_judge(&rule, &c).why, "other_unit");
    ck_assert(!rule_judge(&rule, &c).matched);
    rule.unit = STR_NONE;
    rule.status = STR("inactive");
    ck_assert_str_eq(rule_judge(&rule, &c).why, "not_active");
    rule.status = STR("active");
    rule.over = (struct money){.micro = EUROS(5000), .currency = "USD"};
    ck_assert(rule_judge(&rule, &c).matched); /* cannot be compared: fail closed */
    ck_assert_str_eq(rule_judge(&rule, &c).why, "other_currency");
}
END_TEST

START_TEST(rules_merge_tier_by_tier)
{
    struct flow flow = {.count = 0};
    struct approval_rule a = rule_over(1, approver_then_finance, 2),
                         b = rule_over(1, one_finance, 1), c = rule_over(1, one_finance, 1);
    a.expire_seconds = 0;
    b.expire_seconds = 60;
    c.expire_seconds = 90;
    ck_assert(flow_add(&flow, &a, &arena) && flow_add(&flow, &b, &arena));
    ck_assert(flow_add(&flow, &c, &arena));
    ck_assert_uint_eq(flow.count, 2);
    ck_assert_uint_eq(flow.role_count, 3);
    ck_assert_uint_eq(flow.tiers[0].groups_count, 2); /* approver and finance, once each */
    ck_assert_int_eq(flow.tiers[0].expire_seconds, 60);
    ck_assert_int_eq(flow.tiers[1].expire_seconds, 72 * 3600);
    ck_assert_int_eq(flow.tiers[1].tier, 2);
    arena_release(&arena);
}
END_TEST

static bool flow_takes(size_t tiers, size_t roles)
{
    static struct str names[8][40];
    static struct rule_tier wide[8];
    struct flow flow = {.count = 0};
    for (size_t t = 0; t < tiers; t++) {
        for (size_t i = 0; i < roles; i++)
            names[t][i] = arena_printf(&arena, "role%zu", i);
        wide[t] = (struct rule_tier){names[t], roles};
    }
    struct approval_rule rule = rule_over(1, wide, tiers);
    return flow_add(&flow, &rule, &arena);
}

START_TEST(a_flow_has_bounds)
{
    ck_assert(flow_takes(1, 32) && !flow_takes(1, 33));
    ck_assert(flow_takes(2, 32) && flow_takes(8, 8) && !flow_takes(8, 9));
    arena_release(&arena);
}
END_TEST

START_TEST(who_may_say_yes)
{
    static const struct {
        const char *user, *role;
        bool may;
    } rows[] = {
        {"bob", "approver", true}, {"bob", "finance", false},  {"cat", "approver", true},
        {"ann", "buyer", false},   {"leo", "approver", false}, {"ivy", "approver", false},
        {"eve", "approver", true}, {"dan", "finance", true},
    };
    struct rule_case c = in_sales(500);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct account_user *user = user_find(&case_charter, str_of(rows[i].user));
        ck_assert_msg(user_may_approve(&c, user, str_of(rows[i].role)) == rows[i].may, "%s as %s",
                      rows[i].user, rows[i].role);
    }
    const struct account_user *eve = user_find(&case_charter, STR("eve"));
    c.sales_rep = STR("eve");
    ck_assert(!user_may_approve(&c, eve, STR("approver")));
    c.sales_rep = STR_NONE;
    c.buyer = STR("eve");
    ck_assert(!user_may_approve(&c, eve, STR("approver")));
    c.buyer = STR("ann");
    c.principal = STR("eve");
    ck_assert(!user_may_approve(&c, eve, STR("approver")));
}
END_TEST

static struct flow_tier tier_of(const char *const *roles, size_t count)
{
    struct flow_tier tier = {.tier = 1, .expire_seconds = 1, .groups_count = count};
    tier.groups = arena_array(&arena, struct flow_group, count);
    for (size_t i = 0; i < count; i++)
        tier.groups[i].role = str_of(roles[i]);
    return tier;
}

START_TEST(one_person_fills_one_role)
{
    static const char *const both[] = {"approver", "finance"};
    struct account_user users[] = {case_users[2]}; /* cat alone has both */
    struct charter alone = {.users = users, .users_count = 1};
    struct rule_case c = {.charter = &alone, .buyer = STR("ann"), .principal = STR("ann")};
    struct flow_tier tier = tier_of(both, 2);
    ck_assert(!tier_fillable(&c, &tier, &arena));
    ck_assert_view(tier_blocked_role(&c, &tier, &arena), "finance");
    struct account_user two[] = {case_users[2],
                                 {.user = STR("gus"), .roles = role_approver, .roles_count = 1}};
    alone = (struct charter){.users = two, .users_count = 2};
    ck_assert(tier_fillable(&c, &tier, &arena));
    /* cat stands first, but must be kept for finance: nobody else has it */
    ck_assert_uint_eq(tier_choose(&c, &tier, STR("cat"), &arena), 1);
    ck_assert_uint_eq(tier_choose(&c, &tier, STR("gus"), &arena), 0);
    ck_assert_uint_eq(tier_choose(&c, &tier, STR("eve"), &arena), GROUP_NONE);
    tier.groups[1].user = STR("cat");
    ck_assert(tier_filled_by(&tier, STR("cat")) && !tier_complete(&tier));
    ck_assert_uint_eq(tier_choose(&c, &tier, STR("cat"), &arena), GROUP_NONE);
    ck_assert_uint_eq(tier_voice(&c, &tier, STR("cat")), 0);
    ck_assert_uint_eq(tier_voice(&c, &tier, STR("eve")), GROUP_NONE);
    tier.groups[0].user = STR("gus");
    ck_assert(tier_complete(&tier) && tier_fillable(&c, &tier, &arena));
    arena_release(&arena);
}
END_TEST

START_TEST(a_hopeless_tier_still_takes_a_yes)
{
    static const char *const wanted[] = {"approver", "owner"};
    struct rule_case c = in_sales(500);
    struct flow_tier tier = tier_of(wanted, 2);
    ck_assert_view(tier_blocked_role(&c, &tier, &arena), "owner");
    ck_assert_uint_eq(tier_choose(&c, &tier, STR("bob"), &arena), 0);
    /* both roles are theirs, neither helps: the first */
    struct str roles[] = {STR("x"), STR("y")};
    static const char *const three[] = {"x", "y", "owner"};
    struct account_user users[] = {{.user = STR("max"), .roles = roles, .roles_count = 2}};
    struct charter alone = {.users = users, .users_count = 1};
    c.charter = &alone;
    tier = tier_of(three, 3);
    ck_assert_uint_eq(tier_choose(&c, &tier, STR("max"), &arena), 0);
    arena_release(&arena);
}
END_TEST

START_TEST(people_change_places_to_make_room)
{
    static const char *const three[] = {"a", "b", "c"};
    struct str ab[] = {STR("a"), STR("b")}, ac[] = {STR("a"), STR("c")}, a[] = {STR("a")};
    struct account_user users[] = {{.user = STR("1"), .roles = ab, .roles_count = 2},
                                   {.user = STR("2"), .roles = ac, .roles_count = 2},
                                   {.user = STR("3"), .roles = a, .roles_count = 1}};
    struct charter charter = {.users = users, .users_count = 3};
    struct rule_case c = {.charter = &charter};
    struct flow_tier tier = tier_of(three, 3);
    ck_assert(tier_fillable(&c, &tier, &arena));
    charter.users_count = 2;
    ck_assert(!tier_fillable(&c, &tier, &arena));
    arena_release(&arena);
}
END_TEST

START_TEST(approvers_told_are_bounded)
{
    static const char *const one[] = {"approver"};
    static struct account_user users[60];
    struct str *told = NULL;
    for (size_t i = 0; i < ARRAY_LEN(users); i++)
        users[i] = (struct account_user){
            .user = arena_printf(&arena, "u%zu", i), .roles = role_approver, .roles_count = 1};
    struct charter charter = {.users = users, .users_count = ARRAY_LEN(users)};
    struct rule_case c = {.charter = &charter};
    struct flow_tier tier = tier_of(one, 1);
    ck_assert_uint_eq(tier_approvers(&c, &tier, &arena, &told), 50);
    struct rule_case sales = in_sales(1);
    ck_assert_uint_eq(tier_approvers(&sales, &tier, &arena, &told), 3); /* eve, cat, bob */
    ck_assert_view(told[0], "eve");
    arena_release(&arena);
}
END_TEST

START_TEST(the_state_table_is_total)
{
    for (int s = 0; s < AUTHORIZATION_STATE_COUNT; s++)
        for (int c = 0; c < AUTHORIZATION_CAUSE_COUNT; c++) {
            const struct transition *t =
                transition_of((enum authorization_state)s, (enum authorization_cause)c);
            ck_assert((t->action == ACTION_REFUSE) == (t->code != NULL));
            ck_assert((t->action == ACTION_MOVE) == (t->to[0] != AUTHORIZATION_NONE));
        }
    ck_assert_str_eq(authorization_cause_names[CAUSE_EXPIRY], "expiry");
}
END_TEST

static Suite *rules_suite(void)
{
    const TTest *const tests[] = {a_rule_matches_above_its_amount,
                                  rules_merge_tier_by_tier,
                                  a_flow_has_bounds,
                                  who_may_say_yes,
                                  one_person_fills_one_role,
                                  a_hopeless_tier_still_takes_a_yes,
                                  people_change_places_to_make_room,
                                  approvers_told_are_bounded,
                                  the_state_table_is_total};
    return unit_suite("approvals rules", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(rules_suite)
