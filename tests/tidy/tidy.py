#!/usr/bin/env python3
"""tidy: the house rules as checks. One line each: "ok NAME" or "FAIL NAME: file:line what; ...".

An exception carries its reason beside it: a comment `tidy: allow WHAT because ...` in the function
or up to three lines above the place (for a file: in its first 20 lines).
"""
import concurrent.futures
import fnmatch
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import c_text  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CFLAGS = ["-std=c17", "-I.", "-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra",
          "-Werror", "-Wshadow", "-Wconversion", "-Wvla", "-Wswitch-enum", "-Wstrict-prototypes"]
LIMITS = {"function": 60, "nesting": 3, "file": 500, "line": 100, "params": 5}
TOP_LEVEL = {"services", "common", "proto", "deploy", "tests", "docs", "docker-compose.yml",
             "Makefile", "README.md", "DECISIONS.md", "CHANGELOG.md", "LICENSE", ".ci",
             ".gitignore", ".dockerignore", ".clang-format", ".clang-tidy", ".editorconfig"}
# Header -> the one file (or its parts, by pattern) that may include it.
FOREIGN = {"jansson.h": ["common/json.c"], "libpq-fe.h": ["common/pg.c"],
           "librdkafka/rdkafka.h": ["common/bus*", "deploy/local/mock_broker.c"],
           "librdkafka/rdkafka_mock.h": ["deploy/local/mock_broker.c"],
           "microhttpd.h": ["common/http.c"], "openssl/": ["common/digest.c"],
           "uuid/uuid.h": ["common/ids.c"], "uuid.h": ["common/ids.c"]}
BANNED = ["strcpy", "strcat", "sprintf", "vsprintf", "gets", "atoi", "atol", "atof", "strtok",
          "strncpy", "strncat", "alloca", "system", "popen", "rand"]
# What the linker may be asked for by pure code, besides other pure code.
PURE_SYMBOLS = ["mem*", "strlen", "strcmp", "strncmp", "strnlen", "__mem*_chk", "__stack_chk_fail",
                "__assert_fail", "abort", "_GLOBAL_OFFSET_TABLE_", "arena_*", "str_*", "fold_*",
                "fault_*", "message_*", "assert_*", "batuta_assert*", "right_names", "topic_*",
                "type_*", "*_shape", "table_get", "__*ti3", "limits_*", "shape_*",
                "sha256_*", "instant_*", "uuid_derive", "uuid_valid", "buf_*", "*_names",
                "*_entity", "currency_*", "decimal_*", "money_*", "divide_*", "round_*",
                "extend_*", "prorate", "qsort", "bsearch", "reference_kinds",
                "snapshot_*"]


def files(*patterns):
    return sorted(f for p in patterns for f in glob.glob(p, recursive=True)
                  if "/node_modules/" not in f and not f.startswith("build/"))


def c_files():
    return files("common/*.[ch]", "proto/*.[ch]", "services/**/*.[ch]", "deploy/local/*.[ch]",
                 "tests/*/*.[ch]")


def product_files():
    return [f for f in c_files() if not f.startswith("tests/")]


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "services" else parts[0]


def may_include(path, header):
    room, target = room_of(path), room_of(header)
    if room in ("tests", "deploy"):
        return True
    allowed = {"common": {"common"}, "proto": {"proto", "common"}}
    return target in allowed.get(room, {room, "proto", "common"})


def check_includes():
    for path in c_files():
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not found:
                continue
            header = found.group(2)
            if found.group(1) == '"':
                if not os.path.exists(header):
                    yield f"{path}:{number} \"{header}\" is not named from the root"
                elif not may_include(path, header):
                    yield f"{path}:{number} may not include {header}"
            for name, owners in FOREIGN.items():
                if header.startswith(name) and path[:6] != "tests/" and \
                        not any(fnmatch.fnmatch(path, owner) for owner in owners):
                    yield f"{path}:{number} only {owners[0]} may include {header}"


def pure_files():
    patterns = [line.strip() for line in open("tests/tidy/pure.txt", encoding="utf-8")
                if line.strip() and line[0] != "#"]
    out = {f for p in patterns if p[0] == "!" for f in files(p[1:])}
    return [f for f in files(*(p for p in patterns if p[0] != "!")) if f not in out]


def pure_objects():
    """(path, undefined symbols, defined symbols, mutable data) of each pure file."""
    def one(path):
        with tempfile.TemporaryDirectory() as folder:
            obj = os.path.join(folder, "x.o")
            made = subprocess.run(["gcc", *CFLAGS, "-O1", "-fPIE", "-c", path, "-o", obj],
                                  capture_output=True, text=True)
            if made.returncode:
                return path, None, set(), []
            text = subprocess.run(["nm", obj], capture_output=True, text=True).stdout
            table = subprocess.run(["objdump", "-t", obj], capture_output=True, text=True).stdout
        undefined = set(re.findall(r"^ +U (\S+)$", text, re.M))
        defined = set(re.findall(r"^[0-9a-f]+ [TRDBVW] (\S+)$", text, re.M))
        mutable = [line.split()[-1] for line in table.splitlines()
                   if re.search(r" O (\.bss|\.data(?!\.rel\.ro)|\*COM\*)", line)]
        return path, undefined, defined, mutable
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, pure_files()))


def check_purity():
    objects = pure_objects()
    known = {}
    for path, _, defined, _ in objects:
        for room in ([room_of(path)] if path.startswith("services/") else ["*"]):
            known.setdefault(room, set()).update(defined)
    for path, undefined, _, mutable in objects:
        if undefined is None:
            yield f"{path}:1 does not compile"
            continue
        mine = known.get(room_of(path), set()) | known.get("*", set())
        for symbol in sorted(undefined - mine):
            if not any(fnmatch.fnmatch(symbol, p) for p in PURE_SYMBOLS):
                yield f"{path}:1 is pure and calls {symbol}"
        for symbol in mutable:
            yield f"{path}:1 is pure and holds the mutable {symbol}"


def check_decide_is_pure():
    listed = set(pure_files())
    for path in files("services/*/decide.c"):
        if path not in listed:
            yield f"{path}:1 is not in tests/tidy/pure.txt"


def check_no_floats():
    for path in product_files():
        for number, line in c_text.lines_without_comments(path):
            if re.search(r"\b(float|double)\b", line) and not c_text.allowed(path, number, "float"):
                yield f"{path}:{number} floating point"


def check_headers_alone():
    def one(path):
        done = subprocess.run(["gcc", *CFLAGS, "-fsyntax-only", "-x", "c", "-include", path,
                               "/dev/null"], capture_output=True, text=True)
        first = done.stderr.strip().splitlines()[:1]
        return f"{path}:1 does not compile alone ({first[0] if first else ''})" \
            if done.returncode else None
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(one, [f for f in c_files() if f.endswith(".h")]))


def over(path, number, what, got):
    if got > LIMITS[what] and not c_text.allowed(path, number, what):
        return f"{path}:{number} {what} {got} > {LIMITS[what]}"
    return None


def check_functions(what):
    measure = {"function": c_text.length, "nesting": c_text.nesting, "params": c_text.params}[what]
    for path in c_files():
        for function in c_text.functions(path):
            got = measure(function)
            if got > LIMITS[what] and not c_text.allowed_in(function, what):
                yield f"{path}:{function.line} {function.name} {what} {got} > {LIMITS[what]}"


def check_file_length():
    for path in c_files() + files("tests/**/*.py", "services/**/*.sql"):
        found = over(path, 1, "file", sum(1 for _ in open(path, encoding="utf-8")))
        if found:
            yield found


def check_line_length():
    for path in c_files() + files("tests/**/*.py", "deploy/local/*", "tests/run", ".ci/run"):
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            found = over(path, number, "line", len(line.rstrip("\n")))
            if found:
                yield found


def tracked():
    done = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                          capture_output=True, text=True)
    if done.returncode == 0:
        return [f for f in done.stdout.splitlines() if os.path.isfile(f)]
    return [f for f in files("**/*", ".*", ".ci/*") if os.path.isfile(f)]


def check_top_level():
    there = {f.split("/")[0] for f in tracked()} - {".git", "build"}
    for name in sorted(there - TOP_LEVEL):
        yield f"{name} does not belong to the top level"
    for name in sorted(TOP_LEVEL - there):
        yield f"{name} is missing"


def check_readme_commands():
    try:
        screen = "".join(open("README.md", encoding="utf-8").readlines()[:40])
    except FileNotFoundError:
        screen = ""
    for command in ("git clone", "make demo"):
        if command not in screen:
            yield f"README.md:1 the first screen does not show `{command}`"


def check_banned():
    names = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) +
                       r")\s*\(|\b(goto)\b|\b(typedef struct)\b")
    for path in c_files():
        for number, line in c_text.lines_without_comments(path):
            found = names.search(line)
            if found and not c_text.allowed(path, number, "banned"):
                yield f"{path}:{number} {found.group(1) or found.group(2) or found.group(3)}"


def check_opening_comment():
    for path in c_files():
        if not open(path, encoding="utf-8").read(2).startswith("/*"):
            yield f"{path}:1 does not say what room it is"


def check_no_leftovers():
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b|/wo" + r"rk/")
    for path in tracked():
        if path == "LICENSE":
            continue
        try:
            lines = open(path, encoding="utf-8").read().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if words.search(line):
                yield f"{path}:{number} {words.search(line).group(0)}"


def check_migrations():
    for folder in files("common/migrations", "services/*/migrations"):
        for number, name in enumerate(sorted(os.listdir(folder)), 1):
            if not re.fullmatch(rf"{number:04d}_[a-z0-9_]+\.sql", name):
                yield f"{folder}/{name}:1 is not {number:04d}_name.sql"


def check_service_pages():
    for path in files("services/*/main.c"):
        if not os.path.exists(os.path.join(os.path.dirname(path), "README.md")):
            yield f"{os.path.dirname(path)}/README.md is missing"


CHECKS = {
    "includes": check_includes, "purity": check_purity, "decide-is-pure": check_decide_is_pure,
    "no-floats": check_no_floats, "headers-alone": check_headers_alone,
    "function-length": lambda: check_functions("function"),
    "nesting": lambda: check_functions("nesting"), "params": lambda: check_functions("params"),
    "file-length": check_file_length, "line-length": check_line_length,
    "top-level": check_top_level, "readme-commands": check_readme_commands,
    "banned": check_banned, "opening-comment": check_opening_comment,
    "no-leftovers": check_no_leftovers, "migrations": check_migrations,
    "service-pages": check_service_pages,
}


def main():
    os.chdir(ROOT)
    wanted = sys.argv[1:] or list(CHECKS)
    failed = 0
    for name in wanted:
        wrong = list(CHECKS[name]())
        failed += bool(wrong)
        print(f"FAIL {name}: " + "; ".join(wrong) if wrong else f"ok {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
