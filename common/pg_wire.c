/* pg_wire: numeric to and from millionths, and what Postgres' error codes mean to us. */
#include "common/pg_wire.h"

#include <string.h>

enum {
    GROUP = 10000,    /* numeric travels as digits to this base */
    GROUP_MICRO = 100 /* the sixth decimal is the middle of the second group behind the point */
};
#define NUMERIC_NEGATIVE UINT64_C(0x4000)
#define NUMERIC_POSITIVE UINT64_C(0x0000)
#define MICRO_PER_UNIT   UINT64_C(1000000)

size_t pg_numeric_write(int64_t micro, unsigned char out[NUMERIC_SIZE_MAX])
{
    uint64_t rest = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    unsigned groups[6]; /* most significant first; the last two stand behind the point */
    unsigned behind = (unsigned)(rest % MICRO_PER_UNIT);
    groups[5] = behind % GROUP_MICRO * GROUP_MICRO;
    groups[4] = behind / GROUP_MICRO;
    rest /= MICRO_PER_UNIT;
    for (size_t i = 4; i > 0; i--) {
        groups[i - 1] = (unsigned)(rest % GROUP);
        rest /= GROUP;
    }
    assert(rest == 0);
    size_t first = 0, end = 6;
    while (first < end && groups[first] == 0)
        first++;
    while (end > first && groups[end - 1] == 0)
        end--;
    int weight = first == end ? 0 : 3 - (int)first;
    wire_put(out, end - first, 2);
    wire_put(out + 2, (uint64_t)(int64_t)weight, 2);
    wire_put(out + 4, micro < 0 ? NUMERIC_NEGATIVE : NUMERIC_POSITIVE, 2);
    wire_put(out + 6, 6, 2); /* decimals shown */
    for (size_t i = first; i < end; i++)
        wire_put(out + 8 + 2 * (i - first), groups[i], 2);
    return 8 + 2 * (end - first);
}

/* The digit of weight `exponent` (GROUP^exponent), 0 where none is stored. */
static unsigned numeric_group(struct str wire, int weight, int count, int exponent)
{
    int i = weight - exponent;
    if (i < 0 || i >= count)
        return 0;
    return (unsigned)wire_get(wire.at + 8 + 2 * (size_t)i, 2);
}

bool pg_numeric_read(struct str wire, int64_t *micro)
{
    if (wire.size < 8)
        return false;
    int count = (int)wire_get(wire.at, 2);
    int weight = (int)wire_int(wire.at + 2, 2);
    uint64_t sign = wire_get(wire.at + 4, 2);
    if (sign != NUMERIC_POSITIVE && sign != NUMERIC_NEGATIVE)
        return false; /* NaN and the infinities */
    if (wire.size != 8 + 2 * (size_t)count)
        return false;
    for (int i = 0; i < count; i++)
        if (weight - i < -2 && numeric_group(wire, weight, count, weight - i) != 0)
            return false;
    const uint64_t limit = (uint64_t)INT64_MAX + (sign == NUMERIC_NEGATIVE);
    unsigned __int128 sum = 0;
    for (int exponent = weight > -1 ? weight : -1; exponent >= -1; exponent--) {
        sum = sum * GROUP + numeric_group(wire, weight, count, exponent);
        if (sum > limit)
            return false;
    }
    unsigned last = numeric_group(wire, weight, count, -2);
    if (last % GROUP_MICRO != 0)
        return false;
    sum = sum * GROUP_MICRO + last / GROUP_MICRO;
    if (sum > limit)
        return false;
    uint64_t bits = (uint64_t)sum;
    *micro = (int64_t)(sign == NUMERIC_NEGATIVE ? 0 - bits : bits);
    return true;
}

struct code_fate {
    const char *start; /* of the SQLSTATE; the first row that fits counts */
    enum err_fate fate;
};

static const struct code_fate code_fates[] = {
    {"22012", ERR_FENCED}, /* division by zero: the fence statement says that a row is gone */
    {"22P03", ERR_FATAL},  /* binary format: our parameter does not suit the statement */
    {"08P01", ERR_FATAL},  /* protocol: wrong number of parameters */
    {"22", ERR_POISON},    /* data */
    {"23", ERR_POISON},    /* constraints */
    {"08", ERR_RETRY},     /* connection */
    {"40", ERR_RETRY},     /* serialization, deadlock, unknown completion */
    {"53", ERR_RETRY},     /* disk full, memory, too many connections */
    {"55P03", ERR_RETRY},  /* lock timeout */
    {"57014", ERR_RETRY},  /* statement timeout */
    {"57P", ERR_RETRY},    /* shutting down, starting up, idle timeout */
    {"25P03", ERR_RETRY},  /* idle in transaction */
    {"25006", ERR_RETRY},  /* a standby: the primary is moving */
    {"58030", ERR_RETRY},  /* input/output */
};

enum err_fate pg_fate_of(const char *sqlstate)
{
    for (size_t i = 0; i < ARRAY_LEN(code_fates); i++)
        if (strncmp(sqlstate, code_fates[i].start, strlen(code_fates[i].start)) == 0)
            return code_fates[i].fate;
    return ERR_FATAL;
}
