/* judge: may this order be placed, with whose money, and who must say yes. One decision over all
 * rules, so that a refusal names everything that is wrong and not only the first. Pure. */
#ifndef SERVICES_APPROVALS_JUDGE_H
#define SERVICES_APPROVALS_JUDGE_H

#include "services/approvals/receipt.h"
#include "services/approvals/rules.h"

struct judgement {
    struct reason *reasons; /* none: it may be placed */
    size_t reasons_count;
    struct rule_case people; /* with the path of the order's unit */
    struct str unit;         /* STR_NONE: the account itself */
    struct flow flow;        /* what must be asked; no tier: nothing */
    struct pinned_rule *matched;
    size_t matched_count;
    struct receipt receipt; /* filled but for step, outcome, decided_at, previous */
};

/* account, charter: NULL when unknown. Nothing is changed; the credit is judged, not held. */
void request_judge(const struct account *account, const struct charter *charter,
                   const struct authorization_request *request, struct arena *a,
                   struct judgement *out);

/* The tier as the outside hears it: open roles and who could fill them. */
struct waiting_tier tier_told(const struct rule_case *people, const struct flow_tier *tier,
                              struct arena *a);

struct money money_of(int64_t micro, struct str currency); /* currency: three letters or absent */
struct str currency_of(const struct money *m); /* a view into *m; STR_NONE when absent */

#endif
