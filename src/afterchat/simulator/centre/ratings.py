"""Whether a visitor rates, and what: after an invitation one in two does, unasked hardly anybody.

The mood follows from how long the visitor waited; the rating from the mood and the model of the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from afterchat.simulator import words
from afterchat.simulator.centre.draws import Chance, Weighted

__all__ = ["Asked", "Mood", "mood_after", "rating_values", "will_rate"]


class Asked(Enum):
    """Who asked for a rating, and the share of visitors who then give one."""

    BY_STAFF = 0.46
    BY_SYSTEM = 0.2
    BY_NOBODY = 0.03


class Mood(Enum):
    """How the visitor feels about it: the place in the tables below."""

    GLAD = 0
    SO_SO = 1
    CROSS = 2


_MOODS_IN_GENERAL = Weighted({Mood.GLAD: 84, Mood.SO_SO: 9, Mood.CROSS: 7})
_MOODS_AFTER_A_WAIT = Weighted({Mood.GLAD: 52, Mood.SO_SO: 22, Mood.CROSS: 26})
_LONG_WAIT_MS = 90_000

_RATINGS: Mapping[int, tuple[Weighted[int], ...]] = {
    2: (Weighted({100: 1}), Weighted({100: 6, 1: 4}), Weighted({1: 1})),
    3: (Weighted({100: 19, 50: 1}), Weighted({50: 1}), Weighted({1: 4, 50: 1})),
    5: (Weighted({100: 8, 75: 2}), Weighted({50: 7, 75: 3}), Weighted({1: 6, 25: 4})),
}
"""Model to the ratings of each mood."""
_SOLVED = (Weighted({1: 75, 0: 22, 2: 3}), Weighted({0: 45, 1: 30, 2: 25}), Weighted({2: 70, 0: 30}))

_REMARK_SHARE = 0.3


def mood_after(chance: Chance, longest_wait_ms: int) -> Mood:
    """How somebody feels who once had to wait so long."""
    moods = _MOODS_AFTER_A_WAIT if longest_wait_ms > _LONG_WAIT_MS else _MOODS_IN_GENERAL
    return moods.draw(chance)


def will_rate(chance: Chance, asked: Asked) -> bool:
    """Whether a visitor rates who was asked like that."""
    return chance.happens(asked.value)


def rating_values(chance: Chance, model: int, mood: Mood) -> dict[str, Any]:
    """The attributes of one VisitorRated."""
    place = mood.value
    values: dict[str, Any] = {
        "evaluation": _RATINGS[model][place].draw(chance),
        "user_resolved_status": _SOLVED[place].draw(chance),
    }
    if chance.happens(_REMARK_SHARE):
        values["evaluation_remark"] = chance.pick(words.RATING_REMARKS[place])
    return values
