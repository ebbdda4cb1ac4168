"""What a sender said of each event that was handed in: counted, and the first refusals told to the person.

What does not belong here: handing in (`cli.handing_in`), how the counts are printed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from afterchat.cli.command import current_language
from afterchat.cli.language import Text
from afterchat.cli.output import Column, remark

__all__ = ["REFUSALS_TOLD_MAX", "VERDICT_COLUMNS", "Verdicts"]

REFUSALS_TOLD_MAX = 20
_UNTAKEN = ("refused", "unreadable")

VERDICT_COLUMNS = (
    Column("taken", Text("taken", "已接收")),
    Column("duplicate", Text("known already", "重复")),
    Column("refused", Text("refused", "被拒绝")),
    Column("unreadable", Text("unreadable", "无法读取")),
)


class Verdicts:
    """The verdicts of one run."""

    def __init__(self) -> None:
        self._tally: Counter[str] = Counter()
        self._told_count = 0

    @property
    def has_refusals(self) -> bool:
        """Whether anything was not taken that should have been."""
        return any(self._tally[verdict] for verdict in _UNTAKEN)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each verdict, by its name on the wire."""
        return {column.key: self._tally[column.key] for column in VERDICT_COLUMNS}

    def note(self, answer: dict[str, Any]) -> None:
        """Count an answer of the sender; the first refusals of a run are told on stderr."""
        language = current_language()
        for item in answer["items"]:
            self._tally[item["verdict"]] += 1
            if item["verdict"] in _UNTAKEN and self._told_count < REFUSALS_TOLD_MAX:
                self._told_count += 1
                said = item.get(language, item.get("reason", ""))
                remark(Text("{id}: {said}", "{id}：{said}"), id=item.get("id") or "-", said=said)
