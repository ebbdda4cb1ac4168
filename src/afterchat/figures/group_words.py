"""What a group is called, and which filters select it: the words and the filters of the groupings.

Rules
- Filters name a value only as `query` would read it: not beyond its length, without a NUL, not more than it takes.
  Where that cannot be, there are no filters, because filters that select other sessions would be worse.
- The bounds of a day lie within the bounds of the selection; narrowing those is `evaluation`'s matter.

What does not belong here: which groupings there are (`groupings`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.figures.calendar import DATED_UNTIL_MS, NO_DATE, Calendar, day_key

__all__ = [
    "PAIRS_MAX",
    "VALUE_CHARACTERS_MAX",
    "Pairs",
    "Words",
    "coded",
    "day",
    "day_pairs",
    "hour",
    "is_nameless",
    "named",
    "no_pairs",
    "number_or_text_pairs",
    "rating",
    "rating_pairs",
    "text",
    "top_level",
    "value_pairs",
    "week",
    "weekday",
    "weekday_hour",
    "without_query",
]

Pairs = tuple[tuple[str, str], ...]

PAIRS_MAX = 50
"""As many values as one filter takes."""
VALUE_CHARACTERS_MAX = 1000
"""As long as a filter's value may be."""
PAIRS_CHARACTERS_MAX = 4000
"""An address with more is refused by somebody on its way."""

_NOTHING = ("（空）", "(empty)")
_NOBODY = ("（无）", "(none)")
_WEEKDAYS = (
    ("周一", "Monday"),
    ("周二", "Tuesday"),
    ("周三", "Wednesday"),
    ("周四", "Thursday"),
    ("周五", "Friday"),
    ("周六", "Saturday"),
    ("周日", "Sunday"),
)
_DAYS_PER_WEEK = 7


class Words(NamedTuple):
    """What a group is called."""

    key: str
    zh: str
    en: str


_UNDATED = Words("none", "无日期", "no date")
_NAMELESS = frozenset({_NOTHING, _NOBODY, (_UNDATED.zh, _UNDATED.en)})


def is_nameless(words: Words) -> bool:
    """Whether it is the group of the sessions that have none of what the others are named by."""
    return (words.zh, words.en) in _NAMELESS


def text(key: str, _: str = "") -> Words:
    """A text stands for itself."""
    zh, en = (key, key) if key else _NOTHING
    return Words(key, zh, en)


def coded(name: str) -> Callable[[Any, str], Words]:
    """The meaning of a code."""
    labels = CODED_SETS[name]
    return lambda key, _: Words(str(key), labels.label(key, "zh"), labels.label(key, "en"))


def named(nobody: str) -> Callable[[tuple[int, str], str], Words]:
    """(number, text): the latest name of that number, the text where there is no number."""

    def words(key: tuple[int, str], name: str) -> Words:
        number, own = key
        if number:
            return Words(str(number), name or str(number), name or str(number))
        zh, en = (own, own) if own else _NOBODY
        return Words(f"{nobody}/{own}", zh, en)

    return words


def rating(key: tuple[int, int], _: str) -> Words:
    """A rating within its model."""
    model, value = key
    zh, en = (
        f"{CODED_SETS['evaluationType'].label(model, language)}: {evaluation_label(model, value, language)}"
        for language in ("zh", "en")
    )
    return Words(f"{model}/{value}", zh.replace(": ", "：", 1), en)


def day(key: int, _: str) -> Words:
    """An ISO date."""
    if key == NO_DATE:
        return _UNDATED
    shown = day_key(key)
    return Words(shown, shown, shown)


def week(key: int, _: str) -> Words:
    """The ISO date of its Monday; the first week of 1970 began in 1969."""
    if key == NO_DATE:
        return _UNDATED
    shown = day_key(key)
    return Words(shown, f"{shown} 起一周", f"week of {shown}")


def hour(key: int, _: str) -> Words:
    """An hour of the clock on the wall."""
    if key == NO_DATE:
        return _UNDATED
    shown = f"{key:02}:00–{(key + 1) % 24:02}:00"
    return Words(f"{key:02}", shown, shown)


def weekday(key: int, _: str) -> Words:
    """A weekday."""
    return _UNDATED if key == NO_DATE else Words(str(key), *_WEEKDAYS[key - 1])


def weekday_hour(key: int, _: str) -> Words:
    """An hour of a weekday."""
    if key == NO_DATE:
        return _UNDATED
    of_day, of_hour = weekday(key // 24, ""), hour(key % 24, "")
    return Words(f"{of_day.key}/{of_hour.key}", f"{of_day.zh} {of_hour.zh}", f"{of_day.en} {of_hour.en}")


def top_level(path: str) -> str:
    """`a / b / c` -> `a`."""
    return path.partition("/")[0].strip()


def without_query(address: str) -> str:
    """An address without what stands behind `?` or `#`."""
    return address.partition("#")[0].partition("?")[0]


def value_pairs(name: str) -> Callable[[Any, list[Any], Calendar], Pairs | None]:
    """Any of the raw values."""
    return lambda _key, values, _calendar: _allowed((name, str(value)) for value in sorted(values))


def number_or_text_pairs(number: str, own: str) -> Callable[[Any, list[Any], Calendar], Pairs | None]:
    """That number; where it is 0, that text too."""

    def pairs(key: tuple[int, str], _values: list[Any], _calendar: Calendar) -> Pairs | None:
        return _allowed([(number, str(key[0])), *([] if key[0] else [(own, key[1])])])

    return pairs


def rating_pairs(key: tuple[int, int], _values: list[Any], _calendar: Calendar) -> Pairs | None:
    """That model and that rating."""
    return ("evaluation_type", str(key[0])), ("evaluation", str(key[1]))


def day_pairs(days: int) -> Callable[[Any, list[Any], Calendar], Pairs | None]:
    """From the first instant of the first day until that of the day after the last."""

    def pairs(key: int, _values: list[Any], calendar: Calendar) -> Pairs | None:
        if key == NO_DATE:
            return None
        begin, end = max(1, calendar.day_start(key)), min(calendar.day_start(key + days), DATED_UNTIL_MS)
        return ("end_time_from", str(begin)), ("end_time_until", str(end))

    return pairs


def no_pairs(_key: Any, _values: list[Any], _calendar: Calendar) -> Pairs | None:
    """Filters cannot say it."""
    return None


def _allowed(pairs: Iterable[tuple[str, str]]) -> Pairs | None:
    found = tuple(pairs)
    if len(found) > PAIRS_MAX or sum(len(value) for _, value in found) > PAIRS_CHARACTERS_MAX:
        return None
    if any(len(value) > VALUE_CHARACTERS_MAX or "\0" in value for _, value in found):
        return None
    return found
