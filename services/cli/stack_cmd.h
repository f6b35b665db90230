/* stack_cmd: the local stack as a whole: up, down, status, backup, restore; and rebuild.c. */
#ifndef CLI_STACK_CMD_H
#define CLI_STACK_CMD_H

#include "services/cli/cli.h"

int run_up(struct cli *c);
int run_down(struct cli *c);
int run_status(struct cli *c);
int run_backup(struct cli *c);
int run_restore(struct cli *c);
int run_rebuild_topics(struct cli *c);

/* Runs a program to its end. Returns an exit code, and has said why when it is not 0. */
int program_run(struct cli *c, char *const *arguments);
bool any_service_runs(struct cli *c); /* one of them answers */

#endif
