"""faults: what is done to a running stack, each with the proof that it happened. A fault returns
its records (as tests/checker reads them) and leaves the stack healed; one that did not happen
raises."""
import contextlib
import os
import signal
import time
import uuid

import judge
from runtime import Proxy
from scenes import Wrong, holds
from stack import SERVICES, StackError, wait_for

TAKEOVER = 40       # seconds, with a session of 6
STALL = (2, 6)      # seconds that the broker or the database stands still


def fault(kind, target, since, **proof):
    return {"time": since, "until": judge.now(), "kind": kind, "target": target, "happened": True,
            **proof}


class Faults:
    """draw: random.Random of the trial. proxied: the service that talks to Postgres through a
    proxy, and that proxy."""

    def __init__(self, rig, draw, proxied, proxy):
        self.rig, self.stack, self.draw = rig, rig.stack, draw
        self.proxied, self.proxy = proxied, proxy
        self.counts = {"kills": 0, "takeovers": 0, "unknown-commits": 0}

    # --- of processes

    def _killed(self, name):
        since, before = judge.now(), self.stack.pid(name)
        self.rig.kill(name)
        self.counts["kills"] += 1
        time.sleep(self.draw.uniform(0, 2))
        self.stack.up(name)
        after = self.stack.pid(name)
        holds(f"{name} was not replaced: {before} -> {after}", after not in (None, before))
        return fault("kill", name, since, pid=before, new_pid=after)

    def kill(self):
        """kill -9 of one service."""
        return [self._killed(self.draw.choice(SERVICES))]

    def kill_all(self):
        """kill -9 of all five, one right after the other; then all are started."""
        since, pids = judge.now(), {s: self.stack.pid(s) for s in SERVICES}
        for service in SERVICES:
            self.rig.kill(service)
            self.counts["kills"] += 1
        self.stack.up(*SERVICES)
        return [fault("kill", s, since, pid=pids[s], new_pid=self.stack.pid(s)) for s in SERVICES]

    def _owned(self, instance):
        with contextlib.suppress(StackError, OSError):
            return self.rig.metric(instance, "partitions_owned")
        return -1

    def pause(self):
        """SIGSTOP of an owner past its session; another takes over and works; SIGCONT: the sleeper
        must change nothing, and share again."""
        service = self.draw.choice(SERVICES)
        second, since, began = service + "-2", judge.now(), time.monotonic()
        pid = self.stack.pid(service)
        os.kill(pid, signal.SIGSTOP)
        try:
            self.stack.up(second)
            wait_for(f"{second} to take what {service} held",
                     lambda: self._owned(second) == self.rig.partitions, TAKEOVER)
            time.sleep(self.draw.uniform(0.5, 2))
        finally:
            os.kill(pid, signal.SIGCONT)
        slept = time.monotonic() - began
        wait_for(f"{service} and {second} to share",
                 lambda: self._owned(service) > 0 and self._owned(service) + self._owned(second) ==
                 self.rig.partitions, TAKEOVER)
        self.counts["takeovers"] += 1
        self.stack.down(second)
        return [fault("stop", service, since, seconds=round(slept, 3))]

    def scale(self):
        """1 -> 3 -> 1 processes of a service."""
        service, since = self.draw.choice(SERVICES), judge.now()
        names = [service, service + "-2", service + "-3"]
        self.stack.up(*names[1:])
        wait_for(f"three processes of {service} to share",
                 lambda: all(self._owned(n) > 0 for n in names) and
                 sum(self._owned(n) for n in names) == self.rig.partitions, TAKEOVER)
        shares = [self._owned(n) for n in names]
        time.sleep(self.draw.uniform(0.5, 2))
        self.stack.down(*names[1:])
        wait_for(f"{service} to have all again",
                 lambda: self._owned(service) == self.rig.partitions, TAKEOVER)
        self.counts["takeovers"] += 2
        return [fault("scale", service, since, shares=shares)]

    # --- of what they stand on

    def _stalled(self, name):
        since, seconds = judge.now(), self.draw.uniform(*STALL)
        pid = self.stack.pid(name)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            state = file.read().rsplit(") ", 1)[1][0]
        os.kill(pid, signal.SIGCONT)
        holds(f"{name} was not stopped but {state}", state == "T")
        return fault("stop", name, since, seconds=round(seconds, 3))

    def kill_broker(self):
        return [self._killed("kafka")]

    def stop_broker(self):
        return [self._stalled("kafka")]

    def kill_postgres(self):
        return [self._killed("postgres")]

    def cut(self):
        """The connection of one service to Postgres is cut between COMMIT and its answer, and
        before a COMMIT: of the first the outcome is unknown to it, and is yes."""
        since = judge.now()
        before = self.rig.metric(self.proxied, "commit_unknown_total")
        for kind in ("after", "before"):
            self.proxy.cut(kind, 30)
        wait_for(f"{self.proxied} to notice",
                 lambda: self.rig.metric(self.proxied, "commit_unknown_total") >= before + 2, 30)
        self.counts["unknown-commits"] += 1
        return [fault("cut", self.proxied, since, bytes=len(Proxy.PATTERN),
                      cuts=self.proxy.cuts[-2:])]

    # --- of what comes in

    def poison(self):
        """Records that no service can read, on every open topic, by a stranger."""
        wire, since, sent = self.rig.wire, judge.now(), 0
        for topic in ("orders.commands.v1", "catalog.commands.v1", "pricing.commands.v1",
                      "approvals.commands.v1", "partners.responses.v1"):
            for value in (b"", b"no JSON", b'{"order":1}', b"[" * 200, b"\xff\xfe", b"{}" * 50_000,
                          None):
                key = str(uuid.UUID(int=self.draw.getrandbits(128))).encode()
                kind = self.draw.choice(("batuta.orders.order.submit.v1", "batuta.x.y.z.v9", ""))
                wire.send(topic, key, value, wire.headers(kind, key, value, signed=False))
                sent += 1
        refused = wire.flush()
        holds(f"the broker refused {len(refused)} of {sent}", not refused)
        return [fault("poison", "every open topic", since, sent=sent)]


KINDS = ("kill", "kill_all", "pause", "scale", "kill_broker", "stop_broker", "kill_postgres", "cut",
         "poison")


def schedule(draw, count):
    """So many faults, with the pause before each; a cut is always among them."""
    kinds = [draw.choice(KINDS) for _ in range(count - 1)] + ["cut"]
    draw.shuffle(kinds)
    return [{"kind": kind, "wait": round(draw.uniform(0.5, 3), 2)} for kind in kinds]


def run(faults, step):
    """Records of one step; Wrong when it did not happen."""
    time.sleep(step["wait"])
    try:
        return getattr(faults, step["kind"])()
    except (StackError, OSError) as error:
        raise Wrong(f"{step['kind']}: {error}") from error
