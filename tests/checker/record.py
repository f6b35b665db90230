#!/usr/bin/python3
"""record: writes down what a live stack holds, for check.py.

usage: tests/checker/record.py FOLDER [--no-wait] [--poison]
  FOLDER     is made; what a harness has written there (client.jsonl, faults.jsonl, receivers/,
             trial.json) stays, and trial.json is added to
  --no-wait  does not wait until the services have nothing more to do (at most 60 s)
  --poison   the trial sent records that cannot be decided: what is parked is no surprise
env: BATUTA_STACK the stack's folder (build/stack), with its stack.env
"""
import argparse
import datetime
import decimal
import json
import os
import shlex
import sys
import time
import urllib.error
import urllib.request

import confluent_kafka as kafka
import psycopg2
import psycopg2.extras

import protocol
import records as recs
from records import SERVICES, text_of

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUIESCE_SECONDS = 60


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stack_settings(folder):
    found = {}
    with open(os.path.join(folder, "stack.env"), encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.strip().partition("=")
            if name:
                found[name] = shlex.split(value)[0] if value else ""
    return found


# --- topics, by librdkafka

def header_pairs(pairs):
    return [[name, text_of(value)] for name, value in pairs or ()]


class Librdkafka:
    def __init__(self, brokers):
        self.conf = {"bootstrap.servers": brokers, "group.id": "checker",
                     "enable.auto.commit": False, "auto.offset.reset": "error",
                     "enable.partition.eof": True}
        self.consumer = kafka.Consumer(self.conf)

    def places(self):
        topics = self.consumer.list_topics(timeout=10).topics
        return [kafka.TopicPartition(name, p) for name in sorted(topics)
                if not name.startswith("__") for p in sorted(topics[name].partitions)]

    def dump(self, seconds=120):
        """(rows, ends): everything from the first offset to where each partition ends now."""
        ends, wanted = [], []
        for place in self.places():
            low, high = self.consumer.get_watermark_offsets(place, 10)
            ends.append({"topic": place.topic, "partition": place.partition, "begin": low,
                         "end": high})
            if high > low:
                wanted.append(kafka.TopicPartition(place.topic, place.partition, low))
        limits = {(e["topic"], e["partition"]): e["end"] for e in ends}
        rows = self._read(wanted, limits, seconds) if wanted else []
        rows.sort(key=lambda r: (r["topic"], r["partition"], r["offset"]))
        return rows, ends

    def _read(self, wanted, limits, seconds):
        rows, missing = [], {(w.topic, w.partition) for w in wanted}
        self.consumer.assign(wanted)
        until = time.monotonic() + seconds
        while missing:
            if time.monotonic() > until:
                raise SystemExit(f"record: {sorted(missing)[0]} could not be read to its end")
            for record in self.consumer.consume(5000, 0.2):
                place = (record.topic(), record.partition())
                if record.error():
                    if record.error().code() != kafka.KafkaError._PARTITION_EOF:
                        raise SystemExit(f"record: {record.error()}")
                    missing.discard(place)
                elif record.offset() < limits[place]:
                    rows.append(row_of(*place, record.offset(), record.timestamp()[1],
                                       record.key(), record.value(), record.headers()))
            for place in self.consumer.position(self.consumer.assignment()):
                if place.offset >= limits[place.topic, place.partition]:
                    missing.discard((place.topic, place.partition))
        return rows

    def committed(self, group, places):
        consumer = kafka.Consumer({**self.conf, "group.id": group})
        found = consumer.committed([kafka.TopicPartition(t, p) for t, p in places], 10)
        consumer.close()
        return [{"group": group, "topic": f.topic, "partition": f.partition, "offset": f.offset}
                for f in found if f.offset >= 0]


def row_of(topic, partition, offset, moment, key, value, headers):
    return {"topic": topic, "partition": partition, "offset": offset, "time": moment,
            "key": text_of(key), "headers": header_pairs(headers), "value": text_of(value)}


# --- topics, by the protocol

def dump_by_protocol(brokers):
    reader = protocol.Reader(brokers)
    rows, ends = [], []
    for topic, parts in sorted(reader.topics().items()):
        for partition, address in sorted(parts.items()):
            begin, end, found = reader.read(topic, partition, address)
            ends.append({"topic": topic, "partition": partition, "begin": begin, "end": end})
            rows += [row_of(topic, partition, offset, moment, key, value, headers)
                     for offset, moment, key, value, headers in found]
    reader.close()
    return rows, ends


# --- rows

def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, memoryview):
        return bytes(value).hex()
    return value


def plain_journal(name, value):
    if name in recs.JOURNAL_BYTES:
        return [text_of(x) for x in value]
    return plain(value)


# Columns that hold JSON as text.
JSON_TEXTS = ("lines", "reasons", "postings", "shipments")


def plain_row(name, value):
    if name in JSON_TEXTS and isinstance(value, str):
        return json.loads(value, parse_float=str)
    return plain(value)


def database(settings, service):
    connection = psycopg2.connect(settings["BATUTA_POSTGRES"], user=f"batuta_{service}_read",
                                  connect_timeout=5)
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    psycopg2.extras.register_default_json(
        connection, loads=lambda t: json.loads(t, parse_float=str))
    psycopg2.extensions.register_type(psycopg2.extensions.new_array_type(
        (1001,), "BYTEAARRAY", psycopg2.BINARY), connection)
    return connection


def tables_of(cursor, service):
    cursor.execute("select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                   " where n.nspname = %s and not c.relispartition"
                   " and (c.relkind in ('r', 'p') or c.relname = 'quoted_order')"
                   " and has_table_privilege(c.oid, 'select') order by 1", (service,))
    return [name for (name,) in cursor.fetchall()]


# An order lies in three tables; the checker knows it as the one row that this view shows.
WHOLE = {"orders": "order_whole"}
PARTS = ("order_content", "order_submitted")


def dump_service(settings, service):
    connection = database(settings, service)
    found = {}
    with connection.cursor() as cursor:
        for table in tables_of(cursor, service):
            if table in PARTS:
                continue
            cursor.execute(f'select * from {service}."{WHOLE.get(table, table)}"')
            names = [c.name for c in cursor.description]
            change = plain_journal if table == "journal" else plain_row
            found[table] = [{n: change(n, v) for n, v in zip(names, row)} for row in cursor]
    connection.close()
    found.get("journal", []).sort(key=lambda r: (r["part"], r["batch_no"]))
    return found


# --- waiting

def behind(settings, client):
    """What is still to be done, as sentences: events not acknowledged, inputs not read, timers
    that are due."""
    found = []
    for service in SERVICES:
        connection = database(settings, service)
        with connection.cursor() as cursor:
            cursor.execute(f"select part, out_seq - pub_seq, inputs, in_off from {service}.stream")
            streams = cursor.fetchall()
            cursor.execute(f"select count(*) from {service}.timer where due < now()")
            due = cursor.fetchone()[0]
        connection.close()
        if due:
            found.append(f"{service}: {due} timers are due")
        for part, unpublished, inputs, positions in streams:
            if unpublished:
                found.append(f"{service}/{part}: {unpublished} events are not acknowledged")
            for topic, position in zip(inputs, positions):
                end = client.consumer.get_watermark_offsets(
                    kafka.TopicPartition(topic, part), 10)[1]
                if max(position, 0) < end:
                    found.append(f"{service}/{part}: {topic} is read up to {position} of {end}")
    return found


def quiesce(settings, client):
    until, calm = time.monotonic() + QUIESCE_SECONDS, 0
    while calm < 3:
        found = behind(settings, client)
        calm = 0 if found else calm + 1
        if time.monotonic() > until:
            return found
        time.sleep(0.3)
    return []


def readiness(settings, service):
    address = settings.get(f"BATUTA_HTTP_{service.upper()}")
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=5) as answer:
            return {"status": answer.status, "missing": json.load(answer)["missing"]}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "missing": [error.read().decode(errors="replace")[:500]]}
    except (urllib.error.URLError, OSError) as error:
        return {"status": 0, "missing": [str(error)]}


# --- all of it

def harness_files(folder):
    """What the harness wrote: kept as it is."""
    found = recs.Records()
    if os.path.exists(os.path.join(folder, "trial.json")):
        found = recs.load(folder)
    else:
        for name in ("client", "faults"):
            setattr(found, name, recs.read_lines(os.path.join(folder, name + ".jsonl")))
        for name in recs.names_in(os.path.join(folder, "receivers")):
            found.receivers[name] = recs.read_lines(
                os.path.join(folder, "receivers", name + ".jsonl"))
    return found


def record(folder, stack, wait=True, poison=False):
    settings = stack_settings(stack)
    found = harness_files(folder)
    client = Librdkafka(settings["BATUTA_BROKERS"])
    left = quiesce(settings, client) if wait else []
    found.trial.update(partitions=int(settings["BATUTA_PARTITIONS"]), quiesced=wait and not left,
                       left=left[:20], recorded_at=now(),
                       ready={s: readiness(settings, s) for s in SERVICES})
    found.trial["poison"] = bool(poison or found.trial.get("poison"))
    found.trial.setdefault("require", {})
    found.topics["a"], found.ends["a"] = client.dump()
    found.topics["b"], found.ends["b"] = dump_by_protocol(settings["BATUTA_BROKERS"])
    for service in SERVICES:
        found.sql[service] = dump_service(settings, service)
    found.groups = []
    for service in SERVICES:
        places = [(topic, s["part"]) for s in found.rows(service, "stream")
                  for topic in s["inputs"]]
        if places:
            found.groups += client.committed(service, places)
    client.consumer.close()
    recs.save(found, folder)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--no-wait", action="store_true")
    parser.add_argument("--poison", action="store_true")
    given = parser.parse_args()
    stack = os.environ.get("BATUTA_STACK") or os.path.join(ROOT, "build/stack")
    found = record(given.folder, stack, not given.no_wait, given.poison)
    for line in found.trial["left"]:
        print(f"record: not done after {QUIESCE_SECONDS} s: {line}", file=sys.stderr)
    print(f"record: {len(found.topics['a'])} and {len(found.topics['b'])} records of "
          f"{len(found.ends['a'])} partitions, "
          f"{sum(len(r) for t in found.sql.values() for r in t.values())} rows, in {given.folder}")


if __name__ == "__main__":
    main()
