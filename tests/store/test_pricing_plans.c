/* test_pricing_plans: how the rows of pricing are looked up and written. */
#include "services/pricing/pricing.h"
#include "tests/store/plans.h"

PLANS_MAIN(pricing)
