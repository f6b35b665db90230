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

/* A copy outlives the memory that it was made from, with all parts of its lines. */
START_TEST(a_copy_of_an_order_stands_alone)
{
    struct arena first, second;
    arena_init(&first);
    arena_init(&second);
    struct order_line *lines = arena_array(&first, struct order_line, 2);
    struct order_row row = {.order_id = arena_str(&first, STR("o-1")), .lines = lines};
    row.lines_count = 2;
    for (int i = 0; i < 2; i++) {
        lines[i].line = i + 1;
        lines[i].sku = arena_printf(&first, "sku-%d", i);
        lines[i].price_list = arena_printf(&first, "list-%d", i);
        lines[i].code = arena_printf(&first, "code-%d", i);
    }
    const struct order_row *copy = entity_copy(&orders_entity, &row, &second);
    memset((char *)(uintptr_t)lines[1].price_list.at, 'x', lines[1].price_list.size);
    memset((char *)(uintptr_t)lines[1].sku.at, 'x', lines[1].sku.size);
    arena_release(&first);
    ck_assert_view(copy->order_id, "o-1");
    ck_assert_view(copy->lines[1].sku, "sku-1");
    ck_assert_view(copy->lines[1].price_list, "list-1");
    ck_assert_view(copy->lines[0].code, "code-0");
    ck_assert_int_eq(copy->lines[1].line, 2);
    arena_release(&second);
}
END_TEST

static Suite *orders_parts_suite(void)
{
    const TTest *const tests[] = {each_member_of_a_line_is_kept_once,
                                  a_copy_of_an_order_stands_alone};
    return unit_suite("orders_parts", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(orders_parts_suite)
