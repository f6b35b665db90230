"""judge: what a run with faults is judged by, once everything is healed and at rest: the audit of
the stack, the chains and the partners' topics, and the history checker over all topics and tables,
which shares no code with the services."""
import datetime
import json
import os
import re
import subprocess
import sys

from audit import Audit

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKER = os.path.join(os.path.dirname(HERE), "checker")


def now():
    """As the records have it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def audit(rig, orders):
    """What does not add up, as lines."""
    stage = rig.stage
    wrong = [line for check in Audit(rig.stack, orders, stage.since).load().all()
             for line in check.told()]
    return wrong + rig.announced(orders) + rig.chains()


def require(folder, **least):
    """So many faults of each kind must have happened, or the trial is void."""
    with open(os.path.join(folder, "trial.json"), "w", encoding="utf-8") as file:
        json.dump({"require": least}, file)


def history(folder, say, poison=False):
    """Writes down the whole stack and has the checker judge it. (what is wrong, its figures).
    poison: records were sent that cannot be read."""
    more = ["--poison"] if poison else []
    for program, *arguments in (("record.py", folder, *more), ("check.py", folder)):
        say(f"{program} {os.path.relpath(folder)}")
        done = subprocess.run([sys.executable, os.path.join(CHECKER, program), *arguments],
                              capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).strip().splitlines()
        if done.returncode and program == "record.py":
            return lines[-3:] or ["record.py said nothing"], "not judged"
    figures = re.search(r"lost \d+ doubled \d+ reordered \d+ money-off \d+", lines[-1])
    if not figures:
        return lines[-3:], "not judged"
    return (lines[:-1] if done.returncode else []), figures[0]
