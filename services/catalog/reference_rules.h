/* reference_rules: what a put of products, sellers, nodes, offers or assortments must be. Pure. A
 * put is taken whole or not at all. */
#ifndef SERVICES_CATALOG_REFERENCE_RULES_H
#define SERVICES_CATALOG_REFERENCE_RULES_H

#include "proto/catalog.h"
#include "services/catalog/snapshot.h"

/* The five put bodies differ in the type of their items only; this is what they share. */
struct reference_put {
    struct str reference, principal, idempotency_key;
    int64_t version;
    const void *items;
    size_t items_count;
};

struct reference_kind {
    const char *name; /* "product": the runtime's reference kind */
    const char *key;  /* "reference:product" */
    const struct message_type *put, *changed;
    const struct shape *item;
    struct reference_put (*view)(const void *body);
    /* The fact that follows: the same items and their version, without who sent them. */
    const void *(*fact)(const void *body, int64_t version, struct arena *a);
    struct str (*id)(const void *item, struct arena *a);
    bool (*check)(const void *item, const struct snapshot *s, struct fault *f);
};
enum { REFERENCE_KIND_COUNT = 5 };
extern const struct reference_kind reference_kinds[REFERENCE_KIND_COUNT];

const struct reference_kind *reference_kind_of(const struct message_type *put); /* or NULL */
const void *reference_item(const struct reference_kind *k, const struct reference_put *p,
                           size_t index);

/* False: *f says which item and why. Codes: reference_invalid, member_unknown, member_missing,
 * item_repeated, seller_invalid, seller_unknown, node_invalid, node_unknown, sku_unknown,
 * sku_invalid, unit_invalid, unit_fixed, status_unknown, effect_unknown. */
bool reference_check(const struct reference_kind *k, const struct reference_put *p,
                     const struct snapshot *s, struct arena *a, struct fault *f) MUST_CHECK;

/* The same id twice in one command: which one counts would be chance. The index of the second one,
 * or the count when there is none. Texts are present. */
size_t text_repeated(const struct str *texts, size_t count, struct arena *a);

/* Fills *f; returns false, so that "return fault_say(...)" ends a check. The path is of the item
 * ("/unit") and literal. */
bool fault_say(struct fault *f, const char *code, struct str path, const char *text,
               const char *remedy);

#endif
