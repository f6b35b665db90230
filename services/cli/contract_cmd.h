/* contract_cmd: the documents of the contract, and whether a message keeps it. */
#ifndef CLI_CONTRACT_CMD_H
#define CLI_CONTRACT_CMD_H

#include "common/message.h"
#include "services/cli/cli.h"

int run_contract_write(struct cli *c);
int run_contract_check(struct cli *c);
int run_limits(struct cli *c);

/* The rule that a text breaks: a structured CloudEvent, or the plain value of `type`. */
bool contract_check(struct arena *a, struct str json, const struct message_type *type,
                    const struct message_type **found, struct fault *f) MUST_CHECK;

#endif
