"""report: what was expected against what is there, as a table; anything that does not add up is
named and counted."""
import collections

from audit import EVENTS
from commands import MICRO, decimal
from plan import GROUPS, LABELS, WINNERS

SHOWN = 5


def amount(micro):
    """1234500000 -> "1,234.50"."""
    return f"{micro // 10_000 / 100:,.2f}" if micro % 10_000 == 0 else decimal(micro)


class Report:
    def __init__(self, stack, plan, drive, audit, screen):
        self.stack, self.plan, self.drive, self.audit = stack, plan, drive, audit
        self.screen = screen
        self.lines, self.wrong = [], []
        self.confirmed = 0

    # --- lines of the table

    def head(self, title, expected="expected", found="found"):
        self.lines += ["", f"{title:<50} {expected:>15} {found:>15}"]

    def row(self, what, expected, found, show=str):
        sound = expected == found
        self.lines.append(f"  {what:<48} {show(expected):>15} {show(found):>15}"
                          f"  {'ok' if sound else 'DIFFERS'}")
        if not sound:
            self.wrong.append(f"{what}: expected {show(expected)}, found {show(found)}")

    def check(self, check, what):
        """A check of the audit: how many comparisons were made, how many hold."""
        self.row(what, check.looked, check.looked - len(check.wrong), lambda n: f"{n:,}")
        self.wrong += check.told()

    # --- sections

    def build(self):
        self.audit.load()
        self.orders()
        self.money()
        self.stock()
        self.events()
        self.notices()
        self.edges()
        return not self.wrong

    def _as_expected(self, order, row):
        """None, or what differs."""
        if row is None:
            return "is not there"
        confirmed = row["confirmed_at"] is not None
        if row["state"] not in order.states:
            return f"is {row['state']}, not {' or '.join(sorted(order.states))}"
        if order.group is None and confirmed != order.confirmed:
            return "is confirmed" if confirmed else "is not confirmed"
        if row["version"] != order.version:
            return f"is in version {row['version']}, not {order.version}"
        total = row["total"] if row["priced"] else None
        if total != order.total:
            return f"comes to {total} micro, not {order.total}"
        return None

    def orders(self):
        self.head("orders by fate")
        good, races = collections.Counter(), collections.Counter()
        asked = collections.Counter(o.fate for o in self.plan.orders)
        for order in self.plan.orders:
            row = self.audit.rows.get(order.id)
            differs = self._as_expected(order, row)
            self.confirmed += row is not None and row["confirmed_at"] is not None
            if differs:
                self.wrong.append(f"order {order.id} ({order.fate}) {differs}")
            else:
                good[order.fate] += 1
                races[order.fate] += row["state"] == "closed"
        for fate, label in LABELS.items():
            if not asked[fate]:
                continue
            if fate in GROUPS:
                groups = asked[fate] // GROUPS[fate]
                self.row(f"{label}: delivered", WINNERS[fate] * groups, races[fate])
                self.row(f"{label}: refused", asked[fate] - WINNERS[fate] * groups,
                         good[fate] - races[fate])
            else:
                self.row(label, asked[fate], good[fate])
        self.row("all orders, to the cent", len(self.plan.orders), sum(good.values()))

    def _money_of(self, order):
        row = self.audit.rows.get(order.id)
        if order.group is None:
            return order.money()
        return (0, 0, order.total) if row and row["state"] == "closed" else (0, 0, 0)

    def money(self):
        expected = {a.account: [0, 0, 0] for a in self.plan.world.accounts}
        by_currency = {}
        for order in self.plan.orders:
            for place, micro in enumerate(self._money_of(order)):
                expected[order.account.account][place] += micro
                by_currency.setdefault(order.account.currency, [0, 0, 0])[place] += micro
        check = self.audit.money({a: tuple(f) for a, f in expected.items()})
        found = self._found_money()
        for currency, figures in sorted(by_currency.items()):
            self.head(f"money, {currency}", "by the driver", "in approvals")
            for place, name in enumerate(("reserved", "committed", "posted")):
                self.row(name, figures[place], found.get(currency, (0, 0, 0))[place], amount)
        self.check(check, "accounts: postings, orders, driver agree")
        self.check(self.audit.totals(), "orders are the sum of their parts")

    def _found_money(self):
        return {c: tuple(int(f * MICRO) for f in figures) for c, *figures in self.stack.rows(
            "approvals", "select currency, sum(reserved), sum(committed), sum(posted) from account"
                         " where account like %s group by 1", (self.drive.prefix,))}

    def stock(self):
        self.head("stock")
        world = self.plan.world
        expected = {at: [on_hand, 0] for at, on_hand in world.stock.items()}
        for order in self.plan.orders:
            row = self.audit.rows.get(order.id)
            if order.group is None:
                for at, quantity in order.taken.items():
                    expected[at][0] -= quantity
            elif row and row["state"] == "closed":
                line = order.lines[0]
                expected[line.node, line.body["sku"]][0] -= line.quantity
        check = self.audit.stock({at: tuple(figures) for at, figures in expected.items()})
        self.row("units on hand at all sites", sum(e[0] for e in expected.values()),
                 check.figures[0], lambda micro: f"{micro // MICRO:,}")
        self.row("units reserved", 0, check.figures[1], decimal)
        self.check(check, "stock rows by site and SKU")

    def events(self):
        self.head("events")
        self.check(self.audit.chains(), "orders whose facts are 1..n and hash-linked")
        self.check(self.audit.events(), "kinds of event against rows")
        self.check(self.audit.partners(), "partner topics are 1..n")
        self.check(self.audit.flow(), "partitions published, nothing parked")

    # --- who was told

    def notices_expected(self):
        kinds = collections.Counter()
        for order in self.plan.orders:
            row = self.audit.rows.get(order.id) or {"state": None, "confirmed_at": None,
                                                    "sub_orders": []}
            kinds["confirmed"] += row["confirmed_at"] is not None
            kinds["refused"] += row["state"] == "refused"
            kinds["delivered"] += row["state"] == "closed"
            kinds["expired"] += row["state"] == "expired"
            kinds["approval_reminder"] += order.fate == "expired"
            if order.fate in ("cancelled", "cancelled-waiting"):
                kinds["cancelled"] += max(1, order.version - 1)
            if order.fate == "all-rejected":
                kinds["line_rejected"] += order.version - 2     # the last one ends the order
            kinds["line_rejected"] += order.fate == "line-rejected"
            asked = order.verdict is not None or order.fate in ("waiting", "expired")
            kinds["awaiting_approval"] += 2 if order.fate == "approved-two" else asked
        return +kinds

    def notices(self):
        self.head("notices")
        check = self.audit.notices()
        expected = self.notices_expected()
        for kind in sorted(set(expected) | set(self.audit.kinds)):
            if kind == "shipped":
                continue        # as many as shipments; compared below
            self.row(kind.replace("_", " "), expected[kind], self.audit.kinds[kind])
        self.row("shipped", self.drive.shipments, self.audit.kinds["shipped"])
        self.check(check, "notices asked, kept and told, each once")
        payables = {o.id: o.payables for o in self.plan.orders}
        for order in self.plan.orders:
            row = self.audit.rows.get(order.id)
            if order.group and not (row and row["state"] == "closed"):
                payables[order.id] = []
        check = self.audit.payables(payables)
        self.row("accounts payable", sum(map(len, payables.values())), check.figures[0])
        self.check(check, "payables: one per order version, right total")

    # --- what was sent twice, wrong or unreadable

    def edges(self):
        self.head("repeats and bad input")
        told = self.audit.counts("orders")
        repeats = sum(o.repeats for o in self.plan.orders)
        same = self.stack.value(
            "orders", f"select count(*) - count(distinct (subject, event_id)) from {EVENTS}"
                      " where type in ('batuta.orders.order.received.v1',"
                      " 'batuta.orders.order.refused.v1') and subject = any(%s)",
            (self.audit.since, self.audit.ids))
        self.row("submitted twice: the same answer again", repeats, same)
        conflicts = sum(o.conflicts for o in self.plan.orders)
        refused = self._refused_codes("orders")
        self.row("same id, other content: conflict", conflicts, refused["conflict"])
        self.row("cancelled after shipment: refused", len(self._fate("cancelled-late")),
                 refused["already_shipped"])
        self.row("cancel refused is told", len(self._fate("cancelled-late")),
                 told.get("batuta.orders.order.cancel_refused.v1", 0))
        wrong = self._refused_codes("approvals")
        self.row("approvals by the buyer or to a stale hash", self.drive.extras,
                 wrong["approver_denied"] + wrong["approval_stale"])
        self._dead_letters()

    def _fate(self, fate):
        return [o for o in self.plan.orders if o.fate == fate]

    def _refused_codes(self, service):
        return collections.Counter(dict(self.stack.rows(
            service, "select convert_from(body_bytes, 'UTF8')::json ->> 'code', count(*) from"
                     f" {EVENTS} where type = %s and subject = any(%s) group by 1",
            (self.audit.since, f"batuta.{service}.command.refused.v1", self.audit.ids))))

    def _dead_letters(self):
        sent = self.drive.malformed
        found = self.audit.dead_letters("orders", [m[0] for m in sent])
        self.row("unreadable commands: dead letters", len(sent), len(found))
        codes = {key: code for key, code, _ in found}
        good = 0
        bytes_of = {key: bytes(body) for key, _, body in found}
        for key, code, command in sent:
            raw = bytes.fromhex(command["raw_hex"]) if "raw_hex" in command else \
                command["raw"].encode()
            good += codes.get(key) == code and bytes_of.get(key) == raw
            if codes.get(key) not in (None, code):
                self.wrong.append(f"dead letter {key}: expected {code}, found {codes[key]}")
        self.row("with the right code and the very bytes", len(sent), good)

    def time(self, times):
        self.lines += ["", f"{'time':<66} {'seconds':>15}"]
        for what, seconds in times + [("all", sum(seconds for _, seconds in times))]:
            self.lines.append(f"  {what:<64} {seconds:>15.1f}")

    # --- printing

    def print(self):
        for line in self.lines:
            print(line)
        if self.wrong:
            print(f"\nwhat does not add up ({len(self.wrong)}):")
            for line in self.wrong[:40]:
                print(f"  {line}")
        print()

