/* accounts: what account.put makes of an account: everything is checked first, then all of it is
 * taken or nothing. Pure. */
#ifndef SERVICES_APPROVALS_ACCOUNTS_H
#define SERVICES_APPROVALS_ACCOUNTS_H

#include "services/approvals/rules.h"

struct account_draft {
    struct account account;
    struct charter charter;
    struct fault fault; /* why it is refused */
};

/* account, charter: as they stand, NULL when the account is new. False: out->fault says what is
 * wrong, the rest of *out is not to be used. Codes: member_missing currency_fixed currency_unknown
 * currency_mismatch value_unknown item_duplicate list_too_long unit_unknown unit_cycle
 * unit_too_deep rules_too_wide. */
bool account_draft_of(const struct account *account, const struct charter *charter,
                      const struct account_put *put, struct arena *a,
                      struct account_draft *out) MUST_CHECK;

#endif
