#!/usr/bin/env bash
# The simulator with a few fixed seeds and all tapes that failed once (tests/sim); `make sim` runs
# many more, and asks that no mark stays 0.
set -u
exec nice "build/${VARIANT:-asan}/sim/sim" --seeds 20 --any-marks --tapes tests/sim/tapes
