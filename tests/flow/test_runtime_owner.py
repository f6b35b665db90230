#!/usr/bin/env python3
"""runtime, owner: a partition has one owner. A sleeping process is replaced and finds itself fenced
when it wakes, also when it fell asleep with a transaction open; a link that is missing shows in
readiness until its source sends again."""
import os
import signal
import threading

import commands
from runtime import Rig, mark_of
from scenes import audited, equal, holds
from stack import SERVICES, wait_for

SESSION = 30        # what a takeover may take, with a session of 6 s


class Owner:
    def __init__(self):
        self.rig = Rig()
        self.stage, self.stack = self.rig.stage, self.rig.stack
        self.all = []

    def flow(self, count, what):
        self.all += self.rig.orders(count)
        self.rig.settled(self.all, what)

    def epochs(self):
        return dict(self.stack.rows("orders", "select part, epoch from stream"))

    def owned(self, instance):
        return self.rig.metric(instance, "partitions_owned")

    def _replaced(self, before):
        """The second process took every partition while the first slept."""
        wait_for("the second process to take what the first held",
                 lambda: self.owned("orders-2") == self.rig.partitions, SESSION)
        now = self.epochs()
        holds(f"epochs {before} -> {now}", all(now[p] > before[p] for p in before))

    def _stuck(self):
        """A batch of orders waits for a lock that we hold."""
        return self.rig.sql("select count(*) from pg_stat_activity where usename = 'batuta_orders'"
                            " and wait_event_type = 'Lock' and state = 'active'")[0][0]

    def a_sleeper_is_fenced(self):
        """SIGSTOP in the middle of a batch, past the session timeout; a second process takes over;
        SIGCONT: the batch goes on where it was, and the row refuses it."""
        fenced = self.rig.metric("orders", "fenced_total")
        pid, before = self.stack.pid("orders"), self.epochs()
        blocker = self.rig.sql("lock table orders.answer in access exclusive mode",
                               autocommit=False)
        cancelled = self.stage.submit(self.rig.account, ("ten", 1))
        self.all += self.rig.orders(20)
        self.stage.send(commands.cancel(cancelled, "bea"))     # looks into table answer
        wait_for("a batch to be stuck before its fence", self._stuck, 20)
        os.kill(pid, signal.SIGSTOP)
        blocker.rollback()
        blocker.close()
        self.stack.up("orders-2")
        self._replaced(before)
        self.flow(20, "the first fell asleep")
        os.kill(pid, signal.SIGCONT)
        wait_for("the sleeper to find itself fenced",
                 lambda: self.rig.metric("orders", "fenced_total") > fenced, SESSION)
        self.rig.ready("orders", "orders-2")
        wait_for("the two to share", lambda: self.owned("orders") and self.owned("orders-2") and
                 self.owned("orders") + self.owned("orders-2") == self.rig.partitions, SESSION)
        self.flow(20, "the first woke up")

    def asleep_with_a_transaction_open(self):
        """The first falls asleep between its fence and its COMMIT: its backend holds the row, and
        is ended by who takes it."""
        self.stack.down("orders-2")
        wait_for("the first to own all", lambda: self.owned("orders") == self.rig.partitions,
                 SESSION)
        pid, before = self.stack.pid("orders"), self.epochs()
        unknown = self.rig.metric("orders", "commit_unknown_total")
        order = self.rig.orders(1)[0]
        self.rig.settled([order], "it was sent")
        self.stack.settle(30)
        blocker = self.rig.sql(f"select 1 from orders.orders where order_id = '{order}' for update",
                               autocommit=False)
        self.stage.send(commands.cancel(order, "bea"))
        wait_for("a batch to be stuck behind its fence", self._stuck, 20)
        told = "was held by a sleeping backend of ours"
        count = self.rig.log("orders-2").count(told)
        os.kill(pid, signal.SIGSTOP)
        second = threading.Thread(target=self.stack.up, args=("orders-2",))
        second.start()
        wait_for("the second to end the first's backend",
                 lambda: self.rig.log("orders-2").count(told) > count, SESSION)
        blocker.rollback()
        blocker.close()
        second.join()
        self._replaced(before)
        wait_for("the order to be cancelled",
                 lambda: self.rig.states([order])[order] == "cancelled", 30)
        self.flow(10, "the backend was ended")
        os.kill(pid, signal.SIGCONT)
        wait_for("the first to lose its batch",
                 lambda: self.rig.metric("orders", "commit_unknown_total") > unknown, SESSION)
        self.stack.down("orders-2")
        wait_for("the first to own all", lambda: self.owned("orders") == self.rig.partitions,
                 SESSION)
        self.flow(10, "it woke up")

    def a_hole_is_shown_and_healed(self):
        """One link is made unseen while its reader is down: the next one is behind a gap. Readiness
        names it; `republish` of the source heals it without traffic."""
        record = max((r for r in self.rig.wire.read("pricing.events.v1") if mark_of(r)),
                     key=lambda r: (r.timestamp()[1], r.offset()))
        mark, part = mark_of(record), record.partition()
        self.stack.down("orders")
        try:
            self._unsee(part, mark)
        finally:
            self.stack.up("orders")
        self.all += self.rig.orders(40)
        stream = f"pricing/{mark.part}"
        missing = wait_for("readiness to show the hole",
                           lambda: stream in self.rig.missing("orders") and
                           self.rig.missing("orders"), 30)
        holds(f"readiness does not say what was seen: {missing}",
              f"pricing.events.v1/{part} after sequence {mark.prev}" in missing and
              "batuta-pricing republish" in missing)
        holds("no hole is counted", self.rig.metric("orders", "holes_total") > 0)
        self._republish("pricing", mark.part, mark.prev)
        self.rig.ready("orders")
        self.rig.settled(self.all, "the hole was healed")

    def _unsee(self, part, mark):
        index = self.stack.value("orders", "select array_position(inputs, 'pricing.events.v1') - 1"
                                           " from stream where part = %s", (part,))
        place = index * self.rig.partitions + mark.part + 1
        changed = self.rig.sql("update orders.stream set seen_seq[%s] = %s where part = %s and"
                               " seen_seq[%s] = %s returning part",
                               (place, mark.prev, part, place, mark.seq))
        equal("rows set back", [(part,)], changed)

    def _republish(self, service, part, after):
        code, out = self.rig.run(service, "republish", "--part", str(part), "--from", str(after))
        equal(f"exit code of republish ({out})", 0, code)

    def idle_republish(self):
        """Nothing flows, and what was told goes again all the same."""
        self.stack.settle(60)
        sent = {s: self.rig.metric(s, "republished_total") for s in SERVICES}
        ends = self.rig.wire.ends("catalog.events.v1")
        for part, told in self.stack.rows("catalog", "select part, out_seq from stream"):
            self._republish("catalog", part, max(0, told - 50))
        wait_for("the journal to go again", lambda: sum(self.rig.wire.ends(
            "catalog.events.v1").values()) > sum(ends.values()), 30, 0.3)
        self.stack.settle(60)
        self.rig.ready(*SERVICES)
        holds("nothing is counted as republished",
              self.rig.metric("catalog", "republished_total") > sent["catalog"])

    def chains(self):
        wrong = self.rig.chains()
        holds("; ".join(wrong[:5]), not wrong)


def main():
    owner = Owner()
    good = True
    for story in (owner.a_sleeper_is_fenced, owner.asleep_with_a_transaction_open,
                  owner.a_hole_is_shown_and_healed, owner.idle_republish, owner.chains):
        good &= owner.rig.tell(story.__name__.replace("_", "-"), story)
    good &= audited(owner.stage)
    owner.stage.end(good)


if __name__ == "__main__":
    main()
