"""What the API may have done to endpoints, done by the running sender: see `web.operating.Operations`.

Rules
- A URL is judged by the rules by which this very sender connects, every other value by those of the commands.
- What was changed is in force when the call returns; if the registry cannot be read just then, within a second.
- Test pushes take their turn: only a few are on their way at one time.
"""

from __future__ import annotations

import asyncio
import secrets as chance
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from afterchat.clock import Clock
from afterchat.contract.push import DEFAULT_TENANT
from afterchat.contract.strength import SECRET_BYTES
from afterchat.errors import EndpointError, NotFoundError, StoreUnavailableError
from afterchat.sender.addresses import AddressRules
from afterchat.sender.endpoint_rules import ValueFault, new_endpoint, pausing, secret_fault, value_fault
from afterchat.sender.sender import Sender
from afterchat.sender.transport import Transport
from afterchat.sender.verdict import ERRORS
from afterchat.server.endpoint_trial import try_endpoint
from afterchat.server.redelivery import bulk_wish, redeliver_now
from afterchat.store.open import Store
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint
from afterchat.web.operating import Asked, KeyMade, TrialView

__all__ = ["OperatingLimits", "SenderOperations"]

_TRIALS_AT_ONCE_MAX = 8
_KEY_ID_BYTES = 4


class OperatingLimits(NamedTuple):
    """What settings say of it."""

    rules: AddressRules
    secret_chars_min: int
    attempt_seconds_max: float


class SenderOperations:
    """The operations of one running sender on its store."""

    def __init__(
        self, store: Store, sender: Sender, transport: Transport, clock: Clock, limits: OperatingLimits
    ) -> None:
        self._store = store
        self._sender = sender
        self._transport = transport
        self._clock = clock
        self._limits = limits
        self._trials = asyncio.Semaphore(_TRIALS_AT_ONCE_MAX)

    async def add_endpoint(self, tenant: str, values: Mapping[str, Any], secret: str | None) -> KeyMade:
        """Make it with its first key, in one commit."""
        _refuse(value_fault(values, self._limits.rules))
        chosen = self._secret(secret)
        now_ms = self._clock.now_ms()
        await self._know_tenant(tenant, now_ms)
        key = Key(_key_id(), chosen, now_ms, None)
        endpoint = new_endpoint(tenant, values, now_ms)._replace(keys=(key,))
        endpoint_id = await self._store.endpoints.put_endpoint(endpoint)
        await self._take_up()
        return KeyMade(endpoint_id, key.id, chosen.decode() if secret is None else None, now_ms, None)

    async def change_endpoint(self, endpoint_id: int, values: Mapping[str, Any]) -> None:
        """Change these attributes and no others."""
        _refuse(value_fault(values, self._limits.rules))
        await self._store.endpoints.change_endpoint(endpoint_id, values)
        await self._take_up()

    async def set_paused(self, endpoint_id: int, *, is_paused: bool) -> None:
        """Pause or resume; resuming undoes what the relay decided before."""
        healths, _, _ = await self._store.outbox.health()
        disabled_at = next((health.disabled_at for health in healths if health.endpoint_id == endpoint_id), None)
        values = pausing(is_paused=is_paused, now_ms=self._clock.now_ms(), disabled_at=disabled_at)
        await self._store.endpoints.change_endpoint(endpoint_id, values)
        await self._take_up()

    async def delete_endpoint(self, endpoint_id: int) -> None:
        """Forget it."""
        await self._store.endpoints.delete_endpoint(endpoint_id)
        await self._take_up()

    async def add_key(
        self, endpoint: Endpoint, secret: str | None, *, after_seconds: int, overlap_seconds: int
    ) -> KeyMade:
        """Add first, then limit the older ones: a crash in between leaves two keys in force, never none."""
        chosen = self._secret(secret)
        if any(key.secret == chosen for key in endpoint.keys):
            raise EndpointError("secret", "the endpoint has this very secret already", "该推送地址已有相同的密钥")
        begins_at = self._clock.now_ms() + after_seconds * 1000
        ends_at = begins_at + overlap_seconds * 1000
        key = Key(_key_id(), chosen, begins_at, None)
        await self._store.endpoints.put_endpoint_key(endpoint.id, key)
        limited = [older for older in endpoint.keys if older.not_after is None or older.not_after > ends_at]
        for older in limited:
            await self._store.endpoints.put_endpoint_key(endpoint.id, older._replace(not_after=ends_at))
        await self._take_up()
        shown = chosen.decode() if secret is None else None
        return KeyMade(endpoint.id, key.id, shown, begins_at, ends_at if limited else None)

    async def try_endpoint(self, endpoint: Endpoint) -> TrialView:
        """One test push through the sender's own transport."""
        async with self._trials:
            tried = await try_endpoint(endpoint, self._transport, self._clock, self._limits.attempt_seconds_max)
        en, zh = ERRORS[tried.error] if tried.error else ("", "")
        return TrialView(
            delivered=tried.is_delivered,
            status=tried.status,
            error=tried.error,
            zh=zh,
            en=en,
            detail=tried.detail,
            duration_ms=tried.duration_ms,
            answer=tried.answer,
        )

    async def redeliver(self, asked: Sequence[Asked]) -> int:
        """At once: this process is the one that writes the outbox."""
        store, count = self._store, 0
        for one in asked:
            wish = bulk_wish(**one._asdict())
            count += await redeliver_now(wish, self._sender, store.endpoints, store.outbox, self._clock)
        return count

    def _secret(self, given: str | None) -> bytes:
        if given is None:
            return chance.token_hex(SECRET_BYTES).encode()
        try:
            secret = given.encode()
        except UnicodeEncodeError:
            raise EndpointError("secret", "characters that are none", "含有无效字符") from None
        _refuse(secret_fault(secret, self._limits.secret_chars_min))
        return secret

    async def _know_tenant(self, tenant: str, now_ms: int) -> None:
        """Raises NotFoundError; the default tenant is there for every server and is made when it is first written."""
        if any(known.name == tenant for known in await self._store.registry.tenants()):
            return
        if tenant != DEFAULT_TENANT:
            raise NotFoundError(f"there is no tenant '{tenant}'; add it with 'afterchat tenants add'")
        await self._store.registry.put_tenant(tenant, "both", now_ms)

    async def _take_up(self) -> None:
        """What was changed is durable; when it cannot be read now, the sender's own look will take it up."""
        with suppress(StoreUnavailableError):
            await self._sender.look()


def _refuse(fault: ValueFault | None) -> None:
    if fault is not None:
        raise EndpointError(fault.field, fault.en, fault.zh)


def _key_id() -> str:
    return f"key_{chance.token_hex(_KEY_ID_BYTES)}"
