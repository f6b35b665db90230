"""runtime: what the fault tests of the runtime share: orders that flow while something breaks, what
a service says of itself, a proxy that cuts a connection between COMMIT and its answer, and a walk
over the real topics that follows every chain as its reader does."""
import collections
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time

import psycopg2

from scenes import Stage, Wrong, check, equal, holds
from stack import SERVICES, StackError, wait_for
from wire import Wire, header

WAIT = 90
ENDS = ("confirmed", "refused", "closed", "cancelled", "expired")
READERS = {"pricing.requests.v1": "pricing", "approvals.requests.v1": "approvals",
           "catalog.requests.v1": "catalog", "notifications.requests.v1": "notifications",
           "pricing.events.v1": "orders", "approvals.events.v1": "orders",
           "catalog.events.v1": "orders", "notifications.events.v1": "orders",
           **{f"{s}.routed.v1": s for s in SERVICES}}

Mark = collections.namedtuple("Mark", "service part incarnation seq prev")


def _writer(topic):
    return "orders" if topic.endswith(".requests.v1") else topic.split(".")[0]


def mark_of(record):
    """The link that a record of a chained topic is, or None."""
    found = re.fullmatch(r"([a-z]+)/(\d+) (\d+) (\d+) (\d+)", header(record, "batuta-stream") or "")
    return Mark(found[1], *map(int, found.groups()[1:])) if found else None


class Rig:
    def __init__(self):
        self.stage = Stage().build(2)
        self.stack = self.stage.stack
        self.wire = Wire(self.stack)
        self.account = self.stage.account()
        self.partitions = self.wire.partitions("orders.commands.v1")

    # --- what a service says

    def metric(self, instance, name):
        text = self.stack.http(instance, "/metrics")[1]
        found = re.search(rf"^batuta_{name}\{{[^}}]*\}} (-?\d+)", text, re.M)
        return int(found[1]) if found else 0

    def missing(self, instance):
        """What readiness misses, as text; "" when it is ready."""
        status, text = self.stack.http(instance, "/readyz")
        return "" if status == 200 else text

    def ready(self, *instances):
        wait_for(f"{', '.join(instances)} to be ready",
                 lambda: all(self.stack.http(i, "/readyz")[0] == 200 for i in instances), WAIT)

    def log(self, instance):
        with open(os.path.join(self.stack.folder, "log", instance + ".log"),
                  encoding="utf-8") as file:
            return file.read()

    def sql(self, statement, arguments=None, autocommit=True):
        """As the database's owner: what no service may do."""
        connection = psycopg2.connect(self.stack.setting("BATUTA_POSTGRES"), user="postgres")
        connection.autocommit = autocommit
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            rows = cursor.fetchall() if cursor.description else None
        if not autocommit:
            return connection       # the caller ends what it holds
        connection.close()
        return rows

    # --- processes of our own

    def settings(self, service, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
        for key in ("BROKERS", "POSTGRES", "PARTITIONS", "SYSTEMS_FILE"):
            env["BATUTA_" + key] = self.stack.setting("BATUTA_" + key)
        env["BATUTA_HTTP"] = self.stack.setting("BATUTA_HTTP_" + service.upper())
        env.update(more)
        return env

    def spawn(self, service, **more):
        """A process that is ours; its lines end up in `lines`."""
        process = subprocess.Popen([os.path.join(self.stack.bin, f"batuta-{service}"), "run"],
                                   env=self.settings(service, **more), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.lines = []
        reader = threading.Thread(target=lambda: process.lines.extend(process.stdout), daemon=True)
        reader.start()
        return process

    def refuses(self, service, seconds=30):
        """Starts it and expects exit 100; its last line."""
        process = self.spawn(service)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Wrong(f"{service} runs instead of refusing") from None
        time.sleep(0.1)
        equal(f"exit code of {service} ({process.lines[-1:]})", 100, code)
        return process.lines[-1]

    def kill(self, instance):
        """kill -9, without the stack's lock, which an `up` that waits may hold."""
        pid = self.stack.pid(instance)
        os.kill(pid, signal.SIGKILL)

        def gone():
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    return file.read().rsplit(") ", 1)[1].startswith("Z")
            except FileNotFoundError:
                return True
        wait_for(f"{instance} to be gone", gone, 10, 0.01)

    def run(self, service, *arguments):
        """(exit code, what it printed) of a subcommand."""
        done = subprocess.run([os.path.join(self.stack.bin, f"batuta-{service}"), *arguments],
                              env=self.settings(service), text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def terminate(self, process, seconds=15):
        process.send_signal(signal.SIGTERM)
        try:
            equal("exit code after SIGTERM", 0, process.wait(seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            raise Wrong(f"it did not end within {seconds} s of SIGTERM") from None

    # --- orders

    def orders(self, count, account=None, items=(("ten", 1), ("twenty", 1))):
        found = [self.stage.submit(account or self.account, *items) for _ in range(count)]
        self.stage.sender.flush(WAIT)
        return found

    def states(self, orders):
        return dict(self.stack.rows("orders", "select order_id, state from orders"
                                              " where order_id = any(%s)", (list(orders),)))

    def settled(self, orders, what, seconds=WAIT, meanwhile=lambda: None):
        """Waits until each order has come to an end or is in the sellers' hands; before each look
        `meanwhile` is called. Counts of their states."""
        last = {}

        def all_there():
            try:
                meanwhile()
                last.update(self.states(orders))
            except StackError:
                return False
            return all(last.get(o) in ENDS for o in orders)
        try:
            wait_for(f"{len(orders)} orders after {what}", all_there, seconds, 0.1)
        except StackError as error:
            late = collections.Counter(last.get(o, "absent") for o in orders)
            raise Wrong(f"{error}: {dict(late)}") from error
        return collections.Counter(last[o] for o in orders)

    # --- chains on the real topics

    def follow(self, topic):
        """Walks a topic as its reader does; (link of each stream per partition, what is wrong)."""
        last, wrong = {}, []
        for record in sorted(self.wire.read(topic), key=lambda r: (r.partition(), r.offset())):
            mark = mark_of(record)
            if mark is None:
                continue        # a stranger's: a dead letter
            at = (record.partition(), mark.part)
            incarnation, seq = last.get(at, (0, 0))
            started = header(record, "batuta-chain-start")
            if (mark.incarnation, mark.seq) <= (incarnation, seq):
                continue        # a repeat
            if mark.incarnation > incarnation and started:
                good = seq >= int(started.split()[1])
            else:
                good = mark.prev == (seq if mark.incarnation == incarnation else 0)
            if good:
                last[at] = (mark.incarnation, mark.seq)
            else:
                wrong.append(f"{topic}/{at[0]} at {record.offset()}: {mark} behind {seq}")
        return last, wrong

    def chains(self):
        """What is wrong: on the topics, and between them, their readers and their writers."""
        wrong = []
        for topic, reader in READERS.items():
            last, bad = self.follow(topic)
            wrong += bad
            wrong += self._seen(topic, reader, last) + self._dest(topic, last)
        return wrong

    def _arrays(self, service, names, *columns):
        """(topic, part) -> each column's slice for that topic."""
        found = {}
        for part, topics, *values in self.stack.rows(
                service, f"select part, {names}, {', '.join(columns)} from stream"):
            for n, topic in enumerate(topics):
                p = self.partitions
                found[topic, part] = [v[n * p:(n + 1) * p] for v in values]
        return found

    def _seen(self, topic, reader, last):
        wrong = []
        for (name, part), (incarnations, seqs) in self._arrays(
                reader, "inputs", "seen_incarnation", "seen_seq").items():
            if name != topic:
                continue
            for source in range(self.partitions):
                seen, sent = (incarnations[source], seqs[source]), last.get((part, source), (0, 0))
                if seen != sent:
                    wrong.append(f"{reader}/{part} has seen {seen} of stream {source} on {topic},"
                                 f" which holds {sent}")
        return wrong

    def all_read(self):
        """Each reader has seen the last link that was told to it, by the rows alone. A service that
        is not back yet has nothing to tell, which looks as if all were at rest."""
        for topic, reader in READERS.items():
            seen = self._arrays(reader, "inputs", "seen_seq")
            told = self._arrays(_writer(topic), "outputs", "dest_seq")
            for source in range(self.partitions):
                for part, seq in enumerate(told.get((topic, source), [()])[0]):
                    if seq and seen[topic, part][0][source] != seq:
                        return False
        return True

    def _dest(self, topic, last):
        writer = _writer(topic)
        wrong = []
        for (name, source), (seqs,) in self._arrays(writer, "outputs", "dest_seq").items():
            if name != topic:
                continue
            for part in range(self.partitions):
                if seqs[part] != last.get((part, source), (0, 0))[1]:
                    wrong.append(f"{writer}/{source} told {seqs[part]} to {topic}/{part}, which"
                                 f" holds {last.get((part, source))}")
        return wrong

    # --- partner topics

    def announced(self, orders):
        """Each sub-order of the confirmed ones is told to its seller once, by the sequence of the
        partner's topic, which has no gap."""
        wanted = {(r[0], s["sub_order"]) for r in self.stack.rows(
            "orders", "select order_id, sub_orders from order_whole where order_id = any(%s)",
            (list(orders),)) for s in r[1] or ()}
        wrong, told = [], collections.Counter()
        for partner in (self.stage.a, self.stage.b):
            first = {}
            for record in self.wire.read(f"partners.{partner}.fulfilment.v1"):
                first.setdefault(int(header(record, "ce_sequence")), record)
            if sorted(first) != list(range(1, len(first) + 1)):
                wrong.append(f"{partner}: sequences {sorted(first)[:3]} .. {len(first)}")
            self._count(first.values(), wanted, told)
        wrong += [f"told {n} times: {k}" for k, n in told.items() if n != 1]
        wrong += [f"never told: {k}" for k in wanted - set(told)]
        return wrong

    def _count(self, records, wanted, told):
        for record in records:
            if header(record, "ce_type") != "batuta.notifications.fulfilment.ordered.v1":
                continue
            body = json.loads(record.value())
            key = (body["order"], body["sub_order"])
            if key in wanted:
                told[key] += 1

    # --- telling

    def tell(self, name, story):
        begun = time.monotonic()
        try:
            story()
            good = check(name, True)
        except (Wrong, StackError, subprocess.TimeoutExpired, psycopg2.Error) as error:
            good = check(name, False, f"{type(error).__name__}: {error}")
        print(f"   {time.monotonic() - begun:.1f} s", flush=True)
        return good


class Proxy:
    """Between one service and Postgres, on a socket of its own. cut("after"): the next COMMIT goes
    through, its answer does not come back; cut("before"): it does not even get there."""

    PATTERN = b"\x00batuta_commit\x00"

    def __init__(self, conninfo):
        parts = dict(p.split("=", 1) for p in conninfo.split())
        self.target = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self.folder = tempfile.mkdtemp(prefix="batuta-proxy-")
        os.chmod(self.folder, 0o755)
        self.conninfo = f"host={self.folder} port={parts['port']} dbname={parts['dbname']}"
        self.path = f"{self.folder}/.s.PGSQL.{parts['port']}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.armed, self.cuts, self.stop = None, [], False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.stop:
            try:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
            except OSError:
                continue
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client, server):
        tail = b""
        with client, server:
            while not self.stop:
                for side in select.select([client, server], [], [], 1)[0]:
                    try:
                        data = side.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    if side is server:
                        client.sendall(data)
                        continue
                    if self.armed and self.PATTERN in tail + data:
                        self._cut(server, data)
                        return
                    tail = data[-len(self.PATTERN):]
                    server.sendall(data)

    def _cut(self, server, data):
        kind, self.armed = self.armed, None
        if kind == "after":
            server.sendall(data)
            answer = b""
            server.settimeout(5)
            while b"COMMIT\x00" not in answer:      # it is committed, and nobody is told
                more = server.recv(65536)
                if not more:
                    break
                answer += more
            if b"COMMIT\x00" not in answer:
                return
        self.cuts.append(kind)

    def cut(self, kind, seconds=20):
        before, self.armed = len(self.cuts), kind
        wait_for(f"a commit to be cut {kind} it", lambda: len(self.cuts) > before, seconds, 0.01)

    def close(self):
        self.stop = True
        self.listener.close()
        os.unlink(self.path)
        os.rmdir(self.folder)
