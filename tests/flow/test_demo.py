#!/usr/bin/env python3
"""demo in small: what `make demo` does, with few orders, on the stack of the tests; its last line
and its table say that everything adds up."""
import os
import re
import subprocess

from scenes import check
from stack import ROOT, Stack

ORDERS, SECONDS = "150", 150


def main():
    stack = Stack()
    env = dict(stack.environment(), BATUTA_DEMO_ORDERS=ORDERS)
    done = subprocess.run([os.path.join(ROOT, "tests/demo/run")], env=env, capture_output=True,
                          text=True, timeout=SECONDS)
    text = done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1:] or [""]
    differing = [line for line in text.splitlines() if "DIFFERS" in line]
    good = check("demo: exit 0 and the last line", done.returncode == 0 and re.fullmatch(
        rf"demo: ok orders {ORDERS} confirmed \d+ .*seconds [0-9.]+", last[0]),
        f"exit {done.returncode}: {' | '.join(text.splitlines()[-4:])}")
    good &= check("demo: nothing differs", not differing, differing[:5])
    good &= check("demo: it killed two services and says so",
                  re.search(r"killed -9 orders and approvals \(pids \d+, \d+\)", text) and
                  re.search(r"started again as pids \d+, \d+", text), "not said")
    few = subprocess.run([os.path.join(ROOT, "tests/demo/run")], text=True, capture_output=True,
                         env=dict(env, BATUTA_DEMO_ORDERS="20"), timeout=60)
    good &= check("demo: too few orders are refused with a sentence",
                  few.returncode == 1 and "too few" in few.stderr, few.stderr[-200:])
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
