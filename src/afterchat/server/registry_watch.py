"""The registry, read once a second: which secrets are in force for the receiver, which tokens for the reading side.

So a change that an operator makes takes effect within about a second, and neither a push nor a reader has to ask.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.rings import Rings, rings_in_force, with_environment_secret
from afterchat.store.ports import Registry, Token

__all__ = ["RegistryWatch", "TokenWatch"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0


class TokenWatch:
    """Reads the tokens again and again."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._tokens: tuple[tuple[Token, bytes], ...] = ()

    def tokens(self) -> tuple[tuple[Token, bytes], ...]:
        """The tokens of the last look, with their hashes."""
        return self._tokens

    async def look(self) -> None:
        """Read once; raises StoreUnavailableError."""
        self._tokens = await self._registry.tokens()

    async def run(self) -> None:
        """Look once a second until cancelled; while the registry is away what was read last stays in force."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look()
            except StoreUnavailableError as error:
                _LOG.warning("the registry cannot be read, what is known so far stays in force: %s", error)


class RegistryWatch(TokenWatch):
    """Reads tenants and their keys, too; hands the rings in force to whoever needs them."""

    def __init__(self, registry: Registry, clock: Clock, environment_secret: str, use: Callable[[Rings], None]) -> None:
        super().__init__(registry)
        self._clock = clock
        self._environment_secret = environment_secret
        self._use = use

    async def look(self) -> None:
        """Read once; raises StoreUnavailableError."""
        tenants = with_environment_secret(await self._registry.tenants(), self._environment_secret)
        self._use(rings_in_force(tenants, self._clock.now_ms()))
        await super().look()
