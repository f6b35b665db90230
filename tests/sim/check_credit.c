/* check_credit: an account's money is the sum of its postings, at every one of them; nobody ever
 * held more than the limit; what an order held is given back or settled, once, and is its total. */
#include "tests/sim/check.h"

struct sums {
    int64_t reserved, committed, posted;
};

static const struct sim_row *posting_numbered(const struct sim_table *t, struct str account,
                                              int64_t number)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(cell_named(t, t->rows[i], "account"), account) &&
            int_named(t, t->rows[i], "number") == number)
            return t->rows[i];
    return NULL;
}

static void add(const struct sim_table *t, const struct sim_row *r, struct sums *s)
{
    s->reserved += amount_named(t, r, "reserved");
    s->committed += amount_named(t, r, "committed");
    s->posted += amount_named(t, r, "posted");
}

static void check_posting(const struct sim_table *t, const struct sim_row *r, const struct sums *s,
                          int64_t limit)
{
    struct str account = cell_named(t, r, "account");
    bool reserves = str_is(cell_named(t, r, "kind"), "reserve");
    if (s->reserved != amount_named(t, r, "reserved_after") ||
        s->committed != amount_named(t, r, "committed_after") ||
        s->posted != amount_named(t, r, "posted_after"))
        fail("credit", "%.*s: posting %lld says another sum than all before it", STR_ARG(account),
             (long long)int_named(t, r, "number"));
    if (reserves && s->reserved + s->committed + s->posted > limit)
        fail("credit", "%.*s: posting %lld holds more than the limit", STR_ARG(account),
             (long long)int_named(t, r, "number"));
}

static void check_account(const struct sim_table *accounts_, const struct sim_row *a)
{
    const struct sim_table *t = table_in("approvals", "posting");
    struct str account = cell_named(accounts_, a, "account");
    struct sums s = {0};
    int64_t count = int_named(accounts_, a, "posting_count"), limit;
    limit = amount_named(accounts_, a, "credit_limit");
    for (int64_t n = 1; n <= count; n++) {
        const struct sim_row *r = posting_numbered(t, account, n);
        if (!r) {
            fail("credit", "%.*s: posting %lld of %lld is missing", STR_ARG(account), (long long)n,
                 (long long)count);
            return;
        }
        add(t, r, &s);
        check_posting(t, r, &s, limit);
    }
    if (posting_numbered(t, account, count + 1))
        fail("credit", "%.*s has more postings than it counts", STR_ARG(account));
    if (s.reserved != amount_named(accounts_, a, "reserved") ||
        s.committed != amount_named(accounts_, a, "committed") ||
        s.posted != amount_named(accounts_, a, "posted") || s.reserved || s.committed)
        fail("credit", "%.*s: reserved %lld committed %lld posted %lld is not what its row says",
             STR_ARG(account), (long long)s.reserved, (long long)s.committed, (long long)s.posted);
}

static void check_order(const struct order_plan *o)
{
    const struct sim_table *t = table_in("approvals", "posting"), *orders;
    struct sim_row *row = order_row_of(o);
    struct sums s = {0};
    int holds = 0;
    for (size_t i = 0; i < t->count; i++)
        if (str_is(cell_named(t, t->rows[i], "order_id"), o->id)) {
            add(t, t->rows[i], &s);
            holds += str_is(cell_named(t, t->rows[i], "kind"), "reserve");
        }
    orders = table_in("orders", "orders");
    bool closed = row && str_is(cell_named(orders, row, "state"), "closed");
    int64_t due = closed ? amount_named(orders, row, "total") : 0;
    if (holds > 1 || s.reserved || s.committed || s.posted != due)
        fail("credit",
             "order %s: held %d times, reserved %lld committed %lld posted %lld, due %lld", o->id,
             holds, (long long)s.reserved, (long long)s.committed, (long long)s.posted,
             (long long)due);
}

void check_credit(void)
{
    const struct sim_table *t = table_in("approvals", "account");
    if (t->count != ACCOUNT_COUNT)
        fail("credit", "%zu accounts of %d", t->count, ACCOUNT_COUNT);
    for (size_t i = 0; i < t->count; i++)
        check_account(t, t->rows[i]);
    for (int i = 0; i < work->order_count; i++)
        check_order(&work->orders[i]);
}
