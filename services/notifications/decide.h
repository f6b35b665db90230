/* decide: one input of notifications at a time. Pure: what it reads and changes goes through the
 * fold. */
#ifndef SERVICES_NOTIFICATIONS_DECIDE_H
#define SERVICES_NOTIFICATIONS_DECIDE_H

#include "common/fold.h"

void notifications_needs(struct fold *f, const struct input *in);
void notifications_decide(struct fold *f, const struct input *in);

#endif
