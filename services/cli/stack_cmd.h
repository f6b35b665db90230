/* stack_cmd: the local stack as a whole: up, down, status, backup, restore. */
#ifndef CLI_STACK_CMD_H
#define CLI_STACK_CMD_H

#include "services/cli/cli.h"

int run_up(struct cli *c);
int run_down(struct cli *c);
int run_status(struct cli *c);
int run_backup(struct cli *c);
int run_restore(struct cli *c);

#endif
