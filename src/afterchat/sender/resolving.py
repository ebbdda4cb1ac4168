"""Names to addresses that were checked: looked up, held against the rules, and kept for a minute.

    host -> look up -> every address checked -> Pin: the addresses that connections go to

Rules
- Who connects takes the address from the pin and never asks again: a second answer of the name server changes nothing.
- One forbidden address among several refuses the name.
- Many sends that wait for one name wait for one look-up; one that gives up does not end it for the others.
- A failed look-up is not kept; the next send asks anew.
- The address that failed last goes to the end of its pin.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.sender.addresses import AddressRules, address_fault
from afterchat.sender.target import Origin
from afterchat.sender.transport import Failure

__all__ = ["PIN_SECONDS_MAX", "LookUp", "Resolver", "system_addresses"]

LookUp = Callable[[str], Awaitable[Sequence[str]]]
"""A host to its addresses as text; raises OSError when it has none."""

PIN_SECONDS_MAX = 60.0
_ADDRESSES_MAX = 32
_PINS_MAX = 4096


class _Pin(NamedTuple):
    addresses: tuple[str, ...]
    until: float
    """By the monotonic clock."""


async def system_addresses(host: str) -> Sequence[str]:
    """What the system's resolver says, its order kept."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """The checked addresses of origins; `look_up` asks the name server."""

    def __init__(self, rules: AddressRules, clock: Clock, look_up: LookUp) -> None:
        self._rules = rules
        self._clock = clock
        self._look_up = look_up
        self._pins: dict[str, _Pin] = {}
        self._asking: dict[str, asyncio.Task[tuple[str, ...] | Failure]] = {}

    async def addresses(self, origin: Origin) -> tuple[str, ...] | Failure:
        """Where this origin may be reached, best first."""
        if origin.is_address:
            return self._checked(origin.host, (origin.host,))
        host = origin.host
        pin = self._pins.get(host)
        if pin is not None and self._clock.monotonic() < pin.until:
            return pin.addresses
        task = self._asking.get(host)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask(host))
            self._asking[host] = task
            task.add_done_callback(lambda _: self._asking.pop(host, None))
        return await asyncio.shield(task)

    def failed(self, host: str, address: str) -> None:
        """No connection could be made there: the next send tries another one first."""
        pin = self._pins.get(host)
        if pin is not None and pin.addresses[0] == address:
            self._pins[host] = pin._replace(addresses=(*pin.addresses[1:], address))

    async def close(self) -> None:
        """End what is still being asked."""
        tasks = tuple(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, host: str) -> tuple[str, ...] | Failure:
        asked_at = self._clock.monotonic()
        try:
            found = tuple(await self._look_up(host))
        except (OSError, UnicodeError) as error:
            return Failure("dns", f"{host}: {error}")
        if not found:
            return Failure("dns", f"{host} has no address")
        if len(found) > _ADDRESSES_MAX:
            return Failure("dns", f"{host} has more than {_ADDRESSES_MAX} addresses")
        checked = self._checked(host, found)
        if not isinstance(checked, Failure):
            self._pins.pop(host, None)
            while len(self._pins) >= _PINS_MAX:
                del self._pins[next(iter(self._pins))]
            self._pins[host] = _Pin(checked, asked_at + PIN_SECONDS_MAX)
        return checked

    def _checked(self, host: str, addresses: tuple[str, ...]) -> tuple[str, ...] | Failure:
        for address in addresses:
            fault = address_fault(address, host, self._rules)
            if fault is not None:
                return Failure(fault.kind, fault.en)
        return tuple(str(ip_address(address)) for address in addresses)
