/* test_catalog_plans: how the rows of catalog are looked up and written. */
#include "services/catalog/catalog.h"
#include "tests/store/plans.h"

PLANS_MAIN(catalog)
