/* decide: what approvals does with an input. Pure: no clock, no I/O, no state of its own. */
#ifndef SERVICES_APPROVALS_DECIDE_H
#define SERVICES_APPROVALS_DECIDE_H

#include "common/fold.h"

void approvals_needs(struct fold *f, const struct input *in);
void approvals_decide(struct fold *f, const struct input *in);

#endif
