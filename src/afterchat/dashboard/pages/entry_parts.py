"""What pages show of deliveries: rows of a list, the facts of one, its attempts. Pure.

What does not belong here: where they come from, and what may be done with them (`deliveries`).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from afterchat.access.roles import Right
from afterchat.dashboard.formats import NONE
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.pages.endpoints import DELIVERIES, shown_url
from afterchat.dashboard.pages.entry_query import endpoint_name
from afterchat.dashboard.parts import Badge, Cell, Column, Empty, Fact, Row, Table
from afterchat.dashboard.visit import Visit
from afterchat.store.sending import Attempt, Endpoint, Entry, EntryState, NewPush

__all__ = [
    "ENTRY_TONES",
    "Sessions",
    "attempt_table",
    "entries_table",
    "entry_facts",
    "error_text",
    "is_settled",
    "list_empty",
]

ENTRY_TONES = {
    EntryState.WAITING: "info",
    EntryState.BEHIND: "",
    EntryState.LEASED: "info",
    EntryState.DELIVERED: "good",
    EntryState.DEAD: "bad",
    EntryState.CANCELLED: "",
}
_SETTLED = frozenset({EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED})

Sessions = frozenset[tuple[str, int]]
"""(tenant, id) of the sessions that have a page."""


def is_settled(entry: Entry) -> bool:
    """Whether nothing more is tried for it; only then it can be sent again."""
    return entry.state in _SETTLED


def error_text(visit: Visit, kind: str) -> str:
    """A kind of failure in words; one that is not known yet as it is kept."""
    return (visit.t.known(f"deliveries.error.{kind}") or kind) if kind else ""


def list_empty(visit: Visit, is_narrowed: bool) -> Empty:
    """Why the list is empty."""
    t = visit.t
    if is_narrowed:
        return Empty(t("deliveries.empty.filtered"), action=t("filter.clear"), href=DELIVERIES)
    return Empty(t("deliveries.empty"), t("deliveries.empty.text"))


def entries_table(
    visit: Visit,
    entries: Sequence[Entry],
    endpoints: Sequence[Endpoint],
    sessions: Sessions,
    empty: Empty,
    *,
    is_of_session: bool = False,
) -> Table:
    """Entries as rows; of one session without the columns that are the same in all of them."""
    t = visit.t
    names = {endpoint.id: endpoint for endpoint in endpoints}
    hidden = {"session", "tenant"} if is_of_session else {"tenant"} if visit.tenant is not None else set()
    heads = ("entry", "state", "created", "to", "tenant", "session", "attempts", "when", "last")
    shown = [head for head in heads if head not in hidden]
    rows = []
    for entry in entries:
        cells = {
            "entry": Cell(str(entry.id), f"{DELIVERIES}/{entry.id}", is_code=True),
            "state": Cell("", badges=(_badge(visit, entry),)),
            "created": _moment(visit, entry.created_at),
            "to": _endpoint_cell(names.get(entry.endpoint_id), entry),
            "tenant": Cell(entry.tenant),
            "session": _session_cell(visit, entry, sessions),
            "attempts": Cell(visit.f.count(entry.attempt_count)),
            "when": _when(visit, entry),
            "last": _last(visit, entry),
        }
        rows.append(
            Row(tuple(cells[head] for head in shown), "bad" if entry.state is EntryState.DEAD else "", f"e{entry.id}")
        )
    columns = tuple(Column(t(f"deliveries.{head}"), head == "attempts", is_first=head == "entry") for head in shown)
    return Table(t("deliveries.entries"), columns, tuple(rows), empty=empty, is_walkable=not is_of_session)


def entry_facts(
    visit: Visit, entry: Entry, push: NewPush, endpoint: Endpoint | None, sessions: Sessions
) -> tuple[Fact, ...]:
    """What is known of one entry."""
    t, f = visit.t, visit.f
    to = Cell(f"#{entry.endpoint_id}")
    if endpoint is not None:
        to = Cell(endpoint_name(visit, endpoint), note=shown_url(visit, endpoint.url))
    facts = [
        Fact(t("deliveries.state"), Cell("", badges=(_badge(visit, entry),))),
        Fact(t("deliveries.last"), _last(visit, entry)),
        Fact(t("deliveries.to"), to),
        Fact(t("deliveries.session"), _session_cell(visit, entry, sessions)),
        Fact(t("deliveries.event_type"), Cell(entry.event_type, is_code=True)),
        Fact(t("deliveries.created"), _moment(visit, entry.created_at)),
        Fact(t("deliveries.due"), _moment(visit, entry.due_at if entry.state is EntryState.WAITING else None)),
        Fact(t("deliveries.settled"), _moment(visit, entry.settled_at)),
        Fact(t("deliveries.attempts"), f.count(entry.attempt_count), t("deliveries.attempts.hint")),
        Fact(t("deliveries.series"), f.count(entry.series), t("deliveries.series.hint")),
        Fact(t("deliveries.push"), Cell(str(entry.push_id), is_code=True)),
    ]
    if visit.who.may(Right.SEE_UNMASKED):
        facts += [
            Fact(t("deliveries.size"), f.size(len(push.body))),
            Fact(t("deliveries.sha256"), Cell(push.sha256.hex())),
        ]
    return tuple(facts)


def attempt_table(visit: Visit, attempts: Sequence[Attempt]) -> Table:
    """Every attempt, the latest first; what was answered for those who see everything."""
    t = visit.t
    heads = ["number", "at", "took", "status", "outcome"]
    if visit.who.may(Right.SEE_UNMASKED):
        heads.append("answer")
    rows = []
    for number, attempt in sorted(enumerate(attempts, 1), reverse=True):
        cells = {
            "number": Cell(visit.f.count(number)),
            "at": _moment(visit, attempt.begun_at),
            "took": Cell(visit.f.duration(attempt.duration_ms)),
            "status": Cell(_status(attempt.status)),
            "outcome": _outcome(visit, attempt),
            "answer": Cell(_readable(attempt.answer)),
        }
        rows.append(Row(tuple(cells[head] for head in heads)))
    columns = tuple(
        Column(t(f"deliveries.try.{head}"), head in {"took", "status"}, is_first=head == "number") for head in heads
    )
    return Table(t("deliveries.tries"), columns, tuple(rows), empty=Empty(t("deliveries.tries.empty")))


def _badge(visit: Visit, entry: Entry) -> Badge:
    return Badge(visit.t(f"deliveries.state.{entry.state.value}"), ENTRY_TONES[entry.state])


def _endpoint_cell(endpoint: Endpoint | None, entry: Entry) -> Cell:
    return Cell(f"#{entry.endpoint_id}" if endpoint is None else endpoint.name)


def _session_cell(visit: Visit, entry: Entry, sessions: Sessions) -> Cell:
    href = ""
    if (entry.tenant, entry.session) in sessions:
        query = f"?{urlencode({'tenant': entry.tenant})}" if visit.tenant is None else ""
        href = f"{PAGES['sessions'].path}/{entry.session}{query}"
    return Cell(str(entry.session), href, is_code=True)


def _when(visit: Visit, entry: Entry) -> Cell:
    """When it is tried next, or when it was over."""
    if entry.settled_at is not None and is_settled(entry):
        return _moment(visit, entry.settled_at, visit.t("deliveries.when.settled"))
    if entry.state is EntryState.WAITING:
        return _moment(visit, entry.due_at, visit.t("deliveries.when.due"))
    return Cell(NONE)


def _last(visit: Visit, entry: Entry) -> Cell:
    """What the last attempt met."""
    status = _status(entry.last_status)
    if entry.last_error:
        return Cell(error_text(visit, entry.last_error), note="" if status == NONE else f"HTTP {status}")
    return Cell(status if status == NONE else f"HTTP {status}")


def _outcome(visit: Visit, attempt: Attempt) -> Cell:
    if attempt.error:
        return Cell(error_text(visit, attempt.error))
    return Cell("", badges=(Badge(visit.t("deliveries.try.taken"), "good"),))


def _moment(visit: Visit, at: int | None, note: str = "") -> Cell:
    return Cell(visit.f.moment(at), note=note, moment=visit.f.machine(at))


def _status(status: int) -> str:
    return str(status) if status else NONE


def _readable(answer: bytes) -> str:
    """The answer as text; what cannot be seen, or would turn the text around, stands as its code."""
    text = answer.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() or one == "\n" else f"\\x{ord(one):02x}" for one in text)
