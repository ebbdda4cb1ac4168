"""Lists of people and tokens, a page at a time: keyset paging over what is in memory, and what an address may ask.

    /people?after=bert      the rows after that key        /people?before=cleo      those just before it

What does not belong here: what a row shows (`people`, `tokens`), lists that the store pages itself (`audit`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

from afterchat.access.errors import AccountError
from afterchat.access.roles import Right, Rights
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.parts import Option, Pager
from afterchat.dashboard.visit import Visit
from afterchat.dashboard.words import Speech
from afterchat.query.filters import unknown_name

__all__ = [
    "ALL_TENANTS",
    "PEOPLE",
    "ROWS_MAX",
    "Leaf",
    "Tab",
    "leaf_of",
    "read_pairs",
    "rights_in_words",
    "said_by",
    "tabs_of",
    "tenant_options",
]

PEOPLE = PAGES["people"].path
ROWS_MAX = 50
ALL_TENANTS = "*"
"""In forms: no tenant can be called so."""

Item = TypeVar("Item")


class Tab(NamedTuple):
    """One of the pages that belong together."""

    label: str
    href: str
    is_current: bool


class Leaf(NamedTuple):
    """Where a page of a list begins and ends, as positions, and the ways to its neighbours."""

    start: int
    end: int
    pager: Pager


def tabs_of(visit: Visit, current: str) -> tuple[Tab, ...]:
    """Users, tokens, audit."""
    paths = {"people": PEOPLE, "tokens": f"{PEOPLE}/tokens", "audit": f"{PEOPLE}/audit"}
    return tuple(Tab(visit.t(f"people.tab.{name}"), path, name == current) for name, path in paths.items())


def read_pairs(visit: Visit, *known: str) -> dict[str, str]:
    """The parameters of the address; raises FilterError for one that this page does not have."""
    for name, _ in visit.pairs:
        if name not in known:
            raise unknown_name(name, known)
    return dict(visit.pairs)


def leaf_of(visit: Visit, path: str, keys: Sequence[str]) -> Leaf:
    """The page of a list with these keys, ascending, that the address asks for; raises FilterError."""
    asked = read_pairs(visit, "after", "before")
    if "before" in asked:
        start = max(bisect_left(keys, asked["before"]) - ROWS_MAX, 0)
    else:
        start = bisect_right(keys, asked["after"]) if "after" in asked else 0
    if start == len(keys):  # what stood there was removed meanwhile
        start = max(start - ROWS_MAX, 0)
    end = min(start + ROWS_MAX, len(keys))
    pager = Pager(
        visit.t("people.count", count=visit.f.count(len(keys))),
        path if start else "",
        f"{path}?{urlencode({'before': keys[start]})}" if start else "",
        f"{path}?{urlencode({'after': keys[end - 1]})}" if end < len(keys) else "",
    )
    return Leaf(start, end, pager)


def tenant_options(visit: Visit, tenants: Sequence[str]) -> tuple[Option, ...]:
    """The choices of a form; all tenants come last, so that nobody chooses them by doing nothing."""
    ours = tuple(Option(name, name) for name in tenants)
    return ours if visit.tenant is not None else (*ours, Option(ALL_TENANTS, visit.t("people.all_tenants")))


def rights_in_words(t: Speech, rights: Rights) -> tuple[str, ...]:
    """What somebody may, in the order of the table."""
    return tuple(t(f"people.right.{right.name.lower()}") for right in Right if right in rights)


def said_by(visit: Visit, error: AccountError) -> str:
    """The error as a sentence in the reader's language."""
    if visit.is_chinese:
        return error.zh
    return error.en[:1].upper() + error.en[1:].removesuffix(".") + "."
