/* parts: structs that several messages share. */
#ifndef PROTO_PARTS_H
#define PROTO_PARTS_H

#include "common/message.h"
#include "common/shape.h"

/* Why not: one reason, with its place and its cure. In events; `struct fault` in memory. */
struct reason {
    struct str code;   /* stable: "price_missing" */
    struct str path;   /* JSON Pointer into the command: "/lines/3" */
    int64_t line;      /* line number as the sender wrote it; 0 = the whole order */
    struct str text;   /* for people */
    struct str remedy; /* what would cure it */
    bool retriable;    /* the same command may succeed later */
};
extern const struct shape reason_shape;

struct address {
    struct str name, street, postal_code, city, region, country, note, gln;
};
extern const struct shape address_shape;

struct charge {
    struct str code; /* "freight" */
    struct money amount;
    struct str text;
};
extern const struct shape charge_shape;

struct line_quantity {
    int64_t line;
    struct quantity quantity; /* absent: the whole line */
};
extern const struct shape line_quantity_shape;

/* Message tables are built with this: T is the decoded struct. */
#define TYPE_AT(T, m) ((int)offsetof(T, m))

#endif
