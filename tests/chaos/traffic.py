"""traffic: the mixed orders that flow while something breaks: plain ones of two sellers, some that
are cancelled at once, some that a person must approve, some that nobody approves in time (a timer
ends them), some that are committed where they are reserved."""
import itertools

import commands
from stack import wait_for

EXPIRE_SECONDS = 3
SETTLE_SECONDS = 120


class Traffic:
    def __init__(self, rig):
        self.rig, self.stage = rig, rig.stage
        self.asking = self.stage.account(rules=[(10, [["approver"]])])
        self.silent = self.stage.account(rules=[(10, [["approver"]], EXPIRE_SECONDS)])
        self.orders, self.to_approve = [], []

    def wave(self, rounds=1):
        """Eight orders a round. Returns their ids."""
        stage, items = self.stage, (("ten", 1), ("twenty", 1))
        found = []
        for _ in range(rounds):
            found += [stage.submit(self.rig.account, *items) for _ in range(4)]
            found.append(stage.submit(self.rig.account, *items, commit_at="reserve"))
            cancelled = stage.submit(self.rig.account, *items)
            stage.send(commands.cancel(cancelled, "bea"))
            self.to_approve.append(stage.submit(self.asking, *items))
            found += [cancelled, self.to_approve[-1], stage.submit(self.silent, *items)]
        self.orders += found
        return found

    def approve(self):
        """Says yes to what waits for it; told once for each."""
        self.stage.turn += 1
        for order in list(self.to_approve):
            row = self.stage.auth(order)
            if row and row["state"] == "pending":
                self.stage.decide("approve", order, "ada")
                self.to_approve.remove(order)

    def rest(self, orders, seconds=SETTLE_SECONDS):
        """Waits until each of them has ended or is with its sellers. Counts of their states."""
        return self.rig.settled(orders, "all was healed", seconds, self.approve)



def until(what, check, seconds, meanwhile=lambda: None, pause=0.1):
    """Waits for `check`; `meanwhile` is called now and then, with a number that counts up."""
    numbers = itertools.count()

    def look():
        if check():
            return True
        meanwhile(next(numbers))
        return check()
    wait_for(what, look, seconds, pause)
