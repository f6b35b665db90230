"""lost: K1 nothing is lost, K2 nothing is invented, K5 the log is one log. Pure functions: index
over records -> witnesses."""
import collections

from base import Witness, body_hash, input_row
from tables import OPEN_TOPICS, hears, is_chained, owner_of, readers_of

SUBMITS = ("batuta.orders.order.submit.v1", "batuta.orders.order.preview.v1")


def shown(row):
    return ("client.jsonl", {k: row.get(k) for k in ("time", "n", "event", "op", "command", "id",
                                                     "key", "order", "answer") if row.get(k)})


# --- K1

def k1(ix):
    return [*client_lost(ix), *commands_lost(ix), *answers_lost(ix), *events_lost(ix),
            *applications_lost(ix)]


def client_lost(ix):
    orders = {r["order_id"] for r in ix.sql("orders", "orders")}
    for invoke, end in ix.ops:
        if invoke["command"] == "read":
            if end and end["event"] == "ok" and end["answer"]["order"] not in orders:
                yield Witness("K1", f"a client has read order {invoke['order']}, and it is gone",
                              shown(end), time=end["time"])
            continue
        there = invoke["id"] in ix.by_id
        if end is None or end["event"] == "info":
            ix.tally.add("info-happened" if there else "info-absent")
        elif end["event"] == "ok":
            if not there:
                yield Witness("K1", f"the client knows that {invoke['command']} {invoke['id']} was "
                              "taken, and no topic has it", shown(invoke), shown(end),
                              time=end["time"])
            else:
                yield from answer_lost(ix, invoke, end, orders)


def answer_lost(ix, invoke, end, orders):
    answer = end.get("answer") or {}
    if invoke["command"] == SUBMITS[0] and answer.get("outcome") == "accepted" and \
            invoke["order"] not in orders:
        yield Witness("K1", f"order {invoke['order']} was accepted, and there is no row of it",
                      shown(end), time=end["time"])
    if answer.get("event_id"):
        service = OPEN_TOPICS[ix.by_id[invoke["id"]][0].topic]
        if not any(e.id == answer["event_id"] for e in ix.caused[service, invoke["id"]]):
            yield Witness("K1", f"the client was answered by event {answer['event_id']}, and "
                          f"{service} never told it", shown(invoke), shown(end), time=end["time"])


def is_read(ix, service, record):
    position = ix.position(service, record.topic, record.partition)
    return position is not None and (ix.quiesced or record.offset < position)


def waits(ix, service, record):
    """It is parked, or was: then nothing else tells of it."""
    if (service, *record.place) in ix.parked:
        return ix.tally.add("parked") or True
    if (service, record.partition) in ix.discarding:
        return ix.tally.add("redriven") or True
    return False


def commands_lost(ix):
    for record in ix.all_records:
        service = OPEN_TOPICS.get(record.topic)
        if service is None or not is_read(ix, service, record):
            continue
        inputs = ix.noted_places.get((service, *record.place), ())
        if not inputs and not waits(ix, service, record):
            yield Witness("K1", f"{service} has read past a command and never decided it",
                          record.row_shown(), time=record.row["time"])
        ix.tally.add("dead-command", sum(i.kind == "dead" for i in inputs))


def answers_lost(ix):
    for service, commands in ix.commands.items():
        for i, record in commands:
            if record.id and not any((e.part, e.batch) == (i.part, i.batch)
                                     for e in ix.caused[service, record.id]):
                yield Witness("K1", f"{service} decided command {record.id} and told nothing of it",
                              input_row(i), time=i.time)


def events_lost(ix):
    in_log = {r.identity for r in ix.all_records}
    latest = {(r.topic, r.key): r for r in ix.all_records if r.topic == "orders.state.v1"}
    unsent = {(s, r["part"], r["topic"], r["seq"]) for s in ix.inputs
              for r in ix.sql(s, "unsent")}
    for service, events in ix.events.items():
        for e in events:
            if e.identity in in_log:
                continue
            stream = ix.streams.get((service, e.part))
            if not ix.quiesced and stream and e.seq > stream["pub_seq"]:
                continue
            if (service, e.part, e.topic, e.seq) in unsent and ix.trial.get("refusing"):
                ix.tally.add("refusing-destination")
            elif e.topic == "orders.state.v1" and later_snapshot(latest.get((e.topic, e.key)), e):
                ix.tally.add("compacted")
            elif ix.ends.get((e.topic, e.partition), {}).get("begin", 0) > 0:
                ix.tally.add("expired-record")
            else:
                yield Witness("K1", f"{service} told event {e.id} to {e.topic}/{e.partition}, and "
                              "it is not in the topic", e.row_shown(), time=e.time)


def later_snapshot(record, event):
    return record is not None and event.sequence is not None and \
        int(record.headers.get("ce_sequence", 0)) > event.sequence


def applications_lost(ix):
    newest = {}
    for r in ix.all_records:
        if r.mark:
            place = (r.topic, r.partition, r.mark.source, r.mark.part)
            newest[place] = max(newest.get(place, 0), r.mark.incarnation)
    for r in ix.all_records:
        mark = r.mark
        if not mark or not is_chained(r.topic) or "batuta-chain-start" in r.headers:
            continue
        for service in readers_of(r.topic):
            if not hears(service, r.topic, r.type) or not is_read(ix, service, r):
                continue
            if (service, r.topic, r.headers["batuta-stream"]) in ix.noted or \
                    (service, *r.place) in ix.noted_places or elsewhere(ix, service, r):
                continue
            if mark.incarnation < newest[r.topic, r.partition, mark.source, mark.part]:
                ix.tally.add("older-incarnation")
            elif not waits(ix, service, r):
                yield Witness("K1", f"{service} has read past {r.topic}/{r.partition}/{r.offset} "
                              "and "
                              "never applied that event", r.row_shown(), time=r.row["time"])


def elsewhere(ix, service, record):
    """A routed command that is in the log twice was decided at its other place."""
    if not record.topic.endswith(".routed.v1"):
        return False
    return any((service, *r.place) in ix.noted_places
               for r in ix.log[record.topic, record.partition]
               if r.headers.get("batuta-stream") == record.headers["batuta-stream"])


# --- K2

def k2(ix):
    return [*phantom_events(ix), *phantom_commands(ix), *phantom_rows(ix)]


def phantom_events(ix):
    told = {e.identity for events in ix.events.values() for e in events}
    for r in ix.all_records:
        service = owner_of(r.topic)
        if service and r.identity not in told:
            if ix.of_older_stream(r):
                ix.tally.add("older-incarnation")
                continue
            yield Witness("K2", f"{r.topic} holds a record that {service} never committed",
                          r.row_shown(), time=r.row["time"])


def phantom_commands(ix):
    sent = {invoke.get("id"): (invoke, end) for invoke, end in ix.ops}
    for r in ix.all_records:
        if r.topic not in OPEN_TOPICS:
            continue
        invoke, end = sent.get(r.id, (None, None))
        if invoke is None:
            if ix.trial.get("client_complete"):
                yield Witness("K2", f"command {r.id} was sent by nobody", r.row_shown(),
                              time=r.row["time"])
        elif end and end["event"] == "fail":
            yield Witness("K2", f"command {r.id} failed for the client and is in the topic",
                          shown(end), r.row_shown(), time=r.row["time"])
        elif body_hash(r.value) != invoke["body_hash"] or r.key != invoke["key"]:
            yield Witness("K2", f"command {r.id} is not what the client sent", shown(invoke),
                          r.row_shown(), time=r.row["time"])


def phantom_rows(ix):
    submitted = {(r.body or {}).get("order") for r in ix.all_records
                 if r.type in SUBMITS and isinstance(r.body, dict)}
    for row in ix.sql("orders", "orders"):
        if row["order_id"] not in submitted:
            yield Witness("K2", f"order {row['order_id']} was submitted by nobody",
                          ("orders.orders", {"order_id": row["order_id"], "state": row["state"]}),
                          time=row["recorded_at"])
    for service, events in ix.events.items():
        told = {(e.part, e.id) for e in events}
        for row in ix.sql(service, "answer"):
            if (row["part"], row["event_id"]) not in told:
                yield Witness("K2", f"{service} keeps an answer that it never told",
                              (f"{service}.answer", {k: row[k] for k in ("command_id", "event_id",
                                                                         "type", "key")}),
                              time=row["answered_at"])


# --- K5

def k5(ix):
    return [*two_contents(ix), *log_holes(ix), *positions_ahead(ix), *seen_ahead(ix)]


def content(row):
    return row["key"], row["value"], tuple(map(tuple, row["headers"]))


def shown_row(reader, row):
    return (f"topics-{reader} {row['topic']}/{row['partition']}/{row['offset']}",
            {"key": row["key"], "headers": dict(row["headers"]),
             "value": (row["value"] or "")[:300]})


def by_place(ix, reader, wrong):
    found = {}
    for row in ix.records.topics[reader]:
        place = (row["topic"], row["partition"], row["offset"])
        other = found.setdefault(place, row)
        if other is not row and content(other) != content(row):
            wrong.append(Witness("K5", "one reader saw two contents at one offset",
                                 shown_row(reader, other), shown_row(reader, row),
                                 time=row["time"]))
    return found


def two_contents(ix):
    wrong = []
    a, b = by_place(ix, "a", wrong), by_place(ix, "b", wrong)
    limits = {r: {(e["topic"], e["partition"]): e for e in ix.records.ends[r]} for r in ("a", "b")}
    for place in sorted(a.keys() | b.keys()):
        if place in a and place in b:
            if content(a[place]) != content(b[place]):
                wrong.append(Witness("K5", "two readers saw two contents at one offset",
                                     shown_row("a", a[place]), shown_row("b", b[place]),
                                     time=a[place]["time"]))
            continue
        here, missing, row = ("a", "b", a[place]) if place in a else ("b", "a", b[place])
        end = limits[missing].get(place[:2])
        if end and end["begin"] <= place[2] < end["end"] and place[0] != "orders.state.v1":
            wrong.append(Witness("K5", f"reader {here} saw a record that reader {missing} did not",
                                 shown_row(here, row), time=row["time"]))
    return wrong


def log_holes(ix):
    """Nothing is transactional or compacted but the snapshots, so offsets have no gaps."""
    for (topic, partition), end in ix.ends.items():
        offsets = {r.offset for r in ix.log.get((topic, partition), ())}
        outside = [o for o in offsets if not end["begin"] <= o < end["end"]]
        if outside:
            yield Witness("K5", f"{topic}/{partition} has offset {outside[0]}, outside of "
                          f"{end['begin']}..{end['end']}", ("ends-a", end))
        if topic != "orders.state.v1":
            missing = set(range(end["begin"], end["end"])) - offsets
            if missing:
                yield Witness("K5", f"{topic}/{partition} has no record at offset {min(missing)}",
                              ("ends-a", end))


def positions_ahead(ix):
    for (service, part), stream in ix.streams.items():
        row = (f"{service}.stream {part}", {k: stream[k] for k in ("in_off", "out_seq", "pub_seq")})
        for topic, position in zip(stream["inputs"], stream["in_off"]):
            end = ix.ends.get((topic, part))
            if end and position > end["end"]:
                yield Witness("K5", f"{service} has read {topic}/{part} up to {position}, and it "
                              f"ends at {end['end']}", row, ("ends-a", end))
        if stream["pub_seq"] > stream["out_seq"]:
            yield Witness("K5", f"{service}/{part}: more is acknowledged than was told", row)
    for group in ix.records.groups:
        service, topic, part = group["group"], group["topic"], group["partition"]
        position = ix.position(service, topic, part)
        if position is not None and group["offset"] > position:
            yield Witness("K5", f"group {service} committed offset {group['offset']} of "
                          f"{topic}/{part}, and the service has processed {position}",
                          ("groups.jsonl", group))


def seen_ahead(ix):
    """Nobody has seen a link that its source never told to that destination."""
    told = collections.defaultdict(int)
    for service, events in ix.events.items():
        for e in events:
            if e.mark:
                place = (e.topic, e.partition, service, e.part)
                told[place] = max(told[place], e.seq)
    width = ix.trial["partitions"]
    for (service, part), stream in ix.streams.items():
        for n, topic in enumerate(stream["inputs"]):
            if not is_chained(topic):
                continue
            for source in range(width):
                seen = stream["seen_seq"][n * width + source]
                if seen > told[topic, part, owner_of(topic), source]:
                    yield Witness("K5", f"{service}/{part} has seen link {seen} of "
                                  f"{owner_of(topic)}/{source} on {topic}, and it was never told",
                                  (f"{service}.stream {part}", {"seen_seq": seen}))
