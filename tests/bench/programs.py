"""programs: what is measured on the rig, each with its five processes, database and topics: the
product, and `limit`, the same flow without rules and JSON (recipe.py, limit.c)."""
import json
import os
import signal
import subprocess
import time

import recipe
import world
from rig import ROOT, SERVICES, Rig, StackError

RUNTIME_STORE = os.path.join(ROOT, "common/store.sql")
# What one order leaves behind; accounts and stock stay and are counted on.
ORDER_TABLES = {
    "orders": ("orders", "order_submitted", "order_content"), "pricing": ("quote", "quote_chain"),
    "approvals": ("order_authorization", "posting", "receipt"), "catalog": ("reservation",),
    "notifications": ("fulfilment", "notice", "payable")}
HOT = ("orders.orders", "approvals.account", "catalog.stock", "notifications.partner")


class Program:
    name, database, prefix = "", "", ""
    flow_name = "full"      # plain8: nobody asks for a commit

    def __init__(self, rig: Rig):
        self.rig = rig

    def settings(self):
        return {}

    def pids(self):
        raise NotImplementedError

    def start(self, names=SERVICES):
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def tables(self):
        return ORDER_TABLES

    def empty(self):
        """Everything that orders left, gone: each run begins with empty tables."""
        for service, tables in ORDER_TABLES.items():
            names = ", ".join(f"{service}.{t}" for t in (*tables, "timer", "journal", "answer"))
            self.rig.sql(f"truncate {names}", self.database)
            self.rig.sql(f"set search_path = {service}; select journal_extend(now()),"
                         " journal_extend(now() + interval '25 days')", self.database)
        self.rig.sql("reset search_path", self.database)
        for table in HOT:
            self.rig.sql(f"vacuum analyze {table}", self.database)
        self.rig.sql("checkpoint", self.database)

    def load(self, mode, **options):
        return self.rig.load(mode, prefix=self.prefix, **options)


class Product(Program):
    name, database, prefix = "product", "batuta", ""

    def settings(self):
        return {"services": "as make up starts them, settings at their defaults"}

    def start(self, names=SERVICES):
        self.rig.up(*names)

    def stop(self):
        self.rig.down(*SERVICES)

    def pids(self):
        return {s: self.rig.stack.pid(s) for s in SERVICES if self.rig.stack.pid(s)}


class ProductPlain8(Product):
    """The same five services; each order says that it is committed where it is reserved, as in the
    peers' flow. All else is as ever: rules, receipts, ledger, snapshots, payables, notices."""
    name, flow_name = "product-plain8", "plain8"

    def load(self, mode, **options):
        return super().load(mode, commit_at="reserve", **options)


class Limit(Program):
    name, database = "limit", "limit"

    def __init__(self, rig):
        super().__init__(rig)
        self.processes = {}
        self.recipes = os.path.join(rig.folder, "recipes")
        self.stamp = os.path.join(self.recipes, "made")     # holds the prefix of its topics
        if os.path.exists(self.stamp):
            with open(self.stamp, encoding="utf-8") as file:
                self.prefix = file.read()

    def recipe(self, service):
        return os.path.join(self.recipes, service + ".recipe")

    def prepare(self, say, run):
        """The recording and the database; both stay until the product's programs change."""
        newest = max(os.stat(os.path.join(self.rig.bin, "batuta-" + s)).st_mtime
                     for s in SERVICES)
        if not os.path.exists(self.stamp) or os.stat(self.stamp).st_mtime < newest:
            self.record(say, run)
            self.database_make()

    def flow(self):
        """What an order is made of, as it was recorded."""
        try:
            with open(os.path.join(self.recipes, "flow.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def record(self, say, run):
        say(f"limit: recording {recipe.SAMPLES} orders of the product")
        product = Product(self.rig)
        product.start()
        recipe.watch(self.rig, True)
        try:
            self.rig.load("step", count=recipe.SAMPLES, run=run, gap_us=4000)
            self.rig.quiet("batuta", lambda: True, 30)
            told = recipe.write_all(self.rig, self.recipes, run)
        finally:
            recipe.unwatch(self.rig)
        product.stop()
        say("limit: an order is " + ", ".join(
            f"{s} {t['messages'] / recipe.SAMPLES:.1f} messages {t['rows'] / recipe.SAMPLES:.1f}"
            " rows" for s, t in told.items()))

    def database_make(self):
        """The product's schemas, empty, with the world's accounts and stock."""
        self.rig.sql("drop database if exists \"limit\" with (force)")
        self.rig.connections.pop("limit", None)
        self.rig.sql("create database \"limit\"")
        with open(os.path.join(ROOT, "deploy/postgres/roles.sql"), encoding="utf-8") as file:
            self.rig.sql(file.read(), "limit")
        for service in SERVICES:
            self.migrate(service)
        for table in ("approvals.account", "catalog.stock", "notifications.partner"):
            self.copy(table)
        # New topics under a new name: positions of the new database begin at 0.
        self.topics("forget")
        self.prefix = f"limit-{int(time.time()):x}."
        self.topics("topics")
        with open(self.stamp, "w", encoding="utf-8") as file:
            file.write(self.prefix)

    def topics(self, what):
        for service in SERVICES if self.prefix else ():
            subprocess.run([os.path.join(self.rig.tools, "limit"), what, "--brokers",
                            self.rig.brokers(), "--recipe", self.recipe(service), "--prefix",
                            self.prefix], check=True, timeout=120)

    def migrate(self, service):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
        environment.update(BATUTA_POSTGRES=self.rig.conninfo("limit"),
                           BATUTA_BROKERS=self.rig.brokers())
        done = subprocess.run([os.path.join(self.rig.bin, "batuta-" + service), "migrate"],
                              env=environment, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise StackError(f"batuta-{service} migrate: {done.stderr[-300:]}")

    def copy(self, table):
        rows = self.rig.rows(f"select * from {table}")
        if not rows:
            return
        marks = ", ".join(["%s"] * len(rows[0]))
        with self.rig.connection("limit").cursor() as cursor:
            cursor.executemany(f"insert into {table} values ({marks})", rows)

    def start(self, names=SERVICES):
        for service in names:
            command = [os.path.join(self.rig.tools, "limit"), service,
                       "--brokers", self.rig.brokers(), "--postgres", self.rig.conninfo("limit"),
                       "--prefix", self.prefix, "--recipe", self.recipe(service),
                       "--store", os.path.join(ROOT, "services", service, "store.sql"),
                       "--runtime-store", RUNTIME_STORE]
            log = os.path.join(self.rig.folder, "log", f"limit-{service}.log")
            with open(log, "a", encoding="utf-8") as out:
                self.processes[service] = subprocess.Popen(command, stdout=out, stderr=out)
            self.await_ready(service, log)

    def await_ready(self, service, log):
        until = time.monotonic() + 30
        process = self.processes[service]
        while time.monotonic() < until and process.poll() is None:
            if self.rig.value("select count(*) from pg_stat_activity where datname = 'limit'"
                              " and usename = %s and state = 'idle'", (f"batuta_{service}",)):
                time.sleep(0.2)
                return
            time.sleep(0.05)
        with open(log, encoding="utf-8") as file:
            raise StackError(f"limit {service} does not start: {file.read()[-300:]}")

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for service, process in self.processes.items():
            if process.wait(30):
                raise StackError(f"limit {service} ended with {process.returncode}")
        self.processes = {}

    def pids(self):
        for service, process in self.processes.items():
            if process.poll() is not None:
                raise StackError(f"limit {service} ended by itself; see its log")
        return {s: p.pid for s, p in self.processes.items()}


def tune(rig, say):
    """The bench's Postgres as SPEC of the peers wants it; once, then kept by the cluster."""
    wanted = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
    if all(rig.value(f"show {k}") == v for k, v in wanted.items()):
        return
    say("postgres: shared_buffers 1 GB, max_wal_size 8 GB; fsync and synchronous_commit stay on")
    for name, value in wanted.items():
        rig.sql(f"alter system set {name} = '{value}'")
    rig.down(*SERVICES)
    rig.disconnect()
    rig.down("postgres")
    rig.up("postgres")
    for name in ("fsync", "synchronous_commit"):
        if rig.value(f"show {name}") != "on":
            raise StackError(f"{name} is not on")


def bring_up(rig, say):
    """Stack, world, empty services."""
    rig.up()
    tune(rig, say)
    rig.up()
    world.build(rig.stack, say)
