#!/usr/bin/env python3
"""crash-matrix: every crash point (common/crash.h) x every service. Each is armed in a process that
works in the middle of mixed orders, and must prove that it ended there: by its signal and by the
line it wrote before. Then it is started again, and at the end everything must add up: the audit of
the stack, every chain, every announcement, and the history checker over all topics and tables.

usage: tests/chaos/crash_matrix.py [--only WORD,WORD] [--keep]
  --only  points or services whose name holds one of the words
  --keep  leave the stack running (build/chaos/stack)
env: BATUTA_BIN programs of a build for tests (build/asan/bin), BATUTA_STACK
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
os.environ.setdefault("BATUTA_STACK", os.path.join(ROOT, "build/chaos/stack"))
os.environ.setdefault("BATUTA_BIN", os.path.join(ROOT, "build/asan/bin"))
sys.path[:0] = [os.path.join(ROOT, "tests/support")]

# pylint: disable=wrong-import-position
import judge
import migrations
from runtime import Rig
from scenes import Wrong
from stack import SERVICES, Stack, StackError
from traffic import Traffic, until

SECONDS = 60
# Whose events a service hears: sent again, they are repeats, which it passes over.
UPSTREAM = {"orders": "pricing", "pricing": "orders", "approvals": "orders", "catalog": "orders",
            "notifications": "orders"}


def say(text):
    print(f"crash-matrix: {text}", flush=True)


def points_of(bin_folder, service):
    """Names of the crash points in a program, in their order."""
    done = subprocess.run([os.path.join(bin_folder, f"batuta-{service}"), "crash-points"],
                          capture_output=True, text=True, check=False)
    names = [line.split()[1] for line in done.stdout.splitlines()]
    if done.returncode or not names:
        raise StackError(f"{service} has no crash points: is {bin_folder} a build for tests?")
    return list(dict.fromkeys(names))


class Matrix:
    def __init__(self, stack):
        self.stack = stack
        self.rig = Rig()
        self.traffic = Traffic(self.rig)
        self.faults, self.missed = [], []

    # --- one process that is to end

    def armed(self, service, point):
        """A process of our own in place of the stack's. Returns it and the file of its proof."""
        proof = os.path.join(self.stack.folder, "crash.proof")
        if os.path.exists(proof):
            os.unlink(proof)
        self.stack.down(service)
        return self.rig.spawn(service, CRASH_POINT=point, CRASH_FILE=proof), proof

    def provoke(self, service, point):
        """What leads a process to the point, again and again until it is there."""
        second = []

        def more(number):
            if number % 20 == 0:
                self.traffic.wave()
            self.traffic.approve()
            if point.startswith("revoke") and not second and number > 20:
                second.append(self.rig.spawn(service, BATUTA_HTTP="127.0.0.1:0"))
            if point.startswith("passed") and number % 30 == 10:
                self.rig.run(UPSTREAM[service], "republish")
        return more, second

    def die(self, service, point):
        """Arms, drives, and demands the end at this very point. Returns the fault."""
        if point.startswith("republish"):   # there must be something to send again
            self.die(service, "produce-before")
        process, proof = self.armed(service, point)
        more, second = self.provoke(service, point)
        since = judge.now()
        try:
            until(f"{service} to end at {point}", lambda: process.poll() is not None, SECONDS, more)
            told = open(proof, encoding="utf-8").read() if os.path.exists(proof) else ""
            if process.returncode != -signal.SIGKILL or told.split()[:1] != [point]:
                raise Wrong(f"{service} ended with {process.returncode} at {told!r}, not at "
                            f"{point}: {''.join(process.lines[-3:])}")
            self.faults.append({"time": since, "until": judge.now(), "kind": "kill",
                                "target": service, "happened": True, "pid": process.pid,
                                "exit": process.returncode, "point": point})
        finally:
            for one in (process, *second):
                if one.poll() is None:
                    one.kill()
                    one.wait()

    def hit(self, service, point):
        started = time.monotonic()
        try:
            self.die(service, point)
        except (Wrong, StackError) as error:
            self.missed.append(f"{service} {point}")
            say(f"NOT HIT {service} {point}: {error}")
        self.stack.up(service)
        self.traffic.wave()
        say(f"{service} {point}: {time.monotonic() - started:.1f} s, "
            f"{len(self.traffic.orders)} orders so far")

    # --- the end

    def judged(self):
        """What is wrong in the end, as lines; and the checker's last line."""
        counts = self.traffic.rest(self.traffic.orders)
        say("at rest: " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items())))
        self.stack.settle(60)
        wrong = judge.audit(self.rig, self.traffic.orders)
        folder = os.path.join(os.path.dirname(self.stack.folder), "crash-matrix")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        with open(os.path.join(folder, "faults.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(f) + "\n" for f in self.faults)
        judge.require(folder, kill=len(self.faults), redelivery=bool(self.faults))
        bad, figures = judge.history(folder, say)
        return wrong + bad, figures


def wanted(pairs, words):
    return [p for p in pairs if not words or any(w in p[0] or w in p[1] for w in words)]


def run(given):
    stack = Stack()
    shutil.rmtree(stack.folder, ignore_errors=True)
    stack.script("up", seconds=300, say=say)
    try:
        matrix = Matrix(stack)
        words = given.only.split(",") if given.only else []
        pairs = wanted([(s, p) for s in SERVICES for p in points_of(stack.bin, s)], words)
        for service, point in pairs:
            if point.startswith("migration"):
                matrix.missed += migrations.die(matrix.rig, service, point, say)
            else:
                matrix.hit(service, point)
        wrong, figures = matrix.judged()
    finally:
        if not given.keep:
            stack.script("down", seconds=120)
    for line in wrong[:20]:
        say(f"WRONG {line}")
    for line in matrix.missed:
        say(f"NOT HIT {line}")
    hit = "all" if not matrix.missed else f"{len(pairs) - len(matrix.missed)} of {len(pairs)}"
    print(f"crash-matrix: points {len({p for _, p in pairs})} services "
          f"{len({s for s, _ in pairs})} hit {hit}, {figures}")
    return 1 if wrong or matrix.missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only")
    parser.add_argument("--keep", action="store_true")
    try:
        return run(parser.parse_args())
    except (StackError, Wrong) as error:
        print(f"crash-matrix: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
