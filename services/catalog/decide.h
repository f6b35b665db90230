/* decide: one input of catalog at a time. Pure: what it reads and changes goes through the fold. */
#ifndef SERVICES_CATALOG_DECIDE_H
#define SERVICES_CATALOG_DECIDE_H

#include "common/fold.h"

void catalog_needs(struct fold *f, const struct input *in);
void catalog_decide(struct fold *f, const struct input *in);

#endif
