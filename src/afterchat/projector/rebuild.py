"""Carrying out `rebuild` orders: the records made again from the inbox, beside the ones in use.

    order waits -> begin (empty spare records) -> one batch at each step ... caught up -> finish (swap) -> settled

Rules
- One step is one batch, taken by the projector's loop between its own, so what arrives meanwhile is projected as ever.
- The swap is a step of that same loop, too.
  Were it to happen between the loop's reading of a cursor and its applying, rows would be skipped.
- A step that fails leaves the order waiting and begins anew; after ATTEMPTS_MAX failures it is settled as failed.

What does not belong here: how spare records are kept and swapped (`store`).
"""

from __future__ import annotations

import logging
from typing import Protocol

from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.projector.loop import project_once
from afterchat.store.ports import Inbox, Order, Records, Registry

__all__ = ["ATTEMPTS_MAX", "Rebuildable", "Rebuilds"]

_LOG = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
"""A rebuild reads the whole inbox; one that failed three times would fail for ever."""

_LOOK_SECONDS = 0.5


class Rebuildable(Protocol):
    """A store that can hold spare records beside those in use."""

    async def begin_rebuild(self) -> Records:
        """Empty records; those of an unfinished rebuild are thrown away."""

    async def finish_rebuild(self) -> None:
        """Swap them in, all at once for readers; when it raises, all is as before."""


class Rebuilds:
    """Looks for waiting `rebuild` orders twice a second and carries out one at a time."""

    def __init__(
        self, store: Rebuildable, inbox: Inbox, registry: Registry, clock: Clock, *, batch_rows: int = 1000
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._registry = registry
        self._clock = clock
        self._batch_rows = batch_rows
        self._order: Order | None = None
        self._spare: Records | None = None
        self._failures = 0
        self._look_at = clock.monotonic()

    async def step(self) -> bool:
        """One piece of work; True when there is more to do at once. Raises StoreUnavailableError."""
        if self._order is None:
            self._order = await self._next_order()
            if self._order is None:
                return False
        try:
            return await self._go_on(self._order)
        except StoreUnavailableError as error:
            self._spare = None
            self._failures += 1
            if self._failures < ATTEMPTS_MAX:
                raise
            await self._settle(self._order, "failed", str(error))
            return False

    async def _next_order(self) -> Order | None:
        if self._clock.monotonic() < self._look_at:
            return None
        self._look_at = self._clock.monotonic() + _LOOK_SECONDS
        waiting = await self._registry.orders("waiting")
        return next((order for order in waiting if order.kind == "rebuild"), None)

    async def _go_on(self, order: Order) -> bool:
        if self._spare is None:
            _LOG.info("the records are being rebuilt from the inbox")
            self._spare = await self._store.begin_rebuild()
        if await project_once(self._inbox, self._spare, self._clock, batch_rows=self._batch_rows) is not None:
            return True
        counts = await self._spare.counts()
        await self._store.finish_rebuild()
        await self._settle(order, "done", f"{counts['sessions']} sessions, {counts['revisions']} revisions")
        return False

    async def _settle(self, order: Order, state: str, result: str) -> None:
        self._order, self._spare, self._failures = None, None, 0
        await self._registry.settle_order(order.id, state, result)
        _LOG.info("rebuild of the records: %s, %s", state, result)
