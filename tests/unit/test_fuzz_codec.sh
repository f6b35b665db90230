#!/bin/bash
# fuzz_codec: a short run of tests/fuzz counts as one test: planted mistakes are found, and 200,000
# documents are read as jansson reads them.
set -euo pipefail
program=build/${VARIANT:-asan}/fuzz/fuzz-codec
vectors=${BATUTA_DATA:-../shared/data}/wire_vectors/json_test_parsing.tar.xz
"$program" selftest | sed 's/^ok /found: /'
"$program" 200000 1 proto/examples "$vectors"
echo "ok fuzz_codec"
