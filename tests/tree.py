"""The tree as the tests of the house see it: its files, their syntax, who imports whom.

Reads files only; imports nothing of afterchat, so that a broken module is reported instead of breaking the report.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOT", "SOURCE", "Import", "Module", "imports_of", "markdown_files", "modules_under", "python_files"]

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
PYTHON_FOLDERS = ("src", "tests", "tools", "bench", "examples")


class Module(NamedTuple):
    """One module of a source folder."""

    name: str
    """Dotted, as it is imported."""
    path: Path
    text: str
    syntax: ast.Module

    @property
    def shown(self) -> str:
        """Its path from the root, for a report."""
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else self.path.name


class Import(NamedTuple):
    """One module of the package that another one imports, wherever in the file."""

    importer: str
    imported: str
    line: int


def modules_under(folder: Path) -> tuple[Module, ...]:
    """Every module below a source folder, by name."""
    return tuple(_module(path, folder) for path in sorted(folder.rglob("*.py")))


def python_files() -> tuple[Path, ...]:
    """Every Python file of the project."""
    return tuple(path for folder in PYTHON_FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))


def markdown_files() -> tuple[Path, ...]:
    """Every page written by hand; generated ones open with a comment that says so."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")]
    pages.append(ROOT / "deploy" / "README.md")
    return tuple(sorted(page for page in pages if not page.read_text("utf-8").startswith("<!--")))


def imports_of(modules: tuple[Module, ...]) -> Iterator[Import]:
    """Every import of one of these modules by another one."""
    names = {module.name for module in modules}
    for module in modules:
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module.shown}:{node.lineno}: relative import"
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                imported = [name if name in names else str(node.module) for name in inner]
            else:
                continue
            for name in dict.fromkeys(imported):
                if name in names:
                    yield Import(module.name, name, node.lineno)


def _module(path: Path, folder: Path) -> Module:
    parts = path.relative_to(folder).with_suffix("").parts
    text = path.read_text("utf-8")
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, text, ast.parse(text, str(path)))
