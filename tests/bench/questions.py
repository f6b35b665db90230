"""questions: what else the targets ask of the product: does an order cost more when there are many,
when it has many lines, when all meet in one account or on one SKU, when `orders` runs in several
processes; how fast does a service start and how fast is it taken over."""
import os
import signal
import time

import measure
import rig
from rig import SERVICES, StackError, wait_for


def ask(result, what, wanted, found):
    return {**result, "question": {"what": what, "wanted": wanted, "found": found}}


def lines(program, runs, count):
    """Cost per line from 3 to 300 lines an order."""
    found, before = [], None
    for number in (3, 30, 300):
        result = measure.backlog(program, runs, max(50, count * 3 // number), lines=number)
        per_line = result["us_total"] / number
        if before:
            found.append(ask(result, f"core-us a line, {number} lines against {before[0]}",
                             "<= 1.0", per_line / before[1]))
        before = (number, per_line)
    return found


def crowded(program, runs, count, spread_orders_s):
    """All orders on one account, or with one SKU in each."""
    found = []
    for one in ("account", "sku"):
        result = measure.backlog(program, runs, count, one=one)
        found.append(ask(result, f"all orders on one {one}, orders/s against spread", ">= 0.5",
                         result["orders_s"] / spread_orders_s))
    return found


def many(program, runs, count, before):
    """The same backlog on top of `before` orders that stay in the tables."""
    empty = measure.backlog(program, runs, before)
    result = measure.backlog(program, runs, count, before=before)
    return [{**empty, "aside": True}, ask(
        result, f"core-us an order with {before:,} in the tables, against empty", "<= 1.15",
        result["us_total"] / program.usual_us)]


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
    return [ask(result, f"core-us an order, orders in {number} processes against 1", "<= 1.15",
                result["us_total"] / program.usual_us)]


def starting(program, runs):
    """Milliseconds from the birth of an `orders` process to its first batch: cold, and after kill
    -9. The group notices a killed member only after its session has timed out; that is the broker's
    clock and is not counted: the process is started anew after that time."""
    found = {}
    for how in ("cold", "after kill -9"):
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
        try:
            wait_for("a first commit", lambda: first_commit(program, asked), 30, 0.01)
        except StackError:
            continue
        found[how] = 1000 * (first_commit(program, asked) - began)
        program.rig.quiet(program.database, lambda: True, 30)
    program.stop()
    return [{"program": program.name, "mode": "start", "orders": 20, "wrong": [],
             "question": {"what": f"ms to the first commit, {how}", "wanted": "<= 300",
                          "found": ms}} for how, ms in found.items()]


def first_commit(program, began):
    found = program.rig.value("select extract(epoch from min(recorded_at)) from orders.journal"
                              " where event_count > 0 and recorded_at > to_timestamp(%s)",
                              (began,), program.database)
    return float(found) if found else None
