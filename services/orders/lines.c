/* lines: lines and reasons of an order. */
#include "services/orders/saga.h"

struct order_line *line_find(struct order_row *row, int64_t number)
{
    for (size_t i = 0; i < row->lines_count; i++)
        if (row->lines[i].line == number)
            return &row->lines[i];
    return NULL;
}

struct str line_path(const struct saga *s, const struct order_line *line, const char *member)
{
    return arena_printf(s->arena, "/lines/%zu%s", (size_t)(line - s->row->lines), member);
}

void reasons_add(struct saga *s, const struct reason *reasons, size_t count)
{
    struct order_row *row = s->row;
    struct reason *all = arena_array(s->arena, struct reason, row->reasons_count + count);
    for (size_t i = 0; i < row->reasons_count; i++)
        all[i] = row->reasons[i];
    for (size_t i = 0; i < count; i++)
        all[row->reasons_count + i] = reasons[i];
    row->reasons = all;
    row->reasons_count += count;
}

void reason_add(struct saga *s, const struct reason *reason)
{
    reasons_add(s, reason, 1);
}

void state_set(struct order_row *row)
{
    row->state = order_state_of(row);
    for (size_t i = 0; i < row->sub_orders_count; i++) {
        struct sub_order *sub = &row->sub_orders[i];
        sub->state = str_of(order_state_names[sub_order_state_of(row, sub->sub_order)]);
    }
}
