"""audit: do money, goods, events and notices add up, over all services, for the orders of one run.
Each check counts what it looked at and names what is wrong; a figure that somebody expected
beforehand is given by the caller. Amounts are micro."""
import collections

from commands import micro_of

NAMED = 5           # wrong things that a check names; the rest it counts
HELD = ("pending", "granted")

# The journal's events, with the headers that count here. As view journal_event, but a header is
# only taken out of its text when a query asks for it, and not by a regular expression.
EVENTS = """(
    select j.part, j.recorded_at, e.topic, e.type, e.headers, e.key as key_bytes,
           e.body as body_bytes,
           split_part(split_part(e.headers, E'\\nce_subject=', 2), E'\\n', 1) as subject,
           split_part(split_part(e.headers, E'\\nce_id=', 2), E'\\n', 1) as event_id,
           nullif(split_part(split_part(e.headers, E'\\nce_previoushash=', 2), E'\\n', 1), '')
               as previous_hash,
           nullif(split_part(split_part(e.headers, E'\\nce_sequence=', 2), E'\\n', 1), '')::bigint
               as n
    from journal j
    cross join lateral unnest(j.topics, j.types, j.headers, j.keys, j.bodies)
        e(topic, type, headers, key, body)
    where j.recorded_at >= %s) e"""


class Check:
    def __init__(self, name):
        self.name, self.looked, self.wrong, self.figures = name, 0, [], []

    def expect(self, what, expected, found):
        self.looked += 1
        if expected != found:
            self.wrong.append(f"{what}: expected {expected}, found {found}")

    def told(self):
        more = len(self.wrong) - NAMED
        return self.wrong[:NAMED] + ([f"and {more} more"] if more > 0 else [])

    def __str__(self):
        return f"{self.name}: {self.looked} looked at, {len(self.wrong)} wrong"


class Audit:
    def __init__(self, stack, orders, since):
        """orders: ids. since: the database's time before the first of them (any timestamptz)."""
        self.stack, self.ids, self.since = stack, list(orders), since
        self.rows = {}
        self.told = {}      # service -> counts, read once

    def load(self):
        """The orders' rows; what was only previewed is left out."""
        names = ("order_id", "account", "buyer", "state", "step", "credit", "version", "priced",
                 "total", "currency", "confirmed_at", "payable_version", "chain_sequence",
                 "refused_at_door", "lines", "sub_orders", "reservations", "dry_run")
        found = self.stack.rows("orders", f"select {', '.join(names)} from order_whole"
                                          " where order_id = any(%s)", (self.ids,))
        self.rows = {row[0]: dict(zip(names, row)) for row in found}
        previews = {k for k, r in self.rows.items() if r["dry_run"]}
        self.ids = [i for i in self.ids if i not in previews]
        self.rows = {k: r for k, r in self.rows.items() if k not in previews}
        for row in self.rows.values():
            row["total"] = micro_of(row["total"])
        return self

    def all(self):
        return [self.money(), self.totals(), self.stock(), self.chains(), self.events(),
                self.notices(), self.payables(), self.partners(), self.flow()]

    # --- money

    def money(self, expected=None):
        """Per account: its figures, its postings, the authorizations, and the orders' own view.
        expected: account -> (reserved, committed, posted), computed by whoever sent the orders."""
        check = Check("money")
        accounts = sorted({r["account"] for r in self.rows.values()} | set(expected or ()))
        views = {"account": self._accounts(accounts), "postings": self._postings(accounts),
                 "authorizations": self._authorizations(accounts),
                 "orders": self._by_order(accounts)}
        if expected is not None:
            views["expected"] = expected
        totals = collections.Counter()
        for account in accounts:
            truth = views["account"].get(account, (0, 0, 0))
            totals.update(dict(enumerate(truth)))
            for name, view in views.items():
                check.expect(f"{account} by {name}", truth, tuple(view.get(account, (0, 0, 0))))
        check.figures = [totals[i] for i in range(3)]
        self._posting_numbers(check, accounts)
        return check

    def _accounts(self, accounts):
        return {a: tuple(map(micro_of, f)) for a, *f in self.stack.rows(
            "approvals", "select account, reserved, committed, posted from account"
                         " where account = any(%s)", (accounts,))}

    def _postings(self, accounts):
        return {a: tuple(map(micro_of, f)) for a, *f in self.stack.rows(
            "approvals", "select account, sum(reserved), sum(committed), sum(posted) from posting"
                         " where account = any(%s) group by account", (accounts,))}

    def _posting_numbers(self, check, accounts):
        for account, count, last, known in self.stack.rows(
                "approvals", "select p.account, count(distinct p.number), max(p.number),"
                             " max(a.posting_count) from posting p join account a using (account)"
                             " where p.account = any(%s) group by 1", (accounts,)):
            check.expect(f"postings of {account} are numbered 1..n", (count, count),
                         (last, known))

    def _paid(self, accounts):
        """What payments took off: account -> [0, 0, minus so much]."""
        return {account: [0, 0, -micro_of(amount)] for account, amount in self.stack.rows(
            "approvals", "select account, sum(amount) from posting where kind = 'payment'"
                         " and account = any(%s) group by 1", (accounts,))}

    def _authorizations(self, accounts):
        found = self._paid(accounts)
        for account, state, total in self.stack.rows(
                "approvals", "select account, state, sum(total) from order_authorization"
                             " where account = any(%s) group by 1, 2", (accounts,)):
            place = 0 if state in HELD else {"committed": 1, "settled": 2}.get(state)
            if place is not None:
                found.setdefault(account, [0, 0, 0])[place] += micro_of(total)
        return found

    def _by_order(self, accounts):
        """As the orders themselves see it; the run's orders are all that the accounts have."""
        found = self._paid(accounts)
        places = {"asked": 0, "pending": 0, "granted": 0, "committed": 1, "settled": 2}
        for row in self.rows.values():
            if row["credit"] in places:
                found.setdefault(row["account"], [0, 0, 0])[places[row["credit"]]] += row["total"]
        return found

    def totals(self):
        """Every order's total is the sum of its lines and charges, and of its sub-orders."""
        check = Check("totals")
        for order, row in self.rows.items():
            if not row["priced"]:
                continue
            nets = sum(micro_of(line["net"]["amount"]) for line in row["lines"])
            subs = [[micro_of(s[k]["amount"]) for k in ("subtotal", "charges", "total")]
                    for s in row["sub_orders"]]
            if subs:
                check.expect(f"{order}: sub-orders", row["total"], sum(s[2] for s in subs))
                check.expect(f"{order}: subtotals", nets, sum(s[0] for s in subs))
            else:
                check.expect(f"{order}: lines within the total", True, nets <= row["total"])
        return check

    # --- goods

    def stock(self, expected=None):
        """Every stock row that the orders touch: reserved is what open reservations hold, and
        nothing is below zero. expected: (node, sku) -> (on hand, reserved)."""
        check = Check("stock")
        touched = {(line["node"], line["sku"]) for r in self.rows.values() for line in r["lines"]
                   if line.get("node")} | set(expected or ())
        rows = {(n, s): (micro_of(h), micro_of(r)) for n, s, h, r in self.stack.rows(
            "catalog", "select node, sku, on_hand, reserved from stock")
            if (n, s) in touched}
        held = self._held(sorted({sku for _, sku in touched}))
        for at in sorted(touched):
            on_hand, reserved = rows.get(at, (0, 0))
            check.expect(f"{at}: reserved by open reservations", held.get(at, 0), reserved)
            if expected is not None and at in expected:
                check.expect(f"{at}: on hand, reserved", expected[at], (on_hand, reserved))
        check.figures = [sum(r[0] for r in rows.values()), sum(r[1] for r in rows.values())]
        return check

    def _held(self, skus):
        return {(n, s): micro_of(q) for n, s, q in self.stack.rows(
            "catalog", "select r.node, l ->> 'sku', sum((l ->> 'reserved')::numeric -"
                       " (l ->> 'released')::numeric)"
                       " from reservation r, json_array_elements(r.lines::json) l"
                       " where r.state = 'reserved' and l ->> 'sku' = any(%s)"
                       " group by 1, 2", (skus,))}

    # --- events

    def chains(self):
        """Each order's facts are numbered 1..n without a gap, n is the row's, and each covers the
        one before by its hash."""
        check = Check("event chains")
        found = {r[0]: r[1:] for r in self.stack.rows("orders", f"""
            with told as (
                select distinct on (subject, n) subject, n, previous_hash,
                       sha256(coalesce(decode(previous_hash, 'hex'),
                                       decode(repeat('00', 32), 'hex')) ||
                              convert_to(event_id || E'\\n' || type || E'\\n', 'UTF8') ||
                              body_bytes) as hash
                from {EVENTS}
                where topic = 'orders.events.v1' and n is not null and subject = any(%s)
                order by subject, n),
            linked as (
                select subject, n,
                       coalesce(lead(previous_hash) over w = encode(hash, 'hex'), true) as sound
                from told window w as (partition by subject order by n))
            select subject, count(*), min(n), max(n), bool_and(sound) from linked group by 1""",
                                                      (self.since, self.ids))}
        for order, row in self.rows.items():
            n = row["chain_sequence"]
            check.expect(f"{order}: facts 1..n, linked", (n, 1, n, True), found.get(order))
        check.figures = [sum(r[0] for r in found.values())]
        return check

    def counts(self, service):
        """type -> number of different events about the orders; the compacted snapshots, which
        repeat a sequence, are left out."""
        if service not in self.told:
            self.told[service] = dict(self.stack.rows(
                service, f"select type, count(distinct part || '/' || event_id) from {EVENTS}"
                         " where topic <> 'orders.state.v1' and subject = any(%s) group by type",
                (self.since, self.ids)))
        return self.told[service]

    def events(self):
        """Events by type against the rows that they tell of: none without the other."""
        check = Check("events against rows")
        rows = list(self.rows.values())
        told = self.counts("orders")

        def orders_type(verb, count):
            check.expect(f"order.{verb}", count, told.get(f"batuta.orders.order.{verb}.v1", 0))
        orders_type("received", sum(not r["refused_at_door"] for r in rows))
        orders_type("confirmed", sum(r["confirmed_at"] is not None for r in rows))
        for state in ("closed", "expired"):
            orders_type(state, sum(r["state"] == state for r in rows))
        orders_type("refused", sum(r["state"] == "refused" for r in rows))
        # One for each sub-order that was stopped, or one for the whole before confirm.
        cancelled = sum(r["state"] == "cancelled" for r in rows)
        check.expect("order.cancelled is told", True,
                     told.get("batuta.orders.order.cancelled.v1", 0) >= cancelled)
        self._authorization_events(check)
        self._reservation_events(check)
        check.expect("quotes", self.stack.value(
            "pricing", "select count(*) from quote where order_id = any(%s) and mode = 'order'",
            (list(self.rows),)), self._count("pricing", "quote.priced", "quote.refused"))
        check.expect("sub-orders announced", sum(len(r["sub_orders"]) for r in rows),
                     self._count("notifications", "fulfilment.ordered"))
        check.figures = [sum(told.values())]
        return check

    def _count(self, service, *verbs):
        told = self.counts(service)
        return sum(told.get(f"batuta.{service}.{verb}.v1", 0) for verb in verbs)

    def _authorization_events(self, check):
        ids = (list(self.rows),)
        kinds = dict(self.stack.rows(
            "approvals", "select kind, count(*) from posting where order_id = any(%s) group by 1",
            ids))
        told = self.counts("approvals")
        # What is committed as soon as it is granted is told as granted only.
        early = set(self.stack.rows("approvals", "select order_id from order_authorization"
                                                 " where commits and order_id = any(%s)", ids))
        posted = [x for x in self.stack.rows(
            "approvals", "select order_id from posting where kind = 'commit'"
                         " and order_id = any(%s)", ids) if x in early]
        kinds["commit"] = kinds.get("commit", 0) - len(posted)
        granted = set(self._bodies("approvals", "subject",
                                   "batuta.approvals.authorization.granted.v1"))
        check.expect("commits of what is granted committed", sorted(granted & early),
                     sorted(posted))
        for kind, verb in (("commit", "committed"), ("settle", "settled"), ("reduce", "reduced")):
            check.expect(f"postings of kind {kind}", kinds.get(kind, 0),
                         told.get(f"batuta.approvals.authorization.{verb}.v1", 0))
        ended = sum(told.get(f"batuta.approvals.authorization.{verb}.v1", 0)
                    for verb in ("released", "rejected", "expired"))
        check.expect("postings of kind release", kinds.get("release", 0), ended)

    def _reservation_events(self, check):
        states = dict(self.stack.rows(
            "catalog", "select state, count(*) from reservation where order_id = any(%s)"
                       " group by 1", (list(self.rows),)))
        told = self.counts("catalog")
        taken = sum(n for state, n in states.items() if state != "refused")
        check.expect("reservations taken", taken,
                     told.get("batuta.catalog.reservation.reserved.v1", 0))
        check.expect("reservations refused", states.get("refused", 0),
                     told.get("batuta.catalog.reservation.refused.v1", 0))

    # --- who was told

    def notices(self):
        """What orders asked to be told, what is kept and what was told are the same, once each."""
        check = Check("notices")
        ident = "b ->> 'order', b ->> 'kind', coalesce(b ->> 'cause', ''), b ->> 'recipient'"
        asked = set(self._bodies("orders", ident, "batuta.notifications.notice.request.v1"))
        told = collections.Counter(self._bodies("notifications", ident,
                                                "batuta.notifications.notice.told.v1"))
        kept = set(self.stack.rows("notifications", "select order_id, kind, cause, recipient"
                                                    " from notice where order_id = any(%s)",
                                   (self.ids,)))
        check.looked = len(asked)
        check.wrong += [f"asked, not kept: {x}" for x in sorted(asked - kept)]
        check.wrong += [f"kept, not asked: {x}" for x in sorted(kept - asked)]
        check.wrong += [f"told {n} times: {x}" for x, n in sorted(told.items()) if n != 1]
        check.wrong += [f"kept, not told: {x}" for x in sorted(kept - set(told))]
        self.kinds = collections.Counter(kind for _, kind, _, _ in kept)
        check.figures = [len(kept)]
        return check

    def _bodies(self, service, columns, kind):
        return self.stack.rows(service, f"select {columns} from {EVENTS}, lateral"
                                        " (select convert_from(body_bytes, 'UTF8')::json as b) b"
                                        " where type = %s and subject = any(%s)",
                               (self.since, kind, self.ids))

    def payables(self, expected=None):
        """One notice to the payer for each version that was in force, of the right total.
        expected: order -> versions."""
        check = Check("payables")
        kept = {}
        for order, version, total in self.stack.rows(
                "notifications", "select order_id, version::bigint, total from payable"
                                 " where order_id = any(%s) order by 1, 2", (self.ids,)):
            kept.setdefault(order, []).append((version, micro_of(total)))
        told = collections.Counter(self._bodies("notifications", "subject, event_id",
                                                "batuta.notifications.payable.told.v1"))
        for order, row in self.rows.items():
            last = kept.get(order, [(0, None)])[-1]
            total = row["total"] if row["payable_version"] else None
            check.expect(f"{order}: last payable", (row["payable_version"], total), last)
            if expected is not None:
                check.expect(f"{order}: payable versions", expected.get(order, []),
                             [version for version, _ in kept.get(order, [])])
        check.expect("payables told", sum(len(k) for k in kept.values()), len(told))
        check.figures = [sum(len(k) for k in kept.values())]
        return check

    def partners(self):
        """What each partner topic got is numbered without a gap, up to the partner's row."""
        check = Check("partner topics")
        known = dict(self.stack.rows("notifications", "select partner, sequence from partner"))
        found = self.stack.rows(
            "notifications", "select split_part(topic, '.', 2), count(distinct n), min(n), max(n),"
                             f" count(*) from {EVENTS} where topic like 'partners.%%' group by 1",
            (self.since,))
        for partner, different, first, last, count in found:
            check.expect(f"{partner}: numbers without a gap, none twice, up to the row's",
                         (last - first + 1, count, known[partner]), (different, different, last))
        check.figures = [sum(row[4] for row in found)]
        return check

    # --- the way there

    def flow(self):
        """Nothing of these orders is parked or unsent, and all that was told is published."""
        check = Check("nothing left behind")
        for service in ("catalog", "pricing", "approvals", "orders", "notifications"):
            parked = self.stack.value(service, "select count(*) from parked"
                                               " where subject = any(%s)", (self.ids,))
            check.expect(f"{service}: parked", 0, parked)
            for part, out, published in self.stack.rows(
                    service, "select part, out_seq, pub_seq from stream"):
                check.expect(f"{service}/{part}: published", out, published)
        return check

    def dead_letters(self, service, keys):
        """(key, class, original bytes) of the dead letters with these keys."""
        return self.stack.rows(
            service, "select convert_from(key_bytes, 'UTF8'),"
                     " split_part(split_part(headers, E'\\ndlq-error-class=', 2), E'\\n', 1),"
                     f" body_bytes from {EVENTS} where topic = %s and key_bytes = any(%s)",
            (self.since, f"{service}.dlq.v1", [k.encode() for k in keys]))
