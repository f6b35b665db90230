#!/usr/bin/env python3
"""README's tour and its sender in another language, run as they stand there.

Every `$ ` line of the console blocks is run in order, in a shell, in an empty folder that holds the
tour's order.json (the first json block). What comes out must be what stands there; ids, times and
hashes may differ, and lines may come in another order (services work side by side). Then the first
python block must print an accepted answer.

usage: test_a_readme.py [--write]   --write: puts what came out into README.md instead of comparing
"""
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
README = os.path.join(ROOT, "README.md")
READS = re.compile(r"batuta (order (show|list)|price explain|(approval|stock) list|account show|"
                   r"partner orders)")
PATIENCE_SECONDS = 20


def steps(block):
    """(command, lines that follow it) of a console block."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def plain(lines):
    """What must agree: without ids, times, hashes and widths; in any order."""
    text = "\n".join(lines)
    text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b", "ID", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
    text = re.sub(r"\bversion \d+|price_list=\d+,price=\d+,discount=\d+", "VERSION", text)
    return sorted(filter(None, (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())))


def run(command, folder, environment):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return [line.rstrip() for line in done.stdout.splitlines()]


def settled(command, wanted, folder, environment):
    """The output; a question is asked again until the services have come as far."""
    until = time.monotonic() + (PATIENCE_SECONDS if READS.search(command) else 0)
    while True:
        lines = run(command, folder, environment)
        if plain(lines) == plain(wanted) or time.monotonic() >= until:
            return lines
        time.sleep(0.3)


def tour(text, folder, environment, write):
    failed = 0
    with open(os.path.join(folder, "order.json"), "w", encoding="utf-8") as file:
        file.write(re.search(r"^```json\n(.*?)^```", text, re.M | re.S).group(1))
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        fresh = ""
        for command, wanted in steps(block):
            if write and READS.search(command):
                time.sleep(2)
            lines = run(command, folder, environment) if write else \
                settled(command, wanted, folder, environment)
            fresh += f"$ {command}\n" + "".join(line + "\n" for line in lines)
            if write:
                continue
            differs = plain(lines) != plain(wanted)
            failed += differs
            print(f"{'FAIL' if differs else 'ok'} readme: {command}")
            for line in set(plain(lines)) ^ set(plain(wanted)) if differs else ():
                print(f"     {'+' if line in plain(lines) else '-'} {line}")
        text = text.replace(block, fresh)
    if write:
        with open(README, "w", encoding="utf-8") as file:
            file.write(text)
    return failed


def sender(text, folder, environment):
    snippet = re.search(r"^```python\n(.*?)^```", text, re.M | re.S).group(1)
    done = subprocess.run([sys.executable, "-c", snippet], cwd=folder, env=environment, timeout=60,
                          capture_output=True, text=True, check=False)
    size = len([line for line in snippet.splitlines() if line.strip()])
    sound = done.returncode == 0 and '"accepted"' in done.stdout and size <= 25
    print(f"{'ok' if sound else 'FAIL'} readme: a sender in Python, {size} lines")
    if not sound:
        print(done.stdout + done.stderr)
    return not sound


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    write = "--write" in sys.argv
    programs = os.environ.get("BATUTA_BIN", os.path.join(ROOT, "build/release/bin"))
    environment = dict(os.environ, PATH=programs + ":" + os.environ["PATH"])
    environment.setdefault("BATUTA_STACK", os.path.join(ROOT, "build/stack"))
    with tempfile.TemporaryDirectory() as folder:
        failed = tour(text, folder, environment, write)
        failed += 0 if write else sender(text, folder, environment)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
