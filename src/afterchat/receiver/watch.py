"""What the receiver keeps an eye on beside the pushes: the disk's free space and the registry's keys.

Both are looked at once a second, so a change takes effect within about a second and costs the push path nothing.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.rings import Rings, rings_in_force, with_environment_secret
from afterchat.store.ports import Registry, Token

__all__ = ["DiskWatch", "RegistryWatch"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0


class DiskWatch:
    """Whether the store's disk is under its watermark; an in-memory store never is."""

    def __init__(self, directory: Path | None, free_bytes_min: int) -> None:
        self._directory = directory
        self._free_bytes_min = free_bytes_min
        self.is_low = False
        self.free_bytes = 0
        self.look()

    def look(self) -> None:
        """Read the free space once; a disk that cannot be asked counts as low."""
        if self._directory is None:
            return
        was_low = self.is_low
        try:
            self.free_bytes = shutil.disk_usage(self._directory).free
        except OSError as error:
            _LOG.warning("the free space of the store's disk cannot be read: %s", error)
            self.free_bytes = 0
        self.is_low = self.free_bytes < self._free_bytes_min
        if self.is_low and not was_low:
            _LOG.error(
                "the store's disk has %d bytes free, under the watermark of %d: pushes get 503 until there is room",
                self.free_bytes,
                self._free_bytes_min,
            )

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.look()


class RegistryWatch:
    """Reads tenants and tokens again and again; hands the rings in force to whoever needs them."""

    def __init__(self, registry: Registry, clock: Clock, environment_secret: str, use: Callable[[Rings], None]) -> None:
        self._registry = registry
        self._clock = clock
        self._environment_secret = environment_secret
        self._use = use
        self._tokens: tuple[tuple[Token, bytes], ...] = ()

    def tokens(self) -> tuple[tuple[Token, bytes], ...]:
        """The tokens of the last look, with their hashes."""
        return self._tokens

    async def look(self) -> None:
        """Read once; raises StoreUnavailableError."""
        tenants = with_environment_secret(await self._registry.tenants(), self._environment_secret)
        self._use(rings_in_force(tenants, self._clock.now_ms()))
        self._tokens = await self._registry.tokens()

    async def run(self) -> None:
        """Look once a second until cancelled; while the registry is away the last rings stay in force."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look()
            except StoreUnavailableError as error:
                _LOG.warning("the registry cannot be read, the keys known so far stay in force: %s", error)
