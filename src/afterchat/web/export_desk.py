"""Exports under way and just done: how many may run at once, how far each is, what its bytes were.

    begin -> Ticket -> pieces of the file ... -> done, with rows, bytes and sha256; or broken off

Rules
- At most EXPORTS_MAX run at a time, because each reads and encodes as fast as it can.
- What became of the last REMEMBERED_MAX is kept in memory; a token sees those of its own tenant.

What does not belong here: which sessions, in which format (`reading_api`).
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec

from afterchat.export.job import ExportJob

__all__ = ["EXPORTS_MAX", "ExportDesk", "ExportView"]

EXPORTS_MAX = 2
REMEMBERED_MAX = 100
_ID_BYTES = 12


class ExportView(msgspec.Struct, frozen=True):
    """One export."""

    id: str
    state: Annotated[str, msgspec.Meta(description="`running`, `done` or `broken_off`.")]
    rows: int
    rows_total: int | None
    bytes: int
    sha256: Annotated[str | None, msgspec.Meta(description="Of the whole file, once it is done.")]


class _Ticket:
    def __init__(self, tenant: str | None, job: ExportJob) -> None:
        self.tenant = tenant
        self.job = job
        self.is_running = True


class ExportDesk:
    """One for each application."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()

    @property
    def is_full(self) -> bool:
        """Whether another export has to wait."""
        return sum(ticket.is_running for ticket in self._tickets.values()) >= EXPORTS_MAX

    def begin(self, tenant: str | None, job: ExportJob) -> tuple[str, AsyncIterator[bytes]]:
        """Its id, and the bytes of its file, to be taken once; ask `is_full` before."""
        export_id, ticket = secrets.token_hex(_ID_BYTES), _Ticket(tenant, job)
        self._tickets[export_id] = ticket
        while len(self._tickets) > REMEMBERED_MAX:
            self._tickets.popitem(last=False)
        return export_id, _pieces(ticket)

    def view(self, export_id: str, tenant: str | None) -> ExportView | None:
        """How far it is, or None when there is none that this reader may see."""
        ticket = self._tickets.get(export_id)
        if ticket is None or (tenant is not None and ticket.tenant != tenant):
            return None
        outcome, progress = ticket.job.outcome, ticket.job.progress
        state = "running" if ticket.is_running else "broken_off" if outcome is None else "done"
        digest = None if outcome is None else outcome.sha256
        return ExportView(export_id, state, progress.row_count, progress.row_count_total, progress.byte_count, digest)


async def _pieces(ticket: _Ticket) -> AsyncIterator[bytes]:
    try:
        async for piece in ticket.job.pieces():
            yield piece
    finally:
        ticket.is_running = False
