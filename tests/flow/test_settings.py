#!/usr/bin/env python3
"""settings: what is misconfigured says so by name and ends with 100 at once; a changed migration is
refused; a login sees its own schema only; help and describe say what there is."""
import os
import subprocess
import tempfile
import time

import psycopg2

from scenes import check
from stack import SERVICES, Stack

MISCONFIGURED, SECONDS = 100, 5


class Settings:
    def __init__(self):
        self.stack = Stack()
        self.good = True

    def told(self, name, found, why=""):
        self.good &= check(name, found, why)

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
        for key in ("BROKERS", "POSTGRES", "PARTITIONS", "SYSTEMS_FILE"):
            env["BATUTA_" + key] = self.stack.setting("BATUTA_" + key)
        env["BATUTA_HTTP"] = "127.0.0.1:0"
        env.update({f"BATUTA_{k}": v for k, v in more.items()})
        return env

    def run(self, service, *arguments, **more):
        """(exit code, all output); None when it did not end by itself in time."""
        begun = time.monotonic()
        try:
            done = subprocess.run([os.path.join(self.stack.bin, f"batuta-{service}"), *arguments],
                                  env=self.environment(**more), capture_output=True, text=True,
                                  timeout=SECONDS + 10)
        except subprocess.TimeoutExpired as error:
            return None, str(error.stderr)
        late = "" if time.monotonic() - begun < SECONDS else " (late)"
        return done.returncode, done.stdout + done.stderr + late

    # --- each in its own sentence

    def refused(self):
        port = self.stack.setting("BATUTA_HTTP_ORDERS").rsplit(":", 1)[1]
        with tempfile.TemporaryDirectory() as folder:
            bad_systems = os.path.join(folder, "systems")
            with open(bad_systems, "w", encoding="utf-8") as file:
                file.write("operator zz no_such_right\n")
            cases = [
                ("an unknown setting", {"COLOUR": "red"}, (), "COLOUR"),
                ("an unknown flag", {}, ("--colour", "red"), "colour"),
                ("no number", {"PARTITIONS": "four"}, (), "PARTITIONS"),
                ("out of range", {"PARTITIONS": "65"}, (), "PARTITIONS"),
                ("negative", {"PACE_MS": "-1"}, (), "PACE_MS"),
                ("no boolean", {"AUTH_REQUIRED": "perhaps"}, (), "AUTH_REQUIRED"),
                ("an unknown level", {"LOG_LEVEL": "loud"}, (), "LOG_LEVEL"),
                ("another number of partitions", {"PARTITIONS": "3"}, (), "artition"),
                ("a file that is not there", {"SYSTEMS_FILE": folder + "/none"}, (), "none"),
                ("a bad list of systems", {"SYSTEMS_FILE": bad_systems}, (), "systems"),
                ("a port that is taken", {"HTTP": f"127.0.0.1:{port}"}, (), port),
                ("no address", {"HTTP": "everywhere"}, (), "everywhere"),
                ("a bad connection string", {"POSTGRES": "host=/tmp colour=red"}, (), "colour"),
                ("an unknown subcommand", {}, None, "dance"),
            ]
            for name, env, flags, named in cases:
                arguments = ("dance",) if flags is None else ("run", *flags)
                code, text = self.run("orders", *arguments, **env)
                self.told(f"{name} is refused by name with {MISCONFIGURED}",
                          code == MISCONFIGURED and named in text and "(late)" not in text,
                          f"exit {code}: {text[-300:]}")

    def helps(self):
        for service in SERVICES:
            code, text = self.run(service, "--help")
            self.told(f"{service} --help lists its settings",
                      code == 0 and "BATUTA_POSTGRES" in text and "describe" in text, text[-200:])
            code, text = self.run(service, "describe")
            self.told(f"{service} describe prints its tables", code == 0 and len(text) > 400 and
                      f"{service}" in text, text[-200:])
            code, text = self.run(service, "check")
            self.told(f"{service} check finds all in order", code == 0, f"exit {code}: {text}")
            code, text = self.run(service, "migrate")
            self.told(f"{service} migrate again changes nothing", code == 0, text[-200:])

    def changed_migration(self):
        """A changed file is another program: the checksums that are kept are changed instead."""
        rows = self._sql("select file, checksum from orders.migration order by file limit 1")
        if not rows:
            self.told("applied migrations are kept with their checksums", False, "no rows")
            return
        name, checksum = rows[0]
        changed = checksum[:-1] + ("0" if checksum[-1:] != "0" else "1") \
            if isinstance(checksum, str) else bytes(checksum)[:-1] + b"?"
        self._sql("update orders.migration set checksum = %s where file = %s", changed, name)
        try:
            code, text = self.run("orders", "migrate")
            self.told("a changed migration is refused by name", code == MISCONFIGURED and
                      os.path.basename(name) in text, f"exit {code}: {text[-300:]}")
        finally:
            self._sql("update orders.migration set checksum = %s where file = %s", checksum, name)
        code, text = self.run("orders", "migrate")
        self.told("and is fine when it is as it was", code == 0, text[-200:])

    def _sql(self, statement, *arguments):
        connection = psycopg2.connect(self.stack.setting("BATUTA_POSTGRES"), user="postgres")
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            found = cursor.fetchall() if cursor.description else []
        connection.close()
        return found

    # --- who may see and do what in the database

    def roles(self):
        superusers = self._sql("select rolname from pg_roles where rolname like 'batuta%%' and"
                               " (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)")
        self.told("no role of ours is a superuser", not superusers, superusers)
        for service in SERVICES:
            app, reader = f"batuta_{service}", f"batuta_{service}_read"
            other = "orders" if service != "orders" else "approvals"
            wrong = []
            for role, statement, allowed in (
                    (app, "select 1 from stream", True), (reader, "select 1 from stream", True),
                    (app, f"select 1 from {other}.stream", False),
                    (reader, f"select 1 from {other}.stream", False),
                    (reader, "delete from timer", False), (app, "update journal set part = 1",
                                                           False),
                    (app, "delete from journal", False), (app, "create table mine ()", False),
                    (app, "drop table timer", False), (app, "truncate stream", False)):
                if self._may(role, statement) != allowed:
                    wrong.append(f"{role}: {statement}")
            self.told(f"{service}'s logins keep to their own schema", not wrong, wrong)

    def _may(self, role, statement):
        connection = psycopg2.connect(self.stack.setting("BATUTA_POSTGRES"), user=role)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            return True
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction):
            return False
        finally:
            connection.rollback()
            connection.close()

    def two_worlds(self):
        """A broker that is not the one of the positions is refused (cluster id)."""
        row = self._sql("select cluster_id from orders.stream limit 1")
        self.told("positions name their cluster", bool(row and row[0][0]), row)


def main():
    settings = Settings()
    for part in (settings.refused, settings.helps, settings.changed_migration, settings.roles,
                 settings.two_worlds):
        part()
    return 0 if settings.good else 1


if __name__ == "__main__":
    raise SystemExit(main())
