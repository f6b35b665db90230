#!/usr/bin/env python3
"""A backup is put back while Kafka goes on, by the steps of deploy/README.md: services refuse until
they are reconciled, what was ordered since the backup is decided again, and counts once."""
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid

from stack import SERVICES, Stack, StackError, wait_for

WAIT = 60
STOCK, PRICE = 100, 10


class Story:
    def __init__(self, stack):
        self.stack, self.failed = stack, 0
        self.name = "y" + uuid.uuid4().hex[:8]
        self.node, self.sku = f"{self.name}/site", f"{self.name}-sku"

    def check(self, what, sound, why=""):
        self.failed += not sound
        print(f"{'ok' if sound else 'FAIL'} restore: {what}" + ("" if sound else f": {why}"),
              flush=True)

    def batuta(self, *arguments, stdin=None, codes=(0,)):
        code, out, error = self.stack.batuta(*arguments, stdin=stdin)
        if code not in codes:
            raise StackError(f"batuta {' '.join(arguments)} ended with {code}: {out}{error}")
        return out

    def world(self):
        run = self.batuta
        run("seller", "create", self.name, "--name", "Yesterday")
        run("node", "create", self.node)
        run("product", "create", self.sku, "--name", "A thing")
        run("offer", "create", self.sku, self.node)
        run("stock", "set", self.node, self.sku, str(STOCK))
        run("price", "set", self.name, self.sku, str(PRICE), "--currency", "EUR")
        run("account", "create", self.name, "--name", "Buyer", "--currency", "EUR",
            "--limit", "5000")
        run("user", "create", self.name, "ann", "--roles", "buyer")
        wait_for("orders to know the offer", lambda: self.preview() == 0, WAIT, 0.5)

    def order(self, pieces):
        return (f'{{"account":"{self.name}","buyer":"ann","principal":"ann","currency":"EUR",'
                f'"lines":[{{"line":1,"sku":"{self.sku}",'
                f'"quantity":{{"value":"{pieces}","unit":"C62"}}}}]}}')

    def preview(self):
        return self.stack.batuta("order", "submit", "-", "--dry-run", stdin=self.order(1))[0]

    def submit(self, pieces):
        out = self.batuta("order", "submit", "-", "--wait", stdin=self.order(pieces))
        return out.split()[0]

    # --- the steps of the runbook

    def restore(self, dump):
        self.stack.down(*SERVICES)
        self.batuta("restore", dump, "--yes")

    def refuses(self):
        """Started without being reconciled, orders ends by itself and says what to do."""
        try:
            self.stack.up("orders")
        except StackError:
            pass
        wait_for("orders to end", lambda: self.stack.pid("orders") is None, WAIT)
        with open(os.path.join(self.stack.folder, "log/orders.log"), encoding="utf-8") as log:
            last = log.read().splitlines()[-1]
        self.check("an unreconciled service refuses", "batuta-orders reconcile" in last, last)

    def reconcile(self):
        for service in SERVICES:
            env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
            done = subprocess.run(
                [os.path.join(self.stack.bin, f"batuta-{service}"), "reconcile",
                 "--postgres", self.stack.setting("BATUTA_POSTGRES"),
                 "--partitions", self.stack.setting("BATUTA_PARTITIONS")],
                capture_output=True, text=True, env=env, timeout=WAIT, check=False)
            self.check(f"batuta-{service} reconcile",
                       done.returncode == 0 and "incarnation" in done.stdout,
                       done.stdout + done.stderr)

    def heal(self, order):
        """Answers of the time that is no more come in before the submit is read again."""
        def confirmed():
            for item in self.stack.get("orders", "/parked")["items"]:
                if item["subject"] == order and "not here" in item["reason"]:
                    self.batuta("dlq", "discard", "orders", order, "--order", order)
                    break
            found = self.stack.get("orders", f"/orders/{order}")
            return found is not None and self.stack.value(
                "orders", "select state = 'confirmed' from orders where order_id = %s", (order,))
        wait_for(f"order {order} to be confirmed again", confirmed, WAIT, 0.5)

    # --- what must hold afterwards

    def adds_up(self, pieces):
        owed = self.stack.value("approvals", "select committed from account where account = %s",
                                (self.name,))
        self.check("credit is committed once an order", owed == PRICE * sum(pieces), owed)
        held = self.stack.rows("catalog", "select on_hand, reserved from stock where node = %s",
                               (self.node,))
        self.check("stock is taken once an order",
                   [tuple(map(int, r)) for r in held] == [(STOCK - sum(pieces), 0)], held)
        told = self.stack.value("notifications", "select count(*) from fulfilment where partner ="
                                                 " %s", (self.name,))
        self.check("each order has one sub-order at its seller", told == len(pieces), told)
        for service in SERVICES:
            status, text = self.stack.http(service, "/readyz")
            self.check(f"{service} is ready", status == 200, text)
            waiting = [i for i in self.stack.get(service, "/parked")["items"]
                       if re.search(self.name, str(i))]
            self.check(f"nothing waits in {service}", not waiting, waiting[:2])

    def tell(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            dump = os.path.join(folder, "batuta.dump")
            self.world()
            self.submit(3)
            self.stack.settle()
            self.batuta("backup", dump)
            second = self.submit(4)
            self.stack.settle()
            self.restore(dump)
        self.check("the order after the backup is gone", not self.stack.rows(
            "orders", "select 1 from orders where order_id = %s", (second,)))
        self.refuses()
        self.reconcile()
        self.stack.up()
        self.heal(second)
        self.stack.settle()
        third = self.submit(5)
        wait_for("the third order", lambda: self.stack.value(
            "orders", "select state = 'confirmed' from orders where order_id = %s", (third,)), WAIT)
        self.stack.settle()
        self.adds_up([3, 4, 5])


def main():
    begun = time.monotonic()
    story = Story(Stack())
    try:
        story.tell()
    except StackError as error:
        story.check("the story was told to its end", False, error)
        story.stack.up()
    print(f"   {time.monotonic() - begun:.1f} s")
    return 1 if story.failed else 0


if __name__ == "__main__":
    sys.exit(main())
