"""Refused pushes on their way to the quarantine: answered first, looked into later, bounded twice.

A stranger must not make this server write: a refusal costs no statement of the database (reliability X14).
So a refused push waits here, at most `_WAITING_MAX` of them.
A slow loop writes a few each second, with the likely cause.
What does not fit is only counted; the sender got its 401 either way and will send again if it can be mended.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from afterchat.contract.ack import Reason
from afterchat.contract.causes import Cause
from afterchat.edge.message import Request
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.counts import ReceiverCounts
from afterchat.receiver.diagnosis import diagnose
from afterchat.receiver.intake import Refused
from afterchat.receiver.rings import Ring
from afterchat.store.ports import Quarantine, Quarantining

__all__ = ["QuarantineWriter"]

_LOG = logging.getLogger(__name__)

_WAITING_MAX = 256
"""At 256 KiB a body this is 64 MiB at the very worst, and half a megabyte for ordinary pushes."""

_KEPT_REASONS = frozenset({Reason.CHECKSUM, Reason.TIME})
_EVENT_TYPE_CHARACTERS_MAX = 64
_QUERY_CHARACTERS_MAX = 512


class _Waiting(NamedTuple):
    refused: Refused
    request: Request
    refused_at: int


class QuarantineWriter:
    """Keeps refused pushes of known tenants for the operator, `rows_per_second_max` at the most."""

    def __init__(
        self, quarantine: Quarantine, counts: ReceiverCounts, *, rows_per_second_max: int, window_seconds: int
    ) -> None:
        self._quarantine = quarantine
        self._counts = counts
        self._rows_per_second_max = rows_per_second_max
        self._window_seconds = window_seconds
        self._waiting: deque[_Waiting] = deque()

    def offer(self, refused: Refused, request: Request, refused_at: int) -> None:
        """Take note of a refusal; cheap, and never waits."""
        if refused.reason not in _KEPT_REASONS or refused.ring is None or not request.body:
            return
        if len(self._waiting) >= _WAITING_MAX:
            self._counts.quarantine_dropped += 1
            return
        self._waiting.append(_Waiting(refused, request, refused_at))

    async def run(self) -> None:
        """Write what waits, once a second, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            await self.write_waiting()

    async def write_waiting(self) -> None:
        """Write up to a second's worth; a store that is away costs these rows, and they are counted as dropped."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._rows_per_second_max))]
        if not batch:
            return
        try:
            await self._quarantine.put_all([self._row(waiting) for waiting in batch])
        except StoreUnavailableError as error:
            self._counts.quarantine_dropped += len(batch)
            _LOG.warning("the quarantine did not take %d refused pushes: %s", len(batch), error)
            return
        self._counts.quarantined += len(batch)

    def _row(self, waiting: _Waiting) -> Quarantining:
        refused, request = waiting.refused, waiting.request
        ring, parameters = refused.ring, refused.parameters
        assert ring is not None, "offer() keeps only refusals of known tenants"
        event_type = unquote_to_bytes((parameters.event_type if parameters else None) or b"").decode("ascii", "replace")
        return Quarantining(
            tenant=ring.tenant,
            refused_at=waiting.refused_at,
            reason=refused.reason.wire,
            cause=self._cause(waiting, ring).wire,
            query=_without_checksum(request.query),
            event_type=event_type[:_EVENT_TYPE_CHARACTERS_MAX],
            signed_at=refused.signed_at,
            authentic=refused.is_authentic,
            sha256=sha256(request.body).digest(),
            body=request.body,
        )

    def _cause(self, waiting: _Waiting, ring: Ring) -> Cause:
        """What the verdict itself says comes first: the checksum explains nothing where it was not what decided."""
        refused = waiting.refused
        if refused.is_authentic:
            return Cause.OUTSIDE_WINDOW
        if ring.signature_mode == "hmac_only":
            return Cause.WEBHOOKS_ONLY
        parameters = refused.parameters
        return diagnose(
            ring.secrets,
            (parameters.time if parameters else None) or b"",
            (parameters.checksum if parameters else None) or b"",
            waiting.request.body,
            waiting.refused_at,
            retired_secrets=ring.retired_secrets,
            window_seconds=self._window_seconds,
        )


def _without_checksum(query: bytes) -> str:
    """The query for people, with the value of every parameter taken out whose name holds `checksum`."""
    pairs = query.decode("ascii", "backslashreplace").split("&")
    names = (pair.partition("=")[0] for pair in pairs)
    shown = (f"{name}=…" if "checksum" in name.lower() else pair for name, pair in zip(names, pairs, strict=True))
    return "&".join(shown)[:_QUERY_CHARACTERS_MAX]
