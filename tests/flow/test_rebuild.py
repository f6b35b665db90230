#!/usr/bin/env python3
"""rebuild topics: every topic is deleted and made anew, on a stack of its own. Commands that lay
unread are named; everything that was told is told again and applied by nobody twice; the chains on
the new topics are whole from their beginning; new orders flow."""
import os
import shutil
import sys

STACK = os.path.join(os.path.dirname(os.environ["BATUTA_STACK"]), "stack-rebuild")
os.environ["BATUTA_STACK"] = STACK

# pylint: disable=wrong-import-position
from runtime import Rig
from scenes import audited, equal, holds
from stack import SERVICES, Stack


class Rebuild:
    def __init__(self):
        self.rig = Rig()
        self.stage, self.stack = self.rig.stage, self.rig.stack
        self.before, self.unread, self.rows = [], [], {}

    def figures(self):
        """What must not move: states, money and goods."""
        return (self.rig.states(self.before), self.stage.figures(self.rig.account),
                [self.stage.on_hand(sku, node) for sku, node in
                 (("ten", f"{self.stage.a}/one"), ("twenty", f"{self.stage.b}/one"))])

    def told(self):
        """(service, events told) of each service: none may be told anew."""
        return {s: int(self.stack.value(s, "select sum(out_seq) from stream")) for s in SERVICES}

    def orders_come_to_rest(self):
        self.before = self.rig.orders(40)
        equal("ends", {"confirmed": 40}, dict(self.rig.settled(self.before, "they were sent")))
        self.stage.turn += 1
        for order in self.before[:5]:
            self.stage.deliver_all(order)
        self.rig.settled(self.before, "five were delivered")
        self.stack.settle(60)
        self.rows = self.figures(), self.told()

    def it_refuses_while_services_run(self):
        code, _, error = self.stack.batuta("rebuild", "topics", "--yes")
        holds(f"it ended with {code}: {error}", code == 4 and "running" in error)
        code, _, error = self.stack.batuta("rebuild", "topics")
        holds(f"without --yes it ended with {code}", code not in (0, 4) and "--yes" in error)

    def all_topics_are_new(self):
        self.stack.down(*SERVICES)
        self.unread = self.rig.orders(3)
        code, out, error = self.stack.batuta(
            "rebuild", "topics", "--yes", "--partner", self.stage.a, "--partner", self.stage.b,
            seconds=120)
        equal(f"exit code ({error})", 0, code)
        for order in self.unread:
            holds(f"the unread command of {order} is not named", f"key {order}" in out)
        holds("it does not count them", "orders: 3 commands that it has not read" in out)
        self.stack.up(*SERVICES)
        self.rig.ready(*SERVICES)

    def nothing_is_applied_twice(self):
        self.stack.settle(90)
        equal("states, money, goods", self.rows[0], self.figures())
        equal("events told", self.rows[1], self.told())
        equal("orders of the lost commands", {}, self.rig.states(self.unread))
        repeats = sum(self.rig.metric(s, "repeats_total") for s in SERVICES)
        holds(f"only {repeats} repeats were dropped", repeats >= 40 * 5)

    def the_new_topics_are_whole(self):
        wrong = self.rig.chains() + self.rig.announced(self.before)
        holds("; ".join(wrong[:5]), not wrong)

    def lost_commands_may_be_sent_again(self):
        for order in self.unread:
            self.stage.submit(self.rig.account, ("ten", 1), ("twenty", 1), order=order)
        more = self.rig.orders(20)
        equal("ends", {"confirmed": 23},
              dict(self.rig.settled(self.unread + more, "the topics were made anew")))
        wrong = self.rig.chains()
        holds("; ".join(wrong[:5]), not wrong)


def main():
    shutil.rmtree(STACK, ignore_errors=True)
    stack = Stack()
    stack.script("up", seconds=200)
    try:
        rebuild = Rebuild()
        good = True
        for story in (rebuild.orders_come_to_rest, rebuild.it_refuses_while_services_run,
                      rebuild.all_topics_are_new, rebuild.nothing_is_applied_twice,
                      rebuild.the_new_topics_are_whole, rebuild.lost_commands_may_be_sent_again):
            good &= rebuild.rig.tell(story.__name__.replace("_", "-"), story)
        good &= audited(rebuild.stage)
        rebuild.stage.sender.close()
    finally:
        stack.script("down", seconds=120)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
