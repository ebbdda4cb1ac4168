"""The sessions that the tracker has in memory: loaded when they go on, dropped when they are longest unused.

What is at hand follows from what is on disk, so any of them can be dropped at any time and loaded again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from afterchat.engine import Policy
from afterchat.sender.tracked import Damage, TrackedSession, rebuilt
from afterchat.store.sending import Journal

__all__ = ["AtHand", "SessionKey"]

SessionKey = tuple[str, int]
"""Tenant and session."""


class AtHand:
    """At most `sessions_max` sessions between two steps; `policy_of` says what a tenant chose."""

    def __init__(self, journal: Journal, policy_of: Callable[[str], Policy], sessions_max: int) -> None:
        self._journal = journal
        self._policy_of = policy_of
        self._sessions_max = sessions_max
        self._sessions: OrderedDict[SessionKey, TrackedSession] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def keys(self) -> tuple[SessionKey, ...]:
        """The one longest unused first."""
        return tuple(self._sessions)

    async def get(self, tenant: str, session_id: int) -> TrackedSession | Damage:
        """The session, new or as it is stored; raises StoreUnavailableError."""
        key = tenant, session_id
        known = self._sessions.get(key)
        if known is not None:
            self._sessions.move_to_end(key)
            return known
        stored = await self._journal.load(tenant, session_id)
        made = TrackedSession(tenant, session_id, self._policy_of(tenant)) if stored is None else rebuilt(stored)
        if not isinstance(made, Damage):
            self._sessions[key] = made
        return made

    def drop(self, keys: Iterable[SessionKey]) -> None:
        """What happened to these in memory was not kept."""
        for key in keys:
            self._sessions.pop(key, None)

    def trim(self) -> None:
        """Drop what is longest unused and too many."""
        while len(self._sessions) > self._sessions_max:
            self._sessions.popitem(last=False)
