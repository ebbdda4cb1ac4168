"""Who gets how many of the places for attempts at one time. Pure.

Rules
- Whoever asks gets an equal share, as far as its gate lets it.
- Some places are kept for tenants that have none, and of what is left some for endpoints that have none.
  So endpoints that never answer cannot fill them all, nor can one tenant with many of them: whoever has something to
  deliver begins at once (S8).

What does not belong here: what an endpoint may get by itself (`gate`), and which entry goes first (`store`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from afterchat.sender.gate import Gate

__all__ = ["KEPT_PART", "Places"]

KEPT_PART = 8
"""One place in so many is kept for tenants, and as many for endpoints."""


class _Needs(NamedTuple):
    """Who may still need a first place."""

    tenant_count: int
    endpoint_count: int


class Places(NamedTuple):
    """The places of one relay at one moment."""

    count_max: int
    taken: int
    gates: Mapping[int, Gate]
    now: int
    """Epoch ms."""

    def share_out(self, asked: Sequence[Gate]) -> dict[int, int]:
        """How many attempts may begin, by endpoint; who is named earlier goes first among equals."""
        busy = self._busy_tenants()
        others = self._needs(busy, {gate.endpoint.id for gate in asked})
        askers = [gate for gate in asked if self._free(gate, busy, others)]
        share = max(1, (self.count_max - self.taken) // max(len(askers), 1))
        given: dict[int, int] = {}
        for gate in sorted(askers, key=lambda gate: (bool(busy[gate.endpoint.tenant]), bool(gate.in_flight))):
            count = min(self._free(gate, busy, others, sum(given.values())), share)
            if count:
                given[gate.endpoint.id] = count
                busy[gate.endpoint.tenant] += count
        return given

    def next_at(self, ask_at: Mapping[int, int]) -> int | None:
        """When time alone lets something begin, now or later; `ask_at` says when an endpoint has something, by id."""
        if self.taken >= self.count_max:
            return None
        busy = self._busy_tenants()
        needs = self._needs(busy, set())
        moments = []
        for endpoint_id, at in ask_at.items():
            gate = self.gates[endpoint_id]
            opens = self.now if self._free(gate, busy, needs) else gate.next_at(self.now)
            if opens is not None:
                moments.append(max(at, opens))
        return min(moments, default=None)

    def _free(self, gate: Gate, busy: Counter[str], others: _Needs, promised: int = 0) -> int:
        """How many attempts on an endpoint may begin; `promised` places will be taken by others."""
        part = self.count_max // KEPT_PART
        room = self.count_max - self.taken - promised
        kept_for_tenants, kept_for_endpoints = min(part, others.tenant_count), min(part, others.endpoint_count)
        if not busy[gate.endpoint.tenant]:
            for_a_first = room
        elif not gate.in_flight:
            for_a_first = room - kept_for_tenants
        else:
            for_a_first = 0
        free = max(room - kept_for_tenants - kept_for_endpoints, min(for_a_first, 1))
        return max(0, min(gate.free(self.now), free))

    def _busy_tenants(self) -> Counter[str]:
        """Attempts under way by tenant."""
        busy: Counter[str] = Counter()
        for gate in self.gates.values():
            busy[gate.endpoint.tenant] += gate.in_flight
        return busy

    def _needs(self, busy: Counter[str], asking: set[int]) -> _Needs:
        """Tenants and endpoints that have no place and are not asking for one now."""
        idle = [gate for id_, gate in self.gates.items() if not gate.in_flight and id_ not in asking]
        asking_tenants = {self.gates[id_].endpoint.tenant for id_ in asking}
        tenants = {gate.endpoint.tenant for gate in idle if not busy[gate.endpoint.tenant]} - asking_tenants
        return _Needs(len(tenants), sum(gate.endpoint.tenant not in tenants for gate in idle))
