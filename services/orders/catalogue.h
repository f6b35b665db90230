/* catalogue: orders' own picture of what catalog tells: products, sellers, nodes, offers and
 * assortments, in memory, complete up to the reference versions of the batch. Built by snapshot.c
 * (the only part that allocates); read here, purely. */
#ifndef SERVICES_ORDERS_CATALOGUE_H
#define SERVICES_ORDERS_CATALOGUE_H

#include "common/service.h"
#include "common/table.h"
#include "proto/catalog.h"

/* Entries that share a key: the offers of a SKU, the assortments of an account. In no order. */
struct entry_list {
    struct str key;
    void **items;
    size_t count, room;
};

struct catalogue {
    struct table products, sellers, nodes; /* by id: struct product, seller, node */
    struct table offers, assortments;      /* by reference id: struct offer, assortment */
    struct table offers_by_sku;            /* struct entry_list of struct offer */
    struct table assortments_by_account;   /* the same of struct assortment; "" = every account */
    struct arena scratch;                  /* while a row is read */
};

extern const char *const reference_kinds[6];

/* service.snapshot_* */
void *catalogue_new(void);
void catalogue_apply(void *catalogue, const struct reference_row *row);
void catalogue_free(void *catalogue);

/* Not there, or not visible to the account (F01), is the same: NULL. Visible = no assortment that
 * applies denies it and, where any that applies allows, one of those allows it. An assortment
 * without SKUs and families is about every product. */
const struct product *catalogue_product(const struct catalogue *c, struct str account,
                                        struct str sku);
bool product_discontinued(const struct product *p);

/* Who sells the line and from where: the named seller and node, else the first by the offer's
 * priority, then the node's, then the node's id. */
enum choice_result {
    CHOICE_FOUND = 0,
    CHOICE_NO_SELLER, /* the named seller (or nobody at all) offers it */
    CHOICE_NO_NODE    /* the named node does not offer it, or is not the named seller's */
};
struct choice {
    struct str seller, node; /* in: what the line names; out: what was chosen */
};
enum choice_result catalogue_choose(const struct catalogue *c, struct str sku,
                                    struct choice *choice);

/* A fact of catalog, kept as reference rows. Offers have the id sku, '\n', node. */
void reference_keep(struct fold *f, const struct input *in);
bool reference_type(const struct message_type *type);

#endif
