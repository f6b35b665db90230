/* import: data sets described by a mapping file: import loads the world, replay the orders. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "services/cli/cli.h"

int run_import(struct cli *c);
int run_replay(struct cli *c);

#endif
