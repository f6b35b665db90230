"""story: histories written by hand. A Story stands in for the five services: it is told who decided
on what and told what, and keeps the books (journals, links, positions, both dumps) as they should
be, so that a history only says what is special about it. One partition, one second a batch."""
import hashlib
import json

import records as recs
from applied import link_hash
from base import Event, body_hash
from records import SERVICES
from tables import OPEN_TOPICS, chain_of, is_chained

START = 1789995600      # as clock(0)
INPUTS = {"orders": ["orders.commands.v1", *(f"{s}.events.v1" for s in SERVICES if s != "orders"),
                     "orders.routed.v1"],
          **{s: [f"{s}.requests.v1", f"{s}.commands.v1", f"{s}.routed.v1"]
             for s in SERVICES if s != "orders"}}
INPUTS["notifications"].insert(2, "partners.responses.v1")
OUTPUTS = {s: [f"{s}.routed.v1", f"{s}.events.v1"] for s in SERVICES}
OUTPUTS["orders"] += [f"{s}.requests.v1" for s in SERVICES if s != "orders"]


def text_of(body):
    return json.dumps(body, separators=(",", ":"))


def euro(amount):
    return {"amount": amount, "currency": "EUR"}


def clock(seconds):
    hours, rest = divmod(seconds, 3600)
    return f"2026-09-21T{13 + hours:02d}:{rest // 60:02d}:{rest % 60:02d}.000000Z"


class Story:
    def __init__(self):
        self.records = recs.Records()
        self.now = 0
        self.seq = {s: 0 for s in SERVICES}
        self.number = {s: 0 for s in SERVICES}          # batches
        self.links = {}                                 # (service, topic) -> last seq told there
        self.chains = {}                                # chain -> last event
        self.trial = self.records.trial
        self.trial.update(partitions=1, quiesced=True, left=[], ready={}, require={}, poison=False,
                          client_complete=True, receivers_complete=False)

    # --- the log

    def put(self, topic, key, value, headers):
        rows = self.records.topics["a"]
        offset = sum(r["topic"] == topic for r in rows)
        row = {"topic": topic, "partition": 0, "offset": offset, "key": key, "value": value,
               "time": (START + self.now) * 1000, "headers": [list(h) for h in headers]}
        for reader in ("a", "b"):
            self.records.topics[reader].append(row)
        return row

    def again(self, row):
        """The record comes a second time."""
        return self.put(row["topic"], row["key"], row["value"], row["headers"])

    # --- clients

    def send(self, kind, body, command=None, topic=None, log=True):
        """A command goes out; its record, or None when the broker never got it."""
        self.now += 1
        kind = f"batuta.{kind}.v1"
        service = kind.split(".")[1]
        topic = topic or ("partners.responses.v1" if ".fulfilment." in kind
                          else f"{service}.commands.v1")
        command = command or f"c{len(self.records.client) + 1}"
        key = body.get("order") if service == "orders" else body.get("account") or \
            body.get("partner") or body.get("reference") or body.get("node")
        self.records.client.append({
            "time": clock(self.now), "n": len(self.records.client) + 1, "process": "c",
            "event": "invoke", "op": command, "command": kind, "id": command, "key": key,
            "body_hash": body_hash(text_of(body)), "principal": body.get("principal"),
            "idempotency_key": body.get("idempotency_key"), "order": body.get("order")})
        if log:
            return self.put(topic, key, text_of(body), (
                ("ce_specversion", "1.0"), ("ce_id", command), ("ce_type", kind)))
        return None

    def hear(self, command, event="ok", **answer):
        self.records.client.append({
            "time": clock(self.now), "n": len(self.records.client) + 1, "process": "c",
            "event": event, "op": command, **({"answer": answer} if answer else {})})

    def read(self, order, state, version=1):
        op = f"r{len(self.records.client) + 1}"
        self.records.client.append({
            "time": clock(self.now), "n": len(self.records.client) + 1, "process": "c",
            "event": "invoke", "op": op, "command": "read", "order": order})
        self.hear(op, order=order, state=state, version=version)

    # --- services

    def batch(self, service, inputs=(), events=()):
        """inputs: rows of the log, or "timer ID". events: (topic, type, body, key[, changes of the
        headers]). Returns the rows that the events became."""
        self.now += 1
        self.number[service] += 1
        causes = [dict(i["headers"]).get("ce_id") for i in inputs if not isinstance(i, str)]
        row = {"part": 0, "batch_no": self.number[service], "recorded_at": clock(self.now),
               "incarnation": 1, "first_seq": self.seq[service] + 1, "event_count": len(events),
               "versions": "", "inputs": [self.note(i) for i in inputs],
               **{c: [] for c in ("topics", "partitions", "keys", "types", "headers", "bodies")}}
        told = [self.event(service, row, causes, *event) for event in events]
        self.records.sql[service].setdefault("journal", []).append(row)
        return told

    @staticmethod
    def note(i):
        if isinstance(i, str):
            return i
        headers = dict(i["headers"])
        if i["topic"] in OPEN_TOPICS:
            packed = "".join(f"{n}={v}\n" for n, v in i["headers"])
            place = f"{i['topic']}/0/{i['offset']} {i['time'] * 1000}"
            return f"command {place}\n{packed}\n{i['value']}"
        return f"event {i['topic']} {headers['batuta-stream']}"

    def event(self, service, row, causes, topic, kind, body, key, changes=None):
        changes = changes or {}
        self.seq[service] += 1
        seq, kind = self.seq[service], f"batuta.{kind}.v1"
        headers = {"ce_id": f"1-{seq}", "ce_type": kind}
        if causes:
            headers["ce_causationid"] = f"/source#{changes.get('cause', causes[-1])}"
        told = {"topics": topic, "partitions": 0, "keys": key, "types": kind,
                "bodies": text_of(body)}
        for name, value in told.items():
            row[name].append(value)
        self.number_chain(service, row, headers, changes)
        if is_chained(topic):
            before = self.links.get((service, topic), 0)
            headers["batuta-stream"] = f"{service}/0 1 {seq} {before}"
            self.links[service, topic] = seq
        row["headers"][-1:] = ["".join(f"{n}={v}\n" for n, v in headers.items())]
        if changes.get("log", True):
            return self.put(topic, key, text_of(body), headers.items())
        return None

    def number_chain(self, service, row, headers, changes):
        """ce_sequence and hash, as the aggregate's chain has them; changes may name others."""
        row["headers"].append("".join(f"{n}={v}\n" for n, v in headers.items()))
        probe = Event(service, row, len(row["topics"]) - 1)
        chain = chain_of(probe)
        if "id" in changes:
            headers["ce_id"] = changes["id"]
        if chain is None and "sequence" not in changes or changes.get("unchained"):
            return
        before = self.chains.get(chain)
        number = changes.get("sequence", (before.sequence if before else 0) + 1)
        headers["ce_sequence"] = f"{number:020d}"
        if before and chain:
            headers["ce_previoushash"] = link_hash(before)
        if chain and "id" not in changes:
            row["headers"][-1] = "".join(f"{n}={v}\n" for n, v in headers.items())
            self.chains[chain] = Event(service, row, len(row["topics"]) - 1)

    def row(self, service, table, **columns):
        self.records.sql[service].setdefault(table, []).append(columns)

    def chained(self, *chain):
        """Number and hash of an aggregate's last event, for its row."""
        last = self.chains.get(chain)
        return (last.sequence, link_hash(last)) if last else (0, None)

    def answer(self, service, command, told):
        """The row that keeps the answer of a command for repeats."""
        body = json.loads(command["value"])
        headers = dict(command["headers"])
        scope = "\n".join((body["principal"], headers["ce_type"], command["key"],
                           body["idempotency_key"]))
        self.row(service, "answer", scope=hashlib.sha256(scope.encode()).hexdigest(),
                 command_id=headers["ce_id"], event_id=dict(told["headers"])["ce_id"],
                 type=dict(told["headers"])["ce_type"], key=command["key"],
                 answered_at=clock(self.now), part=0)

    # --- the end

    def end(self):
        topics = {r["topic"] for r in self.records.topics["a"]} | {
            t for s in SERVICES for t in INPUTS[s] + OUTPUTS[s]}
        counts = {t: sum(r["topic"] == t for r in self.records.topics["a"]) for t in topics}
        for reader in ("a", "b"):
            self.records.ends[reader] = [{"topic": t, "partition": 0, "begin": 0, "end": counts[t]}
                                         for t in sorted(topics)]
        for service in SERVICES:
            self.stream(service, counts)
        self.trial["recorded_at"] = clock(self.now + 5)
        return self.records

    def stream(self, service, counts):
        seen = []
        for topic in INPUTS[service]:
            marks = [int(h[1].split()[2]) for r in self.records.topics["a"] if r["topic"] == topic
                     for h in r["headers"] if h[0] == "batuta-stream"]
            seen.append(max(marks, default=0))
        self.row(service, "stream", part=0, epoch=2, batch_no=self.number[service],
                 inputs=INPUTS[service], in_off=[counts[t] for t in INPUTS[service]],
                 seen_incarnation=[int(s > 0) for s in seen], seen_seq=seen,
                 outputs=OUTPUTS[service], out_seq=self.seq[service], pub_seq=self.seq[service],
                 dest_seq=[self.links.get((service, t), 0) for t in OUTPUTS[service]],
                 incarnation=1)
        if self.number[service] == 0:
            self.records.sql[service].setdefault("journal", [])
