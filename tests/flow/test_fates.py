#!/usr/bin/env python3
"""fates: one story for each fate of an order, from submit to its end, on the whole stack."""
import commands
from commands import MICRO, micro_of
from scenes import Stage, audited, equal, holds


def total_of(stage, order):
    return micro_of(stage.row(order)["total"]) / MICRO


def codes_of(stage, order):
    return [r["code"] for r in stage.row(order)["reasons"]]


def clean_to_closed(s):
    account = s.account(limit=1000)
    order = s.submit(account, ("coin", 2), ("twenty", 3), purchase_order="PO-1")
    yield s.state(order, "confirmed")
    row = s.row(order)
    equal("sub-orders", [(1, s.a, 200), (2, s.b, 60)],
          [(x["sub_order"], x["seller"], float(x["total"]["amount"])) for x in row["sub_orders"]])
    yield "credit to be committed", lambda: s.figures(account) == (0, 260, 0)
    s.deliver_all(order)
    yield s.state(order, "closed")
    yield "credit to be posted", lambda: s.figures(account) == (0, 0, 260)
    facts = s.facts(order)
    equal("first facts", ["received", "priced", "approved", "confirmed"], facts[:4])
    equal("last fact", "closed", facts[-1])
    equal("line states", ["closed", "closed"], [x["state"] for x in s.row(order)["lines"]])
    yield "the buyer to be told", lambda: {k for k, _ in s.notices(order)} == {
        "confirmed", "shipped", "delivered"}
    shown = s.stack.get("orders", f"/orders/{order}")
    equal("state over HTTP", "closed", (shown.get("order") or shown)["state"]
          if isinstance(shown.get("order"), dict) else shown["state"])


def approval_by_one(s):
    account = s.account(rules=[(150, [["approver"]])])
    order = s.submit(account, ("coin", 2))
    yield s.pending(order)
    denied = s.decide("approve", order, "bea")
    yield s.answered(denied)
    equal("the buyer approves", "approver_denied", s.refused(denied))
    denied = s.decide("approve", order, "fin")
    yield s.answered(denied)
    equal("somebody without the role", "approver_denied", s.refused(denied))
    stale = s.decide("approve", order, "ada", "0" * 64)
    yield s.answered(stale)
    equal("a stale hash", "approval_stale", s.refused(stale))
    unsigned = s.send(dict(commands.decide("approve", account, order, "ada",
                                           s.auth(order)["content_hash"]), unsigned=True))
    yield s.answered(unsigned)
    equal("unsigned", "not_authenticated", s.refused(unsigned))
    equal("still waits", "pending_approval", s.row(order)["state"])
    s.decide("approve", order, "ada", comment="fine")
    yield s.state(order, "confirmed")
    equal("who said yes", [("ada", "approved", "approver")],
          [(a["user"], a["decision"], a["role"]) for a in s.row(order)["approvals"]])
    yield "both approvers to be asked", lambda: {
        ("awaiting_approval", "ada"), ("awaiting_approval", "abe")} <= s.notices(order)


def at_the_threshold_nobody_is_asked(s):
    account = s.account(rules=[(200, [["approver"]])])
    order = s.submit(account, ("coin", 2))
    yield s.state(order, "confirmed")
    equal("facts", ["received", "priced", "approved"], s.facts(order)[:3])


def approval_by_two_tiers(s):
    account = s.account(rules=[(50, [["approver"]]), (150, [["approver"], ["finance"]])])
    order = s.submit(account, ("coin", 2))
    yield s.pending(order, 1)
    early = s.decide("approve", order, "fin")
    yield s.answered(early)
    equal("tier 2 before its turn", "approver_denied", s.refused(early))
    s.decide("approve", order, "abe")
    yield s.pending(order, 2)
    equal("not yet", "pending_approval", s.row(order)["state"])
    s.decide("approve", order, "fin")
    yield s.state(order, "confirmed")
    equal("who said yes", [(1, "abe"), (2, "fin")],
          [(a["tier"], a["user"]) for a in s.row(order)["approvals"]])


def rejected_by_the_approver(s):
    account = s.account(limit=500, rules=[(150, [["approver"]])])
    order = s.submit(account, ("coin", 2))
    yield s.pending(order)
    equal("held", (200, 0, 0), s.figures(account))
    s.decide("reject", order, "ada", comment="no")
    yield s.state(order, "refused")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    equal("reason", ["approval_rejected"], codes_of(s, order))
    late = s.send(commands.decide("approve", account, order, "abe",
                                  s.auth(order)["content_hash"]))
    yield s.answered(late)
    equal("a yes after the no", "approval_closed", s.refused(late))


def reminded_then_expired(s):
    account = s.account(limit=500, rules=[(150, [["approver"]], 3)])
    order = s.submit(account, ("coin", 2))
    yield s.pending(order)
    yield "the reminder", lambda: ("approval_reminder", "ada") in s.notices(order)
    yield s.state(order, "expired")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    equal("facts", ["received", "priced", "approval_pending", "expired"], s.facts(order))
    late = s.send(commands.decide("approve", account, order, "ada",
                                  s.auth(order)["content_hash"]))
    yield s.answered(late)
    equal("a yes after the end", "approval_closed", s.refused(late))


def nobody_left_to_approve(s):
    account = s.account(rules=[(50, [["director"]])])
    order = s.submit(account, ("coin", 1))
    yield s.state(order, "refused")
    equal("reason", ["blocked_no_approver"], codes_of(s, order))


def credit_exactly_at_the_limit(s):
    account = s.account(limit=100)
    first = s.submit(account, ("coin", 1))
    yield s.state(first, "confirmed")
    second = s.submit(account, ("ten", 1))
    yield s.state(second, "refused")
    equal("reason", ["credit_exceeded"], codes_of(s, second))
    equal("nothing more is held", (0, 100, 0), s.figures(account))
    s.deliver_all(first)
    yield s.state(first, "closed")
    yield "credit to be posted", lambda: s.figures(account) == (0, 0, 100)
    paid = s.send(commands.payment(account, 60 * MICRO))
    yield s.answered(paid)
    equal("posted after the payment", (0, 0, 40), s.figures(account))
    third = s.submit(account, ("twenty", 3))
    yield s.state(third, "confirmed")


def twenty_for_ten(s):
    account = s.account(limit=1000)
    orders = [s.submit(account, ("coin", 1)) for _ in range(20)]
    for order in orders:
        yield s.state(order, "confirmed", "refused")
    states = [s.row(o)["state"] for o in orders]
    equal("winners, losers", (10, 10), (states.count("confirmed"), states.count("refused")))
    yield "credit to be committed", lambda: s.figures(account) == (0, 1000, 0)


def partial_when_short(s):
    account = s.account(limit=1000)
    s.stock(s.rare[0], 3)
    order = s.submit(account, (s.rare[0], 5), ("coin", 1), line_policy="partial")
    yield s.state(order, "confirmed")
    row = s.row(order)
    equal("quantities", ["3", "1"], [x["quantity"]["value"] for x in row["lines"]])
    equal("ordered stays", "5", row["lines"][0]["ordered"]["value"])
    equal("version, total", (2, 130.0), (row["version"], total_of(s, order)))
    equal("reason", ["out_of_stock"], codes_of(s, order))
    yield "credit to shrink", lambda: s.figures(account) == (0, 130, 0)
    equal("nothing is left", (0, 0), s.on_hand(s.rare[0]))
    equal("payables", [2], [p["version"] for p in
                            s.told("notifications", order,
                                   "batuta.notifications.payable.told.v1")])


def out_of_stock_all_or_nothing(s):
    account = s.account(limit=1000)
    s.stock(s.rare[1], 3)
    order = s.submit(account, (s.rare[1], 5), ("twenty", 1))
    yield s.state(order, "refused")
    equal("reason", ["out_of_stock"], codes_of(s, order))
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    yield "stock to be given back", lambda: s.on_hand("twenty", f"{s.b}/one")[1] == 0 and \
        s.on_hand(s.rare[1]) == (3, 0)


def one_unit_thirty_orders(s):
    account = s.account()
    s.stock(s.rare[2], 1)
    orders = [s.submit(account, (s.rare[2], 1)) for _ in range(30)]
    for order in orders:
        yield s.state(order, "confirmed", "refused")
    equal("winners", 1, [s.row(o)["state"] for o in orders].count("confirmed"))


def cancelled_while_waiting(s):
    account = s.account(limit=500, rules=[(50, [["approver"]])])
    order = s.submit(account, ("coin", 1))
    yield s.pending(order)
    told = s.send(commands.cancel(order, "bea", reason="not needed"))
    yield s.state(order, "cancelled")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    equal("answer", (True, "cancelled"), (s.answer(told)[0], s.answer(told)[1]["detail"]))


def cancelled_after_confirm(s):
    account = s.account(limit=500)
    s.stock(s.rare[3], 4)
    order = s.submit(account, (s.rare[3], 4), ("twenty", 1))
    yield s.state(order, "confirmed")
    yield "stock to be taken", lambda: s.on_hand(s.rare[3]) == (0, 0)
    s.respond("accept", order, 2)
    s.send(commands.cancel(order, "bea"))
    yield s.state(order, "cancelled")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    yield "stock to come back", lambda: s.on_hand(s.rare[3]) == (4, 0)
    equal("total", 0, total_of(s, order))


def cancel_after_shipment(s):
    account = s.account(limit=500)
    order = s.submit(account, ("coin", 1))
    yield s.state(order, "confirmed")
    s.respond("accept", order)
    s.respond("ship", order, carrier="Post", tracking="T1")
    yield s.state(order, "shipped")
    told = s.send(commands.cancel(order, "bea"))
    yield s.answered(told)
    equal("too late", "already_shipped", s.refused(told))
    holds("the refusal is a fact", "cancel_refused" in s.facts(order))
    equal("carrier", ("Post", "T1"), (s.row(order)["sub_orders"][0]["carrier"],
                                      s.row(order)["sub_orders"][0]["tracking"]))
    s.respond("deliver", order)
    yield s.state(order, "closed")


def cancel_by_a_stranger(s):
    account = s.account()
    order = s.submit(account, ("coin", 1))
    yield s.state(order, "confirmed")
    told = s.send(dict(commands.cancel(order, "mallory"), unsigned=True))
    unknown = s.send(dict(commands.cancel(commands.order_id(s.run, "none"), "mallory"),
                          unsigned=True))
    yield s.answered(told)
    yield s.answered(unknown)
    equal("foreign and unknown are told alike", (s.refused(told), s.answer(told)[1]["text"]),
          (s.refused(unknown), s.answer(unknown)[1]["text"]))


def seller_rejects_a_line(s):
    account = s.account(limit=500)
    order = s.submit(account, ("coin", 1), ("ten", 4), ("twenty", 1))
    yield s.state(order, "confirmed")
    s.respond("reject", order, 1, [(2, 3 * MICRO, "C62")], reason="only one left")
    yield s.fact(order, "line_rejected")
    equal("version, total", (2, 130.0), (s.row(order)["version"], total_of(s, order)))
    yield "credit to shrink", lambda: s.figures(account) == (0, 130, 0)
    s.deliver_all(order)
    yield s.state(order, "closed")
    yield "credit to be posted", lambda: s.figures(account) == (0, 0, 130)
    yield "a payable that supersedes the first", lambda: [
        (p["version"], p.get("supersedes")) for p in
        s.told("notifications", order, "batuta.notifications.payable.told.v1")] == [
            (1, None), (2, f"{order}/1")]


def seller_rejects_everything(s):
    account = s.account(limit=500)
    order = s.submit(account, ("coin", 1))
    yield s.state(order, "confirmed")
    s.respond("reject", order)
    yield s.state(order, "refused")
    yield "credit to be given back", lambda: s.figures(account) == (0, 0, 0)
    equal("reason", ["rejected_by_seller"], codes_of(s, order))


def shipped_in_parts(s):
    account = s.account()
    order = s.submit(account, ("ten", 5))
    yield s.state(order, "confirmed")
    early = s.respond("ship", order)
    yield s.answered(early)
    equal("ship before accept", "not_accepted", s.refused(early))
    s.respond("accept", order)
    s.respond("ship", order, 1, [(1, 2 * MICRO, "C62")])
    yield s.fact(order, "shipped")
    equal("not all yet", ("accepted", "2"),
          (s.row(order)["state"], s.row(order)["lines"][0]["shipped"]["value"]))
    over = s.respond("ship", order, 1, [(1, 4 * MICRO, "C62")])
    yield s.answered(over)
    equal("more than is left", "over_shipment", s.refused(over))
    s.respond("deliver", order, 1, [(1, 2 * MICRO, "C62")])
    s.respond("ship", order)
    yield s.state(order, "shipped")
    s.respond("deliver", order)
    yield s.state(order, "closed")
    equal("shipments, deliveries", (2, 2), (s.facts(order).count("shipped"),
                                            s.facts(order).count("delivered")))


def a_seller_answers_for_another(s):
    account = s.account()
    order = s.submit(account, ("coin", 1))
    yield s.state(order, "confirmed")
    foreign = s.respond("accept", order, partner=s.b)
    disguised = s.respond("accept", order, partner=s.a, principal=s.b)
    yield s.answered(foreign)
    yield s.answered(disguised)
    equal("codes", ("fulfilment_unknown", "fulfilment_unknown"),
          (s.refused(foreign), s.refused(disguised)))
    equal("nothing moved", "confirmed", s.row(order)["state"])


def seller_and_site_named(s):
    account = s.account()
    order = s.submit(account, {"sku": s.sku("ten"), "quantity": MICRO, "node": f"{s.a}/two"})
    wrong = s.submit(account, {"sku": s.sku("ten"), "quantity": MICRO, "seller": s.b})
    yield s.state(order, "confirmed")
    yield s.state(wrong, "refused")
    equal("site", f"{s.a}/two", s.row(order)["lines"][0]["node"])
    equal("reason", ["seller_unavailable"], codes_of(s, wrong))


def dry_run_leaves_no_trace(s):
    account = s.account(limit=150, rules=[(50, [["approver"]])])
    tried = s.submit(account, ("coin", 1), kind="preview")
    dear = s.submit(account, ("coin", 2), kind="preview")
    yield s.state(tried, "previewed")
    yield s.state(dear, "previewed")
    equal("would wait for a person", "pending_approval", s.row(tried)["outcome"])
    equal("would be refused", "refused", s.row(dear)["outcome"])
    equal("price", 100.0, total_of(s, tried))
    holds("the reason is told", "credit_exceeded" in codes_of(s, dear))
    equal("nothing is held", (0, 0, 0), s.figures(account))
    equal("no authorization", (None, None), (s.auth(tried), s.auth(dear)))
    for service, table in (("catalog", "reservation"), ("notifications", "fulfilment"),
                           ("notifications", "notice"), ("approvals", "posting")):
        equal(f"rows in {table}", 0, s.stack.value(
            service, f"select count(*) from {table} where order_id in (%s, %s)", (tried, dear)))


def the_same_twice(s):
    account = s.account()
    order = s.submit(account, ("ten", 1), reference="once")
    yield s.state(order, "confirmed")
    s.send(s.submission(order, account, ("ten", 1), reference="once"))
    yield "the same answer again", lambda: s.stack.rows(
        "orders", "select count(*), count(distinct event_id) from journal_event where"
                  " recorded_at >= %s and subject = %s and"
                  " type = 'batuta.orders.order.received.v1'", (s.since, order)) == [(2, 1)]
    other = s.send(s.submission(order, account, ("ten", 2), reference="once"))
    yield s.answered(other)
    equal("another content", "conflict", s.refused(other))
    cancel = commands.cancel(order, "bea", reason="a")
    first, again = dict(cancel), dict(cancel)
    s.send(first)
    yield s.state(order, "cancelled")
    s.send(again)
    conflict = s.send(commands.command("orders.order.cancel", {**cancel["body"], "reason": "b"}))
    yield s.answered(conflict)
    equal("same key, other cancel", "conflict", s.refused(conflict))
    equal("facts", 1, s.facts(order).count("cancelled"))


def unknown_and_hidden_are_told_alike(s):
    account = s.account()
    unknown = s.submit(account, ("nosuch", 1))
    hidden = s.submit(account, ("hidden", 1))
    yield s.state(unknown, "refused")
    yield s.state(hidden, "refused")
    equal("reasons", s.row(unknown)["reasons"], s.row(hidden)["reasons"])
    equal("code", ["sku_unavailable"], codes_of(s, hidden))
    equal("not priced", False, s.row(hidden)["priced"])


def no_price_no_order(s):
    account = s.account(limit=100)
    order = s.submit(account, ("ten", 1), ("unpriced", 1))
    yield s.state(order, "refused")
    equal("reason", [("price_missing", 2)],
          [(r["code"], r["line"]) for r in s.row(order)["reasons"]])
    equal("nothing was held", (0, 0, 0), s.figures(account))


def who_may_order(s):
    account = s.account()
    closed = s.account(status="hold")
    cases = {s.submit(f"{s.run}-nobody", ("ten", 1)): "account_unknown",
             s.submit(account, ("ten", 1), buyer="eve"): "user_unknown",
             s.submit(account, ("ten", 1), buyer="ada"): "buyer_denied",
             s.submit(account, ("ten", 1), principal="ada"): "principal_denied",
             s.submit(account, ("ten", 1), unit="hq"): "unit_denied",
             s.submit(account, ("ten", 1), unit="moon"): "unit_unknown",
             s.submit(closed, ("ten", 1)): "credit_hold",
             s.submit(account, ("ten", 1), currency="CHF"): "price_missing",
             s.submit(account, ("ten", 1), currency="XXQ"): "currency_unknown",
             s.submit(account, {"sku": s.sku("ten"), "quantity": MICRO, "unit": "KGM"}):
             "unit_mismatch"}
    for order in cases:
        yield s.state(order, "refused")
    equal("reasons", list(cases.values()), [codes_of(s, o)[0] for o in cases])


def rights_of_the_sender(s):
    account = s.account()
    line = {"sku": s.sku("ten"), "quantity": 2 * MICRO, "agreed_price": commands.money(7 * MICRO),
            "agreed_discount_ppm": 100_000}
    freight = [{"code": "freight", "amount": commands.money(5 * MICRO)}]
    order = s.submit(account, line, charges=freight, sales_rep="rep", principal="rep",
                     placed_at="2026-01-05T10:00:00Z")
    yield s.state(order, "confirmed")
    equal("agreed price, discount and freight", 17.6, total_of(s, order))
    cases = {}
    for code, body, lines in (
            ("agreed_price_denied", {}, [line]), ("charges_denied", {"charges": freight}, []),
            ("backdate_denied", {"placed_at": "2026-01-05T10:00:00Z"}, []),
            ("on_behalf_denied", {"sales_rep": "rep"}, [])):
        refused = commands.order_id(s.run, code)
        cases[refused] = code
        s.send(dict(s.submission(refused, account, *(lines or [("ten", 1)]), **body),
                    unsigned=True))
    for refused, code in cases.items():
        yield f"the refusal {code}", lambda r=refused: s.told(
            "orders", r, "batuta.orders.command.refused.v1")
        equal("code", code,
              s.told("orders", refused, "batuta.orders.command.refused.v1")[0]["code"])
        equal("no row is kept", 0, s.stack.value(
            "orders", "select count(*) from orders where order_id = %s", (refused,)))


SCENES = [clean_to_closed, approval_by_one, at_the_threshold_nobody_is_asked,
          approval_by_two_tiers, rejected_by_the_approver, reminded_then_expired,
          nobody_left_to_approve, credit_exactly_at_the_limit, twenty_for_ten,
          partial_when_short, out_of_stock_all_or_nothing, one_unit_thirty_orders,
          cancelled_while_waiting, cancelled_after_confirm, cancel_after_shipment,
          cancel_by_a_stranger, seller_rejects_a_line, seller_rejects_everything,
          shipped_in_parts, a_seller_answers_for_another, seller_and_site_named,
          dry_run_leaves_no_trace, the_same_twice, unknown_and_hidden_are_told_alike,
          no_price_no_order, who_may_order, rights_of_the_sender]


if __name__ == "__main__":
    stage = Stage().build()
    good = stage.play(SCENES)
    good = audited(stage) and good
    stage.end(good)
