/* fold_notifications: the announcement of one sub-order of two lines. */
#include "services/notifications/notifications.h"
#include "services/notifications/rows.h"
#include "tests/bench/count.h"
#include "tests/unit/world.h"

static void clean_order(struct world *w, const char *order)
{
    struct fulfilment_line lines[] = {
        {.line = 1, .sku = STR("a"), .quantity = {5 * MICRO, "C62"}},
        {.line = 2, .sku = STR("b"), .quantity = {2 * MICRO, "C62"}},
    };
    struct fulfilment body = {.partner = STR("acme"),
                              .order = str_of(order),
                              .sub_order = 1,
                              .node = STR("acme/main"),
                              .account = STR("buyer"),
                              .currency = STR("EUR"),
                              .version = 1,
                              .lines = lines,
                              .lines_count = ARRAY_LEN(lines)};
    ck_assert_int_eq(world_event(w, &type_fulfilment_announce, &body), FOLD_DONE);
    ck_assert_ptr_nonnull(world_last(w, &type_fulfilment_ordered));
}

START_TEST(notifications)
{
    struct world *w = world_new(&notifications_service);
    const char *names[] = {"o1", "o2"};
    size_t next = 0;
    COUNT_SECOND("notifications", clean_order(w, names[next++]));
    world_free(w);
}
END_TEST

COUNT_MAIN(notifications)
