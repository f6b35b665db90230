# service: the five services as plain processes. Sourced. An instance is a service ("orders") or a
# second process of one ("orders-2"), which shares its partitions.
# shellcheck shell=bash

program_of() { echo "$BIN/batuta-${1%-[0-9]}"; }

# Services refuse settings that they do not know, so each gets exactly its own. A file
# $STACK/INSTANCE.env adds KEY=VALUE lines for one instance (tests set faults there).
service_settings() { # INSTANCE: one KEY=VALUE a line
    echo "BATUTA_BROKERS=$(env_get BATUTA_BROKERS)"
    echo "BATUTA_POSTGRES=$(env_get BATUTA_POSTGRES)"
    echo "BATUTA_PARTITIONS=$(env_get BATUTA_PARTITIONS)"
    echo "BATUTA_SYSTEMS_FILE=$STACK/systems"
    echo "BATUTA_HTTP=$(env_get "$(http_key "$1")")"
    [ ! -f "$STACK/$1.env" ] || grep -v -e '^#' -e '^$' "$STACK/$1.env" || true
}

service_command() { # INSTANCE SUBCOMMAND: into the array `command`, to be run or launched
    local name
    mapfile -t command < <(service_settings "$1")
    for name in $(compgen -e BATUTA_ || true); do
        command=(-u "$name" "${command[@]}")
    done
    command=(env "${command[@]}" "$(program_of "$1")" "$2")
}

ready() { # INSTANCE
    curl -fsS -o /dev/null -m 2 "http://$(env_get "$(http_key "$1")")/readyz"
}

service_migrate() { # SERVICE
    service_command "$1" migrate
    "${command[@]}" >>"$STACK/log/$1.log" 2>&1 9>&- ||
        fail_with_log "$1" "$1 migrate failed"
}

service_launch() { # INSTANCE
    local pid
    if pid=$(pid_of "$1"); then
        case $(readlink "/proc/$pid/exe") in *' (deleted)')
            say "$1: still runs the program from before the last build (down and up change that)" ;;
        esac
        return 0
    fi
    [ -x "$(program_of "$1")" ] || fail "no $(program_of "$1"); make build compiles it"
    keep_port "$(http_key "$1")" "$1"
    service_command "$1" run
    launch "$1" "${command[@]}"
}

service_wait() { # INSTANCE
    ! ready "$1" 2>/dev/null || return 0
    say "$1: waiting until http://$(env_get "$(http_key "$1")")/readyz says 200"
    wait_until "$1" "$WAIT_SECONDS" ready "$1" && return 0
    curl -sS -m 2 "http://$(env_get "$(http_key "$1")")/readyz" >&2 || true
    pid_of "$1" >/dev/null || fail_with_log "$1" "$1 ended instead of becoming ready"
    fail_with_log "$1" "$1 is not ready after $WAIT_SECONDS s"
}

topics_apply() {
    [ "$BROKER" = kafka ] || return 0
    say "topics: creating what the table of topics says"
    BATUTA_STACK=$STACK BATUTA_BROKERS=$(env_get BATUTA_BROKERS) \
        BATUTA_PARTITIONS=$(env_get BATUTA_PARTITIONS) \
        "$BIN/batuta" topics apply >>"$STACK/log/topics.log" 2>&1 9>&- ||
        fail_with_log topics "batuta topics apply failed"
}
