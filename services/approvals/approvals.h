/* approvals: what the service declares about itself. */
#ifndef SERVICES_APPROVALS_APPROVALS_H
#define SERVICES_APPROVALS_APPROVALS_H

#include "common/service.h"

extern const struct service approvals_service;
void approvals_describe(void); /* prints the state table */

#endif
