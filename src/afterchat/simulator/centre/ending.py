"""How a talk ends that has come to its end, and what becomes known after that.

staff had the last word -> invitation, rating, notes -> closed by somebody, or left to the engine
-> the system's invitation, late and changed ratings, notes written afterwards, a note corrected hours later
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

from afterchat.engine import RatingInvited, RemarkWritten, VisitorRated
from afterchat.simulator import words
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.arrivals import HOUR_MS
from afterchat.simulator.centre.draws import NARROW, STEADY, Weighted
from afterchat.simulator.centre.notes import Note
from afterchat.simulator.centre.ratings import Asked, mood_after, rating_values, will_rate
from afterchat.simulator.centre.service import Service
from afterchat.simulator.centre.world import ENGINE

__all__ = ["afterwards", "end_talk"]


class _Ending(NamedTuple):
    """Who ends it, how long after the last answer (ms)."""

    close_reason: int
    least_ms: int
    most_ms: int
    may_be_thanked: bool = False
    """Whether the visitor may have the very last word."""


_BY_ENGINE = _Ending(2, ENGINE.visitor_silent_seconds * 1000, 0)
_FORGOTTEN = _Ending(8, ENGINE.session_idle_seconds * 1000, 0)
"""The visitor wrote once more, and nobody ever looked."""
_LEFT_TO_ENGINE = frozenset({_BY_ENGINE, _FORGOTTEN})

_ENDINGS = Weighted(
    {
        _Ending(0, 15_000, 150_000, may_be_thanked=True): 47,
        _Ending(1, 4_000, 240_000, may_be_thanked=True): 13,
        _Ending(7, 4_000, 120_000, may_be_thanked=True): 11,
        _Ending(2, 300_000, 540_000): 12,
        _BY_ENGINE: 12,
        _Ending(8, 400_000, 540_000): 3,
        _Ending(16, 60_000, 500_000): 1,
        _FORGOTTEN: 0.15,
    }
)
_ENDS_WITH_TIME_TO_INVITE = frozenset({0, 2, 8})
"""Otherwise the visitor is gone before staff think of it."""

_STAFF_INVITE_SHARE = 0.5
_SYSTEM_INVITE_SHARE = 0.45
_RATES_AT_ONCE_SHARE = 0.6
_RATES_AFTER_MS = 9_000
_RATES_AFTER_MS_MAX = 60_000
_EARLY_NOTES_SHARE = 0.6
_THANKS_SHARE = 0.35
_STEP_MS = (900, 5_000)
_SYSTEM_INVITES_AFTER_MS = (100, 900)
_RATES_LATE_MS = 60_000
_RATES_LATE_MS_MAX = 480_000
"""With the change of it well within the engine's window."""
_CHANGED_SHARE = 0.06
_CHANGED_AFTER_MS = (5_000, 90_000)
_WRAP_UP_MS = 14_000
_CORRECTED_SHARE = 0.015
_CORRECTED_MS = 2 * HOUR_MS


def end_talk(service: Service) -> Steps:
    """From the last answer to the end."""
    chance, agenda, log = service.chance, service.agenda, service.log
    answered_at = agenda.now
    ending = _ENDINGS.draw(chance)
    if ending.close_reason in _ENDS_WITH_TIME_TO_INVITE and chance.happens(_STAFF_INVITE_SHARE):
        yield from service.pause(*_STEP_MS)
        service.asked = Asked.BY_STAFF
        log.tell(RatingInvited)
        if chance.happens(_RATES_AT_ONCE_SHARE):
            yield from _rate_at_once(service)
    if ending.may_be_thanked and chance.happens(_THANKS_SHARE):
        yield from service.pause(*_STEP_MS)
        service.write()
    if chance.happens(_EARLY_NOTES_SHARE):
        for kind, values in service.take_notes():
            yield from service.pause(*_STEP_MS)
            log.tell(kind, **values)
    if ending is _FORGOTTEN:
        yield from service.pause(*_STEP_MS)
        service.write()
        answered_at = agenda.now
    if ending in _LEFT_TO_ENGINE:
        yield answered_at + ending.least_ms
        return
    yield from service.until(answered_at + chance.between(ending.least_ms, ending.most_ms))
    log.close(ending.close_reason)


def afterwards(service: Service) -> Steps:
    """What becomes known after the end, in the order in which it does."""
    chance, ended_at = service.chance, service.agenda.now
    late: list[tuple[int, Note]] = []
    if service.is_answered:
        late += _late_ratings(service)
    after_ms = 0
    for note in service.take_notes():
        after_ms += chance.heavy(_WRAP_UP_MS, NARROW)
        late.append((after_ms, note))
        if note[0] is RemarkWritten and chance.happens(_CORRECTED_SHARE):
            late.append((chance.heavy(_CORRECTED_MS, NARROW), (RemarkWritten, {"remarks": words.CORRECTED_REMARK})))
    for after, (kind, values) in sorted(late, key=itemgetter(0)):
        yield ended_at + after
        service.log.tell(kind, **values)


def _rate_at_once(service: Service) -> Steps:
    """The visitor rates while the session is open, or not at all."""
    chance = service.chance
    service.has_decided = True
    if will_rate(chance, service.asked):
        after_ms = 1_500 + min(chance.heavy(_RATES_AFTER_MS, STEADY), _RATES_AFTER_MS_MAX)
        yield from service.until(service.agenda.now + after_ms)
        service.is_rated = True
        service.log.tell(VisitorRated, **_rating(service))


def _late_ratings(service: Service) -> list[tuple[int, Note]]:
    """The system's invitation where staff did not ask, the rating where it is not there yet, and a change of it."""
    chance = service.chance
    late: list[tuple[int, Note]] = []
    if service.asked is Asked.BY_NOBODY and chance.happens(_SYSTEM_INVITE_SHARE):
        service.asked = Asked.BY_SYSTEM
        late.append((chance.between(*_SYSTEM_INVITES_AFTER_MS), (RatingInvited, {"by": "system"})))
    after_ms = 1_000
    if not service.has_decided and will_rate(chance, service.asked):
        after_ms += min(chance.heavy(_RATES_LATE_MS, NARROW), _RATES_LATE_MS_MAX)
        service.is_rated = True
        late.append((after_ms, (VisitorRated, _rating(service))))
    if service.is_rated and chance.happens(_CHANGED_SHARE):
        after_ms += chance.between(*_CHANGED_AFTER_MS)
        late.append((after_ms, (VisitorRated, _rating(service))))
    return late


def _rating(service: Service) -> dict[str, Any]:
    chance = service.chance
    return rating_values(chance, service.evaluation_type, mood_after(chance, service.longest_wait_ms))
