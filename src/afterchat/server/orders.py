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
from afterchat.errors import CallerError, NotFoundError, OutageError
from afterchat.store.ports import Order, Quarantine, Registry

__all__ = ["ReleaseOrders"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5

_ID_DIGITS_MAX = 18
"""All such numbers fit into 63 bits."""


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
                waiting = await self._registry.orders("waiting")
            except OutageError as error:
                _LOG.warning("orders wait, the store is away: %s", error)
                continue
            for order in waiting:
                if order.kind == "release":
                    await self._try(order)

    async def _try(self, order: Order) -> None:
        """One order that has to wait holds up no other."""
        try:
            await self.carry_out(order)
        except OutageError as error:
            _LOG.warning("order %d waits, the store is away: %s", order.id, error)

    async def carry_out(self, order: Order) -> None:
        """Release one push and say how it went; raises only OutageError."""
        try:
            outcome = await self._quarantine.release(_read_id(order.argument), self._clock.now_ms())
        except CallerError as error:
            await self._registry.settle_order(order.id, "failed", str(error))
            return
        await self._registry.settle_order(order.id, "done", outcome.value)


def _read_id(argument: str) -> int:
    """The id that an order names; raises NotFoundError for what no store can hold, which would only upset it."""
    if not (argument.isascii() and argument.isdigit()) or len(argument) > _ID_DIGITS_MAX:
        raise NotFoundError(f"there is no quarantined push {argument[:_ID_DIGITS_MAX]}; list them again")
    return int(argument)
