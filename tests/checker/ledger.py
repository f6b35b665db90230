"""ledger: K7 credit is never exceeded, each hold is the order's amount and is let go once; K8 every
posting balances and every sum is the sum of its parts."""
import collections

from base import Witness, money
from life import puts
from tables import POSTING

HELD = {"pending": 0, "granted": 0, "committed": 1, "settled": 2}
FIGURES = ("reserved", "committed", "posted")


def postings(ix):
    """account -> its postings by number."""
    found = collections.defaultdict(list)
    for row in ix.sql("approvals", "posting"):
        found[row["account"]].append(row)
    for rows in found.values():
        rows.sort(key=lambda r: r["number"])
    return found


def shown(row):
    return ("approvals.posting", {k: row[k] for k in (
        "account", "number", "kind", "cause", "amount", "currency", *FIGURES)})


# --- K7

def k7(ix):
    return [*limits(ix), *holds(ix), *amounts(ix)]


class Limit:
    """limit + tolerance of an account, by the batch that set it."""

    def __init__(self, facts):
        self.steps = [(e.batch, money(e.body["limit"]) + money(e.body["tolerance"]), e)
                      for e in facts]

    def at(self, batch):
        """The most that was allowed during a batch, and the fact that says so."""
        before = [s for s in self.steps if s[0] < batch][-1:]
        during = [s for s in self.steps if s[0] == batch]
        return max(before + during, key=lambda s: s[1], default=None)


def limits(ix):
    free = {account for account, bodies in puts(ix).items()
            if any(b.get("credit_unlimited") for b in bodies)}
    free |= {r["account"] for r in ix.sql("approvals", "account") if r["unlimited"]}
    changes = collections.defaultdict(list)
    for e in ix.of_type("approvals", "account.changed"):
        changes[e.body["account"]].append(e)
    for account, rows in postings(ix).items():
        if account in free:
            ix.tally.add("unlimited-account")
            continue
        limit = Limit(changes[account])
        for row in rows:
            allowed = limit.at(row["batches"][0]) if row["kind"] == "reserve" else None
            if allowed is None:
                continue
            used = sum(money(row[f"{f}_after"]) for f in FIGURES)
            if used > allowed[1]:
                yield Witness("K7", f"{account} has {used} micro in use after posting "
                              f"{row['number']}, and {allowed[1]} are allowed", shown(row),
                              allowed[2].row_shown(), time=row["posted_at"])


def holds(ix):
    """Per order: nothing is let go that is not held, and what is left is what its state says."""
    states = {(r["account"], r["order_id"]): r
              for r in ix.sql("approvals", "order_authorization")}
    sums = {key: [0, 0, 0] for key in states}
    last = {}
    for account, rows in postings(ix).items():
        for row in rows:
            if row["order_id"] is None:
                continue
            key = (account, row["order_id"])
            figures = sums.setdefault(key, [0, 0, 0])
            for n, name in enumerate(FIGURES):
                figures[n] += money(row[name])
            if min(figures[:2]) < 0:
                yield Witness("K7", f"posting {row['number']} of {account} lets go more than is "
                              "held "
                              f"for order {row['order_id']}",
                              *([shown(last[key])] if key in last else []), shown(row),
                              time=row["posted_at"])
            last[key] = row
    for key, figures in sums.items():
        row = states.get(key)
        wanted = [0, 0, 0]
        if row and row["state"] in HELD:
            wanted[HELD[row["state"]]] = money(row["total"])
        if figures != wanted:
            yield Witness("K7", f"order {key[1]} of {key[0]} is "
                          f"{row['state'] if row else 'unknown'}, "
                          f"so {wanted} micro should be {', '.join(FIGURES)}, and the postings say "
                          f"{figures}", *([shown(last[key])] if key in last else []),
                          *([("approvals.order_authorization",
                              {k: row[k] for k in ("order_id", "state", "total")})] if row else []),
                          time=last[key]["posted_at"] if key in last else None)


def amounts(ix):
    """A hold is what the order comes to, in the version that was asked about; and the order at its
    end is what was posted for it."""
    asked = {}
    for e in ix.first_told["orders"]:
        if e.type == "batuta.approvals.authorization.request.v1" and not e.body.get("dry_run"):
            asked[e.body["account"], e.body["order"], str(e.body["version"])] = e
    for account, rows in postings(ix).items():
        for row in rows:
            if row["kind"] != "reserve":
                continue
            parts = row["cause"].split("/")
            e = asked.get((account, row["order_id"], parts[2] if len(parts) > 2 else "1"))
            if e is None and "orders" in ix.restored:
                ix.tally.add("decided-again")
            elif e is None or money(e.body["total"]) != money(row["amount"]):
                yield Witness("K7", f"{row['amount']} was held for order {row['order_id']}, and "
                              "orders "
                              "asked for "
                              f"{e.body['total']['amount'] if e else 'nothing'}", shown(row),
                              *([e.row_shown()] if e else []), time=row["posted_at"])
    totals = {r["order_id"]: r for r in ix.sql("orders", "orders") if not r["dry_run"]}
    for row in ix.sql("approvals", "order_authorization"):
        order = totals.get(row["order_id"])
        if ix.quiesced and order and row["state"] in HELD and \
                money(order["total"]) != money(row["total"]):
            yield Witness("K7", f"order {row['order_id']} comes to {order['total']}, and credit "
                          "for "
                          f"{row['total']} is {row['state']}",
                          ("orders.orders", {k: order[k] for k in ("order_id", "state", "version",
                                                                   "total")}),
                          ("approvals.order_authorization",
                           {k: row[k] for k in ("order_id", "state", "version", "total")}))


# --- K8

def k8(ix):
    return [*balances(ix), *accounts(ix), *order_sums(ix), *quote_sums(ix), *payable_sums(ix)]


def balances(ix):
    """Each posting moves its amount as its kind says, and the figures after it are the running
    sums."""
    currencies = {r["account"]: r["currency"] for r in ix.sql("approvals", "account")}
    for account, rows in postings(ix).items():
        running, number = [0, 0, 0], 0
        for row in rows:
            amount = money(row["amount"])
            moved = tuple(money(row[f]) for f in FIGURES)
            if moved not in {tuple(sign * amount for sign in signs)
                             for signs in POSTING.get(row["kind"], ())} or amount <= 0:
                yield Witness("K8", f"posting {row['number']} of {account} does not balance: a "
                              f"{row['kind']} of {row['amount']} moved {moved} micro", shown(row),
                              time=row["posted_at"])
            if row["number"] != number + 1:
                yield Witness("K8", f"posting {row['number']} of {account} follows number {number}",
                              shown(row), time=row["posted_at"])
            running = [a + b for a, b in zip(running, moved)]
            after = [money(row[f"{f}_after"]) for f in FIGURES]
            if after != running:
                yield Witness("K8", f"after posting {row['number']} {account} is at {after} "
                              "micro, and "
                              f"its postings add up to {running}", shown(row),
                              time=row["posted_at"])
                running = after
            if account in currencies and row["currency"] != currencies[account]:
                yield Witness("K8", f"posting {row['number']} of {account} is in {row['currency']}",
                              shown(row), time=row["posted_at"])
            number = row["number"]


def accounts(ix):
    found = postings(ix)
    for row in ix.sql("approvals", "account"):
        rows = found.get(row["account"], [])
        sums = [sum(money(r[f]) for r in rows) for f in FIGURES]
        kept = [money(row[f]) for f in FIGURES]
        if sums != kept or len(rows) != row["posting_count"]:
            yield Witness("K8", f"account {row['account']} is at {kept} micro by "
                          f"{row['posting_count']} "
                          f"postings, and {len(rows)} postings add up to {sums}",
                          ("approvals.account", {k: row[k] for k in ("account", "posting_count",
                                                                     *FIGURES)}),
                          *([shown(rows[-1])] if rows else []))


def order_sums(ix):
    for row in ix.sql("orders", "orders"):
        if not row["priced"]:
            continue
        total, subtotal = money(row["total"]), money(row["subtotal"])
        nets = sum(money(line.get("net")) or 0 for line in row["lines"])
        charges = money(row["charges_total"])
        shown_row = ("orders.orders", {k: row[k] for k in (
            "order_id", "state", "version", "subtotal", "charges_total", "total")})
        if total != subtotal + charges or nets != subtotal:
            yield Witness("K8", f"order {row['order_id']} comes to {row['total']}, its lines to "
                          f"{nets} "
                          f"and its charges to {charges} micro", shown_row)
        subs = [[money(s[k]) for k in ("subtotal", "charges", "total")] for s in row["sub_orders"]]
        parts = [sum(s[n] for s in subs) for n in range(3)]
        if subs and parts != [subtotal, charges, total]:
            yield Witness("K8", f"the sub-orders of {row['order_id']} add up to {parts} micro",
                          shown_row)
        for line in row["lines"]:
            if line.get("net") and money(line["gross"]) - money(line["discount"]) != \
                    money(line["net"]):
                yield Witness("K8", f"line {line['line']} of order {row['order_id']}: net is not "
                              "gross "
                              "less discount", shown_row)


def quote_sums(ix):
    told = {}
    for e in ix.of_type("pricing", "quote.priced"):
        body = e.body
        if body.get("dry_run"):
            continue
        told[body["order"], str(body["version"])] = e
        nets = sum(money(line["net"]) for line in body["lines"])
        if nets != money(body["subtotal"]) or \
                nets + money(body["charges_total"]) != money(body["total"]):
            yield Witness("K8", f"the quote of order {body['order']} does not add "
                          "up", e.row_shown(),
                          time=e.time)
    for row in ix.sql("pricing", "quote"):
        e = told.get((row["order_id"], row["version"]))
        if row["mode"] == "order" and e and money(e.body["total"]) != money(row["total"]):
            yield Witness("K8", f"the quote of order {row['order_id']} is kept as {row['total']} "
                          "and "
                          f"was told as {e.body['total']['amount']}",
                          ("pricing.quote", {k: row[k] for k in ("order_id", "version", "total")}),
                          e.row_shown(), time=e.time)
    for e in ix.of_type("orders", "order.priced"):
        quote = told.get((e.body["order"], str(e.body["version"])))
        if quote and money(e.body["total"]) != money(quote.body["total"]):
            yield Witness("K8", f"order {e.body['order']} was quoted at "
                          f"{quote.body['total']['amount']} and goes on with "
                          f"{e.body['total']['amount']}", quote.row_shown(), e.row_shown(),
                          time=e.time)


def payable_sums(ix):
    """The payer hears of shares and instalments that add up, and at last of what the order comes
    to."""
    last = {}
    told = {(e.body["order"], str(e.body["version"])): e.body
            for e in ix.of_type("notifications", "payable.told")}
    for row in ix.sql("notifications", "payable"):
        total = money(row["total"])
        body = told.get((row["order_id"], row["version"]))
        shown_row = ("notifications.payable", {k: row[k] for k in ("order_id", "version", "total")})
        if body is None:
            yield Witness("K8", f"what is due for order {row['order_id']} is kept and was never "
                          "told", shown_row, time=row["told_at"])
            continue
        for name in ("shares", "schedule"):
            if body.get(name) and sum(money(x["amount"]) for x in body[name]) != total:
                yield Witness("K8", f"the {name} of what is due for order {row['order_id']} do "
                              "not add "
                              "up", shown_row, time=row["told_at"])
        if money(body["total"]) != total:
            yield Witness("K8", f"what is due for order {row['order_id']} is kept as "
                          f"{row['total']} and was told as {body['total']['amount']}",
                          shown_row, time=row["told_at"])
        if int(row["version"]) >= int(last[row["order_id"]]["version"]
                                      if row["order_id"] in last else 0):
            last[row["order_id"]] = row
    for order in ix.sql("orders", "orders"):
        row = last.get(order["order_id"])
        if ix.quiesced and row and money(row["total"]) != money(order["total"]):
            yield Witness("K8", f"order {order['order_id']} comes to {order['total']}, and the "
                          "payer "
                          f"heard of {row['total']}",
                          ("orders.orders", {k: order[k] for k in ("order_id", "version",
                                                                   "total")}),
                          ("notifications.payable", {k: row[k] for k in ("version", "total")}),
                          time=row["told_at"])
