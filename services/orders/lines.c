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

static const struct reason more_reasons = {
    .code = {"more_reasons", sizeof "more_reasons" - 1},
    .text = {"There is more than has room here.", sizeof "There is more than has room here." - 1},
    .remedy = {"Look at the codes of the lines.", sizeof "Look at the codes of the lines." - 1}};

/* False when it had no room: then the last one says so. */
static bool reason_push(struct order_row *row, const struct reason *reason, size_t *size)
{
    if (row->reasons_count > 0 &&
        str_eq(row->reasons[row->reasons_count - 1].code, more_reasons.code))
        return false;
    struct reason kept = *reason;
    kept.text = text_cut(kept.text, REASON_TEXT_SIZE_MAX);
    bool room = *size + reason_size(&kept) + reason_size(&more_reasons) <= REASONS_SIZE_MAX;
    *size += reason_size(&kept);
    row->reasons[row->reasons_count++] = room ? kept : more_reasons;
    return room;
}

void reasons_add(struct saga *s, const struct reason *reasons, size_t count)
{
    struct order_row *row = s->row;
    struct reason *all = arena_array(s->arena, struct reason, row->reasons_count + count);
    size_t size = 0;
    for (size_t i = 0; i < row->reasons_count; i++) {
        all[i] = row->reasons[i];
        size += reason_size(&all[i]);
    }
    row->reasons = all;
    for (size_t i = 0; i < count && reason_push(row, &reasons[i], &size); i++)
        continue;
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
