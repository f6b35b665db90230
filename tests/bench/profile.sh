#!/bin/bash
# profile: the ten functions that take most of each service's processor time during a backlog, and
# of each Postgres backend's. usage: profile.sh [ORDERS]; writes
# build/bench/profile.json, which `make bench-docs` takes into docs/profile.md
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
command -v perf >/dev/null || {
    echo "profile: perf is not here (apt-get install linux-perf)" >&2
    exit 1
}
exec "$here/bench.py" profile --orders "${1:-20000}"
