/* wide: whole numbers of up to 512 bits, only what exact percentages need. A net line is price x
 * quantity x (1 - p1) x (1 - p2) ...: kept as a numerator over a power of 10^6 until it is rounded
 * once. Inside the kernel only. */
#ifndef PRICING_KERNEL_WIDE_H
#define PRICING_KERNEL_WIDE_H

#include "common/money.h"

/* price x quantity (2^107), 17 percentages (2^340) and a rounding step (2^20) fit with room. */
enum { WIDE_LIMB_COUNT = 16 };

struct wide {
    uint32_t limbs[WIDE_LIMB_COUNT]; /* lowest first */
    unsigned used;                   /* limbs above are zero and not read */
};

struct wide wide_product(int64_t a, int64_t b); /* both >= 0 */
void wide_multiply(struct wide *w, uint32_t factor);
void wide_subtract(struct wide *w, const struct wide *less); /* floors at zero */
int wide_compare(const struct wide *a, const struct wide *b);

/* w / 10^(6 x powers), rounded to a multiple of step (a power of ten up to 10^6). False: the result
 * does not fit. */
bool wide_round(const struct wide *w, unsigned powers, int64_t step, enum rounding mode,
                int64_t *out) MUST_CHECK;

#endif
