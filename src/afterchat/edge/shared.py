"""What all connections of one server have in common: what they call, what bounds them, what they count.

No behaviour; `server` makes it, `protocol` uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from afterchat.clock import Clock
from afterchat.edge.admission import Admission
from afterchat.edge.answers import AnswerEncoder
from afterchat.edge.asgi import Application
from afterchat.edge.complaints import Complaints
from afterchat.edge.counts import EdgeCounts
from afterchat.edge.limits import Limits
from afterchat.edge.message import Answer, Handler

__all__ = ["Refusal", "Shared", "Watched"]

Refusal = Callable[[str], Answer]
"""From a wire label to what the client reads.

The labels: `body`, `encoding`, `head`, `malformed`, `deadline`, `busy`, `stopping`.
"""


class Watched(Protocol):
    """What the server does to an open connection."""

    def look_at_the_time(self, now: float) -> None:
        """End it if it takes too long; `now` is monotonic seconds."""

    def begin_drain(self) -> None:
        """Close it when nothing is under way, else after its answer."""

    def abort(self) -> bool:
        """Cut it off; says whether anything was under way."""


@dataclass(slots=True, eq=False)
class Shared:
    """One for each server; only touched from the loop's thread."""

    push: Handler
    app: Application
    limits: Limits
    clock: Clock
    refusal: Refusal
    counts: EdgeCounts
    complaints: Complaints
    admission: Admission
    encoder: AnswerEncoder
    loop: asyncio.AbstractEventLoop
    push_paths: tuple[bytes, ...]
    """What the push handler answers, each with everything below it; the rest is the application's."""
    on_empty: Callable[[], None]
    """Called whenever the last connection is gone."""
    codings: frozenset[bytes] = frozenset()
    """Content codings, in lower case, in which the push handler takes bodies; it undoes them itself."""
    connections: set[Watched] = field(default_factory=set)
    """Every open one, those being refused, too."""
    held_bytes: int = 0
    """Incomplete requests and early bytes of all connections."""
    is_draining: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Of the application, one for each of its requests under way."""

    def is_push_path(self, path: bytes) -> bool:
        """Whether the push handler answers this path."""
        return any(path == own or path.startswith(own + b"/") for own in self.push_paths)

    def codings_of(self, path: bytes) -> frozenset[bytes]:
        """Which content codings this path takes; the application takes none."""
        return self.codings if self.is_push_path(path) else _NO_CODINGS


_NO_CODINGS: frozenset[bytes] = frozenset()
