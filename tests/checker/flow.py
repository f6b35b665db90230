"""flow: K15 every count closes, K17 everything goes on after a fault, K18 the faults really
happened."""
import collections

from base import MICRO, Witness, input_row, money, us
from lost import SUBMITS
from tables import OPEN_TOPICS, hears, is_chained

LIMIT_SECONDS = 30      # from a fault's end, or an input's arrival, to the batch that takes it
PROOF = {"kill": ("pid",), "stop": ("seconds",), "cut": ("bytes",), "clock": ("moved",),
         "unknown-commit": ("target",), "full-disk": ("refused",)}


# --- K15

def k15(ix):
    return [*streams_close(ix), *destinations_close(ix), *inputs_close(ix), *dead_close(ix),
            *rows_close(ix), *stock_closes(ix)]


def streams_close(ix):
    """Batches and sequences of a partition are numbered without a gap, up to where its row is."""
    for (service, part), rows in ix.batches.items():
        seq, batch = 0, 0
        for row in rows:
            shown = (f"{service}.journal {part}/{row['batch_no']}",
                     {k: row[k] for k in ("batch_no", "first_seq", "event_count", "recorded_at")})
            if row["batch_no"] != batch + 1 or row["first_seq"] != seq + 1 or \
                    row["event_count"] != len(row["topics"]):
                yield Witness("K15", f"{service}/{part}: batch {row['batch_no']} begins at seq "
                              f"{row['first_seq']}, and the one before is batch {batch} up to seq "
                              f"{seq}",
                              shown, time=row["recorded_at"])
            batch, seq = row["batch_no"], row["first_seq"] + row["event_count"] - 1
        stream = ix.streams.get((service, part))
        if stream is None or (stream["batch_no"], stream["out_seq"]) != (batch, seq):
            yield Witness("K15", f"{service}/{part}: the journal ends with batch {batch} and seq "
                          f"{seq}, "
                          "and the stream's row says otherwise",
                          (f"{service}.stream {part}", {
                              k: (stream or {}).get(k) for k in ("batch_no", "out_seq")}),
                          time=rows[-1]["recorded_at"])


def destinations_close(ix):
    """dest_seq is the last link to each destination; links name the one before."""
    width = ix.trial["partitions"]
    last = collections.defaultdict(int)
    for service, events in ix.events.items():
        for e in events:
            if not is_chained(e.topic):
                continue
            place, mark = (service, e.part, e.topic, e.partition), e.mark
            if mark is None or (mark.source, mark.part, mark.incarnation, mark.seq) != (
                    service, e.part, e.incarnation, e.seq):
                yield Witness("K15", f"event {e.id} of {service} carries another stream than its "
                              "own",
                              e.row_shown(), time=e.time)
            elif mark.prev != last[place] and "batuta-chain-start" not in e.headers:
                yield Witness("K15", f"event {e.id} of {service} says that seq {mark.prev} is "
                              "before it, "
                              f"and seq {last[place]} is", e.row_shown(), time=e.time)
            last[place] = e.seq
    for (service, part), stream in ix.streams.items():
        for n, topic in enumerate(stream["outputs"]):
            for partition in range(width):
                kept = stream["dest_seq"][n * width + partition]
                told = last[service, part, topic, partition]
                if kept != told:
                    yield Witness("K15", f"{service}/{part} told seq {told} last to "
                                  f"{topic}/{partition}, "
                                  f"and its row says {kept}",
                                  (f"{service}.stream {part}", {"dest_seq": kept}))


def inputs_close(ix):
    """received = decided + repeated + passed over + dead + routed + parked, for every input; and
    nothing was decided that was not received."""
    for (service, part), stream in ix.streams.items():
        for topic in stream["inputs"]:
            end = ix.ends.get((topic, part))
            if end is None or end["begin"] > 0:
                continue
            position = ix.position(service, topic, part)
            counts = collections.Counter()
            marks = set()
            for r in ix.log.get((topic, part), ()):
                if r.offset < position:
                    counts[fate(ix, service, r, marks)] += 1
            received = sum(counts.values())
            if received != position or counts["nowhere"]:
                yield Witness("K15", f"{service} has read {position} records of {topic}/{part}, "
                              "and "
                              f"{dict(counts)} are accounted for",
                              (f"{service}.stream {part}", {topic: position}), ("ends-a", end))
    yield from decided_without_record(ix)


def fate(ix, service, r, marks):
    if (service, *r.place) in ix.noted_places:
        kind = ix.noted_places[(service, *r.place)][0].kind
        return {"command": "decided"}.get(kind, kind)
    if (service, *r.place) in ix.parked:
        return "parked"
    mark = r.headers.get("batuta-stream")
    if r.topic not in OPEN_TOPICS and mark:
        if mark in marks:
            return "repeated"
        marks.add(mark)
        if (service, r.topic, mark) in ix.noted:
            return "decided"
        if not hears(service, r.topic, r.type) or "batuta-chain-start" in r.headers:
            return "passed over"
        if r.topic.endswith(".routed.v1"):
            return "decided"        # at its other place; K1 judges that
    return "redriven" if (service, r.partition) in ix.discarding else "nowhere"


def decided_without_record(ix):
    there = {(r.topic, r.headers.get("batuta-stream")) for r in ix.all_records}
    places = {r.place for r in ix.all_records}
    for service, inputs in ix.inputs.items():
        for i in inputs:
            if i.kind == "timer" or ix.ends.get((i.topic, i.part), {}).get("begin", 0) > 0:
                continue
            known = (i.topic, i.detail) in there if i.kind == "event" else i.at in places
            if not known:
                yield Witness("K15", f"{service} decided on a record that is in no "
                              "topic", input_row(i),
                              time=i.time)


def first_places(ix):
    """Of routed records: where they first came to, by where they lie."""
    found = {}
    for r in ix.all_records:
        came = (r.headers.get("batuta-routed-from") or "").rsplit("/", 2)
        if r.topic.endswith(".routed.v1") and len(came) == 3:
            found[r.place] = (came[0], int(came[1]), int(came[2]))
    return found


def dead_close(ix):
    """Each dead letter has its input, and each dead input its letter, which names the place that
    the record first came to."""
    first = first_places(ix)
    for service, inputs in ix.inputs.items():
        letters = collections.Counter(
            (e.headers.get("dlq-original-topic"), int(e.headers.get("dlq-original-partition", -1)),
             int(e.headers.get("dlq-original-offset", -1)))
            for e in ix.events[service] if e.topic == f"{service}.dlq.v1")
        for i in inputs:
            if i.kind == "dead" and not letters[first.get(i.at, i.at)]:
                yield Witness("K15", f"{service} gave up {'/'.join(map(str, i.at))} and wrote no "
                              "dead "
                              "letter", input_row(i), time=i.time)
        for e in ix.events[service]:
            if e.topic == f"{service}.dlq.v1" and not ix.trial.get("poison"):
                place = (service, e.headers.get("dlq-original-topic"),
                         int(e.headers.get("dlq-original-partition", -1)),
                         int(e.headers.get("dlq-original-offset", -1)))
                if not any(i.kind == "dead" for i in ix.noted_places.get(place, ())):
                    yield Witness("K15", f"{service} wrote a dead letter of what it did not give "
                                  "up",
                                  e.row_shown(), time=e.time)


def rows_close(ix):
    """No event without its row and no row without its event."""
    def pair(what, service, told, kept):
        for key in sorted(told.keys() - kept, key=str):
            yield Witness("K15", f"{service} told of {what} {'/'.join(map(str, key))}, and there "
                          "is no "
                          "row of it", told[key].row_shown(), time=told[key].time)
        for key in sorted(kept - told.keys(), key=str):
            yield Witness("K15", f"{service} keeps {what} {'/'.join(map(str, key))}, and never "
                          "told of "
                          "it", (f"{service}.{what}", {"key": key}))

    def told(service, verbs, *members):
        return {tuple(str(e.body.get(m) or "") for m in members): e
                for e in ix.of_type(service, *verbs)
                if isinstance(e.body, dict) and not e.body.get("dry_run")
                and (service != "orders" or e.sequence is not None)}

    def kept(service, table, *columns, where=lambda row: True):
        return {tuple(str(row[c]) for c in columns) for row in ix.sql(service, table) if where(row)}
    yield from pair("orders", "orders",
                    told("orders", ["order.received", "order.refused"], "order"),
                    kept("orders", "orders", "order_id", where=lambda r: not r["dry_run"]))
    yield from pair("quote", "pricing", told("pricing", ["quote.priced", "quote.refused"], "order",
                                             "version"),
                    kept("pricing", "quote", "order_id", "version",
                         where=lambda r: r["mode"] == "order"))
    yield from pair("order_authorization", "approvals", told(
        "approvals", [f"authorization.{v}" for v in ("granted", "pending", "refused")], "account",
        "order"), kept("approvals", "order_authorization", "account", "order_id"))
    yield from pair("reservation", "catalog", told(
        "catalog", ["reservation.reserved"], "order", "node"),
        kept("catalog", "reservation", "order_id", "node", where=lambda r: any(
            p["step"] == "request" for p in r["postings"]) and r["state"] != "refused"))
    yield from pair("notice", "notifications",
                    told("notifications", ["notice.told"], "order", "kind", "cause", "recipient"),
                    kept("notifications", "notice", "order_id", "kind", "cause", "recipient"))
    yield from pair("payable", "notifications", told("notifications", ["payable.told"], "order",
                                                     "version"),
                    kept("notifications", "payable", "order_id", "version"))
    yield from submits_close(ix)


def submits_close(ix):
    """Every submit that was decided has its order, or was refused without leaving a mark."""
    rows = {r["order_id"] for r in ix.sql("orders", "orders")}
    for i, record in ix.commands["orders"]:
        if record.type != SUBMITS[0] or not isinstance(record.body, dict):
            continue
        refused = any(e.type.endswith(".refused.v1") for e in ix.caused["orders", record.id])
        if record.body.get("order") not in rows and not refused:
            yield Witness("K15", f"order {record.body.get('order')} was submitted and decided, "
                          "and there "
                          "is no row of it", record.row_shown(), input_row(i), time=i.time)


def stock_closes(ix):
    """What sites have reserved is what open reservations hold."""
    held = collections.defaultdict(int)
    for row in ix.sql("catalog", "reservation"):
        for line in row["lines"] if row["state"] == "reserved" else ():
            held[row["node"], line["sku"]] += money(line["reserved"]) - money(line["released"])
    for row in ix.sql("catalog", "stock"):
        if money(row["reserved"]) != held[row["node"], row["sku"]]:
            yield Witness("K15", f"{row['sku']} at {row['node']}: {row['reserved']} are reserved, "
                          "and open "
                          f"reservations hold {held[row['node'], row['sku']]} micro",
                          ("catalog.stock", {k: row[k] for k in ("node", "sku", "reserved")}))


# --- K17

def k17(ix):
    return [*at_rest(ix), *left_behind(ix), *slow(ix)]


def at_rest(ix):
    if not ix.quiesced:
        yield Witness("K17", "the services did not come to rest: "
                      + "; ".join(ix.trial.get("left", ())[:3]), ("trial.json", {
                          "left": ix.trial.get("left", ())[:5]}), time=ix.trial.get("recorded_at"))
    for service, ready in sorted(ix.trial.get("ready", {}).items()):
        if ready["status"] != 200:
            yield Witness("K17", f"{service} is not ready at the end: "
                          f"{'; '.join(ready['missing'])}",
                          ("trial.json", {service: ready}), time=ix.trial.get("recorded_at"))


def left_behind(ix):
    end_time = ix.trial.get("recorded_at")
    for (service, part), stream in ix.streams.items():
        shown = (f"{service}.stream {part}", {k: stream[k] for k in ("in_off", "out_seq", "pub_seq",
                                                                     "epoch")})
        if stream["pub_seq"] < stream["out_seq"]:
            yield Witness("K17", f"{service}/{part} told seq {stream['out_seq']}, and the broker "
                          "has "
                          f"acknowledged up to {stream['pub_seq']}", shown, time=end_time)
        for topic in stream["inputs"]:
            end = ix.ends.get((topic, part), {}).get("end", 0)
            if ix.position(service, topic, part) < end:
                yield Witness("K17", f"{service}/{part} stays at "
                              f"{ix.position(service, topic, part)} of "
                              f"{topic}, which ends at {end}", shown, time=end_time)
        yield from holes(ix, service, part, stream, shown)
    for service in ix.inputs:
        for row in ix.sql(service, "timer"):
            if us(row["due"]) + LIMIT_SECONDS * MICRO < us(end_time):
                yield Witness("K17", f"{service}: timer {row['id']} was due at {row['due']}",
                              (f"{service}.timer", row), time=row["due"])
        for row in ix.sql(service, "parked"):
            if ix.trial.get("poison"):
                ix.tally.add("parked")
            else:
                yield Witness("K17", f"{service}: a record is parked: "
                              f"{row['reason'] or 'it waits'}",
                              (f"{service}.parked", {k: row[k] for k in (
                                  "key", "subject", "topic", "source_partition", "source_offset",
                                  "reason")}), time=row["parked_at"])
        for row in ix.sql(service, "unsent"):
            if not ix.trial.get("refusing"):
                yield Witness("K17", f"{service}: an event waits for {row['topic']}",
                              (f"{service}.unsent", row), time=end_time)


def holes(ix, service, part, stream, shown):
    """Every reader has seen the last link of every source."""
    width = ix.trial["partitions"]
    for n, topic in enumerate(stream["inputs"]):
        if not is_chained(topic):
            continue
        last = collections.defaultdict(lambda: (0, 0))
        for r in ix.log.get((topic, part), ()):
            if r.mark and r.mark.part < width:
                last[r.mark.part] = max(last[r.mark.part], r.mark[2:4])
        for source, link in last.items():
            at = n * width + source
            seen = (stream["seen_incarnation"][at], stream["seen_seq"][at])
            if seen < link:
                yield Witness("K17", f"{service}/{part} waits at link {seen[1]} of source "
                              f"{source} on "
                              f"{topic}, which goes on to {link[1]}", shown,
                              time=ix.trial.get("recorded_at"))


def slow(ix):
    """An input is taken within the limit, or within the limit from the end of the faults that were
    on while it waited."""
    windows = [(us(f["time"]), us(f.get("until") or f["time"])) for f in ix.records.faults]
    arrived = {(r.topic, r.headers["batuta-stream"]): r for r in reversed(ix.all_records)
               if "batuta-stream" in r.headers}
    places = {r.place: r for r in ix.all_records}
    for service, inputs in ix.inputs.items():
        if ix.moved_clock(service):
            ix.tally.add("clock-moved", len(inputs))
            continue
        for i in inputs:
            r = arrived.get((i.topic, i.detail)) if i.kind == "event" else places.get(i.at)
            if r is None or i.kind == "timer":
                continue
            since = max([r.time] + [end for begun, end in windows if begun <= i.time
                                    and end >= r.time and end <= i.time])
            if i.time - since > LIMIT_SECONDS * MICRO and not any(
                    begun <= i.time <= end for begun, end in windows):
                yield Witness("K17", f"{service} took {(i.time - since) / MICRO:.1f} s to take an "
                              "input",
                              r.row_shown(), input_row(i), time=r.row["time"])


# --- K18

def k18(ix):
    return [*faults_proven(ix), *faults_demanded(ix)]


def faults_proven(ix):
    for fault in ix.records.faults:
        missing = [m for m in PROOF.get(fault["kind"], ()) if fault.get(m) in (None, 0, "")]
        if fault["kind"] == "kill" and not fault.get("exit") and \
                fault.get("new_pid") in (None, fault.get("pid")):
            missing.append("exit or new_pid")
        if fault.get("happened") is not True or missing:
            yield Witness("K18", f"a {fault['kind']} of {fault.get('target')} did not happen"
                          + (f": {', '.join(missing)} is not shown" if missing else ""),
                          ("faults.jsonl", fault), time=fault["time"])
    kills = collections.Counter(f["target"].split("-")[0] for f in ix.records.faults
                                if f["kind"] == "kill")
    for service, count in kills.items():
        epochs = [s["epoch"] for (name, _), s in ix.streams.items() if name == service]
        if epochs and max(epochs) < 2:
            yield Witness("K18", f"{service} was killed {count} times, and its partitions were "
                          "never "
                          "taken again", (f"{service}.stream", {"epochs": epochs}))


def faults_demanded(ix):
    counts = collections.Counter(f["kind"] for f in ix.records.faults if f.get("happened"))
    counts["redelivery"] = redeliveries(ix)
    for kind, wanted in sorted(ix.trial.get("require", {}).items()):
        if counts[kind] < wanted:
            yield Witness("K18", f"the trial demands {wanted} of {kind}, and {counts[kind]} "
                          "happened",
                          ("trial.json", {"require": ix.trial["require"],
                                          "happened": dict(counts)}))


def redeliveries(ix):
    """Records of our streams that are in the log a second time."""
    seen = collections.Counter((r.topic, r.partition, r.headers["batuta-stream"])
                               for r in ix.all_records if "batuta-stream" in r.headers)
    return sum(n - 1 for n in seen.values())
