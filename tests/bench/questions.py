"""questions: what else the targets ask of the product: does an order cost more when there are many,
when it has many lines, when all meet in one account or on one SKU, when `orders` runs in several
processes; how fast does a service start and how fast is it taken over; how often does it allocate;
what the pace of batches costs and gives."""
import os
import signal
import statistics
import struct
import time

import fill
import measure
import programs
import rig
from rig import SERVICES, wait_for

STARTS = 3
PACES = (0, 3, 8, 15)      # milliseconds


def ask(result, key, found, what=None):
    """key: of targets.ASKED, which knows what is wanted; what: other words than there."""
    return {**result, "question": {"key": key, "what": what, "found": found}}


def lines(program, runs, count):
    """Cost per line from 3 to 300 lines an order."""
    found, before = [], None
    for number in (3, 30, 300):
        result = measure.backlog(program, runs, max(50, count * 3 // number), lines=number)
        per_line = result["us_total"] / number
        if before:
            found.append(ask(result, f"lines-{number}", per_line / before))
        else:
            found.append({**result, "aside": True})
        before = per_line
    return found


def crowded(program, runs, count):
    """All orders on one account, or with one SKU in each."""
    found = []
    for one in ("account", "sku"):
        result = measure.backlog(program, runs, count, one=one)
        found.append(ask(result, f"one-{one}", result["orders_s"] / program.usual_orders_s))
    return found


def filled(program, runs, count, number, say):
    """The same backlog with `number` orders in the tables already."""
    filling = fill.Filling(program, [f"{s}.{t}" for s, names in programs.ORDER_TABLES.items()
                                     for t in names], say)
    copies = max(1, number // fill.SAMPLE)
    program.stop()
    filling.make_room(copies)
    sample = measure.backlog(program, runs, fill.SAMPLE)
    filling.check_room(copies)
    filling.copy(copies)
    result = measure.backlog(program, runs, count, before=fill.SAMPLE, filling=filling)
    return [{**sample, "aside": True}, ask(
        result, "filled", result["us_total"] / program.usual_us,
        f"core-us an order with {copies * fill.SAMPLE:,} orders in the tables, against empty"
        + (" (the target is of 2,000,000)" if copies * fill.SAMPLE < 2_000_000 else ""))]


def allocated(program, runs, count):
    """Each service with the counting library in front of the allocator's."""
    folder, library = program.rig.folder, os.path.join(program.rig.tools, "count_alloc.so")
    counts = {s: os.path.join(folder, f"{s}.counts") for s in SERVICES}
    settings = {s: os.path.join(folder, f"{s}.env") for s in SERVICES}

    def counted():
        found = {}
        for service, path in counts.items():
            with open(path, "rb") as file:
                found[service] = struct.unpack("=QQ", file.read(16))
        return found
    try:
        for service, path in settings.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"LD_PRELOAD={library}\nBENCH_COUNTS={counts[service]}\n")
        return [measure.allocations(program, runs, count, counted)]
    finally:
        program.stop()
        for path in settings.values():
            os.unlink(path)


def with_settings(program, lines, measured):
    """What `measured` returns while each service has these lines of settings besides its own."""
    paths = [os.path.join(program.rig.folder, f"{s}.env") for s in SERVICES]
    try:
        for path in paths:
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in lines)
        return measured()
    finally:
        program.stop()
        for path in paths:
            os.unlink(path)


def paced(program, runs, rates, seconds):
    """Latency and cost at each pace, first without keeping the result: the broker's own code gets
    faster in its first minute."""
    found = []
    measure.schedule(program, runs, rates[0], seconds)
    for pace in PACES:
        found += with_settings(program, [f"BATUTA_PACE_MS={pace}"], lambda: [
            measure.schedule(program, runs, rate, seconds) for rate in rates])
        for result in found[-len(rates):]:
            result.update(aside=True, pace_ms=pace)
    return found


def processes(program, runs, count, number):
    """`orders` in several processes that share its partitions."""
    names = ["orders"] + [f"orders-{n}" for n in range(2, number + 1)]
    start, pids, stop = program.start, program.pids, program.stop

    def start_more(wanted=SERVICES):
        start(wanted)
        if "orders" in wanted:
            program.rig.up(*names)

    def all_pids():
        more = {n: program.rig.stack.pid(n) for n in names[1:] if program.rig.stack.pid(n)}
        return {**pids(), **more}

    def stop_all():
        program.rig.down(*SERVICES, *names[1:])
    program.start, program.pids, program.stop = start_more, all_pids, stop_all
    try:
        result = measure.backlog(program, runs, count)
    finally:
        program.start, program.pids, program.stop = start, pids, stop
    result["us_services"] += sum(result["us"].get(n, 0) for n in names[1:])
    result["us_total"] += sum(result["us"].get(n, 0) for n in names[1:])
    return [ask(result, f"processes-{number}", result["us_total"] / program.usual_us)]


def starting(program, runs):
    """Milliseconds from the birth of an `orders` process to its first batch, the median of some
    starts: cold, and after kill -9. The group notices a killed member only after its session has
    timed out; that is the broker's clock and is not counted: the process is started anew after that
    time."""
    found = {"cold": [], "killed": []}
    for how in list(found) * STARTS:
        program.stop()
        program.empty()
        program.start()
        if how != "cold":
            os.kill(program.pids()["orders"], signal.SIGKILL)
            time.sleep(7)
        else:
            program.rig.down("orders")
        program.load("backlog", count=20, run=runs.next())
        asked = time.time()
        program.start(["orders"])
        began = rig.born(program.pids()["orders"])
        wait_for("a first commit", lambda: first_commit(program, asked), 30, 0.01)
        found[how].append(1000 * (first_commit(program, asked) - began))
        program.rig.quiet(program.database, lambda: True, 30)
    program.stop()
    return [ask({"program": program.name, "mode": "start", "orders": 20, "wrong": [],
                 "each_ms": [round(m) for m in ms]}, f"start-{how}", statistics.median(ms))
            for how, ms in found.items()]


def first_commit(program, began):
    found = program.rig.value("select extract(epoch from min(recorded_at)) from orders.journal"
                              " where event_count > 0 and recorded_at > to_timestamp(%s)",
                              (began,), program.database)
    return float(found) if found else None
