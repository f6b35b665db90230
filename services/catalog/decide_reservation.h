/* decide_reservation: what becomes of requests for stock. Pure. */
#ifndef SERVICES_CATALOG_DECIDE_RESERVATION_H
#define SERVICES_CATALOG_DECIDE_RESERVATION_H

#include "services/catalog/rows.h"

void reservation_request_decide(struct fold *f, const struct input *in);
void reservation_commit_decide(struct fold *f, const struct input *in);
void reservation_release_decide(struct fold *f, const struct input *in);
void reservation_expiry_decide(struct fold *f, const struct input *in); /* a timer */

void reservation_request_needs(struct fold *f, const struct input *in);
void reservation_needs(struct fold *f, struct str order, struct str node); /* for a timer */

#endif
