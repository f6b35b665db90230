"""c_text: as much reading of C as the lengths need. It counts on clang-format's layout: the braces
of a function stand alone at the left margin."""
import functools
import re

CONTROL = {"if", "for", "while", "switch"}


class Function:
    """name, line of the signature, its parameters as text, body as text, first and last line."""

    def __init__(self, name, line, parameters, raw, clean):
        self.name, self.line, self.parameters = name, line, parameters
        self.raw, self.clean = raw, clean


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


@functools.lru_cache(maxsize=None)
def read(path):
    """The text, and the text with comments, strings and preprocessor lines as spaces."""
    raw = open(path, encoding="utf-8").read()
    clean = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, raw,
                   flags=re.S)
    clean = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", blank, clean, flags=re.M)
    return raw, clean


def lines_without_comments(path):
    """(number, line) without comments and strings; preprocessor lines stay out too."""
    return list(enumerate(read(path)[1].splitlines(), 1))


def allowed(path, number, what):
    lines = read(path)[0].splitlines()
    near = lines[:20] if what == "file" else lines[max(0, number - 4):number + 1]
    return any(re.search(rf"tidy: allow {what} because \w", line) for line in near)


def allowed_in(function, what):
    return re.search(rf"tidy: allow {what} because \w", function.raw) is not None


@functools.lru_cache(maxsize=None)
def functions(path):
    raw, clean = read(path)
    raw_lines, lines = raw.splitlines(), clean.splitlines()
    found, at = [], 0
    while at < len(lines):
        if lines[at].rstrip() != "{":
            at += 1
            continue
        end = next((n for n in range(at, len(lines)) if lines[n].rstrip() == "}"), len(lines) - 1)
        start = at
        while start > 0 and lines[start - 1].strip() and lines[start - 1].rstrip()[-1] not in ";}":
            start -= 1
        signature = " ".join(lines[start:at])
        named = re.search(r"(\w+)\s*\((.*)\)", signature, re.S)
        if named:
            found.append(Function(named.group(1), start + 1, named.group(2),
                                  "\n".join(raw_lines[max(0, start - 3):end + 1]),
                                  "\n".join(lines[at:end + 1])))
        at = end + 1
    return found


def length(function):
    return function.clean.count("\n") + 1


def params(function):
    text, depth, count = function.parameters.strip(), 0, 1
    if text in ("", "void"):
        return 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        count += char == "," and depth == 0
    return count


def nesting(function):
    """Deepest control statement: an if in a for in a function is 2. else-if counts as its if."""
    tokens = re.findall(r"\w+|[^\s\w]", function.clean)
    deepest = 0

    def skip(at, left, right):
        depth = 0
        while at < len(tokens):
            depth += (tokens[at] == left) - (tokens[at] == right)
            at += 1
            if depth == 0:
                break
        return at

    def block(at, depth):
        at += 1
        while at < len(tokens) and tokens[at] != "}":
            at = statement(at, depth)
        return at + 1

    def control(at, depth):
        nonlocal deepest
        deepest = max(deepest, depth + 1)
        at = statement(skip(at + 1, "(", ")"), depth + 1)
        if at < len(tokens) and tokens[at] == "else":
            at = control(at + 1, depth) if tokens[at + 1] == "if" else statement(at + 1, depth + 1)
        return at

    def plain(at, depth):
        """A declaration or expression up to its semicolon; NAME(...) { is a loop by macro."""
        nonlocal deepest
        if at + 1 < len(tokens) and tokens[at + 1] == "(" and re.match(r"\w", tokens[at]):
            after = skip(at + 1, "(", ")")
            if after < len(tokens) and tokens[after] == "{":
                deepest = max(deepest, depth + 1)
                return block(after, depth + 1)
        while at < len(tokens) and tokens[at] not in (";", "}"):
            if tokens[at] in "([{":
                at = skip(at, tokens[at], {"(": ")", "[": "]", "{": "}"}[tokens[at]])
            else:
                at += 1
        return at + 1 if at < len(tokens) and tokens[at] == ";" else at

    def statement(at, depth):
        nonlocal deepest
        token = tokens[at]
        if token == "{":
            return block(at, depth)
        if token in CONTROL:
            return control(at, depth)
        if token == "do":
            deepest = max(deepest, depth + 1)
            return plain(statement(at + 1, depth + 1), depth)
        if token in ("case", "default"):
            while at < len(tokens) and tokens[at] != ":":
                at += 1
            return at + 1
        return plain(at, depth)

    block(0, 0)
    return deepest
