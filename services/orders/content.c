/* content: the hashes of an order: of what an approval binds to (F16), and of the command that
 * asked for it (F33). Both are taken of the canonical form of a shape. */
#include "services/orders/saga.h"

#include "common/limits.h"

/* What a person says yes to: lines, prices, terms, ship-to, cost centres, total. */
struct content_line {
    int64_t line;
    struct str sku, seller, node, cost_centre;
    struct quantity quantity;
    struct money unit_price, gross, discount, net;
};
struct content {
    struct str order, account, currency, payment_term;
    struct content_line *lines;
    size_t lines_count;
    struct charge *charges;
    size_t charges_count;
    struct money total;
    struct address *ship_to, *bill_to;
};

static const struct member line_members[] = {
    MEMBER(struct content_line, line, REQUIRED, 0, 0, NULL),
    MEMBER(struct content_line, sku, REQUIRED, 0, 0, NULL),
    MEMBER_AMOUNT(struct content_line, quantity, REQUIRED, 0, DECIMALS_MAX, NULL),
    MEMBER(struct content_line, seller, OPTIONAL, 0, 0, NULL),
    MEMBER(struct content_line, node, OPTIONAL, 0, 0, NULL),
    MEMBER_AMOUNT(struct content_line, unit_price, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct content_line, gross, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct content_line, discount, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER_AMOUNT(struct content_line, net, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct content_line, cost_centre, OPTIONAL, 0, 0, NULL),
};
static const struct shape line_shape =
    SHAPE("content_line", struct content_line, line_members, NULL);
static const struct member members[] = {
    MEMBER(struct content, order, REQUIRED, 0, 0, NULL),
    MEMBER(struct content, account, REQUIRED, 0, 0, NULL),
    MEMBER(struct content, currency, REQUIRED, 0, 0, NULL),
    MEMBER_LIST(struct content, lines, REQUIRED, 0, 0, &line_shape, NULL),
    MEMBER_LIST(struct content, charges, OPTIONAL, 0, 0, &charge_shape, NULL),
    MEMBER_AMOUNT(struct content, total, OPTIONAL, 0, DECIMALS_MAX, NULL),
    MEMBER(struct content, payment_term, OPTIONAL, 0, 0, NULL),
    MEMBER_OBJECT(struct content, ship_to, OPTIONAL, &address_shape, NULL),
    MEMBER_OBJECT(struct content, bill_to, OPTIONAL, &address_shape, NULL),
};
static const struct shape content_shape = SHAPE("content", struct content, members, NULL);

struct sha256 content_hash(const struct order_row *row, struct arena *a)
{
    struct content c = {.order = row->order_id,
                        .account = row->account,
                        .currency = row->currency,
                        .payment_term = row->payment_term,
                        .lines = arena_array(a, struct content_line, row->lines_count),
                        .lines_count = row->lines_count,
                        .charges = row->charges,
                        .charges_count = row->charges_count,
                        .total = row_money(row, row->total),
                        .ship_to = row->ship_to,
                        .bill_to = row->bill_to};
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        c.lines[i] = (struct content_line){l->line,        l->sku,      l->seller,     l->node,
                                           l->cost_centre, l->quantity, l->unit_price, l->gross,
                                           l->discount,    l->net};
    }
    struct str text = shape_text(&content_shape, &c, a);
    return sha256_of(&text, 1);
}

struct sha256 command_hash(const struct message_type *type, const struct order_submit *body,
                           struct arena *a)
{
    const struct str parts[] = {str_of(type->name), STR("\n"),
                                shape_text(&order_submit_shape, body, a)};
    return sha256_of(parts, ARRAY_LEN(parts));
}
