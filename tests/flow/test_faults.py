#!/usr/bin/env python3
"""faults: processes, broker and database go away in the middle of the flow and come back; nothing
is lost, doubled or left behind. The stories are told one after the other, for each takes something
away that the others need; one audit over all of them ends it."""
import os
import re
import signal
import subprocess
import time

import psycopg2

import commands
from ask import ask, references_known
from commands import MICRO
from scenes import Stage, Wrong, audited, check, equal, holds
from stack import SERVICES, StackError, wait_for
from wire import Wire, header

WAIT = 60
AWAY = 30


class Faults:
    def __init__(self):
        self.stage = Stage().build(2)
        self.stack = self.stage.stack
        self.wire = Wire(self.stack)
        self.account = self.stage.account()
        self.strict = self.stage.account(rules=[(150, [["approver"]])])
        self.flows = []         # orders that must be closed in the end
        self.answered = set()

    # --- a flow that goes on while something breaks

    def start(self, count):
        """Orders of two kinds: some go straight, some wait for a person."""
        for n in range(count):
            account, items = ((self.strict, [("coin", 2)]) if n % 4 == 3 else
                              (self.account, [("ten", 1 + n % 3), ("twenty", 1)]))
            self.flows.append(self.stage.submit(account, *items))
        self.stage.sender.flush(WAIT)

    def pump(self):
        """Approvers approve and sellers deliver whatever has got that far; how many are open."""
        self.stage.turn += 1
        open_count = 0
        for order in self.flows:
            row, auth = self.stage.row(order), self.stage.auth(order)
            state = row["state"] if row else None
            open_count += state != "closed"
            if state == "pending_approval" and auth and auth["state"] == "pending" and \
                    (order, "yes") not in self.answered:
                self.answered.add((order, "yes"))
                self.stage.decide("approve", order, "ada")
            if state == "confirmed" and (order, "goods") not in self.answered and \
                    self.stage.announced(order):
                self.answered.add((order, "goods"))
                self.stage.deliver_all(order)
        return open_count

    def finish(self, what, seconds=WAIT):
        def all_closed():
            try:
                return self.pump() == 0
            except StackError:
                return False
        try:
            wait_for(f"all {len(self.flows)} orders to be closed after {what}", all_closed,
                     seconds, 0.2)
        except StackError as error:
            stuck = [(o, (self.stage.row(o) or {}).get("state")) for o in self.flows
                     if (self.stage.row(o) or {}).get("state") != "closed"]
            self.flows = [o for o in self.flows if o not in dict(stuck)]
            raise StackError(f"{error}; {len(stuck)} are not, such as {stuck[:3]}") from error

    def ready(self, service):
        return self.stack.http(service, "/readyz")[0] == 200

    def wait_ready(self, *services):
        wait_for(f"{', '.join(services)} to be ready", lambda: all(map(self.ready, services)),
                 WAIT)

    # --- stories

    def kill(self, service):
        """kill -9 in the middle, and up again."""
        self.start(12)
        before = self.stack.pid(service)
        time.sleep(0.2)
        self.stack.kill(service)
        holds(f"{service} is still there", self.stack.pid(service) is None)
        self.start(4)
        self.pump()
        self.stack.up(service)
        holds("the pid is new", self.stack.pid(service) not in (None, before))
        self.finish(f"kill -9 of {service}")

    def two_share_the_partitions(self):
        """A second process takes half, and gives it back when it leaves."""
        self.stack.up("orders-2")
        self.wait_ready("orders", "orders-2")

        def owned(name):
            found = re.search(r"partitions_owned\{[^}]*\} (\d+)",
                              self.stack.http(name, "/metrics")[1])
            return int(found.group(1)) if found else 0
        wait_for("both to own two partitions",
                 lambda: (owned("orders"), owned("orders-2")) == (2, 2), WAIT)
        self.start(16)
        self.finish("sharing the partitions")
        self.start(8)
        self.stack.down("orders-2")
        wait_for("the first to own all again", lambda: owned("orders") == 4, WAIT)
        self.finish("the second's leaving")

    def _missing(self, service, what):
        wait_for(f"{service} to say that {what} is away",
                 lambda: self.stack.http(service, "/readyz")[0] == 503, AWAY)
        return self.stack.http(service, "/readyz")[1]

    def broker_restart(self):
        self.start(8)
        self.stack.kill("kafka")
        try:
            missing = self._missing("orders", "the broker")
            equal("still alive", 200, self.stack.http("orders", "/livez")[0])
        finally:
            self.stack.up("kafka")
        holds(f"readyz does not name the broker: {missing}", re.search("roker|afka", missing))
        self.wait_ready(*SERVICES)
        self.start(8)
        self.finish("the broker's restart")

    def database_restart(self):
        self.start(8)
        self.stack.kill("postgres")
        try:
            missing = self._missing("approvals", "Postgres")
        finally:
            self.stack.up("postgres")
        holds(f"readyz does not name Postgres: {missing}", re.search("ostgres|atabase", missing))
        self.wait_ready(*SERVICES)
        self.start(8)
        self.finish("the database's restart")

    def sigterm_ends_well(self):
        """A process that we started ourselves: SIGTERM, exit 0 within seconds."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
        for key in ("BROKERS", "POSTGRES", "PARTITIONS", "SYSTEMS_FILE"):
            env["BATUTA_" + key] = self.stack.setting("BATUTA_" + key)
        env["BATUTA_HTTP"] = "127.0.0.1:0"
        self.start(4)
        process = subprocess.Popen([os.path.join(self.stack.bin, "batuta-catalog"), "run"],
                                   env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        equal("exit code", 0, process.wait(30))
        holds("it took more than 10 s", time.monotonic() - begun < 10)
        self.finish("SIGTERM")

    def topic_of_a_partner_is_missing(self):
        """Its events wait in order while everything else goes on; then they are delivered."""
        s = self.stage
        seller, sku = f"{s.run}-c", s.sku("late")
        node = f"{seller}/one"
        for wave in ([commands.sellers([{"seller": seller, "name": "c"}]),
                      commands.products([{"sku": sku, "name": "late", "family": s.run,
                                          "unit": "C62"}])],
                     [commands.nodes([{"node": node, "seller": seller}]),
                      commands.price_list(f"{s.run}-late", "base", [(sku, "C62", MICRO)])],
                     [commands.offers([{"sku": sku, "node": node}]),
                      commands.stock_set(node, [(sku, 100 * MICRO, "C62")])]):
            ask(self.stack, s.sender, wave, WAIT)
        references_known(self.stack)
        line = {"sku": sku, "quantity": MICRO}
        orders = [s.submit(self.account, line, ("ten", 1)) for _ in range(6)]

        def unsent():
            return self.stack.value("notifications", "select count(*) from unsent where topic = %s",
                                    (f"partners.{seller}.fulfilment.v1",))
        wait_for("six events to be kept as unsent", lambda: unsent() == 6, WAIT)
        self.start(4)
        self.finish("a partner's topic is missing")
        s.topics(seller)
        wait_for("the unsent events to go out", lambda: unsent() == 0, WAIT)
        s.turn += 1
        for order in orders:
            s.deliver_all(order)
        self.flows += orders
        self.finish("the topic is there")
        records = self.wire.read(f"partners.{seller}.fulfilment.v1")
        equal("numbers in the topic", list(range(1, 7)),
              [int(header(r, "ce_sequence")) for r in records])

    def poison_parks_only_its_order(self):
        """Stock that cannot take back what an order returns: that order's record waits, all else
        flows; when the cause is gone, a redrive heals it."""
        s, rare = self.stage, self.stage.rare[0]
        s.stock(rare, 4)
        order = s.submit(self.account, (rare, 4))
        s.orders.remove(order)      # its story is told here; the audit looks when it is healed
        wait_for("the order to be confirmed", lambda: self.stack.value(
            "orders", "select state from orders where order_id = %s", (order,)) == "confirmed",
            WAIT)
        wait_for("the stock to be taken", lambda: s.on_hand(rare) == (0, 0), WAIT)
        self._sql("update catalog.stock set on_hand = 9000000000 where sku = %s", (s.sku(rare),))
        s.send(commands.cancel(order, "bea"))

        def parked():
            return self.stack.rows("catalog", "select key, subject, reason, attempts from parked"
                                              " where subject = %s", (order,))
        found = wait_for("the release to be parked", parked, WAIT)
        equal("what is parked", [(f"{s.a}/one", order)],
              [(bytes(k).decode(), subject) for k, subject, _, _ in found])
        holds("a reason is kept", found[0][2])
        self.start(6)
        self.finish("one order is parked")
        letters = [r for r in self.wire.read("catalog.dlq.v1")
                   if header(r, "ce_subject") == order]
        equal("dead letters", 1, len(letters))
        equal("topic", "catalog.requests.v1", header(letters[0], "dlq-original-topic"))
        code, out, error = self.stack.batuta("dlq", "list", "catalog")
        holds(f"dlq list does not name it: {out} {error}", code == 0 and order in out + error
              or s.a in out)
        self._sql("update catalog.stock set on_hand = 0 where sku = %s", (s.sku(rare),))
        code, out, error = self.stack.batuta("dlq", "redrive", "catalog", f"{s.a}/one",
                                             f"--order={order}")
        equal(f"redrive ({out}{error})", 0, code)
        wait_for("nothing to be parked", lambda: not parked(), WAIT)
        equal("the stock is back", (4, 0), s.on_hand(rare))
        s.orders.append(order)

    def _sql(self, statement, arguments):
        """As the database's owner: what no service may do. The epochs end what the service holds in
        memory; it takes its partitions again and reads what is stored now."""
        connection = psycopg2.connect(self.stack.setting("BATUTA_POSTGRES"), user="postgres")
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            cursor.execute("update catalog.stream set epoch = epoch + 1")
        connection.close()

    def strangers_on_closed_topics(self):
        """Without our stream header a record is a dead letter, whatever it says; nobody waits."""
        begins = self.wire.ends("orders.dlq.v1")
        key = f"{self.stage.run}-stranger".encode()
        for value in (b"garbage", b"{}", None):
            self.wire.send("pricing.events.v1", key, value, self.wire.headers(
                "batuta.pricing.quote.priced.v1", key, value))
        self.wire.flush()
        wait_for("three dead letters", lambda: sum(
            r.key() == key for r in self.wire.read("orders.dlq.v1", begins)) == 3, WAIT, 0.5)
        equal("parked", 0, self.stack.value("orders", "select count(*) from parked where key = %s",
                                            (key,)))
        self.start(4)
        self.finish("strangers wrote to a closed topic")


def told(name, story):
    begun = time.monotonic()
    try:
        story()
        return check(f"{name} in {time.monotonic() - begun:.1f} s", True)
    except (Wrong, StackError, subprocess.TimeoutExpired) as error:
        return check(name, False, error)


def main():
    faults = Faults()
    good = True
    for service in SERVICES:
        good &= told(f"kill-9-{service}", lambda s=service: faults.kill(s))
    for story in (faults.two_share_the_partitions, faults.broker_restart, faults.database_restart,
                  faults.sigterm_ends_well, faults.topic_of_a_partner_is_missing,
                  faults.poison_parks_only_its_order, faults.strangers_on_closed_topics):
        good &= told(story.__name__.replace("_", "-"), story)
    good &= audited(faults.stage)
    faults.stage.end(good)


if __name__ == "__main__":
    main()
