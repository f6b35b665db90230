#!/bin/sh
# sql_embed: turns a room's SQL into C text, so that a service is one file to install.
# usage: sql_embed.sh NAME STORE MIGRATION...   (STORE is "-" where the room has none)
# Prints the definitions of NAME_store, NAME_migrations and NAME_migration_count.
set -eu

name=$1
store=$2
shift 2

# One file as {"base name", "text"}; one C literal a line, so that the C stays readable.
entry() {
    printf '{"%s",\n' "$(basename "$1")"
    awk '{
        gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/\r/, "\\r")
        gsub(/\?\?/, "?\\?")
        printf "     \"%s\\n\"\n", $0
        lines++
    } END { if (!lines) print "     \"\"" }' "$1"
    printf '    }'
}

printf '/* Made by common/sql_embed.sh; the SQL files are the source. */\n'
printf '#include "common/pg.h"\n\n'
printf 'extern const struct sql_file %s_store;\n' "$name"
printf 'extern const struct sql_file %s_migrations[];\n' "$name"
printf 'extern const size_t %s_migration_count;\n\n' "$name"

printf 'const struct sql_file %s_store = ' "$name"
if [ "$store" = - ]; then
    printf '{"store.sql", ""}'
else
    entry "$store"
fi
printf ';\n\nconst struct sql_file %s_migrations[] = {\n' "$name"
for file in "$@"; do
    printf '    '
    entry "$file"
    printf ',\n'
done
# An array may not be empty in C; the count says where it ends.
printf '    {0},\n};\n\nconst size_t %s_migration_count = %d;\n' "$name" "$#"
