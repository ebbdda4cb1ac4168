"""The outbox over SQLite: leases of entries, and what became of them.

Rules
- A lease reads what is due from an index of waiting entries, so it takes as long with a million waiting as with ten.
- A result is written only with the token of the lease in force, in one statement that asks for both.
- An entry whose body is not what was committed is dead (`damaged_body`): nothing else would ever be said of it, and it
  must not hold up its neighbours.

What does not belong here: redelivery, cancelling and forgetting (`settled`), who is worth an attempt (`sender.gate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.store.sending import (
    Attempt,
    EndpointHealth,
    Entry,
    EntryQuery,
    EntryState,
    Lease,
    Leases,
    NewPush,
    Redelivery,
    Settlement,
)
from afterchat.store.sql.compression import Decompressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.dialect import Queries
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.entry_rows import body_of, let_first_wait, rows_of, writable
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.settled import cancel_open, forget_settled, redeliver
from afterchat.store.sql.writer import Writer

__all__ = ["ANSWER_BYTES_MAX", "SqlOutbox"]

ANSWER_BYTES_MAX = 1024
"""Of an answer, as much is logged as a person needs to see what spoke."""

_RESULTS = frozenset({EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED, EntryState.WAITING})


class SqlOutbox:
    """See `sending.Outbox`. `writer` is the journal's; None where another process writes it."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer
        self._decompressor: Decompressor | None = None

    async def lease(self, wanted: Mapping[int, int], now: int, until: int) -> Leases:
        return await writable(self._writer).run(lambda connection: self.lease_on(connection, wanted, now, until))

    async def settle(self, settlements: Sequence[Settlement], health: Sequence[EndpointHealth], now: int) -> list[bool]:
        """As promised by the port; raises CallerError for a state that no result can have."""
        for settlement in settlements:
            if settlement.state not in _RESULTS:
                raise CallerError(f"a lease cannot end as {settlement.state.value}; settle it as one of the results")

        return await writable(self._writer).run(lambda connection: self.settle_on(connection, settlements, health, now))

    async def redeliver(self, redelivery: Redelivery, now: int) -> int:
        return await redeliver(self._readers, writable(self._writer), redelivery, now)

    async def cancel(self, endpoint_id: int, now: int) -> int:
        return await cancel_open(writable(self._writer), endpoint_id, now)

    async def entries(self, query: EntryQuery, row_count_max: int) -> list[Entry]:
        def read(connection: Connection) -> list[Entry]:
            sql, bindings = _entries_statement(connection.sql.outbox, query)
            rows = connection.execute(sql, (*bindings, row_count_max))
            return [Entry._make((*row[:6], EntryState(row[6]), *row[7:])) for row in rows]

        return await self._readers.run(read)

    async def attempts(self, entry_id: int) -> list[Attempt]:
        def read(connection: Connection) -> list[Attempt]:
            return [
                Attempt(*row) for row in connection.execute(connection.sql.outbox["attempts_of_entry"], (entry_id,))
            ]

        return await self._readers.run(read)

    async def push(self, push_id: int) -> NewPush | None:
        """As promised by the port; raises StoreUnavailableError when the body is damaged, rather than show another."""

        def read(connection: Connection) -> NewPush | None:
            row = connection.execute(connection.sql.outbox["push_with_body"], (push_id,)).fetchone()
            if row is None:
                return None
            tenant, session, event_type, sha256, created_at, *stored = row
            body = body_of(decompressor_of(connection, "sender"), sha256, *stored)
            if body is None:
                raise StoreUnavailableError(
                    f"sender.db: the body of push {push_id} is damaged; run 'afterchat store check'"
                )
            return NewPush(tenant, session, event_type, body, sha256, created_at, ())

        return await self._readers.run(read)

    async def health(self) -> tuple[tuple[EndpointHealth, ...], dict[tuple[int, str], int], dict[str, int]]:
        def read(
            connection: Connection,
        ) -> tuple[tuple[EndpointHealth, ...], dict[tuple[int, str], int], dict[str, int]]:
            endpoints = tuple(
                EndpointHealth(*row) for row in connection.execute(connection.sql.outbox["endpoints_health"])
            )
            counts = {
                (endpoint_id, state): entries
                for endpoint_id, state, entries in connection.execute(connection.sql.outbox["entry_counts"])
            }
            created, purged = next(connection.execute(connection.sql.outbox["entry_totals"]))
            totals = {"created": created, "purged": purged}
            for name, query in (("oldest_due_at", "oldest_due"), ("oldest_leased_at", "oldest_leased")):
                oldest = connection.execute(connection.sql.outbox[query]).get
                if oldest is not None:
                    totals[name] = oldest
            return endpoints, counts, totals

        return await self._readers.run(read)

    async def purge(self, before: int, row_count_max: int) -> int:
        return await forget_settled(self._readers, writable(self._writer), before, row_count_max)

    def lease_on(self, connection: Connection, wanted: Mapping[int, int], now: int, until: int) -> Leases:
        """Within a transaction."""
        connection.execute(connection.sql.outbox["end_leases"], (now, until + until - now))
        leases: list[Lease] = []
        for endpoint_id, entry_count_max in wanted.items():
            due = rows_of(connection, connection.sql.outbox["due_entries"], (endpoint_id, now, max(entry_count_max, 0)))
            for entry_id, token, *columns, attempts, created_at, series, sha256, dictionary_id, size, stored in due:
                body = body_of(self.decompressor_on(connection), sha256, dictionary_id, size, stored)
                if body is None:
                    for (line,) in rows_of(connection, connection.sql.outbox["give_up_damaged"], (now, entry_id)):
                        let_first_wait(connection, endpoint_id, line, now)
                    continue
                connection.execute(connection.sql.outbox["lease_entry"], (now, until, entry_id))
                leases.append(Lease._make((entry_id, token, *columns, body, attempts, created_at, series)))
        return Leases(leases, _next_due_at(connection, wanted))

    def settle_on(
        self, connection: Connection, settlements: Sequence[Settlement], health: Sequence[EndpointHealth], now: int
    ) -> list[bool]:
        """Within a transaction."""
        for one in health:
            connection.execute(connection.sql.outbox["put_health"], one)
        return [_settle(connection, settlement, now) for settlement in settlements]

    def decompressor_on(self, connection: Connection) -> Decompressor:
        """Kept from call to call: preparing a dictionary takes longer than leasing an entry."""
        if self._decompressor is None:
            self._decompressor = decompressor_of(connection, "sender")
        return self._decompressor


def _next_due_at(connection: Connection, wanted: Mapping[int, int]) -> dict[int, int]:
    """For each endpoint the earlier of: its first waiting entry is due, its first lease ends."""
    ends = dict(rows_of(connection, connection.sql.outbox["lease_ends"]))
    moments: dict[int, int] = {}
    for endpoint_id in wanted:
        known = (connection.execute(connection.sql.outbox["next_due"], (endpoint_id,)).get, ends.get(endpoint_id))
        given = [moment for moment in known if moment is not None]
        if given:
            moments[endpoint_id] = min(given)
    return moments


def _settle(connection: Connection, settlement: Settlement, now: int) -> bool:
    """Whether the lease was in force; its attempt is logged whatever it was."""
    entry_id, token, state, due_at, attempt = settlement
    if attempt is not None:
        answer = attempt.answer[:ANSWER_BYTES_MAX]
        connection.execute(connection.sql.outbox["insert_attempt"], (entry_id, *attempt._replace(answer=answer)))
    is_settled = state is not EntryState.WAITING
    status, error = (None, None) if attempt is None else (attempt.status, attempt.error)
    settled_at = now if is_settled else None
    found = rows_of(
        connection,
        connection.sql.outbox["settle_entry"],
        (entry_id, token, state.value, due_at, settled_at, int(attempt is not None), status, error),
    )
    if is_settled:
        for endpoint_id, line in found:
            let_first_wait(connection, endpoint_id, line, now)
    return bool(found)


def _entries_statement(sql: Queries, query: EntryQuery) -> tuple[str, tuple[Any, ...]]:
    chosen = [
        ("only_tenant", query.tenant),
        ("only_endpoint", query.endpoint_id),
        ("only_session", query.session),
        ("only_before", query.before_id),
    ]
    source = "source_all" if query.session is None else "source_session"
    fragments = []
    if query.state is EntryState.DEAD:
        fragments.append(sql["only_dead"])
        source = "source_dead" if query.session is None else source
    elif query.state is not None:
        chosen.append(("only_state", query.state.value))
    fragments += [sql[name] for name, value in chosen if value is not None]
    statement = sql["entries"].format(source=sql[source], conditions="\n".join(fragments))
    return statement, tuple(value for _, value in chosen if value is not None)
