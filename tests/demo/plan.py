"""plan: the orders of a run, each with the fate that it must have. What an order costs, what is
left of it and where its money and goods end up is computed here before anything is sent."""
import random

import commands
import names
import world as made
from commands import MICRO
from model import shrink

D = f"D{made.EDITION}"

# fate: share of all orders, what the table calls it
SHARES = (
    ("waiting", 12, "waits for an approver"),
    ("expired", 10, "nobody approved in time"),
    ("approved", 150, "over a threshold, approved"),
    ("approved-two", 70, "over two thresholds, approved by two"),
    ("rejected", 70, "rejected by the approver"),
    ("over-limit", 60, "over the credit limit"),
    ("tight", 40, "twenty for a limit that ten fill"),
    ("short", 80, "short in part, rest delivered"),
    ("out-of-stock", 50, "out of stock, all or nothing"),
    ("last-units", 24, "twelve for the last five units"),
    ("cancelled-waiting", 50, "cancelled while waiting"),
    ("cancelled", 60, "cancelled after confirm"),
    ("cancelled-late", 24, "cancel after shipment refused"),
    ("unknown-sku", 50, "unknown or discontinued SKU"),
    ("invisible-sku", 40, "SKU hidden from the account"),
    ("unpriced", 16, "no price"),
    ("line-rejected", 60, "seller rejects a line"),
    ("all-rejected", 24, "sellers reject everything"),
    ("split-shipment", 100, "shipped in two parts"),
    ("left-accepted", 50, "accepted, not shipped yet"),
    ("left-shipped", 30, "shipped, not delivered yet"),
)
CLEAN = ("clean", "clean, delivered")
LABELS = dict([CLEAN] + [(fate, label) for fate, _, label in SHARES])
SMALLEST = 120
GROUPS = {"tight": 20, "last-units": 12}


class Line:
    """A line of an order, as sent and as it ends."""

    def __init__(self, world, body):
        self.body = body
        self.node = None
        if body["sku"] in world.products:
            self.node = world.source(body["sku"], body.get("seller"), body.get("node"))
        self.quantity = body["quantity"]
        self.gross = self.net = 0

    def take(self, taken):
        """Less is to be had, or wanted."""
        kept = self.quantity - taken
        self.gross, self.net = (shrink(x, kept, taken) for x in (self.gross, self.net))
        self.quantity = kept


class Order:
    def __init__(self, fate, n, run, account, buyer):
        self.fate, self.n, self.account, self.buyer = fate, n, account, buyer
        self.id = commands.order_id("demo", run, n)
        self.policy, self.channel, self.charges = "all_or_nothing", None, 0
        self.lines = []
        self.states = set()         # one of these it must end in
        self.total = None           # what it comes to at the end; None: never priced
        self.version = 1
        self.payables = []          # versions that the payer hears of
        self.confirmed = None       # None: a race decides
        self.group = None           # of a race: (fate, n of the group)
        self.repeats = self.conflicts = 0
        self.verdict = None         # approve, reject or cancel when people are asked
        self.extras = []            # wrong approvals tried: "self", "stale"
        self.rejects = {}           # node -> [(line number, quantity)]
        self.taken = {}             # (node, sku) -> quantity that left the stock for good

    def node_lines(self):
        """(line number, line) by node, of what is left; in the order of the sub-orders."""
        found = {}
        for number, line in enumerate(self.lines, 1):
            if line.quantity:
                found.setdefault(line.node, []).append((number, line))
        return found

    def money(self):
        """(reserved, committed, posted) at the end."""
        if self.states == {"pending_approval"}:
            return self.total, 0, 0
        if self.states <= {"accepted", "shipped"}:
            return 0, self.total, 0
        return (0, 0, self.total) if self.states == {"closed"} else (0, 0, 0)

    def command(self):
        body = {"line_policy": self.policy, "channel": self.channel,
                "currency": self.account.currency, "purchase_order": f"PO-{self.n:05d}",
                "reference": f"{LABELS[self.fate]} #{self.n}", "payment_term": "net_30",
                "ship_to": {"name": self.account.name,
                            "street": f"{names.STREETS[self.n % len(names.STREETS)]} {self.n}",
                            "city": self.account.name.rsplit(", ", 1)[1], "country": "AT"}}
        if self.charges:
            body["charges"] = [{"code": "freight",
                                "amount": commands.money(self.charges, self.account.currency)}]
        return commands.submit(self.id, self.account.account, self.buyer[0],
                               [line.body for line in self.lines], **body)


class Plan:
    def __init__(self, world, model, seed, count):
        self.world, self.model = world, model
        self.rng = random.Random(f"{seed} plan")
        self.orders, self.rare = [], list(world.scarce)
        self.visible = {}
        for fate, n in counts(count).items():
            if fate in GROUPS:
                for group in range(n // GROUPS[fate]):
                    self._group(fate, group)
                continue
            for _ in range(n):
                self._one(fate)
        self.rng.shuffle(self.orders)
        self._repeat_some()

    def _one(self, fate):
        account = self._account(fate)
        buyer = self.rng.choice(account.buyers)
        order = Order(fate, len(self.orders) + 1, self.world.run, account, buyer)
        getattr(self, "_" + fate.replace("-", "_"))(order)
        self.orders.append(order)
        return order

    def _account(self, fate):
        kind = {"over-limit": "poor", "expired": "hasty"}.get(fate, "general")
        return self.rng.choice(self.world.of_kind(kind))

    # --- baskets

    def _seen(self, account):
        if account.account not in self.visible:
            families = {f[0] for f in names.FAMILIES}
            self.visible[account.account] = [
                p for p in self.world.products.values()
                if p.family in families and p.status == "active" and
                self.world.visible(account, p)]
        return self.visible[account.account]

    def _line(self, account):
        """A line of something that the account sees; some name a seller or a site."""
        rng, world = self.rng, self.world
        own = account.skus and rng.random() < 0.5
        p = world.products[rng.choice(account.skus)] if own else rng.choice(self._seen(account))
        body = {"sku": p.sku, "unit": p.unit, "cost_centre": rng.choice(names.COST_CENTRES),
                "quantity": rng.randrange(1, 13) * MICRO if p.unit == "C62"
                else rng.randrange(5, 120) * MICRO // 10}
        chance = rng.random()
        node = rng.choice(p.offers)[1]
        if chance < 0.15:
            body["seller"] = world.nodes[node][0]
        elif chance < 0.25:
            body["node"] = node
        return body

    def _basket(self, order, low, high, lines=(1, 5)):
        """Fills the order so that it costs more than `low` and at most `high`."""
        rng = self.rng
        order.channel = "marketplace" if rng.random() < 0.2 else None
        while True:
            bodies = [self._line(order.account) for _ in range(rng.randrange(*lines) + 1)]
            for _ in range(12):
                subtotal = self._price(order, bodies)
                if low < subtotal <= high:
                    return
                self._scale(bodies, subtotal > high)

    def _scale(self, bodies, down):
        for body in bodies:
            whole = self.world.products[body["sku"]].unit == "C62"
            quantity = body["quantity"] * (2 if down else 5) // 3
            step = MICRO if whole else MICRO // 10
            body["quantity"] = max(step, quantity // step * step)

    def _price(self, order, bodies):
        priced, subtotal = self.model.price(order.account, order.channel, bodies)
        order.lines = [Line(self.world, body) for body in bodies]
        for line, p in zip(order.lines, priced):
            line.gross, line.net = p.gross, p.net
        return subtotal

    def _sum(self, order):
        return sum(line.net for line in order.lines) + order.charges

    # --- what a fate means

    def _delivers(self, order, state="closed"):
        order.states, order.confirmed = {state}, True
        order.total = self._sum(order)
        order.payables = [order.version]
        self._leaves(order)

    def _leaves(self, order):
        for line in order.lines:
            if line.quantity:
                at = (line.node, line.body["sku"])
                order.taken[at] = order.taken.get(at, 0) + line.quantity

    def _refused(self, order, priced=False):
        order.states, order.confirmed = {"refused"}, False
        order.total = self._sum(order) if priced else None

    def _freight(self, order):
        if self.rng.random() < 0.2:
            order.charges = self.rng.randrange(490, 2900) * made.CENT

    def _clean(self, order):
        self._basket(order, 0, made.OVER_ONE - 30 * MICRO)
        self._freight(order)
        self._delivers(order)

    _split_shipment = _clean

    def _left_accepted(self, order):
        self._basket(order, 0, made.OVER_ONE)
        self._delivers(order, "accepted")

    def _left_shipped(self, order):
        self._basket(order, 0, made.OVER_ONE)
        self._delivers(order, "shipped")

    def _cancelled_late(self, order):
        self._basket(order, 0, made.OVER_ONE)
        self._delivers(order)

    def _asked(self, order, verdict, low=made.OVER_ONE, high=made.OVER_TWO):
        self._basket(order, low, high)
        order.verdict = verdict
        order.total = self._sum(order)

    def _approved(self, order):
        self._asked(order, "approve")
        chance = self.rng.random()
        order.extras = ["self"] if chance < 0.1 else ["stale"] if chance < 0.2 else []
        self._delivers(order)

    def _approved_two(self, order):
        self._asked(order, "approve", made.OVER_TWO, 60_000 * MICRO)
        self._freight(order)
        self._delivers(order)

    def _rejected(self, order):
        self._asked(order, "reject")
        self._refused(order, True)

    def _waiting(self, order):
        self._asked(order, None)
        order.states, order.confirmed = {"pending_approval"}, False

    def _expired(self, order):
        self._asked(order, None, 0, made.OVER_ONE)
        order.states, order.confirmed = {"expired"}, False

    def _cancelled_waiting(self, order):
        self._asked(order, "cancel")
        order.states, order.confirmed = {"cancelled"}, False

    def _over_limit(self, order):
        self._basket(order, made.POOR_LIMIT, 20_000 * MICRO)
        self._refused(order, True)

    def _rare_line(self, order, bodies, asked, there):
        sku = self.rare.pop(0)
        self.world.stock[self.world.source(sku), sku] = there
        bodies.append({"sku": sku, "unit": "C62", "quantity": asked})
        if self._price(order, bodies) > made.OVER_ONE:
            raise ValueError("a basket with a rare piece must stay below the threshold")

    def _short(self, order):
        self._basket(order, 0, 1_500 * MICRO, (1, 4))
        there = self.rng.randrange(0, 4) * MICRO
        self._rare_line(order, [x.body for x in order.lines], there + self.rng.randrange(1, 5) *
                        MICRO, there)
        order.policy, order.version = "partial", 2
        rare = order.lines[-1]
        rare.take(rare.quantity - there)
        self._delivers(order)

    def _out_of_stock(self, order):
        self._basket(order, 0, 1_500 * MICRO, (1, 3))
        self._rare_line(order, [x.body for x in order.lines], 3 * MICRO, 2 * MICRO)
        self._refused(order, True)

    def _cancelled(self, order):
        self._basket(order, 0, made.OVER_ONE)
        subs = len(order.node_lines())
        order.states, order.confirmed, order.total = {"cancelled"}, True, 0
        order.version = 1 + subs
        order.payables = list(range(1, order.version + 1))

    def _all_rejected(self, order):
        self._cancelled(order)
        order.states = {"refused"}
        order.rejects = {node: [(number, line.quantity) for number, line in lines]
                         for node, lines in order.node_lines().items()}

    def _line_rejected(self, order):
        self._basket(order, 0, made.OVER_ONE, (2, 5))
        while len(order.lines) < 2:
            self._basket(order, 0, made.OVER_ONE, (2, 5))
        number = self.rng.randrange(len(order.lines))
        line = order.lines[number]
        part = line.quantity
        if self.rng.random() < 0.4 and part >= 2 * MICRO:
            part = part // 2 // MICRO * MICRO
        order.rejects = {line.node: [(number + 1, part)]}
        line.take(part)
        order.version = 2
        self._delivers(order)
        order.payables = [1, 2]

    def _odd_line(self, order, sku, unit="C62"):
        """One line that cannot be had, beside others that could."""
        self._basket(order, 0, 1_000 * MICRO, (1, 3))
        order.lines.insert(self.rng.randrange(len(order.lines) + 1), Line(self.world, {
            "sku": sku, "unit": unit, "quantity": MICRO}))
        self._refused(order)

    def _unknown_sku(self, order):
        old = self.rng.random() < 0.2
        self._odd_line(order, f"{D}-OLD-{self.rng.randrange(3)}" if old
                       else f"{D}-NOSUCH-{self.rng.randrange(1000)}")

    def _invisible_sku(self, order):
        hidden = [p for p in self.world.products.values()
                  if not self.world.visible(order.account, p)]
        p = self.rng.choice(hidden)
        self._odd_line(order, p.sku, p.unit)

    def _unpriced(self, order):
        while order.account.allowed is not None:
            order.account = self._account("unpriced")
            order.buyer = self.rng.choice(order.account.buyers)
        self._odd_line(order, f"{D}-ASK-{self.rng.randrange(4)}")

    # --- races: how many win is certain, who wins is not

    def _group(self, fate, group):
        accounts = self.world.of_kind("tight" if fate == "tight" else "general")
        sku = made.COIN
        if fate == "last-units":
            sku = self.rare.pop(0)
            self.world.stock[self.world.source(sku), sku] = 5 * MICRO
        open_to = [a for a in accounts if self.world.visible(a, self.world.products[sku])]
        for _ in range(GROUPS[fate]):
            account = accounts[group % len(accounts)] if fate == "tight" else \
                self.rng.choice(open_to)
            order = Order(fate, len(self.orders) + 1, self.world.run, account,
                          self.rng.choice(account.buyers))
            order.group = (fate, group)
            self._price(order, [{"sku": sku, "unit": "C62", "quantity": MICRO}])
            order.states, order.total = {"closed", "refused"}, self._sum(order)
            order.payables = [1]
            self.orders.append(order)

    def _repeat_some(self):
        """Some are sent again: the same, or with another content under the same id."""
        for order in self.orders:
            chance = self.rng.random()
            if order.fate in ("clean", "approved", "unknown-sku") and chance < 0.05:
                order.repeats = 1
            elif order.fate == "clean" and chance < 0.08:
                order.conflicts = 1


WINNERS = {"tight": 10, "last-units": 5}


def counts(count):
    """How many orders of each fate; the rest is clean."""
    found = {fate: max(1, round(share * count / 2000)) for fate, share, _ in SHARES}
    for fate, size in GROUPS.items():
        found[fate] = max(1, round(found[fate] / size)) * size
    found[CLEAN[0]] = count - sum(found.values())
    if found[CLEAN[0]] < 1:
        raise ValueError(f"{count} orders are too few for all fates; take {SMALLEST} or more")
    return found


def scarce_needed(count):
    found = counts(count)
    return found["short"] + found["out-of-stock"] + found["last-units"] // GROUPS["last-units"]


# --- what cannot be read: (topic, why, raw bytes as text or hex)
MALFORMED = (
    ("orders.commands.v1", "json_invalid", {"raw": "this is not JSON"}),
    ("orders.commands.v1", "json_invalid", {"raw": "{\"order\":\"x\",}"}),
    ("orders.commands.v1", "json_duplicate_key", {"raw": "{\"order\":\"a\",\"order\":\"b\"}"}),
    ("orders.commands.v1", "json_too_deep", {"raw": "[" * 40 + "]" * 40}),
    ("orders.commands.v1", "member_missing", {"raw": "{}"}),
    ("orders.commands.v1", "member_type", {"raw": "{\"order\":7}"}),
    ("orders.commands.v1", "utf8_invalid", {"raw_hex": "7b22c3285c227d"}),
    ("orders.commands.v1", "json_nul", {"raw_hex": "7b2200223a317d"}),
)


def malformed(run, count):
    """(key, expected code, command)."""
    found = []
    for n in range(count):
        topic, code, what = MALFORMED[n % len(MALFORMED)]
        key = f"{run}-malformed-{n}"
        found.append((key, code, {"type": "batuta.orders.order.submit.v1", "topic": topic,
                                  "key": key, **what}))
    return found
