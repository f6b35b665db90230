/* rules: matching, merging, and the question who is left to say yes. */
#include "services/approvals/rules.h"

#include <string.h>

struct rule_verdict rule_judge(const struct approval_rule *rule, const struct rule_case *c)
{
    struct rule_verdict verdict = {.rule = rule};
    if (!status_is_active(rule->status))
        verdict.why = "not_active";
    else if (str_present(rule->unit) && !unit_path_has(&c->path, rule->unit))
        verdict.why = "other_unit";
    else if (!money_same_currency(rule->over, c->total))
        verdict.why = "other_currency"; /* cannot be compared: fail closed */
    else
        verdict.why = c->total.micro > rule->over.micro ? "over" : "not_over";
    verdict.matched =
        strcmp(verdict.why, "over") == 0 || strcmp(verdict.why, "other_currency") == 0;
    return verdict;
}

/* --- merging */

static bool tier_has_role(const struct flow_tier *tier, struct str role)
{
    for (size_t i = 0; i < tier->groups_count; i++)
        if (str_eq(tier->groups[i].role, role))
            return true;
    return false;
}

static bool role_add(struct flow *flow, struct flow_tier *tier, struct str role)
{
    if (tier_has_role(tier, role))
        return true;
    if (tier->groups_count == TIER_ROLE_COUNT_MAX || flow->role_count == FLOW_ROLE_COUNT_MAX)
        return false;
    tier->groups[tier->groups_count++] = (struct flow_group){.role = role};
    flow->role_count++;
    return true;
}

static void tier_open(struct flow *flow, size_t index, struct arena *a)
{
    flow->tiers[index] =
        (struct flow_tier){.tier = (int64_t)index + 1,
                           .groups = arena_array(a, struct flow_group, TIER_ROLE_COUNT_MAX)};
    flow->count = index + 1;
}

static bool tier_add(struct flow *flow, struct flow_tier *tier, const struct rule_tier *asked,
                     int64_t expire_seconds)
{
    if (tier->expire_seconds == 0 || expire_seconds < tier->expire_seconds)
        tier->expire_seconds = expire_seconds;
    for (size_t i = 0; i < asked->roles_count; i++)
        if (!role_add(flow, tier, asked->roles[i]))
            return false;
    return true;
}

bool flow_add(struct flow *flow, const struct approval_rule *rule, struct arena *a)
{
    int64_t seconds = rule->expire_seconds > 0 ? rule->expire_seconds : EXPIRE_SECONDS_DEFAULT;
    assert(rule->tiers_count <= TIER_COUNT_MAX);
    for (size_t i = 0; i < rule->tiers_count; i++) {
        if (i == flow->count)
            tier_open(flow, i, a);
        if (!tier_add(flow, &flow->tiers[i], &rule->tiers[i], seconds))
            return false;
    }
    return true;
}

/* --- who */

static bool is_submitter(const struct rule_case *c, struct str user)
{
    return str_eq(user, c->buyer) || str_eq(user, c->principal) || str_eq(user, c->sales_rep);
}

bool user_may_approve(const struct rule_case *c, const struct account_user *user, struct str role)
{
    if (!status_is_active(user->status) || is_submitter(c, user->user))
        return false;
    if (!str_blank(user->unit) && !unit_path_has(&c->path, user->unit))
        return false;
    return user_has_role(user, role);
}

bool tier_filled_by(const struct flow_tier *tier, struct str user)
{
    for (size_t i = 0; i < tier->groups_count; i++)
        if (str_eq(tier->groups[i].user, user))
            return true;
    return false;
}

bool tier_complete(const struct flow_tier *tier)
{
    for (size_t i = 0; i < tier->groups_count; i++)
        if (!str_present(tier->groups[i].user))
            return false;
    return true;
}

/* Bit g: this user could fill open role g now. */
static uint32_t open_mask(const struct rule_case *c, const struct flow_tier *tier,
                          const struct account_user *user)
{
    uint32_t mask = 0;
    if (tier_filled_by(tier, user->user))
        return 0;
    for (size_t g = 0; g < tier->groups_count; g++)
        if (!str_present(tier->groups[g].user) && user_may_approve(c, user, tier->groups[g].role))
            mask |= UINT32_C(1) << g;
    return mask;
}

/* A matching of roles with people (augmenting paths). At most 32 roles, so the recursion, which
 * visits each person once, is at most that deep. */
struct matching {
    const uint32_t *masks; /* by user */
    size_t user_count;
    uint8_t *role_of; /* by user: matched role + 1; 0 = free */
    bool *seen;       /* by user, in this attempt */
};

static bool role_match(struct matching *m, size_t role)
{
    for (size_t u = 0; u < m->user_count; u++) {
        if (m->seen[u] || (m->masks[u] & UINT32_C(1) << role) == 0)
            continue;
        m->seen[u] = true;
        if (m->role_of[u] != 0 && !role_match(m, m->role_of[u] - (size_t)1))
            continue;
        m->role_of[u] = (uint8_t)(role + 1);
        return true;
    }
    return false;
}

struct str tier_blocked_role(const struct rule_case *c, const struct flow_tier *tier,
                             struct arena *a)
{
    const size_t count = c->charter->users_count;
    uint32_t *masks = arena_array(a, uint32_t, count);
    struct matching m = {masks, count, arena_array(a, uint8_t, count), arena_array(a, bool, count)};
    for (size_t u = 0; u < count; u++)
        masks[u] = open_mask(c, tier, &c->charter->users[u]);
    for (size_t g = 0; g < tier->groups_count; g++) {
        for (size_t u = 0; u < count; u++)
            m.seen[u] = false;
        if (!str_present(tier->groups[g].user) && !role_match(&m, g))
            return tier->groups[g].role;
    }
    return STR_NONE;
}

bool tier_fillable(const struct rule_case *c, const struct flow_tier *tier, struct arena *a)
{
    return !str_present(tier_blocked_role(c, tier, a));
}

size_t tier_approvers(const struct rule_case *c, const struct flow_tier *tier, struct arena *a,
                      struct str **out)
{
    size_t count = 0;
    *out = arena_array(a, struct str, APPROVER_TOLD_COUNT_MAX);
    for (size_t u = 0; u < c->charter->users_count && count < APPROVER_TOLD_COUNT_MAX; u++)
        if (open_mask(c, tier, &c->charter->users[u]) != 0)
            (*out)[count++] = c->charter->users[u].user;
    return count;
}

/* Would the tier still be fillable, had this user filled role g? */
static bool fillable_after(const struct rule_case *c, const struct flow_tier *tier, size_t g,
                           struct str user, struct arena *a)
{
    struct flow_tier trial = *tier;
    trial.groups = arena_array(a, struct flow_group, tier->groups_count);
    for (size_t i = 0; i < tier->groups_count; i++)
        trial.groups[i] = tier->groups[i];
    trial.groups[g].user = user;
    return tier_fillable(c, &trial, a);
}

size_t tier_choose(const struct rule_case *c, const struct flow_tier *tier, struct str user,
                   struct arena *a)
{
    const struct account_user *person = user_find(c->charter, user);
    uint32_t mask = person != NULL ? open_mask(c, tier, person) : 0;
    size_t first = GROUP_NONE;
    for (size_t g = 0; g < tier->groups_count; g++) {
        if ((mask & UINT32_C(1) << g) == 0)
            continue;
        if (fillable_after(c, tier, g, user, a))
            return g;
        if (first == GROUP_NONE)
            first = g;
    }
    return first;
}

size_t tier_voice(const struct rule_case *c, const struct flow_tier *tier, struct str user)
{
    const struct account_user *person = user_find(c->charter, user);
    for (size_t g = 0; person != NULL && g < tier->groups_count; g++)
        if (user_may_approve(c, person, tier->groups[g].role))
            return g;
    return GROUP_NONE;
}
