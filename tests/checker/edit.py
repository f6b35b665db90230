"""edit: mechanical changes of records, for histories and corruptions. Rows are shared between
copies, so each change replaces the row that it changes."""
import json

from base import unpack_headers
from records import SERVICES


def place_of(row):
    return row["topic"], row["partition"], row["offset"]


def set_row(rows, index, **changes):
    rows[index] = {**rows[index], **changes}
    return rows[index]


def find(rows, **wanted):
    """Index of the first row with these values."""
    return next(n for n, row in enumerate(rows)
                if all(row.get(k) == v for k, v in wanted.items()))


def set_sql(records, service, table, wanted, **changes):
    rows = records.sql[service][table]
    return set_row(rows, find(rows, **wanted), **changes)


# --- topics

def change_record(records, place, readers=("a", "b"), **changes):
    for reader in readers:
        rows = records.topics[reader]
        for n, row in enumerate(rows):
            if place_of(row) == place:
                set_row(rows, n, **changes)


def drop_record(records, place, readers=("a", "b"), close=False):
    """Takes a record out of the log; `close`: as if it had never been there, so that what follows
    moves up and readers are one behind."""
    for reader in readers:
        kept = [r for r in records.topics[reader] if place_of(r) != place]
        if close:
            kept = [{**r, "offset": r["offset"] - 1}
                    if place_of(r)[:2] == place[:2] and r["offset"] > place[2] else r for r in kept]
            for n, e in enumerate(records.ends[reader]):
                if (e["topic"], e["partition"]) == place[:2]:
                    set_row(records.ends[reader], n, end=e["end"] - 1)
        records.topics[reader] = kept
    if close:
        move_positions(records, place[0], place[1], -1)


def append_record(records, row, readers=("a", "b"), read=True):
    """Puts a row at the end of its partition; `read`: its readers have passed it."""
    end = records.ends["a"][find(records.ends["a"], topic=row["topic"],
                                 partition=row["partition"])]["end"]
    row = {**row, "offset": end}
    for reader in readers:
        records.topics[reader].append(row)
        n = find(records.ends[reader], topic=row["topic"], partition=row["partition"])
        set_row(records.ends[reader], n, end=end + 1)
    if read:
        move_positions(records, row["topic"], row["partition"], 1)
    return row


def move_positions(records, topic, part, by):
    for service in SERVICES:
        rows = records.rows(service, "stream")
        for n, row in enumerate(rows):
            if row["part"] == part and topic in row["inputs"]:
                at = row["inputs"].index(topic)
                places = list(row["in_off"])
                places[at] += by
                set_row(rows, n, in_off=places)


def set_header(pairs, name, value):
    return [[n, value if n == name else v] for n, v in pairs]


# --- journals: an event is (service, index of the row, n)

def journal_events(records, wanted=lambda row, n: True, services=SERVICES):
    return [(service, index, n) for service in services
            for index, row in enumerate(records.rows(service, "journal"))
            for n in range(len(row["topics"])) if wanted(row, n)]


def event_of(records, at):
    service, index, n = at
    row = records.sql[service]["journal"][index]
    return {"topic": row["topics"][n], "partition": row["partitions"][n], "key": row["keys"][n],
            "type": row["types"][n], "value": row["bodies"][n],
            "headers": [list(p) for p in unpack_headers(row["headers"][n])],
            "part": row["part"], "batch": row["batch_no"]}


def pack_headers(pairs):
    """What the histories and trials here need of it: printable values."""
    return "".join(f"{n}={v}\n" for n, v in pairs)


def records_of(records, event):
    """Places in the log of an event."""
    return [place_of(r) for r in records.topics["a"]
            if (r["topic"], r["partition"], r["key"], r["value"]) == (
                event["topic"], event["partition"], event["key"], event["value"])
            and [list(p) for p in r["headers"]] == event["headers"]]


def change_event(records, at, in_log=True, **changes):
    """Changes value, key or headers of an event in its journal, and in the log."""
    event = event_of(records, at)
    places = records_of(records, event) if in_log else []
    service, index, n = at
    row = records.sql[service]["journal"][index]
    named = {"value": "bodies", "key": "keys", "headers": "headers", "type": "types"}
    new = {}
    for name, value in changes.items():
        column = list(row[named[name]])
        column[n] = pack_headers(value) if name == "headers" else value
        new[named[name]] = column
    set_row(records.sql[service]["journal"], index, **new)
    for place in places:
        change_record(records, place, **{k: v for k, v in changes.items() if k != "type"})


def change_body(records, at, change, in_log=True):
    """`change` is given the body and alters it."""
    body = json.loads(event_of(records, at)["value"])
    change(body)
    change_event(records, at, in_log, value=json.dumps(body, separators=(",", ":"),
                                                       ensure_ascii=False))


def drop_event(records, at):
    """Out of its journal row; the sequences of the row stay as they were."""
    service, index, n = at
    row = records.sql[service]["journal"][index]
    columns = ("topics", "partitions", "keys", "types", "headers", "bodies")
    set_row(records.sql[service]["journal"], index,
            **{c: row[c][:n] + row[c][n + 1:] for c in columns})


# --- inputs: (service, index of the row, n)

def inputs_of(records, kinds=("event", "command")):
    return [(service, index, n) for service in SERVICES
            for index, row in enumerate(records.rows(service, "journal"))
            for n, text in enumerate(row["inputs"]) if text.split(" ")[0] in kinds]


def input_text(records, at):
    service, index, n = at
    return records.sql[service]["journal"][index]["inputs"][n]


def set_inputs(records, service, index, inputs):
    set_row(records.sql[service]["journal"], index, inputs=inputs)
