/* limits: every bound in one place. `batuta limits` prints this table; each is tested at, below and
 * above. */
#ifndef COMMON_LIMITS_H
#define COMMON_LIMITS_H

#include <stdint.h>

enum {
    ORDER_LINE_COUNT_MAX = 1000,
    COMMAND_SIZE_MAX = 256 * 1024, /* bytes of a command's value */
    EVENT_SIZE_MAX =
        1000 * 1024, /* bytes of an event's value with headers; the topic allows 1 MiB */
    DEAD_LETTER_SIZE_MAX = 1024 * 1024 + 64 * 1024,
    DEPTH_MAX = 16,       /* nesting of JSON */
    RAW_DEPTH_MAX = 8,    /* nesting of a free object (struct raw): events wrap it deeper */
    TEXT_SIZE_MAX = 1024, /* bytes of free text */
    ID_SIZE_MAX = 100,    /* bytes of an id that the outside chooses */
    KEY_SIZE_MAX = 200,   /* bytes of a Kafka key */
    DECIMALS_MAX = 6,
    REFERENCE_ITEM_COUNT_MAX = 2000, /* products, prices, ... in one command */
    CHARGE_COUNT_MAX = 20,
    UNIT_COUNT_MAX = 500,  /* units of an account */
    USER_COUNT_MAX = 1000, /* users of an account */
    TIER_COUNT_MAX = 8,    /* approval tiers of a flow */
    HIERARCHY_DEPTH_MAX = 16,
    PARTITION_COUNT_MAX = 64,
    BATCH_RECORD_COUNT_MAX = 2000,
    BATCH_SIZE_MAX = 16 * 1024 * 1024,
    UNPUBLISHED_COUNT_MAX =
        200000 /* events committed but not yet acknowledged before reading stops */
};

/* Amounts in millionths: what numeric(19,6) and int64 both hold, with headroom for sums of 1,000
 * lines. */
#define AMOUNT_MICRO_MAX INT64_C(9000000000000000)

struct limit {
    const char *name;
    long long value;
    const char *unit;
    const char *why;
};
extern const struct limit limits[];
extern const unsigned limit_count;

#endif
