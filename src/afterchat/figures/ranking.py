"""The order of groups by a figure or by name: one rule for what is cut, for what is shown and for every table.

    none always last, upwards and downwards        ties by the name, upwards        then by the key

Rules
- A group without a name stands behind all that have one.
- Groups that have an order of their own (hours, days, tiers) are "named" by it: Monday stands before Tuesday.
- A group of whose sessions the first figure counts none stands behind the others: a table has no row for it.

What does not belong here: which groups there are (`division`), links that sort (the dashboard's).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from afterchat.figures.definition import Figure
from afterchat.figures.group_words import Words, is_nameless
from afterchat.figures.measures import Value

__all__ = ["GroupOrder", "ranked", "ranked_groups"]


class GroupOrder(NamedTuple):
    """In which order groups stand; where there are too many, the first in this order are shown."""

    figure_id: str = ""
    """One of the figures that are asked for; empty for the name."""
    is_descending: bool = True
    language: str = "en"
    """Of the names: `zh`, else English."""


def ranked(values: Sequence[Any], ties: Sequence[Any], *, is_descending: bool) -> list[int]:
    """Places in order; `ties` orders those of equal value."""
    by_tie = sorted(range(len(values)), key=lambda place: ties[place])
    known = [place for place in by_tie if values[place] is not None]
    known.sort(key=lambda place: values[place], reverse=is_descending)  # keeps what is equal in its order
    return [*known, *(place for place in by_tie if values[place] is None)]


def ranked_groups(
    order: GroupOrder,
    figures: Sequence[Figure],
    words: Sequence[Words],
    values: Sequence[Sequence[Value]],
    *,
    has_own_order: bool,
) -> list[int]:
    """Places of the groups in order; `values` are those of `figures`, which hold the one of the order."""
    names: list[Any] = list(range(len(words))) if has_own_order else [_name(one, order.language) for one in words]
    sorted_by: list[Any] = [None if is_nameless(one) else name for one, name in zip(words, names, strict=True)]
    if order.figure_id:
        place = [figure.id for figure in figures].index(order.figure_id)
        sorted_by = [of_group[place].value for of_group in values]
    ties = [(is_nameless(one), name) for one, name in zip(words, names, strict=True)]
    found = ranked(sorted_by, ties, is_descending=order.is_descending)
    if figures[0].unit != "count":
        return found
    return sorted(found, key=lambda place: not values[place][0].value)


def _name(words: Words, language: str) -> tuple[str, ...]:
    """Without regard to great and small letters first."""
    label = words.zh if language == "zh" else words.en
    return label.casefold(), label, words.key
