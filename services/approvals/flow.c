/* flow: judging a person's decision. */
#include "services/approvals/flow.h"

static struct voice_verdict refused(const char *code, const char *path, const char *text,
                                    const char *remedy)
{
    return (struct voice_verdict){
        .voice = VOICE_REFUSED,
        .fault = {
            .code = code, .path = str_of(path), .text = str_of(text), .remedy = str_of(remedy)}};
}

static bool said_before(const struct authorization *auth, struct str user, bool yes)
{
    const char *decision = yes ? "approved" : "rejected";
    for (size_t i = 0; i < auth->approvals_count; i++)
        if (str_eq(auth->approvals[i].user, user) && str_is(auth->approvals[i].decision, decision))
            return true;
    return false;
}

static struct voice_verdict closed(enum authorization_state state)
{
    if (state == AUTHORIZATION_NONE)
        return refused("authorization_unknown", "/order",
                       "nothing of this order waits for a decision in this account",
                       "look up what waits: approval list");
    return refused("approval_closed", "/order", "the order does not wait for a decision any more",
                   "look at the order's state; a closed decision is not changed");
}

static bool is_submitter(const struct rule_case *people, struct str user)
{
    return str_eq(user, people->buyer) || str_eq(user, people->principal) ||
           str_eq(user, people->sales_rep);
}

static struct voice_verdict denied(const struct rule_case *people, struct str user)
{
    if (is_submitter(people, user))
        return refused("approver_denied", "/principal",
                       "who submitted the order, or acts for them, can never decide on it",
                       "ask another person who has the role");
    return refused("approver_denied", "/principal",
                   "this person does not have a role that is asked for now, in a unit at or above "
                   "the order's",
                   "ask one of the approvers named by approval list");
}

/* They filled a role of this tier, and have another one that is still open. */
static bool wants_second_role(const struct rule_case *people, const struct flow_tier *tier,
                              struct str user)
{
    const struct account_user *person = user_find(people->charter, user);
    for (size_t g = 0; person != NULL && g < tier->groups_count; g++)
        if (!str_present(tier->groups[g].user) &&
            user_may_approve(people, person, tier->groups[g].role))
            return true;
    return false;
}

static struct voice_verdict no_role_left(const struct authorization *auth,
                                         const struct rule_case *people,
                                         const struct flow_tier *tier, struct str user)
{
    if (tier_filled_by(tier, user) && wants_second_role(people, tier, user))
        return refused("approver_denied", "/principal",
                       "one person fills one role of a tier, and this one did already",
                       "ask another person who has the role that is still open");
    if (said_before(auth, user, true))
        return (struct voice_verdict){.voice = VOICE_REPEATED};
    return denied(people, user);
}

struct voice_verdict voice_judge(const struct authorization *auth, const struct rule_case *people,
                                 const struct approval_decide *decision, bool yes, struct arena *a)
{
    enum authorization_state state = auth != NULL ? auth->state : AUTHORIZATION_NONE;
    const struct transition *t = transition_of(state, yes ? CAUSE_APPROVE : CAUSE_REJECT);
    if (t->action != ACTION_MOVE) {
        if (auth != NULL && said_before(auth, decision->principal, yes))
            return (struct voice_verdict){.voice = VOICE_REPEATED};
        return closed(state);
    }
    assert(auth != NULL && auth->tier >= 1 && (size_t)auth->tier <= auth->tiers_count);
    if (!str_eq(decision->content_hash, auth->content_hash))
        return refused("approval_stale", "/content_hash",
                       "the order is not what this person saw: its content has changed",
                       "look at the order again and decide on its present content_hash");
    const struct flow_tier *tier = &auth->tiers[auth->tier - 1];
    size_t group = yes ? tier_choose(people, tier, decision->principal, a)
                       : tier_voice(people, tier, decision->principal);
    if (group != GROUP_NONE)
        return (struct voice_verdict){.voice = VOICE_COUNTS, .group = group};
    return yes ? no_role_left(auth, people, tier, decision->principal)
               : denied(people, decision->principal);
}
