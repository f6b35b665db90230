/* money: exact decimal amounts. An amount is an int64 in millionths (1.50 EUR = 1500000), with an
 * ISO 4217 code beside it. No floats; products through 128 bits; overflow is an error, never a
 * wrap; only functions whose name says how do round. */
#ifndef COMMON_MONEY_H
#define COMMON_MONEY_H

#include "common/arena.h"
#include "common/base.h"

enum { MICRO = 1000000, CURRENCY_SIZE = 4, UNIT_SIZE = 8 };

struct money {
    int64_t micro;                /* millionths of the unit */
    char currency[CURRENCY_SIZE]; /* "EUR"; "" means the member is absent */
};

/* A quantity in millionths of its unit of measure (UN/ECE Rec 20, e.g. C62 = piece, KGM). */
struct quantity {
    int64_t micro;
    char unit[UNIT_SIZE]; /* "" means absent */
};

/* Parts per million: 5 % = 50000. */
typedef int32_t ppm_t;

enum rounding {
    ROUNDING_ABSENT = 0,
    ROUNDING_HALF_AWAY, /* the default: 0.5 -> 1, -0.5 -> -1 */
    ROUNDING_HALF_EVEN, /* 0.5 -> 0, 1.5 -> 2, -0.5 -> 0 */
    ROUNDING_HALF_UP,   /* towards plus infinity: 0.5 -> 1, -0.5 -> 0 */
    ROUNDING_HALF_DOWN  /* towards zero: 0.5 -> 0, -0.5 -> 0 */
};

/* Decimal digits of a currency (0..4) by ISO 4217; -1 when the code is unknown. */
int currency_exponent(const char *currency);
extern const char *const currency_table_version; /* e.g. "2024-01-01" */

/* "-12.340000" -> micro. Refuses: empty, "+1", "1e3", "0x1", ".5", "5.", spaces, more than 6
 * decimals, overflow. */
bool decimal_read(struct str text, int64_t *micro) MUST_CHECK;
int decimal_places(struct str text); /* digits after the point as written; -1 when not a decimal */

enum { DECIMAL_TEXT_SIZE = 32 };
/* Writes at least places_min decimals (0..6), more only when not zero; returns the length. */
size_t decimal_write(int64_t micro, int places_min, char out[DECIMAL_TEXT_SIZE]);
/* "12.50" with the currency's own number of digits, more when the amount needs them. */
size_t money_write(struct money m, char out[DECIMAL_TEXT_SIZE]);

bool money_same_currency(struct money a, struct money b);
bool money_add(struct money a, struct money b,
               struct money *out) MUST_CHECK; /* false: overflow or currencies differ */
bool money_sub(struct money a, struct money b, struct money *out) MUST_CHECK;

/* numerator / denominator in 128 bits, rounded; denominator > 0; false when the result does not
 * fit. */
bool divide_rounded(__int128 numerator, __int128 denominator, enum rounding mode,
                    int64_t *out) MUST_CHECK;
/* Rounds an amount in micro to `digits` decimals (0..6). */
bool round_to_digits(int64_t micro, int digits, enum rounding mode, int64_t *out) MUST_CHECK;
/* rate_micro x quantity_micro / 10^6, rounded to `digits` decimals. */
bool extend_rounded(int64_t price_micro, int64_t quantity_micro, int digits, enum rounding mode,
                    int64_t *out) MUST_CHECK;

/* Largest remainder (F19): splits total over weights[count] into shares[count], both in the
 * smallest unit `step_micro` (e.g. 10000 = cents). Floors first, then one step each by largest
 * remainder; ties: larger weight, then lower index. Zero total weight: equal shares. A negative
 * total is split by its absolute value and negated. count 1..1000. `scratch` holds the remainders.
 * False: a negative weight, or a total that is no multiple of the step (or INT64_MIN). */
bool prorate(int64_t total_micro, const int64_t *weights, int64_t *shares, size_t count,
             int64_t step_micro, struct arena *scratch) MUST_CHECK;

/* The same in the caller's own memory: claims[count] hold the remainders; any count >= 1. */
struct prorate_claim {
    __int128 remainder;
    int64_t weight;
    size_t index;
};
struct prorate_split {
    int64_t total_micro, step_micro;
    const int64_t *weights;
    int64_t *shares;
    struct prorate_claim *claims;
    size_t count;
};
bool prorate_within(const struct prorate_split *split) MUST_CHECK;

#endif
