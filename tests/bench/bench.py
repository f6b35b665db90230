#!/usr/bin/python3
"""bench: the product, the bare loop `limit` and the peers, in turn, on one stack: real Kafka,
real Postgres with fsync and synchronous_commit on. Every run is audited; one that does not add up
has no figure.

usage: bench.py [short|usual|full|profile] [--orders N] [--pairs N] [--rates A,B|none] [--seconds N]
                [--peers NAME,NAME|none] [--questions yes|no] [--out FOLDER]
env: BATUTA_BENCH_STACK its own stack (build/bench/stack), BATUTA_BIN, BATUTA_BENCH_TOOLS
"""
import os
import shutil
import sys

import measure
import peers
import hotspots
import programs
import questions
from report import Report
from rig import SERVICES, Rig, StackError

MODES = {
    "short": {"orders": 5000, "pairs": 1, "rates": [200], "seconds": 5, "peers": ["go-batch"],
              "questions": False},
    "usual": {"orders": 0, "pairs": 1, "rates": [200, 1000, 4000], "seconds": 20,
              "peers": ["go-batch"], "questions": False},
    "full": {"orders": 500_000, "pairs": 3, "rates": [200, 1000, 4000], "seconds": 20,
             "peers": list(peers.PEERS), "questions": True},
    "profile": {"orders": 20_000, "pairs": 1, "rates": [], "seconds": 0, "peers": [],
                "questions": False}}
BACKLOG_SECONDS, FRAMEWORK_SECONDS, TRIAL = 30, 60, 5000
# Orders a second to begin with, so that a framework's run takes about a minute.
FRAMEWORK_GUESS = {"watermill": 150, "spring-tuned": 2500, "spring-idiomatic": 80}


def say(text):
    print(f"bench: {text}", flush=True)


def number_list(text):
    return [int(x) for x in text.split(",") if x not in ("", "none", "0")]


def options_of(arguments):
    mode = arguments.pop(0) if arguments and not arguments[0].startswith("-") else "usual"
    if mode not in MODES:
        raise ValueError(mode)
    wanted = {**MODES[mode], "mode": mode, "out": os.path.dirname(Rig().folder)}
    readers = {"--orders": ("orders", int), "--pairs": ("pairs", int),
               "--rates": ("rates", number_list), "--seconds": ("seconds", int),
               "--peers": ("peers", lambda t: [p for p in t.split(",") if p and p != "none"]),
               "--questions": ("questions", lambda t: t == "yes"), "--out": ("out", str)}
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
        self.peers, self.results = [], []
        load = os.getloadavg()[0]
        self.noisy = f"load {load:.1f} before the first run" if load > 0.5 else ""

    def keep(self, result):
        self.results.append(result)
        figure = (f"{result['orders_s']:,.0f} orders/s" if "orders_s" in result else
                  f"p99 {result['p99']:.1f} ms" if "p99" in result else "")
        state = "adds up" if not result["wrong"] else "DOES NOT ADD UP: " + result["wrong"][0]
        say(f"{result['program']} {result['mode']} of {result['orders']:,}: {figure}, "
            f"{result.get('us_total', 0):,.0f} core-us an order, {state}")
        return result

    def prepare(self):
        programs.bring_up(self.rig, say)
        self.limit.prepare(say, self.runs.next())
        for name in self.options["peers"]:
            tool = "go" if name in ("go-batch", "watermill") else "mvn"
            if not shutil.which(tool):
                say(f"absent: {name} ({tool} is not here)")
                continue
            peer = peers.PEERS[name](self.rig)
            peer.prepare(say)
            self.peers.append(peer)

    def orders(self):
        """So many that the product works for about 30 s."""
        if not self.options["orders"]:
            trial = measure.backlog(self.product, self.runs, TRIAL)
            self.options["orders"] = max(TRIAL, int(trial["orders_s"]) * BACKLOG_SECONDS)
            say(f"trial: {trial['orders_s']:,.0f} orders/s, so {self.options['orders']:,} orders")
        return self.options["orders"]

    def peer_orders(self, peer):
        guess = FRAMEWORK_GUESS.get(peer.name)
        if not guess or self.options["mode"] == "short":
            return self.options["orders"] if not guess else guess * 10
        return guess * FRAMEWORK_SECONDS

    def pair(self):
        """One after the other, so that what changes on the machine meets all alike."""
        self.keep(measure.backlog(self.limit, self.runs, self.options["orders"]))
        self.keep(measure.backlog(self.product, self.runs, self.options["orders"]))
        for peer in self.peers:
            self.keep(peers.backlog(peer, self.runs, self.peer_orders(peer)))

    def rates(self):
        most = self.results_of("product")
        rates = list(self.options["rates"])
        if rates and most and self.options["mode"] != "short":
            rates.append(int(most / 2 / 50) * 50 or 50)
        for rate in sorted(set(rates)):
            if most and rate > most * 0.9:
                say(f"{rate} orders/s: more than the product reached ({most:,.0f}); not tried")
                continue
            self.keep(measure.schedule(self.limit, self.runs, rate, self.options["seconds"]))
            self.keep(measure.schedule(self.product, self.runs, rate, self.options["seconds"]))
            for peer in self.peers:
                if peer.name == "go-batch":
                    self.keep(peers.schedule(peer, self.runs, rate, self.options["seconds"]))

    def results_of(self, program):
        found = [r["orders_s"] for r in self.results
                 if r["program"] == program and r["mode"] == "backlog" and not r["wrong"]]
        return min(found) if found else 0

    def ask(self):
        usual = [r for r in self.results if r["program"] == "product" and r["mode"] == "backlog"]
        count = min(self.options["orders"], 20_000)
        base = self.keep({**measure.backlog(self.product, self.runs, count), "aside": True})
        self.product.usual_us = base["us_total"]
        for found in (questions.crowded(self.product, self.runs, count, base["orders_s"]),
                      questions.lines(self.product, self.runs, count),
                      questions.processes(self.product, self.runs, count, 2),
                      questions.starting(self.product, self.runs),
                      questions.many(self.product, self.runs, count,
                                     4 * self.options["orders"] if usual else count)):
            for result in found:
                self.keep(result)

    def profile(self):
        recording = hotspots.Recording(self.product, os.path.join(self.options["out"], "profile"))
        result = self.keep(measure.backlog(self.product, self.runs, self.options["orders"],
                                           recording))
        names = list(SERVICES) + ["postgres-" + s for s in SERVICES]
        lines = hotspots.table(recording, names, result["us"])
        print("\n".join(lines))
        with open(os.path.join(self.options["out"], "profile.txt"), "w",
                  encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

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
            self.pair()
        self.rates()
        if self.options["questions"]:
            self.ask()
        return self.tell()

    def tell(self):
        report = Report(self.results, self.noisy, self.options["pairs"], self.limit.flow())
        judged = list(report.judge())
        print("\n".join(["", *report.lines(), *judged]))
        report.write(os.path.join(self.options["out"], "bench.json"))
        report.chart(os.path.join(self.options["out"], "bench.svg"))
        say(f"written: {os.path.relpath(self.options['out'])}/bench.json and bench.svg")
        print(report.last_line())
        return 0 if all(not r["wrong"] for r in self.results) else 1

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
