"""Style is a test: budgets, banned calls, dead modules, locks and prose, over the whole tree.

Each rule is a function of `tidy.py`; the second half of this file plants a fault for each of them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise
from pathlib import Path

import pytest

import tidy
from tree import PYTHON_FOLDERS, ROOT, SOURCE, Module, imports_of, markdown_files, modules_under, python_files

MODULES = modules_under(SOURCE)
LOCKS = {"requirements.lock": ("build",), "requirements-dev.lock": ("build", "dev")}
LOCKS["requirements-bench.lock"] = ("build", "dev", "bench")
"""Lock -> dependency groups it holds beside the package's own dependencies."""
ENTRIES = {"afterchat.__main__", "afterchat.server.embedded", "afterchat.simulator.strangers"}
"""Modules that are started, used by `bench` and `tools` alone, or meant for the programs of others."""


def test_files_of_the_package_stay_within_their_budget() -> None:
    long = {module.shown: module.text.count("\n") for module in MODULES}

    assert listed(f"{name}: {lines}" for name, lines in long.items() if lines > tidy.FILE_LINES_MAX) == ""


def test_functions_of_the_package_fit_a_screen() -> None:
    assert listed(list(chain.from_iterable(map(tidy.function_faults, MODULES)))) == ""


def test_only_the_clock_reads_the_time_and_nobody_draws_from_global_chance() -> None:
    faults = (
        tidy.call_faults(module, is_clock=module.name == "afterchat.clock", may_print=is_command(module))
        for module in MODULES
    )

    assert listed(list(chain.from_iterable(faults))) == ""


def test_sql_lives_in_sql_files() -> None:
    assert listed(list(chain.from_iterable(map(tidy.sql_faults, MODULES)))) == ""


def test_every_module_says_what_it_offers() -> None:
    assert listed(list(chain.from_iterable(map(tidy.all_faults, MODULES)))) == ""


def test_every_file_opens_with_its_purpose() -> None:
    modules = chain.from_iterable(modules_under(ROOT / folder) for folder in PYTHON_FOLDERS)

    assert listed(list(chain.from_iterable(map(tidy.docstring_faults, modules)))) == ""


def test_no_file_is_a_drawer_for_everything() -> None:
    assert listed([str(path) for path in python_files() if path.stem in tidy.BANNED_NAMES]) == ""


def test_every_module_is_used() -> None:
    used = {one.imported for one in imports_of(MODULES)} | ENTRIES | set(named_in_strings())
    packages = {module.name for module in MODULES if module.path.name == "__init__.py"}

    assert listed([module.shown for module in MODULES if module.name not in used | packages]) == ""


def test_whatever_silences_a_tool_gives_its_reason() -> None:
    files = [(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in python_files()]

    assert listed([fault for file in files for fault in tidy.suppression_faults(*file)]) == ""


def test_nothing_is_left_for_later_and_no_registry_is_named() -> None:
    faults = [
        fault
        for shown, text in texts()
        for fault in chain(tidy.marker_faults(shown, text), tidy.host_faults(shown, text))
    ]

    assert listed(faults) == ""


def test_prose_has_one_sentence_a_line() -> None:
    pages = [(str(page.relative_to(ROOT)), page.read_text("utf-8")) for page in markdown_files()]

    assert listed([fault for page in pages for fault in tidy.prose_faults(*page)]) == ""


def test_what_tests_make_goes_with_them() -> None:
    assert listed(list(chain.from_iterable(map(tidy.leftover_faults, modules_under(ROOT / "tests"))))) == ""


def test_temporary_files_of_processes_that_tests_start_go_with_the_run(scratch: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"], capture_output=True, check=True
    )

    assert told.stdout.decode().strip() == scratch
    assert tempfile.gettempdir() == str(Path(scratch).parent)


def test_test_files_have_names_of_their_own() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py") if path.stem not in ("conftest", "__init__"))

    assert listed([name for name, count in names.items() if count > 1]) == ""


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_hashes_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    requirements = re.split(r"\n(?=\w)", re.sub(r"(?m)^#.*\n", "", text))

    assert "://" not in text
    assert listed([one.splitlines()[0] for one in requirements if "==" not in one or "--hash=sha256:" not in one]) == ""


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_everything_that_pyproject_asks_for(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = chain(project["project"]["dependencies"], *(project["dependency-groups"][group] for group in LOCKS[lock]))
    wanted = {re.match(r"[\w.-]+", one)[0].lower().replace("_", "-") for one in asked}
    locked = set(re.findall(r"(?m)^([\w.-]+)==", (ROOT / lock).read_text("utf-8")))

    assert wanted - locked == set()


def test_the_locks_agree_with_each_other() -> None:
    pins = [dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / lock).read_text("utf-8"))) for lock in LOCKS]

    for smaller, larger in pairwise(pins):
        assert {name: larger.get(name) for name in smaller} == smaller


PLANTED_CALLS = (
    "import time\ntime.time()",
    "from time import monotonic as now\nnow()",
    "from datetime import datetime\ndatetime.now()",
    "import datetime\ndatetime.datetime.now(datetime.UTC)",
    "import random\nrandom.choice([1])",
    "from random import randint\nrandint(1, 2)",
    "eval('1')",
    "print(1)",
    "def f():\n    global x\n    x = 1",
)


@pytest.mark.parametrize("code", PLANTED_CALLS)
def test_a_planted_call_is_caught(code: str) -> None:
    assert list(tidy.call_faults(planted(code), is_clock=False, may_print=False)) != []


@pytest.mark.parametrize("code", ["import random\nrandom.Random(1).choice([1])", "from datetime import datetime"])
def test_a_seeded_chance_and_a_type_are_no_faults(code: str) -> None:
    assert list(tidy.call_faults(planted(code), is_clock=False, may_print=False)) == []


def test_planted_shapes_are_caught() -> None:
    long = "def f():\n" + "    x = 1\n" * tidy.FUNCTION_LINES_MAX

    assert list(tidy.function_faults(planted(long))) != []
    assert list(tidy.sql_faults(planted("x = f'SELECT {1} FROM sessions WHERE 1'"))) != []
    assert list(tidy.sql_faults(planted("x = 'delete from nothing'\ny = 'SELECT one'"))) == []
    assert list(tidy.leftover_faults(planted("from tempfile import mkdtemp\nmkdtemp()"))) != []
    assert list(tidy.leftover_faults(planted("import tempfile\ntempfile.TemporaryDirectory()"))) == []
    assert list(tidy.all_faults(planted("def open_store(): ..."))) != []
    assert list(tidy.all_faults(planted("__all__ = ['b', 'A']"))) != []
    assert list(tidy.all_faults(planted("__all__ = ['B_MAX', 'A', 'b']"))) == []
    assert list(tidy.docstring_faults(planted("x = 1"))) != []
    assert list(tidy.docstring_faults(planted('"""x"""\nfrom afterchat.contract.codec import _decode'))) != []


def test_planted_words_are_caught() -> None:
    assert list(tidy.marker_faults("x", "# " + "TO" + "DO: later")) != []
    assert list(tidy.host_faults("x", "see https://" + "py" + "pi.org/simple")) != []
    assert list(tidy.suppression_faults("x", "import os  # " + "noqa")) != []
    assert list(tidy.suppression_faults("x", "import os  # " + "noqa: F401")) != []
    assert list(tidy.suppression_faults("x", "x = 1  # type" + ": ignore[misc]")) != []
    assert list(tidy.suppression_faults("x", "import os  # " + "noqa: F401  loaded for its effect")) == []
    assert list(tidy.suppression_faults("x", "x = 1  # type" + ": ignore[misc]  # the stub is wrong")) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("One sentence. And another.", 2),
        ("一句话。又一句。", 2),
        ("See `a. B` and [c. D](e. F).", 1),
        ("- **A label.** One sentence, e.g. This one.", 1),
        ("Version 1.2 of it (see above).", 1),
        ("第一句；第二句。", 1),
    ],
)
def test_sentences_are_counted(line: str, count: int) -> None:
    assert tidy.sentence_count(line) == count


def listed(faults: Iterable[str]) -> str:
    """All of them, one a line, so that a failure shows every one."""
    return "\n".join(faults)


def planted(code: str) -> Module:
    return Module("planted", Path("planted.py"), code, ast.parse(code))


def is_command(module: Module) -> bool:
    return module.name.startswith("afterchat.cli")


def named_in_strings() -> list[str]:
    """Modules that a table names as text, such as the commands or a process to start."""
    strings = [
        node.value
        for module in MODULES
        for node in ast.walk(module.syntax)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [text.partition(":")[0] for text in strings if text.startswith("afterchat.")]


def texts() -> list[tuple[str, str]]:
    """Every text of the project that people write or read, with its path."""
    paths = [*python_files(), *markdown_files(), *ROOT.glob("*.lock"), *ROOT.glob("*.toml"), ROOT / "Makefile"]
    paths += [*(ROOT / ".ci").iterdir(), *SOURCE.rglob("*.sql"), *(ROOT / "docs").rglob("*.md")]
    paths += [path for path in (ROOT / "deploy").rglob("*") if path.is_file() and path.suffix != ".md"]
    return [(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in paths]
