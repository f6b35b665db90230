"""rig: the bench's own stack (Postgres, Kafka, five services, in a folder of its own) and its
meters: processor time from /proc, WAL, rows, memory."""
import json
import os
import subprocess
import sys
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))

from stack import Stack, StackError, wait_for  # noqa: E402

SERVICES = ("orders", "pricing", "approvals", "catalog", "notifications")
TICK = os.sysconf("SC_CLK_TCK")


def ticks(pid, children=False):
    """Processor time of a process in microseconds; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            f = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    own = int(f[11]) + int(f[12]) + (int(f[13]) + int(f[14]) if children else 0)
    return own * 1_000_000 // TICK


def resident(pid):
    """KiB; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith("VmRSS"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def born(pid):
    """When a process began, as time.time() counts, to 10 ms."""
    with open("/proc/uptime", encoding="utf-8") as file:
        up = float(file.read().split()[0])
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        started = int(file.read().rsplit(")", 1)[1].split()[19])
    return time.time() - up + started / TICK


def machine():
    """Busy and all time of the whole machine, in ticks; and the load."""
    with open("/proc/stat", encoding="utf-8") as file:
        f = [int(x) for x in file.readline().split()[1:]]
    return sum(f) - f[3] - f[4], sum(f)


class Rig:
    def __init__(self, folder=None, bin_folder=None):
        self.root = ROOT
        self.bin = os.path.abspath(bin_folder or os.environ.get("BATUTA_BIN") or
                                   os.path.join(ROOT, "build/release/bin"))
        self.folder = os.path.abspath(folder or os.environ.get("BATUTA_BENCH_STACK") or
                                      os.path.join(ROOT, "build/bench/stack"))
        self.tools = os.path.abspath(os.environ.get("BATUTA_BENCH_TOOLS") or
                                     os.path.join(os.path.dirname(self.bin), "bench"))
        self.stack = Stack(self.folder, self.bin)
        self.connections = {}

    # --- the stack

    def up(self, *names):
        self.stack.script("up", *names, seconds=300)

    def down(self, *names):
        if not names:
            self.disconnect()
        self.stack.script("down", *names, seconds=120)

    def brokers(self):
        return self.stack.setting("BATUTA_BROKERS")

    def conninfo(self, database="batuta"):
        return self.stack.setting("BATUTA_POSTGRES").replace("dbname=batuta", f"dbname={database}")

    def connection(self, database="batuta"):
        if database not in self.connections:
            self.connections[database] = psycopg2.connect(self.conninfo(database),
                                                          user="postgres")
            self.connections[database].autocommit = True
        return self.connections[database]

    def disconnect(self):
        for connection in self.connections.values():
            connection.close()
        self.connections = {}
        self.stack.disconnect()

    def sql(self, text, database="batuta"):
        with self.connection(database).cursor() as cursor:
            cursor.execute(text)

    def rows(self, text, arguments=None, database="batuta"):
        with self.connection(database).cursor() as cursor:
            cursor.execute(text, arguments)
            return cursor.fetchall()

    def value(self, text, arguments=None, database="batuta"):
        return self.rows(text, arguments, database)[0][0]

    # --- tools

    def load(self, mode, seconds=600, **options):
        """Runs `load`; its line as a dictionary (of `mark`: the text)."""
        command = [os.path.join(self.tools, "load"), mode, "--brokers", self.brokers()]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            raise StackError(f"load {mode} ended with {done.returncode}: {done.stderr[-300:]}")
        return done.stdout.strip() if mode == "mark" else json.loads(done.stdout)

    # --- meters

    def postgres_pids(self):
        master = self.stack.pid("postgres")
        with open(f"/proc/{master}/task/{master}/children", encoding="utf-8") as file:
            return master, [int(p) for p in file.read().split()]

    def processor(self, services):
        """services: name -> pid. Microseconds since each began."""
        master, children = self.postgres_pids()
        told = {name: ticks(pid) for name, pid in services.items()}
        told["postgres"] = ticks(master, True) + sum(ticks(c) for c in children)
        told["broker"] = ticks(self.stack.pid("kafka"))
        return told

    def wal(self):
        return int(self.value("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))

    def log_bytes(self):
        """What the broker's log takes on disk: files are made large and are mostly holes."""
        found = 0
        for folder, _, names in os.walk(os.path.join(self.folder, "kafka", "data")):
            for name in names:
                try:
                    found += os.stat(os.path.join(folder, name)).st_blocks * 512 \
                        if name.endswith(".log") else 0
                except FileNotFoundError:
                    pass        # a segment that was just dropped
        return found

    def row_counts(self, database="batuta"):
        """Rows written since ever: inserted, updated, deleted."""
        return [int(x) for x in self.rows(
            "select coalesce(sum(n_tup_ins), 0), coalesce(sum(n_tup_upd), 0),"
            " coalesce(sum(n_tup_del), 0) from pg_stat_user_tables", None, database)[0]]

    def progress(self, database="batuta"):
        """(events told, acknowledged) of each service."""
        parts = " union all ".join(
            f"select '{s}', coalesce(sum(out_seq), 0)::bigint, coalesce(sum(pub_seq), 0)::bigint"
            f" from {s}.stream" for s in SERVICES)
        return {name: (int(out), int(pub)) for name, out, pub in self.rows(parts, None, database)}

    def quiet(self, database, done, seconds, still=0.5, alive=lambda: None):
        """Waits until `done()` and nothing is told any more and all of it is acknowledged. alive:
        raises when there is nothing to wait for any more."""
        last = [None, time.monotonic()]

        def check():
            alive()
            now = self.progress(database)
            if now != last[0]:
                last[:] = [now, time.monotonic()]
            return (all(o == p for o, p in now.values()) and
                    time.monotonic() - last[1] >= still and done())
        wait_for("the orders to come to rest", check, seconds, 0.1)


def describe_machine():
    """One line: processors, memory, kernel."""
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) // 1024 // 1024
    kernel = os.uname().release.split("-")[0]
    return f"{os.cpu_count()} processors ({model}), {memory} GiB, Linux {kernel}"
