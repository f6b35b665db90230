"""scenes: many small stories told at once on one stack. A scene is a generator: it sends something
and yields what it waits for (a sentence and a check); when the last check holds, it is ok. All
scenes run in one process side by side, so that waiting costs nothing."""
import json
import sys
import time
import uuid

import commands
from ask import answers, ask, references_known, service_of, with_ids
from commands import MICRO
from stack import Sender, Stack, StackError

WAIT_SECONDS = 60
COLUMNS = ("order_id", "account", "state", "step", "credit", "version", "priced", "total",
           "lines", "sub_orders", "reasons", "approvals", "reservations", "content_hash",
           "confirmed_at", "payable_version", "dry_run", "outcome", "charges_total")


class Wrong(Exception):
    pass


def equal(what, expected, found):
    if expected != found:
        raise Wrong(f"{what}: expected {expected!r}, found {found!r}")


def holds(what, found):
    if not found:
        raise Wrong(what)


class Stage:
    """What scenes share: the stack, a sender, a little world of its own, and rows read once a
    turn."""

    def __init__(self, stack=None):
        self.stack = stack or Stack()
        self.run = "t" + uuid.uuid4().hex[:8]
        self.sender = Sender(self.stack)
        self.since = self.stack.value("orders", "select now() - interval '2 seconds'")
        self.orders, self.accounts = [], []
        self.cache, self.turn = {}, 0
        self.a, self.b = f"{self.run}-a", f"{self.run}-b"
        self.minted = 0

    # --- the little world: seller a with two sites, seller b with one

    def build(self, rare=12):
        a1, a2, b1 = f"{self.a}/one", f"{self.a}/two", f"{self.b}/one"
        self.prices = {"coin": 100, "ten": 10, "twenty": 20}
        self.rare = [f"rare{n}" for n in range(rare)]
        self.prices.update({name: 10 for name in self.rare})
        family = f"{self.run}-things"
        skus = list(self.prices) + ["hidden", "unpriced"]
        places = {sku: b1 if sku == "twenty" else a1 for sku in skus}
        waves = [
            [commands.sellers([{"seller": s, "name": s} for s in (self.a, self.b)]),
             commands.products([{"sku": self.sku(s), "name": s, "family": family, "unit": "C62"}
                                for s in skus])],
            [commands.nodes([{"node": n, "seller": n.split("/")[0], "priority": p}
                             for p, n in enumerate((a1, a2, b1), 1)]),
             commands.assortments([{"assortment": f"{self.run}-hidden", "effect": "deny",
                                    "skus": [self.sku("hidden")]}]),
             commands.price_list(f"{self.run}-base", "base",
                                 [(self.sku(s), "C62", p * MICRO)
                                  for s, p in self.prices.items()])],
            [commands.offers([{"sku": self.sku(s), "node": n, "priority": 1}
                              for s, n in places.items()] +
                             [{"sku": self.sku("ten"), "node": a2, "priority": 9}]),
             commands.stock_set(a1, [(self.sku(s), 0 if s in self.rare else 100_000 * MICRO,
                                      "C62") for s, n in places.items() if n == a1]),
             commands.stock_set(a2, [(self.sku("ten"), 1_000 * MICRO, "C62")]),
             commands.stock_set(b1, [(self.sku("twenty"), 100_000 * MICRO, "C62")])]]
        for wave in waves:
            ask(self.stack, self.sender, wave, WAIT_SECONDS)
        self.topics(self.a, self.b)
        references_known(self.stack, WAIT_SECONDS)
        return self

    def topics(self, *partners):
        code, _, error = self.stack.batuta("topics", "apply",
                                           *[f"--partner={p}" for p in partners])
        if code:
            raise StackError(f"batuta topics apply: {error}")

    def sku(self, name):
        return f"{self.run}-{name}"

    def stock(self, name, count):
        """Sets what is there of a rare piece."""
        ask(self.stack, self.sender, [commands.stock_set(
            f"{self.a}/one", [(self.sku(name), count * MICRO, "C62")])], WAIT_SECONDS)

    def account(self, limit=None, rules=(), **more):
        """A company with a buyer, two who approve and one for money. rules: (over, tiers[,
        seconds])."""
        name = f"{self.run}-acc{len(self.accounts)}"
        self.accounts.append(name)
        rows = [{"rule": f"r{n}", "over": commands.money(rule[0] * MICRO),
                 "tiers": [{"roles": roles} for roles in rule[1]],
                 **({"expire_seconds": rule[2]} if len(rule) > 2 else {})}
                for n, rule in enumerate(rules)]
        people = (("bea", "team", "buyer"), ("ada", "hq", "approver"), ("abe", "hq", "approver"),
                  ("fin", "hq", "finance"))
        ask(self.stack, self.sender, [commands.account_put(name, **{
            "name": name, "currency": "EUR",
            "credit_limit": commands.money(limit * MICRO) if limit is not None else None,
            "credit_unlimited": None if limit is not None else True,
            "units": [{"unit": "hq"}, {"unit": "team", "parent": "hq"}],
            "users": [{"user": u, "unit": unit, "roles": [r]} for u, unit, r in people],
            "rules": rows, **more})], WAIT_SECONDS)
        return name

    # --- sending

    def send(self, *told):
        self.sender.send(with_ids(list(told)))
        return told[0] if len(told) == 1 else told

    def new_order(self):
        self.minted += 1
        self.orders.append(commands.order_id(self.run, self.minted))
        return self.orders[-1]

    def submit(self, account, *items, buyer="bea", kind="submit", order=None, **body):
        """items: (name, count) or a whole line. Returns the order's id."""
        order = order or self.new_order()
        self.send(self.submission(order, account, *items, buyer=buyer, kind=kind, **body))
        return order

    def submission(self, order, account, *items, buyer="bea", kind="submit", **body):
        lines = [i if isinstance(i, dict) else {"sku": self.sku(i[0]),
                                                "quantity": round(i[1] * MICRO)} for i in items]
        return commands.submit(order, account, buyer, lines, kind, **body)

    def respond(self, verb, order, sub_order=1, lines=None, partner=None, **more):
        partner = partner or self.row(order)["sub_orders"][sub_order - 1]["seller"]
        return self.send(commands.respond(verb, partner, order, sub_order, lines, **more))

    def deliver_all(self, order):
        for sub in self.row(order)["sub_orders"]:
            for verb in ("accept", "ship", "deliver"):
                self.respond(verb, order, sub["sub_order"])

    def decide(self, verb, order, person, content_hash=None, **more):
        row = self.auth(order)
        return self.send(commands.decide(verb, row["account"], order, person,
                                         content_hash or row["content_hash"], **more))

    # --- reading

    def _once(self, name, read):
        if self.cache.get(name, (None,))[0] != self.turn:
            self.cache[name] = (self.turn, read())
        return self.cache[name][1]

    def row(self, order):
        """The order's row, or None."""
        def read():
            rows = self.stack.rows("orders", f"select {', '.join(COLUMNS)} from order_whole"
                                             " where order_id = any(%s)", (self.orders,))
            return {r[0]: dict(zip(COLUMNS, r)) for r in rows}
        return self._once("orders", read).get(order)

    def auth(self, order):
        names = ("order_id", "account", "state", "tier", "content_hash", "total", "reasons")

        def read():
            rows = self.stack.rows("approvals", f"select {', '.join(names)} from"
                                                " order_authorization where order_id = any(%s)",
                                   (self.orders,))
            return {r[0]: dict(zip(names, r)) for r in rows}
        return self._once("auth", read).get(order)

    def announced(self, order):
        """Notifications knows every sub-order, so that its seller can be heard."""
        def read():
            return dict(self.stack.rows("notifications", "select order_id, count(*) from fulfilment"
                                                         " where order_id = any(%s) group by 1",
                                        (self.orders,)))
        return self._once("announced", read).get(order, 0) == len(self.row(order)["sub_orders"])

    def answer(self, command):
        """(accepted, body) of a command's answer, or None."""
        return answers(self.stack, service_of(command), [command["id"]]).get(command["id"])

    def figures(self, account):
        """(reserved, committed, posted) in whole units."""
        row = self.stack.rows("approvals", "select reserved, committed, posted from account where"
                                           " account = %s", (account,))
        return tuple(float(x) for x in row[0])

    def on_hand(self, name, node=None):
        row = self.stack.rows("catalog", "select on_hand, reserved from stock where sku = %s and"
                                         " node = %s", (self.sku(name), node or f"{self.a}/one"))
        return tuple(float(x) for x in row[0])

    def told(self, service, order, kind):
        """Bodies of the events of a type about an order, in their order."""
        return [json.loads(body) for (body,) in self.stack.rows(
            service, "select body from journal_event where recorded_at >= %s and subject = %s"
                     " and type = %s order by part, seq", (self.since, order, kind))]

    def facts(self, order):
        """Verbs of the order's own facts, in their order."""
        return [t.split(".")[3] for (t,) in self.stack.rows(
            "orders", "select type from journal_event where recorded_at >= %s and subject = %s and"
                      " topic = 'orders.events.v1' and type like 'batuta.orders.order.%%'"
                      " order by seq", (self.since, order))]

    def notices(self, order):
        return set(self.stack.rows("notifications", "select kind, recipient from notice where"
                                                    " order_id = %s", (order,)))

    # --- what scenes wait for

    def state(self, order, *states):
        def reached():
            state = (self.row(order) or {}).get("state")
            return state in states and (state != "confirmed" or self.announced(order))
        return f"order {order} to be {' or '.join(states)}", reached

    def pending(self, order, tier=1):
        return (f"order {order} to wait for tier {tier}",
                lambda: (self.auth(order) or {}).get("tier") == tier and
                (self.row(order) or {}).get("state") == "pending_approval")

    def answered(self, command):
        return (f"an answer to {command['type']}", lambda: self.answer(command))

    def refused(self, command):
        """The code of a refusal; the command must have been refused."""
        accepted, body = self.answer(command)
        holds(f"{command['type']} was accepted: {body}", not accepted)
        return body["code"]

    def fact(self, order, verb):
        return (f"order.{verb} of {order}", lambda: verb in self.facts(order))

    # --- running

    def play(self, scenes, seconds=WAIT_SECONDS):
        """Runs generators to their end; prints ok or FAIL for each. True when all are ok."""
        running = {}
        for scene in scenes:
            name = scene.__name__.replace("_", "-")
            running[name] = [scene(self), None, 0]
        bad = 0
        while running:
            self.turn += 1
            for name in list(running):
                bad += self._step(running, name, seconds)
            time.sleep(0.05)
        return bad == 0

    def _step(self, running, name, seconds):
        """One look at a scene; 1 when it has failed now."""
        entry = running[name]
        try:
            while entry[1] is None or entry[1][1]():
                self.turn += 1      # what the scene looks at now was read after its check held
                entry[1], entry[2] = next(entry[0]), time.monotonic() + seconds
            if time.monotonic() > entry[2]:
                raise Wrong(f"waited {seconds} s for {entry[1][0]}" + self._hint(entry[1][0]))
            return 0
        except StopIteration:
            print(f"ok {name}", flush=True)
        except (Wrong, StackError, KeyError, IndexError, TypeError, ValueError,
                AttributeError) as error:
            print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)
            del running[name]
            return 1
        del running[name]
        return 0

    def _hint(self, sentence):
        for order in self.orders:
            if order in sentence and self.row(order):
                row = self.row(order)
                return f"; it is {row['state']}, {row['reasons']}"
        return ""

    def end(self, good):
        self.sender.close()
        sys.exit(0 if good else 1)


def check(name, found, why="it does not hold"):
    """One line of a test that needs no story."""
    print(f"ok {name}" if found else f"FAIL {name}: {why}", flush=True)
    return bool(found)


def audited(stage, name="audit"):
    """Everything that the stage's orders touched adds up."""
    from audit import Audit
    stage.stack.settle(60)
    wrong = [line for c in Audit(stage.stack, stage.orders, stage.since).load().all()
             for line in c.told()]
    return check(name, not wrong, "; ".join(wrong[:5]))
