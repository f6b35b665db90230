/* wide: whole numbers of up to 512 bits for exact percentages. */
#include "services/pricing/kernel/wide.h"

static void wide_trim(struct wide *w)
{
    while (w->used > 0 && w->limbs[w->used - 1] == 0)
        w->used--;
}

struct wide wide_product(int64_t a, int64_t b)
{
    assert(a >= 0 && b >= 0);
    unsigned __int128 product = (unsigned __int128)a * (unsigned __int128)b;
    struct wide w = {.used = 4};
    for (unsigned i = 0; i < w.used; i++, product >>= 32)
        w.limbs[i] = (uint32_t)product;
    wide_trim(&w);
    return w;
}

void wide_multiply(struct wide *w, uint32_t factor)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i < w->used; i++) {
        carry += (uint64_t)w->limbs[i] * factor;
        w->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0) {
        assert(w->used < WIDE_LIMB_COUNT);
        w->limbs[w->used++] = (uint32_t)carry;
    }
    wide_trim(w);
}

int wide_compare(const struct wide *a, const struct wide *b)
{
    if (a->used != b->used)
        return a->used < b->used ? -1 : 1;
    for (unsigned i = a->used; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    }
    return 0;
}

void wide_subtract(struct wide *w, const struct wide *less)
{
    if (wide_compare(w, less) <= 0) {
        *w = (struct wide){.used = 0};
        return;
    }
    int64_t borrow = 0;
    for (unsigned i = 0; i < w->used; i++) {
        int64_t taken = i < less->used ? less->limbs[i] : 0;
        int64_t rest = (int64_t)w->limbs[i] - taken + borrow;
        w->limbs[i] = (uint32_t)rest;
        borrow = rest < 0 ? -1 : 0;
    }
    wide_trim(w);
}

static void wide_divide(struct wide *w, uint32_t divisor)
{
    uint64_t rest = 0;
    for (unsigned i = w->used; i-- > 0;) {
        rest = rest << 32 | w->limbs[i];
        w->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    wide_trim(w);
}

/* Whether a positive quotient goes up: `twice` the number against (2 x floor + 1) x divisor. */
static bool goes_up(int against_half, int64_t floor, enum rounding mode)
{
    if (against_half != 0)
        return against_half > 0;
    switch (mode) {
    case ROUNDING_HALF_AWAY:
    case ROUNDING_HALF_UP:
        return true;
    case ROUNDING_HALF_EVEN:
        return floor % 2 != 0;
    case ROUNDING_HALF_DOWN:
        return false;
    case ROUNDING_ABSENT:
        break;
    }
    assert(false && "a rounding mode");
    return false;
}

bool wide_round(const struct wide *w, unsigned powers, int64_t step, enum rounding mode,
                int64_t *out)
{
    assert(step >= 1 && step <= MICRO);
    struct wide quotient = *w;
    for (unsigned i = 0; i < powers; i++)
        wide_divide(&quotient, MICRO);
    wide_divide(&quotient, (uint32_t)step);
    if (quotient.used > 2 || (quotient.used == 2 && quotient.limbs[1] >> 30 != 0))
        return false;
    uint64_t low = quotient.used > 0 ? quotient.limbs[0] : 0;
    uint64_t high = quotient.used > 1 ? quotient.limbs[1] : 0;
    int64_t floor = (int64_t)(high << 32 | low);
    struct wide half = wide_product(2 * floor + 1, step);
    for (unsigned i = 0; i < powers; i++)
        wide_multiply(&half, MICRO);
    struct wide twice = *w;
    wide_multiply(&twice, 2);
    int64_t steps = floor + (goes_up(wide_compare(&twice, &half), floor, mode) ? 1 : 0);
    return !__builtin_mul_overflow(steps, step, out);
}
