"""histories: by hand, bad and good ones for K1 to K6. A bad one must be found by its check, a good
one by none at all. `ONE` is the life of one order as one_order.py tells it."""
import json

import edit
from base import body_hash
from one_order import HASH, NODE, ORDER, OneOrder
from story import clock

BAD, GOOD = [], []      # (check, what, function -> records)


def bad(check, what):
    return lambda function: BAD.append((check, what, function)) or function


def good(check, what):
    return lambda function: GOOD.append((check, what, function)) or function


def whole():
    return OneOrder().whole().end()


def event(records, kind, nth=0):
    """Where the nth event of a type is."""
    return edit.journal_events(records, lambda row, n: row["types"][n] == f"batuta.{kind}.v1")[nth]


def record(records, kind):
    """The first record of a type in the log."""
    return next(r for r in records.topics["a"] if ["ce_type", f"batuta.{kind}.v1"] in r["headers"])


# --- K1 lost

@bad("K1", "an order that the client knows as accepted has no row")
def _():
    records = whole()
    records.sql["orders"]["orders"] = []
    return records


@bad("K1", "a committed event never reached its topic")
def _():
    records = whole()
    edit.drop_record(records, edit.place_of(record(records, "pricing.quote.priced")), close=True)
    return records


@bad("K1", "a service read past an event and never applied it")
def _():
    records = whole()
    at = next(a for a in edit.inputs_of(records) if "approvals.requests.v1" in
              edit.input_text(records, a))
    edit.set_inputs(records, at[0], at[1], [])
    return records


@bad("K1", "a command was decided and nobody was told")
def _():
    s = OneOrder().world()
    sent = s.send("catalog.stock.set", {"node": NODE, "principal": "feed", "idempotency_key": "z"})
    s.batch("catalog", [sent])
    return s.end()


@bad("K1", "the broker took a command and lost it")
def _():
    s = OneOrder().world()
    s.send("catalog.stock.set", {"node": NODE, "principal": "f", "idempotency_key": "z"}, "gone",
           log=False)
    s.hear("gone")
    return s.end()


@good("K1", "the life of one order")
def _():
    return whole()


@good("K1", "a submit with unknown outcome happened")
def _():
    s = OneOrder().world().submit()
    records = s.price().authorize().end()
    last = edit.find(records.client, op="submit-1", event="ok")
    edit.set_row(records.client, last, event="info", answer=None)
    return records


@good("K1", "a submit with unknown outcome did not happen")
def _():
    s = OneOrder().world()
    s.send("orders.order.submit", {"order": "o9", "principal": "bea"}, "maybe", log=False)
    s.hear("maybe", "info")
    return s.end()


@good("K1", "a command that cannot be read is dead-lettered and refused")
def _():
    s = OneOrder().world()
    sent = s.send("catalog.stock.set", {"node": NODE}, "broken")
    dead(s, "catalog", sent)
    return s.end()


def dead(s, service, sent, letter=True):
    """A service gives a command up."""
    headers = {"cause": dict(sent["headers"])["ce_id"]}
    events = [(f"{service}.events.v1", f"{service}.command.refused",
               {"command_id": headers["cause"], "code": "member_missing"}, sent["key"], headers)]
    s.batch(service, [f"dead {sent['topic']}/0/{sent['offset']}"], events)
    if letter:
        s.seq[service] += 1
        row = s.records.sql[service]["journal"][-1]
        pairs = [*sent["headers"], ["dlq-original-topic", sent["topic"]],
                 ["dlq-original-partition", "0"], ["dlq-original-offset", str(sent["offset"])]]
        for name, value in (("topics", f"{service}.dlq.v1"), ("partitions", 0),
                            ("keys", sent["key"]), ("types", "dead-letter"),
                            ("headers", edit.pack_headers(pairs)), ("bodies", sent["value"])):
            row[name].append(value)
        row["event_count"] += 1
        s.put(f"{service}.dlq.v1", sent["key"], sent["value"], pairs)


# --- K2 phantom

@bad("K2", "an event is in the topic that no journal has")
def _():
    records = whole()
    row = dict(record(records, "orders.order.accepted"))
    row["value"] = row["value"].replace("accepted", "shipped")
    edit.append_record(records, row)
    return records


@bad("K2", "a command is in the topic that nobody sent")
def _():
    records = whole()
    edit.append_record(records, {**record(records, "orders.order.submit"), "headers": [
        ["ce_id", "stranger"], ["ce_type", "batuta.orders.order.submit.v1"]]})
    return records


@bad("K2", "an order exists that nobody submitted")
def _():
    records = whole()
    row = records.sql["orders"]["orders"][0]
    records.sql["orders"]["orders"].append({**row, "order_id": "o2", "dry_run": True})
    return records


@bad("K2", "a command arrived as another one than was sent")
def _():
    records = whole()
    sent = record(records, "approvals.approval.approve")
    edit.change_record(records, edit.place_of(sent), value=sent["value"].replace(HASH, "cd" * 32))
    return records


@good("K2", "the same event stands twice in the log")
def _():
    s = OneOrder().whole()
    s.again(record(s.records, "pricing.quote.priced"))
    return s.end()


@good("K2", "a body was written in another order of members")
def _():
    records = whole()
    n = edit.find(records.client, command="batuta.orders.order.submit.v1")
    text = json.dumps(json.loads(record(records, "orders.order.submit")["value"]), indent=1)
    edit.set_row(records.client, n, body_hash=body_hash(text))
    return records


@good("K2", "clients whose log is not complete sent more")
def _():
    records = whole()
    records.trial["client_complete"] = False
    records.client = [r for r in records.client if r["op"] != "submit-1"]
    return records


@good("K2", "what was told after a backup is in the log, and no longer in the journal")
def _():
    records = whole()
    edit.set_row(records.sql["orders"]["stream"], 0, incarnation=2)
    edit.append_record(records, {**record(records, "orders.order.state"), "headers": [
        ["ce_id", "1-999"], ["ce_source", "/batuta/orders/0"], ["ce_sequence", f"{99:020d}"],
        ["ce_type", "batuta.orders.order.state.v1"]]})
    return records


# --- K3 double effect

@bad("K3", "an event was applied twice")
def _():
    s = OneOrder().world().submit()
    s.batch("pricing", [s.asked])
    return s.price().end()


@bad("K3", "a command was decided twice")
def _():
    s = OneOrder().world().submit()
    s.batch("orders", [s.submitted])
    return s.end()


@bad("K3", "an order was confirmed by two different events")
def _():
    s = OneOrder().whole()
    s.batch("orders", (), [s.fact("confirmed", "confirmed")])
    return s.end()


@bad("K3", "a reservation was taken off the shelf twice")
def _():
    records = whole()
    edit.set_sql(records, "catalog", "stock", {"sku": "PUMP"}, on_hand="30.000000")
    return records


@bad("K3", "an expiry fired twice")
def _():
    s = OneOrder().world()
    for _ in range(2):
        s.batch("approvals", ["timer o1/approval_expiry"])
    return s.end()


@good("K3", "a repeated event was dropped")
def _():
    s = OneOrder().world().submit()
    s.again(s.asked)
    return s.price().authorize().end()


@good("K3", "what was parked is decided when an operator says so")
def _():
    s = OneOrder().world().submit()
    s.batch("pricing", [s.asked])
    sent = s.send("pricing.parked.redrive", {"reference": ORDER, "principal": "operator"})
    s.price_with = [sent]
    return s.price().authorize().end()


@good("K3", "a reminder came in each of two tiers")
def _():
    s = OneOrder().world()
    for _ in range(2):
        s.batch("approvals", ["timer o1/approval_reminder"])
    return s.end()


@good("K3", "what was committed and given back is on the shelf again")
def _():
    s = OneOrder().whole()
    released = s.reservation("released")
    s.batch("catalog", (), [released])
    records = s.end()
    edit.set_sql(records, "catalog", "reservation", {"order_id": ORDER}, state="released")
    edit.set_sql(records, "catalog", "stock", {"sku": "PUMP"}, on_hand="50.000000")
    return records


# --- K4 order

@bad("K4", "a link is missing in the log for good")
def _():
    s = OneOrder().world().submit().price()
    s.batch("orders", (), [s.fact("approved", "approved", lost=1)[:4] + ({"log": False},)])
    s.batch("orders", (), [s.fact("confirmed", "confirmed")])
    return s.end()


@bad("K4", "an event was applied ahead of the one before it")
def _():
    s = OneOrder().world().submit()
    told = s.batch("orders", (), [
        s.request("catalog", "reservation.request", NODE, node=NODE, n=1),
        s.request("catalog", "reservation.request", NODE, node=NODE, n=2)])
    s.batch("catalog", [told[1], told[0]])
    return s.end()


@bad("K4", "a fact of an order has a number too high")
def _():
    s = OneOrder().world().submit()
    s.batch("orders", (), [s.fact("priced", "priced")[:4] + ({"sequence": 3},)])
    return s.end()


@bad("K4", "a fact was changed after it was told")
def _():
    records = whole()
    edit.change_body(records, event(records, "orders.order.priced"),
                     lambda body: body.update(account="other"))
    return records


@bad("K4", "an older snapshot lies behind the newest")
def _():
    s = OneOrder().whole()
    s.again(record(s.records, "orders.order.state"))
    return s.end()


@good("K4", "a hole is healed: the missing link and what follows come again")
def _():
    s = OneOrder().world().submit().price().authorize()
    told = s.batch("orders", (), [
        s.request("catalog", "reservation.request", NODE, node=NODE, n=n)[:4] + ({"log": n != 1},)
        for n in (1, 2, 3)])
    first = edit.event_of(s.records, edit.journal_events(
        s.records, lambda row, n: '"n":1' in row["bodies"][n])[0])
    healed = [s.put(first["topic"], first["key"], first["value"], first["headers"]),
              s.again(told[1]), s.again(told[2])]
    s.batch("catalog", healed)
    return s.end()


@good("K4", "everything that orders told comes again in its order")
def _():
    s = OneOrder().whole()
    for row in [r for r in s.records.topics["a"] if r["topic"].startswith("orders.")
                and not r["topic"].endswith("commands.v1")]:
        s.again(row)
    return s.end()


@good("K4", "an answer is repeated with its old number")
def _():
    s = OneOrder().world().submit()
    first = json.loads(record(s.records, "orders.order.received")["value"])
    again = s.send("orders.order.submit", json.loads(s.submitted["value"]), "submit-2")
    s.batch("orders", [again], [("orders.events.v1", "orders.order.received", first, ORDER,
                                 {"id": s.answer_id, "sequence": 1})])
    return s.price().authorize().end()


# --- K5 offsets

@bad("K5", "two readers see two contents at one offset")
def _():
    records = whole()
    row = record(records, "orders.order.priced")
    edit.change_record(records, edit.place_of(row), readers="b", value=row["value"] + " ")
    return records


@bad("K5", "one reader does not see a record")
def _():
    records = whole()
    edit.drop_record(records, edit.place_of(record(records, "orders.order.priced")), readers="b")
    return records


@bad("K5", "a service has read further than the log goes")
def _():
    records = whole()
    edit.move_positions(records, "pricing.events.v1", 0, 3)
    return records


@bad("K5", "an offset was committed that was not processed")
def _():
    records = whole()
    records.groups.append({"group": "orders", "topic": "orders.commands.v1", "partition": 0,
                           "offset": 9})
    return records


@bad("K5", "a link was seen that was never told")
def _():
    records = whole()
    seen = list(records.sql["orders"]["stream"][0]["seen_seq"])
    seen[2] = 99
    edit.set_row(records.sql["orders"]["stream"], 0, seen_seq=seen)
    return records


@good("K5", "committed offsets lag behind")
def _():
    records = whole()
    records.groups.append({"group": "orders", "topic": "orders.commands.v1", "partition": 0,
                           "offset": 0})
    return records


@good("K5", "readers saw other broker times")
def _():
    records = whole()
    records.topics["b"] = [{**r, "time": r["time"] + 1} for r in records.topics["b"]]
    return records


@good("K5", "the dumps are in another order")
def _():
    records = whole()
    records.topics["b"].reverse()
    return records


# --- K6 lifecycle

@bad("K6", "an order was confirmed before it was approved")
def _():
    s = OneOrder().world().submit().price().authorize()
    s.batch("orders", (), [s.fact("confirmed", "confirmed")])
    return s.end()


@bad("K6", "a closed order was cancelled")
def _():
    s = OneOrder().whole()
    s.batch("orders", (), [s.fact("cancelled", "cancelled")])
    return s.end()


@bad("K6", "an order stays without a decision")
def _():
    return OneOrder().world().submit().price().end()


@bad("K6", "nobody said yes, the time is over, and the order waits on")
def _():
    records = OneOrder().world().submit().price().authorize().end()
    records.trial["recorded_at"] = clock(3700)
    return records


@bad("K6", "a client read an order back into an older state")
def _():
    s = OneOrder().whole()
    s.read(ORDER, "closed")
    s.read(ORDER, "shipped")
    return s.end()


@bad("K6", "a settled authorization was released")
def _():
    s = OneOrder().whole()
    s.batch("approvals", (), [s.authorization("released")])
    return s.end()


@good("K6", "an order waits for people, in time")
def _():
    return OneOrder().world().submit().price().authorize().end()


@good("K6", "an order is with its seller")
def _():
    return OneOrder().world().submit().price().authorize().approve().confirm().accept().end()


@good("K6", "a client reads an order go forward")
def _():
    s = OneOrder().world().submit()
    s.read(ORDER, "received")
    s.price().authorize()
    s.read(ORDER, "pending_approval")
    s.read(ORDER, "pending_approval")
    return s.end()


@good("K6", "an order was cancelled before anybody said yes")
def _():
    s = OneOrder().world().submit().price().authorize()
    s.post("release", -1, 0, 0)
    s.batch("approvals", (), [s.authorization("released")])
    s.batch("orders", (), [s.fact("cancelled", "cancelled")])
    return s.end()
