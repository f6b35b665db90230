/* pricing: the service's declaration, for main and the tests. */
#ifndef PRICING_PRICING_H
#define PRICING_PRICING_H

#include "common/service.h"

extern const struct service pricing_service;
void pricing_describe(void);

#endif
