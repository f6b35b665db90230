/* money: decimal text to millionths and back, checked sums, rounding, and fair shares. */
#include "common/money.h"

#include <string.h>

static const int64_t powers_of_ten[] = {1, 10, 100, 1000, 10000, 100000, MICRO};
enum { PLACES_MAX = 6 };

static size_t digit_run(struct str text, size_t from)
{
    size_t i = from;
    while (i < text.size && text.at[i] >= '0' && text.at[i] <= '9')
        i++;
    return i - from;
}

int decimal_places(struct str text)
{
    size_t sign = text.size > 0 && text.at[0] == '-' ? 1 : 0;
    size_t whole = digit_run(text, sign);
    if (whole == 0)
        return -1;
    if (sign + whole == text.size)
        return 0;
    if (text.at[sign + whole] != '.')
        return -1;
    size_t places = digit_run(text, sign + whole + 1);
    bool all = sign + whole + 1 + places == text.size;
    return all && places > 0 && places <= INT32_MAX ? (int)places : -1;
}

bool decimal_read(struct str text, int64_t *micro)
{
    int places = decimal_places(text);
    if (places < 0 || places > PLACES_MAX)
        return false;
    /* Counted downwards, because the lowest value has no positive twin. */
    int64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '-' || text.at[i] == '.')
            continue;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text.at[i] - '0', &value))
            return false;
    }
    if (__builtin_mul_overflow(value, powers_of_ten[PLACES_MAX - places], &value))
        return false;
    bool negative = text.at[0] == '-';
    if (!negative && value == INT64_MIN)
        return false;
    *micro = negative ? value : -value;
    return true;
}

/* Point and digits, without the zeros at the end that nobody asked for. */
static size_t fraction_write(uint32_t fraction, int places_min, char *out)
{
    int places = PLACES_MAX;
    for (; places > places_min && fraction % 10 == 0; places--)
        fraction /= 10;
    out[0] = '.';
    for (int i = places; i > 0; i--, fraction /= 10)
        out[i] = (char)('0' + fraction % 10);
    return (size_t)places + 1;
}

size_t decimal_write(int64_t micro, int places_min, char out[DECIMAL_TEXT_SIZE])
{
    assert(places_min >= 0 && places_min <= PLACES_MAX);
    uint64_t all = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    uint32_t fraction = (uint32_t)(all % MICRO);
    size_t size = micro < 0;
    out[0] = '-';
    size += whole_write(all / MICRO, out + size);
    if (fraction > 0 || places_min > 0)
        size += fraction_write(fraction, places_min, out + size);
    out[size] = '\0';
    return size;
}

size_t money_write(struct money m, char out[DECIMAL_TEXT_SIZE])
{
    int exponent = currency_exponent(m.currency);
    return decimal_write(m.micro, exponent < 0 ? 2 : exponent, out);
}

bool money_same_currency(struct money a, struct money b)
{
    return strncmp(a.currency, b.currency, CURRENCY_SIZE) == 0;
}

bool money_add(struct money a, struct money b, struct money *out)
{
    struct money sum = a;
    if (!money_same_currency(a, b) || !add_ok(a.micro, b.micro, &sum.micro))
        return false;
    *out = sum;
    return true;
}

bool money_sub(struct money a, struct money b, struct money *out)
{
    struct money difference = a;
    if (!money_same_currency(a, b) || !sub_ok(a.micro, b.micro, &difference.micro))
        return false;
    *out = difference;
    return true;
}

static bool narrow(__int128 value, int64_t *out)
{
    if (value < INT64_MIN || value > INT64_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

/* Whether a quotient that lies exactly between two whole numbers goes to the one farther from
 * zero. `nearer_even`: the one nearer to zero is even. */
static bool half_goes_out(enum rounding mode, bool negative, bool nearer_even)
{
    switch (mode) {
    case ROUNDING_HALF_AWAY:
        return true;
    case ROUNDING_HALF_EVEN:
        return !nearer_even;
    case ROUNDING_HALF_UP:
        return !negative;
    case ROUNDING_HALF_DOWN:
        return false;
    case ROUNDING_ABSENT:
        break;
    }
    assert(false && "a rounding mode");
    return true;
}

bool divide_rounded(__int128 numerator, __int128 denominator, enum rounding mode, int64_t *out)
{
    assert(denominator > 0);
    __int128 nearer = numerator / denominator;
    __int128 rest = numerator % denominator;
    bool negative = numerator < 0;
    if (negative)
        rest = -rest;
    /* rest against denominator - rest, because twice the rest may not fit. */
    __int128 other = denominator - rest;
    bool out_by_one = rest > other;
    if (rest == other)
        out_by_one = half_goes_out(mode, negative, nearer % 2 == 0);
    if (out_by_one)
        nearer += negative ? -1 : 1;
    return narrow(nearer, out);
}

bool round_to_digits(int64_t micro, int digits, enum rounding mode, int64_t *out)
{
    return extend_rounded(micro, MICRO, digits, mode, out);
}

bool extend_rounded(int64_t price_micro, int64_t quantity_micro, int digits, enum rounding mode,
                    int64_t *out)
{
    assert(digits >= 0 && digits <= PLACES_MAX);
    int64_t step = powers_of_ten[PLACES_MAX - digits];
    __int128 product = (__int128)price_micro * quantity_micro;
    int64_t steps;
    if (!divide_rounded(product, (__int128)MICRO * step, mode, &steps))
        return false;
    return narrow((__int128)steps * step, out);
}
