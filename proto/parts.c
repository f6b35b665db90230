/* parts: shapes of the structs that several messages share. */
#include "proto/parts.h"

#include "common/limits.h"

static const struct member reason_members[] = {
    MEMBER(struct reason, code, REQUIRED, 1, 64, "stable code"),
    MEMBER(struct reason, path, OPTIONAL, 0, TEXT_SIZE_MAX, "JSON Pointer into the command"),
    MEMBER(struct reason, line, OPTIONAL, 0, 1000000, "line number; absent = the whole order"),
    MEMBER(struct reason, text, OPTIONAL, 0, TEXT_SIZE_MAX, "for people"),
    MEMBER(struct reason, remedy, OPTIONAL, 0, TEXT_SIZE_MAX, "what would cure it"),
    MEMBER(struct reason, retriable, OPTIONAL, 0, 0, "the same command may succeed later"),
};
const struct shape reason_shape = SHAPE("reason", struct reason, reason_members, "Why not.");

static const struct member address_members[] = {
    MEMBER(struct address, name, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct address, street, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct address, postal_code, OPTIONAL, 0, 64, NULL),
    MEMBER(struct address, city, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct address, region, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct address, country, OPTIONAL, 0, 64, "ISO 3166-1 alpha-2 or name"),
    MEMBER(struct address, note, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct address, gln, OPTIONAL, 13, 13, "GS1 Global Location Number"),
};
const struct shape address_shape =
    SHAPE("address", struct address, address_members, "A place to ship or bill to.");

static const struct member charge_members[] = {
    MEMBER(struct charge, code, REQUIRED, 1, 64, "freight, handling, ..."),
    MEMBER_AMOUNT(struct charge, amount, REQUIRED, 0, DIGITS_OF_CURRENCY,
                  "in the order's currency"),
    MEMBER(struct charge, text, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
};
const struct shape charge_shape =
    SHAPE("charge", struct charge, charge_members, "Freight or a fee on an order.");

static const struct member line_quantity_members[] = {
    MEMBER(struct line_quantity, line, REQUIRED, 1, 1000000, "line number of the order"),
    MEMBER_AMOUNT(struct line_quantity, quantity, OPTIONAL, 1, DECIMALS_MAX,
                  "absent: all that is left of the line"),
};
const struct shape line_quantity_shape =
    SHAPE("line_quantity", struct line_quantity, line_quantity_members, "So much of a line.");
