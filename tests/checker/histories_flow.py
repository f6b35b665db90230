"""histories_flow: by hand, bad and good ones for K13 to K18; see histories.py."""
import hashlib

import edit
from base import Record
from histories import bad, dead, event, good, record, whole
from histories_more import SET, approved
from one_order import SELLER, OneOrder
from story import clock


# --- K13 partner topics

TOPIC = f"partners.{SELLER}.fulfilment.v1"


def at_partner():
    return approved().confirm().accept()


def receipts(records, times=1):
    rows = [Record(r) for r in records.topics["a"] if r["topic"] == TOPIC]
    records.receivers[SELLER] = [
        {"time": clock(30), "sequence": int(r.headers["ce_sequence"]), "id": r.id, "type": r.type,
         "key": r.key, "body_hash": hashlib.sha256(r.value.encode()).hexdigest()}
        for r in rows for _ in range(times)]
    records.trial["receivers_complete"] = True
    return records


@bad("K13", "a sub-order never reached its seller")
def _():
    records = at_partner().end()
    edit.drop_record(records, (TOPIC, 0, 0), close=True)
    return records


@bad("K13", "a number is missing in a seller's topic")
def _():
    records = at_partner().end()
    row = next(r for r in records.topics["a"] if r["topic"] == TOPIC)
    edit.change_record(records, (TOPIC, 0, 0), headers=edit.set_header(
        row["headers"], "ce_sequence", f"{2:020d}"))
    return records


@bad("K13", "a seller was told what is another's")
def _():
    records = at_partner().end()
    edit.change_body(records, event(records, "notifications.fulfilment.ordered"),
                     lambda body: body.update(partner="breeze"))
    return records


@bad("K13", "a receiver got something else than the topic holds")
def _():
    records = receipts(at_partner().end())
    edit.set_row(records.receivers[SELLER], 0, body_hash="0" * 64)
    return records


@bad("K13", "a receiver never got what was sent")
def _():
    records = receipts(at_partner().end())
    records.receivers[SELLER].clear()
    return records


@good("K13", "a receiver got everything")
def _():
    return receipts(at_partner().end())


@good("K13", "a receiver got everything twice")
def _():
    return receipts(at_partner().end(), 2)


@good("K13", "a seller's topic has a record twice")
def _():
    s = at_partner()
    s.again(record(s.records, "notifications.fulfilment.ordered"))
    return receipts(s.end())


# --- K15 conservation

@bad("K15", "a batch is gone from a journal")
def _():
    records = whole()
    del records.sql["pricing"]["journal"][0]
    return records


@bad("K15", "a batch decided on what is in no topic")
def _():
    records = whole()
    row = records.sql["pricing"]["journal"][0]
    edit.set_inputs(records, "pricing", 0, [*row["inputs"],
                                            "event pricing.requests.v1 orders/0 1 99 98"])
    return records


@bad("K15", "a notice is kept that was never told")
def _():
    records = whole()
    row = records.sql["notifications"]["notice"][0]
    records.sql["notifications"]["notice"].append({**row, "kind": "delivered"})
    return records


@bad("K15", "more is reserved than reservations hold")
def _():
    records = whole()
    edit.set_sql(records, "catalog", "stock", {"sku": "PUMP"}, reserved="1.000000")
    return records


@bad("K15", "a command was given up without a dead letter")
def _():
    s = OneOrder().world()
    dead(s, "catalog", s.send("catalog.stock.set", {"node": "alps/graz"}, "broken"), letter=False)
    return s.end()


@good("K15", "every count closes")
def _():
    return whole()


@good("K15", "a service has read nothing yet that counts")
def _():
    return OneOrder().world().end()


@good("K15", "a command that cannot be read has its dead letter")
def _():
    s = OneOrder().world()
    dead(s, "catalog", s.send("catalog.stock.set", {"node": "alps/graz"}, "broken"))
    return s.end()


# --- K17 liveness

@bad("K17", "the services did not come to rest")
def _():
    records = whole()
    records.trial.update(quiesced=False, left=["orders/0: 3 events are not acknowledged"])
    return records


@bad("K17", "a timer is long due")
def _():
    s = OneOrder().world()
    s.row("approvals", "timer", part=0, id="o1/approval_expiry", due=clock(1))
    records = s.end()
    records.trial["recorded_at"] = clock(100)
    return records


@bad("K17", "an event stays unacknowledged")
def _():
    records = whole()
    stream = records.sql["orders"]["stream"][0]
    edit.set_row(records.sql["orders"]["stream"], 0, pub_seq=stream["out_seq"] - 1)
    return records


@bad("K17", "a command waited for a minute with no fault about")
def _():
    s = OneOrder().world()
    sent = s.send("catalog.stock.set", SET)
    s.now += 60
    s.batch("catalog", [sent], [("catalog.events.v1", "catalog.command.refused", {"code": "x"},
                                 sent["key"])])
    return s.end()


@bad("K17", "a reader waits at a hole")
def _():
    records = whole()
    seen = list(records.sql["pricing"]["stream"][0]["seen_seq"])
    edit.set_row(records.sql["pricing"]["stream"], 0, seen_seq=[0 for _ in seen])
    return records


@good("K17", "a command waited while its service was down")
def _():
    s = OneOrder().world()
    sent = s.send("catalog.stock.set", SET)
    begun = clock(s.now)
    s.now += 60
    s.records.faults.append(fault(begun, clock(s.now)))
    s.batch("catalog", [sent], [("catalog.events.v1", "catalog.command.refused", {"code": "x"},
                                 sent["key"])])
    return s.end()


def fault(begun, until, **more):
    return {"time": begun, "until": until, "kind": "kill", "target": "catalog", "pid": 7,
            "new_pid": 9, "happened": True, **more}


@good("K17", "a timer is due later")
def _():
    s = OneOrder().world()
    s.row("approvals", "timer", part=0, id="o1/approval_expiry", due=clock(3600))
    return s.end()


@good("K17", "poison was sent, and waits")
def _():
    s = OneOrder().world()
    s.trial["poison"] = True
    s.row("catalog", "parked", part=0, key="alps/graz", subject="", topic="catalog.requests.v1",
          source_partition=0, source_offset=5, reason="json_invalid", parked_at=clock(3))
    return s.end()


# --- K18 faults

@bad("K18", "a kill is demanded, and none happened")
def _():
    records = whole()
    records.trial["require"] = {"kill": 1}
    return records


@bad("K18", "a kill left the same process running")
def _():
    records = whole()
    records.faults.append(fault(clock(3), clock(4), new_pid=7))
    return records


@bad("K18", "a cut is in the log without its proof")
def _():
    records = whole()
    records.faults.append(fault(clock(3), clock(4), kind="cut"))
    return records


@bad("K18", "redeliveries are demanded, and nothing came twice")
def _():
    records = whole()
    records.trial["require"] = {"redelivery": 1}
    return records


@good("K18", "a kill happened as demanded")
def _():
    records = whole()
    records.trial["require"] = {"kill": 1}
    records.faults.append(fault(clock(3), clock(4)))
    return records


@good("K18", "a process was killed for good")
def _():
    records = whole()
    records.faults.append(fault(clock(3), clock(4), new_pid=None, exit=-9))
    return records


@good("K18", "redeliveries happened as demanded")
def _():
    s = OneOrder().whole()
    s.trial["require"] = {"redelivery": 1}
    s.again(record(s.records, "pricing.quote.priced"))
    return s.end()


@good("K18", "a trial without faults demands none")
def _():
    return OneOrder().world().end()
