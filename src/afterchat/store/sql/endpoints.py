"""Endpoints over SQLite: where a tenant's pushes go to, and the secrets that sign them; part of registry.db.

Rules
- At no moment are more than two keys of an endpoint in force.
- Ids are never used twice: entries in sender.db name them, and know nothing else of an endpoint.
- Every change raises the version of the registry, so that a relay notices.

What does not belong here: whether a URL is safe to call and a secret strong enough; what the relay remembers of an
endpoint (`outbox`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from afterchat.errors import CallerError, NotFoundError
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.registry import change_registry, refuse_third_key, refuse_unknown_tenant
from afterchat.store.sql.writer import Writer

__all__ = ["SqlEndpoints"]


class SqlEndpoints:
    """See `sending.Endpoints`. `writer` is the registry's; None where it was opened for reading only."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer

    async def endpoints(self, tenant: str | None) -> tuple[Endpoint, ...]:
        def read(connection: Connection) -> tuple[Endpoint, ...]:
            keys: dict[int, list[Key]] = {}
            for endpoint_id, *key in connection.execute(connection.sql.endpoints["endpoint_keys"]):
                keys.setdefault(endpoint_id, []).append(Key(*key))
            rows = connection.execute(connection.sql.endpoints["endpoints"], (tenant,))
            return tuple(_to_endpoint(row, tuple(keys.get(row[0], ()))) for row in rows)

        return await self._readers.run(read)

    async def put_endpoint(self, endpoint: Endpoint) -> int:
        """As promised by the port; when it was created is never changed."""

        def put(connection: Connection) -> int:
            refuse_unknown_tenant(connection, endpoint.tenant)
            is_new = endpoint.id == 0
            if (
                not is_new
                and not connection.execute(
                    connection.sql.endpoints["is_endpoint_of"], (endpoint.tenant, endpoint.id)
                ).get
            ):
                raise _unknown(endpoint.id, f"tenant '{endpoint.tenant}'")
            columns = (*_to_columns(endpoint), endpoint.tenant)
            if is_new:
                connection.execute(connection.sql.endpoints["insert_endpoint"], (*columns, endpoint.created_at))
            else:
                connection.execute(connection.sql.endpoints["update_endpoint"], (*columns, endpoint.id))
            if not connection.changes():
                raise _in_use(endpoint)
            if not is_new:
                return endpoint.id
            made = connection.last_insert_rowid()
            for key in endpoint.keys:
                _put_key(connection, made, key)
            return made

        return await change_registry(self._writer, put)

    async def change_endpoint(self, endpoint_id: int, values: Mapping[str, Any]) -> None:
        """As promised by the port: read and written in one transaction, which nobody else can come between."""

        def change(connection: Connection) -> None:
            row = connection.execute(connection.sql.endpoints["endpoint"], (endpoint_id,)).fetchone()
            if row is None:
                raise _unknown(endpoint_id, "this store")
            changed = _to_endpoint(row, ())._replace(**values)
            connection.execute(
                connection.sql.endpoints["update_endpoint"], (*_to_columns(changed), row[1], endpoint_id)
            )
            if not connection.changes():
                raise _in_use(changed)

        await change_registry(self._writer, change)

    async def put_endpoint_key(self, endpoint_id: int, key: Key) -> None:
        await change_registry(self._writer, lambda connection: _put_key(connection, endpoint_id, key))

    async def delete_endpoint(self, endpoint_id: int) -> None:
        def delete(connection: Connection) -> None:
            connection.execute(connection.sql.endpoints["delete_endpoint_keys"], (endpoint_id,))
            connection.execute(connection.sql.endpoints["delete_endpoint"], (endpoint_id,))
            if not connection.changes():
                raise _unknown(endpoint_id, "this store")

        await change_registry(self._writer, delete)


def _put_key(connection: Connection, endpoint_id: int, key: Key) -> None:
    found = connection.execute(connection.sql.endpoints["has_endpoint"], (endpoint_id,)).fetchone()
    if found is None:
        raise _unknown(endpoint_id, "this store")
    others = list(connection.execute(connection.sql.endpoints["limits_of_endpoint_keys"], (endpoint_id, key.id)))
    refuse_third_key(f"endpoint '{found[0]}'", key, others)
    connection.execute(
        connection.sql.endpoints["put_endpoint_key"], (endpoint_id, key.id, key.secret, key.not_before, key.not_after)
    )


def _unknown(endpoint_id: int, owner: str) -> NotFoundError:
    return NotFoundError(f"{owner} has no endpoint {endpoint_id}; list them with 'afterchat endpoints list'")


def _in_use(endpoint: Endpoint) -> CallerError:
    return CallerError(f"tenant '{endpoint.tenant}' has an endpoint '{endpoint.name}' already; choose another name")


def _to_columns(endpoint: Endpoint) -> tuple[Any, ...]:
    """What an operator may change, in the order of the statements."""
    return (
        endpoint.name,
        endpoint.url,
        json.dumps(endpoint.event_types),
        endpoint.signature_mode,
        endpoint.success,
        json.dumps(endpoint.schedule_seconds),
        endpoint.rate_per_second_max,
        endpoint.concurrency_max,
        json.dumps(endpoint.headers),
        int(endpoint.is_paused),
        endpoint.resumed_at,
    )


def _to_endpoint(row: tuple[Any, ...], keys: tuple[Key, ...]) -> Endpoint:
    """An endpoint from the columns of `endpoints`; raises ValueError when JSON of it is damaged."""
    (id_, tenant, name, url, event_types, signature_mode, success, schedule_seconds, rate, concurrency, headers,
     is_paused, resumed_at, created_at) = row  # fmt: skip
    return Endpoint(
        id=id_,
        tenant=tenant,
        name=name,
        url=url,
        event_types=tuple(json.loads(event_types)),
        signature_mode=signature_mode,
        success=success,
        keys=keys,
        schedule_seconds=tuple(json.loads(schedule_seconds)),
        rate_per_second_max=rate,
        concurrency_max=concurrency,
        headers=tuple((header, value) for header, value in json.loads(headers)),
        is_paused=bool(is_paused),
        resumed_at=resumed_at,
        created_at=created_at,
    )
