"""Who gets how many of the places for attempts at one time. Pure.

Rules
- Whoever asks gets an equal share, as far as its gate lets it.
- Some places are kept while there are endpoints that have none: those that never answer cannot fill them all,
  so whoever has something to deliver begins at once (S8).

What does not belong here: what an endpoint may get by itself (`gate`), and which entry goes first (`store`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from afterchat.sender.gate import Gate

__all__ = ["KEPT_PART", "Places"]

KEPT_PART = 4


class Places(NamedTuple):
    """The places of one relay at one moment."""

    count_max: int
    taken: int
    gates: Mapping[int, Gate]
    now: int
    """Epoch ms."""

    def share_out(self, asked: Sequence[Gate]) -> dict[int, int]:
        """How many attempts may begin, by endpoint; who is named earlier goes first among equals."""
        waiting_count = self._idle_count() - sum(not gate.in_flight for gate in asked)
        askers = [gate for gate in asked if self._free(gate, waiting_count, 0)]
        share = max(1, (self.count_max - self.taken) // max(len(askers), 1))
        given: dict[int, int] = {}
        promised = 0
        for gate in sorted(askers, key=lambda gate: gate.in_flight > 0):
            count = min(self._free(gate, waiting_count, promised), share)
            if count:
                given[gate.endpoint.id] = count
                promised += count
        return given

    def next_at(self, ask_at: Mapping[int, int]) -> int | None:
        """When time alone lets something begin, now or later; `ask_at` says when an endpoint has something, by id."""
        if self.taken >= self.count_max:
            return None
        idle_count = self._idle_count()
        moments = []
        for endpoint_id, at in ask_at.items():
            gate = self.gates[endpoint_id]
            opens = self.now if self._free(gate, idle_count, 0) else gate.next_at(self.now)
            if opens is not None:
                moments.append(max(at, opens))
        return min(moments, default=None)

    def _free(self, gate: Gate, waiting_count: int, promised: int) -> int:
        """How many attempts on an endpoint may begin; `promised` places will be taken by others."""
        room = self.count_max - self.taken - promised
        kept = min(self.count_max // KEPT_PART, waiting_count)
        first = 0 if gate.in_flight else 1
        return max(0, min(gate.free(self.now), max(room - kept, first), room))

    def _idle_count(self) -> int:
        """Endpoints that have no place."""
        return sum(not gate.in_flight for gate in self.gates.values())
