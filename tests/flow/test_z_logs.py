#!/usr/bin/env python3
"""logs: after all the others: what the services said during the flow tests holds no report of a
sanitizer, no failed assertion, no secret, and every line of a service is one JSON object."""
import glob
import json
import os
import re

from scenes import check
from stack import SERVICES, Stack

CRASH = re.compile(r"Sanitizer|runtime error:|Assertion|LeakSanitizer|stack smashing|"
                   r"double free|core dumped|Segmentation")


def main():
    stack = Stack()
    with open(stack.setting("BATUTA_KEY_FILE"), encoding="utf-8") as file:
        secret = file.read().split()[1]
    good = True
    for path in sorted(glob.glob(os.path.join(stack.folder, "log", "*.log"))):
        name = os.path.basename(path)[:-4]
        if name.rsplit("-", 1)[0] not in SERVICES and name not in SERVICES:
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        crashes = [line for line in lines if CRASH.search(line)]
        good &= check(f"{name}: no crash, no report of a sanitizer", not crashes, crashes[:3])
        good &= check(f"{name}: no key in the log", not any(secret in line for line in lines))
        odd = []
        for line in lines:
            if line.startswith("--- "):     # deploy/local marks each start
                continue
            try:
                entry = json.loads(line)
                if not {"ts", "level", "service", "msg"} <= set(entry):
                    odd.append(line)
            except ValueError:
                odd.append(line)
        good &= check(f"{name}: one JSON object a line", not odd, odd[:3])
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
