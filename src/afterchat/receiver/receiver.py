"""The receiver: a Handler for the push path, put together from intake, group commit and quarantine.

    take -> judge -> refused: answered now, perhaps quarantined
                  -> authentic: answered by the group commit, or 503 when it cannot be durable

Rules
- `take` never raises and never waits; it runs once for every push, so it is short.
- It refuses when it cannot be durable: store ill, queue full, disk under its watermark, stopping.
- Nothing in this file can answer `{}`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.contract.ack import Reason, refusal_body, retry_after_seconds
from afterchat.edge.message import Answer, Request, Respond
from afterchat.receiver.counts import ReceiverCounts
from afterchat.receiver.disk import DiskWatch
from afterchat.receiver.group import GroupCommit
from afterchat.receiver.intake import CHECKSUM_SCHEME, Refused, judge, read_parameters
from afterchat.receiver.quarantine import QuarantineWriter
from afterchat.receiver.rings import Rings
from afterchat.store.ports import Arrival, Inbox, Quarantine

__all__ = ["Receiver", "ReceiverLimits", "refusal"]

_CHECKSUMS_REMEMBERED_MAX = 4096
"""Enough to notice two bodies under one checksum sent close together; the inbox keeps both in any case."""


class ReceiverLimits(NamedTuple):
    """The bounds of one receiver; `settings` says what each means."""

    window_seconds: int
    waiting_pushes_max: int
    quarantine_rows_per_second_max: int
    disk_free_bytes_min: int


def refusal(reason: Reason, detail: str = "") -> Answer:
    """The answer for one reason: never 2xx, never empty, never `{}`."""
    headers = [(b"content-type", b"application/json;charset=utf-8")]
    seconds = retry_after_seconds(reason)
    if seconds is not None:
        headers.append((b"retry-after", str(seconds).encode()))
    if reason is Reason.METHOD:
        headers.append((b"allow", b"POST"))
    return Answer(reason.status, refusal_body(reason, detail), tuple(headers))


_REFUSALS = {reason: refusal(reason) for reason in Reason}


class Receiver:
    """Takes pushes for one store. `directory` is where the store lives, None for one in memory."""

    def __init__(
        self,
        inbox: Inbox,
        quarantine: Quarantine,
        clock: Clock,
        limits: ReceiverLimits,
        directory: Path | None,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._recent_checksums: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._is_stopping = False
        self.counts = ReceiverCounts()
        self.rings: Rings = {}
        """The secrets in force; replaced as a whole by whoever watches the registry."""
        self.disk = DiskWatch(directory, limits.disk_free_bytes_min)
        self._group = GroupCommit(
            inbox, clock, self.counts, waiting_pushes_max=limits.waiting_pushes_max, refuse=_REFUSALS.__getitem__
        )
        self._quarantine = QuarantineWriter(
            quarantine,
            self.counts,
            rows_per_second_max=limits.quarantine_rows_per_second_max,
            window_seconds=limits.window_seconds,
        )

    def take(self, request: Request, respond: Respond) -> None:
        """Answer one request, now or after its commit; a Handler for the edge."""
        now_ms = self._clock.now_ms()
        verdict = judge(request, self.rings, now_ms, self._limits.window_seconds)
        if isinstance(verdict, Refused):
            self._quarantine.offer(verdict, request, now_ms)
            self._refuse(verdict.reason, respond)
            return
        reason = self._unable() or self._group.submit(verdict, respond)
        if reason is not None:
            self._refuse(reason, respond)
            return
        self.counts.skew_seconds = now_ms // 1000 - verdict.signed_at
        self._note_checksum(verdict, request.query)

    @property
    def waiting_count(self) -> int:
        """Pushes that wait for their commit."""
        return self._group.waiting_count

    def why_not_ready(self) -> tuple[Reason, ...]:
        """Empty when pushes are taken; else every reason why not."""
        reasons = []
        if self._is_stopping:
            reasons.append(Reason.STOPPING)
        if self._group.is_ill:
            reasons.append(Reason.STORE)
        if self.disk.is_low:
            reasons.append(Reason.DISK)
        return tuple(reasons)

    async def run(self) -> None:
        """Commit, quarantine and watch the disk until `stop`; the last group is committed before this returns."""
        aside = [asyncio.create_task(self._quarantine.run()), asyncio.create_task(self.disk.run())]
        try:
            await self._group.run()
            await self._quarantine.write_waiting()
        finally:
            for task in aside:
                task.cancel()
            await asyncio.gather(*aside, return_exceptions=True)

    def stop(self) -> None:
        """Take nothing more; what waits is still committed and answered."""
        self._is_stopping = True
        self._group.stop()

    def _unable(self) -> Reason | None:
        if self._is_stopping:
            return Reason.STOPPING
        return Reason.DISK if self.disk.is_low else None

    def _refuse(self, reason: Reason, respond: Respond) -> None:
        self.counts.refused[reason] += 1
        respond(_REFUSALS[reason])

    def _note_checksum(self, arrival: Arrival, query: bytes) -> None:
        """Notice two bodies under one checksum: an MD5 collision, or somebody trying (reliability X02)."""
        parameters = read_parameters(query) if arrival.scheme == CHECKSUM_SCHEME else None
        if parameters is None or parameters.checksum is None:
            return
        recent = self._recent_checksums
        key = (arrival.tenant, parameters.checksum)
        if recent.setdefault(key, arrival.sha256) != arrival.sha256:
            self.counts.checksum_collisions += 1
        elif len(recent) > _CHECKSUMS_REMEMBERED_MAX:
            recent.popitem(last=False)
