#!/usr/bin/python3
"""report: the table, the targets with met or not met, the JSON file and the chart.

usage: report.py --docs [BENCH.json [PROFILE.json]]
  without a file: writes the documents anew from docs/performance.json; with files: keeps these
  results there first
"""
import json
import statistics
import sys
import time

import pages

from rig import SERVICES, describe_machine
from targets import Targets

BAR, GAP, LEFT, WIDTH = 22, 10, 170, 760
PRODUCTS = ("product", "product-plain8")
PLAIN8 = PRODUCTS[1]
COLOURS = {"services": "#2f6db5", "postgres": "#7a8f3c", "broker": "#c97b2a"}


def mean(results, key):
    values = [r[key] for r in results]
    return statistics.mean(values) if values else 0


def sound(results):
    """Only runs that add up have figures."""
    return [r for r in results if not r["wrong"]]


def pick(results, program, mode, **more):
    return [r for r in sound(results) if r["program"] == program and r["mode"] == mode and
            all(r.get(k) == v for k, v in more.items())]


def programs_of(results):
    return list(dict.fromkeys(r["program"] for r in results))


class Report:
    peers_words = "9 messages of some hundred bytes, 8 rows, no rules"

    def __init__(self, results, about):
        """about: noisy, pairs, flow (what recipe.py found an order to be; {} when unknown),
        unreached (rates above the product's maximum), and of a kept report machine and at."""
        self.results, self.about = results, about
        self.noisy, self.flow = about["noisy"], about["flow"]
        self.unreached = about["unreached"]
        self.machine = about.get("machine") or describe_machine()
        self.at = about.get("at") or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.usual = [r for r in results if not r.get("question") and not r.get("aside")
                      and r["mode"] in ("backlog", "open")]
        self.targets = Targets(self)

    def sound(self):
        return sound(self.results)

    def rates(self, program):
        return sorted({r["rate"] for r in pick(self.usual, program, "open")})

    def mean(self, program, mode, key, **more):
        """None: no such run."""
        found = pick(self.usual, program, mode, **more)
        return mean(found, key) if found else None

    # --- ratios

    def ratios(self, other):
        """product/other by pair: the n-th run of one against the n-th of the other. The peers do
        plain8, and so does the product beside them."""
        ours = pick(self.usual, "product" if other == "limit" else PLAIN8, "backlog")
        theirs = pick(self.usual, other, "backlog")
        return [a["orders_s"] / b["orders_s"] for a, b in zip(ours, theirs)]

    def ratio(self, other):
        values = self.ratios(other)
        return statistics.median(values) if values else None

    # --- the table

    def lines(self):
        yield "machine: " + self.machine
        yield f"flow full (product, limit): {self.order_words()}"
        yield f"flow plain8 ({PLAIN8}): {self.plain8_words()}; the peers: {self.peers_words}"
        if self.noisy:
            yield f"NOISY: the machine was shared ({self.noisy}); ratios and counts only"
        yield ""
        yield ("program            orders/s   core-us an order: services =  orders pricing "
               "approv. catalog notific.   postgres  broker   WAL B  rows  MiB")
        for program in programs_of(self.usual):
            runs = pick(self.usual, program, "backlog")
            if runs:
                yield self.backlog_line(program, runs)
        yield ""
        yield "program            rate/s      p50      p90      p99     p99.9 ms   core-us  busy"
        for program in programs_of(self.usual):
            for rate in self.rates(program):
                yield self.open_line(program, rate)
        yield from self.allocation_lines()
        yield ""
        for result in (r for r in self.results if r["wrong"]):
            yield (f"NO FIGURE: {result['program']} {result['mode']} of {result['orders']} does "
                   "not add up: " + "; ".join(result["wrong"][:3]))

    def allocations(self):
        """service -> [calls of the allocator, bytes asked for] an order; {} when not counted."""
        found = pick(self.results, "product", "allocations")
        return found[0]["allocations"] if found else {}

    def allocation_lines(self):
        counted = self.allocations()
        if counted:
            yield ""
            yield "allocations of an order (calls, bytes asked for): " + "; ".join(
                f"{s} {calls:,.0f}, {size:,.0f}" for s, (calls, size) in counted.items())

    def order_words(self):
        told = self.flow.get("services", {}).values()
        each = {k: sum(t[k] for t in told) / self.flow.get("samples", 1)
                for k in ("messages", "rows", "header_bytes", "body_bytes")}
        return (f"an order is {each['messages'] + 1:.1f} messages, {each['rows']:.1f} row "
                f"changes, {each['header_bytes']:,.0f} bytes of headers, "
                f"{each['body_bytes']:,.0f} of bodies")

    def plain8_words(self):
        """What an order is that is committed where it is reserved, by its own runs."""
        full, early = (pick(self.usual, p, "backlog") for p in PRODUCTS)
        if not full or not early:
            return "not measured"
        rows = [statistics.mean(sum(r["rows"]) for r in runs) for runs in (early, full)]
        return (f"an order is {mean(early, 'messages'):.1f} messages, in a backlog {rows[0]:.1f} "
                f"row changes (of full {rows[1]:.1f}): no commits are asked for, and all rules, "
                "receipts, the ledger, snapshots, the payable and the notice are as in full, so "
                "that it does more than the peers")

    def backlog_line(self, program, runs):
        us = {k: statistics.mean(r["us"].get(k, 0) for r in runs) for k in runs[0]["us"]}
        memory = max(sum(r["resident_kib"].values()) for r in runs) / 1024
        spread = [r["orders_s"] for r in runs]
        wide = f" ({min(spread):,.0f}-{max(spread):,.0f})" if len(spread) > 1 else ""
        return (f"{program:<16} {mean(runs, 'orders_s'):>10,.0f}   "
                f"{mean(runs, 'us_services'):26.1f} =" +
                "".join(f" {us.get(s, 0):7.1f}" for s in SERVICES) +
                f"   {us['postgres']:8.1f} {us['broker']:7.1f} {mean(runs, 'wal_bytes'):7,.0f}"
                f" {statistics.mean(sum(r['rows']) for r in runs):5.1f} {memory:4.0f}"
                f"  n {runs[0]['orders']:,}{wide}")

    def open_line(self, program, rate):
        runs = pick(self.usual, program, "open", rate=rate)
        return (f"{program:<16} {rate:>8,}" +
                "".join(f" {mean(runs, k):8.1f}" for k in ("p50", "p90", "p99", "p999")) +
                f"      {mean(runs, 'us_total'):7.1f}  {mean(runs, 'machine_busy') * 100:3.0f} %")

    # --- files

    def last_line(self):
        audited = len(sound(self.results))
        words = [f"{p}/{o} {self.ratio(o):.2f}" if self.ratio(o) else f"{p}/{o} none"
                 for p, o in zip(PRODUCTS, ("limit", "go-batch"))]
        return f"bench: {', '.join(words)}, audited runs {audited} of {len(self.results)}"

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**self.about, "at": self.at, "machine": self.machine,
                       "ratios": {o: self.ratios(o) for o in programs_of(self.usual)
                                  if o not in PRODUCTS},
                       "targets": self.targets.rows, "runs": self.results}, file, indent=1)
            file.write("\n")

    def foot(self):
        return f"{self.at[:10]}, {self.machine}" + (f"; NOISY: {self.noisy}" if self.noisy else "")

    def chart(self, path):
        """Core-microseconds of an order, by who spends them; orders/s beside each bar."""
        rows = []
        for program in programs_of(self.usual):
            runs = pick(self.usual, program, "backlog")
            if runs:
                rows.append((program, mean(runs, "orders_s"),
                             [("services", mean(runs, "us_services")),
                              ("postgres", statistics.mean(r["us"]["postgres"] for r in runs)),
                              ("broker", statistics.mean(r["us"]["broker"] for r in runs))]))
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(svg(rows, self.foot())) + "\n")


def svg(rows, note):
    most = max([sum(v for _, v in parts) for _, _, parts in rows] or [1])
    height = 70 + len(rows) * (BAR + GAP) + 40
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 30}" '
           f'height="{height}" font-family="sans-serif" font-size="13">')
    yield '<rect width="100%" height="100%" fill="#ffffff"/>'
    yield ('<text x="12" y="24" font-size="15">Processor time of one order, microseconds '
           '(shorter is better)</text>')
    for place, (name, colour) in enumerate(COLOURS.items()):
        x = LEFT + place * 110
        yield f'<rect x="{x}" y="36" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{x + 17}" y="47">{name}</text>'
    for n, (program, orders_s, parts) in enumerate(rows):
        y, x = 62 + n * (BAR + GAP), LEFT
        yield f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{program}</text>'
        for name, value in parts:
            width = value / most * (WIDTH - 200)
            yield (f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" '
                   f'fill="{COLOURS[name]}"/>')
            x += width
        total = sum(v for _, v in parts)
        yield (f'<text x="{x + 8:.1f}" y="{y + 16}">{total:,.0f} us, {orders_s:,.0f} orders/s'
               '</text>')
    yield f'<text x="12" y="{height - 14}" font-size="11" fill="#555555">{note}</text>'
    yield "</svg>"


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments.pop(0) != "--docs" or len(arguments) > 2:
        print(__doc__, file=sys.stderr)
        return 64
    if arguments:
        pages.keep(arguments[0], arguments[1] if len(arguments) > 1 else "")
    kept = pages.read_json(pages.KEPT)
    if not kept:
        print("report: nothing is kept in docs/performance.json", file=sys.stderr)
        return 1
    pages.write(Report(kept.pop("runs"), kept), kept.get("profile"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
