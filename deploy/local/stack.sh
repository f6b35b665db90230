# stack: what up, down and status share. Sourced by them; bash. Everything of one stack lies in one
# folder, $STACK (BATUTA_STACK, default build/stack), so that several can run side by side:
#   stack.env   KEY=VALUE: the addresses, kept from the first up on
#   systems     who may speak, 0600; operator.key: the key of `batuta`, 0600
#   run/X.pid   process of X; run/X.start its start time, so that a recycled pid is never killed
#   log/X.log   what X said; postgres/ kafka/ the data
# shellcheck shell=bash
set -Eeuo pipefail
trap 'printf "stack: %s line %s failed\n" "${BASH_SOURCE[0]##*/}" "$LINENO" >&2' ERR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
BROKER=${BROKER:-kafka}
# The mock broker keeps nothing, so it gets a world of its own.
world=stack$([ "$BROKER" = kafka ] || echo "-$BROKER")
STACK=${BATUTA_STACK:-$root/build/$world}
case $STACK in /*) ;; *) STACK=$PWD/$STACK ;; esac
BIN=${BATUTA_BIN:-$root/build/release/bin}
JARS=${BATUTA_JARS:-$root/build/kafka/jars}
PARTITIONS=${PARTITIONS:-4}
SERVICES="catalog pricing approvals orders notifications"
WAIT_SECONDS=${WAIT_SECONDS:-60}

say() { printf 'stack: %s\n' "$*"; }
fail() {
    printf 'stack: %s\n' "$*" >&2
    exit 1
}

fail_with_log() { # NAME SENTENCE
    printf 'stack: %s; the end of %s:\n' "$2" "$STACK/log/$1.log" >&2
    tail -25 "$STACK/log/$1.log" >&2 || true
    exit 1
}

# --- one stack, one script at a time
stack_open() {
    case $BROKER in kafka | mock) ;; *) fail "BROKER is kafka or mock, not '$BROKER'" ;; esac
    mkdir -p "$STACK/run" "$STACK/log"
    exec 9>"$STACK/run/lock"
    flock -w 120 9 || fail "another up or down has held $STACK for two minutes"
}

# --- processes
start_time() { # PID: clock ticks since boot; empty when there is no such process
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

pid_of() { # NAME: its pid when it runs and is the one that was started; else empty, exit 1
    local pid start
    pid=$(cat "$STACK/run/$1.pid" 2>/dev/null) || return 1
    start=$(cat "$STACK/run/$1.start" 2>/dev/null) || return 1
    [ -n "$start" ] && [ "$(start_time "$pid")" = "$start" ] || return 1
    echo "$pid"
}

remember() { # NAME PID
    echo "$2" >"$STACK/run/$1.pid"
    start_time "$2" >"$STACK/run/$1.start"
}

forget() { rm -f "$STACK/run/$1.pid" "$STACK/run/$1.start"; }

launch() { # NAME COMMAND...: in a session of its own, so that a ctrl-C here does not reach it
    local name=$1
    shift
    printf -- '--- %s start\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$STACK/log/$name.log"
    setsid "$@" >>"$STACK/log/$name.log" 2>&1 </dev/null 9>&- &
    remember "$name" $!
}

wait_until() { # NAME SECONDS CHECK...: until CHECK succeeds; at once false when NAME has died
    local name=$1 until=$((SECONDS + $2))
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        pid_of "$name" >/dev/null || return 1
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.05
    done
}

stop() { # NAME SECONDS [SIGNAL]: ends it, by force after so long
    local name=$1 until=$((SECONDS + $2)) pid
    pid=$(pid_of "$name") || {
        forget "$name"
        return 0
    }
    kill -"${3:-TERM}" "$pid" 2>/dev/null || true
    while pid_of "$name" >/dev/null; do
        if [ "$SECONDS" -ge "$until" ]; then
            say "$name does not end in $2 s: killed"
            kill -KILL "$pid" 2>/dev/null || true
            sleep 0.2
        fi
        sleep 0.05
    done
    forget "$name"
}

# --- settings of the stack
env_get() { # KEY
    sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$STACK/stack.env" 2>/dev/null | tail -1
}

env_set() { # KEY VALUE; the file is replaced whole, so that a reader never sees half of one
    local value=$2
    case $value in *' '*) value="\"$value\"" ;; esac
    {
        grep -v "^$1=" "$STACK/stack.env" 2>/dev/null || true
        printf '%s=%s\n' "$1" "$value"
    } >"$STACK/stack.env.new"
    mv "$STACK/stack.env.new" "$STACK/stack.env"
}

port_busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the kernel gives ports to clients, so that none is taken meanwhile.
free_port() {
    local port tries=0
    while [ $((tries += 1)) -le 200 ]; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        grep -qs ":$port\$" "$STACK/stack.env" || port_busy $port || {
            echo $port
            return 0
        }
    done
    fail "no free port between 20000 and 31999"
}

# KEY: its port of last time, or a new one where there was none or a stranger sits on it.
keep_port() { # KEY NAME
    local address port
    address=$(env_get "$1")
    port=${address##*:}
    if [ -n "$port" ] && { pid_of "$2" >/dev/null || ! port_busy "$port"; }; then
        return 0
    fi
    [ -z "$port" ] || say "port $port of $2 is taken by another program; a new one is kept"
    env_set "$1" "127.0.0.1:$(free_port)"
}

http_key() { # orders -> BATUTA_HTTP_ORDERS, orders-2 -> BATUTA_HTTP_ORDERS_2
    echo "BATUTA_HTTP_$(echo "$1" | tr 'a-z-' 'A-Z_')"
}

instances() { # every instance that ever ran here, the five first
    local key
    echo "$SERVICES" | tr ' ' '\n'
    for key in "$STACK"/run/*-[0-9].pid; do
        [ ! -e "$key" ] || basename "$key" .pid
    done
}
