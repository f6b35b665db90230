/* size: every event of an order that was taken fits into one record, whatever others say later.
 * What others may say at length is cut in the row (the events that bring it keep it whole), and an
 * order whose own texts and lines are too many is refused while nothing is held for it. */
#include "services/orders/saga.h"

#include <string.h>

#include "common/limits.h"

enum {
    HEADERS_SIZE = 4 * 1024, /* of a record: ids, times, trace */
    APPROVAL_COUNT = 64,     /* decisions of people on one order */
    APPROVAL_SIZE = 512 + COMMENT_SIZE_MAX,
    REASON_FRAME_SIZE = 128 /* member names, quotes, the line number */
};

static const char too_large_text[] = "What follows from the order would not fit into one event.";
static const char too_large_remedy[] = "Send it as two orders, or with shorter texts.";
const struct reason reason_too_large = {.code = {"too_large", sizeof "too_large" - 1},
                                        .path = {"/lines", sizeof "/lines" - 1},
                                        .text = {too_large_text, sizeof too_large_text - 1},
                                        .remedy = {too_large_remedy, sizeof too_large_remedy - 1}};

/* Stands for whichever code a line will get: the longest that its shape takes. */
#define CODE_64 "----------------------------------------------------------------"
static const struct str widest_code = {CODE_64, sizeof CODE_64 - 1};

/* --- texts */

/* Bytes that one byte of a text takes in JSON. */
static size_t byte_size(char c)
{
    if (c == '"' || c == '\\')
        return 2;
    return (unsigned char)c < ' ' ? sizeof "\\u0000" - 1 : 1;
}

static size_t json_size(struct str text)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++)
        size += byte_size(text.at[i]);
    return size;
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

struct str text_cut(struct str text, size_t size_max)
{
    size_t taken = 0, size = 0;
    while (taken < text.size && size + byte_size(text.at[taken]) <= size_max)
        size += byte_size(text.at[taken++]);
    while (taken > 0 && taken < text.size && inside_character(text.at[taken]))
        taken--;
    return (struct str){text.at, taken};
}

size_t reason_size(const struct reason *reason)
{
    return REASON_FRAME_SIZE + json_size(reason->code) + json_size(reason->path) +
           json_size(reason->text) + json_size(reason->remedy);
}

/* --- the largest snapshot */

static struct str filler(struct arena *a, size_t size)
{
    char *text = arena_alloc(a, size);
    memset(text, 'x', size);
    return (struct str){text, size};
}

/* As wide as any amount up to this one can become: shares of it are of the same step. */
static int64_t widest(int64_t micro, int64_t step)
{
    return micro - micro % MICRO + MICRO - step;
}

static struct money money_widest(const struct order_row *row, int64_t micro)
{
    return row_money(row, widest(micro, amount_step(row, micro)));
}

static void line_widen(const struct order_row *row, struct order_line *l)
{
    struct quantity all = l->ordered;
    all.micro = widest(all.micro, 1);
    l->state = LINE_PENDING_APPROVAL; /* the longest name */
    l->quantity = l->shipped = l->delivered = all;
    l->sub_order = ORDER_LINE_COUNT_MAX;
    l->code = widest_code;
    if (!row->priced)
        return;
    int64_t step = amount_step(row, l->gross.micro), net = amount_step(row, l->net.micro);
    int64_t most = widest(l->gross.micro, step < net ? step : net);
    l->gross.micro = l->discount.micro = l->net.micro = most;
}

/* One for each node, as at confirm. */
static void sub_orders_widen(struct order_row *row, struct arena *a)
{
    struct str longest = filler(a, SHIPMENT_SIZE_MAX);
    row->sub_orders = arena_array(a, struct sub_order, row->lines_count);
    row->sub_orders_count = 0;
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        size_t at = 0;
        while (at < row->sub_orders_count && !str_eq(row->sub_orders[at].node, l->node))
            at++;
        if (at < row->sub_orders_count)
            continue;
        row->sub_orders[row->sub_orders_count++] =
            (struct sub_order){.sub_order = ORDER_LINE_COUNT_MAX,
                               .seller = l->seller,
                               .node = l->node,
                               .state = STR("pending_approval"),
                               .subtotal = money_widest(row, row->total),
                               .charges = money_widest(row, row->total),
                               .total = money_widest(row, row->total),
                               .carrier = longest,
                               .tracking = longest};
    }
}

bool order_fits(const struct saga *s)
{
    if (s->row->lines_count <= LINES_ALWAYS_FIT)
        return true;
    struct order_row most = *s->row;
    most.lines = arena_array(s->arena, struct order_line, most.lines_count);
    for (size_t i = 0; i < most.lines_count; i++) {
        most.lines[i] = s->row->lines[i];
        line_widen(s->row, &most.lines[i]);
    }
    sub_orders_widen(&most, s->arena);
    most.reasons_count = most.approvals_count = 0;
    most.confirmed_at = most.closed_at = most.recorded_at;
    most.receipt_hash = filler(s->arena, SHA256_SIZE * 2);
    memset(most.content_hash.bytes, 1, SHA256_SIZE);
    size_t size = snapshot_text(&(struct saga){.row = &most, .arena = s->arena}).size;
    return size + REASONS_SIZE_MAX + APPROVAL_COUNT * APPROVAL_SIZE + HEADERS_SIZE <=
           EVENT_SIZE_MAX;
}
