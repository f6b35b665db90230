#!/usr/bin/python3
"""bench: the product, the bare loop `limit` and the peers, in turn, on one stack: real Kafka,
real Postgres with fsync and synchronous_commit on. Every run is audited; one that does not add up
has no figure.

usage: bench.py [short|usual|full|profile] [--orders N] [--pairs N] [--rates A,B|none] [--seconds N]
                [--peers NAME,NAME|none] [--questions yes|no|NAME,NAME] [--filled N] [--out FOLDER]
questions: start allocations pace crowded lines processes filled
env: BATUTA_BENCH_STACK its own stack (build/bench/stack), BATUTA_BIN, BATUTA_BENCH_TOOLS
"""
import json
import os
import shutil
import signal
import subprocess
import sys

import hotspots
import measure
import peers
import programs
import questions
import steps
from report import Report
from rig import SERVICES, Rig, StackError

QUESTIONS = ("start", "allocations", "pace", "crowded", "lines", "processes", "filled")
ALONE = ("start", "allocations", "pace")        # what needs no usual run beside it
MODES = {
    "short": {"orders": 5000, "pairs": 1, "rates": [200], "seconds": 5, "peers": ["go-batch"],
              "questions": ()},
    "usual": {"orders": 0, "pairs": 1, "rates": [200, 1000, 4000], "seconds": 20,
              "peers": ["go-batch"], "questions": QUESTIONS[:2]},
    "full": {"orders": 500_000, "pairs": 3, "rates": [200, 1000, 4000], "seconds": 20,
             "peers": list(peers.PEERS), "questions": QUESTIONS},
    "profile": {"orders": 20_000, "pairs": 1, "rates": [], "seconds": 0, "peers": [],
                "questions": ()}}
FILLED = 2_000_000
PACE_RATES = (200, 1000)
BACKLOG_SECONDS, FRAMEWORK_SECONDS, TRIAL = 30, 60, 5000
# Orders a second to begin with, so that a framework's run takes about a minute.
FRAMEWORK_GUESS = {"watermill": 150, "spring-tuned": 2500, "spring-idiomatic": 80}


def say(text):
    print(f"bench: {text}", flush=True)


def number_list(text):
    return [int(x) for x in text.split(",") if x not in ("", "none", "0")]


def question_list(text):
    names = {"yes": QUESTIONS, "no": ()}.get(text) or tuple(n for n in text.split(",") if n != "no")
    if set(names) - set(QUESTIONS):
        raise ValueError(text)
    return names


def options_of(arguments):
    mode = arguments.pop(0) if arguments and not arguments[0].startswith("-") else "usual"
    if mode not in MODES:
        raise ValueError(mode)
    wanted = {**MODES[mode], "mode": mode, "filled": FILLED, "out": os.path.dirname(Rig().folder)}
    readers = {"--orders": ("orders", int), "--pairs": ("pairs", int),
               "--rates": ("rates", number_list), "--seconds": ("seconds", int),
               "--peers": ("peers", lambda t: [p for p in t.split(",") if p and p != "none"]),
               "--questions": ("questions", question_list), "--filled": ("filled", int),
               "--out": ("out", str)}
    while arguments:
        name, reader = readers[arguments.pop(0)]
        wanted[name] = reader(arguments.pop(0))
    for name in wanted["peers"]:
        if name not in peers.PEERS:
            raise ValueError(name)
    return wanted


class Bench:
    def __init__(self, options):
        self.options = options
        self.rig = Rig()
        self.runs = measure.Runs(self.rig)
        self.product, self.limit = programs.Product(self.rig), programs.Limit(self.rig)
        self.plain8 = programs.ProductPlain8(self.rig)
        self.peers, self.results, self.unreached, self.failed = [], [], [], []
        self.steps = steps.Steps(os.path.join(options["out"], "steps.json"), self.rig,
                                 {k: v for k, v in options.items() if k != "out"})
        load = os.getloadavg()[0]
        self.noisy = f"load {load:.1f} before the first run" if load > 0.5 else ""

    def keep(self, result):
        self.results.append(result)
        figure = (f"{result['orders_s']:,.0f} orders/s, " if "orders_s" in result else
                  f"p99 {result['p99']:.1f} ms, " if "p99" in result else "")
        cost = f"{result['us_total']:,.0f} core-us an order, " if "us_total" in result else ""
        state = "adds up" if not result["wrong"] else "DOES NOT ADD UP: " + result["wrong"][0]
        say(f"{result['program']} {result['mode']} of {result['orders']:,}: {figure}{cost}{state}")

    def step(self, name, measured):
        """measured: called for a list of results, unless a bench that was broken off has them. A
        step that fails is said and has no figure; the others go on."""
        found = self.steps.kept(name)
        if found is None:
            try:
                found = measured()
            except (StackError, OSError, subprocess.SubprocessError) as error:
                say(f"FAILED: {name}: {error}")
                self.failed.append(name)
                return []
            self.steps.keep(name, found)
        else:
            say(f"{name}: measured before, kept")
        for result in found:
            self.keep(result)
        return found

    def prepare(self):
        programs.bring_up(self.rig, say)
        self.limit.prepare(say, self.runs.next())
        for name in self.options["peers"]:
            tool = "go" if name in ("go-batch", "watermill") else "mvn"
            if not shutil.which(tool):
                say(f"absent: {name} ({tool} is not here); going on without it")
                continue
            peer = peers.PEERS[name](self.rig)
            try:
                peer.prepare(say)
            except StackError as error:
                say(f"absent: {name} (it cannot be built here); going on without it: {error}")
                continue
            self.peers.append(peer)

    def orders(self):
        """So many that the product works for about 30 s."""
        if not self.options["orders"]:
            trial = measure.backlog(self.product, self.runs, TRIAL)
            self.options["orders"] = max(TRIAL, int(trial["orders_s"]) * BACKLOG_SECONDS)
            say(f"trial: {trial['orders_s']:,.0f} orders/s, so {self.options['orders']:,} orders")

    def peer_orders(self, peer):
        guess = FRAMEWORK_GUESS.get(peer.name)
        if not guess or self.options["mode"] == "short":
            return self.options["orders"] if not guess else guess * 10
        return guess * FRAMEWORK_SECONDS

    def pair(self, number):
        """One after the other, so that what changes on the machine meets all alike."""
        count = self.options["orders"]
        for program in (self.limit, self.product, self.plain8):
            self.step(f"pair {number}, {program.name}",
                      lambda p=program: [measure.backlog(p, self.runs, count)])
        for peer in self.peers:
            self.step(f"pair {number}, {peer.name}",
                      lambda p=peer: [peers.backlog(p, self.runs, self.peer_orders(p))])

    def rates(self):
        most = self.slowest()
        rates = list(self.options["rates"])
        if rates and most and self.options["mode"] != "short":
            rates.append(int(most / 2 / 50) * 50 or 50)
        for rate in sorted(set(rates)):
            if most and rate > most * 0.9:
                say(f"{rate} orders/s: more than the product reached ({most:,.0f}); not tried")
                self.unreached.append(rate)
                continue
            self.rate(rate)

    def rate(self, rate):
        seconds = self.options["seconds"]
        for program in (self.limit, self.product):
            self.step(f"{rate}/s, {program.name}",
                      lambda p=program: [measure.schedule(p, self.runs, rate, seconds)])
        for peer in (p for p in self.peers if p.name == "go-batch"):
            self.step(f"{rate}/s, {peer.name}",
                      lambda p=peer: [peers.schedule(p, self.runs, rate, seconds)])

    def slowest(self):
        found = [r["orders_s"] for r in self.results if not r["wrong"] and
                 r["program"] == "product" and r["mode"] == "backlog"]
        return min(found) if found else 0

    def ask(self):
        product, runs = self.product, self.runs
        count = min(self.options["orders"], 20_000)
        base = []
        if set(self.options["questions"]) - set(ALONE):
            base = self.step("questions, base", lambda: [
                {**measure.backlog(product, runs, count), "aside": True}])
        if base:
            product.usual_us, product.usual_orders_s = base[0]["us_total"], base[0]["orders_s"]
        asked = {
            "start": lambda: questions.starting(product, runs),
            "allocations": lambda: questions.allocated(product, runs, min(count, 5000)),
            "pace": lambda: questions.paced(product, runs, PACE_RATES, self.options["seconds"]),
            "crowded": lambda: questions.crowded(product, runs, count),
            "lines": lambda: questions.lines(product, runs, count),
            "processes": lambda: questions.processes(product, runs, count, 2) +
            questions.processes(product, runs, count, 4),
            "filled": lambda: questions.filled(product, runs, count, self.options["filled"], say)}
        for name in self.options["questions"]:
            if base or name in ALONE:
                self.step(f"question {name}", asked[name])

    def profile(self):
        recording = hotspots.Recording(self.product, os.path.join(self.options["out"], "profile"))
        result = measure.backlog(self.product, self.runs, self.options["orders"], recording)
        self.keep(result)
        names = list(SERVICES) + ["postgres-" + s for s in SERVICES]
        lines = hotspots.table(recording, names, result["us"])
        print("\n".join(lines))
        with open(os.path.join(self.options["out"], "profile.json"), "w",
                  encoding="utf-8") as file:
            json.dump({"orders": self.options["orders"], "us": result["us"],
                       "top": {n: recording.top(n) for n in names}}, file, indent=1)

    def run(self):
        os.makedirs(self.options["out"], exist_ok=True)
        if self.options["mode"] == "profile":
            programs.bring_up(self.rig, say)
            self.profile()
            return 0
        self.prepare()
        self.orders()
        for number in range(self.options["pairs"]):
            say(f"pair {number + 1} of {self.options['pairs']}")
            self.pair(number + 1)
        self.rates()
        self.ask()
        code = self.tell()
        self.steps.done()
        return code

    def tell(self):
        report = Report(self.results, {
            "noisy": self.noisy, "pairs": self.options["pairs"], "flow": self.limit.flow(),
            "unreached": self.unreached, "failed": self.failed, "mode": self.options["mode"]})
        print("\n".join(["", *report.lines(), *report.targets.lines()]))
        for name in self.failed:
            print(f"NO FIGURE: {name} failed; see above")
        report.write(os.path.join(self.options["out"], "bench.json"))
        report.chart(os.path.join(self.options["out"], "bench.svg"))
        say(f"written: {os.path.relpath(self.options['out'])}/bench.json and bench.svg")
        print(report.last_line())
        return 1 if self.failed or any(r["wrong"] for r in self.results) else 0

    def close(self):
        for program in (self.limit, *self.peers):
            for process in program.processes.values():
                process.kill()
                process.wait()
        self.rig.down()


def main():
    try:
        options = options_of(sys.argv[1:])
    except (ValueError, KeyError, IndexError) as error:
        print(f"bench: {error}\n{__doc__}", file=sys.stderr)
        return 64
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))    # the stack goes down all the same
    bench = Bench(options)
    try:
        return bench.run()
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        if bench.results:       # hours of work are not lost with the last run
            bench.tell()
        return 1
    finally:
        bench.close()


if __name__ == "__main__":
    sys.exit(main())
