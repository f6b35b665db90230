#!/bin/bash
# fuzz seeds: every input that a fuzz target begins with, or that ever broke one, once.
set -euo pipefail
variant=${VARIANT:-asan}
for folder in tests/fuzz/seeds/*; do
    name=${folder##*/}
    if out=$("build/$variant/fuzz/target-$name" "$folder" 2>&1); then
        echo "ok $name: ${out##*$'\n'}"
    else
        echo "FAIL $name: $(tail -8 <<<"$out" | tr '\n' ' ')"
        exit 1
    fi
done
