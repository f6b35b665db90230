#!/usr/bin/env python3
"""selftest: can the checker fail, and only when it should?

usage: tests/checker/selftest.py [--seed S] [--each N] [--show]
  every history written by hand: the bad ones must be found by their check, the good ones by none;
  the recorded trial must be clean; N (50) random corruptions of it of every class must be found,
  and 50 changes that mean nothing must not.
  --show  one line a case
Exit code 0 when all is so. The last line is "checker: corrupted flagged n of n, clean flagged 0 of
m", where histories count as well.
"""
import argparse
import collections
import os
import random
import sys
import time

import base
import check
import corrupt
import harmless
import histories
import histories_early
import histories_flow
import histories_more
import records

TRIAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "trial.json.xz")
LEAST = 3           # histories of a kind for each check
CLASS_COUNT = 20    # classes of corruptions, at least
CLEAN_COUNT = 50
# Each adds to histories.BAD and GOOD.
BOOKS = (histories, histories_early, histories_more, histories_flow)


class Score:
    def __init__(self, show):
        self.show = show
        self.bad = self.found = self.good = self.flagged = 0
        self.complaints = []

    def expect_found(self, what, names):
        self.bad += 1
        self.found += bool(names)
        if not names:
            self.complain(f"not found: {what}")
        self.say(f"found by {'/'.join(names) or 'nobody'}: {what}")

    def expect_clean(self, what, wrong):
        self.good += 1
        witnesses = [w for found in wrong.values() for w in found]
        self.flagged += bool(witnesses)
        if witnesses:
            self.complain(f"flagged though good: {what}: {witnesses[0]}")
        self.say(f"{'flagged' if witnesses else 'clean'}: {what}")

    def complain(self, text):
        self.complaints.append(text)
        print(text, flush=True)

    def say(self, text):
        if self.show:
            print(text, flush=True)


def by_hand(score):
    counts = collections.Counter()
    for name, what, function in histories.BAD:
        counts["bad", name] += 1
        wrong, _ = check.run(function(), [name])
        score.expect_found(f"{name}: {what}", [n for n, found in wrong.items() if found])
    for name, what, function in histories.GOOD:
        counts["good", name] += 1
        wrong, _ = check.run(function())
        score.expect_clean(f"{name}: {what}", wrong)
    for name in check.CHECKS:
        for kind in ("bad", "good"):
            if counts[kind, name] < LEAST:
                score.complain(f"{name} has {counts[kind, name]} {kind} histories, and needs "
                               f"{LEAST}")
    print(f"by hand: {len(histories.BAD)} bad and {len(histories.GOOD)} good histories of "
          f"{len(check.CHECKS)} checks")


def found_by(found, expected):
    """The checks that flag these records: first those that ought to, then all others."""
    index = base.Index(found)
    names = [n for n in expected if any(True for _ in check.CHECKS[n](index))]
    if names:
        return names
    return [n for n in check.CHECKS if n not in expected and list(check.CHECKS[n](index))]


def at_random(score, trial, seed, each):
    others = collections.Counter()
    if len(corrupt.CLASSES) < CLASS_COUNT:
        score.complain(f"{len(corrupt.CLASSES)} classes of corruptions, and {CLASS_COUNT} are due")
    for name, (expected, function) in corrupt.CLASSES.items():
        begun = time.monotonic()
        for n in range(each):
            copy = trial.copy()
            function(copy, random.Random(f"{seed} {name} {n}"))
            names = found_by(copy, expected)
            others[name] += bool(names) and not set(names) & set(expected)
            score.expect_found(f"{name} {n}", names)
        text = ""
        if others[name]:
            text = f", {others[name]} by another check than {'/'.join(expected)}"
        print(f"corrupted: {name}: {each} times in {time.monotonic() - begun:.1f} s{text}",
              flush=True)


def meaning_nothing(score, trial, seed):
    names = sorted(harmless.CLEAN)
    for n in range(CLEAN_COUNT):
        copy = trial.copy()
        rng = random.Random(f"{seed} clean {n}")
        # Every kind comes up alone, then in pairs.
        mine = [names[n % len(names)]] + ([rng.choice(names)] if n >= len(names) else [])
        for name in mine:
            harmless.CLEAN[name](copy, rng)
        wrong, _ = check.run(copy)
        score.expect_clean(" and ".join(mine) + f" ({n})", wrong)
    print(f"clean: {CLEAN_COUNT} changes of {len(names)} kinds that mean nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    score = Score(given.show)
    by_hand(score)
    trial = records.load(TRIAL)
    wrong, _ = check.run(trial)
    score.expect_clean("the recorded trial", wrong)
    print(f"trial: {len(trial.topics['a'])} records of the log, "
          f"{sum(len(rows) for t in trial.sql.values() for rows in t.values())} rows")
    at_random(score, trial, given.seed, given.each)
    meaning_nothing(score, trial, given.seed)
    print(f"checker: corrupted flagged {score.found} of {score.bad}, clean flagged "
          f"{score.flagged} of {score.good}")
    return 1 if score.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
