"""The reference is complete, generated pages are fresh, and links between pages lead somewhere.

What must be documented is read from the program's own tables; a page per fact, or this fails.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click
import pytest

from afterchat import cli, errors
from afterchat.contract.ack import Reason
from afterchat.contract.causes import Cause
from afterchat.contract.push import EVENT_TYPES
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.engine import EVENTS, Policy, Refusal, State, Unreadable, read_event, write_event
from afterchat.engine.rules.told import STORIES
from afterchat.engine.summary import RULES
from afterchat.engine.timers import TIMERS
from afterchat.settings import SETTINGS, environment_name
from afterchat.web import urls
from afterchat.web.metrics import FIGURES
from afterchat.web.problems import PROBLEMS
from tree import ROOT, SOURCE, markdown_files

REFERENCE = ROOT / "docs" / "reference"
GENERATORS = sorted((ROOT / "tools").glob("make_*.py"))
PATHS = sorted({value for name, value in vars(urls).items() if name.isupper() and str(value).startswith("/")})

ENGINE_PAGES = ("docs/howto/feed-the-engine.md", "docs/howto/feed-the-engine.zh-CN.md")
SENDING_PAGES = ("docs/howto/send-from-python.md", "docs/howto/send-from-python.zh-CN.md")
EXAMPLE_OF = {
    **dict.fromkeys(("README.md", "README.zh-CN.md", *ENGINE_PAGES), ROOT / "examples" / "engine.py"),
    **dict.fromkeys(SENDING_PAGES, ROOT / "examples" / "send.py"),
}
"""Page whose Python is run -> the example that it begins with; what a block prints stands in the `text` block behind
it.
"""


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


def test_every_event_state_refusal_timer_and_policy_is_documented() -> None:
    text = page("engine.md")
    rows = [*(one.name for one in (*State, *Refusal, *TIMERS)), *Policy.__struct_fields__]

    assert [kind.__name__ for kind in EVENTS if f"\n### {kind.__name__}\n" not in text] == []
    assert [name for name in rows if f"\n| `{name}` |" not in text] == []


def test_every_event_has_an_example_that_is_one() -> None:
    lines = re.findall(r"```json\n(.*)\n```", page("engine.md"))
    examples = [read_event(line.encode()) for line in lines]

    assert [type(example) for example in examples] == list(EVENTS)
    assert [write_event(one).decode() for one in examples if not isinstance(one, Unreadable)] == lines


def test_every_field_has_its_rule_and_its_examples_in_both_languages() -> None:
    text = page("record.md")
    sections = {field.name: section_of(text, f"### {number}. {field.wire}") for number, field in enumerate(FIELDS, 1)}
    missing = [
        (name, said)
        for name, rule in RULES.items()
        for said in (rule.en, rule.zh, rule.because_en, rule.because_zh, *(story.name for story, _ in rule.examples))
        if said not in sections[name]
    ]

    assert missing == []
    assert [story.name for story in STORIES if f"\n### Story: {story.name}\n" not in text] == []


@pytest.mark.parametrize("name", EXAMPLE_OF)
def test_the_python_of_a_page_runs_and_prints_what_the_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed, expected, blocks = "", [], []
    for kind, code in re.findall(r"```(python|text)\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL):
        if kind == "text":
            expected.append((code, printed))
            continue
        blocks.append(code)
        with redirect_stdout(io.StringIO()) as output:
            exec(compile(code, name, "exec"), names)
        printed = output.getvalue()

    assert blocks[0] == EXAMPLE_OF[name].read_text("utf-8").partition('"""\n\n')[2]
    assert [said for said, _ in expected] == [printed for _, printed in expected]


def test_the_guide_to_the_engine_shows_the_same_code_in_both_languages() -> None:
    blocks = [python_blocks((ROOT / name).read_text("utf-8").replace('"zh"', '"en"')) for name in ENGINE_PAGES]

    assert [code.replace(").zh)", ").en)") for code in blocks[1]] == blocks[0]


def test_the_guide_to_sending_shows_the_same_code_in_both_languages() -> None:
    english, chinese = (python_blocks((ROOT / name).read_text("utf-8")) for name in SENDING_PAGES)

    assert english == chinese


@pytest.mark.parametrize("document", [*markdown_files(), *sorted(REFERENCE.glob("*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", [*markdown_files(), *sorted(REFERENCE.glob("*.md"))], ids=lambda path: path.name)
def test_links_into_a_page_lead_to_a_heading(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    links = [(path, anchor) for path, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text) if "://" not in path]
    lost = [
        f"{path}#{anchor}"
        for path, anchor in dict.fromkeys(links)
        if anchor not in anchors_of((document.parent / path if path else document).read_text("utf-8"))
    ]

    assert lost == []


def section_of(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    return text.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def python_blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def anchors_of(text: str) -> set[str]:
    """The anchors that renderers make of the headings: lower case, no punctuation, blanks become hyphens."""
    headings = re.findall(r"(?m)^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


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
