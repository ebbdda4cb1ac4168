"""Carrying out what operators asked of a running server: releasing quarantined pushes.

A command cannot write the inbox while a server owns it, so it places an order in the registry.
This loop carries it out.
Every order is settled with `done` or `failed` and a sentence that says what became of it.
(`rebuild` orders are the projector's: it owns the records.)
"""

from __future__ import annotations

import asyncio
import logging

from afterchat.clock import Clock
from afterchat.errors import CallerError, OutageError
from afterchat.store.ports import Order, Quarantine, Registry

__all__ = ["ReleaseOrders"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5


class ReleaseOrders:
    """Looks for waiting `release` orders twice a second."""

    def __init__(self, registry: Registry, quarantine: Quarantine, clock: Clock) -> None:
        self._registry = registry
        self._quarantine = quarantine
        self._clock = clock

    async def run(self) -> None:
        """Look and carry out until cancelled; a store that is away leaves the orders waiting."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                for order in await self._registry.orders("waiting"):
                    if order.kind == "release":
                        await self.carry_out(order)
            except OutageError as error:
                _LOG.warning("orders wait, the store is away: %s", error)

    async def carry_out(self, order: Order) -> None:
        """Release one push and say how it went; raises only OutageError."""
        try:
            outcome = await self._quarantine.release(int(order.argument), self._clock.now_ms())
        except (CallerError, ValueError) as error:
            await self._registry.settle_order(order.id, "failed", str(error))
            return
        await self._registry.settle_order(order.id, "done", outcome.value)
