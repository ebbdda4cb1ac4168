"""What every number means: figures by subject, groupings, roles, and which fields are personal.

Made from the tables that compute and mask, so it cannot say anything else than what is done.
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.access.masking import class_of
from afterchat.access.roles import ROLES
from afterchat.contract.record import FIELDS
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.pages.figure_parts import definition
from afterchat.dashboard.parts import Cell, Column, Definition, Row, Table
from afterchat.dashboard.visit import Answer, Needs, Page, PageRoute, Visit
from afterchat.figures.definition import Figure
from afterchat.figures.groupings import GROUPINGS
from afterchat.figures.table import SUBJECTS
from afterchat.query.errors import BilingualFilterError

__all__ = ["ROUTES"]

_PATH = PAGES["definitions"].path
_SEARCH_CHARACTERS_MAX = 200


class DefinedFigure(NamedTuple):
    """One figure, in words."""

    about: Definition
    also: str
    """Its name in the other language."""
    unit: str


class Subject(NamedTuple):
    """Figures that belong together."""

    id: str
    name: str
    figures: tuple[DefinedFigure, ...]


async def _show(visit: Visit) -> Answer:
    unknown = [name for name, _ in visit.pairs if name != "q"]
    if unknown:
        raise BilingualFilterError(zh="此页只有参数 q。", en="this page takes `q` alone.")
    wanted = dict(visit.pairs).get("q", "").strip()[:_SEARCH_CHARACTERS_MAX]
    subjects = tuple(one for key in SUBJECTS if (one := _subject(visit, key, wanted)).figures)
    return Page(
        "definitions.html",
        {
            "wanted": wanted,
            "subjects": subjects,
            "count": sum(len(one.figures) for one in subjects),
            "tables": () if wanted else (_groupings(visit), _roles(visit), _personal(visit)),
        },
    )


def _subject(visit: Visit, key: str, wanted: str) -> Subject:
    zh, en, figures = SUBJECTS[key]
    shown = (_defined(visit, figure) for figure in figures)
    return Subject(key, zh if visit.is_chinese else en, tuple(one for one in shown if _matches(one, wanted)))


def _defined(visit: Visit, figure: Figure) -> DefinedFigure:
    about = definition(visit, figure)
    also = figure.en if visit.is_chinese else figure.zh
    return DefinedFigure(about, also, visit.t(f"definitions.unit.{figure.unit}"))


def _matches(one: DefinedFigure, wanted: str) -> bool:
    """Every word stands somewhere in what is said of the figure."""
    text = " ".join((one.about.id, one.about.name, one.also, one.about.text, *one.about.fields)).casefold()
    return all(word in text for word in wanted.casefold().split())


def _groupings(visit: Visit) -> Table:
    t = visit.t
    rows = tuple(
        Row(
            (
                one.zh if visit.is_chinese else one.en,
                Cell(one.id, is_code=True),
                Cell(", ".join(one.fields), is_code=bool(one.fields)),
            )
        )
        for one in GROUPINGS.values()
    )
    columns = (
        Column(t("definitions.grouping"), is_first=True),
        Column(t("definitions.by")),
        Column(t("definition.fields")),
    )
    return Table(t("definitions.groupings"), columns, rows, is_caption_shown=True)


def _roles(visit: Visit) -> Table:
    t = visit.t
    rows = tuple(
        Row((role.zh, role.zh_about) if visit.is_chinese else (role.en, role.en_about)) for role in ROLES.values()
    )
    columns = (Column(t("definitions.role"), is_first=True), Column(t("definitions.may")))
    return Table(t("definitions.roles"), columns, rows, is_caption_shown=True)


def _personal(visit: Visit) -> Table:
    """Personal fields and what is shown of them to whoever sees them masked."""
    t = visit.t
    rows = tuple(
        Row(
            (
                Cell(field.zh if visit.is_chinese else field.en),
                Cell(field.wire, is_code=True),
                t(f"definitions.mask.{personal.value}"),
            )
        )
        for field in FIELDS
        if (personal := class_of(field.name)) is not None
    )
    columns = (
        Column(t("definitions.field"), is_first=True),
        Column(t("definitions.wire")),
        Column(t("definitions.shown")),
    )
    return Table(t("definitions.personal"), columns, rows, is_caption_shown=True)


ROUTES: tuple[PageRoute, ...] = (PageRoute("definitions", _PATH, Needs.LOGIN, _show, "definitions"),)
