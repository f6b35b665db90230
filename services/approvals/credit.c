/* credit: what may be held, and what each step of an order does to the account's three figures. */
#include "services/approvals/credit.h"

#include "common/limits.h"

const char *const posting_kind_names[7] = {NULL,      "reserve", "commit", "reduce",
                                           "release", "settle",  "payment"};

enum { LEVEL_HIGH = 95, LEVEL_RAISED = 80, PER_CENT = 100 };

/* Each figure is at most AMOUNT_MICRO_MAX, so sums of five of them fit an int64 by far. */
static int64_t credit_used(const struct credit *c)
{
    return c->reserved + c->committed + c->posted;
}

int64_t credit_available(const struct credit *c)
{
    return c->limit + c->tolerance - credit_used(c);
}

/* What is held counts towards the range as if all of it were posted some day, so that no later
 * step of a held order can leave the range. */
static bool fits_range(const struct credit *c, int64_t total)
{
    int64_t posted = c->posted > 0 ? c->posted : 0;
    return c->reserved + c->committed + posted + total <= AMOUNT_MICRO_MAX;
}

enum credit_verdict credit_judge(const struct credit *c, int64_t total)
{
    assert(total >= 0 && total <= AMOUNT_MICRO_MAX);
    if (!fits_range(c, total))
        return CREDIT_TOO_LARGE;
    if (!c->unlimited && total > credit_available(c))
        return CREDIT_EXCEEDED;
    return CREDIT_HELD;
}

struct credit_change credit_change_of(enum posting_kind kind, int64_t amount, bool committed)
{
    switch (kind) {
    case POSTING_RESERVE:
        return (struct credit_change){.reserved = amount};
    case POSTING_COMMIT:
        return (struct credit_change){.reserved = -amount, .committed = amount};
    case POSTING_REDUCE:
    case POSTING_RELEASE:
        if (committed)
            return (struct credit_change){.committed = -amount};
        return (struct credit_change){.reserved = -amount};
    case POSTING_SETTLE:
        return (struct credit_change){.committed = -amount, .posted = amount};
    case POSTING_PAYMENT:
        return (struct credit_change){.posted = -amount};
    case POSTING_ABSENT:
        break;
    }
    assert(false && "a kind of posting");
    return (struct credit_change){0};
}

static bool in_range(int64_t amount, int64_t lowest)
{
    return amount >= lowest && amount <= AMOUNT_MICRO_MAX;
}

bool credit_apply(const struct credit *c, const struct credit_change *change, struct credit *out)
{
    struct credit after = *c;
    if (!add_ok(c->reserved, change->reserved, &after.reserved) ||
        !add_ok(c->committed, change->committed, &after.committed) ||
        !add_ok(c->posted, change->posted, &after.posted))
        return false;
    if (!in_range(after.reserved, 0) || !in_range(after.committed, 0) ||
        !in_range(after.posted, -AMOUNT_MICRO_MAX))
        return false;
    *out = after;
    return true;
}

int64_t credit_level(const struct credit *c)
{
    int64_t used = credit_used(c);
    if (c->unlimited || used <= 0)
        return 0;
    /* Products in 128 bits: a limit may be as large as an amount can be. */
    __int128 share = (__int128)used * PER_CENT;
    if (share >= (__int128)c->limit * LEVEL_HIGH)
        return LEVEL_HIGH;
    return share >= (__int128)c->limit * LEVEL_RAISED ? LEVEL_RAISED : 0;
}
