#!/usr/bin/env python3
"""commit_at: orders whose credit and stock are committed where they are held, on the whole stack:
each way of such an order, what is left in ledger and stock, and that nobody asks for a commit."""
import collections

import commands
from commands import MICRO
from scenes import Stage, audited, check, equal, holds
from wire import Wire, header

SERVICES = ("orders", "pricing", "approvals", "catalog", "notifications")
COMMITS = {"approvals.requests.v1": "batuta.approvals.authorization.commit.v1",
           "catalog.requests.v1": "batuta.catalog.reservation.commit.v1"}
EARLY, USUAL = {}, {}       # what the order is for -> its id


def early(s, name, account, *items, **more):
    EARLY[name] = s.submit(account, *items, commit_at="reserve", **more)
    return EARLY[name]


def postings(s, order):
    """Kinds of what was posted for an order, in their order."""
    return [kind for (kind,) in s.stack.rows(
        "approvals", "select kind from posting where order_id = %s order by number", (order,))]


def reservations(s, order):
    """node -> (state, whether it runs out)."""
    return {node.split("/")[0]: (state, until is not None) for node, state, until in s.stack.rows(
        "catalog", "select node, state, expires_at from reservation where order_id = %s",
        (order,))}


def clean_to_closed(s):
    account = s.account(limit=1000)
    order = early(s, "closed", account, ("coin", 2), ("twenty", 3))
    yield s.state(order, "confirmed")
    equal("credit as orders knows it", "committed", s.row(order)["credit"])
    equal("credit", (0, 260, 0), s.figures(account))
    equal("postings", ["reserve", "commit"], postings(s, order))
    equal("stock", {s.a: ("committed", False), s.b: ("committed", False)}, reservations(s, order))
    equal("told as", "reserve", s.told("orders", order, "batuta.orders.order.confirmed.v1")[0][
        "commit_at"])
    s.deliver_all(order)
    yield s.state(order, "closed")
    yield "credit to be posted", lambda: s.figures(account) == (0, 0, 260)
    equal("postings", ["reserve", "commit", "settle"], postings(s, order))
    equal("first facts", ["received", "priced", "approved", "confirmed"], s.facts(order)[:4])


def refused_by_the_second_site(s):
    account = s.account(limit=10_000_000)
    s.stock(s.rare[0], 3)
    order = early(s, "refused", account, (s.rare[0], 2), ("twenty", 200_000))
    yield s.state(order, "refused")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    yield "stock to come back", lambda: s.on_hand(s.rare[0]) == (3, 0)
    equal("postings", ["reserve", "commit", "release"], postings(s, order))
    equal("reservations", {s.a: ("released", False), s.b: ("refused", False)},
          reservations(s, order))


def partial_when_short(s):
    account = s.account(limit=1000)
    s.stock(s.rare[1], 3)
    order = early(s, "short", account, (s.rare[1], 5), ("coin", 1), line_policy="partial")
    yield s.state(order, "confirmed")
    equal("quantities", ["3", "1"], [x["quantity"]["value"] for x in s.row(order)["lines"]])
    yield "credit to shrink", lambda: s.figures(account) == (0, 130, 0)
    equal("nothing is left", (0, 0), s.on_hand(s.rare[1]))
    s.deliver_all(order)
    yield s.state(order, "closed")
    yield "credit to be posted", lambda: s.figures(account) == (0, 0, 130)
    equal("postings", ["reserve", "commit", "reduce", "settle"], postings(s, order))


def approved_by_a_person(s):
    account = s.account(limit=500, rules=[(150, [["approver"]])])
    order = early(s, "approved", account, ("coin", 2))
    yield s.pending(order)
    equal("held, not committed", (200, 0, 0), s.figures(account))
    s.decide("approve", order, "ada")
    yield s.state(order, "confirmed")
    equal("committed", (0, 200, 0), s.figures(account))


def rejected_by_a_person(s):
    account = s.account(limit=500, rules=[(150, [["approver"]])])
    order = early(s, "rejected", account, ("coin", 2))
    yield s.pending(order)
    s.decide("reject", order, "ada")
    yield s.state(order, "refused")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    equal("postings", ["reserve", "release"], postings(s, order))


def cancelled_while_waiting(s):
    account = s.account(limit=500, rules=[(50, [["approver"]])])
    order = early(s, "waiting", account, ("coin", 1))
    yield s.pending(order)
    s.send(commands.cancel(order, "bea"))
    yield s.state(order, "cancelled")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)


def cancelled_at_once(s):
    """Wherever the order stands when the cancel comes: what was held by then, or comes to be held
    later, goes back."""
    account = s.account(limit=1000)
    s.stock(s.rare[2], 20)
    orders = []
    for n in range(10):
        orders.append(early(s, f"crossed {n}", account, (s.rare[2], 2), ("twenty", 1)))
        s.send(commands.cancel(orders[-1], "bea"))
    for order in orders:
        yield s.state(order, "cancelled")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    yield "stock to come back", lambda: s.on_hand(s.rare[2]) == (20, 0)


def cancelled_after_confirm(s):
    account = s.account(limit=500)
    s.stock(s.rare[3], 4)
    order = early(s, "stopped", account, (s.rare[3], 4), ("twenty", 1))
    yield s.state(order, "confirmed")
    equal("stock is taken", (0, 0), s.on_hand(s.rare[3]))
    s.send(commands.cancel(order, "bea"))
    yield s.state(order, "cancelled")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    yield "stock to come back", lambda: s.on_hand(s.rare[3]) == (4, 0)


def seller_rejects(s):
    account = s.account(limit=500)
    s.stock(s.rare[4], 4)
    order = early(s, "rejected lines", account, (s.rare[4], 4), ("twenty", 1))
    yield s.state(order, "confirmed")
    s.respond("reject", order, 1, [(1, 3 * MICRO, "C62")])
    yield s.fact(order, "line_rejected")
    yield "credit to shrink", lambda: s.figures(account) == (0, 30, 0)
    yield "stock to come back", lambda: s.on_hand(s.rare[4]) == (3, 0)
    s.respond("reject", order, 1)
    s.respond("reject", order, 2)
    yield s.state(order, "refused")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    yield "all stock to come back", lambda: s.on_hand(s.rare[4]) == (4, 0)
    equal("postings", ["reserve", "commit", "reduce", "reduce", "release"], postings(s, order))


def tried_only(s):
    account = s.account(limit=500)
    order = s.submit(account, ("coin", 1), kind="preview", commit_at="reserve")
    yield s.state(order, "previewed")
    equal("would be confirmed", "confirmed", s.row(order)["outcome"])
    equal("nothing is held", (0, 0, 0), s.figures(account))


def the_same_in_both_ways(s):
    """Two orders alike but for when they are committed: four messages less."""
    account = s.account()
    USUAL["named"] = s.submit(account, ("ten", 1), commit_at="confirm")
    USUAL["alike"] = s.submit(account, ("ten", 1))
    early(s, "alike", account, ("ten", 1))
    for order in (*USUAL.values(), EARLY["alike"]):
        yield s.state(order, "confirmed")
    yield "all to be committed", lambda: s.figures(account) == (0, 30, 0)


def messages(s, order):
    """type -> how many different events about an order are in the journals."""
    found = collections.Counter()
    for service in SERVICES:
        found.update(dict(s.stack.rows(
            service, "select type, count(distinct event_id) from journal_event where"
                     " recorded_at >= %s and (subject = %s or key = %s) group by 1",
            (s.since, order, order))))
    return found


def four_less(s):
    usual, fewer = messages(s, USUAL["alike"]), messages(s, EARLY["alike"])
    equal("named or not", usual, messages(s, USUAL["named"]))
    equal("what is not there", {f"batuta.{x}.v1" for x in (
        "approvals.authorization.commit", "approvals.authorization.committed",
        "catalog.reservation.commit", "catalog.reservation.committed")}, set(usual - fewer))
    equal("what is there besides", collections.Counter(), fewer - usual)
    equal("fewer", 4, sum(usual.values()) - sum(fewer.values()))


def nobody_asks(s):
    """On the topics themselves."""
    wire = Wire(s.stack)
    for topic, kind in COMMITS.items():
        asked = {header(r, "ce_subject") for r in wire.read(topic) if header(r, "ce_type") == kind}
        holds(f"{topic}: no commit of the usual orders was found", set(USUAL.values()) <= asked)
        equal(f"{topic}: commits of orders that need none", set(), asked & set(EARLY.values()))


def looked(name, look, s):
    try:
        look(s)
    except Exception as error:      # whatever is wrong, it is this look that failed
        return check(name, False, f"{type(error).__name__}: {error}")
    return check(name, True)


SCENES = [clean_to_closed, refused_by_the_second_site, partial_when_short, approved_by_a_person,
          rejected_by_a_person, cancelled_while_waiting, cancelled_at_once,
          cancelled_after_confirm, seller_rejects, tried_only, the_same_in_both_ways]


if __name__ == "__main__":
    stage = Stage().build()
    good = stage.play(SCENES)
    good = audited(stage) and good
    good = looked("four-messages-less", four_less, stage) and good
    good = looked("nobody-asks-for-a-commit", nobody_asks, stage) and good
    stage.end(good)
