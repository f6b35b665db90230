"""wire: Kafka as an outsider sees it, through another client and another partitioner than ours."""
import hashlib
import hmac
import time
import uuid

import confluent_kafka as kafka

from stack import StackError


class Wire:
    def __init__(self, stack):
        self.stack = stack
        self.brokers = stack.setting("BATUTA_BROKERS")
        with open(stack.setting("BATUTA_KEY_FILE"), encoding="utf-8") as file:
            self.system, key = file.read().split()
        self.key = bytes.fromhex(key)
        self.producer = kafka.Producer({"bootstrap.servers": self.brokers, "linger.ms": 2,
                                        "compression.type": "lz4",
                                        "message.max.bytes": 4_000_000})
        self.errors = []

    def partitions(self, topic):
        return len(self.producer.list_topics(topic, 10).topics[topic].partitions)

    def headers(self, kind, key, value, command_id=None, signed=True, **more):
        """The CloudEvents headers of a command, binary mode."""
        command_id = command_id or str(uuid.uuid4())
        found = {"ce_specversion": "1.0", "ce_id": command_id, "ce_source": "/tests/wire",
                 "ce_type": kind, "content-type": "application/json", **more}
        if signed:
            found["batuta-auth"] = self.signature(command_id, key, value)
        return {k: v for k, v in found.items() if v is not None}

    def signature(self, command_id, key, value):
        text = command_id.encode() + b"\n" + (key or b"") + b"\n" + (value or b"")
        return f"{self.system} {hmac.new(self.key, text, hashlib.sha256).hexdigest()}"

    def send(self, topic, key, value, headers, partition=-1):
        """headers: a dict, or pairs when a name comes twice."""
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        self.producer.produce(topic, value, key, partition=partition, headers=pairs,
                              on_delivery=self._report)
        self.producer.poll(0)

    def _report(self, error, _):
        if error is not None:
            self.errors.append(error)

    def flush(self):
        if self.producer.flush(30):
            raise StackError("the broker did not take everything in 30 s")
        found, self.errors = self.errors, []
        return found

    # --- reading

    def ends(self, topic):
        """Where each partition ends now."""
        consumer = self._consumer()
        found = {p: consumer.get_watermark_offsets(kafka.TopicPartition(topic, p), 10)[1]
                 for p in range(self.partitions(topic))}
        consumer.close()
        return found

    def _consumer(self):
        return kafka.Consumer({"bootstrap.servers": self.brokers, "group.id": "tests-wire",
                               "enable.auto.commit": False, "auto.offset.reset": "earliest"})

    def read(self, topic, since=None):
        """All records from the offsets on, to where the topic ends now."""
        ends = self.ends(topic)
        since = since or {}
        consumer = self._consumer()
        consumer.assign([kafka.TopicPartition(topic, p, since.get(p, 0))
                         for p, end in ends.items() if end > since.get(p, 0)])
        missing = {p for p, end in ends.items() if end > since.get(p, 0)}
        found, until = [], time.monotonic() + 30
        while missing:
            for record in consumer.consume(2000, 0.2):
                if record.error():
                    raise StackError(f"reading {topic}: {record.error()}")
                found.append(record)
            for place in consumer.position(consumer.assignment()):
                if place.offset >= ends[place.partition]:
                    missing.discard(place.partition)
            if time.monotonic() > until:
                raise StackError(f"could not read {topic} to its end in 30 s")
        consumer.close()
        return found


def header(record, name):
    """A header's text, or None."""
    for found, value in record.headers() or ():
        if found == name:
            return value.decode()
    return None


def murmur2(data):
    """Java's partitioner, written out once more."""
    m, mask = 0x5bd1e995, 0xffffffff
    h = (0x9747b28c ^ len(data)) & mask
    for i in range(0, len(data) - len(data) % 4, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = data[len(data) - len(data) % 4:]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * m) & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & mask


def partition_of(key, count):
    return (murmur2(key) & 0x7fffffff) % count
