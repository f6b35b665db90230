/* orders: a line is kept in parts; none of its members is forgotten, none is kept twice. */
#include "services/orders/rows.h"
#include "tests/unit/unit.h"

static size_t times_kept(const struct member *m)
{
    static const struct shape *const parts[] = {&line_submitted_shape, &line_amounts_shape,
                                                &line_state_shape};
    size_t times = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        for (size_t k = 0; k < parts[i]->member_count; k++) {
            const struct member *kept = &parts[i]->members[k];
            if (kept->offset != m->offset)
                continue;
            ck_assert_str_eq(kept->name, m->name);
            ck_assert_int_eq(kept->kind, m->kind);
            ck_assert_int_eq(kept->need, m->need);
            ck_assert_msg(kept->kind == SHAPE_ENUM || kept->max >= m->max, "%s", m->name);
            times++;
        }
    return times;
}

START_TEST(each_member_of_a_line_is_kept_once)
{
    for (size_t i = 0; i < order_line_shape.member_count; i++)
        ck_assert_msg(times_kept(&order_line_shape.members[i]) == 1, "%s",
                      order_line_shape.members[i].name);
    ck_assert_uint_eq(order_line_shape.member_count, line_submitted_shape.member_count +
                                                         line_amounts_shape.member_count +
                                                         line_state_shape.member_count);
}
END_TEST

static Suite *orders_parts_suite(void)
{
    const TTest *const tests[] = {each_member_of_a_line_is_kept_once};
    return unit_suite("orders_parts", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(orders_parts_suite)
