"""migrations: a process that ends in the middle of bringing a schema up to date leaves a schema
that the next one brings up to date: in a database of its own, at the second file of the set, so
that some are applied and some are not."""
import difflib
import os
import signal
import subprocess

import psycopg2

from stack import ROOT

DATABASE = "crash_migrations"


def _conninfo(rig):
    return rig.stack.setting("BATUTA_POSTGRES").replace("dbname=batuta", f"dbname={DATABASE}")


def _fresh(rig):
    rig.sql(f"drop database if exists {DATABASE} with (force)")
    rig.sql(f"create database {DATABASE}")
    connection = psycopg2.connect(_conninfo(rig), user="postgres")
    connection.autocommit = True
    with open(os.path.join(ROOT, "deploy/postgres/roles.sql"), encoding="utf-8") as file, \
            connection.cursor() as cursor:
        cursor.execute(file.read())
    connection.close()


def _migrate(rig, service, **more):
    return subprocess.run([os.path.join(rig.stack.bin, f"batuta-{service}"), "migrate"],
                          env=rig.settings(service, BATUTA_POSTGRES=_conninfo(rig), **more),
                          capture_output=True, text=True, timeout=60, check=False)


def _schema(rig, service, conninfo):
    """As SQL; without the journal's months, which are made by need and not by migrations."""
    done = subprocess.run(["pg_dump", "-s", "-n", service, "-T", f"{service}.journal_2*",
                           conninfo + " user=postgres"], capture_output=True, text=True, check=True)
    return [x for x in done.stdout.splitlines() if x and not x.startswith(("--", "\\"))]


def _wrong(rig, service, point):
    """Why it did not go as it must; "" when it did."""
    proof = os.path.join(rig.stack.folder, "crash.proof")
    _fresh(rig)
    if os.path.exists(proof):
        os.unlink(proof)
    died = _migrate(rig, service, CRASH_POINT=f"{point}:2", CRASH_FILE=proof)
    told = open(proof, encoding="utf-8").read().split() if os.path.exists(proof) else []
    if died.returncode != -signal.SIGKILL or told[:1] != [point]:
        return f"ended with {died.returncode} at {told}: {died.stderr[-200:]}"
    again = _migrate(rig, service)
    if again.returncode:
        return f"the next one ends with {again.returncode}: {again.stdout[-200:]}"
    found = _schema(rig, service, _conninfo(rig))
    usual = _schema(rig, service, rig.stack.setting("BATUTA_POSTGRES"))
    if len(found) < 50:
        return "pg_dump shows no schema"
    different = [x for x in difflib.unified_diff(usual, found, "usual", "after the crash", n=0)]
    return f"the schema is another than after an undisturbed start: {different[:6]}" \
        if different else ""


def die(rig, service, point, say):
    """The points that were not hit, or after which the schema is not as it must be."""
    wrong = _wrong(rig, service, point)
    rig.sql(f"drop database if exists {DATABASE} with (force)")
    say(f"{service} {point}: " + (wrong or "the next one brings the schema up to date"))
    return [f"{service} {point}: {wrong}"] if wrong else []
