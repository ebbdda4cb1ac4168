"""What an event must fulfil beside the transition table: one small function for each that has more to fulfil.

A guard sees the facts as they were when the event happened and gives the reason for a refusal, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from afterchat.contract.vocabulary import EVALUATION_MODELS
from afterchat.engine import events
from afterchat.engine.facts import Facts, goes_on, is_left_message, was_served
from afterchat.engine.policy import Policy
from afterchat.engine.states import ENDED_STATES
from afterchat.engine.timers import is_due
from afterchat.engine.verdict import Refusal

__all__ = ["GUARDS", "rating_ends_at"]

Guard = Callable[[Facts, Any, Policy], Refusal | None]


def rating_ends_at(facts: Facts, policy: Policy) -> int:
    """The last moment for a rating, epoch ms; 0 while the session is open."""
    return facts.closed.at + policy.rating_window_ms if facts.closed is not None else 0


def _model(facts: Facts) -> int:
    return facts.opened.evaluation_type if facts.opened is not None else 0


def _closed(facts: Facts, event: events.SessionClosed, policy: Policy) -> Refusal | None:
    """What the engine itself concluded must still follow when an event came late; a platform is believed."""
    return None if not event.timer or is_due(event.timer, event.at, facts, policy) else Refusal.NOT_DUE


def _pinned(facts: Facts, _event: events.Pinned, _policy: Policy) -> Refusal | None:
    return Refusal.ALREADY_PINNED if facts.pinned_at else None


def _unpinned(facts: Facts, _event: events.Unpinned, _policy: Policy) -> Refusal | None:
    return None if facts.pinned_at else Refusal.NOT_PINNED


def _lost(facts: Facts, _event: events.StaffLost, _policy: Policy) -> Refusal | None:
    return Refusal.ALREADY_LOST if facts.lost_at else None


def _back(facts: Facts, _event: events.StaffBack, _policy: Policy) -> Refusal | None:
    return None if facts.lost_at else Refusal.NOT_LOST


def _invited(facts: Facts, event: events.Event, policy: Policy) -> Refusal | None:
    if not _model(facts):
        return Refusal.NO_MODEL
    if not was_served(facts):
        return Refusal.NEVER_SERVED
    if facts.state in ENDED_STATES and event.at > rating_ends_at(facts, policy):
        return Refusal.WINDOW_OVER
    return None


def _rated(facts: Facts, event: events.VisitorRated, policy: Policy) -> Refusal | None:
    refusal = _invited(facts, event, policy)
    if refusal is None and not EVALUATION_MODELS[_model(facts)].knows(event.evaluation):
        return Refusal.OUTSIDE_MODEL
    if refusal is None and facts.rated is not None and not policy.may_rate_again:
        return Refusal.ALREADY_RATED
    return refusal


def _window_closed(facts: Facts, event: events.RatingWindowClosed, policy: Policy) -> Refusal | None:
    return Refusal.WINDOW_OPEN if event.at < rating_ends_at(facts, policy) else None


def _treated(facts: Facts, _event: events.MessageTreated, _policy: Policy) -> Refusal | None:
    if not is_left_message(facts):
        return Refusal.NO_MESSAGE
    return Refusal.ALREADY_TREATED if facts.treated_at else None


def _successor_named(facts: Facts, event: events.SuccessorNamed, _policy: Policy) -> Refusal | None:
    if event.to_session == event.session:
        return Refusal.SAME_SESSION
    if facts.closed is not None and not goes_on(facts):
        return Refusal.NO_SUCCESSOR
    return Refusal.SUCCESSOR_KNOWN if facts.successor else None


GUARDS: Mapping[type[events.Event], Guard] = MappingProxyType(
    {
        events.SessionClosed: _closed,
        events.Pinned: _pinned,
        events.Unpinned: _unpinned,
        events.StaffLost: _lost,
        events.StaffBack: _back,
        events.RatingInvited: _invited,
        events.VisitorRated: _rated,
        events.RatingWindowClosed: _window_closed,
        events.MessageTreated: _treated,
        events.SuccessorNamed: _successor_named,
    }
)
