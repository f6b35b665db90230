/* decide: one input of pricing after the other. Pure, see common/fold.h. */
#ifndef PRICING_DECIDE_H
#define PRICING_DECIDE_H

#include "common/fold.h"

void pricing_needs(struct fold *f, const struct input *in);
void pricing_decide(struct fold *f, const struct input *in);

#endif
