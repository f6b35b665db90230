# postgres: a private cluster in $STACK/postgres, on a socket and a port of its own. Sourced.
# Only who owns the stack reaches the socket (its folder is 0700), so the socket needs no password;
# the port asks for one, and no role has one until somebody gives it one.
# shellcheck shell=bash
# Resolved at once: the cluster's user may not be able to follow a link in a closed folder.
PGHOME=$(readlink -m "$STACK/postgres")
PGROLES=$root/deploy/postgres/roles.sql

pg_bin() { # PROGRAM: of the newest Postgres from 15 on
    local dir
    for dir in $(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -rV) \
        "$(dirname "$(command -v "$1" || echo /none/none)")"; do
        [ -x "$dir/$1" ] || continue
        echo "$dir/$1"
        return 0
    done
    fail "no Postgres server here (looked for $1); make deps installs it"
}

# Postgres refuses to be root; as root the cluster belongs to the user that the package made.
pg_as() { # COMMAND...
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=-all -- "$@"
    else
        "$@"
    fi
}

# The stack's folder was deleted while its cluster lay outside: without the log that its positions
# belong to it is of no use, and its postmaster may still run.
pg_orphan_remove() { # HOME
    [ -e "$1/data" ] && [ ! -d "$STACK/kafka" ] || return 0
    say "postgres: $1 is left over from a deleted stack; stopping and removing it"
    (cd / && pg_as "$(pg_bin pg_ctl)" -D "$1/data" -w -m immediate stop) >/dev/null 2>&1 || true
    rm -rf "$1"
}

# A socket's path has at most 107 bytes, and below a closed folder (/root) the cluster's user cannot
# go: then the cluster lies in /var/tmp and the stack keeps a link.
pg_home_make() {
    [ ! -e "$PGHOME/" ] || return 0
    local home=$PGHOME
    if [ "${#PGHOME}" -gt 80 ] || ! pg_as test -x "$STACK"; then
        home=/var/tmp/batuta-$(id -u)-$(echo "$STACK" | cksum | cut -d' ' -f1)
        [ ! -e "$home" ] || [ "$(stat -c %u "$home")" = "$(pg_as id -u)" ] ||
            fail "$home belongs to somebody else"
        pg_orphan_remove "$home"
        say "postgres: the cluster lies in $home ($STACK is too deep or closed for it)"
        ln -sfn "$home" "$PGHOME"
        PGHOME=$home
    fi
    mkdir -p -m 0700 "$home"
    [ "$(id -u)" != 0 ] || chown postgres: "$home"
}

pg_conf() {
    local port=$1
    cat <<CONF
# written by deploy/local/up at every start
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$PGHOME/socket'
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 4GB
wal_compression = lz4
default_toast_compression = lz4
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
cluster_name = 'batuta'
CONF
}

pg_create() {
    say "postgres: creating the cluster"
    pg_as mkdir -p -m 0700 "$PGHOME/socket"
    (cd / && pg_as "$(pg_bin initdb)" -D "$PGHOME/data" -U postgres --encoding=UTF8 --locale=C \
        --auth-local=trust --auth-host=scram-sha-256 --no-instructions) \
        >>"$STACK/log/postgres.log" 2>&1 9>&- || fail_with_log postgres "initdb failed"
    echo "include 'batuta.conf'" | pg_as tee -a "$PGHOME/data/postgresql.conf" >/dev/null
}

pg_sql() { # DATABASE: statements from stdin, as the cluster's owner
    (cd / && pg_as "$(pg_bin psql)" -X -q -h "$PGHOME/socket" -p "$(pg_port)" -U postgres -d "$1" \
        -v ON_ERROR_STOP=1 -At -f -) 9>&-
}

pg_port() { env_get BATUTA_POSTGRES | sed 's/.*port=\([0-9]*\).*/\1/'; }

# The port also names the socket; it is kept within the connection string.
pg_keep_port() {
    local port
    port=$(pg_port)
    if [ -z "$port" ] || port_busy "$port"; then
        port=$(free_port)
    fi
    env_set BATUTA_POSTGRES "host=$PGHOME/socket port=$port dbname=batuta"
}

# After a kill -9 the dead server's pid file stays. Where nobody reaps orphans (a container without
# an init) its pid answers as a zombie and Postgres would refuse to start: such a pid is replaced by
# one that cannot be. Postgres still looks itself whether the old one's shared memory is in use.
pg_forget_dead() {
    local file=$PGHOME/data/postmaster.pid pid
    pid=$(pg_as head -1 "$file" 2>/dev/null) || return 0
    [ -n "$(start_time "$pid")" ] || pg_as sed -i '1s/.*/2147483647/' "$file"
}

pg_launch() {
    (cd / && pg_as "$(pg_bin pg_ctl)" -D "$PGHOME/data" -w -t "$WAIT_SECONDS" start) \
        >>"$STACK/log/postgres.log" 2>&1 </dev/null 9>&-
}

postgres_start() {
    ! pid_of postgres >/dev/null || return 0
    pg_home_make
    pg_keep_port
    pg_as test -e "$PGHOME/data/PG_VERSION" || pg_create
    pg_conf "$(pg_port)" | pg_as tee "$PGHOME/data/batuta.conf" >/dev/null
    say "postgres: waiting until it accepts connections"
    pg_forget_dead
    # A second time where the children of a killed server were still leaving.
    pg_launch || { sleep 2 && pg_launch; } || fail_with_log postgres "postgres does not start"
    remember postgres "$(pg_as head -1 "$PGHOME/data/postmaster.pid")"
    say "postgres: up on port $(pg_port), socket in $PGHOME/socket"
}

postgres_stop() {
    pid_of postgres >/dev/null || {
        forget postgres
        return 0
    }
    (cd / && pg_as "$(pg_bin pg_ctl)" -D "$PGHOME/data" -w -m fast stop) \
        >>"$STACK/log/postgres.log" 2>&1 9>&- || stop postgres 5 QUIT
    forget postgres
    say "postgres: stopped"
}

# The database and its roles. The file is applied again only when it changed.
postgres_prepare() {
    local exists sum
    exists=$(echo "select 1 from pg_database where datname = 'batuta'" | pg_sql postgres)
    [ -n "$exists" ] || echo "create database batuta" | pg_sql postgres
    [ -f "$PGROLES" ] || return 0
    sum=$(cksum <"$PGROLES")
    if [ -z "$exists" ] || [ "$sum" != "$(cat "$STACK/run/roles.sum" 2>/dev/null)" ]; then
        say "postgres: roles and rights"
        pg_sql batuta <"$PGROLES" >>"$STACK/log/postgres.log" 2>&1 ||
            fail_with_log postgres "deploy/postgres/roles.sql failed"
        echo "$sum" >"$STACK/run/roles.sum"
    fi
}
