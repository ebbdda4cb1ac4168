"""Which robot's sessions were followed by one for a person, over all sessions of a snapshot at once.

Sessions are joined to journeys by the links that records carry, whichever end carries them (see `journeys`).
A robot's session was followed if a session for a person in the same journey began between its start and so many hours
after its end.

Rules
- Links count whatever else is selected: the session that followed may lie outside the filters, or the span.
- Links of one tenant never lead to another.
- Any links may occur: to itself, in circles, to sessions that nobody has.

What does not belong here: one journey in detail (`journeys`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from afterchat.columns.distinct import distinct
from afterchat.columns.selection import PartSource
from afterchat.columns.snapshot import Part, Selection
from afterchat.contract.field import INTEGER_MAX
from afterchat.figures.rows import Bools, Codes, Ints

__all__ = ["CONTAINMENT_HOURS", "HISTORY", "Followed", "followed_sessions"]

CONTAINMENT_HOURS = 24
"""A visitor who needs a person comes back the same day, or not because of the robot."""

HISTORY = 3
"""relatedType of a session that staff opened out of an old one: a new journey, not the same."""

_HOUR_MS = 3_600_000
_PERSON, _ROBOT = 0, 1
_COLUMNS = (
    "id",
    "related_id",
    "related_type",
    "human_transfer_session_id",
    "interaction",
    "start_time",
    "end_time",
)


@dataclass(frozen=True, slots=True)
class Followed:
    """Ids of robot's sessions that were followed by one for a person, ascending, by tenant."""

    by_tenant: Mapping[str, Ints]

    def mask(self, part: Part) -> Bools:
        """Which of the part's sessions they are."""
        found = np.zeros(part.row_count, dtype=np.bool_)
        for tenant, rows in _tenants_of(part):
            ids = self.by_tenant.get(tenant)
            if ids is not None and ids.size:
                of_part = part.numbers("id")[rows]
                places = np.minimum(np.searchsorted(ids, of_part), ids.size - 1)
                found[rows] = ids[places] == of_part
        return found


def followed_sessions(source: PartSource, selection: Selection, hours: int = CONTAINMENT_HOURS) -> Followed:
    """All of the tenant's, or of every tenant's where the selection names none; computed once for a source."""
    everything = Selection(selection.tenant)
    key = ("followed sessions", selection.tenant, hours)
    return source.remembered(key, lambda: _followed_in(source.parts(everything), hours))


def _followed_in(parts: Iterable[Part], hours: int) -> Followed:
    gathered: dict[str, list[list[Ints]]] = {}
    for part in parts:
        columns = [part.numbers(name) for name in _COLUMNS]
        for tenant, rows in _tenants_of(part):
            gathered.setdefault(tenant, []).append([column[rows] for column in columns])
    return Followed(
        {
            tenant: _followed(
                {name: np.concatenate([chunk[place] for chunk in chunks]) for place, name in enumerate(_COLUMNS)},
                hours,
            )
            for tenant, chunks in gathered.items()
        }
    )


def _tenants_of(part: Part) -> Iterator[tuple[str, slice | Codes]]:
    codes, words = part.codes("tenant"), part.words("tenant")
    present = np.flatnonzero(np.bincount(codes))
    for code in present.tolist():
        yield words[code], slice(None) if present.size == 1 else np.flatnonzero(codes == code)


def _followed(columns: Mapping[str, Ints], hours: int) -> Ints:
    ids, related, transferred = columns["id"], columns["related_id"], columns["human_transfer_session_id"]
    interaction, starts, ends = columns["interaction"], columns["start_time"], columns["end_time"]
    is_related = (related > 0) & (related != ids) & (columns["related_type"] != HISTORY)
    is_transferred = (transferred > 0) & (transferred != ids)
    left = np.concatenate([ids[is_related], ids[is_transferred]])
    right = np.concatenate([related[is_related], transferred[is_transferred]])
    linked = distinct(np.concatenate([left, right]))
    if not linked.size:
        return linked
    journeys = _components(np.searchsorted(linked, left), np.searchsorted(linked, right), linked.size)
    places = np.minimum(np.searchsorted(linked, ids), linked.size - 1)
    rows = np.flatnonzero((linked[places] == ids) & ((interaction == _PERSON) | (interaction == _ROBOT)))
    journey, start = journeys[places[rows]], starts[rows]
    is_person = interaction[rows] == _PERSON
    order = np.lexsort((is_person, start, journey))
    ordered = rows[order]
    nothing = ordered.size
    next_person = np.where(is_person[order], np.arange(nothing), nothing)
    next_person = np.minimum.accumulate(next_person[::-1])[::-1]
    candidates = np.flatnonzero(~is_person[order] & (next_person < nothing))
    robots, persons = candidates, next_person[candidates]
    span = hours * _HOUR_MS
    until = np.minimum(ends[ordered[robots]], INTEGER_MAX - span) + span
    was_followed = (journey[order][robots] == journey[order][persons]) & (starts[ordered[persons]] <= until)
    return np.sort(ids[ordered[robots[was_followed]]])


def _components(left: Codes, right: Codes, count: int) -> Codes:
    """For each node the least node that edges lead to; the roots that are left at least halve in each round."""
    labels = np.arange(count)
    while True:
        one, other = labels[left], labels[right]
        if (one == other).all():
            return labels
        least = np.minimum(one, other)
        np.minimum.at(labels, one, least)
        np.minimum.at(labels, other, least)
        while (labels != labels[labels]).any():
            labels = labels[labels]
