#!/usr/bin/python3
"""instructions: how many a message of each type takes to be read and written, and one order in the
decisions of each service (pricing's with the price calculation), by callgrind; counts do not depend
on the machine's load. More than 10 % above tests/bench/instructions.json fails.

usage: instructions.py [--write]   --write: keeps what was counted as the new values
env: BATUTA_BENCH_TOOLS (build/release/bench)
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KEPT = os.path.join(HERE, "instructions.json")
MORE = 1.10


TOOLS = os.environ.get("BATUTA_BENCH_TOOLS") or os.path.join(ROOT, "build/release/bench")
SERVICES = ("orders", "pricing", "approvals", "catalog", "notifications")
PROGRAMS = [["instructions", os.path.join(ROOT, "proto/examples")],
            *([f"fold_{s}"] for s in SERVICES)]


def counted(program, *arguments):
    """what -> instructions each, from the dumps that the program asked callgrind for."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "-q", "--tool=callgrind",
             "--callgrind-out-file=" + os.path.join(folder, "out"),
             os.path.join(TOOLS, program), *arguments],
            capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise SystemExit(f"instructions: {program}: {(done.stdout + done.stderr)[-400:]}")
        for path in glob.glob(os.path.join(folder, "out.*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            name = re.search(r"^desc: Trigger: Client Request: (\S+ \S+) (\d+)$", text, re.M)
            total = re.search(r"^(?:summary|totals): (\d+)", text, re.M)
            if name and total:
                found[name.group(1)] = int(total.group(1)) // int(name.group(2))
    return found


def main():
    if not shutil.which("valgrind") or not os.path.exists(os.path.join(TOOLS, PROGRAMS[-1][0])):
        print("instructions: absent: valgrind was not here when the bench was built (make deps-test"
              " brings it, with the header that is needed)")
        return 0
    found = {}
    for program in PROGRAMS:
        found.update(counted(*program))
    if sys.argv[1:] == ["--write"]:
        with open(KEPT, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1, sort_keys=True)
            file.write("\n")
    with open(KEPT, encoding="utf-8") as file:
        kept = json.load(file)
    wrong = 0
    for name in sorted(set(found) | set(kept)):
        now, before = found.get(name), kept.get(name)
        if not now or not before:
            wrong += 1
            print(f"FAIL {name}: {'is not kept' if now else 'is gone'}; --write keeps the new")
        elif now > before * MORE:
            wrong += 1
            print(f"FAIL {name}: {now:,} instructions, {before:,} kept")
    for name in (n for n in found if n.startswith("fold")):
        print(f"instructions: {name}: {found[name]:,} an order")
    reads, writes = ([v for n, v in found.items() if n.startswith(w)] for w in ("read", "write"))
    for word, values in (("read", reads), ("write", writes)):
        print(f"instructions: {word}: {sum(values) // max(1, len(values)):,} on average of "
              f"{len(values)} types")
    print(f"instructions: {len(found)} counted, {wrong} above what is kept")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
