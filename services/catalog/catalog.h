/* catalog: what can be sold, by whom, from where, and how much of it is there. */
#ifndef SERVICES_CATALOG_CATALOG_H
#define SERVICES_CATALOG_CATALOG_H

#include "common/service.h"

extern const struct service catalog_service;

/* Prints the state table of reservations. */
void catalog_describe(void);

#endif
