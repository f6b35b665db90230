/* dlq: dead letters, and what is parked behind them. */
#ifndef CLI_DLQ_H
#define CLI_DLQ_H

#include "services/cli/cli.h"

int run_dlq_list(struct cli *c);
int run_dlq_show(struct cli *c);
int run_dlq_redrive(struct cli *c);
int run_dlq_discard(struct cli *c);

#endif
