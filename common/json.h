/* json: text to a read-only tree in an arena, and back (json.c is the only file that includes
 * jansson.h). What may not be told from the text alone, such as which members an object has, is for
 * shape to judge. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/shape.h"

enum node_kind {
    NODE_ABSENT = 0,
    NODE_OBJECT,
    NODE_LIST,
    NODE_TEXT,
    NODE_INTEGER,
    NODE_REAL, /* a number with a point or an exponent */
    NODE_BOOL,
    NODE_NULL
};

struct node {
    enum node_kind kind;
    struct str name;    /* of a member of an object; else STR_NONE */
    struct str text;    /* text: UTF-8 without NUL, NUL behind it; real: its shortest numeral */
    int64_t integer;    /* integer; bool: 0 or 1 */
    struct node *items; /* members in the order of the text, or elements */
    size_t count;
};

/* Parses one value of any kind. Refused: size over `size_max`, depth over DEPTH_MAX, NUL raw or
 * escaped, bytes that are no UTF-8 (surrogates, overlong forms and a byte order mark too),
 * duplicate keys, integers beyond 64 bits. The fault's path is "" (the whole document); its text
 * counts bytes or lines and holds nothing of the input. The tree lives in `a` and does not point
 * into `json`. */
bool node_parse(struct str json, size_t size_max, struct arena *a, const struct node **out,
                struct fault *f) MUST_CHECK;

/* The member of an object; NULL when there is none. */
const struct node *node_find(const struct node *object, const char *name);

/* Canonical: no white space, members sorted by the bytes of their names, least escaping. */
void node_write(const struct node *n, struct buf *out);
/* How deep a value nests: a scalar 0, {} 1, {"a":[]} 2. */
size_t node_depth(const struct node *n);

/* A JSON string with its quotes; UTF-8 stays raw, only '"', '\' and bytes below 0x20 are escaped.
 */
void json_write_text(struct str text, struct buf *out);
void json_write_integer(int64_t value, struct buf *out);

/* Why bytes may not be text: NULL when they are UTF-8 without NUL, else "utf8_invalid" or
 * "json_nul"; *at is then the index of the byte. For headers and other text from outside. */
const char *text_refusal(struct str bytes, size_t *at);

#endif
