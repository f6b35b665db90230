"""pages: what the documents say about speed, written from the kept results: docs/performance.md and
docs/profile.md between their markers, and the chart. No figure there is typed by hand."""
import json
import os
import re

from rig import ROOT, SERVICES

DOCS = os.path.join(ROOT, "docs")
KEPT = os.path.join(DOCS, "performance.json")
# What a run is remembered by; the rest of bench.json is for whoever looks at that run.
RUN_KEYS = ("program", "mode", "flow", "orders", "rate", "lines", "one", "us", "us_services",
            "us_total", "orders_s", "messages", "wal_bytes", "rows", "resident_kib", "table_bytes",
            "log_bytes", "p50", "p90", "p99", "p999", "machine_busy", "allocations", "question",
            "aside", "pace_ms", "wrong")
BUSY = 0.6                  # of a core, when planning: above, waiting grows faster than work
MIB, GIB = 1 << 20, 1 << 30


def keep(bench_path, profile_path):
    """Into docs/performance.json. A profile that is not there leaves the kept one."""
    with open(bench_path, encoding="utf-8") as file:
        kept = json.load(file)
    kept["runs"] = [{k: r[k] for k in RUN_KEYS if k in r} for r in kept["runs"]]
    profile = read_json(profile_path) or (read_json(KEPT) or {}).get("profile")
    if profile:
        kept["profile"] = profile
    with open(KEPT, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def write(report, profile):
    report.chart(os.path.join(DOCS, "performance.svg"))
    fill_in("performance.md", {
        "run": run_lines(report), "throughput": throughput(report), "latency": latency(report),
        "pace": paces(report), "targets": targets(report), "shares": shares(report),
        "growth": growth(report),
        "sizing": sizing(report)})
    if profile:
        fill_in("profile.md", {"profile": hotspots(profile)})


def fill_in(name, blocks):
    path = os.path.join(DOCS, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for block, lines in blocks.items():
        begin, end = f"<!-- from the bench: {block} -->", f"<!-- end: {block} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
        if not pattern.search(text):
            raise ValueError(f"docs/{name} has no block {block}")
        body = "\n".join([begin, "", *lines, "", end])
        text = pattern.sub(lambda _, b=body: b, text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def run_lines(report):
    about = report.about
    shared = f" The machine was shared ({report.noisy}): ratios and counts only." \
        if report.noisy else ""
    audited = len(report.sound())
    missing = about.get("failed") or []
    return [f"Run of {report.at[:10]}, `bench.py {about.get('mode', 'usual')}`, "
            f"{about['pairs']} pair{'s' if about['pairs'] != 1 else ''}, {report.machine}."
            f"{shared} {audited} of {len(report.results)} runs add up"
            + (f"; without a figure: {', '.join(missing)}." if missing else "."),
            "", f"Flow `full`: {report.order_words()}. Flow `plain8` of the product: "
            f"{report.plain8_words()}. Flow `plain8` of the peers: {report.peers_words}."]


def backlogs(report):
    found = {}
    for run in report.usual:
        if run["mode"] == "backlog" and not run["wrong"]:
            found.setdefault(run["program"], []).append(run)
    return found


def average(runs, value):
    return sum(value(r) for r in runs) / len(runs)


def throughput(report):
    head = ["program", "orders sent", "orders/s", "core-us an order",
            *(f"of it {name}" for name in (*SERVICES, "postgres", "broker")), "WAL bytes", "rows",
            "MiB"]
    rows = []
    for program, runs in backlogs(report).items():
        us = {k: average(runs, lambda r, k=k: r["us"].get(k, 0))
              for k in (*SERVICES, "postgres", "broker")}
        rows.append([program, f"{runs[0]['orders']:,}",
                     f"{average(runs, lambda r: r['orders_s']):,.0f}",
                     f"{average(runs, lambda r: r['us_total']):,.0f}",
                     *(f"{v:,.0f}" for v in us.values()),
                     f"{average(runs, lambda r: r['wal_bytes']):,.0f}",
                     f"{average(runs, lambda r: sum(r['rows'])):.1f}",
                     f"{max(sum(r['resident_kib'].values()) for r in runs) / 1024:.0f}"])
    yield from table(head, rows)
    counted = report.allocations()
    if counted:
        yield ""
        yield "Allocations of an order in the product, counted in front of glibc's allocator:"
        yield ""
        yield from table(["", *counted], [["calls", *(f"{c:,.0f}" for c, _ in counted.values())],
                                          ["bytes asked for",
                                           *(f"{b:,.0f}" for _, b in counted.values())]])


def latency(report):
    rows = []
    for program in dict.fromkeys(r["program"] for r in report.usual):
        for rate in report.rates(program):
            found = [report.mean(program, "open", k, rate=rate)
                     for k in ("p50", "p90", "p99", "p999")]
            cost = report.mean(program, "open", "us_total", rate=rate)
            rows.append([f"{rate:,}", program, *(f"{v:.1f}" for v in found), f"{cost:,.0f}"])
    rows.sort(key=lambda row: int(row[0].replace(",", "")))
    yield from table(["orders/s", "program", "p50 ms", "p90", "p99", "p99.9", "core-us an order"],
                     rows)


def paces(report):
    rows = [[f"{r['rate']:,}", r["pace_ms"], *(f"{r[k]:.1f}" for k in ("p50", "p90", "p99")),
             f"{r['us_total']:,.0f}"] for r in report.sound() if "pace_ms" in r]
    if rows:
        rows.sort(key=lambda row: (int(row[0].replace(",", "")), row[1]))
        yield from table(["orders/s", "pace ms", "p50 ms", "p90", "p99", "core-us an order"], rows)
    else:
        yield "Not asked in this run: `BENCH=\"--questions pace\"`."


def targets(report):
    yield from table(["what", "target", "measured", ""], [
        [t["what"], t["wanted"], "" if t["found"] is None else f"{t['found']:,.2f}", t["state"]]
        for t in report.targets.rows])


def shares(report):
    runs = backlogs(report).get("product")
    if not runs:
        return
    us = {k: average(runs, lambda r, k=k: r["us"].get(k, 0))
          for k in ("postgres", *SERVICES, "broker")}
    whole = sum(us.values())
    yield from table(["who", "core-us an order", "share"],
                     [[k, f"{v:,.0f}", f"{100 * v / whole:.0f} %"] for k, v in
                      sorted(us.items(), key=lambda item: -item[1])])


def growth(report):
    """What was asked beside the usual run, with the cost that it had."""
    rows = []
    for run in report.sound():
        if run["mode"] != "backlog" or not (run.get("question") or run.get("aside")):
            continue
        about = run.get("question") or {}
        words = {"filled": "many orders in the tables", "processes-2": "`orders` in 2 processes",
                 "processes-4": "`orders` in 4 processes", "one-account": "all on one account",
                 "one-sku": "one SKU in all"}
        name = (f"{run['lines']} lines an order" if "lines" in run else
                words.get(about.get("key"), "as usual, into empty tables"))
        rows.append([name, f"{run['orders']:,}", f"{run['orders_s']:,.0f}",
                     f"{run['us_total']:,.0f}"])
    if rows:
        yield from table(["backlog", "orders", "orders/s", "core-us an order"], rows)
    else:
        yield "Not asked in this run: `make bench-full`, or `BENCH=\"--questions yes\"`."


def sizing(report):
    runs = backlogs(report).get("product")
    if not runs:
        return
    cost = average(runs, lambda r: r["us_total"])
    tables = average(runs, lambda r: sum(r.get("table_bytes", {}).values()))
    log, wal = (average(runs, lambda r, k=k: r.get(k, 0)) for k in ("log_bytes", "wal_bytes"))
    rows = [
        ["orders/s that one core carries, all five services, Postgres and broker on it",
         f"{1e6 / cost:,.0f}"],
        [f"the same, planned at {BUSY:.0%} busy", f"{BUSY * 1e6 / cost:,.0f}"],
        ["cores for 1,000 orders/s at that", f"{1000 * cost / 1e6 / BUSY:.1f}"],
        ["write-ahead log an order", f"{wal / 1024:.1f} KiB"],
        ["Postgres tables and indexes, a million orders, with the dead rows that this run left",
         f"{1e6 * tables / GIB:.1f} GiB"],
        ["of that the journals", f"{1e6 * average(runs, journal_bytes) / GIB:.1f} GiB"],
        ["Kafka log, a million orders (one replica, while retention keeps it)",
         f"{1e6 * log / GIB:.1f} GiB"]]
    yield from table(["what", "figure"], rows if tables else rows[:4])


def journal_bytes(run):
    return sum(v for k, v in run.get("table_bytes", {}).items() if k.endswith(".journal"))


def hotspots(profile):
    yield (f"A backlog of {profile['orders']:,} orders, own time of each function (`perf`, "
           "cpu-clock); microseconds are of one order.")
    for name, top in profile["top"].items():
        whole = profile["us"].get(name)
        yield ""
        yield f"**{name}**" + (f", {whole:,.0f} us an order" if whole else "")
        yield ""
        yield from table(["share", "us", "function", "in"], [
            [f"{percent:.1f} %", f"{whole * percent / 100:.1f}" if whole else "", f"`{function}`",
             library] for percent, function, library in top])
