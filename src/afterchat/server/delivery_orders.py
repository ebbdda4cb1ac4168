"""What people ask of the sending end through the dashboard, over the registry: the other side is `redelivery`.

    redeliver    an order for the running sender, and a short wait for what it says
    pause        a change of the endpoint, which a running sender takes up within about a second

Rules
- Nobody waits for long: what no sender carries out in time stays asked for, and asking again asks for no more.
- It never writes the sender's file.

What does not belong here: who may ask (`dashboard`), what a sender does with it (`redelivery`).
"""

from __future__ import annotations

import asyncio

import msgspec

from afterchat.clock import Clock
from afterchat.errors import CallerError
from afterchat.sender.endpoint_rules import pausing
from afterchat.server.redelivery import REDELIVER, Wish
from afterchat.store.open import Store

__all__ = ["WAIT_SECONDS_MAX", "RegistryOrders"]

WAIT_SECONDS_MAX = 4.0
"""A running sender looks twice a second; a redelivery that takes it longer than this goes on without anybody waiting.
Browsers wait for their answer meanwhile."""

_LOOK_SECONDS = 0.2


class RegistryOrders:
    """Implements `dashboard.delivery_orders.DeliveryOrders`."""

    def __init__(self, store: Store, clock: Clock, *, wait_seconds: float = WAIT_SECONDS_MAX) -> None:
        self._store = store
        self._clock = clock
        self._wait_seconds = wait_seconds

    async def redeliver(self, endpoint_id: int, entry_ids: tuple[int, ...] = ()) -> int | None:
        """How many entries are open again; None when no sender said so in time."""
        order_id = await self._placed(msgspec.json.encode(Wish(endpoint_id, entry_ids)).decode())
        for _ in range(round(self._wait_seconds / _LOOK_SECONDS)):
            await asyncio.sleep(_LOOK_SECONDS)
            if all(order.id != order_id for order in await self._store.registry.orders("waiting")):
                return await self._outcome(order_id)
        return None

    async def set_paused(self, endpoint_id: int, *, is_paused: bool) -> None:
        """Hold its entries, or let them go; resuming undoes what the relay decided before."""
        healths = (await self._store.outbox.health())[0] if self._store.has_sender else ()
        disabled_at = next((health.disabled_at for health in healths if health.endpoint_id == endpoint_id), None)
        values = pausing(is_paused=is_paused, now_ms=self._clock.now_ms(), disabled_at=disabled_at)
        await self._store.endpoints.change_endpoint(endpoint_id, values)

    async def _placed(self, argument: str) -> int:
        """The order with this argument: one that waits already, or a new one."""
        registry = self._store.registry
        for order in await registry.orders("waiting"):
            if (order.kind, order.argument) == (REDELIVER, argument):
                return order.id
        return await registry.place_order(REDELIVER, argument, self._clock.now_ms())

    async def _outcome(self, order_id: int) -> int | None:
        """What became of a settled order; raises CallerError with the sender's words."""
        order = next((one for one in await self._store.registry.orders(None) if one.id == order_id), None)
        if order is None:
            return None
        if order.state == "failed":
            raise CallerError(order.result)
        return int(order.result)
