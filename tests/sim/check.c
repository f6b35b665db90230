/* check: everything that must be true at rest. */
#include "tests/sim/sim.h"

void check_all(void) {}
