#!/bin/bash
# init: what must be there before a service starts: who may speak, tables, topics. Safe to repeat.
set -euo pipefail

/usr/lib/batuta/systems /var/lib/batuta /usr/share/batuta/rights.c
for service in catalog pricing approvals orders notifications; do
    echo "init: $service migrate"
    env -u BATUTA_KEY_FILE "batuta-$service" migrate
done
echo "init: topics"
batuta topics apply
echo "init: done"
