#!/usr/bin/env python3
"""docs: what the documents say is what the programs say. One line each: "ok NAME" or
"FAIL NAME: file: what; ...".

usage: docs.py [--bin FOLDER] [NAME...]   FOLDER: the built programs (build/release/bin)
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICES = ["catalog", "pricing", "approvals", "orders", "notifications"]
SUBCOMMANDS = {"run", "migrate", "check", "describe", "republish", "reconcile", "--help"}
BIN = "build/release/bin"
# A code has an underscore; these are the ones that have none.
CODE = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|conflict|undecidable|cancelled|unavailable"
CODE_CALLS = (r"\b(?:fail|refuse|refused|fault_of|shape_refuse|fault_say|tell_refused|set_aside|"
              r"REFUSE|http_problem)\s*\(")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def output(program, *arguments):
    """What a program prints; it needs no stack for it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
    return subprocess.run([os.path.join(BIN, program), *arguments], capture_output=True, text=True,
                          env=env, timeout=30, check=False).stdout


def pages():
    return sorted(["README.md", "DECISIONS.md", "CHANGELOG.md", "deploy/README.md"] +
                  glob.glob("docs/*.md") + glob.glob("services/*/README.md") +
                  glob.glob("deploy/*/README.md"))


def blocks(text, language=None):
    """Fenced blocks; language None: those of any."""
    return [body for name, body in re.findall(r"^```(\S*)\n(.*?)^```", text, re.M | re.S)
            if language is None or name == language]


def rows(text):
    """Cells of every table row, without the ruler."""
    found = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("| \n"))]
             for line in re.findall(r"^\|.*$", text, re.M)]
    return [row for row in found if not set("".join(row)) <= set("-: ")]


# --- README


def check_two_commands():
    first = blocks(read("README.md"), "sh")[0]
    commands = [line.split("#")[0].strip() for line in first.splitlines() if line.strip()]
    if commands != ["make demo", "make test"]:
        yield f"README.md: the first block holds {commands}"
    screen = "".join(read("README.md").splitlines(True)[:40])
    if first not in screen:
        yield "README.md: the two commands are not on the first screen"


def described(service):
    """(duty, topics heard, topics told, the service's own tables) by `describe`."""
    text = output(f"batuta-{service}", "describe")
    duty = text.split("\n", 1)[0].split(": ", 1)[1]
    hears = re.findall(r"^  (\S+) \((?:open|closed)\)", text, re.M)
    tells = re.findall(r"^  (\S+) +batuta\.", text.split("\ntells:")[1].split("\nqueries")[0], re.M)
    own = re.split(r"\nqueries \(GET\):\n(?:  .*\n)+\n", text)[1].strip("\n")
    return duty, set(hears), set(tells) | {f"{service}.events.v1"}, own


def tables_made(service):
    """The tables of a service when all its migrations have run."""
    made = set()
    for path in sorted(glob.glob(f"services/{service}/migrations/*.sql")):
        for word, name, later in re.findall(
                r"^(create|alter|drop) table (\w+)(?: rename to (\w+))?", read(path), re.M):
            if word != "create" and (later or word == "drop"):
                made.discard(name)
            if word == "create" or later:
                made.add(later or name)
    return made


def check_services_table():
    table = {row[0].strip("`"): row for row in rows(read("README.md")) if len(row) == 5}
    for service in SERVICES:
        if service not in table:
            yield f"README.md: {service} is not in the table of services"
            continue
        duty, hears, tells, _ = described(service)
        made = tables_made(service)
        _, *cells = table[service]
        if cells[0] != duty:
            yield f"README.md: {service} does: {duty}"
        for name, cell, real in (("hears", cells[1], hears), ("tells", cells[2], tells),
                                 ("has the tables", cells[3], made)):
            said = {s.replace("<partner>", "%s") for s in re.findall(r"`([^`]+)`", cell)}
            if said != real:
                yield f"README.md: {service} {name} {sorted(real)}, not {sorted(said)}"


def check_states():
    for service in SERVICES:
        path = f"services/{service}/README.md"
        own = described(service)[3]
        if not any(block.strip("\n") == own for block in blocks(read(path))):
            yield f"{path}: no block is what batuta-{service} describe prints after its queries"


# --- commands


def cli_table():
    """(noun, verb or None) of every command that `batuta help` prints."""
    table = set()
    for line in output("batuta", "help").split("\noptions of")[0].splitlines():
        words = re.match(r"  (?! )(\S.*?)(?:  |$)", line)
        if words:
            name = [w for w in words.group(1).split() if re.fullmatch(r"[a-z]+", w)]
            table.add((name[0], name[1] if len(name) > 1 else None))
    return table


def command_lines(text):
    """Each `batuta ...` and `batuta-SERVICE ...` that somebody is told to type."""
    lines = [line for block in blocks(text) for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    pattern = r"(?:^\$ |^|[;&|] *|bin/|--rm )(batuta(?:-[a-z]+)?) +([a-z-][^#;&|>]*)"
    for line in lines:
        for found in re.finditer(pattern, line):
            yield found.group(1), found.group(2).split()


def known_options(words, cache):
    if words not in cache:
        text = output("batuta", *words, "--help")
        cache[words] = set(re.findall(r"^  --([a-z-]+)", text, re.M))
    return cache[words]


def check_commands():
    table, cache = cli_table(), {}
    if len(table) < 20:
        yield f"{BIN}/batuta: help prints {len(table)} commands"
        return
    for path in pages():
        for program, words in command_lines(read(path)):
            if program != "batuta":
                service = program.split("-", 1)[1]
                if service in SERVICES + ["service"] and words[0] not in SUBCOMMANDS:
                    yield f"{path}: {program} has no subcommand {words[0]}"
                continue
            verb = words[1] if len(words) > 1 else None
            name = next(((words[0], v) for v in (verb, None) if (words[0], v) in table), None)
            if name is None:
                if words[0] != "NOUN":
                    yield f"{path}: there is no command batuta {' '.join(words[:2])}"
                continue
            wanted = {w[2:].split("=")[0] for w in words if re.match(r"--[a-z]", w)}
            known = known_options(tuple(w for w in name if w), cache) if wanted else wanted
            for option in sorted(wanted - known):
                yield f"{path}: batuta {' '.join(words[:2])} has no --{option}"


# --- prints


def check_settings():
    printed = {s: output(f"batuta-{s}", "--help").split("settings:\n")[1] for s in SERVICES}
    if len(set(printed.values())) != 1:
        yield "the services do not print the same settings"
    if printed["orders"] not in blocks(read("docs/settings.md")):
        yield "docs/settings.md: its block is not what batuta-orders --help prints"


def check_contract_prints():
    held = blocks(read("docs/contract.md"))
    for words in (["topics", "list"], ["limits"]):
        if output("batuta", *words) not in held:
            yield f"docs/contract.md: no block is what batuta {' '.join(words)} prints"


def check_metrics():
    names = re.findall(r'\{"(\w+)", METRIC_(?:COUNTER|GAUGE)', re.sub(r"\s+", " ", read(
        "common/loop.c")))
    told = set(re.findall(r"`batuta_([a-z_]+)`", read("deploy/README.md")))
    roles = {s for s in told if s.split("_")[0] in SERVICES + ["migrate"]}
    for name in sorted(set(names) - told):
        yield f"deploy/README.md: does not say what batuta_{name} means"
    for name in sorted(told - roles - set(names)):
        yield f"deploy/README.md: there is no metric batuta_{name}"


def codes_of(text):
    """Codes that a source file makes: by `.code =`, by the calls that refuse, by tables of them."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^\s*#\s*(?:include|define).*$", "", text, flags=re.M)
    text = re.sub(r"\s+", " ", text)
    found = set(re.findall(rf'\bcode = (?:STR\(|\{{)?"({CODE})"', text))
    found |= set(re.findall(rf'\{{ ?"({CODE})", (?:"[^"]* [^"]*"|NULL)', text))
    for call in re.finditer(CODE_CALLS, text):
        literal = re.search(rf'"({CODE})"', text[call.end():call.end() + 200].split(";")[0])
        found |= {literal.group(1)} if literal else set()
        second = re.search(rf'\? "({CODE})" : "({CODE})"', text[call.end():].split(";")[0])
        found |= set(second.groups()) if second else set()
    for value in re.findall(r"\breturn ([^;]*);", text):
        if "(" not in value or re.match(r'[^"]*\? "', value):
            found |= set(re.findall(rf'"({CODE})"', value))
    return found


def check_codes():
    made = {}
    for path in sorted(glob.glob("common/*.c") + glob.glob("services/*/*.c")):
        if not path.startswith("services/cli/"):
            for code in codes_of(read(path)):
                made.setdefault(code, path)
    told = set()
    for row in rows(read("docs/contract.md").split("\n## Codes")[1]):
        cell = re.fullmatch(rf"`({CODE})`", row[0])
        if cell and len(row) == 3:
            if cell.group(1) in told:
                yield f"docs/contract.md: {cell.group(1)} twice"
            told.add(cell.group(1))
    for code in sorted(set(made) - told):
        yield f"docs/contract.md: {code} of {made[code]} is missing"
    for code in sorted(told - set(made)):
        yield f"docs/contract.md: nothing refuses with {code}"


def check_types():
    """Every type name that a page spells out in full exists."""
    known = set(re.findall(r"batuta(?:\.[a-z_]+)+\.v1", read("proto/asyncapi.yaml")))
    known |= {f"batuta.{s}.parked.{v}.v1" for s in SERVICES for v in ("redrive", "discard")}
    known |= set(re.findall(r"batuta\.runtime[a-z.]+\.v1", read("common/operate.c")))
    for path in pages():
        for name in sorted(set(re.findall(r"batuta\.[a-z]+\.[a-z_]+\.[a-z_]+\.v1", read(path)))):
            if name not in known:
                yield f"{path}: there is no type {name}"


# --- the text itself


def check_links():
    for path in pages():
        for target in re.findall(r"\]\(([^)#\s]+)", read(path)):
            there = os.path.join(os.path.dirname(path), target)
            if "://" not in target and not os.path.exists(there):
                yield f"{path}: {target} is not there"


def check_words():
    # In two halves, so that this list of words is no finding of its own kind.
    banned = re.compile("place" "holder|coming" " soon|not yet" " implemented|"
                        "exactly[- ]once|T" "BD", re.I)
    for path in pages():
        for number, line in enumerate(read(path).splitlines(), 1):
            if banned.search(line):
                yield f"{path}:{number} says {banned.search(line).group(0)}"


CHECKS = {
    "docs-two-commands": check_two_commands, "docs-services-table": check_services_table,
    "docs-states": check_states, "docs-commands": check_commands, "docs-settings": check_settings,
    "docs-contract-prints": check_contract_prints, "docs-metrics": check_metrics,
    "docs-codes": check_codes, "docs-types": check_types, "docs-links": check_links,
    "docs-words": check_words,
}


def main():
    global BIN
    os.chdir(ROOT)
    words = sys.argv[1:]
    if "--bin" in words:
        at = words.index("--bin")
        BIN = words[at + 1]
        del words[at:at + 2]
    failed = 0
    for name in words or list(CHECKS):
        try:
            wrong = list(CHECKS[name]())
        except (OSError, IndexError) as error:
            wrong = [f"{type(error).__name__} {error}"]
        failed += bool(wrong)
        print(f"FAIL {name}: " + "; ".join(wrong) if wrong else f"ok {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
