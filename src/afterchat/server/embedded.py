"""The sending end inside a program of one's own: no port, no token, events as Python objects.

    from afterchat.server.embedded import running_sender

    async with running_sender("sqlite:///afterchat-data") as sender:
        verdicts = await sender.hand_in("default", [SessionOpened(...), ...])

Rules
- It is the same sender on the same store: commands set up tenants and endpoints, and one process sends at a time.
- Nothing is asked of the environment: what is not given has its default.
- No signal handler is set and nothing is logged but through `logging`; both are the program's own.
- What is not delivered when the block ends is kept and goes on with the next sender on that store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from afterchat.clock import Clock, SystemClock
from afterchat.contract.codec import encode
from afterchat.contract.push import DEFAULT_TENANT
from afterchat.contract.record import SessionRecord
from afterchat.engine import Event, write_event
from afterchat.errors import CallerError, NotFoundError, SettingsError
from afterchat.sender.intake import ITEMS_MAX
from afterchat.sender.submission import Item, ItemVerdict, Submission, event_item, record_item
from afterchat.server.sending_end import SendingEnd, opened_sender, running_sender_of
from afterchat.settings import SETTINGS, read_settings
from afterchat.store.sending import EntryState

__all__ = ["EmbeddedSender", "ItemVerdict", "running_sender"]

_LOOK_SECONDS = 0.1
_OPEN_STATES = (EntryState.WAITING.value, EntryState.BEHIND.value, EntryState.LEASED.value)
_SETTINGS = frozenset(setting.name for setting in SETTINGS if "sender" in setting.ends) - {"store"}


@asynccontextmanager
async def running_sender(
    store: str, *, clock: Clock | None = None, **settings: str | float
) -> AsyncIterator[EmbeddedSender]:
    """A sender on the store at this URL, until the block ends; `settings` are those of `afterchat sender`.

    Raises SettingsError, StoreLockedError when another process sends from that store, SchemaError,
    StoreUnavailableError.
    """
    unknown = sorted(settings.keys() - _SETTINGS)
    if unknown:
        raise SettingsError(f"a sender has no setting '{unknown[0]}'; there are {', '.join(sorted(_SETTINGS))}")
    chosen = read_settings({}, None, {**settings, "store": store})
    keeper = clock or SystemClock()
    async with opened_sender(chosen, keeper, None) as end, running_sender_of(end, keeper):
        yield EmbeddedSender(end)


class EmbeddedSender:
    """What a program hands its events to; made by `running_sender`."""

    def __init__(self, end: SendingEnd) -> None:
        self._end = end
        self._tenants = {DEFAULT_TENANT}

    async def hand_in(self, tenant: str, events: Sequence[Event]) -> list[ItemVerdict]:
        """One verdict for each event, in order, once all that follows from them is on disk.

        An event is known by its `id`, so handing in again what may or may not have been taken is harmless.
        Raises StoreUnavailableError when nothing was kept, NotFoundError for an unknown tenant, CallerError for more
        than ITEMS_MAX events.
        """
        _refuse_many(len(events))
        return await self._hand_in(tenant, [event_item(write_event(event)) for event in events])

    async def hand_in_records(self, tenant: str, records: Sequence[SessionRecord]) -> list[ItemVerdict]:
        """The same for finished records of sessions that have no events."""
        _refuse_many(len(records))
        return await self._hand_in(tenant, [record_item(encode(record)) for record in records])

    async def open_delivery_count(self) -> int:
        """How many deliveries are not settled yet, of all tenants."""
        _, counts, _ = await self._end.store.outbox.health()
        return sum(count for (_, state), count in counts.items() if state in _OPEN_STATES)

    async def settled(self) -> None:
        """Until no delivery is open; while a receiver is away that may take days."""
        while await self.open_delivery_count():  # noqa: ASYNC110 - others settle them, in the store and in this process
            await asyncio.sleep(_LOOK_SECONDS)

    async def _hand_in(self, tenant: str, items: list[Item]) -> list[ItemVerdict]:
        if tenant not in self._tenants:
            self._tenants |= {known.name for known in await self._end.store.registry.tenants()}
        if tenant not in self._tenants:
            raise NotFoundError(f"there is no tenant '{tenant}'; add it with 'afterchat tenants add'")
        return list(await self._end.sender.hand_in(Submission(tenant, items))) if items else []


def _refuse_many(count: int) -> None:
    if count > ITEMS_MAX:
        raise CallerError(f"{count} at a time are too many; hand in at most {ITEMS_MAX}")
