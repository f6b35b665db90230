/* approval: what waits for a person, and the person's answer. */
#ifndef CLI_APPROVAL_H
#define CLI_APPROVAL_H

#include "services/cli/cli.h"

int run_approval_list(struct cli *c);
int run_approval_approve(struct cli *c);
int run_approval_reject(struct cli *c);

#endif
