"""migrations: a process that ends in the middle of bringing a schema up to date leaves a schema that
the next one brings up to date: in a database of its own, at the second file of the set, so that some
are applied and some are not."""
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
    done = subprocess.run(["pg_dump", "-s", "-n", service, conninfo + " user=postgres"],
                          capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    return done.returncode, [x for x in lines if x and not x.startswith(("--", "\\"))]


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
    if found[0] or not _without_months(found[1]):
        return "pg_dump shows no schema"
    if _without_months(found[1]) != _without_months(usual[1]):
        return "the schema is not the one that an undisturbed start makes"
    return ""


def _without_months(lines):
    """Months of the journal are made by need, not by migrations."""
    return [x for x in lines if "journal_2" not in x]


def die(rig, service, point, say):
    """The points that were not hit, or after which the schema is not as it must be."""
    wrong = _wrong(rig, service, point)
    rig.sql(f"drop database if exists {DATABASE} with (force)")
    say(f"{service} {point}: " + (wrong or "the next one brings the schema up to date"))
    return [f"{service} {point}: {wrong}"] if wrong else []
