"""records: what a trial leaves behind, as rows in memory, and how it is read and written.

A folder of records holds
  trial.json            when, how many partitions, which faults are demanded (see README.md)
  client.jsonl          what clients did: invoke, then ok, fail or info
  topics-a.jsonl        every record of every topic, as one client reads it
  topics-b.jsonl        the same, as another client reads it
  ends-a.jsonl, ends-b.jsonl   first and end offset of every partition
  groups.jsonl          offsets committed to Kafka
  sql/SERVICE/TABLE.jsonl      every row of every table
  receivers/PARTNER.jsonl      what a partner's receiver got
  faults.jsonl          what was done to the system
Bytes are base64 in files and text in memory (what is not UTF-8 as lone surrogates, so that nothing
is lost). Rows are never changed by a check."""
import base64
import copy
import json
import lzma
import os

SERVICES = ("catalog", "pricing", "approvals", "orders", "notifications")
TOPIC_BYTES = ("key", "value")
JOURNAL_BYTES = ("keys", "bodies")
LISTS = ("client", "groups", "faults")


def text_of(data):
    return None if data is None else bytes(data).decode("utf-8", "surrogateescape")


def bytes_of(text):
    return None if text is None else text.encode("utf-8", "surrogateescape")


def pack64(text):
    return None if text is None else base64.b64encode(bytes_of(text)).decode()


def unpack64(text):
    return None if text is None else text_of(base64.b64decode(text, validate=True))


def journal_map(row, change):
    return {**row, **{name: [change(x) for x in row[name]] for name in JOURNAL_BYTES
                      if name in row}}


def topic_map(row, change):
    return {**row, **{name: change(row.get(name)) for name in TOPIC_BYTES}}


class Records:
    def __init__(self):
        self.trial = {}
        self.client, self.groups, self.faults = [], [], []
        self.topics = {"a": [], "b": []}
        self.ends = {"a": [], "b": []}
        self.sql = {service: {} for service in SERVICES}
        self.receivers = {}

    def rows(self, service, table):
        return self.sql.get(service, {}).get(table, [])

    def copy(self):
        """Own lists of shared rows: whoever changes a row replaces it."""
        other = Records()
        other.trial = dict(self.trial)
        for name in LISTS:
            setattr(other, name, list(getattr(self, name)))
        other.topics = {k: list(v) for k, v in self.topics.items()}
        other.ends = {k: list(v) for k, v in self.ends.items()}
        other.sql = {s: {t: list(rows) for t, rows in tables.items()}
                     for s, tables in self.sql.items()}
        other.receivers = {k: list(v) for k, v in self.receivers.items()}
        return other

    # --- as one object, for a packed trial

    def as_object(self):
        return {"trial": self.trial, "topics": self.topics, "ends": self.ends, "sql": self.sql,
                "receivers": self.receivers, **{name: getattr(self, name) for name in LISTS}}

    @classmethod
    def of_object(cls, found):
        self = cls()
        for name in ("trial", "topics", "ends", "receivers", *LISTS):
            setattr(self, name, found[name])
        self.sql.update(found["sql"])
        return self


# --- folders

def read_lines(path, change=None):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines if line.strip()]
    return [change(row) for row in found] if change else found


def write_lines(path, rows, change=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(change(row) if change else row, separators=(",", ":")) + "\n")


def load(path):
    """Records of a folder, or of a packed file (.json.xz)."""
    if not os.path.isdir(path):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            return Records.of_object(json.load(file))
    found = Records()
    with open(os.path.join(path, "trial.json"), encoding="utf-8") as file:
        found.trial = json.load(file)
    for name in LISTS:
        setattr(found, name, read_lines(os.path.join(path, name + ".jsonl")))
    for reader in ("a", "b"):
        found.topics[reader] = read_lines(os.path.join(path, f"topics-{reader}.jsonl"),
                                          lambda row: topic_map(row, unpack64))
        found.ends[reader] = read_lines(os.path.join(path, f"ends-{reader}.jsonl"))
    for service, name in tables_in(os.path.join(path, "sql")):
        change = (lambda row: journal_map(row, unpack64)) if name == "journal" else None
        found.sql.setdefault(service, {})[name] = read_lines(
            os.path.join(path, "sql", service, name + ".jsonl"), change)
    for name in names_in(os.path.join(path, "receivers")):
        found.receivers[name] = read_lines(os.path.join(path, "receivers", name + ".jsonl"))
    return found


def names_in(path):
    return sorted(n[:-6] for n in os.listdir(path) if n.endswith(".jsonl")) \
        if os.path.isdir(path) else []


def tables_in(path):
    for service in sorted(os.listdir(path)) if os.path.isdir(path) else []:
        for name in names_in(os.path.join(path, service)):
            yield service, name


def save(records, path):
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, "trial.json"), "w", encoding="utf-8") as file:
        json.dump(records.trial, file, indent=1)
    for name in LISTS:
        write_lines(os.path.join(path, name + ".jsonl"), getattr(records, name))
    for reader in ("a", "b"):
        write_lines(os.path.join(path, f"topics-{reader}.jsonl"), records.topics[reader],
                    lambda row: topic_map(row, pack64))
        write_lines(os.path.join(path, f"ends-{reader}.jsonl"), records.ends[reader])
    for service, tables in records.sql.items():
        for name, rows in tables.items():
            change = (lambda row: journal_map(row, pack64)) if name == "journal" else None
            write_lines(os.path.join(path, "sql", service, name + ".jsonl"), rows, change)
    for name, rows in records.receivers.items():
        write_lines(os.path.join(path, "receivers", name + ".jsonl"), rows)


def pack(records, path):
    with lzma.open(path, "wt", encoding="utf-8", preset=9 | lzma.PRESET_EXTREME) as file:
        json.dump(records.as_object(), file, separators=(",", ":"))


def deep(row):
    return copy.deepcopy(row)
