/* orders: the service's declaration. */
#ifndef SERVICES_ORDERS_ORDERS_H
#define SERVICES_ORDERS_ORDERS_H

#include "common/service.h"

extern const struct service orders_service;
void orders_describe(void); /* prints the two tables of an order */

#endif
