#!/usr/bin/env python3
"""runtime, kill: 300 orders flow while every process, the broker and the database are killed and
connections are cut between COMMIT and its answer. Afterwards each order has one end, money, goods
and events add up, each sub-order was announced once, every chain on the real topics is whole."""
import os
import time

from runtime import ENDS, Proxy, Rig
from scenes import audited, equal, holds
from stack import SERVICES, wait_for

FIT = 20        # orders of 30.00 that a limit of 600.00 lets through


class Kill:
    def __init__(self):
        self.rig = Rig()
        self.stage, self.stack = self.rig.stage, self.rig.stack
        self.limited = self.stage.account(limit=600)
        self.all, self.poor = [], []

    def wave(self, count):
        """Orders of two sellers, one in five of an account whose limit is soon used up."""
        poor = count // 5
        self.poor += self.rig.orders(poor, self.limited)
        self.all += self.rig.orders(count - poor)

    def _flowing(self, fewest=10):
        """So many orders are under way: what happens now happens in the middle."""
        states = self.rig.states(self.all + self.poor)
        return sum(states.get(o) not in ENDS for o in self.all + self.poor) >= fewest

    def kill_each(self):
        """All five within a second, each in the middle; then all are started again."""
        self.wave(100)
        pids = {s: self.stack.pid(s) for s in SERVICES}
        flowing = self._flowing()
        for service in SERVICES:
            self.stack.kill(service)
            time.sleep(0.1)
        holds("nothing was under way when the first was killed", flowing)
        equal("pids left", {None}, {self.stack.pid(s) for s in SERVICES})
        self.stack.up(*SERVICES)
        holds("a process survived", all(self.stack.pid(s) not in (None, pids[s])
                                        for s in SERVICES))

    def cut_commits(self):
        """orders talks to Postgres through a proxy that cuts six times: the outcome of three
        batches is unknown to it, and is commit; of three it is not."""
        proxy = Proxy(self.stack.setting("BATUTA_POSTGRES"))
        extra = os.path.join(self.stack.folder, "orders.env")
        self.stack.down("orders")
        with open(extra, "w", encoding="utf-8") as file:
            file.write(f"BATUTA_POSTGRES={proxy.conninfo}\n")
        try:
            self.stack.up("orders")
            for n in range(6):
                self.wave(10)
                proxy.cut("after" if n % 2 == 0 else "before")
            self.wave(10)
            self.rig.settled(self.all + self.poor, "the cuts")
            unknown = self.rig.metric("orders", "commit_unknown_total")
            equal("cuts", ["after", "before"] * 3, proxy.cuts)
            holds(f"commit_unknown_total is {unknown}", unknown >= 6)
        finally:
            os.unlink(extra)
            self.stack.down("orders")
            proxy.close()
            self.stack.up("orders")

    def kill_postgres(self):
        """kill -9 of the server in the middle; its children go with it, or are gone soon."""
        self.wave(60)
        flowing = self._flowing()
        before = self.stack.pid("postgres")
        self.stack.kill("postgres")
        holds("nothing was under way", flowing)
        wait_for("readiness to say so", lambda: "ostgres" in self.rig.missing("orders") or
                 "database" in self.rig.missing("orders"), 30)
        self.stack.up("postgres")
        holds("the pid is new", self.stack.pid("postgres") not in (None, before))
        self.rig.ready(*SERVICES)

    def kill_broker(self):
        """kill -9 of the broker in the middle, while commands are on their way."""
        self.wave(70)
        before = self.stack.pid("kafka")
        flowing = self._flowing()
        self.stack.kill("kafka")
        holds("nothing was under way", flowing)
        wait_for("readiness to say so", lambda: "broker" in self.rig.missing("orders"), 30)
        self.stack.up("kafka")
        holds("the pid is new", self.stack.pid("kafka") not in (None, before))
        self.rig.ready(*SERVICES)

    def ends(self):
        """One end for each: all of the plain account confirmed, of the poor one what fits."""
        found = self.rig.settled(self.all + self.poor, "everything")
        equal("orders sent", 300, len(self.all) + len(self.poor))
        equal("ends", {"confirmed": len(self.all) + FIT, "refused": len(self.poor) - FIT},
              dict(found))
        self.stack.settle(60)
        wait_for("every reader to have read what was told", self.rig.all_read, 60)
        equal("money of the poor account", (0.0, 30.0 * FIT, 0.0), self.stage.figures(self.limited))
        equal("money of the other", (0.0, 30.0 * len(self.all), 0.0),
              self.stage.figures(self.rig.account))
        confirmed = len(self.all) + FIT
        for sku, node in (("ten", f"{self.stage.a}/one"), ("twenty", f"{self.stage.b}/one")):
            equal(f"stock of {sku}", (100_000.0 - confirmed, 0.0), self.stage.on_hand(sku, node))

    def partners(self):
        wrong = self.rig.announced(self.all + self.poor)
        holds("; ".join(wrong[:5]), not wrong)

    def chains(self):
        wrong = self.rig.chains()
        holds("; ".join(wrong[:5]), not wrong)


def main():
    kill = Kill()
    good = True
    for story in (kill.kill_each, kill.cut_commits, kill.kill_postgres, kill.kill_broker,
                  kill.ends, kill.partners, kill.chains):
        good &= kill.rig.tell(story.__name__.replace("_", "-"), story)
    good &= audited(kill.stage)
    kill.stage.end(good)


if __name__ == "__main__":
    main()
