"""A question about sessions: which ones, of which span of time, in which order; read from an address and put back.

Beside the filters stand `span` and `zone` (a named span of days), `q` (full text), `sort`, and `counted`: the id of a
figure, for exactly the sessions behind its number.
A span stays a name: "the last 7 days" in a saved address goes on meaning that tomorrow, so bounds are asked for with a
clock's `now_ms`, and the address is made from the name.
A span and bounds of `end_time` exclude each other, because one of them would silently lose.

`question_pairs` is the inverse and canonical.
A page changes a filter by `with_filter` and `without_filter` and gets the pairs of the next address, never by pasting.

What does not belong here: page size and cursor (`paging`), the tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from afterchat.columns.layout import Order
from afterchat.figures.table import FIGURES
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.filters import Condition, filter_pairs, read_conditions, unknown_name
from afterchat.query.sorting import SORT_DEFAULT, read_sort
from afterchat.query.spans import read_span, read_zone, span_bounds

__all__ = [
    "SEARCH_CHARACTERS_MAX",
    "Question",
    "question_pairs",
    "read_question",
    "with_filter",
    "without_filter",
]

SEARCH_CHARACTERS_MAX = 200
"""Longer than any phrase somebody looks for."""

Pairs = list[tuple[str, str]]


class Question(NamedTuple):
    """What is asked, but for tenant and page."""

    conditions: tuple[Condition, ...] = ()
    """In canonical order, without the bounds of `span`."""
    search: str | None = None
    sort: Order = SORT_DEFAULT
    span: str | None = None
    zone: ZoneInfo | None = None
    """None where nobody named one: the reader's own applies."""
    counted: str | None = None
    """Id of a figure: only the sessions that it counts."""

    def conditions_at(self, now_ms: int, zone_default: ZoneInfo) -> tuple[Condition, ...]:
        """All conditions, those of the span too, as they are at that moment."""
        if self.span is None:
            return self.conditions
        since, until = span_bounds(self.span, self.zone or zone_default, now_ms)
        return (*self.conditions, ("end_time", ">=", since), ("end_time", "<", until))


def read_question(pairs: Iterable[tuple[str, str]]) -> Question:
    """The question that those pairs ask; raises FilterError naming the remedy."""
    filters: Pairs = []
    others: dict[str, Any] = {}
    for name, text in pairs:
        read = _READERS.get(name)
        if read is None:
            if name not in FILTER_TABLE:
                raise unknown_name(name, (*FILTER_TABLE, *_READERS))
            filters.append((name, text))
        elif name in others:
            raise BilingualFilterError(
                zh=f"参数 {name} 出现了两次：请只保留一个。", en=f"`{name}` stands twice: keep one of them."
            )
        else:
            others[name] = read(text)
    conditions = read_conditions(filters)
    if "span" in others and any(column == "end_time" and sign in {">=", "<"} for column, sign, _ in conditions):
        raise BilingualFilterError(
            zh="span 与 end_time_from、end_time_until 不能同时使用：请只保留一种。",
            en="`span` and `end_time_from` or `end_time_until` exclude each other: keep one kind.",
        )
    return Question(
        conditions,
        others.get("q"),
        others.get("sort", SORT_DEFAULT),
        others.get("span"),
        others.get("zone"),
        others.get("counted"),
    )


def question_pairs(question: Question) -> Pairs:
    """The pairs that ask this question, in canonical order, without what is the default."""
    pairs = filter_pairs(question.conditions)
    if question.span is not None:
        pairs.append(("span", question.span))
    if question.zone is not None:
        pairs.append(("zone", question.zone.key))
    if question.search is not None:
        pairs.append(("q", question.search))
    if question.counted is not None:
        pairs.append(("counted", question.counted))
    if question.sort != SORT_DEFAULT:
        pairs.append(("sort", question.sort.text))
    return pairs


def with_filter(question: Question, name: str, text: str) -> Question:
    """The question with one more value: beside the others where a name takes several, else in the place of the old.

    A new span takes the place of bounds and the other way round.
    Raises FilterError like `read_question`.
    """
    line = FILTER_TABLE.get(name)
    gone = set() if line is not None and line.takes_many else {name}
    gone |= _EXCLUDED.get(name, frozenset())
    kept = [pair for pair in question_pairs(question) if pair[0] not in gone]
    return read_question([*kept, (name, text)])


def without_filter(question: Question, name: str, text: str | None = None) -> Question:
    """The question without that value of a name, or without the name when no value is given."""
    return read_question(
        [pair for pair in question_pairs(question) if pair != (name, pair[1] if text is None else text)]
    )


def _search(text: str) -> str:
    words = text.strip()
    if 1 <= len(words) <= SEARCH_CHARACTERS_MAX and "\0" not in words:
        return words.encode("utf-8", "replace").decode("utf-8")
    raise BilingualFilterError(
        zh=f"q 应为 1 到 {SEARCH_CHARACTERS_MAX} 个字符。", en=f"`q` must have 1 to {SEARCH_CHARACTERS_MAX} characters."
    )


def _counted(text: str) -> str:
    if text in FIGURES:
        return text
    raise BilingualFilterError(
        zh="counted 应为指标编号；全部编号见 /v1/definitions。",
        en="`counted` must be the id of a figure; `/v1/definitions` lists them.",
    )


_READERS: dict[str, Callable[[str], Any]] = {
    "span": read_span,
    "zone": read_zone,
    "q": _search,
    "sort": read_sort,
    "counted": _counted,
}

_BOUNDS = frozenset({"end_time_from", "end_time_until"})
_EXCLUDED = {"span": _BOUNDS, **dict.fromkeys(_BOUNDS, frozenset({"span"}))}
