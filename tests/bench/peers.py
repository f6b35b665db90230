"""peers: what else people build for this flow (the eight hops of `plain8`), run on the same rig
with the same meters and an audit of their own: Go's batch loop by hand, Watermill with its SQL
outbox, Spring Boot with batch listeners and as the books recommend it. Sources below peers/."""
import os
import signal
import subprocess
import time

from measure import Meters, Peak
from rig import HERE, SERVICES, StackError, wait_for

SOURCES = os.path.join(HERE, "peers")
PASSWORD = "bench"      # of a role in the rig's own Postgres, which listens on 127.0.0.1 only


class Peer:
    name, prefix, table_key, warm_up = "", "", '"order"', 0
    tables = ("orders.orders", "pricing.quote", "approvals.reservation",
              "catalog.stock_reservation", "notifications.notification")

    def __init__(self, rig):
        self.rig, self.processes = rig, {}
        self.database = "peer_" + self.name.replace("-", "_")
        self.build_folder = os.path.join(os.path.dirname(rig.folder), "peers")

    # --- once

    def program(self):
        raise NotImplementedError

    def build(self):
        raise NotImplementedError

    def schema(self):
        raise NotImplementedError

    def prepare(self, say):
        os.makedirs(self.build_folder, exist_ok=True)
        say(f"{self.name}: building")
        self.build()
        if not self.rig.value("select count(*) from pg_roles where rolname = 'bench'"):
            self.rig.sql(f"create role bench login password '{PASSWORD}'")
        if self.rig.value("select count(*) from pg_database where datname = %s",
                          (self.database,)) == 0:
            self.rig.sql(f"create database {self.database} owner bench")
            for text in self.schema():
                self.rig.sql("set role bench; " + text, self.database)
            self.rig.sql("reset role", self.database)
        self.rig.load("topics", prefix=self.prefix, flow="plain8")

    def run_tool(self, command, folder, **environment):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900,
                              env={**os.environ, **environment})
        if done.returncode:
            raise StackError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-400:]}")

    def url(self):
        port = self.rig.stack.setting("BATUTA_POSTGRES").split("port=")[1].split()[0]
        return f"postgres://bench:{PASSWORD}@127.0.0.1:{port}/{self.database}"

    # --- running

    def environment(self, service):
        return {"PGURL": self.url(), "BROKERS": self.rig.brokers(), "PREFIX": self.prefix}

    def command(self, service):
        return [self.program(), service]

    def start(self, names=SERVICES):
        for service in names:
            log = os.path.join(self.rig.folder, "log", f"{self.name}-{service}.log")
            with open(log, "a", encoding="utf-8") as out:
                self.processes[service] = subprocess.Popen(
                    self.command(service), stdout=out, stderr=out, cwd=self.build_folder,
                    env={**os.environ, **self.environment(service)})

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = {}

    def pids(self):
        for service, process in self.processes.items():
            if process.poll() is not None:
                raise StackError(f"{self.name} {service} ended by itself; see its log")
        return {s: p.pid for s, p in self.processes.items()}

    def value(self, text):
        return self.rig.value(text, None, self.database)

    def done(self):
        self.pids()
        return int(self.value("select count(*) from notifications.notification"))

    def load(self, mode, **options):
        return self.rig.load(mode, prefix=self.prefix, flow="plain8", **options)

    def empty(self):
        self.rig.sql("truncate " + ", ".join(self.tables) + ";"
                     "update approvals.account set reserved = 0 where reserved <> 0;"
                     "update catalog.stock set reserved = 0 where reserved <> 0", self.database)
        for table in ("approvals.account", "catalog.stock", "orders.orders"):
            self.rig.sql(f"vacuum analyze {table}", self.database)
        self.rig.sql("checkpoint", self.database)

    def before_backlog(self, runs):
        """Leaves the peer so that orders wait until `release`."""

    def release(self):
        self.start()

    def span(self):
        """Seconds from the first order taken to the last notification."""
        raise NotImplementedError

    # --- the audit

    def audit(self, count, read):
        wrong = []

        def expect(what, expected, text):
            found = self.value(text)
            if found != expected:
                wrong.append(f"{what}: expected {expected}, found {found}")
        for table in self.tables:
            expect(table, count, f"select count(*) from {table}")
        expect("confirmed", count,
               "select count(*) from orders.orders where state = 'confirmed'")
        key = self.table_key
        expect("orders whose total differs somewhere", 0, f"""
            select count(*) from orders.orders o left join pricing.quote q on q.{key} = o.id
            left join approvals.reservation r on r.{key} = o.id
            where o.total is distinct from q.total or o.total is distinct from r.amount
               or o.total is distinct from (
                   select sum((l ->> 'qty')::bigint * p.amount)
                   from json_array_elements(o.body::json -> 'lines') l
                   join pricing.price p on p.sku = l ->> 'sku')""")
        expect("accounts that differ from their orders", 0, """
            select count(*) from approvals.account a left join (
                select account, sum(total) s from orders.orders group by 1) o on o.account = a.id
            where a.reserved <> coalesce(o.s, 0)""")
        expect("stock that differs from the orders", 0, """
            select count(*) from catalog.stock s left join (
                select o.node, l ->> 'sku' as sku, sum((l ->> 'qty')::bigint) q
                from orders.orders o, json_array_elements(o.body::json -> 'lines') l
                group by 1, 2) x using (node, sku) where s.reserved <> coalesce(x.q, 0)""")
        if read["distinct"] != count:
            wrong.append(f"fulfilment topic: {read['distinct']} of {count} orders")
        return wrong


class GoBatch(Peer):
    name, prefix = "go-batch", "go."

    def program(self):
        return os.path.join(self.build_folder, "go-batch")

    def build(self):
        self.run_tool(["go", "build", "-o", self.program(), "."],
                      os.path.join(SOURCES, self.name), GOAMD64="v3")

    def schema(self):
        return [read_text("go.sql"), read_text("go-batch/lanes.sql")]

    def environment(self, service):
        return {**super().environment(service), "COMPRESS": "snappy", "GOMAXPROCS": "1",
                "GOGC": "400"}

    def empty(self):
        super().empty()
        for service in SERVICES:
            self.rig.sql(f"update {service}.lane set first_us = null, last_us = null",
                         self.database)

    def span(self):
        return float(self.value("select ((select last_us from notifications.lane) -"
                                " (select min(first_us) from orders.lane)) / 1e6"))


class Watermill(Peer):
    name, prefix = "watermill", "watermill."

    def program(self):
        return os.path.join(self.build_folder, "watermill")

    def build(self):
        self.run_tool(["go", "build", "-o", self.program(), "."],
                      os.path.join(SOURCES, self.name))

    def schema(self):
        return [read_text("go.sql")]

    def empty(self):
        super().empty()
        for service in SERVICES:
            if self.value(f"select to_regclass('{service}.inbox')"):
                self.rig.sql(f"truncate {service}.inbox", self.database)

    def span(self):
        return float(self.value("select extract(epoch from (select max(at) from"
                                " notifications.inbox) - (select min(at) from orders.inbox))"))


class Spring(Peer):
    """variant: what the books recommend (idiomatic) or batch listeners and JDBC (tuned)."""
    prefix, table_key = "spring.", "order_id"

    def __init__(self, rig, variant):
        self.variant, self.name = variant, "spring-" + variant
        super().__init__(rig)
        self.out = os.path.join(self.build_folder, "spring")
        self.pause = os.path.join(self.build_folder, "pause")
        self.warm_up = 20000 if variant == "tuned" else 2000

    def build(self):
        source, jar = os.path.join(SOURCES, "spring"), os.path.join(self.out, "app.jar")
        newest = max(os.stat(os.path.join(folder, name)).st_mtime
                     for folder, _, names in os.walk(source) for name in names)
        if not os.path.exists(jar) or os.stat(jar).st_mtime < newest:
            self.run_tool(["mvn", "-q", "-B", "package", "-DskipTests", f"-Dbench.out={self.out}"],
                          source)

    def schema(self):
        text = read_text("spring/schema.sql").replace("\\set ON_ERROR_STOP 1", "")
        text = text.replace("VACUUM ANALYZE;", "")
        return [f"set bench.variant = '{self.variant}'; " + text]

    def command(self, service):
        name = service.capitalize()
        main = (f"bench.tuned.{name}Tuned" if self.variant == "tuned" else
                f"bench.idiomatic.{service}.{name}Application")
        profile = ["-Dspring.profiles.active=tuned"] if self.variant == "tuned" else []
        return ["java", "-Xmx256m", "-Xms256m", "-XX:+UseSerialGC", "-Xss512k",
                f"-Dservice={service}", f"-Dpool={20 if service == 'orders' else 8}",
                f"-Dbench.jdbc=jdbc:{self.url().replace(f'bench:{PASSWORD}@', '')}",
                f"-Dbench.brokers={self.rig.brokers()}", f"-Dbench.password={PASSWORD}",
                f"-Dbench.pause={self.pause}", *profile, "-cp",
                f"{self.out}/app.jar:{self.out}/lib/*", main]

    def url(self):
        return super().url().replace("postgres://", "postgresql://")

    def hold(self, on):
        if on:
            with open(self.pause, "w", encoding="utf-8"):
                pass
        elif os.path.exists(self.pause):
            os.unlink(self.pause)

    def before_backlog(self, runs):
        """Warm JVMs, their listener paused."""
        self.hold(False)
        self.start()
        self.load("backlog", count=self.warm_up, run=runs.next())
        wait_for(f"{self.name} to warm up", lambda: self.done() >= self.warm_up, 600, 0.5)
        self.hold(True)
        time.sleep(6)       # a paused container stops fetching after its next poll
        self.drained()
        self.empty()

    def drained(self):
        def check():
            return all(self.value(f"select count(*) from {s}.outbox" +
                                  (" where published_at is null" if self.variant == "idiomatic"
                                   else "")) == 0 for s in SERVICES)
        if self.variant == "idiomatic":
            wait_for(f"{self.name}: outboxes to drain", check, 60, 0.5)
        for service in SERVICES:
            self.rig.sql(f"truncate {service}.inbox", self.database)

    def release(self):
        self.hold(False)

    def span(self):
        return float(self.value("select extract(epoch from (select max(created_at) from"
                                " notifications.notification) - (select min(created_at) from"
                                " orders.orders))"))


def read_text(name):
    with open(os.path.join(SOURCES, name), encoding="utf-8") as file:
        return file.read()


PEERS = {"go-batch": GoBatch, "watermill": Watermill,
         "spring-tuned": lambda rig: Spring(rig, "tuned"),
         "spring-idiomatic": lambda rig: Spring(rig, "idiomatic")}


def backlog(peer, runs, count, seconds=900):
    """As measure.backlog, of the peers' flow."""
    peer.stop()
    peer.empty()
    run = runs.next()
    peer.before_backlog(runs)
    mark = peer.load("mark")
    peer.load("backlog", count=count, run=run)
    peer.rig.sql("checkpoint", peer.database)
    meters = Meters(peer)
    peer.release()
    peak = Peak(peer)
    wait_for(f"{peer.name} to finish", lambda: peer.done() >= count, seconds, 0.25)
    result = {"program": peer.name, "mode": "backlog", "flow": "plain8", "orders": count,
              **meters.since(count), "resident_kib": peak.end()}
    time.sleep(1)
    read = peer.load("count", count=count, run=run, **{"from": mark})
    took = peer.span()
    result.update(seconds=round(took, 3), orders_s=round(count / took, 1),
                  partner_repeats=read["repeated"], wrong=peer.audit(count, read))
    peer.stop()
    result["rows"] = meters.rows_since(count)
    return result


def schedule(peer, runs, rate, seconds):
    run, warm, count = runs.next(), max(50, rate), max(20, rate * seconds)
    peer.stop()
    peer.empty()
    peer.before_backlog(runs)
    peer.release()
    time.sleep(3)
    peer.load("open", count=warm, rate=min(rate, 200), run=runs.next(), wait=60)
    meters, peak = Meters(peer), Peak(peer)
    read = peer.load("open", count=count, rate=rate, run=run, wait=60)
    wait_for(f"{peer.name} to finish", lambda: peer.done() >= count + warm, 120, 0.25)
    result = {"program": peer.name, "mode": "open", "flow": "plain8", "rate": rate,
              "orders": count, **meters.since(count), "resident_kib": peak.end(),
              **{k: read[k + "_us"] / 1000 for k in ("p50", "p90", "p99", "p999", "max")},
              "sender_late_max": read["sender_late_max_us"] / 1000}
    read["distinct"] += warm
    result["wrong"] = peer.audit(count + warm, read)
    peer.stop()
    result["rows"] = meters.rows_since(count)
    return result
