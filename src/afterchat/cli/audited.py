"""Lines of the audit for what commands do; whoever can write the store's files is `cli` there.

Rules
- A line is written before the deed, into the registry that the command has open for writing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afterchat.store.open import Store
    from afterchat.store.sending import Endpoint

__all__ = ["note", "note_about"]


async def note(reached: Store, what: str, object_id: str, tenant: str | None, **detail: str | int | None) -> None:
    """Keep a line of one of `access.audit.ACTIONS`; raises StoreUnavailableError where the registry is only read."""
    from afterchat.access.audit import COMMAND_LINE, noted
    from afterchat.clock import SystemClock

    await reached.people.write_note(noted(COMMAND_LINE, SystemClock().now_ms(), what, object_id, tenant, **detail))


async def note_about(reached: Store, what: str, endpoint: Endpoint, **detail: str) -> None:
    """The same about an endpoint."""
    await note(reached, what, str(endpoint.id), endpoint.tenant, name=endpoint.name, **detail)
