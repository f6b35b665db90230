/* notifications: who must be told what, and what partners answer. */
#ifndef SERVICES_NOTIFICATIONS_NOTIFICATIONS_H
#define SERVICES_NOTIFICATIONS_NOTIFICATIONS_H

#include "common/service.h"

extern const struct service notifications_service;

/* Prints the state table of fulfilments. */
void notifications_describe(void);

#endif
