"""Who may import whom: the table in ARCHITECTURE.md against every import, and the contracts in pyproject.toml.

The last test plants one violation of each kind in a copy: rules that catch nothing are worse than none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tree import ROOT, SOURCE, Import, imports_of, modules_under

EVERYTHING = "everything"
PLANTED = {
    "contract/push.py": "import asyncio",
    "receiver/intake.py": "from afterchat.store.sqlite import schema",
    "query/filters.py": "from afterchat.settings import SETTINGS",
    "projector/projection.py": "from afterchat.receiver import counts",
    "undeclared/__init__.py": "",
    "clock.py": "from afterchat.contract import ack",
    "simulator/words.py": "import socket",
}
"""File -> line added to it; each breaks a contract or the table."""


def test_every_import_is_allowed_by_the_table_in_architecture() -> None:
    assert "\n".join(table_violations(SOURCE)) == ""


def test_every_contract_is_kept() -> None:
    run = lint_imports(ROOT)

    assert run.returncode == 0, run.stdout


def test_planted_violations_are_caught(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in PLANTED.items():
        path = tmp_path / "src" / "afterchat" / name
        path.parent.mkdir(exist_ok=True)
        before = path.read_text("utf-8") if path.exists() else ""
        path.write_text(before + "\n" + line + "\n", "utf-8")

    caught = "\n".join(table_violations(tmp_path / "src"))
    run = lint_imports(tmp_path)

    for importer in ("receiver.intake", "query.filters", "projector.projection", "clock"):
        assert f"afterchat.{importer} imports" in caught
    for said in ("- afterchat.undeclared", "afterchat.contract.push -> asyncio", "simulator.words -> socket"):
        assert said in run.stdout
    assert run.returncode == 1


@pytest.mark.parametrize("room", ["contract", "edge", "store", "receiver", "projector", "query", "web"])
def test_each_room_has_a_line_in_the_table(room: str) -> None:
    assert room in allowed_rooms()


def table_violations(source: Path) -> list[str]:
    """Imports between rooms that the table does not allow, each in one line."""
    allowed = allowed_rooms()
    found = list(imports_of(modules_under(source)))
    return [
        f"{one.importer} imports {one.imported} (line {one.line}); see the table of rooms in ARCHITECTURE.md"
        for one in found
        if not is_allowed(one, allowed)
    ]


def is_allowed(one: Import, allowed: dict[str, set[str]]) -> bool:
    importer, imported = one.importer.split(".")[1:], one.imported.split(".")[1:]
    if not imported or not importer or importer[0] == imported[0]:
        return True
    granted = allowed.get("cli" if importer[0] == "__main__" else importer[0], set())
    prefixes = {".".join(imported[:count]) for count in range(1, len(imported) + 1)}
    return EVERYTHING in granted or bool(prefixes & granted)


def allowed_rooms() -> dict[str, set[str]]:
    """Room -> what it may import, read from the table in ARCHITECTURE.md."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    allowed: dict[str, set[str]] = {}
    for rooms, _, granted in re.findall(r"^\| (`.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE):
        names = set(re.findall(r"`([\w.]+)`", granted)) | ({EVERYTHING} if EVERYTHING in granted else set())
        for room in re.findall(r"`(\w+)`", rooms):
            allowed[room] = names
    return allowed


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the package below `root`, with the contracts of the pyproject.toml there."""
    code = "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
