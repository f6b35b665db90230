"""histories_early: orders that are committed where they are reserved (commit_at reserve): nobody
asks for a commit, and what is told as granted and reserved is committed by that."""
import edit
from histories import bad, good
from one_order import ACCOUNT, NODE, ORDER, OneOrder


def early():
    return OneOrder(early=True)


def released(s, records):
    edit.set_sql(records, "catalog", "reservation", {"order_id": ORDER}, state="released")
    edit.set_sql(records, "catalog", "stock", {"sku": "PUMP"}, on_hand="50.000000")
    return records


@good("K3", "an order was committed where it was reserved, and went all the way")
def _():
    return early().whole().end()


@good("K3", "what was committed where it was reserved is on the shelf again")
def _():
    s = early().whole()
    s.batch("catalog", (), [s.reservation("released")])
    return released(s, s.end())


@bad("K3", "what was reserved committed is still on hand")
def _():
    records = early().whole().end()
    edit.set_sql(records, "catalog", "stock", {"sku": "PUMP"}, on_hand="50.000000",
                 reserved="10.000000")
    return records


@bad("K3", "what was only reserved is off hand")
def _():
    s = OneOrder().world().submit().price().authorize().approve()
    s.batch("catalog", [s.asked], [s.reservation("reserved")])
    return s.end()


@good("K6", "an order is with its seller, and nobody asked for its commit")
def _():
    return early().world().submit().price().authorize().approve().confirm().accept().end()


@bad("K6", "what was to be committed by the yes was only granted")
def _():
    records = early().world().submit().price().authorize().approve().confirm().end()
    edit.set_sql(records, "approvals", "order_authorization", {"order_id": ORDER},
                 state="granted")
    return records


@bad("K6", "what was to be taken off hand was only held")
def _():
    records = early().whole().end()
    edit.set_sql(records, "catalog", "reservation", {"order_id": ORDER}, state="reserved")
    return records


@bad("K6", "an order that was to be asked for its commit was settled without one")
def _():
    s = OneOrder().world().submit().price().authorize().approve()
    told = s.batch("orders", (), [s.request("approvals", "authorization.settle", ACCOUNT,
                                            account=ACCOUNT)])
    s.batch("approvals", told, [s.authorization("settled")])
    return s.end()


@bad("K6", "stock that was committed by the yes was to be committed again")
def _():
    s = early().whole()
    told = s.batch("orders", (), [s.request("catalog", "reservation.commit", NODE, node=NODE)])
    s.batch("catalog", told, [s.reservation("committed")])
    return s.end()


@bad("K6", "credit that was committed by the yes was to be committed again")
def _():
    s = early().world().submit().price().authorize().approve().confirm()
    told = s.batch("orders", (), [s.request("approvals", "authorization.commit", ACCOUNT,
                                            account=ACCOUNT)])
    s.batch("approvals", told, [s.authorization("committed")])
    return s.end()


@bad("K7", "what was committed by the yes has no posting of it")
def _():
    s = early()
    post = s.post
    s.post = lambda kind, *moved: None if kind == "commit" else post(kind, *moved)
    return s.world().submit().price().authorize().approve().confirm().end()
