"""How often somebody may try to log in: token buckets by address and by name, in memory. Clock handed in.

    a try takes a token of its address, and one of its name
    a right password gives them back; a wrong one does not
    no token: refused, with the seconds until there is one; a refusal takes nothing

Rules
- Nobody is locked out: a bucket fills by itself, so the longest wait is the time of one token.
- A name's bucket fills five times as fast as an address's, so that one address cannot keep a name's bucket empty.
- Where many addresses do so together, an address from which that very name has logged in needs the name's bucket no
  more: its own is enough.
- A network of IPv6 (/64) counts as one address, because its owner has as many as they like.
- Everything is bounded: beyond KEYS_MAX the bucket that was used the longest ago is forgotten, and is then full.

What does not belong here: whether a password is right.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["ADDRESS", "KEYS_MAX", "NAME", "Bucket", "Rate", "Throttle"]

KEYS_MAX = 10_000
_IPV6_PREFIX = 64
_KEY_BYTES = 16


class Rate:
    """How many tries at once, and how long until the next one after that."""

    def __init__(self, burst: int, refill_seconds: float) -> None:
        self.burst = burst
        self.refill_seconds = refill_seconds


ADDRESS = Rate(burst=10, refill_seconds=10.0)
"""Somebody who mistypes ten times waits ten seconds; a program tries 8,650 passwords a day and not more."""
NAME = Rate(burst=20, refill_seconds=2.0)
"""However many addresses there are: 43,200 tries a day, nothing against twelve characters."""


class Bucket:
    """Buckets of one rate by key; moments are seconds that only grow."""

    def __init__(self, rate: Rate, keys_max: int = KEYS_MAX) -> None:
        self._rate = rate
        self._keys_max = keys_max
        self._filled: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._filled)

    def wait_seconds(self, key: bytes, now: float) -> float:
        """How long until this key may try; 0 for now."""
        return max(0.0, (1.0 - self._tokens(key, now)) * self._rate.refill_seconds)

    def take(self, key: bytes, now: float, count: float = 1.0) -> None:
        """Take a token that is there; a negative count gives back."""
        tokens = min(self._tokens(key, now) - count, float(self._rate.burst))
        self._filled[key] = (tokens, now)
        self._filled.move_to_end(key)
        if len(self._filled) > self._keys_max:
            self._filled.popitem(last=False)

    def _tokens(self, key: bytes, now: float) -> float:
        tokens, filled_at = self._filled.get(key, (float(self._rate.burst), now))
        return min(tokens + max(now - filled_at, 0.0) / self._rate.refill_seconds, float(self._rate.burst))


class Throttle:
    """The buckets of one process."""

    def __init__(self, address: Rate = ADDRESS, name: Rate = NAME, keys_max: int = KEYS_MAX) -> None:
        self._addresses = Bucket(address, keys_max)
        self._names = Bucket(name, keys_max)
        self._familiar: OrderedDict[bytes, None] = OrderedDict()
        self._keys_max = keys_max

    def begin(self, name: str, peer: str, now: float) -> int:
        """0 when the try may be made, and then its tokens are taken; else the seconds to wait."""
        address, name_key, pair = _keys(name, peer)
        wait = self._addresses.wait_seconds(address, now)
        if pair not in self._familiar:
            wait = max(wait, self._names.wait_seconds(name_key, now))
        if wait > 0:
            return max(1, math.ceil(wait))
        self._addresses.take(address, now)
        if pair not in self._familiar:
            self._names.take(name_key, now)
        return 0

    def succeeded(self, name: str, peer: str, now: float) -> None:
        """The try that was begun was right: its tokens come back, and the address is familiar from now on."""
        address, name_key, pair = _keys(name, peer)
        self._addresses.take(address, now, -1.0)
        if pair not in self._familiar:
            self._names.take(name_key, now, -1.0)
        self._familiar[pair] = None
        self._familiar.move_to_end(pair)
        if len(self._familiar) > self._keys_max:
            self._familiar.popitem(last=False)


def _keys(name: str, peer: str) -> tuple[bytes, bytes, bytes]:
    """Of the address, of the name, of both; all of one length, however long somebody's name is."""
    network = _network_of(peer)
    return _key(network), _key(name), _key(f"{network}\n{name}")


def _key(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]


def _network_of(peer: str) -> str:
    try:
        address = ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), _IPV6_PREFIX), strict=False))
    return str(address)
