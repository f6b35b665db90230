/* test_orders_plans: how the rows of orders are looked up and written. */
#include "services/orders/orders.h"
#include "tests/store/plans.h"

PLANS_MAIN(orders)
