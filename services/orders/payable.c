/* payable: what the payer is told (F20): shares per cost centre, charges included, and when it is
 * due. Each sums to the order's total. */
#include "services/orders/saga.h"

enum { TERM_DAYS_MAX = 3650 };

static size_t share_find(const struct share *shares, size_t count, struct str cost_centre)
{
    size_t i = 0;
    while (i < count && !str_eq(shares[i].cost_centre, cost_centre))
        i++;
    return i;
}

/* Sorted by cost centre, so that a tie goes to the lower id (F19). */
static void shares_sort(struct share *shares, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i;
             k > 0 && str_compare(shares[k - 1].cost_centre, shares[k].cost_centre) > 0; k--) {
            struct share moved = shares[k];
            shares[k] = shares[k - 1];
            shares[k - 1] = moved;
        }
}

static void charges_add(struct saga *s, struct payable *p)
{
    int64_t *weights = arena_array(s->arena, int64_t, p->shares_count);
    int64_t *parts = arena_array(s->arena, int64_t, p->shares_count);
    for (size_t i = 0; i < p->shares_count; i++)
        weights[i] = p->shares[i].amount.micro;
    int64_t charges = s->row->charges_total;
    bool split =
        prorate(charges, weights, parts, p->shares_count, amount_step(s->row, charges), s->arena);
    assert(split && "net amounts are not negative");
    (void)split;
    for (size_t i = 0; i < p->shares_count; i++)
        p->shares[i].amount.micro += parts[i];
}

static void shares_fill(struct saga *s, struct payable *p)
{
    const struct order_row *row = s->row;
    p->shares = arena_array(s->arena, struct share, row->lines_count);
    for (size_t i = 0; i < row->lines_count; i++) {
        const struct order_line *l = &row->lines[i];
        struct str centre = str_present(l->cost_centre) ? l->cost_centre : STR("");
        size_t at = share_find(p->shares, p->shares_count, centre);
        if (l->quantity.micro == 0)
            continue;
        if (at == p->shares_count)
            p->shares[p->shares_count++] = (struct share){centre, row_money(row, 0)};
        p->shares[at].amount.micro += l->net.micro;
    }
    shares_sort(p->shares, p->shares_count);
    if (p->shares_count > 0)
        charges_add(s, p);
}

/* "net_30": 30 days after confirm; anything else: at once. */
static int64_t term_days(struct str term)
{
    int64_t days = 0;
    const size_t head = sizeof "net_" - 1;
    if (!str_starts(term, "net_") ||
        !str_to_int64((struct str){term.at + head, term.size - head}, &days))
        return 0;
    return days >= 0 && days <= TERM_DAYS_MAX ? days : 0;
}

static void schedule_fill(struct saga *s, struct payable *p)
{
    const int64_t day_us = 24 * MICROSECONDS_PER_HOUR;
    p->schedule = arena_new(s->arena, struct instalment);
    p->schedule_count = 1;
    p->schedule[0].amount = p->total;
    p->schedule[0].due_at =
        instant_plus_us(s->row->confirmed_at, term_days(s->row->payment_term) * day_us);
}

void payable_ask(struct saga *s)
{
    struct order_row *row = s->row;
    struct payable p = {.account = row->account,
                        .order = row->order_id,
                        .purchase_order = row->purchase_order,
                        .reference = row->reference,
                        .payment_term = row->payment_term,
                        .buyer = row->buyer,
                        .currency = row->currency,
                        .version = row->version,
                        .total = row_money(row, row->total),
                        .approvals = row->approvals,
                        .approvals_count = row->approvals_count,
                        .content_hash = sha256_hex(s->arena, &row->content_hash),
                        .bill_to = row->bill_to,
                        .confirmed_at = row->confirmed_at};
    if (row->payable_version != 0)
        p.supersedes = arena_printf(s->arena, "%.*s/%lld", STR_ARG(row->order_id),
                                    (long long)row->payable_version);
    shares_fill(s, &p);
    schedule_fill(s, &p);
    row->payable_version = row->version;
    ask(s, &type_payable_request, &p);
}
