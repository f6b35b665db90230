/* decide: every input of orders, and who handles it. */
#ifndef SERVICES_ORDERS_DECIDE_H
#define SERVICES_ORDERS_DECIDE_H

#include "common/fold.h"

void orders_needs(struct fold *f, const struct input *in);
void orders_decide(struct fold *f, const struct input *in);

#endif
