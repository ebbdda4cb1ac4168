"""The reference is complete, generated pages are fresh, and links between pages lead somewhere.

What must be documented is read from the program's own tables; a page per fact, or this fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from afterchat import cli, errors
from afterchat.contract.ack import Reason
from afterchat.contract.push import EVENT_TYPES
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.receiver.diagnosis import Cause
from afterchat.settings import SETTINGS, environment_name
from afterchat.web import urls
from afterchat.web.metrics import FIGURES
from afterchat.web.problems import PROBLEMS
from tree import ROOT, SOURCE, markdown_files

REFERENCE = ROOT / "docs" / "reference"
GENERATORS = sorted((ROOT / "tools").glob("make_*.py"))
PATHS = sorted({value for name, value in vars(urls).items() if name.isupper() and str(value).startswith("/")})


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda path: path.stem)
def test_what_is_generated_is_fresh(generator: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(generator), "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (run.returncode, run.stdout + run.stderr) == (0, run.stdout + run.stderr)


def test_every_setting_is_documented() -> None:
    text = page("settings.md")
    names = [name for setting in SETTINGS for name in (f"## {setting.name}\n", environment_name(setting.name))]

    assert [name for name in names if name not in text] == []


def test_every_command_is_documented() -> None:
    text = page("cli.md")

    assert [path for path in command_paths(cli.root, "afterchat") if f"## {path}\n" not in text] == []


def test_every_exception_refusal_and_problem_is_documented() -> None:
    text = page("errors.md")
    names = [*errors.__all__, *(reason.wire for reason in Reason), *PROBLEMS]

    assert [name for name in names if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_every_cause_of_a_refusal_has_its_line_in_both_languages(language: str) -> None:
    text = (ROOT / "docs" / "howto" / f"find-out-why-a-push-was-refused{language}.md").read_text("utf-8")

    assert [cause.wire for cause in Cause if f"\n| `{cause.wire}` |" not in text] == []


def test_every_path_is_documented() -> None:
    assert [path for path in PATHS if path not in page("api.md") + page("push.md")] == []


def test_every_metric_is_documented() -> None:
    assert [figure.name for figure in FIGURES if figure.name not in page("metrics.md")] == []


def test_every_field_coded_set_and_event_type_is_documented() -> None:
    text = page("record.md")
    names = [name for field in FIELDS for name in (f"`{field.wire}`", f"`{field.name}`")]
    everywhere = "".join(path.read_text("utf-8") for path in sorted(REFERENCE.glob("*.md")))

    assert [name for name in [*names, *CODED_SETS] if name not in text] == []
    assert [kind.name for kind in EVENT_TYPES if kind.name not in everywhere] == []


@pytest.mark.parametrize("document", [*markdown_files(), *sorted(REFERENCE.glob("*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]

    assert [link for link in links if not (document.parent / link).exists()] == []


def command_paths(command: click.Command, path: str) -> list[str]:
    """`afterchat`, `afterchat records`, `afterchat records list`, ..."""
    paths = [path]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                paths += command_paths(inner, f"{path} {name}")
    return paths
