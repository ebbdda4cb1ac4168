"""Which secrets are in force: tenants and their keys, frozen for one moment.

Pure. The receiver looks tenants up by the raw bytes of the path, so the book is keyed by bytes.
A key is in force from `not_before` to before `not_after`; all keys in force are tried for every push.
What does not belong here: where keys are kept (`store`), and when to look again (`server.registry_watch`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from afterchat.contract.push import DEFAULT_TENANT
from afterchat.contract.webhooks import webhook_key
from afterchat.store.ports import Key, Tenant

__all__ = ["ENVIRONMENT_KEY_ID", "Ring", "Rings", "rings_in_force", "with_environment_secret"]

ENVIRONMENT_KEY_ID = "environment"
"""The id under which the secret of AFTERCHAT_SECRET counts."""


class Ring(NamedTuple):
    """One tenant's secrets at one moment."""

    tenant: str
    signature_mode: str
    key_ids: tuple[str, ...]
    secrets: tuple[bytes, ...]
    """In force; as the platform's checksum uses them."""
    webhook_keys: tuple[bytes, ...]
    """The same secrets as Standard Webhooks uses them."""
    retired_secrets: tuple[bytes, ...]
    """Not in force at this moment; only `receiver.diagnosis` uses them."""


Rings = Mapping[bytes, Ring]
"""Tenant name in bytes -> its ring."""


def rings_in_force(tenants: Iterable[Tenant], now_ms: int) -> Rings:
    """The book for this moment; a tenant without a key in force refuses every push."""
    return {tenant.name.encode(): _ring(tenant, now_ms) for tenant in tenants}


def with_environment_secret(tenants: Iterable[Tenant], secret: str) -> tuple[Tenant, ...]:
    """`tenants`, the default one with the secret of AFTERCHAT_SECRET as one more key; an empty secret adds none."""
    known = {tenant.name: tenant for tenant in tenants}
    default = known.get(DEFAULT_TENANT, Tenant(DEFAULT_TENANT, "both", ()))
    if secret:
        key = Key(ENVIRONMENT_KEY_ID, secret.encode(), 0, None)
        default = default._replace(keys=(key, *default.keys))
    return tuple({**known, DEFAULT_TENANT: default}.values())


def _ring(tenant: Tenant, now_ms: int) -> Ring:
    in_force = [key for key in tenant.keys if _is_in_force(key, now_ms)]
    return Ring(
        tenant=tenant.name,
        signature_mode=tenant.signature_mode,
        key_ids=tuple(key.id for key in in_force),
        secrets=tuple(key.secret for key in in_force),
        webhook_keys=tuple(webhook_key(key.secret) for key in in_force),
        retired_secrets=tuple(key.secret for key in tenant.keys if key not in in_force),
    )


def _is_in_force(key: Key, now_ms: int) -> bool:
    return key.not_before <= now_ms and (key.not_after is None or now_ms < key.not_after)
