"""stack: a running stack as a test or the demo sees it: its addresses, its processes, its rows
(through the read-only roles), its HTTP queries, and one `batuta send` that stays open."""
import json
import os
import shlex
import subprocess
import threading
import time
import urllib.error
import urllib.request

import psycopg2

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICES = ("catalog", "pricing", "approvals", "orders", "notifications")


class StackError(Exception):
    """A sentence for the person who runs this."""


def wait_for(what, check, seconds, pause=0.1):
    """What `check` returns, once it is true; a StackError that says what was waited for."""
    until = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > until:
            raise StackError(f"waited {seconds} s for {what}")
        time.sleep(pause)


class Stack:
    def __init__(self, folder=None, bin_folder=None):
        self.folder = os.path.abspath(folder or os.environ.get("BATUTA_STACK") or
                                      os.path.join(ROOT, "build/stack"))
        self.bin = os.path.abspath(bin_folder or os.environ.get("BATUTA_BIN") or
                                   os.path.join(ROOT, "build/release/bin"))
        self.connections = {}

    # --- settings

    def setting(self, key):
        """A value of stack.env, or None."""
        try:
            with open(os.path.join(self.folder, "stack.env"), encoding="utf-8") as lines:
                for line in lines:
                    name, _, value = line.strip().partition("=")
                    if name == key:
                        return shlex.split(value)[0] if value else ""
        except FileNotFoundError:
            pass
        return None

    def environment(self):
        """For programs of the stack: nothing but what names it."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
        env.update(BATUTA_STACK=self.folder, BATUTA_BIN=self.bin)
        return env

    # --- processes

    def script(self, name, *arguments, seconds=180, say=None):
        """deploy/local/NAME; its lines go to `say` while it runs."""
        process = subprocess.Popen([os.path.join(ROOT, "deploy/local", name), *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env=self.environment(), stdin=subprocess.DEVNULL)
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if say:
                say(line.rstrip("\n"))
        code = process.wait()
        timer.cancel()
        if code:
            tail = "\n".join(lines[-8:])
            raise StackError(f"deploy/local/{' '.join((name, *arguments))} ended with {code}:"
                             f"\n{tail}")
        return lines

    def pid(self, name):
        """Of a running instance, else None."""
        try:
            with open(os.path.join(self.folder, "run", name + ".pid"), encoding="utf-8") as file:
                pid = int(file.read())
            os.kill(pid, 0)
            return pid
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None

    def kill(self, *names):
        self.script("down", "--kill", *names)
        if set(names) & {"postgres"}:
            self.disconnect()

    def up(self, *names):
        return self.script("up", *names)

    def down(self, *names):
        return self.script("down", *names)

    def batuta(self, *arguments, stdin=None, seconds=60):
        """(exit code, stdout, stderr) of the command."""
        done = subprocess.run([os.path.join(self.bin, "batuta"), *arguments], input=stdin,
                              capture_output=True, text=True, timeout=seconds,
                              env=self.environment())
        return done.returncode, done.stdout, done.stderr

    # --- rows

    def disconnect(self):
        for connection in self.connections.values():
            connection.close()
        self.connections = {}

    def rows(self, service, query, arguments=None):
        """Rows of a query as the service's read-only role; connects again after a restart."""
        for last in (False, True):
            try:
                if service not in self.connections:
                    connection = psycopg2.connect(self.setting("BATUTA_POSTGRES"),
                                                  user=f"batuta_{service}_read",
                                                  connect_timeout=5)
                    connection.autocommit = True
                    self.connections[service] = connection
                with self.connections[service].cursor() as cursor:
                    cursor.execute(query, arguments)
                    return cursor.fetchall()
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                self.connections.pop(service, None)
                if last:
                    raise StackError(f"Postgres does not answer for {service}: {error}") from error
        return []

    def value(self, service, query, arguments=None):
        rows = self.rows(service, query, arguments)
        return rows[0][0] if rows else None

    # --- HTTP

    def http(self, service, path, seconds=5):
        """(status, text) of a GET; (0, reason) when nobody answers."""
        address = self.setting("BATUTA_HTTP_" + service.upper().replace("-", "_"))
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, OSError) as error:
            return 0, str(error)

    def get(self, service, path):
        """The JSON of a query, or None when it says 404."""
        status, text = self.http(service, path)
        if status == 404:
            return None
        if status != 200:
            raise StackError(f"{service} answered {status} to GET {path}: {text[:200]}")
        return json.loads(text)

    # --- rest

    def unpublished(self):
        """(events told and not yet acknowledged, events told at all), over all services."""
        open_count = told = 0
        for service in SERVICES:
            behind, out = self.rows(service, "select coalesce(sum(out_seq - pub_seq), 0),"
                                             " coalesce(sum(out_seq), 0) from stream")[0]
            open_count, told = open_count + int(behind), told + int(out)
        return open_count, told

    def settle(self, seconds=30, still=0.6):
        """Waits until nothing is told any more and all of it is published."""
        last = [None, time.monotonic()]

        def quiet():
            now = self.unpublished()
            if now != last[0]:
                last[:] = [now, time.monotonic()]
            return now[0] == 0 and time.monotonic() - last[1] >= still
        wait_for("the services to have nothing more to tell", quiet, seconds)


class Sender:
    """One open `batuta send -`. Commands go out as they are given; flush() waits until the broker
    has them all."""

    def __init__(self, stack, trace=None):
        self.process = subprocess.Popen(
            [os.path.join(stack.bin, "batuta"), "send", "-", "--verbose"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=stack.environment())
        self.sent = self.taken = 0
        self.complaints = []
        self.trace = trace
        self.readers = [threading.Thread(target=self._count, daemon=True),
                        threading.Thread(target=self._listen, daemon=True)]
        for reader in self.readers:
            reader.start()

    def _count(self):
        for line in self.process.stdout:
            self.taken += line.startswith("ok ")

    def _listen(self):
        for line in self.process.stderr:
            if not line.startswith("sent "):
                self.complaints.append(line.strip())

    def send(self, commands):
        text = "".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) + "\n"
                       for c in commands)
        try:
            self.process.stdin.write(text)
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise StackError("batuta send ended: " + "; ".join(self.complaints[-3:])) from error
        self.sent += len(commands)

    def flush(self, seconds=30):
        wait_for(f"the broker to take {self.sent} commands",
                 lambda: self.taken >= self.sent or self.complaints or
                 self.process.poll() is not None, seconds, 0.01)
        if self.complaints or self.taken < self.sent:
            raise StackError("batuta send: " + "; ".join(self.complaints[:3] or ["it ended"]))

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(60)
        for reader in self.readers:
            reader.join(5)
        if code:
            raise StackError(f"batuta send ended with {code}: " + "; ".join(self.complaints[:3]))
