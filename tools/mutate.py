"""Tests of the tests: change the core by one small fault at a time and see whether a test notices.

    python tools/mutate.py                              every module of the core, two processes
    python tools/mutate.py contract.signature --json F  one module; survivors with their lines go into F, too
    python tools/mutate.py contract.ack --list          what would be changed

Each process has a copy of the tree under the temporary folder: edits disturb no run, and a run disturbs nobody.
Every mutant is one forked child that runs the module's tests until the first one fails.
Mutants that change nothing anybody could see are listed with their reason in equivalent_mutants.toml beside this file.

Why not mutmut alone: it changes functions only, and here half of what matters stands in tables, patterns and limits.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from mutations import Mutation, mutations_of

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("src", "tests", "tools", "docs", "pyproject.toml", "ARCHITECTURE.md", "README.md", "Makefile")
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", ".hypothesis", ".coverage*")
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")

CONTRACT = ("tests/unit/contract", "tests/test_vectors.py", "tests/property")
STORE = ("tests/conformance",)
ENGINE = "tests/unit/engine"
RULES = (f"{ENGINE}/test_engine_summary.py", f"{ENGINE}/test_engine_stories.py")
TESTS: dict[str, tuple[str, ...]] = {
    "contract.signature": ("tests/unit/contract/test_contract_signature.py", "tests/test_vectors.py", "tests/property"),
    "contract.webhooks": ("tests/unit/contract/test_contract_webhooks.py", "tests/test_vectors.py", "tests/property"),
    "contract.ack": ("tests/unit/contract/test_contract_ack.py",),
    "contract.push": ("tests/unit/contract/test_contract_push.py", "tests/property"),
    "contract.codec": CONTRACT,
    "contract.lenient": CONTRACT,
    "contract.json_body": CONTRACT,
    "contract.drift": CONTRACT,
    "contract.vocabulary": (
        "tests/unit/contract/test_contract_vocabulary.py",
        "tests/unit/contract/test_contract_record.py",
    ),
    "contract.field": ("tests/unit/contract/test_contract_record.py", *CONTRACT),
    "contract.record": ("tests/unit/contract/test_contract_record.py", *CONTRACT),
    **{
        f"engine.{module}": (f"{ENGINE}/test_engine_{module}.py", ENGINE)
        for module in (
            *("checks", "events", "facts", "folds", "guards", "policy", "session"),
            *("states", "step", "stories", "summary", "timers", "verdict", "wire"),
        )
    },
    "engine.origins": (f"{ENGINE}/test_engine_events.py", ENGINE),
    **{f"engine.rules.{module}": RULES for module in ("links", "rating", "rule", "service", "talk", "told", "visitor")},
    "receiver.intake": ("tests/unit/receiver/test_receiver_intake.py", "tests/test_vectors.py"),
    "receiver.rings": ("tests/unit/receiver/test_receiver_rings.py", "tests/unit/receiver/test_receiver_intake.py"),
    "receiver.group": ("tests/unit/receiver/test_receiver_group.py",),
    "receiver.diagnosis": ("tests/unit/receiver/test_receiver_diagnosis.py",),
    "sender.schedule": ("tests/unit/sender/test_sender_schedule.py",),
    "sender.verdict": ("tests/unit/sender/test_sender_verdict.py",),
    "sender.request": ("tests/unit/sender/test_sender_request.py",),
    "sender.gate": ("tests/unit/sender/test_sender_gate.py",),
    "sender.places": ("tests/unit/sender/test_sender_places.py",),
    "sender.streams": ("tests/unit/sender/test_sender_streams.py",),
    "sender.operations": ("tests/unit/sender/test_sender_operations.py",),
    "sender.tracked": ("tests/unit/sender/test_sender_tracked.py",),
    "sender.step": ("tests/unit/sender/test_sender_step.py",),
    "sender.submission": ("tests/unit/sender/test_sender_submission.py",),
    "sender.announcements": ("tests/unit/sender/test_sender_announcements.py",),
    "sender.intake": ("tests/unit/sender/test_sender_intake.py",),
    "projector.projection": ("tests/unit/projector/test_projector_projection.py",),
    "store.sql.projection_rows": ("tests/unit/store/test_store_projection_rows.py", *STORE),
    "store.sql.push_rows": (
        "tests/unit/store/test_store_push_rows.py",
        "tests/unit/store/test_store_push_rows_edges.py",
        *STORE,
    ),
    "store.sql.names": ("tests/unit/store/test_store_names.py", *STORE),
}
"""The core and the tests that answer for each of its modules, quickest first."""

PYTEST = (
    "-x",
    "-q",
    "--no-header",
    "--tb=line",
    "--hypothesis-seed=0",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
IMPORTED_ONCE = (
    "apsw",
    "asyncio",
    "hypothesis.extra",
    "hypothesis.strategies",
    "msgspec",
    "unittest.mock",
    "zstandard",
)
"""What is not ours and slow to import; every child inherits it."""
TIMEOUT_SECONDS_MIN = 12.0
TIMEOUT_FACTOR = 5.0
MEMORY_BYTES_MAX = 4 * 2**30
"""A mutant that never stops collecting dies of this and not of the machine."""
POLL_SECONDS = 0.01
TESTS_FAILED = {1, 2, 3, 4}
"""A test failed, or the module could not even be imported; all tests passed before, so that is the mutant's doing."""


class Verdict(NamedTuple):
    """What became of one mutant."""

    module: str
    line: int
    source: str
    change: str
    outcome: str
    """`killed`, `timeout`, `survived`, `equivalent` or `broken` (no test ran)."""


def main() -> int:
    """Run what the command line asks for; 1 when a mutant survived that is not known to be equivalent."""
    parser = argparse.ArgumentParser(
        description="Change the core by one fault at a time and see whether a test notices."
    )
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], metavar="module", help=", ".join(TESTS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write every survivor and the counts there")
    parser.add_argument("--list", action="store_true", help="print the mutants and run none")
    parser.add_argument("--lines", default="", help="only mutants of these lines, such as 40-60")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream, whatever typeshed allows
    for name in IMPORTED_ONCE:
        importlib.import_module(name)
    equivalent = read_equivalent()
    verdicts: list[Verdict] = []
    for module in asked.modules or TESTS:
        mutations = list(mutations_of(path_of(ROOT, module).read_text("utf-8"), lines_asked(asked.lines)))
        if asked.list:
            print("\n".join(f"{module}:{one.line}: {one.change}" for one in mutations))
            continue
        found = run_module(module, mutations, asked.processes, equivalent)
        verdicts += found
        print(summary(module, found))
        if asked.json:
            asked.json.write_text(json.dumps(report(verdicts), ensure_ascii=False, indent=1), "utf-8")
    return 1 if any(one.outcome in {"survived", "broken"} for one in verdicts) else 0


def path_of(root: Path, module: str) -> Path:
    """Where a module of the core stands in a tree."""
    return root.joinpath("src", "afterchat", *module.split(".")).with_suffix(".py")


def lines_asked(text: str) -> range | None:
    """`40-60` or `40` as line numbers; None, which is every line, when it is empty."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1) if text else None


def read_equivalent() -> set[tuple[str, str, str]]:
    """Known equivalent mutants: module, the source line (or the one above and it) without blanks around, the change."""
    if not EQUIVALENT.exists():
        return set()
    listed = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("mutant", [])
    return {(one["module"], one["line"], change) for one in listed for change in one["changes"]}


def run_module(
    module: str, mutations: Sequence[Mutation], processes: int, equivalent: set[tuple[str, str, str]]
) -> list[Verdict]:
    """Every mutant of one module against its tests."""
    lines = path_of(ROOT, module).read_text("utf-8").splitlines()
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="afterchat-mutants-") as folder:
        first, tests, seconds = first_tree(Path(folder) / "0", module)
        trees = [first] + [Path(shutil.copytree(first, Path(folder) / str(number))) for number in range(1, processes)]
        timeout = max(TIMEOUT_SECONDS_MIN, TIMEOUT_FACTOR * seconds)
        for mutation, outcome in run_all(module, mutations, trees, tests, timeout):
            source = lines[mutation.line - 1].strip()
            shown = (source, f"{lines[mutation.line - 2].strip()}\n{source}")
            if outcome == "survived" and any((module, text, mutation.change) in equivalent for text in shown):
                outcome = "equivalent"  # noqa: PLW2901  # what it is called from here on
            verdicts.append(Verdict(module, mutation.line, source, mutation.change, outcome))
            if outcome in {"survived", "broken"}:
                print(f"  {outcome} {module}:{mutation.line}: {mutation.change}\n      {source}")
    return sorted(verdicts, key=lambda one: one.line)


def first_tree(tree: Path, module: str) -> tuple[Path, list[str], float]:
    """A copy of the project in which the tests passed, those tests, and how many seconds they took.

    They leave compiled files behind, which every mutant profits from; that of the changed module is taken away.
    """
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=LEFT_BEHIND)
        elif source.exists():
            shutil.copy2(source, tree / name)
    tests = [path for path in TESTS[module] if (tree / path).exists()]
    began = time.perf_counter()
    code = os.waitstatus_to_exitcode(os.waitpid(fork_tests(tree, tests, may_write_bytecode=True), 0)[1])
    if code:
        raise SystemExit(f"{module}: its tests fail without any mutant:\n{(tree / 'log').read_text('utf-8')}")
    changed = path_of(tree, module)
    for compiled in (changed.parent / "__pycache__").glob(f"{changed.stem}.*"):
        compiled.unlink()
    return tree, tests, time.perf_counter() - began


def run_all(
    module: str, mutations: Sequence[Mutation], trees: Sequence[Path], tests: Sequence[str], timeout: float
) -> Iterator[tuple[Mutation, str]]:
    """Each mutant with its outcome, as they end."""
    waiting = iter(mutations)
    free = list(trees)
    running: dict[int, tuple[Path, Mutation, float]] = {}
    while True:
        while free and (mutation := next(waiting, None)) is not None:
            tree = free.pop()
            path_of(tree, module).write_text(mutation.text, "utf-8")
            running[fork_tests(tree, tests)] = (tree, mutation, time.perf_counter() + timeout)
        if not running:
            return
        time.sleep(POLL_SECONDS)
        for pid, (tree, mutation, deadline) in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and time.perf_counter() < deadline:
                continue
            if not ended:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            del running[pid]
            free.append(tree)
            yield mutation, outcome_of(os.waitstatus_to_exitcode(status)) if ended else "timeout"


def outcome_of(code: int) -> str:
    """What pytest's exit code says of a mutant; a child killed by a signal was a killed mutant."""
    if code == 0:
        return "survived"
    return "killed" if code in TESTS_FAILED or code < 0 else "broken"


def fork_tests(tree: Path, tests: Sequence[str], *, may_write_bytecode: bool = False) -> int:
    """The process id of a child that runs these tests in that tree; it inherits what is imported already."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        log = os.open(tree / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.chdir(tree)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.dont_write_bytecode = not may_write_bytecode
        os.environ.update(PYTHONDONTWRITEBYTECODE="" if may_write_bytecode else "1", PYTHONPATH=str(tree / "src"))
        outside = (entry for entry in sys.path if entry.startswith(sys.prefix) or not entry.startswith(str(ROOT)))
        sys.path[:] = [str(tree / "src"), *outside]
        code = int(pytest.main([*PYTEST, *tests]))
    except BaseException:  # noqa: BLE001  # whatever ended the child is shown in its log
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def summary(module: str, verdicts: Sequence[Verdict]) -> str:
    """One line for one module."""
    count = {name: sum(one.outcome == name for one in verdicts) for name in ("killed", "timeout", "survived", "broken")}
    equivalent = sum(one.outcome == "equivalent" for one in verdicts)
    caught, judged = count["killed"] + count["timeout"], len(verdicts) - equivalent
    share = 100 * caught / judged if judged else 100.0
    return (
        f"{module}: {len(verdicts)} mutants, {caught} killed ({count['timeout']} by time), {count['survived']} "
        f"survived, {equivalent} equivalent, {count['broken']} broken: {share:.1f} % of what can be killed"
    )


def report(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """The counts of each module, and every mutant that was not killed."""
    modules = dict.fromkeys(one.module for one in verdicts)
    return {
        "modules": {
            module: {
                outcome: sum(one.module == module and one.outcome == outcome for one in verdicts)
                for outcome in ("killed", "timeout", "survived", "equivalent", "broken")
            }
            for module in modules
        },
        "not_killed": [one._asdict() for one in verdicts if one.outcome not in {"killed", "timeout"}],
    }


if __name__ == "__main__":
    sys.exit(main())
