#!/bin/bash
# postgres-init: run once by the official image, in the empty database: roles and their passwords.
set -euo pipefail

psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -q -f /roles.sql
for role in migrate catalog pricing approvals orders notifications; do
    variable=PASSWORD_${role^^}
    psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -q \
        -v role="batuta_$role" -v password="${!variable}" <<'SQL'
alter role :"role" password :'password';
SQL
done
