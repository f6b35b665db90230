"""base: what every check looks with: a witness, exact amounts and times, headers, and an index over
the records that is made once and asked by all checks."""
import calendar
import collections
import functools
import hashlib
import json
import re

import allowed
from records import SERVICES, bytes_of
from tables import OPEN_TOPICS

MICRO = 10**6
TERMINAL = ("closed", "refused", "cancelled", "expired")


class Witness:
    """The smallest thing that shows what is wrong: a sentence and the rows that contradict."""

    def __init__(self, check, text, *rows, time=None):
        self.check, self.text, self.rows, self.time = check, text, rows, time

    def __repr__(self):
        return f"{self.check}: {self.text}"


# --- values

@functools.lru_cache(1 << 16)
def parse(text):
    """The JSON of a body, or None when it is none."""
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, TypeError, RecursionError):
        return None


@functools.lru_cache(1 << 16)
def micro(text):
    """ "1.5" -> 1500000, exactly."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, rest = digits.partition(".")
    if not (whole + rest).isdigit() or rest[6:].strip("0"):
        raise ValueError(f"{text} is no amount")
    return sign * (int(whole) * MICRO + int((rest + "000000")[:6]))


def money(member):
    """Millionths of a money or quantity member; None when absent."""
    if member is None:
        return None
    return micro(member if isinstance(member, str) else member.get("amount", member.get("value")))


@functools.lru_cache(1 << 16)
def us(text):
    """Microseconds of "2026-11-25T04:51:06.749098Z"."""
    if text is None:
        return None
    clock, _, part = text.rstrip("Z").partition(".")
    fields = [int(x) for x in re.split("[-T:]", clock)]
    return calendar.timegm(tuple(fields) + (0, 0, 0)) * MICRO + int((part + "000000")[:6])


def body_hash(text):
    """Of a command's body, however it was written; of bytes that are no JSON, as they are."""
    try:
        text = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError):
        pass
    return hashlib.sha256(bytes_of(text or "")).hexdigest()


KEY_MEMBERS = {"orders": ("order",), "approvals": ("account",), "notifications": ("partner",),
               "catalog": ("reference", "node"), "pricing": ("reference",)}


def key_of(kind, body):
    """The aggregate that a command goes to, as its body names it."""
    service = kind.split(".")[1] if kind.count(".") > 1 else ""
    return next((body[m] for m in KEY_MEMBERS.get(service, ()) if m in (body or {})), None)


@functools.lru_cache(1 << 16)
def unpack_headers(text):
    """Lines name=value with \\xHH -> pairs, as records carry them."""
    found = []
    for line in text.split("\n"):
        if line:
            name, _, value = line.partition("=")
            if "\\" in value:
                value = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), value)
                value = value.encode("latin-1").decode("utf-8", "surrogateescape")
            found.append((name, value))
    return tuple(found)


Mark = collections.namedtuple("Mark", "source part incarnation seq prev")


@functools.lru_cache(1 << 16)
def read_mark(text):
    """ "orders/3 1 1204 1198", or None."""
    found = re.fullmatch(r"([a-z]+)/(\d+) (\d+) (\d+) (\d+)", text or "")
    return Mark(found[1], *map(int, found.groups()[1:])) if found else None


# --- what is in the records

class Record:
    """One record of a topic."""
    __slots__ = ("topic", "partition", "offset", "time", "key", "value", "pairs", "headers", "row")

    def __init__(self, row):
        self.topic, self.partition, self.offset = row["topic"], row["partition"], row["offset"]
        self.time, self.key, self.value = row["time"] * 1000, row["key"], row["value"]
        self.pairs = tuple((n, v) for n, v in row["headers"])
        self.headers, self.row = dict(self.pairs), row

    @property
    def identity(self):
        return self.topic, self.partition, self.key, self.pairs, self.value

    @property
    def mark(self):
        return read_mark(self.headers.get("batuta-stream"))

    @property
    def id(self):
        return self.headers.get("ce_id")

    @property
    def type(self):
        return self.headers.get("ce_type")

    @property
    def body(self):
        return parse(self.value) if self.value is not None else None

    @property
    def place(self):
        return self.topic, self.partition, self.offset

    def row_shown(self):
        return (f"{self.topic}/{self.partition}/{self.offset}",
                {"key": self.key, "id": self.id, "type": self.type,
                 "sequence": self.headers.get("ce_sequence"),
                 "stream": self.headers.get("batuta-stream"), "value": (self.value or "")[:300]})


class Event:
    """One event of a journal."""
    __slots__ = ("service", "part", "batch", "time", "incarnation", "seq", "topic", "partition",
                 "key", "type", "pairs", "headers", "value")

    def __init__(self, service, row, n):
        self.service, self.part, self.batch = service, row["part"], row["batch_no"]
        self.time, self.incarnation = us(row["recorded_at"]), row["incarnation"]
        self.seq, self.topic, self.partition = row["first_seq"] + n, row["topics"][n], \
            row["partitions"][n]
        self.key, self.type, self.value = row["keys"][n], row["types"][n], row["bodies"][n]
        self.pairs = unpack_headers(row["headers"][n])
        self.headers = dict(self.pairs)

    identity, mark, id, body = Record.identity, Record.mark, Record.id, Record.body

    @property
    def sequence(self):
        text = self.headers.get("ce_sequence", "")
        return int(text) if text.isdigit() else None

    def row_shown(self):
        return (f"{self.service}.journal {self.part}/{self.batch} seq {self.seq}",
                {"topic": self.topic, "type": self.type, "key": self.key, "id": self.id,
                 "sequence": self.sequence, "value": (self.value or "")[:300]})


Input = collections.namedtuple("Input", "service part batch n time kind topic detail at")


def read_input(service, row, n):
    """kind event: detail = mark text, at = Mark. kind command, dead, routed: at = (topic,
    partition, offset), detail = the rest. kind timer: detail = id."""
    text = row["inputs"][n]
    kind, _, rest = text.partition(" ")
    topic = at = None
    if kind == "event":
        topic, _, rest = rest.partition(" ")
        at = read_mark(rest)
    elif kind in ("command", "dead", "routed"):
        first, _, rest = rest.partition(" ")
        topic, partition, offset = first.rsplit("/", 2)
        at = (topic, int(partition), int(offset.split("\n")[0]))
    return Input(service, row["part"], row["batch_no"], n, us(row["recorded_at"]), kind, topic,
                 rest, at)


class Index:
    def __init__(self, records):
        self.records, self.tally = records, allowed.Tally()
        self.trial, self.sql = records.trial, records.rows

    @functools.cached_property
    def log(self):
        """Topic a: records in the order of the log, by (topic, partition)."""
        found = collections.defaultdict(list)
        for row in self.records.topics["a"]:
            found[row["topic"], row["partition"]].append(Record(row))
        for place in found.values():
            place.sort(key=lambda r: r.offset)
        return dict(found)

    @functools.cached_property
    def all_records(self):
        return [r for place in sorted(self.log) for r in self.log[place]]

    @functools.cached_property
    def by_id(self):
        """Records of open topics by ce_id."""
        found = collections.defaultdict(list)
        for r in self.all_records:
            if r.topic in OPEN_TOPICS:
                found[r.id].append(r)
        return found

    @functools.cached_property
    def ends(self):
        return {(e["topic"], e["partition"]): e for e in self.records.ends["a"]}

    @functools.cached_property
    def batches(self):
        """Journal rows by (service, part), in the order of batches."""
        found = collections.defaultdict(list)
        for service in SERVICES:
            for row in self.sql(service, "journal"):
                found[service, row["part"]].append(row)
        for rows in found.values():
            rows.sort(key=lambda r: r["batch_no"])
        return dict(found)

    @functools.cached_property
    def events(self):
        """service -> events in the order told (by part, then sequence)."""
        found = {service: [] for service in SERVICES}
        for (service, _), rows in sorted(self.batches.items()):
            found[service] += [Event(service, row, n) for row in rows
                               for n in range(len(row["topics"]))]
        return found

    @functools.cached_property
    def first_told(self):
        """The same without repeats of an event (same id of the same part)."""
        found = {}
        for service, events in self.events.items():
            seen, kept = set(), []
            for e in events:
                if e.topic.endswith((".dlq.v1", ".routed.v1")):
                    continue
                place = (e.part, e.id, e.topic)
                if place not in seen:
                    seen.add(place)
                    kept.append(e)
            found[service] = kept
        return found

    @functools.cached_property
    def inputs(self):
        """service -> inputs in the order decided (by part)."""
        found = {service: [] for service in SERVICES}
        for (service, _), rows in sorted(self.batches.items()):
            found[service] += [read_input(service, row, n) for row in rows
                               for n in range(len(row["inputs"]))]
        return found

    @functools.cached_property
    def streams(self):
        return {(service, row["part"]): row for service in SERVICES
                for row in self.sql(service, "stream")}

    def position(self, service, topic, part):
        """The next offset that the service reads; None: it does not read it."""
        row = self.streams.get((service, part))
        if row is None or topic not in row["inputs"]:
            return None
        return max(row["in_off"][row["inputs"].index(topic)], 0)

    @functools.cached_property
    def parked(self):
        """(service, topic, partition, offset) of what waits."""
        return {(s, r["topic"], r["source_partition"], r["source_offset"])
                for s in SERVICES for r in self.sql(s, "parked")}

    @functools.cached_property
    def commands(self):
        """service -> commands that it decided, in order: (input, record). A command that came to
        the wrong partition is decided where it was routed to."""
        places = {r.place: r for r in self.all_records}
        routed = {(r.topic, r.headers.get("batuta-stream")): r for r in self.all_records
                  if r.topic.endswith(".routed.v1")}
        found = {service: [] for service in SERVICES}
        for service, inputs in self.inputs.items():
            for i in inputs:
                r = places.get(i.at) if i.kind == "command" else routed.get((i.topic, i.detail))
                if r is not None:
                    found[service].append((i, r))
        return found

    @functools.cached_property
    def redriven(self):
        """(service, part, batch) in which an operator redrove or discarded something."""
        return {(i.service, i.part, i.batch) for s in SERVICES for i, r in self.commands[s]
                if (r.type or "").endswith((".parked.redrive.v1", ".parked.discard.v1"))}

    @functools.cached_property
    def discarding(self):
        """(service, part) in which an operator did."""
        return {place[:2] for place in self.redriven}

    @functools.cached_property
    def caused(self):
        """(service, ce_id of what led to it) -> events. The header names source#id."""
        found = collections.defaultdict(list)
        for service, events in self.events.items():
            for e in events:
                cause = e.headers.get("ce_causationid", "").rpartition("#")[2]
                found[service, cause].append(e)
        return found

    @functools.cached_property
    def ops(self):
        """What the client did: (invoke, completion or None)."""
        ends = {row["op"]: row for row in self.records.client if row["event"] != "invoke"}
        return [(row, ends.get(row["op"])) for row in self.records.client
                if row["event"] == "invoke"]

    def of_type(self, service, *verbs):
        """First told events of the service with one of these type names (noun.verb)."""
        names = {f"batuta.{service}.{verb}.v1" for verb in verbs}
        return [e for e in self.first_told[service] if e.type in names]

    @functools.cached_property
    def noted(self):
        """Closed records that a service decided on: (service, topic, mark text) -> inputs."""
        found = collections.defaultdict(list)
        for service, inputs in self.inputs.items():
            for i in inputs:
                if i.kind == "event":
                    found[service, i.topic, i.detail].append(i)
        return found

    @functools.cached_property
    def noted_places(self):
        """(service, topic, partition, offset) -> inputs that were taken from there."""
        found = collections.defaultdict(list)
        for service, inputs in self.inputs.items():
            for i in inputs:
                if i.kind in ("command", "dead", "routed"):
                    found[(service, *i.at)].append(i)
        return found

    def incarnation(self, service, part):
        return self.streams.get((service, part), {}).get("incarnation", 1)

    @functools.cached_property
    def restored(self):
        """Services that began a new incarnation after a restore."""
        return {service for (service, _), row in self.streams.items() if row["incarnation"] > 1}

    def of_older_stream(self, r):
        """Told by an incarnation that is over, so that the journal may not know it any more."""
        source = re.fullmatch(r"/batuta/([a-z]+)/(\d+)", r.headers.get("ce_source") or "")
        number = re.fullmatch(r"(\d+)-\d+", r.id or "")
        return bool(source and number and int(number[1]) <
                    self.incarnation(source[1], int(source[2])))

    @property
    def quiesced(self):
        return self.trial.get("quiesced", False)

    def moved_clock(self, service):
        return any(f["kind"] == "clock" and f.get("target") in (service, "all")
                   for f in self.records.faults)


def input_row(i):
    return (f"{i.service}.journal {i.part}/{i.batch} input {i.n}",
            {"kind": i.kind, "topic": i.topic, "detail": i.detail[:200]})
