"""The page of the session engine says what the engine does: its diagram and its tables are read back and compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from afterchat.contract.record import FIELDS
from afterchat.engine import events, guards, origins, policy
from afterchat.engine.states import TRANSITIONS, State
from afterchat.engine.verdict import Refusal
from tree import ROOT

FIELD_NAMES = {field.name for field in FIELDS}


@pytest.fixture(name="tool")
def _tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import make_engine_reference

    return make_engine_reference


def test_the_diagram_has_every_transition_that_changes_the_state_and_no_other(tool):
    text = "\n".join(tool.lines())
    drawn = {
        (State.NEW if source == "[*]" else State[source], cue, State[target])
        for source, target, label in re.findall(r"(?m)^    (\S+) --> (\w+): (.+)$", text)
        for line in label.split("<br/>")
        for cue in cues_of(line)
    }

    assert {one for one in transitions() if one[0] is not one[2]} == drawn


def test_the_table_has_every_transition_and_no_other(tool):
    text = "\n".join(tool.lines())
    head = re.search(r"(?m)^\| event / 事件 \| (.+) \|$", text)[1]
    columns = [State[name] for name in re.findall(r"`(\w+)`", head)]
    shown = {
        (state, cue, state if cell == "`=`" else State[cell.strip("`")])
        for cue, cells in re.findall(r"(?m)^\| \[`([^`]+)`\]\(#\w+\)[^|]*\|(.+)\|$", text)
        for state, cell in zip(columns, map(str.strip, cells.split("|")), strict=True)
        if cell
    }

    assert transitions() == shown


def test_every_refusal_of_a_guard_is_named_with_its_event(tool):
    named = {kind: set(tool.refusals_of(guard)) for kind, guard in guards.GUARDS.items()}

    assert {Refusal.NO_MODEL, Refusal.NEVER_SERVED, Refusal.WINDOW_OVER} == named[events.RatingInvited]
    assert named[events.RatingInvited] | {Refusal.OUTSIDE_MODEL, Refusal.ALREADY_RATED} == named[events.VisitorRated]
    assert set(Refusal) == {*tool.OF_ANY_EVENT, *(one for reasons in named.values() for one in reasons)}


def test_every_attribute_has_one_meaning_in_both_languages(tool):
    attributes = {name for kind in (*events.EVENTS, *origins.Origin.__args__) for name in kind.__struct_fields__}
    attributes |= set(policy.Policy.__struct_fields__)
    said = {name for module in (events, origins, policy) for name in tool.docstrings_of(module)}

    assert said == set(tool.ATTRIBUTE_MEANINGS_ZH)
    assert attributes - said - FIELD_NAMES == set(tool.ATTRIBUTE_WORDS)


def test_a_docstring_of_an_attribute_is_the_same_wherever_it_stands(tool):
    texts = {}
    for module in (events, origins):
        for name, text in tool.docstrings_of(module).items():
            texts.setdefault(name, set()).add(text)

    assert [] == [name for name, found in texts.items() if len(found) > 1]


def transitions():
    return {(state, cue, target) for state, row in TRANSITIONS.items() for cue, target in row.items()}


def cues_of(line):
    """The cues that one line of an edge stands for: `SessionClosed 1, 7` is two."""
    name, _, details = line.partition(" ")
    return [f"{name} {one}" for one in details.split(", ")] if details else [name]
