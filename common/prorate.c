/* prorate: a total split into shares that add up to it to the last step (F19). */
#include "common/money.h"

enum { SHARE_COUNT_MAX = 1000 };

/* What a share still has a claim on after the floors; the best claim gets the next step. */
struct claim {
    __int128 remainder;
    int64_t weight;
    size_t index;
};

static bool claim_before(const struct claim *a, const struct claim *b)
{
    if (a->remainder != b->remainder)
        return a->remainder > b->remainder;
    if (a->weight != b->weight)
        return a->weight > b->weight;
    return a->index < b->index;
}

/* A heap with the best claim on top: at most count - 1 steps are left over, so this costs
 * n log n without a sort that may allocate. */
static void claim_sink(struct claim *claims, size_t count, size_t at)
{
    for (;;) {
        size_t best = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (claim_before(&claims[child], &claims[best]))
                best = child;
        }
        if (best == at)
            return;
        struct claim moved = claims[at];
        claims[at] = claims[best];
        claims[best] = moved;
        at = best;
    }
}

static void leftover_share(struct claim *claims, size_t count, int64_t left, int64_t *shares)
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

bool prorate(int64_t total_micro, const int64_t *weights, int64_t *shares, size_t count,
             int64_t step_micro, struct arena *scratch)
{
    assert(count >= 1 && count <= SHARE_COUNT_MAX && step_micro > 0);
    __int128 weight_sum;
    if (total_micro % step_micro != 0 || !weights_sum(weights, count, &weight_sum))
        return false;
    bool equal = weight_sum == 0;
    if (equal)
        weight_sum = (__int128)count;
    /* The absolute value is split and the sign put back, so that a full credit returns each
     * original share. Products fit: both factors are below 2^64. */
    __int128 steps = total_micro / step_micro;
    if (steps < 0)
        steps = -steps;
    struct claim *claims = arena_array(scratch, struct claim, count);
    __int128 left = steps;
    for (size_t i = 0; i < count; i++) {
        __int128 exact = steps * (equal ? 1 : weights[i]);
        claims[i] = (struct claim){exact % weight_sum, weights[i], i};
        shares[i] = (int64_t)(exact / weight_sum);
        left -= shares[i];
    }
    leftover_share(claims, count, (int64_t)left, shares);
    for (size_t i = 0; i < count; i++)
        shares[i] *= total_micro < 0 ? -step_micro : step_micro;
    return true;
}
