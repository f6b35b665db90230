/* shrink: the smallest tape that still fails in the same way. */
#ifndef TESTS_SIM_SHRINK_H
#define TESTS_SIM_SHRINK_H

#include "tests/sim/sim.h"

/* tape: of a run that failed `check`; afterwards a short one that fails it too. Returns how many
 * runs that took. */
size_t shrink(struct tape *tape, const char *check);

#endif
