"""One event onto the facts: the transition table, then the guards, then the fold, and nothing in between."""

from __future__ import annotations

from afterchat.engine.events import Event
from afterchat.engine.facts import Facts
from afterchat.engine.folds import FOLDS
from afterchat.engine.guards import GUARDS
from afterchat.engine.policy import Policy
from afterchat.engine.states import TRANSITIONS
from afterchat.engine.verdict import Refusal

__all__ = ["advance"]

_STEPS = {kind: (GUARDS.get(kind), fold) for kind, fold in FOLDS.items()}
"""Guard and fold of each event, side by side."""


def advance(facts: Facts, event: Event, policy: Policy) -> Refusal | None:
    """Let `event` happen to `facts`, or say why it cannot; a refusal leaves them as they were."""
    state = TRANSITIONS[facts.state].get(event.cue)
    if state is None:
        return Refusal.NOT_ALLOWED
    guard, fold = _STEPS[type(event)]
    if guard is not None:
        refusal = guard(facts, event, policy)
        if refusal is not None:
            return refusal
    fold(facts, event)
    facts.state = state
    return None
