/* partner: what a seller has to fulfil, and its answers. */
#ifndef CLI_PARTNER_H
#define CLI_PARTNER_H

#include "services/cli/cli.h"

int run_partner_orders(struct cli *c);
int run_partner_accept(struct cli *c);
int run_partner_reject(struct cli *c);
int run_partner_ship(struct cli *c);
int run_partner_deliver(struct cli *c);

/* The text of an answer: partner, order, sub-order; `lines` as JSON or absent. */
struct partner_answer {
    struct str partner, order, key, lines, carrier, tracking, reason;
    int64_t sub_order;
};
struct str partner_answer_text(struct arena *a, const struct partner_answer *answer);

#endif
