/* json_scan: the fast way to a tree, for the common run of messages; nobody but json.c and tests
 * includes it.
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include "common/json.h"

/* True: json is one value that all the rules of node_parse allow, and *out is its tree. False: it
 * is not, or it is of a rarer kind (numbers with a point, very many members), and jansson must
 * judge. `out` may be half filled then. */
bool node_scan(struct str json, struct arena *a, struct node *out) MUST_CHECK;

/* The same without size bound, by jansson alone: says why not, and is what the tests hold node_scan
 * against. `out` is zeroed. */
bool node_parse_by_jansson(struct str json, struct arena *a, struct node *out,
                           struct fault *f) MUST_CHECK;

/* Length of the character of UTF-8 that begins at `at`; 0 when it is none. left >= 1. */
size_t utf8_length(const unsigned char *at, size_t left);

#endif
