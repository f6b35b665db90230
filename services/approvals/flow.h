/* flow: what one person's yes or no means for an order that waits (F12, F13, F16). Pure. */
#ifndef SERVICES_APPROVALS_FLOW_H
#define SERVICES_APPROVALS_FLOW_H

#include "services/approvals/rules.h"

enum voice {
    VOICE_NONE = 0,
    VOICE_COUNTS,   /* it fills (yes) or speaks for (no) `group` of the current tier */
    VOICE_REPEATED, /* this person said so before: nothing changes */
    VOICE_REFUSED   /* `fault` says why */
};
struct voice_verdict {
    enum voice voice;
    size_t group;
    struct fault fault;
};

/* auth: NULL when there is none. people: of the authorization, with the charter as it is now. */
struct voice_verdict voice_judge(const struct authorization *auth, const struct rule_case *people,
                                 const struct approval_decide *decision, bool yes, struct arena *a);

#endif
