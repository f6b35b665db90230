/* rights: what a registered system may do beyond plain ordering (the `systems` file names them). */
#ifndef PROTO_RIGHTS_H
#define PROTO_RIGHTS_H

#include "common/service.h"

enum right {
    RIGHT_AGREED_PRICE = 1 << 0, /* set a price or line discount on an order line */
    RIGHT_CHARGES = 1 << 1,      /* set freight and fees on an order */
    RIGHT_BACKDATE = 1 << 2,     /* set placed_at more than 5 minutes from now */
    RIGHT_ON_BEHALF = 1 << 3,    /* name a sales representative as the one who places */
    RIGHT_ACCOUNTS = 1 << 4,     /* change accounts, users, rules, credit */
    RIGHT_DECIDE = 1 << 5,       /* vouch for the person who approves or rejects */
    RIGHT_CATALOG = 1 << 6,      /* change products, sellers, nodes, offers, assortments, stock */
    RIGHT_PRICING = 1 << 7,      /* change price lists and discounts */
    RIGHT_ANSWER = 1 << 8,       /* vouch for the partner who answers */
    RIGHT_OPERATE = 1 << 9       /* cancel any order; redrive and discard dead letters */
};

extern const struct right_name
    right_names[]; /* ends with a NULL name; one file serves all services */

#endif
