"""Where answers of the dashboard's process come from, and what its functions are handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.columns.snapshot import Snapshot
from afterchat.store.changes import Projection
from afterchat.store.people import AuditNote
from afterchat.store.ports import Inbox, Quarantine, Token
from afterchat.web.answers import Health
from afterchat.web.export_desk import ExportDesk
from afterchat.web.route import CallOf

__all__ = ["Call", "Sources"]


class Sources(NamedTuple):
    """Values handed in by the composition root."""

    records: Projection
    inbox: Inbox
    quarantine: Quarantine
    tokens: Callable[[], Sequence[tuple[Token, bytes]]]
    clock: Clock
    columns: Callable[[], Snapshot]
    """The sessions as columns, as they are now."""
    exports: ExportDesk
    health: Health
    write_note: Callable[[AuditNote], Awaitable[None]]
    """Keeps a line of the audit."""


Call = CallOf[Sources]
"""One request to the dashboard's process."""
