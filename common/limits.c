/* limits: the table of every bound, with its unit and its reason. */
#include "common/limits.h"

#define LIMIT(name, unit, why)                                                                     \
    {                                                                                              \
#name, name, unit, why                                                                     \
    }

const struct limit limits[] = {
    LIMIT(ORDER_LINE_COUNT_MAX, "lines", "one order; its largest event must fit one message"),
    LIMIT(COMMAND_SIZE_MAX, "bytes", "value of a command; larger ones are refused before parsing"),
    LIMIT(EVENT_SIZE_MAX, "bytes", "value and headers of an event; topics allow 1 MiB"),
    LIMIT(DEAD_LETTER_SIZE_MAX, "bytes",
          "the largest record with the headers that say why it died"),
    LIMIT(DEPTH_MAX, "levels", "nesting of JSON; bounds the stack of every reader"),
    LIMIT(RAW_DEPTH_MAX, "levels", "nesting of free objects; events wrap them in further levels"),
    LIMIT(TEXT_SIZE_MAX, "bytes", "free text"),
    LIMIT(ID_SIZE_MAX, "bytes", "an id that the outside chooses"),
    LIMIT(KEY_SIZE_MAX, "bytes", "a Kafka key"),
    LIMIT(DECIMALS_MAX, "digits", "after the point of any amount: millionths are kept"),
    LIMIT(REFERENCE_ITEM_COUNT_MAX, "items", "products, prices and the like in one command"),
    LIMIT(CHARGE_COUNT_MAX, "charges", "one order"),
    LIMIT(UNIT_COUNT_MAX, "units", "one account"),
    LIMIT(USER_COUNT_MAX, "users", "one account"),
    LIMIT(TIER_COUNT_MAX, "tiers", "one approval flow"),
    LIMIT(HIERARCHY_DEPTH_MAX, "levels", "from a unit or account up to its root"),
    LIMIT(PARTITION_COUNT_MAX, "partitions", "one topic"),
    LIMIT(BATCH_RECORD_COUNT_MAX, "records", "one turn of the loop"),
    LIMIT(BATCH_SIZE_MAX, "bytes", "one turn of the loop, and the largest stored JSON"),
    LIMIT(UNPUBLISHED_COUNT_MAX, "events", "committed but not acknowledged before reading stops"),
    LIMIT(AMOUNT_MICRO_MAX, "millionths", "an amount; sums of 1,000 of them still fit"),
};

const unsigned limit_count = sizeof(limits) / sizeof(limits[0]);
