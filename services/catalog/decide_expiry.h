/* decide_expiry: until when a reservation is held. Pure. */
#ifndef SERVICES_CATALOG_DECIDE_EXPIRY_H
#define SERVICES_CATALOG_DECIDE_EXPIRY_H

#include "services/catalog/rows.h"

/* The reservation is held, and no longer held. */
void expiry_set(struct fold *f, const struct input *in, const struct reservation *r);
void expiry_clear(struct fold *f, const struct input *in, const struct reservation *r);

void expiry_minute_decide(struct fold *f, const struct input *in); /* a timer */
void expiry_minute_needs(struct fold *f, const struct input *in);

#endif
