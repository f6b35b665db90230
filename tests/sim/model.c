/* model: what each order must come to, by the rules alone, one order at a time and without faults.
 * Where an order's end depends on what others take first, or on when somebody speaks, the model
 * names all ends that are possible; README.md says which. */
#include "tests/sim/check.h"

enum outcome_bit {
    MAY_CLOSE = 1,
    MAY_REFUSE = 2,
    MAY_CANCEL = 4,
    MAY_EXPIRE = 8,
    MAY_PREVIEW = 16,
    MAY_BE_ABSENT = 32
};

static int64_t total_of(const struct order_plan *o)
{
    int64_t total = 0;
    for (int i = 0; i < o->line_count; i++)
        total += cents_of(skus[o->lines[i].sku].price, o->lines[i].quantity);
    return total;
}

/* How long a person is waited for (work.c), and how long stock is held (services/orders). */
#define ASK_US  (600 * MICROSECONDS_PER_SECOND)
#define HOLD_US (24 * MICROSECONDS_PER_HOUR)

static unsigned may_come_to(const struct order_plan *o)
{
    if (o->flaw == FLAW_GARBAGE || o->flaw == FLAW_FIELD || o->flaw == FLAW_UNSTORABLE)
        return MAY_BE_ABSENT;
    if (o->preview)
        return MAY_PREVIEW;
    unsigned may = o->cancels ? MAY_CANCEL : 0;
    if (o->flaw == FLAW_SKU || o->flaw == FLAW_UNIT)
        return MAY_REFUSE; /* at the door: there is nothing to cancel */
    bool asks = total_of(o) > ASK_OVER_MICRO;
    bool late = sim->leapt_us >= ASK_US; /* a yes may come too late, or stock be held too long */
    if (sim->leapt_us >= HOLD_US)
        may |= MAY_REFUSE;
    if (asks && (o->decision == DECISION_SILENT || late))
        may |= MAY_EXPIRE;
    if (asks && o->decision == DECISION_REJECT)
        may |= MAY_REFUSE;
    if (!asks || o->decision == DECISION_APPROVE)
        may |= o->rejects ? MAY_REFUSE : MAY_CLOSE;
    if (work->tight_credit || work->tight_stock)
        may |= MAY_REFUSE;
    return may;
}

static unsigned came_to(const struct sim_row *r)
{
    static const struct {
        const char *state;
        unsigned bit;
    } states[] = {{"closed", MAY_CLOSE},
                  {"refused", MAY_REFUSE},
                  {"cancelled", MAY_CANCEL},
                  {"expired", MAY_EXPIRE},
                  {"previewed", MAY_PREVIEW}};
    struct str state = cell_named(table_in("orders", "orders"), r, "state");
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (str_is(state, states[i].state))
            return states[i].bit;
    return 0;
}

/* An order is refused for a reason that the model knows of. */
static bool refusal_known(const struct order_plan *o, struct str reasons)
{
    const struct {
        const char *code;
        bool possible;
    } codes[] = {{"sku_unavailable", o->flaw == FLAW_SKU},
                 {"unit_mismatch", o->flaw == FLAW_UNIT},
                 {"approval_rejected", o->decision == DECISION_REJECT},
                 {"rejected_by_seller", o->rejects},
                 {"credit_exceeded", work->tight_credit},
                 {"out_of_stock", work->tight_stock},
                 {"stock_lost", sim->leapt_us >= HOLD_US},
                 {"reservation_expired", sim->leapt_us >= HOLD_US}};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].possible && text_has(reasons, codes[i].code))
            return true;
    return false;
}

static void compare(const struct order_plan *o)
{
    const struct sim_row *r = order_row_of(o);
    unsigned may = may_come_to(o), came = r ? came_to(r) : MAY_BE_ABSENT;
    if (o->early && came == MAY_CLOSE)
        mark(MARK_EARLY);
    if (!(may & came))
        fail("model", "order %s came to %u and may come to %u", o->id, came, may);
    if (r && came == MAY_REFUSE &&
        !refusal_known(o, cell_named(table_in("orders", "orders"), r, "reasons")))
        fail("model", "order %s was refused for no reason that the model knows: %.*s", o->id,
             STR_ARG(cell_named(table_in("orders", "orders"), r, "reasons")));
    bool whole = !o->partial && !(o->conflicts && o->resent) && !(o->cancels && came == MAY_CLOSE);
    if (r && came == MAY_CLOSE && whole &&
        amount_named(table_in("orders", "orders"), r, "total") != total_of(o))
        fail("model", "order %s costs %lld and must cost %lld", o->id,
             (long long)amount_named(table_in("orders", "orders"), r, "total"),
             (long long)total_of(o));
}

void model_compare(void)
{
    for (int i = 0; i < work->order_count; i++)
        compare(&work->orders[i]);
}
