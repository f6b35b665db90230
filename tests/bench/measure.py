"""measure: one run of one program: a closed backlog or an open schedule, with its meters and its
audit."""
import threading
import time

from adding_up import Books
from rig import SERVICES, machine, resident

RUN_MAX = 4096


class Peak:
    """The largest resident memory of each process, looked at each half second."""

    def __init__(self, program):
        self.program, self.found, self.stop = program, {}, threading.Event()
        self.pids = program.pids()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self):
        while not self.stop.wait(0.5):
            for name, pid in self.pids.items():
                self.found[name] = max(self.found.get(name, 0), resident(pid))

    def end(self):
        self.stop.set()
        self.thread.join(5)
        for name, pid in self.pids.items():
            self.found[name] = max(self.found.get(name, 0), resident(pid))
        return self.found


class Meters:
    def __init__(self, program):
        self.program, self.rig = program, program.rig
        self.processor = self.rig.processor(program.pids())
        self.wal = self.rig.wal()
        self.rows = self.rig.row_counts(program.database)
        self.log = self.rig.log_bytes()
        self.machine = machine()

    def since(self, count):
        """Per order, since these were read."""
        processor, wal, busy = self.rig.processor(self.program.pids()), self.rig.wal(), machine()
        us = {k: round((v - self.processor.get(k, 0)) / count, 2) for k, v in processor.items()}
        services = sum(us[s] for s in SERVICES if s in us)
        return {"us": us, "us_services": round(services, 2),
                "us_total": round(services + us["postgres"] + us["broker"], 2),
                "wal_bytes": round((wal - self.wal) / count),
                "log_bytes": round((self.rig.log_bytes() - self.log) / count),
                "machine_busy": round((busy[0] - self.machine[0]) /
                                      max(1, busy[1] - self.machine[1]), 3)}

    def rows_since(self, count):
        """Inserted, updated, deleted per order; once the program has stopped, for a backend tells
        its counts when it ends."""
        time.sleep(0.5)
        rows = self.rig.row_counts(self.program.database)
        return [round((b - a) / count, 2) for a, b in zip(self.rows, rows)]


class Runs:
    """Numbers the runs, so that no order of one is taken for another's."""

    def __init__(self, rig):
        self.rig = rig
        self.number = int(time.time()) % 3000 + 16

    def next(self):
        self.number = 16 + (self.number - 15) % (RUN_MAX - 16)
        return self.number


def announced(program):
    return program.rig.value("select count(*) from notifications.fulfilment", None,
                             program.database)


def rest(program, count, seconds):
    """Waits until every order has its announcement and its last answers, and all is quiet."""
    program.rig.quiet(program.database, lambda: announced(program) >= count, seconds,
                      alive=program.pids)


def span(program, since):
    """Seconds from the first batch to the last, over all services, by their journals."""
    parts = " union all ".join(f"select min(recorded_at) a, max(recorded_at) b from {s}.journal"
                               f" where event_count > 0 and recorded_at >= '{since}'"
                               for s in SERVICES)
    return float(program.rig.value(f"select extract(epoch from max(b) - min(a)) from ({parts}) t",
                                   None, program.database))


def table_sizes(program, count):
    """Bytes per order of each table that orders go into, with its indexes."""
    names = [f"{s}.{t}" for s, tables in program.tables().items() for t in (*tables, "journal")]
    return {name: round(int(program.rig.value(
        "select pg_total_relation_size(%s::regclass) + coalesce((select sum("
        "pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = %s::regclass), 0)",
        (name, name), program.database)) / count, 1) for name in names}


def batch_sizes(program, count, since):
    """Batches of each service per 1,000 orders."""
    return {s: round(1000 * program.rig.value(
        f"select count(distinct recorded_at) from {s}.journal where recorded_at >= '{since}'",
        None, program.database) / count, 1) for s in SERVICES}


def messages(program, count):
    """Of an order, by the journals: all that was told, and the command that began it."""
    told = " + ".join(f"(select coalesce(sum(event_count), 0) from {s}.journal)" for s in SERVICES)
    return round(1 + int(program.rig.value(f"select {told}", None, program.database)) / count, 2)


def backlog(program, runs, count, during=None, before=0, filling=None, **flow):
    """All orders lie in the topic before `orders` starts. during: called with the pids once all
    run; what it returns is called at the end. before: so many orders of earlier runs stay in the
    tables; 0: they are emptied first. filling: copies that lie there too, and are taken out before
    the audit."""
    run, others = runs.next(), [s for s in SERVICES if s != "orders"]
    program.stop()
    if not before:
        program.empty()
        program.books = Books(program)
    books, already = program.books, announced(program) if before else 0
    program.start(others)
    mark = program.load("mark")
    program.load("backlog", count=count, run=run, **flow)
    since = program.rig.value("select now()::text", None, program.database)
    meters = Meters(program)
    program.start(["orders"])
    peak, ended = Peak(program), during(program.pids()) if during else None
    rest(program, already + count, 120 + count // 50)
    if ended:
        ended()
    result = {"program": program.name, "mode": "backlog", "flow": program.flow_name,
              "orders": count, **flow, **meters.since(count), "resident_kib": peak.end()}
    seconds = span(program, since)
    read = program.load("count", count=count, run=run, **{"from": mark})
    if filling:
        filling.clear()
    wrong = books.check(before + count, {k: v + before for k, v in read.items()})
    if not before:
        result.update(table_bytes=table_sizes(program, count), messages=messages(program, count))
    result.update(seconds=round(seconds, 3), orders_s=round(count / seconds, 1),
                  batches=batch_sizes(program, count, since), partner_repeats=read["repeated"],
                  wrong=wrong, looked=books.looked)
    program.stop()
    result["rows"] = meters.rows_since(count)
    return result


def allocations(program, runs, count, counted):
    """Calls of the allocator and bytes asked for, per order and service. counted: returns name ->
    (calls, bytes) of the services that run, which carry the counting library."""
    program.stop()
    program.empty()
    books, warm = Books(program), 200
    program.start()
    mark = program.load("mark")
    program.load("backlog", count=warm, run=runs.next())
    rest(program, warm, 120)
    before = counted()
    run = runs.next()
    program.load("backlog", count=count, run=run)
    rest(program, warm + count, 120)
    after = counted()
    read = program.load("count", count=count, run=run, **{"from": mark})
    wrong = books.check(warm + count, {**read, **{k: read[k] + warm for k in ("distinct", "sent")}})
    program.stop()
    return {"program": program.name, "mode": "allocations", "orders": count, "wrong": wrong,
            "allocations": {s: [round((a - b) / count, 1) for a, b in zip(after[s], before[s])]
                            for s in SERVICES}}


def schedule(program, runs, rate, seconds):
    """Orders go out on a fixed schedule; latency is from the scheduled moment."""
    run, count = runs.next(), max(20, rate * seconds)
    program.stop()
    program.empty()
    books = Books(program)
    program.start()
    warm = max(50, min(500, rate))
    program.load("open", count=warm, rate=min(rate, 200), run=runs.next())
    since = program.rig.value("select now()::text", None, program.database)
    meters = Meters(program)
    peak = Peak(program)
    read = program.load("open", count=count, rate=rate, run=run, wait=30)
    rest(program, count + warm, 120)
    result = {"program": program.name, "mode": "open", "flow": program.flow_name, "rate": rate,
              "orders": count,
              **meters.since(count), "resident_kib": peak.end(),
              **{k: read[k + "_us"] / 1000 for k in ("p50", "p90", "p99", "p999", "max")},
              "sender_late_max": read["sender_late_max_us"] / 1000,
              "batches": batch_sizes(program, count, since)}
    read.update(distinct=read["distinct"] + warm, sent=read["sent"] + warm)
    result.update(wrong=books.check(count + warm, read), looked=books.looked)
    program.stop()
    result["rows"] = meters.rows_since(count)
    return result
