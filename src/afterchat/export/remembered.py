"""A small memory of what values were made into: looked up in C, for columns in which the same values come again.

What does not belong here: columns of ever new values; there a memory costs more than it saves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Remembered"]

REMEMBERED_MAX = 4096
"""Entries of one memory; one that is full forgets everything and starts again, so memory stays flat."""

_Made = TypeVar("_Made")


class Remembered(dict[Any, _Made]):
    """Value to what `make` makes of it; `make` is called once for each value."""

    def __init__(self, make: Callable[[Any], _Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> _Made:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        made = self[value] = self._make(value)
        return made
