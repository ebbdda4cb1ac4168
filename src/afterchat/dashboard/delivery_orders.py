"""What the pages about the sending end read from, and what they may ask of whoever runs it.

Only the sender writes its file: to send again is an order to it, which waits where no sender runs.
To pause is a decision of the operator's, kept with the registry, which a sender notices by itself.

What does not belong here: how an order is placed and waited for (the composition root hands that in).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from afterchat.store.sending import Endpoints, Outbox

__all__ = ["DeliveryOrders", "Sending"]


class DeliveryOrders(Protocol):
    """What an operator asks of the sending end."""

    async def redeliver(self, endpoint_id: int, entry_ids: tuple[int, ...] = ()) -> int | None:
        """Send these settled entries of an endpoint again, or all its dead letters; how many are open again.

        Later versions of the same sessions follow, so it may be more than were asked for.
        None when no sender answered within a few seconds: the order stays, and the next sender carries it out.
        Raises CallerError with the sender's words when it could not, StoreUnavailableError.
        """

    async def set_paused(self, endpoint_id: int, *, is_paused: bool) -> None:
        """Hold an endpoint's entries, or let them go and undo a disabling; raises NotFoundError when it is gone."""


class Sending(NamedTuple):
    """Where these pages get what they show; values handed in by the composition root."""

    has_sender: Callable[[], bool]
    """Whether the store has a sending end: a sender ran beside it once."""
    endpoints: Endpoints
    outbox: Outbox
    orders: DeliveryOrders
