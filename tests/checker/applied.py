"""applied: K3 every event and command has its effect once, K4 in the order in which it was told."""
import bisect
import collections
import hashlib

from base import Witness, bytes_of, input_row, money
from tables import chain_of, committed_early, hears, is_chained

# type -> members that make its effect one of a kind
ONCE = {
    "orders": {**{f"order.{verb}": ("order",) for verb in (
        "received", "priced", "approved", "confirmed", "closed", "expired", "refused",
        "previewed")}},
    "pricing": {verb: ("order", "version", "dry_run") for verb in ("quote.priced",
                                                                   "quote.refused")},
    "approvals": {**{f"authorization.{verb}": ("account", "order", "version") for verb in (
        "granted", "rejected", "expired", "committed", "settled")},
        "authorization.reduced": ("account", "order", "version", "cause"),
        "authorization.released": ("account", "order", "version", "cause")},
    "catalog": {"reservation.reserved": ("order", "node", "version"),
                "reservation.committed": ("order", "node"),
                "reservation.expired": ("order", "node", "version")},
    "notifications": {"notice.told": ("order", "kind", "cause", "recipient"),
                      "payable.told": ("order", "version"),
                      "fulfilment.ordered": ("order", "sub_order"),
                      "fulfilment.cancelled": ("order", "sub_order")},
}


# --- K3

def k3(ix):
    return [*decided_twice(ix), *told_twice(ix), *stock_twice(ix)]


def without_redriven(ix, inputs):
    """What was parked is noted again when an operator has it decided."""
    kept = [i for i in inputs if (i.service, i.part, i.batch) not in ix.redriven]
    again = len(inputs) - len(kept)
    ix.tally.add("redriven", again)
    return (kept or inputs[:1]) if again < 2 else inputs


def decided_twice(ix):
    for (service, topic, mark), inputs in ix.noted.items():
        inputs = without_redriven(ix, inputs)
        if len(inputs) > 1:
            yield Witness("K3", f"{service} applied event {mark} of {topic} {len(inputs)} times",
                          *map(input_row, inputs[:2]), time=inputs[1].time)
    for (service, *place), inputs in ix.noted_places.items():
        inputs = without_redriven(ix, inputs)
        if len(inputs) > 1:
            yield Witness("K3", f"{service} decided {'/'.join(map(str, place))} {len(inputs)} "
                          "times", *map(input_row, inputs[:2]), time=inputs[1].time)
    for service, inputs in ix.inputs.items():
        fired = collections.defaultdict(list)
        for i in inputs:
            if i.kind == "timer" and not i.detail.endswith("reminder"):
                fired[i.part, i.detail].append(i)
        for (_, timer), rows in fired.items():
            if len(rows) > 1:
                yield Witness("K3", f"{service}: timer {timer} fired {len(rows)} times",
                              *map(input_row, rows[:2]), time=rows[1].time)


def told_twice(ix):
    for service, verbs in ONCE.items():
        found = collections.defaultdict(list)
        for e in ix.first_told[service]:
            verb = (e.type or "").removeprefix(f"batuta.{service}.").removesuffix(".v1")
            body = e.body
            if verb not in verbs or not isinstance(body, dict):
                continue
            if body.get("dry_run") or service == "orders" and e.sequence is None:
                continue
            found[(verb, *(str(body.get(m)) for m in verbs[verb]))].append(e)
        for key, events in found.items():
            if len(events) > 1 and ix.restored:
                ix.tally.add("decided-again")
            elif len(events) > 1:
                yield Witness("K3", f"{service} told {key[0]} of {', '.join(key[1:])} "
                              f"{len(events)} times, as different events",
                              *(e.row_shown() for e in events[:2]), time=events[1].time)


class Shelf:
    """Stock of one site and SKU as the events of catalog tell it."""

    def __init__(self):
        self.on_hand = self.reserved = 0
        self.last = None


def stock_twice(ix):
    """Replays what catalog told about stock; the end must be the table."""
    shelves, states, wrong = collections.defaultdict(Shelf), {}, []
    early = committed_early(ix.first_told["orders"], "catalog.reservation", "order", "node")
    for e in ix.first_told["catalog"]:
        body = e.body
        if not isinstance(body, dict) or body.get("dry_run"):
            continue
        verb = e.type.removeprefix("batuta.catalog.").removesuffix(".v1")
        if verb == "stock.changed":
            for item in body["items"]:
                shelf = shelves[body["node"], item["sku"]]
                if money(item["reserved"]) != shelf.reserved:
                    wrong.append(Witness("K3", f"{item['sku']} at {body['node']}: "
                                         f"{money(item['reserved'])} micro are reserved, and what "
                                         f"was told adds up to {shelf.reserved}",
                                         e.row_shown(), time=e.time))
                shelf.on_hand, shelf.last = money(item["on_hand"]), e
        elif verb.startswith("reservation."):
            reservation_moves(shelves, states, early, e)
    return [*wrong, *stock_rows(ix, shelves)]


def reservation_moves(shelves, states, early, e):
    """What is committed where it is reserved is off hand by the one event, and by no other."""
    body, verb = e.body, e.type.removesuffix(".v1").rsplit(".", 1)[1]
    key = (body["order"], body["node"])
    committed = states.get(key) == "committed"
    at_once = key in early and verb == "reserved"
    for line in body.get("lines", ()):
        shelf, count = shelves[body["node"], line["sku"]], money(line.get("reserved")) or 0
        if at_once:
            shelf.on_hand -= count
        elif verb == "reserved":
            shelf.reserved += count
        elif verb == "committed" and not committed:
            shelf.on_hand, shelf.reserved = shelf.on_hand - count, shelf.reserved - count
        elif verb == "released" and committed:
            shelf.on_hand += count
        elif verb in ("released", "expired"):
            shelf.reserved -= count
        if verb != "refused":
            shelf.last = e
    if verb in ("reserved", "committed"):
        states[key] = "committed" if at_once else verb


def stock_rows(ix, shelves):
    rows = {(r["node"], r["sku"]): r for r in ix.sql("catalog", "stock")}
    for at, shelf in shelves.items():
        row = rows.get(at, {"on_hand": "0", "reserved": "0"})
        for name, told in (("on_hand", shelf.on_hand), ("reserved", shelf.reserved)):
            if money(row[name]) != told:
                last = [shelf.last.row_shown()] if shelf.last else []
                yield Witness("K3", f"{at[1]} at {at[0]}: {name} is {row[name]}, and what was told "
                              f"adds up to {told} micro",
                              ("catalog.stock", {"node": at[0], "sku": at[1], name: row[name]}),
                              *last, time=shelf.last.time if shelf.last else None)


# --- K4

def k4(ix):
    return [*log_order(ix), *application_order(ix), *chain_order(ix), *chain_rows(ix),
            *snapshot_order(ix)]


def log_order(ix):
    """A reader that starts at the beginning of the log and takes exactly what links must get to the
    last link of every source."""
    for (topic, partition), records in ix.log.items():
        if not is_chained(topic) or ix.ends.get((topic, partition), {}).get("begin", 0) > 0:
            continue
        seen, last, stuck = {}, {}, {}
        for r in records:
            mark = r.mark
            if mark is None:
                continue
            source = (mark.source, mark.part)
            at = seen.get(source, (0, 0))
            link = (mark.incarnation, mark.seq)
            if link <= at:
                ix.tally.add("repeated-record")
            elif follows(mark, at, r.headers):
                seen[source], last[source] = link, r
                if source in stuck and stuck[source].mark[2:4] <= link:
                    ix.tally.add("healed-hole")
                    del stuck[source]
            elif source not in stuck or stuck[source].mark[2:4] < link:
                stuck[source] = r
        for source, r in stuck.items():
            before = [last[source].row_shown()] if source in last else []
            yield Witness("K4", f"{topic}/{partition}: the link before seq {r.mark.seq} of "
                          f"{source[0]}/{source[1]} is not in the log before it",
                          *before, r.row_shown(), time=r.row["time"])


def follows(mark, at, headers):
    if mark.incarnation > at[0]:
        return mark.prev == 0 or "batuta-chain-start" in headers
    return mark.prev == at[1]


def application_order(ix):
    chains = collections.defaultdict(list)      # what each source told to each destination
    for service, events in ix.events.items():
        for e in events:
            if e.mark and is_chained(e.topic):
                chains[e.topic, e.partition, service, e.part].append(e)
    for service, inputs in ix.inputs.items():
        last = {}
        for i in inputs:
            if i.kind != "event" or i.at is None:
                continue
            place = (i.topic, i.part, i.at.source, i.at.part)
            before = last.get(place)
            if before and (i.at.incarnation, i.at.seq) < before.at[2:4]:
                yield Witness("K4", f"{service} applied seq {i.at.seq} of "
                              f"{i.at.source}/{i.at.part} "
                              f"after seq {before.at.seq}", input_row(before), input_row(i),
                              time=i.time)
            elif before is None or i.at.incarnation == before.at.incarnation:
                yield from overtaken(ix, service, i, before, chains[place])
            last[place] = max(i, before, key=lambda x: x.at[2:4]) if before else i


def overtaken(ix, service, i, before, chain):
    start = (i.at.incarnation, before.at.seq if before else 0)
    first = bisect.bisect_right(chain, start, key=link_of)
    for e in chain[first:bisect.bisect_left(chain, i.at[2:4], key=link_of)]:
        if hears(service, e.topic, e.type):
            mark = e.headers["batuta-stream"]
            later = ix.noted.get((service, e.topic, mark))
            if later and (later[0].batch, later[0].n) > (i.batch, i.n):
                yield Witness("K4", f"{service} applied seq {i.at.seq} of {e.service}/{e.part} "
                              "ahead "
                              f"of seq {e.seq}", input_row(i), e.row_shown(), time=i.time)


def link_of(e):
    return e.incarnation, e.seq


def chain_order(ix):
    """Facts of an aggregate are numbered 1, 2, 3 ... and each covers the one before by its hash."""
    for service, events in ix.first_told.items():
        last = {}
        for e in events:
            chain = chain_of(e)
            if chain is None or e.sequence is None:
                continue
            before = last.get(chain)
            number = before.sequence if before else 0
            if e.sequence != number + 1:
                rows = ([before.row_shown()] if before else []) + [e.row_shown()]
                yield Witness("K4", f"{service} told number {e.sequence} of "
                              f"{'/'.join(map(str, chain))}"
                              f" after number {number}", *rows, time=e.time)
            elif e.headers.get("ce_previoushash") != (link_hash(before) if before else None):
                rows = ([before.row_shown()] if before else []) + [e.row_shown()]
                yield Witness("K4", f"number {e.sequence} of {'/'.join(map(str, chain))} does not "
                              "cover "
                              "the one before it", *rows, time=e.time)
            last[chain] = e


def link_hash(e):
    before = bytes.fromhex(e.headers.get("ce_previoushash") or "00" * 32)
    return hashlib.sha256(before + bytes_of(f"{e.id}\n{e.type}\n") + bytes_of(e.value)).hexdigest()


CHAIN_ROWS = (
    ("orders", "orders", "order", ("order_id",), "chain_sequence", "chain_hash"),
    ("pricing", "quoted_order", "quoted_order", ("order_id",), "chain_sequence", "chain_hash"),
    ("catalog", "reservation", "reservation", ("order_id", "node"), "sequence", "hash"),
    ("approvals", "order_authorization", "order_authorization", ("account", "order_id"), "sequence",
     "hash"),
    ("approvals", "account", "account", ("account",), "sequence", "hash"),
    ("notifications", "fulfilment", "fulfilment", ("order_id", "sub_order"), "sequence", "hash"),
    ("notifications", "partner", "partner", ("partner",), "sequence", "hash"),
    ("notifications", "notice", "notice", ("order_id", "kind", "cause", "recipient"), "sequence",
     "hash"),
    ("notifications", "payable", "payable", ("order_id", "version"), "sequence", "hash"),
)


def chain_rows(ix):
    """The row of an aggregate knows the number and the hash of its last fact."""
    for service, table, kind, keys, number, digest in CHAIN_ROWS:
        last = {}
        for e in ix.first_told[service]:
            chain = chain_of(e)
            if chain and chain[0] == kind and e.sequence is not None:
                last[chain] = e
        rows = {(kind, *(str(r[k]) for k in keys)): r for r in ix.sql(service, table)}
        for chain in sorted(last.keys() | rows.keys(), key=str):
            e, row = last.get(chain), rows.get(chain)
            told = (e.sequence, link_hash(e)) if e else (0, None)
            kept = (row[number], row[digest]) if row else (0, None)
            if told != kept:
                yield Witness("K4", f"{service}.{table} {'/'.join(map(str, chain[1:]))} is at "
                              f"number {kept[0]}, and "
                              f"the last fact told is number {told[0]}"
                              + (", with another hash" if told[0] == kept[0] else ""),
                              *([e.row_shown()] if e else []),
                              (f"{service}.{table}", {number: kept[0], digest: kept[1]}),
                              time=e.time if e else None)


def snapshot_order(ix):
    """The last snapshot of an order in the compacted topic is its newest."""
    newest, last = {}, {}
    for r in ix.all_records:
        if r.topic == "orders.state.v1" and r.headers.get("ce_sequence", "").isdigit():
            if int(r.headers["ce_sequence"]) >= int(
                    newest[r.key].headers["ce_sequence"] if r.key in newest else 0):
                newest[r.key] = r
            last[r.key] = r
    for key, r in last.items():
        if newest[key] is not r and not ix.of_older_stream(newest[key]):
            yield Witness("K4", f"the last snapshot of order {key} in the topic is an older one",
                          newest[key].row_shown(), r.row_shown(), time=r.row["time"])
