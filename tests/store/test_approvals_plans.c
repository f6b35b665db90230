/* test_approvals_plans: how the rows of approvals are looked up and written. */
#include "services/approvals/approvals.h"
#include "tests/store/plans.h"

PLANS_MAIN(approvals)
