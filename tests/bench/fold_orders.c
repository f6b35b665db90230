/* fold_orders: one order of two lines from submit to confirmed. */
#include "tests/bench/count.h"
#include "tests/unit/orders_world.h"

static void clean_order(struct world *w)
{
    struct order_submit o = two_lines();
    submit(w, &o);
    price(w);
    grant(w);
    reserve(w, "maker/a");
    reserve(w, "shop/x");
    ck_assert_int_eq(order_row(w)->state, ORDER_CONFIRMED);
}

START_TEST(orders)
{
    struct world *worlds[] = {orders_world(), orders_world()}; /* it is the same order twice */
    size_t next = 0;
    COUNT_SECOND("orders", clean_order(worlds[next++]));
    world_free(worlds[0]);
    world_free(worlds[1]);
}
END_TEST

COUNT_MAIN(orders)
