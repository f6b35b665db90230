/* rules: which rules of an account an order meets, what they ask together, and who may say yes
 * (F12, F13, F16). Pure. */
#ifndef SERVICES_APPROVALS_RULES_H
#define SERVICES_APPROVALS_RULES_H

#include "services/approvals/hierarchy.h"

/* Bounds of what all active rules of an account ask together: an order keeps at most so many yeses,
 * and a tier's roles are counted in the bits of one word. */
enum {
    RULE_COUNT_MAX = 100,
    TIER_ROLE_COUNT_MAX = 32,
    FLOW_ROLE_COUNT_MAX = 64,
    APPROVER_TOLD_COUNT_MAX = 50,
    EXPIRE_SECONDS_DEFAULT = 72 * 3600
};

struct rule_verdict {
    const struct approval_rule *rule;
    bool matched;
    const char *why;
};

/* An order as the rules see it. */
struct rule_case {
    const struct charter *charter;
    struct unit_path path;
    struct money total;
    struct str buyer, principal, sales_rep; /* never approvers; STR_NONE: nobody */
};

struct rule_verdict rule_judge(const struct approval_rule *rule, const struct rule_case *c);

/* What several rules ask, merged tier by tier: the roles are united, the shortest time holds. */
struct flow {
    struct flow_tier tiers[TIER_COUNT_MAX];
    size_t count;
    size_t role_count; /* of all tiers */
};
/* False, when a tier would have more roles than TIER_ROLE_COUNT_MAX, or the flow more than
 * FLOW_ROLE_COUNT_MAX. */
bool flow_add(struct flow *flow, const struct approval_rule *rule, struct arena *a) MUST_CHECK;

/* May this user say yes in this role to this order? */
bool user_may_approve(const struct rule_case *c, const struct account_user *user, struct str role);

/* Can the tier's open roles be filled, each by another person that has not filled one yet? */
bool tier_fillable(const struct rule_case *c, const struct flow_tier *tier, struct arena *a);
/* A role of the tier that nobody may fill, or one of those that too few people share; STR_NONE
 * when it is fillable. */
struct str tier_blocked_role(const struct rule_case *c, const struct flow_tier *tier,
                             struct arena *a);
/* Users who could fill an open role now, at most APPROVER_TOLD_COUNT_MAX, in the account's order.
 */
size_t tier_approvers(const struct rule_case *c, const struct flow_tier *tier, struct arena *a,
                      struct str **out);

/* Which role of the tier this user would fill with a yes: the first open one that they have and
 * that leaves the others fillable; else the first open one that they have. GROUP_NONE: none. */
#define GROUP_NONE SIZE_MAX
size_t tier_choose(const struct rule_case *c, const struct flow_tier *tier, struct str user,
                   struct arena *a);
/* A role of the tier, open or not, that this user may speak for (to say no). */
size_t tier_voice(const struct rule_case *c, const struct flow_tier *tier, struct str user);
bool tier_filled_by(const struct flow_tier *tier, struct str user);
bool tier_complete(const struct flow_tier *tier);

#endif
