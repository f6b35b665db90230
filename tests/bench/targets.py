"""targets: what the product wants to reach, as ratios within one run, each judged: met, NOT MET,
or not asked by this form of the bench."""
import statistics

from rig import SERVICES

PEERS = (("go-batch", 1.0), ("spring-tuned", 4.0), ("spring-idiomatic", 50.0), ("watermill", 50.0))
RATES = (200, 1000, 4000)
P99_MOST = {200: 50, 1000: 100}
RESIDENT_MIB, FLAT, FLAT_FROM, GROWN = 100, 1.10, 10_000, 4
LATENCY_RATIO = 1.3
# Answers of questions.py, by the key that each carries.
ASKED = (
    ("filled", "core-us an order with 2,000,000 orders in the tables, against empty", "<= 1.15"),
    ("lines-30", "core-us a line, 30 lines an order against 3", "<= 1.0"),
    ("lines-300", "core-us a line, 300 lines an order against 30", "<= 1.0"),
    ("one-account", "all orders on one account, orders/s against spread", ">= 0.5"),
    ("one-sku", "one SKU in all orders, orders/s against spread", ">= 0.5"),
    ("processes-2", "core-us an order, orders in 2 processes against 1", "<= 1.15"),
    ("processes-4", "core-us an order, orders in 4 processes against 1", "<= 1.15"),
    ("start-cold", "ms from the birth of orders to its first commit, cold", "<= 300"),
    ("start-killed", "ms to the first commit, taken over after kill -9", "<= 300"))


def is_met(wanted, found):
    least, bound = wanted.split()
    return found >= float(bound) if least == ">=" else found <= float(bound)


class Targets:
    def __init__(self, report):
        self.report, self.rows = report, []
        self.throughput()
        self.latency()
        self.costs()
        self.memory()

    def add(self, what, wanted, found, why="not asked"):
        """found None: nothing was measured, for this reason."""
        state = why
        if found is not None:
            state = "met" if is_met(wanted, found) else "NOT MET"
        self.rows.append({"what": what, "wanted": wanted, "state": state,
                          "found": None if found is None else round(found, 3)})

    def throughput(self):
        self.add("product / limit, orders/s, flow full", ">= 0.7", self.report.ratio("limit"))
        for peer, least in PEERS:
            self.add(f"product (plain8) / {peer} (plain8), orders/s", f">= {least:g}",
                     self.report.ratio(peer))

    def latency(self):
        measured = self.report.rates("product")
        half = [r for r in measured if r not in RATES]
        for rate in (*RATES, *half):
            name = f"half of maximum ({rate:,}/s)" if rate in half else f"{rate:,}/s"
            ours = self.report.mean("product", "open", "p99", rate=rate)
            theirs = self.report.mean("limit", "open", "p99", rate=rate)
            why = "NOT MET: not reached" if rate in self.report.unreached else "not asked"
            if rate in P99_MOST:
                self.add(f"p99 at {name}, ms", f"<= {P99_MOST[rate]}", ours, why)
            self.add(f"p99 at {name}, product / limit", f"<= {LATENCY_RATIO}",
                     ours / max(0.001, theirs) if ours and theirs else None, why)

    def costs(self):
        answers = {r["question"]["key"]: r["question"] for r in self.report.sound()
                   if r.get("question")}
        for key, what, wanted in ASKED:
            answer = answers.get(key) or {"found": None}
            self.add(answer.get("what") or what, wanted, answer["found"])

    def memory(self):
        runs = [r for r in self.report.sound() if r["program"] == "product" and
                r["mode"] == "backlog" and not r.get("question") and "lines" not in r]
        if not runs:
            return
        many = max(r["orders"] for r in runs)
        few = min([r["orders"] for r in runs if r["orders"] >= FLAT_FROM] or [many])
        for service in SERVICES:
            at = {n: statistics.mean(r["resident_kib"].get(service, 0) / 1024 for r in runs
                                     if r["orders"] == n) for n in (few, many)}
            self.add(f"resident MiB of {service} at {many:,} orders", f"<= {RESIDENT_MIB}",
                     at[many])
            if many >= GROWN * few:
                self.add(f"resident MiB of {service}, {many:,} orders against {few:,}",
                         f"<= {FLAT}", at[many] / max(0.001, at[few]))

    def lines(self):
        width = max([len(t["what"]) for t in self.rows] or [0])
        yield f"{'':<{width}}    target   measured"
        for t in self.rows:
            found = "-" if t["found"] is None else f"{t['found']:,.2f}"
            yield f"{t['what']:<{width}}  {t['wanted']:>8}  {found:>9}  {t['state']}"
