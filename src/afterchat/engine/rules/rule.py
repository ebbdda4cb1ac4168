"""What a rule is: one field's computation, what it says in words, why, and examples that run as tests.

Unit, none-value and meaning of a field stand in `contract.record`; a rule does not repeat them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from afterchat.engine.events import Event, SessionOpened
from afterchat.engine.stories import Story

__all__ = ["Example", "Rule", "opened_rule"]

Known = Any
"""Facts of a session that ended, so that `opened` and `closed` are there."""


class Example(NamedTuple):
    """What a field is in one story."""

    story: Story
    value: int | str | tuple[Any, ...]


class Rule(NamedTuple):
    """How one field is computed."""

    field: str
    """The attribute of SessionRecord."""
    compute: Callable[[Known], Any]
    events: tuple[type[Event], ...]
    """Only these events change the field."""
    en: str
    zh: str
    examples: tuple[Example, ...]
    because_en: str = ""
    """The evidence, or "our choice, because"; empty where the vendor's page says it all."""
    because_zh: str = ""


def opened_rule(field: str, examples: tuple[Example, ...], because_en: str = "", because_zh: str = "") -> Rule:
    """The rule of a field that SessionOpened says itself, under the same name."""
    return Rule(
        field,
        lambda facts: getattr(facts.opened, field),
        (SessionOpened,),
        "As SessionOpened says.",
        "取自 SessionOpened。",
        examples,
        because_en,
        because_zh,
    )
