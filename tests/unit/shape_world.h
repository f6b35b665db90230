/* shape_world: one struct with a member of every kind, and the fault of decoding a text as it. */
#ifndef TESTS_UNIT_SHAPE_WORLD_H
#define TESTS_UNIT_SHAPE_WORLD_H

#include "common/limits.h"
#include "common/shape.h"
#include "tests/unit/unit.h"

enum colour { COLOUR_ABSENT = 0, COLOUR_RED, COLOUR_UNUSED, COLOUR_BLUE };
static const char *const colour_names[] = {NULL, "red", NULL, "blue"};

struct part {
    struct str sku;
    struct quantity quantity;
};

static const struct member part_members[] = {
    MEMBER(struct part, sku, REQUIRED, 1, 5, "The product."),
    MEMBER_AMOUNT(struct part, quantity, OPTIONAL, 1, 3, NULL),
};
static const struct shape part_shape = SHAPE("part", struct part, part_members, "A part.");

struct whole {
    struct str name;
    int64_t number;
    bool flag;
    struct money price;
    struct money fine_price;
    struct decimal rate;
    struct decimal change;
    struct instant when;
    struct raw extensions;
    enum colour colour;
    const struct part *main_part;
    const struct part *parts;
    size_t parts_count;
    const struct str *tags;
    size_t tags_count;
};

static const struct member whole_members[] = {
    MEMBER(struct whole, name, REQUIRED, 2, 8, "How it is called."),
    MEMBER(struct whole, number, OPTIONAL, -5, 10, "A number."),
    MEMBER(struct whole, flag, OPTIONAL, 0, 0, NULL),
    MEMBER_AMOUNT(struct whole, price, OPTIONAL, 0, DIGITS_OF_CURRENCY, "What it costs."),
    MEMBER_AMOUNT(struct whole, fine_price, OPTIONAL, -AMOUNT_MICRO_MAX, 4, NULL),
    MEMBER_AMOUNT(struct whole, rate, OPTIONAL, 0, 0, NULL),
    MEMBER_AMOUNT(struct whole, change, OPTIONAL, -1500000, 6, NULL),
    MEMBER(struct whole, when, OPTIONAL, 0, 0, NULL),
    MEMBER(struct whole, extensions, OPTIONAL, 0, 0, "Anything."),
    MEMBER_ENUM(struct whole, colour, OPTIONAL, colour_names, NULL),
    MEMBER_OBJECT(struct whole, main_part, OPTIONAL, &part_shape, NULL),
    MEMBER_LIST(struct whole, parts, OPTIONAL, 1, 3, &part_shape, NULL),
    MEMBER_TEXTS(struct whole, tags, OPTIONAL, 0, 2, NULL),
};
static const struct shape whole_shape =
    SHAPE("test.whole", struct whole, whole_members, "Every kind of member.");

/* One member of every kind, all set, in canonical form. */
static const char whole_json[] =
    "{\"name\":\"n\xc3\xa9\\n\\\"\",\"number\":-5,\"flag\":true,"
    "\"price\":{\"amount\":\"12.50\",\"currency\":\"EUR\"},"
    "\"fine_price\":{\"amount\":\"-0.1234\",\"currency\":\"JPY\"},"
    "\"rate\":\"7\",\"change\":\"-1.5\",\"when\":\"2026-11-24T17:00:00.500000Z\","
    "\"extensions\":{\"a\":[1,null,{}],\"b\":\"x\"},\"colour\":\"blue\","
    "\"main_part\":{\"sku\":\"A-1\",\"quantity\":{\"value\":\"0.001\",\"unit\":\"KGM\"}},"
    "\"parts\":[{\"sku\":\"B\"},{\"sku\":\"C\",\"quantity\":{\"value\":\"3\",\"unit\":\"C62\"}}],"
    "\"tags\":[\"x\",\"y\"]}";

#endif
