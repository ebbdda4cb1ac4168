"""The style of the house as functions: each takes a module or a text and gives one line for each thing wrong.

A rule that ruff or mypy already has does not belong here.
`test_tidy.py` runs the rules over the tree, and over planted faults to see that they catch anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tree import Module

__all__ = [
    "BANNED_NAMES",
    "FILE_LINES_MAX",
    "FUNCTION_LINES_MAX",
    "all_faults",
    "call_faults",
    "docstring_faults",
    "function_faults",
    "host_faults",
    "leftover_faults",
    "marker_faults",
    "prose_faults",
    "sql_faults",
    "suppression_faults",
]

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
BANNED_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

CLOCK_CALLS = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.monotonic",
    "time.monotonic_ns",
    "time.time",
    "time.time_ns",
}
"""What tells the time; perf_counter is a stopwatch for the machine itself and tells nobody what time it is."""
CHANCE_ALLOWED = {"random.Random", "random.SystemRandom"}
LASTING_CALLS = {"tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.mktemp"}
"""What nobody removes if the caller does not."""

MARKERS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b|\bbreakpoint\(\)")
HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("npmmirror", "com"),
            ("crates", "io"),
            ("golang", "org"),
            ("maven", "org"),
            ("debian", "org"),
            ("tuna", "tsinghua"),
            ("aliyun", "com"),
        )
    )
)
"""Registries and mirrors; spelled in parts, so that this file does not name them either."""

SQL = re.compile(
    r"\b(SELECT\s[^;]{1,400}?\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s)", re.DOTALL
)
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|pyright:|ruff:\s*noqa)(?P<rest>.*)")
REASONED = re.compile(r"(: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*|\[[\w, -]+\])\s+(#\s*)?(?P<reason>\S.*)")

ABBREVIATION = re.compile(r"\b(e\.g|i\.e|vs|etc|cf|approx|No|St|Dr|Mr|Ms)\.$")
SENTENCE_END = re.compile(r"[.!?][)\"'”’*_]*\s+(?=[\"'“(*_]*[A-Z])")
CHINESE_END = re.compile(r"[。！？](?=[^\s。！？）」』”’*_|)\]])")


def all_faults(module: Module) -> Iterator[str]:
    """A module with public names says which, sorted: constants, classes, then the rest."""
    public = [name for name in top_level_names(module.syntax) if not name.startswith("_")]
    declared = declared_all(module.syntax)
    if declared is None:
        if public:
            yield f"{module.shown}: has no __all__, but public names such as {public[0]}"
        return
    if declared != sorted(declared, key=all_order):
        yield f"{module.shown}: __all__ is not sorted (constants, classes, the rest)"


def call_faults(module: Module, *, is_clock: bool, may_print: bool) -> Iterator[str]:
    """Only the clock tells the time, chance comes from a seeded Random, print is for commands; no eval, no global."""
    names = imported_names(module.syntax)
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Global):
            yield f"{module.shown}:{node.lineno}: global {', '.join(node.names)}"
        called = dotted(node.func, names) if isinstance(node, ast.Call) else ""
        if called in CLOCK_CALLS and not is_clock:
            yield f"{module.shown}:{node.lineno}: {called}() outside clock.py; take a Clock"
        if called.startswith("random.") and called not in CHANCE_ALLOWED:
            yield f"{module.shown}:{node.lineno}: {called}() draws from global chance; take a Random"
        if called in ("eval", "exec") or (called == "print" and not may_print):
            yield f"{module.shown}:{node.lineno}: {called}()"


def leftover_faults(module: Module) -> Iterator[str]:
    """What a test makes goes with it, also when it fails."""
    names = imported_names(module.syntax)
    for node in ast.walk(module.syntax):
        called = dotted(node.func, names) if isinstance(node, ast.Call) else ""
        if called in LASTING_CALLS:
            yield f"{module.shown}:{node.lineno}: {called}() stays behind; take tmp_path or a TemporaryDirectory"


def docstring_faults(module: Module) -> Iterator[str]:
    """Every file opens with its purpose, and nobody borrows another file's private names."""
    if ast.get_docstring(module.syntax) is None and module.text.strip():
        yield f"{module.shown}: opens without a docstring"
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("afterchat"):
            for alias in node.names:
                if alias.name.startswith("_") and not alias.name.startswith("__"):
                    yield f"{module.shown}:{node.lineno}: {alias.name} is private to {node.module}"


def function_faults(module: Module) -> Iterator[str]:
    """A function fits a screen."""
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{module.shown}:{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES_MAX}"


def sql_faults(module: Module) -> Iterator[str]:
    """SQL lives in .sql files; docstrings may speak of it."""
    prose = {id(node.value) for node in ast.walk(module.syntax) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.syntax):
        if id(node) not in prose and SQL.search(literal_text(node)):
            yield f"{module.shown}:{node.lineno}: SQL in Python; name it in a .sql file"


def suppression_faults(shown: str, text: str) -> Iterator[str]:
    """Whatever silences a tool names the rule and the reason."""
    for number, line in enumerate(text.splitlines(), 1):
        found = SUPPRESSION.search(line)
        if found and not found["rest"].startswith("`"):
            reasoned = REASONED.match(found["rest"].strip() if found["rest"][:1] == " " else found["rest"])
            if reasoned is None and found[1] != "pragma: no cover":
                yield f"{shown}:{number}: {found[0].strip()} without a rule and a reason"


def marker_faults(shown: str, text: str) -> Iterator[str]:
    """Nothing is left for later."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := MARKERS.search(line):
            yield f"{shown}:{number}: leftover {found[0]}"


def host_faults(shown: str, text: str) -> Iterator[str]:
    """No registry is named: which one is used is the user's choice."""
    for number, line in enumerate(text.splitlines(), 1):
        if HOSTS.search(line):
            yield f"{shown}:{number}: names a registry's host"


def prose_faults(shown: str, text: str) -> Iterator[str]:
    """One sentence, one line; code, tables, headings and quoted output are not prose."""
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            is_code = not is_code
        if is_code or bare.startswith(("|", "#", "```", "~~~", "<", "[")) or line.startswith("    "):
            continue
        if sentence_count(bare) > 1:
            yield f"{shown}:{number}: more than one sentence on a line"


def sentence_count(line: str) -> int:
    """How many sentences a line of prose seems to hold; code, links and a bold label at the start do not count."""
    line = re.sub(r"`[^`]*`", "code", line)
    line = re.sub(r"\[[^\]]*\]\([^)]*\)", "link", line)
    line = re.sub(r"^([-*+]|\d+\.|>)\s+", "", line)
    line = re.sub(r"^\*\*[^*]+\*\*\s*", "", line)
    english = [found for found in SENTENCE_END.finditer(line) if not ABBREVIATION.search(line[: found.start() + 1])]
    return 1 + len(english) + len(CHINESE_END.findall(line))


def literal_text(node: ast.AST) -> str:
    """What a string literal says, with `?` for what an f-string fills in; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal_text(part) or "?" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def top_level_names(syntax: ast.Module) -> list[str]:
    """Names that a module binds itself, imports aside."""
    names = []
    for node in syntax.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names += [target.id for target in targets if isinstance(target, ast.Name) and target.id != "__all__"]
    return names


def declared_all(syntax: ast.Module) -> list[str] | None:
    """The literal value of __all__, or None."""
    for node in syntax.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return None


def all_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest; each by name."""
    bare = name.lstrip("_")
    rank = 0 if bare.isupper() and len(bare) > 1 else 1 if bare[:1].isupper() else 2
    return rank, name


def imported_names(syntax: ast.Module) -> dict[str, str]:
    """Local name -> what it stands for, for everything imported anywhere in the file."""
    names = {}
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """`datetime.now` -> `datetime.datetime.now`, following the imports; empty for anything more involved."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])
