"""Carrying out an erasure: what the owner of the inbox and the owner of the sender do with their orders.

    find who (`whereabouts`) -> erase_inbox (here) -> erase_records (`projector.erasure`) -> erase_sender (here)

Rules
- A part is done when nothing of it is left in its file's log either; a reader that holds the log is waited for.
- A part that fails for an outage stays an order, and is begun again.

What does not belong here: what is left of a body (`contract.redaction`), and the order of the parts (`store.erasure`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from afterchat.clock import Clock
from afterchat.contract.redaction import erased, erased_event
from afterchat.errors import StoreUnavailableError
from afterchat.projector.erasure import erase_records
from afterchat.sender.tracker import Tracker
from afterchat.store.erasure import ERASE_INBOX, ERASE_RECORDS, ERASE_SENDER, Erasure, read_erasure, settled
from afterchat.store.open import Store
from afterchat.store.ports import Registry
from afterchat.store.redaction import InboxRedaction, SenderRedaction

__all__ = ["carry_out", "forget_columns", "inbox_eraser", "sender_eraser"]

_FOLD_TRIES = 200
_FOLD_SECONDS = 0.05


def inbox_eraser(redaction: InboxRedaction, registry: Registry, clock: Clock) -> Callable[[str], Awaitable[str]]:
    """What a running receiver does with the argument of such an order."""

    async def erase(argument: str) -> str:
        erasure = read_erasure(argument)
        return await settled(erasure, await _erase_inbox(redaction, erasure), registry, clock.now_ms())

    return erase


def sender_eraser(
    redaction: SenderRedaction, tracker: Tracker, registry: Registry, clock: Clock
) -> Callable[[str], Awaitable[str]]:
    """What a running sender does with the argument of such an order: nothing happens to those sessions meanwhile."""

    async def erase(argument: str) -> str:
        erasure = read_erasure(argument)
        rows = 0
        for tenant, session in erasure.sent:
            blank = partial(redaction.blank_session, tenant, session, erased_event, erased)
            rows += await tracker.alone_with(((tenant, session),), blank)
        await _folded(redaction.fold_log, "sender.db")
        return await settled(erasure, rows, registry, clock.now_ms())

    return erase


async def carry_out(store: Store, kind: str, argument: str, clock: Clock) -> str:
    """The same by a process that opened the file of `kind` for writing and runs nothing else on it."""
    erasure = read_erasure(argument)
    rows = await _PARTS[kind](store, erasure)
    return await settled(erasure, rows, store.registry, clock.now_ms())


def forget_columns(directory: Path | None) -> None:
    """Remove the columns of a store; a dashboard that has them removes them itself when the records begin anew."""
    folder = directory / "columns" if directory else None
    if folder is None or not folder.is_dir():
        return
    from afterchat.columns.table import ColumnTable  # noqa: PLC0415 - the arrays behind it are for erasures only here

    table = ColumnTable(folder)
    table.forget()
    table.close()


async def _erase_inbox(redaction: InboxRedaction, erasure: Erasure) -> int:
    rows = await redaction.blank_pushes(erasure.pushes, erased, erasure.begun_at)
    rows += await redaction.blank_refused(erasure.refused, erased)
    await _folded(redaction.fold_log, "inbox.db")
    return rows


async def _inbox_part(store: Store, erasure: Erasure) -> int:
    return await _erase_inbox(store.inbox_redaction, erasure)


async def _records_part(store: Store, erasure: Erasure) -> int:
    rows = await erase_records(store.inbox, store.record_redaction, erasure, partial(forget_columns, store.directory))
    await _folded(store.record_redaction.fold_log, "records.db")
    return rows


async def _sender_part(store: Store, erasure: Erasure) -> int:
    redaction = store.sender_redaction
    rows = 0
    for tenant, session in erasure.sent:
        rows += await redaction.blank_session(tenant, session, erased_event, erased)
    await _folded(redaction.fold_log, "sender.db")
    return rows


_PARTS = {ERASE_INBOX: _inbox_part, ERASE_RECORDS: _records_part, ERASE_SENDER: _sender_part}


async def _folded(fold_log: Callable[[], Awaitable[bool]], file: str) -> None:
    """Empty a log, waiting for its readers; raises StoreUnavailableError when they do not end."""
    for _ in range(_FOLD_TRIES):
        if await fold_log():
            return
        await asyncio.sleep(_FOLD_SECONDS)
    raise StoreUnavailableError(
        f"{file}: somebody reads what was erased; end that reader, the erasure goes on by itself"
    )
