#!/usr/bin/env python3
"""runtime, places: positions belong to one log and one database, and a service says so instead of
guessing; what is away at the start is said once and waited for; a timer waits for what came
before it; a record in the wrong partition finds its owner."""
import json
import time

import commands
from runtime import WAIT, Rig, mark_of
from scenes import audited, equal, holds
from stack import SERVICES, wait_for
from wire import header, partition_of

SUBMIT = "batuta.orders.order.submit.v1"


class Places:
    def __init__(self):
        self.rig = Rig()
        self.stage, self.stack, self.wire = self.rig.stage, self.rig.stack, self.rig.wire
        self.all = self.rig.orders(12)
        self.rig.settled(self.all, "they were sent")
        self.stack.settle(30)

    # --- another log, an older database

    def _changed(self, column, value, refusal):
        """With one value of notifications' row changed, it does not start, and says why."""
        row = "update notifications.stream set {} = %s where part = 0"
        was = self.stack.value("notifications", f"select {column} from stream where part = 0")
        self.rig.sql(row.format(column), (value,))
        try:
            last = self.rig.refuses("notifications")
            holds(f"{column}: it said {last}", refusal in last)
        finally:
            self.rig.sql(row.format(column), (was,))

    def foreign_positions_are_refused(self):
        time.sleep(1.5)     # offsets and batch numbers are committed once a second
        self.stack.down("notifications")
        out, batch = self.stack.rows("notifications", "select out_seq, batch_no from stream"
                                                      " where part = 0")[0]
        holds("nothing was told by notifications/0", out > 0 and batch > 0)
        offsets = self.stack.value("notifications", "select in_off from stream where part = 0")
        published = self.stack.value("notifications", "select pub_seq from stream where part = 0")
        try:
            self._changed("cluster_id", "another-cluster", "Kafka cluster another-cluster")
            self._changed("in_off", [10**9] + offsets[1:], "was read up to 1000000000")
            self._changed("batch_no", batch - 1, "reconcile")
            self.rig.sql("update notifications.stream set pub_seq = 0 where part = 0")
            self._changed("out_seq", out - 1, "reconcile")
        finally:
            self.rig.sql("update notifications.stream set pub_seq = %s where part = 0",
                         (published,))
            self.stack.up("notifications")
        self.all += self.rig.orders(6)
        self.rig.settled(self.all, "the right positions came back")

    # --- away at the start

    def _waits(self, what, **settings):
        process = self.rig.spawn("catalog", BATUTA_HTTP="127.0.0.1:0", **settings)
        time.sleep(4)
        waiting = [line for line in process.lines if "waiting" in line]
        equal(f"lines of waiting for {what}", 1, len(waiting))
        self.rig.terminate(process)
        return waiting[0]

    def what_is_away_is_said_once(self):
        line = self._waits("the broker", BATUTA_BROKERS="127.0.0.1:1")
        holds(f"it said {line}", "127.0.0.1:1" in line)
        line = self._waits("the database", BATUTA_POSTGRES="host=/nowhere dbname=batuta")
        holds(f"it said {line}", "/nowhere" in line)

    # --- time

    def what_came_before_a_timer_wins(self):
        """Two orders wait for a person and expire after 4 s. approvals is stopped; one is approved
        in that time, before its hour; it starts long after both: the approval wins, the other has
        expired."""
        strict = self.stage.account(rules=[(50, [["approver"]], 4)])
        first, second = (self.stage.submit(strict, ("coin", 1)) for _ in range(2))
        wait_for("both to wait", lambda: all(self.stage.auth(o) and self.stage.auth(o)[
            "state"] == "pending" for o in (first, second)) or self._turn(), WAIT)
        self.stack.down("approvals")
        self.stage.decide("approve", first, "ada")
        self.stage.sender.flush(WAIT)
        time.sleep(5)
        self.stack.up("approvals")
        wait_for("both to have come to an end", lambda: all(
            s in ("confirmed", "expired", "refused") for s in
            self.rig.states([first, second]).values()), WAIT)
        equal("ends", {first: "confirmed", second: "expired"}, self.rig.states([first, second]))
        holds("no timer fired", self.rig.metric("approvals", "timers_total") > 0)

    def _turn(self):
        self.stage.turn += 1

    # --- misplaced

    def _misplaced(self, order, extra=()):
        """Sends a command to a partition that is not its own; the headers beside."""
        body = self.stage.submission(order, self.rig.account, ("ten", 1))["body"]
        key, value = order.encode(), json.dumps(body).encode()
        own = partition_of(key, self.rig.partitions)
        headers = list(self.wire.headers(SUBMIT, key, value).items()) + list(extra)
        self.wire.send("orders.commands.v1", key, value, headers, (own + 1) % self.rig.partitions)
        return own

    def misplaced_records_find_their_owner(self):
        """One plain, one with forged stream headers, one with as many headers as are read, twice
        the same: each is decided once, where its key belongs."""
        routed = self.rig.metric("orders", "routed_total")
        ends = self.wire.ends("orders.routed.v1")
        forged = [("batuta-stream", "orders/0 9 9000000 1"), ("batuta-chain-start", "1 1"),
                  ("batuta-routed-from", "orders.commands.v1/0/0"), ("batuta-routed-time", "1")]
        many = [(f"x-{n}", "y") for n in range(34)]
        found = [self.stage.new_order() for _ in range(3)]
        own = [self._misplaced(o, extra) for o, extra in zip(found, ((), forged, many))]
        self._misplaced(found[0])
        self.wire.flush()
        self.rig.settled(found, "they were misplaced")
        wait_for("four to be routed",
                 lambda: self.rig.metric("orders", "routed_total") - routed == 4, 20)
        equal("where they were decided", dict(zip(found, own)), dict(self.stack.rows(
            "orders", "select order_id, part from orders where order_id = any(%s)", (found,))))
        for record in self.wire.read("orders.routed.v1", ends):
            holds(f"no link: {record.headers()}", mark_of(record) and mark_of(record).seq < 9000000)
            equal("ce_type", SUBMIT, header(record, "ce_type"))
            holds("the signature was changed", header(record, "batuta-auth"))
            equal("links", 1, sum(n == "batuta-stream" for n, _ in record.headers()))
        self._too_many_headers()
        self.all += self.rig.orders(4)
        self.rig.settled(self.all, "misplaced records")
        equal("what readiness misses", "", self.rig.missing("orders"))

    def _too_many_headers(self):
        """More headers than are read, in the wrong partition: a dead letter, no broken chain."""
        begins = self.wire.ends("orders.dlq.v1")
        order = commands.order_id(self.stage.run, "too many headers")
        self._misplaced(order, [(f"x-{n}", "y") for n in range(60)])
        self.wire.flush()
        letter = wait_for("its dead letter", lambda: [
            r for r in self.wire.read("orders.dlq.v1", begins) if r.key() == order.encode()],
            WAIT, 0.3)
        equal("where it first came to", "orders.commands.v1",
              header(letter[0], "dlq-original-topic"))

    # --- after a restored backup

    def a_reconciled_service_goes_on(self):
        """A new incarnation of every stream: its readers take up the new chains."""
        self.stack.settle(30)
        before = dict(self.stack.rows("pricing", "select part, incarnation from stream"))
        self.stack.down("pricing")
        code, out = self.rig.run("pricing", "reconcile")
        equal(f"exit code of reconcile ({out})", 0, code)
        self.stack.up("pricing")
        self.all += self.rig.orders(12)
        self.rig.settled(self.all, "pricing was reconciled")
        equal("incarnations", {p: i + 1 for p, i in before.items()},
              dict(self.stack.rows("pricing", "select part, incarnation from stream")))
        equal("what readiness misses", ["", ""],
              [self.rig.missing("orders"), self.rig.missing("pricing")])

    def chains(self):
        self.rig.ready(*SERVICES)
        self.stack.settle(30)
        wrong = self.rig.chains()
        holds("; ".join(wrong[:5]), not wrong)


def main():
    places = Places()
    good = True
    for story in (places.foreign_positions_are_refused, places.what_is_away_is_said_once,
                  places.what_came_before_a_timer_wins, places.misplaced_records_find_their_owner,
                  places.a_reconciled_service_goes_on, places.chains):
        good &= places.rig.tell(story.__name__.replace("_", "-"), story)
    good &= audited(places.stage)
    places.stage.end(good)


if __name__ == "__main__":
    main()
