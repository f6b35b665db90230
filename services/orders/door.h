/* door: what is checked of a new order before anybody is asked. Every fault is reported, not only
 * the first. Pure. */
#ifndef SERVICES_ORDERS_DOOR_H
#define SERVICES_ORDERS_DOOR_H

#include "proto/order.h"
#include "services/orders/catalogue.h"

enum { CLOCK_TOLERANCE_SECONDS = 300 }; /* how far placed_at may be from now without a right */

struct door_input {
    const struct order_submit *order;
    unsigned rights; /* of the sending system */
    struct instant now;
    const struct catalogue *catalogue;
};

struct door_line { /* what was found for a line; product NULL where none */
    const struct product *product;
    struct choice choice;
};

struct door {
    struct reason *reasons;
    size_t reasons_count;
    struct door_line *lines;     /* one for each of the order */
    const struct reason *denied; /* the first that is the lack of a right, or NULL: then nothing of
                                    the order may be kept */
};

void door_judge(const struct door_input *in, struct arena *a, struct door *out);

#endif
