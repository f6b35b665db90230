"""outside: K12 the same command has one effect and one answer, K13 a partner's topic and receiver
get everything of theirs, nothing of others', numbered without a gap."""
import collections
import hashlib

from base import Witness, body_hash, bytes_of
from lost import SUBMITS
from tables import partner_of


# --- K12

def k12(ix):
    return [*repeats_differ(ix), *scopes(ix), *submits(ix), *client_answers(ix)]


def repeats_differ(ix):
    """An event that is told again is the same event."""
    for service, events in ix.events.items():
        first = {}
        for e in events:
            if e.topic.endswith((".dlq.v1", ".routed.v1")):
                continue
            before = first.setdefault((e.part, e.id, e.topic), e)
            if before is e:
                continue
            ix.tally.add("repeated-answer")
            if (e.type, e.value, e.key, e.sequence) != (before.type, before.value, before.key,
                                                        before.sequence):
                yield Witness("K12", f"{service} told event {e.id} again as another one",
                              before.row_shown(), e.row_shown(), time=e.time)


class Said:
    """A command as it was decided: its record, where, and what was told because of it."""

    def __init__(self, ix, i, record):
        self.record, self.hash = record, body_hash(record.value)
        self.place = (i.part, i.batch, i.n)
        self.told = [e for e in ix.caused[i.service, record.id]
                     if (e.part, e.batch) == (i.part, i.batch)]
        answers = [e for e in self.told if ".command." in e.type]
        self.answer = answers[0] if answers else None

    @property
    def accepted(self):
        return self.answer is not None and self.answer.type.endswith(".command.accepted.v1")

    @property
    def conflict(self):
        return self.answer is not None and (self.answer.body or {}).get("code") == "conflict"


def decided(ix, service):
    """Readable commands of a service in the order decided."""
    return [Said(ix, i, record) for i, record in ix.commands[service]
            if isinstance(record.body, dict)]


def scopes(ix):
    """Per principal, type, aggregate and key: one command stands, the same again gets its answer,
    another one conflicts."""
    for service in ix.inputs:
        groups = collections.defaultdict(list)
        for said in decided(ix, service):
            body = said.record.body
            if said.record.type not in SUBMITS and body.get("principal") and \
                    body.get("idempotency_key"):
                groups[body["principal"], said.record.type, said.record.key,
                       body["idempotency_key"]].append(said)
        kept = {r["scope"]: r for r in ix.sql(service, "answer")}
        for scope, group in groups.items():
            digest = hashlib.sha256(bytes_of("\n".join(map(str, scope)))).hexdigest()
            yield from scope_wrong(service, scope, group, kept.get(digest))


def scope_wrong(service, scope, group, row):
    what = f"{scope[1]} of {scope[0]} with key {scope[3]}"
    stands = next((s for s in group if row and s.answer and s.answer.id == row["event_id"]), None)
    for said in group:
        told = [said.answer.row_shown()] if said.answer else []
        if stands is None:
            if said.accepted:
                yield Witness("K12", f"{service} accepted {what} and keeps no answer for repeats",
                              said.record.row_shown(), *told, time=said.record.row["time"])
        elif said is not stands and said.place > stands.place:
            same = said.hash == stands.hash
            if same and (said.answer is None or said.answer.id != stands.answer.id):
                yield Witness("K12", f"{service} answered {what} twice, differently",
                              stands.answer.row_shown(), *told, time=said.record.row["time"])
            elif not same and not said.conflict:
                yield Witness("K12", f"{service} took {what} with another content",
                              stands.record.row_shown(), said.record.row_shown(), *told,
                              time=said.record.row["time"])
        elif said is not stands and said.accepted:
            yield Witness("K12", f"{service} accepted {what} before the one it keeps",
                          said.record.row_shown(), *told, time=said.record.row["time"])


def submits(ix):
    """The order's id is the key of a submit: its first fact is the answer."""
    rows = {r["order_id"]: r for r in ix.sql("orders", "orders")}
    groups = collections.defaultdict(list)
    for said in decided(ix, "orders"):
        if said.record.type in SUBMITS:
            groups[said.record.key].append(said)
    for order, group in groups.items():
        row = rows.get(order)
        if row is None or row["dry_run"]:
            continue
        first = next((s for s in group if any(e.id == row["answer_id"] for e in s.told)), None)
        if first is None:
            yield Witness("K12", f"order {order} keeps answer {row['answer_id']}, and no submit "
                          "was "
                          "answered so", ("orders.orders", {k: row[k] for k in (
                              "order_id", "answer_id", "state")}), group[0].record.row_shown())
            continue
        for said in group:
            same = said.hash == first.hash and said.record.type == first.record.type
            again = any(e.id == row["answer_id"] for e in said.told)
            if said is first or said.place < first.place or (same and again):
                continue
            if not same and said.conflict:
                continue
            yield Witness("K12", f"order {order} was submitted again "
                          + ("and not answered as before" if same
                             else "with another content, and that was no conflict"),
                          first.record.row_shown(), said.record.row_shown(),
                          *(e.row_shown() for e in said.told[:2]), time=said.record.row["time"])


def client_answers(ix):
    """A client that says the same twice hears the same."""
    groups = collections.defaultdict(list)
    for invoke, end in ix.ops:
        answer = (end or {}).get("answer")
        key = invoke.get("idempotency_key") or (invoke["command"] in SUBMITS and invoke["order"])
        if end and end["event"] == "ok" and answer and key and invoke["command"] != "read":
            groups[invoke["command"], invoke.get("principal"), invoke["key"], key].append(
                (invoke, answer))
    for (command, *_), said in groups.items():
        accepted = [s for s in said if s[1].get("outcome") == "accepted"]
        for invoke, answer in accepted[1:]:
            first = accepted[0]
            same = invoke["body_hash"] == first[0]["body_hash"]
            if same and answer.get("event_id") == first[1].get("event_id"):
                continue
            yield Witness("K12", f"two answers to {command} were heard by who sent it with one key",
                          ("client.jsonl", {"op": first[0]["op"], "body": first[0]["body_hash"],
                                            "answer": first[1]}),
                          ("client.jsonl", {"op": invoke["op"], "body": invoke["body_hash"],
                                            "answer": answer}), time=invoke["time"])


# --- K13

def k13(ix):
    return [*partner_topics(ix), *partner_rows(ix), *receivers(ix)]


def by_partner(ix):
    """partner -> records of its topic, each number once, as they first came."""
    found = {}
    for r in ix.all_records:
        partner = partner_of(r.topic)
        if partner is not None:
            found.setdefault(partner, []).append(r)
    return found


def number_of(r):
    text = r.headers.get("ce_sequence", "")
    return int(text) if text.isdigit() else 0


def partner_topics(ix):
    for partner, records in by_partner(ix).items():
        first, last = {}, None
        for r in records:
            number = number_of(r)
            if number in first:
                if (r.id, r.value, r.key) != (first[number].id, first[number].value,
                                              first[number].key):
                    yield Witness("K13", f"number {number} of {partner} is two different events",
                                  first[number].row_shown(), r.row_shown(), time=r.row["time"])
                else:
                    ix.tally.add("repeated-record")
                continue
            if number != (last or 0) + 1:
                yield Witness("K13", f"number {number} of {partner} follows number {last or 0}",
                              r.row_shown(), time=r.row["time"])
            first[number], last = r, number
            body = r.body or {}
            if body.get("partner") != partner:
                yield Witness("K13", f"{partner} was told what is for {body.get('partner')}",
                              r.row_shown(), time=r.row["time"])
            if r.key != body.get("order"):
                yield Witness("K13", f"number {number} of {partner} lies under another order's key",
                              r.row_shown(), time=r.row["time"])


def partner_rows(ix):
    """Each sub-order was announced to its seller once, as it is kept; each one that was cancelled
    was taken back."""
    told = collections.defaultdict(dict)
    for partner, records in by_partner(ix).items():
        for r in records:
            body = r.body or {}
            verb = (r.type or "").removesuffix(".v1").rsplit(".", 1)[-1]
            told[verb][partner, body.get("order"), str(body.get("sub_order"))] = r
    asked = {(e.body["order"], str(e.body["sub_order"])): e for e in ix.first_told["orders"]
             if e.type == "batuta.notifications.fulfilment.announce.v1"}
    counts = collections.Counter()
    for row in ix.sql("notifications", "fulfilment"):
        key = (row["partner"], row["order_id"], row["sub_order"])
        counts[row["partner"]] += 1
        shown = ("notifications.fulfilment", {k: row[k] for k in (
            "order_id", "sub_order", "partner", "state")})
        r = told["ordered"].get(key)
        if r is None:
            yield Witness("K13", f"sub-order {key[1]}/{key[2]} is in no topic of {key[0]}", shown,
                          time=row["announced_at"])
        elif key[1:] not in asked:
            yield Witness("K13", f"sub-order {key[1]}/{key[2]} was told to {key[0]}, and orders "
                          "never asked for it", r.row_shown(), shown, time=row["announced_at"])
        elif r.body != asked[key[1:]].body:
            yield Witness("K13", f"sub-order {key[1]}/{key[2]} was told to {key[0]} in other "
                          "words than orders asked", r.row_shown(), asked[key[1:]].row_shown(),
                          time=row["announced_at"])
        if row["cancel_answer"] == "cancelled" and key not in told["cancelled"] and \
                row["state"] == "cancelled":
            yield Witness("K13", f"sub-order {key[1]}/{key[2]} was cancelled, and {key[0]} never "
                          "heard",
                          shown, time=row["changed_at"])
    rows = {tuple(r[k] for k in ("partner", "order_id", "sub_order"))
            for r in ix.sql("notifications", "fulfilment")}
    for key, r in told["ordered"].items():
        if key not in rows:
            yield Witness("K13", f"{key[0]} was told of sub-order {key[1]}/{key[2]}, which is not "
                          "kept",
                          r.row_shown(), time=r.row["time"])
    for row in ix.sql("notifications", "partner"):
        if counts[row["partner"]] != row["fulfilments"]:
            yield Witness("K13", f"{row['partner']} counts {row['fulfilments']} sub-orders and has "
                          f"{counts[row['partner']]}", ("notifications.partner", row))


def digest(r):
    return hashlib.sha256(bytes_of(r.value)).hexdigest()


def receivers(ix):
    topics = by_partner(ix)
    for partner, rows in ix.records.receivers.items():
        told = {number_of(r): r for r in topics.get(partner, ())}
        highest, got = 0, set()
        for row in rows:
            number = row["sequence"]
            r = told.get(number)
            shown = (f"receivers/{partner}.jsonl", row)
            if r is None or [r.id, r.key, r.type, digest(r)] != [
                    row[k] for k in ("id", "key", "type", "body_hash")]:
                yield Witness("K13", f"the receiver of {partner} got a number {number} that the "
                              "topic "
                              "does not hold", shown, *([r.row_shown()] if r else []),
                              time=row["time"])
            elif number in got:
                ix.tally.add("receiver-repeat")
            elif number != highest + 1:
                yield Witness("K13", f"the receiver of {partner} got number {number} after number "
                              f"{highest}", shown, time=row["time"])
            got.add(number)
            highest = max(highest, number)
        missing = sorted(told.keys() - got)
        if missing and ix.trial.get("receivers_complete"):
            yield Witness("K13", f"the receiver of {partner} never got number {missing[0]}",
                          told[missing[0]].row_shown(), time=told[missing[0]].row["time"])
