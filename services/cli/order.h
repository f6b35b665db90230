/* order: orders on the command line. */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include "services/cli/fetch.h"
#include "services/cli/send.h"

/* What has become of an order, by the state that its header shows. */
enum fate {
    FATE_UNKNOWN = 0, /* orders does not know it (yet) */
    FATE_MOVING,      /* received, priced, approved: soon more */
    FATE_WAITING,     /* for a person */
    FATE_DONE,        /* confirmed or beyond */
    FATE_OVER         /* refused, rejected, cancelled, expired */
};
enum fate fate_of(struct str state);

/* The order with this id, PO number or reference; the exit code, having said why. */
int order_find(struct cli *c, struct str word, struct reply *out);
struct str order_state(const struct node *order);

/* Fills in what the command line leaves to us: order id, principal. */
bool order_complete(struct cli *c, struct str json, struct str *out, struct fault *f) MUST_CHECK;

int run_order_submit(struct cli *c);
int run_order_list(struct cli *c);
int run_order_show(struct cli *c);
int run_order_watch(struct cli *c);
int run_order_cancel(struct cli *c);

#endif
