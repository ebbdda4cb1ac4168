"""What goes wrong, and what operators do meanwhile: each kind of trouble of the plan, carried out on a world.

Rules
- Whom a trouble hits is drawn when it strikes; what cannot happen then does not happen.
- Operators act on the store directly, as commands do: the sender finds out when it looks.
- Every change of an endpoint is told to the judge at the moment at which it is written.

What does not belong here: when which trouble comes (`plan`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from afterchat.errors import StoreUnavailableError
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint, EntryState, Redelivery
from simulation.book import read_now
from simulation.plan import EndpointPlan, Trouble

if TYPE_CHECKING:
    from simulation.world import World

__all__ = ["Nemesis"]


class Nemesis:
    """All that is not the sender's own doing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.plan.random("nemesis")
        self._steady: set[int] = set()
        self._tenants: set[str] = set()

    def begin(self) -> None:
        """Have every trouble strike at its time."""
        for trouble in self._world.plan.troubles:
            self._world.later(trouble.at, self._strike, trouble)

    def calm_down(self) -> None:
        """End whatever goes on, and resume what is held."""
        world = self._world
        world.disk.down.clear()
        world.disk.seconds_max = world.disk.error_share = 0.0
        world.wire.down.clear()
        world.book.unsettle()
        for endpoint in self._endpoints():
            self._put_resumed(endpoint)

    def put_new(self, planned: EndpointPlan) -> int:
        """An operator sets up an endpoint; its id."""
        world, number = self._world, len(self._world.wire.moods) + 1
        endpoint = Endpoint(
            id=0,
            tenant=planned.tenant,
            name=f"endpoint {number}",
            url=f"https://receiver{number}.example.com/push?from=afterchat",
            event_types=planned.event_types,
            signature_mode=planned.signature_mode,
            success=planned.success,
            keys=(),
            schedule_seconds=planned.schedule,
            rate_per_second_max=planned.rate,
            concurrency_max=planned.concurrency,
            headers=(("x-number", str(number)),),
            is_paused=False,
            resumed_at=world.clock.now_ms(),
            created_at=world.clock.now_ms(),
        )
        endpoint_id: int = read_now(world.store.endpoints.put_endpoint(endpoint))
        world.wire.moods[endpoint_id] = planned
        self._put_key(endpoint_id, Key("k1", f"secret-{number}-0123456789".encode(), 0, None))
        if planned.tenant not in self._tenants:
            self._tenants.add(planned.tenant)
            self._steady.add(endpoint_id)
        self._tell(endpoint_id)
        return endpoint_id

    def _strike(self, trouble: Trouble) -> None:
        world = self._world
        if world.is_calm or world.book.faults:
            return
        world.trace.note("op", trouble.kind, trouble.amount, trouble.seconds)
        world.trace.counts["faults"] += 1
        getattr(self, f"_{trouble.kind}")(trouble)

    # The sender's machine

    def _kill(self, trouble: Trouble) -> None:
        current = self._world.current
        if current is not None:
            self._world.kill(current.room, down=trouble.seconds)

    def _kill_at_call(self, trouble: Trouble) -> None:
        current = self._world.current
        if current is not None:
            current.store.die_soon(trouble.amount)

    def _restart(self, _trouble: Trouble) -> None:
        world, current = self._world, self._world.current
        if current is not None and current.sender is not None:
            sender = current.sender
            world.inside(current, lambda: asyncio.get_running_loop().create_task(sender.stop()))

    def _pause(self, trouble: Trouble) -> None:
        world, current = self._world, self._world.current
        if current is not None and not current.room.is_frozen:
            world.freeze(current)
            world.later(trouble.amount * world.plan.limits.lease_seconds / 20, world.thaw, current)

    def _zombie(self, trouble: Trouble) -> None:
        """The process stops; another takes its place; then it goes on as if nothing had happened; then it dies."""
        current = self._world.current
        if current is None or current.room.is_frozen:
            return
        self._replace(current, trouble)

    def _zombie_at_lease(self, trouble: Trouble) -> None:
        """The same, at the worst moment: leases were given, and nothing is signed yet."""
        current = self._world.current
        if current is not None and not current.room.is_frozen:
            current.store.on_lease = lambda: self._replace(current, trouble)

    def _replace(self, current: Any, trouble: Trouble) -> None:
        world = self._world
        if world.is_calm or world.current is not current:
            return
        world.freeze(current)
        current.store.is_zombie = True
        world.current = None
        lease = world.plan.limits.lease_seconds
        world.later(min(trouble.seconds, lease), world.start)
        away = lease * (0.5 + trouble.amount / 20)
        world.later(away, world.thaw, current)
        world.later(away + self._chance.uniform(0.5, 2 * lease), world.kill, current.room)

    def _jump(self, trouble: Trouble) -> None:
        world = self._world
        before = world.clock.skew_ms
        world.clock.skew_ms = max(-3_600_000, min(3_600_000, before + trouble.amount * 1000))
        world.auditor.jumped(is_back=world.clock.skew_ms < before)

    # The store

    def _store_down(self, trouble: Trouble) -> None:
        ports = (("journal",), ("outbox",), ("journal", "outbox"))[trouble.amount % 3]
        self._down(ports, trouble.seconds)

    def _registry_down(self, trouble: Trouble) -> None:
        self._down(("registry", "endpoints"), min(trouble.seconds, 5 * self._world.plan.scale.look))

    def _down(self, ports: tuple[str, ...], seconds: float) -> None:
        world = self._world
        world.disk.down.update(ports)
        world.book.disturb(until=world.book.now() + seconds + 2)
        world.later(seconds, world.disk.down.difference_update, ports)

    def _store_slow(self, trouble: Trouble) -> None:
        world = self._world
        world.disk.seconds_max = (0.05, 0.5, 3.0)[trouble.amount % 3]
        world.book.disturb(until=world.book.now() + trouble.seconds + 10)
        world.later(trouble.seconds, setattr, world.disk, "seconds_max", 0.0)

    # Receivers

    def _swizzle(self, trouble: Trouble) -> None:
        """Several receivers stop one after the other, and come back in another order."""
        world = self._world
        ids = sorted(world.wire.moods)
        chosen = self._chance.sample(ids, self._chance.randint(1, len(ids)))
        for place, endpoint_id in enumerate(chosen):
            world.later(place * trouble.seconds / 4, world.wire.down.add, endpoint_id)
        self._chance.shuffle(chosen)
        for place, endpoint_id in enumerate(chosen):
            world.later((len(ids) + place) * trouble.seconds / 4 + 1, world.wire.down.discard, endpoint_id)

    # Operators

    def _hold(self, trouble: Trouble) -> None:
        endpoints = self._endpoints()
        if endpoints:
            endpoint = self._chance.choice(endpoints)
            self._put(endpoint._replace(is_paused=True))
            self._world.later(trouble.seconds * 3, self._resume, endpoint.id)

    def _resume(self, endpoint_id: int) -> None:
        for endpoint in self._endpoints():
            if endpoint.id == endpoint_id and not self._world.is_calm:
                self._put_resumed(endpoint)

    def _remove(self, _trouble: Trouble) -> None:
        movable = [endpoint for endpoint in self._endpoints() if endpoint.id not in self._steady]
        if movable:
            endpoint = self._chance.choice(movable)
            self._world.auditor.endpoint_deleted(endpoint.id)
            read_now(self._world.store.endpoints.delete_endpoint(endpoint.id))

    def _add(self, trouble: Trouble) -> None:
        planned = self._chance.choice(self._world.plan.endpoints)
        endpoint_id = self.put_new(planned)
        if trouble.amount % 2:
            self._world.later(trouble.seconds, self._send_again, endpoint_id, 3)

    def _rotate(self, trouble: Trouble) -> None:
        endpoints = self._endpoints()
        now = self._world.clock.now_ms()
        endpoint = self._chance.choice(endpoints) if endpoints else None
        if endpoint is None or len(endpoint.keys) > 1:
            return
        overlap_ms = round(1000 * (60 + trouble.amount + 20 * self._world.plan.scale.look))
        self._put_key(endpoint.id, endpoint.keys[0]._replace(not_after=now + overlap_ms))
        self._put_key(endpoint.id, Key("k2", f"other-{endpoint.id}-0123456789".encode(), now, None))
        self._tell(endpoint.id)

    def _redeliver(self, trouble: Trouble) -> None:
        endpoints = self._endpoints()
        if endpoints:
            self._send_again(self._chance.choice(endpoints).id, trouble.amount % 4)

    def _send_again(self, endpoint_id: int, kind: int) -> None:
        """An order to the sender, which carries it out itself."""
        world, current = self._world, self._world.current
        endpoint = next((one for one in self._endpoints() if one.id == endpoint_id), None)
        if current is None or not current.listens or endpoint is None:
            return
        orders: tuple[dict[str, Any], ...] = (
            {},
            {
                "states": (EntryState.DEAD, EntryState.DELIVERED),
                "created_from": world.clock.now_ms() - round(world.plan.scale.span * 500),
            },
            {"entry_ids": self._settled_ids(endpoint_id)},
            {"with_never_attempted": True, "event_types": endpoint.event_types, "tenant": endpoint.tenant},
        )
        if kind == 2 and not orders[2]["entry_ids"]:
            return
        redelivery = Redelivery(endpoint_id=endpoint_id, **orders[kind])
        world.inside(current, lambda: asyncio.get_running_loop().create_task(self._carry_out(current, redelivery)))

    async def _carry_out(self, process: Any, redelivery: Redelivery) -> None:
        try:
            await process.sender.look()
            await process.store.outbox.redeliver(redelivery, self._world.clock.now_ms())
        except StoreUnavailableError:
            return
        process.sender.relay.wake((redelivery.endpoint_id,))

    def _settled_ids(self, endpoint_id: int) -> tuple[int, ...]:
        ids = [
            one.entry_id
            for one in self._world.book.deliveries.values()
            if one.endpoint_id == endpoint_id and not one.is_open and not one.is_purged and one.entry_id
        ]
        return tuple(sorted(self._chance.sample(ids, min(len(ids), 3))))

    def _endpoints(self) -> list[Endpoint]:
        return list(read_now(self._world.store.endpoints.endpoints(None)))

    def _put(self, endpoint: Endpoint) -> None:
        read_now(self._world.store.endpoints.put_endpoint(endpoint))
        self._tell(endpoint.id)

    def _put_resumed(self, endpoint: Endpoint) -> None:
        """Resumed after it was disabled, even if the clock was set back meanwhile."""
        healths, _, _ = read_now(self._world.store.outbox.health())
        disabled_at = max((one.disabled_at or 0 for one in healths if one.endpoint_id == endpoint.id), default=0)
        now = max(self._world.clock.now_ms(), disabled_at + 1)
        self._put(endpoint._replace(is_paused=False, resumed_at=now))

    def _put_key(self, endpoint_id: int, key: Key) -> None:
        read_now(self._world.store.endpoints.put_endpoint_key(endpoint_id, key))

    def _tell(self, endpoint_id: int) -> None:
        self._world.auditor.endpoint_put(next(one for one in self._endpoints() if one.id == endpoint_id))
