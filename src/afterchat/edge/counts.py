"""What the edge did, as plain counters that somebody else publishes.

They only grow, except `connections_open`.
For every push whose path became known, `push_begun` is counted once.
Later exactly one of `push_handed`, `push_refused[label]` and `push_aborted` is counted.
So `push_begun - push_handed - sum(push_refused) - push_aborted` is the number of bodies being read at this moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["EdgeCounts"]


@dataclass(slots=True)
class EdgeCounts:
    """Counters of one EdgeServer; changed by the edge only, from the event loop's thread."""

    connections_open: int = 0
    connections_accepted: int = 0
    connections_refused: int = 0
    """Over `connections_max` or `connections_per_peer_max`, or while stopping."""
    connections_overdue: int = 0
    """Cut off or refused by a deadline, or because the client did not read its answer."""
    requests: int = 0
    """Complete requests handed inward, pushes and others."""
    push_begun: int = 0
    push_handed: int = 0
    push_refused: dict[str, int] = field(default_factory=dict)
    """By wire label; `deadline` is here when it was answered 408."""
    push_aborted: int = 0
    """The connection was lost, or drained away, before the body was complete."""
    push_answers_undelivered: int = 0
    """Answers given when the connection was already gone; a lower bound, TCP does not tell more."""
    app_refused: dict[str, int] = field(default_factory=dict)
    app_aborted: int = 0
    app_failures: int = 0
    """The application, or a handler, raised or broke its protocol."""
    unparsed: int = 0
    """Bytes came, but no readable request line."""
    answers_repeated: int = 0
    """Second answers to one request; ignored."""
    log_lines_suppressed: int = 0

    def refuse(self, label: str, *, is_push: bool) -> None:
        """Count one refused request under its wire label."""
        refused = self.push_refused if is_push else self.app_refused
        refused[label] = refused.get(label, 0) + 1

    def abort(self, *, is_push: bool) -> None:
        """Count one request whose body never became complete."""
        if is_push:
            self.push_aborted += 1
        else:
            self.app_aborted += 1
