/* test_notifications_plans: how the rows of notifications are looked up and written. */
#include "services/notifications/notifications.h"
#include "tests/store/plans.h"

PLANS_MAIN(notifications)
