"""A journey: what one visitor went through, robot -> person -> transfers, joined from the links of its sessions.

A session links to at most two others: `related_id`, and `human_transfer_session_id` where staff transferred it.
Links are followed both ways, so it does not matter which of two sessions carries the link, nor which arrived first.

Rules
- A session started from history (relatedType 3) begins a journey of its own.
- A link to itself is none; circles end by themselves; a linked session that nobody has is named as missing.
- A journey is bounded: whoever links everything to everything gets the sessions nearest to the one asked for.
- Sessions stand in the order in which they began, those without a start last.

What does not belong here: many journeys at once (`containment`), where sessions are kept (whoever asks brings
`SessionLookup`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from afterchat.columns.layout import DERIVED_NUMBERS
from afterchat.columns.snapshot import Selection, Snapshot
from afterchat.contract.record import SessionRecord
from afterchat.contract.vocabulary import knows_evaluation
from afterchat.figures.containment import HISTORY

__all__ = [
    "JOURNEY_SESSIONS_MAX",
    "Journey",
    "JourneyFigures",
    "JourneySession",
    "SessionLookup",
    "SnapshotLookup",
    "journey_of",
    "session_of",
]

JOURNEY_SESSIONS_MAX = 100
"""No visit has so many; beyond it somebody's links are wrong."""


class JourneySession(NamedTuple):
    """What a journey needs of one session."""

    id: int
    interaction: int
    start_time: int
    end_time: int
    related_id: int
    related_type: int
    human_transfer_session_id: int
    from_human_transfer: int
    staff_id: int
    close_reason: int
    ender: int
    evaluation_type: int
    evaluation: int
    client_first_message_time: int
    staff_first_reply_time: int
    s_type_number: int

    def links(self) -> tuple[int, ...]:
        """Ids of the sessions that it links to."""
        related = self.related_id if self.related_type != HISTORY else 0
        wanted = dict.fromkeys((related, self.human_transfer_session_id))
        return tuple(one for one in wanted if one > 0 and one != self.id)


class JourneyFigures(NamedTuple):
    """Figures of the journey as a whole; None where there is nothing to say."""

    first_contact_at: int | None
    """The earliest start or first message of any of its sessions, epoch ms."""
    first_human_reply_at: int | None
    """The earliest first reply in a session for a person."""
    wait_ms: int | None
    """From the first contact to the first human reply."""
    ended_at: int | None
    """The latest end."""
    staff_count: int
    """Different staff who served in it."""
    transfer_count: int
    """Sessions that staff or the system transferred on to other staff (fromHumanTransfer 1)."""
    is_person_reached: bool
    """Whether staff received the visitor in any of its sessions (interaction 0, sType 0)."""
    close_reason: int | None
    """Of the session that ended last."""
    ender: int | None
    evaluation_type: int | None
    evaluation: int | None
    """The rating of the latest session that has one."""


class Journey(NamedTuple):
    """The sessions that belong together, and what they make up."""

    sessions: tuple[JourneySession, ...]
    missing_ids: tuple[int, ...]
    """Linked, but not here: not ended yet, not pushed, or forgotten."""
    is_cut: bool
    """Whether it has more sessions than are followed."""
    figures: JourneyFigures


class SessionLookup(Protocol):
    """Where sessions are found."""

    async def find(self, tenant: str, ids: Sequence[int]) -> Iterable[JourneySession]:
        """The sessions of these ids, as far as there are."""
        ...

    async def referring(self, tenant: str, ids: Sequence[int]) -> Iterable[JourneySession]:
        """The sessions whose related_id or human_transfer_session_id is one of these."""
        ...


def session_of(record: SessionRecord) -> JourneySession:
    """What a journey needs of a record."""
    source, derive = DERIVED_NUMBERS["s_type_number"]
    number = derive(getattr(record, source))
    return JourneySession._make([*(getattr(record, name) for name in JourneySession._fields[:-1]), number])


async def journey_of(tenant: str, session_id: int, lookup: SessionLookup) -> Journey | None:
    """The journey that the session belongs to; None when the session itself is unknown."""
    found: dict[int, JourneySession] = {one.id: one for one in await lookup.find(tenant, [session_id])}
    if session_id not in found:
        return None
    missing: set[int] = set()
    frontier = [session_id]
    is_cut = False
    while frontier and not is_cut:
        wanted = sorted({link for one in frontier for link in found[one].links()} - found.keys() - missing)
        near = [*(await lookup.find(tenant, wanted)), *(await lookup.referring(tenant, frontier))]
        known = {one.id: one for one in near if _is_linked(one, wanted, frontier)}
        missing.update(one for one in wanted if one not in known)
        frontier = sorted(known.keys() - found.keys())
        room = JOURNEY_SESSIONS_MAX - len(found)
        is_cut, frontier = len(frontier) > room, frontier[:room]
        found.update((one, known[one]) for one in frontier)
    sessions = tuple(sorted(found.values(), key=_beginning))
    return Journey(sessions, tuple(sorted(missing - found.keys())), is_cut, _figures(sessions))


def _is_linked(session: JourneySession, wanted: Sequence[int], frontier: Sequence[int]) -> bool:
    """A lookup may know more links than a journey counts: those from history."""
    return session.id in wanted or any(link in frontier for link in session.links())


def _beginning(session: JourneySession) -> tuple[bool, int, int]:
    return session.start_time <= 0, session.start_time, session.id


def _figures(sessions: Sequence[JourneySession]) -> JourneyFigures:
    of_persons = [one for one in sessions if one.interaction == 0]
    first_contact_at = _least(at for one in sessions for at in (one.start_time, one.client_first_message_time))
    first_human_reply_at = _least(one.staff_first_reply_time for one in of_persons)
    wait_ms = None
    if first_contact_at is not None and first_human_reply_at is not None and first_human_reply_at >= first_contact_at:
        wait_ms = first_human_reply_at - first_contact_at
    last = max(sessions, key=lambda one: (one.end_time, one.start_time, one.id))
    rated = [one for one in sessions if one.evaluation > 0 and knows_evaluation(one.evaluation_type, one.evaluation)]
    rating = max(rated, key=lambda one: (one.end_time, one.start_time, one.id)) if rated else None
    return JourneyFigures(
        first_contact_at,
        first_human_reply_at,
        wait_ms,
        last.end_time if last.end_time > 0 else None,
        len({one.staff_id for one in of_persons if one.staff_id > 0}),
        sum(one.from_human_transfer == 1 for one in of_persons),
        any(one.s_type_number == 0 for one in of_persons),
        last.close_reason if last.close_reason >= 0 else None,
        last.ender if last.ender > 0 else None,
        rating.evaluation_type if rating else None,
        rating.evaluation if rating else None,
    )


def _least(moments: Iterable[int]) -> int | None:
    return min((at for at in moments if at > 0), default=None)


class SnapshotLookup:
    """Sessions of a snapshot of the columns."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def find(self, tenant: str, ids: Sequence[int]) -> Iterable[JourneySession]:
        return self._where(tenant, "id", ids)

    async def referring(self, tenant: str, ids: Sequence[int]) -> Iterable[JourneySession]:
        both = (*self._where(tenant, "related_id", ids), *self._where(tenant, "human_transfer_session_id", ids))
        return dict.fromkeys(both)

    def _where(self, tenant: str, column: str, ids: Sequence[int]) -> list[JourneySession]:
        if not ids:
            return []
        selection = Selection(tenant, ((column, "=", tuple(ids) if len(ids) > 1 else ids[0]),), None)
        found: list[JourneySession] = []
        for part in self._snapshot.parts(selection):
            columns = [part.numbers(name).tolist() for name in JourneySession._fields]
            found += (JourneySession(*values) for values in zip(*columns, strict=True))
        return found
