"""The registry over SQLite: tenants, keys, tokens and orders; written by commands, read by the server.

Rules
- Every process may write: transactions are short, take the lock at once, and wait for each other a few seconds.
- At no moment are more than two keys of a tenant in force.
- Of a token only the sha256 is kept. Secrets are kept as they are, because signatures need them: the file is 0600.

What does not belong here: making keys and tokens, and judging whether a secret is strong enough; endpoints, which live
in the same file (`endpoints`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from afterchat.errors import CallerError, KeyRingError, NotFoundError, StoreUnavailableError
from afterchat.store.ports import Key, Order, Tenant, Token
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.writer import Writer

__all__ = [
    "KEYS_IN_FORCE_MAX",
    "SqlRegistry",
    "change_registry",
    "refuse_third_key",
    "refuse_unknown_tenant",
]

KEYS_IN_FORCE_MAX = 2
"""The key in use and the one that replaces it; each more would make guessing easier and rotations endless."""

Result = TypeVar("Result")


class SqlRegistry:
    """See `ports.Registry`. `writer` is None where the registry was opened for reading only."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer

    async def version(self) -> int:
        """A number that grows with every change: cheap to ask, so that a server notices what commands changed."""
        return await self._readers.run(
            lambda connection: int(connection.execute(connection.sql.registry["version"]).get)
        )

    async def tenants(self) -> tuple[Tenant, ...]:
        def read(connection: Connection) -> tuple[Tenant, ...]:
            keys: dict[str, list[Key]] = {}
            for tenant, *key in connection.execute(connection.sql.registry["keys"]):
                keys.setdefault(tenant, []).append(Key(*key))
            return tuple(
                Tenant(name, signature_mode, tuple(keys.get(name, ())))
                for name, signature_mode in connection.execute(connection.sql.registry["tenants"])
            )

        return await self._readers.run(read)

    async def put_tenant(self, name: str, signature_mode: str, created_at: int) -> None:
        await self._change(lambda connection: _execute(connection, "put_tenant", (name, signature_mode, created_at)))

    async def put_key(self, tenant: str, key: Key) -> None:
        """As promised by the port; raises NotFoundError for an unknown tenant."""

        def put(connection: Connection) -> None:
            refuse_unknown_tenant(connection, tenant)
            others = list(connection.execute(connection.sql.registry["keys_of_tenant"], (tenant, key.id)))
            refuse_third_key(f"tenant '{tenant}'", key, others)
            _execute(connection, "put_key", (tenant, key.id, key.secret, key.not_before, key.not_after))

        await self._change(put)

    async def add_token(self, token: Token, token_sha256: bytes, created_at: int) -> None:
        """As promised by the port; raises CallerError when the id or the hash is in use."""

        def add(connection: Connection) -> None:
            columns = (token.id, token.tenant, token_sha256, token.expires_at, created_at, token.scope)
            _execute(connection, "add_token", columns)
            if not connection.changes():
                raise CallerError(f"there is a token '{token.id}' already; choose another id")

        await self._change(add)

    async def tokens(self) -> tuple[tuple[Token, bytes], ...]:
        def read(connection: Connection) -> tuple[tuple[Token, bytes], ...]:
            return tuple((Token(*row[:4]), row[4]) for row in connection.execute(connection.sql.registry["tokens"]))

        return await self._readers.run(read)

    async def revoke_token(self, token_id: str) -> None:
        def revoke(connection: Connection) -> None:
            _execute(connection, "delete_token", (token_id,))
            if not connection.changes():
                raise NotFoundError(f"there is no token '{token_id}'; list them with 'afterchat tokens list'")

        await self._change(revoke)

    async def place_order(self, kind: str, argument: str, placed_at: int) -> int:
        def place(connection: Connection) -> int:
            _execute(connection, "place_order", (kind, argument, placed_at))
            return connection.last_insert_rowid()

        return await self._change(place)

    async def orders(self, state: str | None) -> list[Order]:
        def read(connection: Connection) -> list[Order]:
            return [Order(*row) for row in connection.execute(connection.sql.registry["orders"], (state,))]

        return await self._readers.run(read)

    async def settle_order(self, order_id: int, state: str, result: str) -> None:
        """As promised by the port; raises NotFoundError."""

        def settle(connection: Connection) -> None:
            _execute(connection, "settle_order", (state, result, order_id))
            if not connection.changes():
                raise NotFoundError(f"there is no order {order_id}; it was never placed in this store")

        await self._change(settle)

    async def _change(self, change: Callable[[Connection], Result]) -> Result:
        return await change_registry(self._writer, change)


async def change_registry(writer: Writer | None, change: Callable[[Connection], Result]) -> Result:
    """As `write_registry`, with the version raised in the same transaction."""

    def change_and_count(connection: Connection) -> Result:
        result = change(connection)
        connection.execute(connection.sql.registry["raise_version"])
        return result

    return await write_registry(writer, change_and_count)


async def write_registry(writer: Writer | None, change: Callable[[Connection], Result]) -> Result:
    """What `change` returns, once it is committed, for what no server has to notice.

    Raises StoreUnavailableError where this process only reads the registry.
    """
    if writer is None:
        raise StoreUnavailableError("registry.db was opened for reading only; open the store for writing it")
    return await writer.run(change)


def refuse_unknown_tenant(connection: Connection, tenant: str) -> None:
    """Raises NotFoundError."""
    if not connection.execute(connection.sql.registry["has_tenant"], (tenant,)).get:
        raise NotFoundError(f"there is no tenant '{tenant}'; add it with 'afterchat tenants add'")


def refuse_third_key(owner: str, key: Key, others: Sequence[tuple[int, int | None]]) -> None:
    """Raises KeyRingError when `key` and the limits of `others` put too many in force at one moment."""
    if _in_force_max([(key.not_before, key.not_after), *others]) > KEYS_IN_FORCE_MAX:
        raise KeyRingError(
            f"{owner} would have more than {KEYS_IN_FORCE_MAX} keys in force at one time; let an older key end first"
        )


def _execute(connection: Connection, query: str, bindings: Sequence[str | int | bytes | None]) -> None:
    connection.execute(connection.sql.registry[query], bindings)


def _in_force_max(limits: Sequence[tuple[int, int | None]]) -> int:
    """The most keys that are in force at one moment; a key is in force from its first moment until before its last."""
    return max(sum(start <= moment and (end is None or moment < end) for start, end in limits) for moment, _ in limits)
