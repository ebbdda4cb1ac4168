"""Carrying out what operators asked of a running server: an order of theirs is read, done, and settled.

A command cannot write a file that a server owns, so it places an order in the registry.
This loop carries out the kinds that its server knows.
Every order is settled with `done` or `failed` and a sentence that says what became of it.
(`rebuild` orders are the projector's: it owns the records; `redeliver` are the sender's, see `redelivery`.)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from afterchat.clock import Clock
from afterchat.errors import CallerError, NotFoundError, OutageError
from afterchat.store.ports import Order, Quarantine, Registry

__all__ = ["Orders", "release_orders"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5

_ID_DIGITS_MAX = 18
"""All such numbers fit into 63 bits."""


class Orders:
    """Looks for waiting orders of one kind twice a second; `do` takes an order's argument and says what became of it.

    A CallerError of `do` settles the order as failed; with an OutageError it goes on waiting.
    """

    def __init__(self, registry: Registry, kind: str, do: Callable[[str], Awaitable[str]]) -> None:
        self._registry = registry
        self._kind = kind
        self._do = do

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
                if order.kind == self._kind:
                    await self._try(order)

    async def _try(self, order: Order) -> None:
        """One order that has to wait holds up no other."""
        try:
            await self.carry_out(order)
        except OutageError as error:
            _LOG.warning("order %d waits, the store is away: %s", order.id, error)

    async def carry_out(self, order: Order) -> None:
        """Do it and say how it went; raises only OutageError."""
        try:
            result = await self._do(order.argument)
        except CallerError as error:
            await self._registry.settle_order(order.id, "failed", str(error))
            return
        await self._registry.settle_order(order.id, "done", result)


def release_orders(registry: Registry, quarantine: Quarantine, clock: Clock) -> Orders:
    """Releases quarantined pushes; the argument is the id of one."""

    async def release(argument: str) -> str:
        return (await quarantine.release(_read_id(argument), clock.now_ms())).value

    return Orders(registry, "release", release)


def _read_id(argument: str) -> int:
    """The id that an order names; raises NotFoundError for what no store can hold, which would only upset it."""
    if not (argument.isascii() and argument.isdigit()) or len(argument) > _ID_DIGITS_MAX:
        raise NotFoundError(f"there is no quarantined push {argument[:_ID_DIGITS_MAX]}; list them again")
    return int(argument)
