# kafka: one real broker in KRaft mode in $STACK/kafka, or with BROKER=mock librdkafka's own mock
# cluster in a small process. Sourced.
# shellcheck shell=bash

kafka_properties() { # PORT CONTROLLER-PORT
    cat <<CONF
# written by deploy/local/up at every start
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2
advertised.listeners=PLAINTEXT://127.0.0.1:$1
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$STACK/kafka/data
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=8388608
CONF
}

kafka_java() { # exec'd by setsid: JVM flags, then what to run
    echo "$here/java" -Xms256m -Xmx512m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -Dorg.slf4j.simpleLogger.showDateTime=true \
        "'-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss'" -cp "'$JARS/*'" "$@"
}

# Kafka's ids are 16 random bytes in base64 for addresses, not beginning with a dash. A file of our
# own beats starting a Java for it.
kafka_format() {
    [ ! -e "$STACK/kafka/data/meta.properties" ] || return 0
    local id
    id=A$(head -c 15 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=' | cut -c1-19)gg
    say "kafka: formatting $STACK/kafka"
    eval "$(kafka_java kafka.tools.StorageTool format -t "$id" \
        -c "'$STACK/kafka/server.properties'")" >>"$STACK/log/kafka.log" 2>&1 9>&- ||
        fail_with_log kafka "formatting failed"
}

kafka_port() { env_get BATUTA_BROKERS | sed 's/.*://'; }

kafka_start() {
    ! pid_of kafka >/dev/null || return 0
    [ "$BROKER" = kafka ] || {
        mock_start
        return 0
    }
    [ -e "$JARS/pom.xml" ] || fail "Kafka's jars are not in $JARS; make deps fetches them"
    mkdir -p "$STACK/kafka"
    keep_port BATUTA_BROKERS kafka
    keep_port KAFKA_CONTROLLER kafka
    kafka_properties "$(kafka_port)" "$(env_get KAFKA_CONTROLLER | sed 's/.*://')" \
        >"$STACK/kafka/server.properties"
    kafka_format
    say "kafka: waiting until the broker listens (about 4 s)"
    eval "launch kafka $(kafka_java kafka.Kafka "'$STACK/kafka/server.properties'")"
    wait_until kafka "$WAIT_SECONDS" port_busy "$(kafka_port)" ||
        fail_with_log kafka "kafka does not start"
    say "kafka: up on $(env_get BATUTA_BROKERS)"
}

mock_start() {
    local ready=$STACK/run/mock.address
    [ ! -e "$STACK/kafka/data" ] || fail "$STACK has a real broker's data: use another BATUTA_STACK"
    [ -x "$BIN/mock-broker" ] || fail "no $BIN/mock-broker; make build compiles it"
    say "WARNING: BROKER=mock keeps nothing: with 'down' all messages, and so this world, are lost"
    rm -f "$ready"
    launch kafka "$BIN/mock-broker" --partitions "$PARTITIONS" --ready "$ready"
    wait_until kafka "$WAIT_SECONDS" test -s "$ready" ||
        fail_with_log kafka "the mock broker does not start"
    env_set BATUTA_BROKERS "$(cat "$ready")"
    echo "drop database if exists batuta with (force)" | pg_sql postgres
    postgres_prepare
    say "kafka: mock broker on $(env_get BATUTA_BROKERS), database emptied to match"
}

kafka_stop() {
    ! pid_of kafka >/dev/null || {
        stop kafka 30
        say "kafka: stopped"
    }
    forget kafka
}
