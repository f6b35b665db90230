#!/usr/bin/env python3
"""check: reads the records of a trial and says what of it cannot be.

usage: tests/checker/check.py FOLDER|FILE.json.xz [--only K3,K7] [--most N] [--json]
  --only  these checks instead of all
  --most  so many witnesses of each check are shown (5); the smallest come first
  --json  one JSON object instead of text
Exit code 0: nothing is wrong; 1: something is; 2: the records cannot be read. The last line is
"checker: K1 0 K2 0 ...: lost 0 doubled 0 reordered 0 money-off 0".
"""
import argparse
import datetime
import json
import sys

import allowed
import applied
import base
import flow
import ledger
import life
import lost
import outside
import records

CHECKS = {"K1": lost.k1, "K2": lost.k2, "K3": applied.k3, "K4": applied.k4, "K5": lost.k5,
          "K6": life.k6, "K7": ledger.k7, "K8": ledger.k8, "K10": life.k10, "K12": outside.k12,
          "K13": outside.k13, "K15": flow.k15, "K17": flow.k17, "K18": flow.k18}
MEANING = {"K1": "lost", "K2": "phantom", "K3": "double effect", "K4": "order", "K5": "offsets",
           "K6": "lifecycle", "K7": "credit", "K8": "sums", "K10": "approvals",
           "K12": "idempotency", "K13": "partner topics", "K15": "conservation",
           "K17": "liveness", "K18": "faults"}
FIGURES = {"lost": ("K1", "K15"), "doubled": ("K2", "K3", "K12"), "reordered": ("K4", "K5", "K13"),
           "money-off": ("K7", "K8")}
AROUND_SECONDS = 15


def microseconds(time):
    """Of a witness: a text, or microseconds, or a broker's milliseconds."""
    if time is None:
        return None
    if isinstance(time, str):
        return base.us(time)
    return time if time > 10**14 else time * 1000


def faults_around(found, time):
    at = microseconds(time)
    if at is None:
        return []
    margin = AROUND_SECONDS * base.MICRO
    return [f for f in found.faults
            if base.us(f["time"]) - margin <= at <= base.us(f.get("until") or f["time"]) + margin]


def size_of(witness):
    return len(witness.rows), len(json.dumps(witness.rows, default=str))


def run(found, names=CHECKS):
    """check -> witnesses, the smallest first; and the tally of what is allowed."""
    index = base.Index(found)
    wrong = {name: sorted(CHECKS[name](index), key=size_of) for name in names}
    return wrong, index.tally


def shown(found, witness):
    lines = [f"  {witness.text}"]
    for where, row in witness.rows:
        lines.append(f"    {where}: {json.dumps(row, default=str, ensure_ascii=False)[:600]}")
    at = microseconds(witness.time)
    if at is not None:
        lines.append(f"    at {text_of_time(at)}")
    for fault in faults_around(found, witness.time):
        lines.append(f"    near {fault['kind']} of {fault.get('target')} from {fault['time']} to "
                     f"{fault.get('until')}")
    return lines


def text_of_time(at):
    return datetime.datetime.fromtimestamp(at / base.MICRO, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ")


def last_line(wrong):
    counts = " ".join(f"{name} {len(w)}" for name, w in wrong.items())
    sums = " ".join(f"{name} {sum(len(wrong.get(k, ())) for k in checks)}"
                    for name, checks in FIGURES.items())
    return f"checker: {counts}: {sums}"


def as_json(found, wrong, tally):
    return json.dumps({
        "checks": {name: [{"text": w.text, "rows": w.rows, "time": w.time,
                           "faults": faults_around(found, w.time)} for w in rows]
                   for name, rows in wrong.items()},
        "allowed": tally.counts, "wrong": sum(map(len, wrong.values()))}, default=str)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records")
    parser.add_argument("--only")
    parser.add_argument("--most", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error(f"there is no check {unknown[0]}; there are {', '.join(CHECKS)}")
    try:
        found = records.load(given.records)
        wrong, tally = run(found, names)
    except (OSError, ValueError, KeyError) as error:
        print(f"checker: the records cannot be read: {type(error).__name__}: {error}",
              file=sys.stderr)
        return 2
    if given.json:
        print(as_json(found, wrong, tally))
        return 1 if any(wrong.values()) else 0
    for name, witnesses in wrong.items():
        if witnesses:
            print(f"{name} ({MEANING[name]}): {len(witnesses)} wrong")
        for witness in witnesses[:given.most]:
            print("\n".join(shown(found, witness)))
    for name, count in sorted(tally.counts.items()):
        print(f"allowed: {name} {count}: {allowed.ALLOWED[name].split('.')[0]}.")
    print(last_line(wrong))
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
