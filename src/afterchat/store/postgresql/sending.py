"""The sending end with a handful of statements for a whole group: each answer of a server costs a trip to it and back.

    lease    leases that are over -> all due entries of all endpoints -> when to ask again
    settle   health -> attempts -> results -> who waits now in their lines
    commit   the events of a session in one INSERT

Rules
- Row for row the outcome is that of `SqlOutbox` and `SqlJournal`; the conformance suite holds them to it.

What does not belong here: what these promise (`store.sending`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from afterchat.store.queries import read_queries
from afterchat.store.sending import EndpointHealth, JournalEvent, Lease, Leases, Settlement
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.entry_rows import body_of, next_second, rows_of
from afterchat.store.sql.journal import JournalRows, SqlJournal
from afterchat.store.sql.outbox import ANSWER_BYTES_MAX, SqlOutbox

__all__ = ["GroupJournal", "GroupOutbox"]

SENDING_SQL = read_queries(Path(__file__).with_name("sending.sql"))


class _GroupRows(JournalRows):
    """See `JournalRows`."""

    def put_events(self, session_id: int, events: Sequence[JournalEvent]) -> list[int]:
        if not events:
            return []
        columns = ([session_id] * len(events), *_columns(events))
        return [number for (number,) in rows_of(self.connection, SENDING_SQL["insert_events"], columns)]


class GroupJournal(SqlJournal):
    """See `sending.Journal`."""

    rows_of_batch = _GroupRows


class GroupOutbox(SqlOutbox):
    """See `sending.Outbox`."""

    def lease_on(self, connection: Connection, wanted: Mapping[int, int], now: int, until: int) -> Leases:
        connection.execute(connection.sql.outbox["end_leases"], (now, until + until - now))
        ids = list(wanted)
        counts = [max(count, 0) for count in wanted.values()]
        leases: list[Lease] = []
        damaged: list[int] = []
        due = rows_of(connection, SENDING_SQL["lease_due_entries"], (ids, counts, now, until))
        for entry_id, *columns, attempts, created_at, series, sha256, dictionary_id, size, stored in due:
            body = body_of(self.decompressor_on(connection), sha256, dictionary_id, size, stored)
            if body is None:
                damaged.append(entry_id)
            else:
                leases.append(Lease._make((entry_id, *columns, body, attempts, created_at, series)))
        if damaged:
            lines = rows_of(connection, SENDING_SQL["give_up_damaged_leases"], (now, damaged))
            _let_first_wait(connection, lines, now)
        return Leases(leases, dict(rows_of(connection, SENDING_SQL["next_due_of_endpoints"], (ids,))))

    def settle_on(
        self, connection: Connection, settlements: Sequence[Settlement], health: Sequence[EndpointHealth], now: int
    ) -> list[bool]:
        if health:
            connection.execute(SENDING_SQL["put_healths"], _columns(health))
        if not settlements:
            return []
        attempts = [
            (one.entry_id, *one.attempt._replace(answer=one.attempt.answer[:ANSWER_BYTES_MAX]))
            for one in settlements
            if one.attempt is not None
        ]
        if attempts:
            connection.execute(SENDING_SQL["insert_attempts"], _columns(attempts))
        results = _columns([_result(one) for one in settlements])
        found = rows_of(connection, SENDING_SQL["settle_entries"], (now, *results))
        _let_first_wait(
            connection, [(endpoint_id, line) for _, endpoint_id, line, is_settled in found if is_settled], now
        )
        in_force = {place for place, *_ in found}
        return [place in in_force for place in range(1, len(settlements) + 1)]


def _result(one: Settlement) -> tuple[Any, ...]:
    status, error = (None, None) if one.attempt is None else (one.attempt.status, one.attempt.error)
    return (one.entry_id, one.token, one.state.value, one.due_at, status, error)


def _let_first_wait(connection: Connection, lines: Sequence[tuple[int, int]], now: int) -> None:
    """After the first in these lines of endpoints was settled: the next ones are due at the next full second."""
    if lines:
        connection.execute(SENDING_SQL["let_first_of_lines_wait"], (*_columns(lines), next_second(now)))


def _columns(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], ...]:
    """The rows as arrays, one for each column."""
    return tuple(list(column) for column in zip(*rows, strict=True))
