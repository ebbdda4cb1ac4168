"""The audit: who did what, to what, when; newest first, a page at a time.

    /people/audit?before=1234      lines that are older than that one

Rules
- Who is bound to a tenant reads the lines about that tenant alone, and the names of its users alone.
- A user is named where they still exist; else their id stands there, as the audit keeps it.

What does not belong here: what may stand in a line (`access.audit`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from afterchat.access.audit import ACTIONS, COMMAND_LINE
from afterchat.access.roles import Right
from afterchat.dashboard.pages.people_lists import PEOPLE, ROWS_MAX, read_pairs, tabs_of
from afterchat.dashboard.pages.people_parts import tenant_name
from afterchat.dashboard.parts import Cell, Column, Empty, Pager, Row, Table
from afterchat.dashboard.visit import Answer, Page, PageRoute, Visit
from afterchat.query.errors import BilingualFilterError
from afterchat.store.people import AUDIT_MS, AuditRow

__all__ = ["ROUTES"]

_AUDIT = f"{PEOPLE}/audit"
_DAY_MS = 86_400_000
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

_Names = Mapping[str, str]
"""Id of a user -> their name."""


async def _show_audit(visit: Visit) -> Answer:
    before = _before(visit)
    found = await visit.sources.people.notes(visit.tenant, before, ROWS_MAX + 1)
    rows = found[:ROWS_MAX]
    names = {user.id: user.name for user in await visit.sources.people.users(visit.tenant)}
    values = {
        "tabs": tabs_of(visit, "audit"),
        "about": visit.t("audit.about", days=visit.f.count(AUDIT_MS // _DAY_MS)),
        "table": _table(visit, rows, names, is_first=before is None),
        "pager": _pager(visit, rows, before, has_more=len(found) > ROWS_MAX),
    }
    return Page("audit.html", values)


def _before(visit: Visit) -> int | None:
    """From where the list goes on; raises FilterError."""
    text = read_pairs(visit, "before").get("before")
    if text is None:
        return None
    if not _ID.fullmatch(text):
        raise BilingualFilterError(
            zh="before 应为审计记录的编号；请用页面上的“下一页”。",
            en="`before` must be the number of a line; use the button of the page.",
        )
    return int(text)


def _table(visit: Visit, rows: Sequence[AuditRow], names: _Names, *, is_first: bool) -> Table:
    t = visit.t
    heads = ("audit.at", "audit.who", "audit.what", "audit.object", "people.tenant", "audit.detail")
    nothing = Empty(t("audit.empty"), t("audit.empty.text")) if is_first else Empty(t("audit.over"))
    return Table(
        t("audit.title"),
        tuple(Column(t(head), is_first=head == "audit.at") for head in heads),
        tuple(_row(visit, row, names) for row in rows),
        empty=nothing,
        is_walkable=True,
    )


def _row(visit: Visit, row: AuditRow, names: _Names) -> Row:
    note = row.note
    action = ACTIONS.get(note.what)
    what = Cell(note.what, is_code=True) if action is None else Cell(action.zh if visit.is_chinese else action.en)
    who = Cell(visit.t("audit.cli")) if note.who == COMMAND_LINE.who else _somebody(note.who, names)
    details = " ".join(f"{name}={_detail(visit, name, value)}" for name, value in note.detail.items())
    return Row(
        (
            Cell(visit.f.moment(note.at), moment=visit.f.machine(note.at)),
            who,
            what,
            _somebody(note.object, names),
            tenant_name(visit, note.tenant),
            Cell(details, is_code=bool(details)),
        )
    )


def _detail(visit: Visit, name: str, value: str | int | None) -> str:
    """A value of the details; moments as dates."""
    if name.endswith("_at") and isinstance(value, int):
        return visit.f.moment(value)
    return "" if value is None else str(value)


def _somebody(id_: str, names: _Names) -> Cell:
    """A user by name, whatever else by its id."""
    if id_ in names:
        return Cell(names[id_], f"{PEOPLE}/users/{id_}", note=id_)
    return Cell(id_, is_code=bool(id_))


def _pager(visit: Visit, rows: Sequence[AuditRow], before: int | None, *, has_more: bool) -> Pager:
    """Only forth and to the top: notes are read from the newest on."""
    text = visit.t("audit.newest")
    if before is not None and rows:
        text = visit.t("audit.older", at=visit.f.moment(rows[0].note.at))
    return Pager(text, "" if before is None else _AUDIT, next_href=f"{_AUDIT}?before={rows[-1].id}" if has_more else "")


ROUTES: tuple[PageRoute, ...] = (PageRoute("audit", _AUDIT, Right.MANAGE, _show_audit, "people"),)
