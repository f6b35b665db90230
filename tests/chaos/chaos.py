#!/usr/bin/env python3
"""chaos: trials. In each, on a fresh stack, mixed orders arrive on a fixed schedule while a seeded
schedule of faults runs (faults.py); then all is healed, and the end is judged (judge.py). A trial
whose faults did not happen is void. What a trial leaves lies in build/chaos/trials/N.

usage: tests/chaos/chaos.py [--trials N] [--seed S] [--faults N] [--resume] [--again FOLDER]
  --resume  goes on behind the last trial of the same seed that is written down
  --again   runs the schedule of a trial's folder once more
env: BATUTA_BIN (build/release/bin), BATUTA_STACK (build/chaos/stack)
"""
import argparse
import json
import os
import random
import re
import shutil
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
os.environ.setdefault("BATUTA_STACK", os.path.join(ROOT, "build/chaos/stack"))
os.environ.setdefault("BATUTA_BIN", os.path.join(ROOT, "build/release/bin"))
sys.path[:0] = [os.path.join(ROOT, "tests/support")]

# pylint: disable=wrong-import-position
import faults as nemesis
import judge
from runtime import Proxy, Rig
from scenes import Wrong
from stack import SERVICES, Stack, StackError
from traffic import Traffic

WAVE_SECONDS = 0.8      # eight orders each
TOTALS = ("kills", "takeovers", "unknown-commits")
BAD = ("lost", "doubled", "reordered", "money-off")


def say(text):
    print(f"chaos: {text}", flush=True)


class Load(threading.Thread):
    """Waves on a fixed schedule, whatever comes back, until told to stop."""

    def __init__(self, traffic):
        super().__init__(daemon=True)
        self.traffic, self.over, self.error = traffic, threading.Event(), None

    def run(self):
        due = time.monotonic()
        try:
            while not self.over.is_set():
                self.traffic.wave()
                due += WAVE_SECONDS
                self.over.wait(max(0, due - time.monotonic()))
        except Exception:  # pylint: disable=broad-except
            self.error = traceback.format_exc()

    def end(self):
        self.over.set()
        self.join(60)
        if self.error or self.is_alive():
            raise StackError(f"the load broke off: {self.error}")


class Trial:
    def __init__(self, folder, plan):
        self.folder, self.plan = folder, plan
        self.records, self.counts = [], dict.fromkeys(TOTALS, 0)
        self.stack = Stack()

    def write(self):
        with open(os.path.join(self.folder, "schedule.json"), "w", encoding="utf-8") as file:
            json.dump(self.plan, file, indent=1)
        with open(os.path.join(self.folder, "faults.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(f) + "\n" for f in self.records)

    def proxied(self):
        """The service of the plan talks to Postgres through a proxy from its start on."""
        proxy = Proxy(self.stack.setting("BATUTA_POSTGRES"))
        name = self.plan["proxied"]
        with open(os.path.join(self.stack.folder, f"{name}.env"), "w", encoding="utf-8") as file:
            file.write(f"BATUTA_POSTGRES={proxy.conninfo}\n")
        self.stack.down(name)
        self.stack.up(name)
        return proxy

    def faults(self, rig, proxy):
        """Runs the schedule; what did not happen, as lines."""
        draw = random.Random(self.plan["seed"])
        doer = nemesis.Faults(rig, draw, self.plan["proxied"], proxy)
        missing = []
        for step in self.plan["steps"]:
            say(f"  {step['kind']} after {step['wait']} s")
            try:
                self.records += nemesis.run(doer, step)
            except Wrong as error:
                missing.append(str(error))
                say(f"  DID NOT HAPPEN: {error}")
        self.counts = doer.counts
        return missing

    def run(self):
        """(void: why, or "", wrong lines, figures)"""
        shutil.rmtree(self.stack.folder, ignore_errors=True)
        self.stack.script("up", seconds=300)
        rig = Rig()
        traffic = Traffic(rig)
        proxy = self.proxied()
        load = Load(traffic)
        load.start()
        try:
            missing = self.faults(rig, proxy)
            time.sleep(1)
            load.end()
            self.stack.up("postgres", "kafka", *SERVICES)
            counts = traffic.rest(traffic.orders)
            self.stack.settle(90)
            say("  at rest: " + ", ".join(f"{n} {s}" for s, n in sorted(counts.items())))
            self.write()
            judge.require(self.folder, cut=1)
            wrong = judge.audit(rig, traffic.orders)
            bad, figures = judge.history(self.folder, say, poison=True)
        finally:
            load.over.set()
            self.write()
            self.stack.script("down", seconds=120)
            proxy.close()
        return "; ".join(missing), wrong + bad, figures


def plan_of(seed, number, count):
    draw = random.Random(f"{seed}/{number}")
    return {"seed": f"{seed}/{number}", "proxied": draw.choice(SERVICES),
            "steps": nemesis.schedule(draw, count)}


def trial(folder, plan):
    """One line of the table."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    began = time.monotonic()
    one = Trial(folder, plan)
    try:
        void, wrong, figures = one.run()
    except (Wrong, StackError) as error:
        void, wrong, figures = "", [str(error)], "lost 1 doubled 0 reordered 0 money-off 0"
    for line in wrong[:10]:
        say(f"  WRONG {line}")
    found = {k: int(n) for k, n in re.findall(r"([a-z-]+) (\d+)", figures)} or {"lost": 1}
    return {"plan": plan, "void": void, "wrong": wrong[:50],
            "seconds": round(time.monotonic() - began), **one.counts,
            **{k: found.get(k, 0) for k in BAD}}


def last_line(rows):
    sums = {k: sum(r[k] for r in rows if not r["void"] or r["wrong"]) for k in (*TOTALS, *BAD)}
    return (f"chaos: trials {len(rows)} void {sum(bool(r['void']) for r in rows)} "
            + " ".join(f"{k} {n}" for k, n in sums.items()))


def kept(path, seed):
    """Lines of earlier trials of this seed."""
    try:
        with open(path, encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
    except FileNotFoundError:
        return []
    return [r for r in rows if r["plan"]["seed"].rsplit("/", 1)[0] == str(seed)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--faults", type=int, default=5)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--again")
    given = parser.parse_args()
    base = os.path.join(os.path.dirname(os.environ["BATUTA_STACK"]), "trials")
    table = os.path.join(base, "table.jsonl")
    os.makedirs(base, exist_ok=True)
    if given.again:
        with open(os.path.join(given.again, "schedule.json"), encoding="utf-8") as file:
            rows = [trial(os.path.join(base, "again"), json.load(file))]
    else:
        rows = kept(table, given.seed) if given.resume else []
        if not given.resume and os.path.exists(table):
            os.unlink(table)
        for number in range(len(rows) + 1, given.trials + 1):
            say(f"trial {number} of {given.trials}, seed {given.seed}")
            rows.append(trial(os.path.join(base, str(number)),
                              plan_of(given.seed, number, given.faults)))
            with open(table, "a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    print(last_line(rows))
    return 1 if any(r["wrong"] or r["void"] for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
