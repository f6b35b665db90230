/* prorate: a total split into shares that add up to it to the last step (F19). */
#include "common/money.h"

enum { SHARE_COUNT_MAX = 1000 };

/* A claim is what a share still asks for after the floors; the best one gets the next step. */
static bool claim_before(const struct prorate_claim *a, const struct prorate_claim *b)
{
    if (a->remainder != b->remainder)
        return a->remainder > b->remainder;
    if (a->weight != b->weight)
        return a->weight > b->weight;
    return a->index < b->index;
}

/* A heap with the best claim on top: at most count - 1 steps are left over, so this costs
 * n log n without a sort that may allocate. */
static void claim_sink(struct prorate_claim *claims, size_t count, size_t at)
{
    for (;;) {
        size_t best = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (claim_before(&claims[child], &claims[best]))
                best = child;
        }
        if (best == at)
            return;
        struct prorate_claim moved = claims[at];
        claims[at] = claims[best];
        claims[best] = moved;
        at = best;
    }
}

static void leftover_share(struct prorate_claim *claims, size_t count, int64_t left,
                           int64_t *shares)
{
    for (size_t i = count / 2; i-- > 0;)
        claim_sink(claims, count, i);
    for (; left > 0; left--) {
        shares[claims[0].index]++;
        claims[0] = claims[--count];
        claim_sink(claims, count, 0);
    }
}

static bool weights_sum(const int64_t *weights, size_t count, __int128 *sum)
{
    *sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] < 0)
            return false;
        *sum += weights[i];
    }
    return true;
}

bool prorate_within(const struct prorate_split *split)
{
    int64_t total = split->total_micro, step = split->step_micro;
    assert(split->count >= 1 && step > 0);
    __int128 weight_sum;
    if (total == INT64_MIN || total % step != 0)
        return false;
    if (!weights_sum(split->weights, split->count, &weight_sum))
        return false;
    bool equal = weight_sum == 0;
    if (equal)
        weight_sum = (__int128)split->count;
    /* The absolute value is split and the sign put back, so that a full credit returns each
     * original share. Products fit: both factors are below 2^64. */
    __int128 steps = total / step;
    if (steps < 0)
        steps = -steps;
    __int128 left = steps;
    for (size_t i = 0; i < split->count; i++) {
        __int128 exact = steps * (equal ? 1 : split->weights[i]);
        split->claims[i] = (struct prorate_claim){exact % weight_sum, split->weights[i], i};
        split->shares[i] = (int64_t)(exact / weight_sum);
        left -= split->shares[i];
    }
    leftover_share(split->claims, split->count, (int64_t)left, split->shares);
    for (size_t i = 0; i < split->count; i++)
        split->shares[i] *= total < 0 ? -step : step;
    return true;
}

bool prorate(int64_t total_micro, const int64_t *weights, int64_t *shares, size_t count,
             int64_t step_micro, struct arena *scratch)
{
    /* tidy: allow params because the rule has as many terms */
    assert(count >= 1 && count <= SHARE_COUNT_MAX);
    struct prorate_claim *claims = arena_array(scratch, struct prorate_claim, count);
    return prorate_within(&(struct prorate_split){.total_micro = total_micro,
                                                  .step_micro = step_micro,
                                                  .weights = weights,
                                                  .shares = shares,
                                                  .claims = claims,
                                                  .count = count});
}
