"""histories_more: by hand, bad and good ones for K7 to K12; see histories.py."""
import json

import edit
import one_order
from applied import link_hash
from base import Index
from histories import bad, event, good, whole
from one_order import ACCOUNT, ORDER, OneOrder
from story import clock, euro


def pending():
    return OneOrder().world().submit().price().authorize()


def approved():
    return pending().approve()


# --- K7 credit

@bad("K7", "more is held than the limit allows")
def _():
    records = whole()
    edit.change_body(records, event(records, "approvals.account.changed"),
                     lambda body: body.update(limit=euro("1000.00")))
    return records


@bad("K7", "a hold is not the order's amount")
def _():
    records = whole()
    edit.change_body(records, event(records, "approvals.authorization.request"),
                     lambda body: body.update(total=euro("1200.01")))
    return records


@bad("K7", "a hold was let go twice")
def _():
    s = pending()
    for _ in range(2):
        s.post("release", -1, 0, 0)
    s.batch("approvals", (), [s.authorization("released")])
    return s.end()


@bad("K7", "a hold was never let go")
def _():
    s = pending()
    s.batch("approvals", (), [s.authorization("released")])
    s.batch("orders", (), [s.fact("cancelled", "cancelled")])
    return s.end()


@bad("K7", "an order came to something else than was settled")
def _():
    records = whole()
    for table in (("orders", "orders"),):
        edit.set_sql(records, *table, {"order_id": ORDER}, total="1100.000000")
    return records


@good("K7", "held up to the last cent")
def _():
    s = OneOrder()
    return exactly(s).end()


def exactly(s):
    """The limit is what the order comes to."""
    kept = dict(one_order.CREDIT)
    one_order.CREDIT.update(limit=euro("1200.00"))
    try:
        return s.world().submit().price().authorize()
    finally:
        one_order.CREDIT.update(kept)


@good("K7", "the limit was lowered below what is in use")
def _():
    s = pending()
    s.batch("approvals", (), [("approvals.events.v1", "approvals.account.changed", {
        "account": ACCOUNT, "limit": euro("1.00"), "tolerance": euro("0.00")}, ACCOUNT)])
    return s.end()


@good("K7", "an account without a limit")
def _():
    s = OneOrder()
    records = exactly(s).end()
    edit.change_body(records, event(records, "approvals.account.changed"),
                     lambda body: body.update(limit=euro("1.00")))
    edit.set_sql(records, "approvals", "account", {"account": ACCOUNT}, unlimited=True)
    number, digest = relinked(records)
    edit.set_sql(records, "approvals", "account", {"account": ACCOUNT}, sequence=number,
                 hash=digest)
    return records


def relinked(records):
    """Number and hash of the account's one fact, after it was rewritten."""
    fact = Index(records).of_type("approvals", "account.changed")[0]
    return fact.sequence, link_hash(fact)


# --- K8 sums

@bad("K8", "a posting moves less than its amount")
def _():
    records = whole()
    edit.set_sql(records, "approvals", "posting", {"number": 3}, posted="1199.990000")
    return records


@bad("K8", "an account is not the sum of its postings")
def _():
    records = whole()
    edit.set_sql(records, "approvals", "account", {"account": ACCOUNT}, posted="1200.010000")
    return records


@bad("K8", "a posting is gone")
def _():
    records = whole()
    rows = records.sql["approvals"]["posting"]
    del rows[edit.find(rows, number=2)]
    return records


@bad("K8", "a sub-order lost a cent")
def _():
    records = whole()
    row = records.sql["orders"]["orders"][0]
    edit.set_row(records.sql["orders"]["orders"], 0, sub_orders=[
        {**row["sub_orders"][0], "total": euro("1199.99")}])
    return records


@bad("K8", "the payer's shares are not the total")
def _():
    records = whole()
    shares = [{"cost_centre": "", "amount": euro("1200.02")}]
    edit.change_body(records, event(records, "notifications.payable.told"),
                     lambda body: body.update(shares=shares))
    told = Index(records).of_type("notifications", "payable.told")[0]
    edit.set_row(records.sql["notifications"]["payable"], 0, hash=link_hash(told))
    return records


@good("K8", "money came in")
def _():
    s = OneOrder().whole()
    s.figures[2] -= 100
    s.postings += 1
    s.row("approvals", "posting", account=ACCOUNT, number=4, kind="payment", cause="p1",
          order_id=None, amount="100.000000", currency="EUR", posted_at=clock(s.now), part=0,
          batches=[9], reserved="0", committed="0", posted="-100.000000", committed_after="0",
          reserved_after="0", posted_after="1100.000000")
    return s.end()


@good("K8", "amounts are written with fewer digits")
def _():
    records = whole()
    edit.set_sql(records, "approvals", "account", {"account": ACCOUNT}, posted="1200")
    return records


@good("K8", "a hold that was let go")
def _():
    s = pending()
    s.post("release", -1, 0, 0)
    s.batch("approvals", (), [s.authorization("released")])
    s.batch("orders", (), [s.fact("cancelled", "cancelled")])
    return s.end()


# --- K10 approvals

@bad("K10", "the buyer said yes to their own order")
def _():
    records = approved().confirm().end()
    edit.set_sql(records, "approvals", "order_authorization", {"order_id": ORDER}, buyer="ada")
    return records


@bad("K10", "somebody said yes to another content")
def _():
    s = pending().approve(content_hash="cd" * 32)
    return s.confirm().end()


@bad("K10", "a yes stands that nobody said")
def _():
    s = approved().confirm()
    s.approvals.append({**s.approvals[0], "tier": 2})
    return s.end()


@bad("K10", "an order over the threshold was granted without a yes")
def _():
    s = approved().confirm()
    records = s.end()
    edit.set_sql(records, "approvals", "order_authorization", {"order_id": ORDER}, approvals=[])
    return records


@bad("K10", "somebody without the role said yes")
def _():
    records = approved().confirm().end()
    row = records.sql["approvals"]["order_authorization"][0]
    edit.set_row(records.sql["approvals"]["order_authorization"], 0, approvals=[
        {**row["approvals"][0], "role": "finance"}])
    return records


@bad("K10", "orders goes on with another content than was approved")
def _():
    records = approved().confirm().end()
    edit.set_sql(records, "orders", "orders", {"order_id": ORDER}, content_hash="cd" * 32)
    return records


@good("K10", "ada, who may, said yes to what she saw")
def _():
    return approved().confirm().end()


@good("K10", "a yes to something else was refused, and then she said it again")
def _():
    s = pending()
    refuse(s, {"account": ACCOUNT, "order": ORDER, "principal": "ada", "idempotency_key": "stale",
               "content_hash": "cd" * 32})
    return s.approve().confirm().end()


def refuse(s, body, kind="approvals.approval.approve", code="approval_stale"):
    service = kind.split(".")[0]
    sent = s.send(kind, body)
    told = s.batch(service, [sent], [(f"{service}.events.v1", f"{service}.command.refused",
                                      {"code": code}, sent["key"])])
    s.answer(service, sent, told[0])
    return sent, told[0]


@good("K10", "the rules changed while the order waited")
def _():
    s = pending()
    s.command("approvals.account.put", {"account": ACCOUNT, "principal": "office",
                                        "idempotency_key": "k9", "rules": []},
              ("account.changed", {"account": ACCOUNT, "limit": euro("5000.00"),
                                   "tolerance": euro("0.00")}, ACCOUNT))
    return s.approve().confirm().end()


# --- K12 idempotency

SET = {"node": "alps/graz", "principal": "feed", "idempotency_key": "same"}
STOCK = ("stock.changed", {"node": "alps/graz", "items": []}, "alps/graz")


@bad("K12", "the same command was accepted twice")
def _():
    s = OneOrder().world()
    s.command("catalog.stock.set", SET, STOCK)
    s.command("catalog.stock.set", SET, STOCK)
    return s.end()


@bad("K12", "another command with the same key was accepted")
def _():
    s = OneOrder().world()
    s.command("catalog.stock.set", SET, STOCK)
    s.command("catalog.stock.set", {**SET, "items": [1]}, STOCK)
    return s.end()


@bad("K12", "another order was taken under the same id")
def _():
    s = OneOrder().world().submit()
    other = s.send("orders.order.submit", {"order": ORDER, "principal": "bea", "lines": []},
                   "other")
    s.batch("orders", [other], [s.fact("received", "received", again=1)])
    return s.price().authorize().end()


@bad("K12", "a repeated answer has another body")
def _():
    s = OneOrder().world().submit()
    again = s.send("orders.order.submit", json.loads(s.submitted["value"]), "submit-2")
    s.batch("orders", [again], [s.fact("received", "received")[:4] + (
        {"id": s.answer_id, "sequence": 1},)])
    last = edit.journal_events(s.records, lambda row, n: row["batch_no"] == 2, ("orders",))[0]
    edit.change_body(s.records, last, lambda body: body.update(version=2))
    return s.price().authorize().end()


@bad("K12", "a client was told two things for one key")
def _():
    records = whole()
    rows = [r for r in records.client if r["op"] == "submit-1"]
    records.client += [{**rows[0], "op": "x"}, {**rows[1], "op": "x", "answer": {
        "outcome": "accepted", "event_id": "1-9"}}]
    return records


@good("K12", "the same command got the same answer")
def _():
    s = OneOrder().world()
    _, told = s.command("catalog.stock.set", SET, STOCK)
    repeat(s, SET, told[-1])
    return s.end()


def repeat(s, body, answer):
    again = s.send("catalog.stock.set", body)
    found = dict(answer["headers"])
    s.batch("catalog", [again], [("catalog.events.v1", "catalog.command.accepted",
                                  json.loads(answer["value"]), again["key"],
                                  {"id": found["ce_id"]})])


@good("K12", "another content with the same key was refused as a conflict")
def _():
    s = OneOrder().world()
    s.command("catalog.stock.set", SET, STOCK)
    sent = s.send("catalog.stock.set", {**SET, "items": [1]})
    s.batch("catalog", [sent], [("catalog.events.v1", "catalog.command.refused",
                                 {"code": "conflict"}, sent["key"])])
    return s.end()


@good("K12", "a refusal for lack of right is decided anew")
def _():
    s = OneOrder().world()
    for _ in range(2):
        sent = s.send("catalog.stock.set", SET)
        s.batch("catalog", [sent], [("catalog.events.v1", "catalog.command.refused",
                                     {"code": "not_authorized"}, sent["key"])])
    return s.end()
