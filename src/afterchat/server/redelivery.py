"""Redelivery as an order: what a command writes into the registry, and how a running sender carries it out.

The argument is JSON of a Wish; the result is how many entries are open again, as decimal digits.
A wish names an endpoint by its id and never what only the registry knows of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from afterchat.clock import Clock
from afterchat.errors import CallerError, NotFoundError
from afterchat.sender.sender import Sender
from afterchat.store.sending import Endpoints, EntryState, Outbox, Redelivery

__all__ = ["REDELIVER", "Wish", "bulk_wish", "redeliver_now", "redeliver_wish", "redeliverer"]

REDELIVER = "redeliver"
"""The kind of these orders."""


class Wish(msgspec.Struct, frozen=True):
    """Which settled entries of an endpoint to send again; see `Redelivery`."""

    endpoint_id: int
    entry_ids: tuple[int, ...] = ()
    """Exactly these; empty for all that the rest selects."""
    states: tuple[EntryState, ...] = (EntryState.DEAD,)
    created_from: int = 0
    created_until: int | None = None
    with_never_attempted: bool = False


def bulk_wish(
    endpoint_id: int,
    *,
    all_dead: bool,
    since: int | None,
    until: int | None,
    never_attempted: bool,
    entry_ids: tuple[int, ...] = (),
) -> Wish:
    """What a person asked for: `since` is everything from then on, `all_dead` only the dead of it."""
    settled = (EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED)
    everything_since = settled if since is not None and not never_attempted else ()
    return Wish(
        endpoint_id,
        entry_ids,
        states=(EntryState.DEAD,) if all_dead else everything_since,
        created_from=since or 0,
        created_until=until,
        with_never_attempted=never_attempted,
    )


async def redeliver_wish(wish: Wish, endpoints: Endpoints, outbox: Outbox, now: int) -> int:
    """How many entries are open again; raises NotFoundError for an endpoint that is gone."""
    endpoint = next((one for one in await endpoints.endpoints(None) if one.id == wish.endpoint_id), None)
    if endpoint is None:
        raise NotFoundError(f"there is no endpoint {wish.endpoint_id}; see 'afterchat endpoints list'")
    redelivery = Redelivery(
        endpoint_id=wish.endpoint_id,
        entry_ids=wish.entry_ids,
        states=wish.states,
        created_from=wish.created_from,
        created_until=wish.created_until,
        with_never_attempted=wish.with_never_attempted,
        event_types=endpoint.event_types if wish.with_never_attempted else (),
        tenant=endpoint.tenant,
    )
    return await outbox.redeliver(redelivery, now)


def redeliverer(sender: Sender, endpoints: Endpoints, outbox: Outbox, clock: Clock) -> Callable[[str], Awaitable[str]]:
    """What a running sender does with the argument of such an order; an endpoint just changed is known before it."""

    async def redeliver(argument: str) -> str:
        try:
            wish = msgspec.json.decode(argument, type=Wish)
        except msgspec.MsgspecError as error:
            raise CallerError(f"the order cannot be read ({error}); place it again") from error
        return str(await redeliver_now(wish, sender, endpoints, outbox, clock))

    return redeliver


async def redeliver_now(wish: Wish, sender: Sender, endpoints: Endpoints, outbox: Outbox, clock: Clock) -> int:
    """How many entries are open again, and the relay knows of them; for the process whose sender it is."""
    await sender.look()
    count = await redeliver_wish(wish, endpoints, outbox, clock.now_ms())
    sender.relay.wake((wish.endpoint_id,))
    return count
