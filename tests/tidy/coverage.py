#!/usr/bin/env python3
"""coverage: branch coverage of the pure code by the unit tests, one line a file and one in all.

Builds VARIANT=coverage (gcc's own counters), runs the unit tests, reads gcov's JSON."""
import glob
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

OBJECTS = "build/coverage/obj"


def branches_of(path):
    """{line and branch number: times taken} of one source file, over all that was compiled."""
    data = os.path.join(OBJECTS, path[:-2] + ".gcda")
    if not os.path.exists(data):
        return None
    done = subprocess.run(["gcov", "-b", "-t", "--json-format", data], capture_output=True)
    taken = {}
    for document in done.stdout.splitlines():
        for source in json.loads(document)["files"]:
            if source["file"] != path:
                continue
            for line in source["lines"]:
                for number, branch in enumerate(line["branches"]):
                    key = (line["line_number"], number)
                    taken[key] = taken.get(key, 0) + branch["count"]
    return taken


def main():
    os.chdir(tidy.ROOT)
    made = subprocess.run(["make", "--no-print-directory", "-k", "-j2", "unit-tests",
                           "VARIANT=coverage"], capture_output=True, text=True)
    for old in glob.glob(OBJECTS + "/**/*.gcda", recursive=True):
        os.remove(old)
    for source in sorted(glob.glob("tests/unit/test_*.c")):
        program = "build/coverage/" + source[:-2]
        if os.path.exists(program):
            subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=120, check=False)
    all_taken = all_count = idle = 0
    for path in tidy.pure_files():
        taken = branches_of(path)
        if taken is None:
            print(f"  {path:<44}    no unit test runs it")
            idle += 1
            continue
        reached = sum(1 for n in taken.values() if n)
        all_taken, all_count = all_taken + reached, all_count + len(taken)
        share = 100 * reached // len(taken) if taken else 100
        print(f"  {path:<44} {reached:5d} of {len(taken):5d} branches {share:4d} %")
    share = 100 * all_taken // all_count if all_count else 0
    print(f"coverage: {all_taken} of {all_count} branches of pure code taken, {share} %; "
          f"{idle} files, not counted here, are run by no unit test")
    if made.returncode:
        print("coverage: some programs did not build, the figure is too low")


if __name__ == "__main__":
    sys.exit(main())
