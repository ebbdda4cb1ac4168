"""Entries that are sent again, let go of or forgotten: a million at a time, and nobody waits for it.

Rules
- Work is done in portions, each one transaction; between two of them the relay and the tracker have their turn.
  What a failure interrupts stays done as far as it came, and asking again goes on from there.
- What to do is looked for by a reader and looked at again by the writer, which never scans.
- Sending a push again brings the later ones of its session and type along that the endpoint took already:
  the last word that it hears must be the latest.

What does not belong here: leasing and settling (`outbox`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from afterchat.errors import CallerError
from afterchat.store.sending import Redelivery
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.entry_rows import create_entry, line_of, line_up, rows_of
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.writer import Writer

__all__ = ["PORTION_ROWS", "cancel_open", "forget_settled", "redeliver"]

PORTION_ROWS = 500
"""Of one transaction: about ten milliseconds."""

_MOMENT_MAX = 2**63 - 1


async def redeliver(readers: Readers, writer: Writer, redelivery: Redelivery, now: int) -> int:
    """As promised by the port; raises CallerError when it asks for untried pushes of no tenant."""
    if redelivery.with_never_attempted and not redelivery.tenant:
        raise CallerError("pushes that were never tried are those of one tenant; say which")
    if redelivery.entry_ids:
        return await _send_again(writer, redelivery.endpoint_id, redelivery.entry_ids, now)
    [[last_entry, last_push]] = await readers.run(partial(_rows, query="last_entry_and_push"))
    count = 0
    if redelivery.with_never_attempted:
        count += await _send_untried(readers, writer, redelivery, last_push, now)
    return count + await _send_settled(readers, writer, redelivery, last_entry, now)


async def cancel_open(writer: Writer, endpoint_id: int, now: int) -> int:
    """Cancel every open entry of an endpoint; how many there were."""

    def cancel(connection: Connection) -> int:
        connection.execute(connection.sql.settled["cancel_some"], (endpoint_id, now, PORTION_ROWS))
        return connection.changes()

    total = 0
    while count := await writer.run(cancel):
        total += count
        await asyncio.sleep(0)
    return total


async def forget_settled(readers: Readers, writer: Writer, before: int, row_count_max: int) -> int:
    """Forget up to so many entries and, behind them, pushes that never had one; how many that were."""

    def find(connection: Connection) -> tuple[list[int], list[int]]:
        entries = _ids(connection, "settled_before", (before, row_count_max))
        return entries, _ids(connection, "pushes_for_nobody", (before, row_count_max - len(entries)))

    def forget(connection: Connection) -> int:
        push_ids: list[int] = []
        for entry_id in entries:
            for push_id in _ids(connection, "forget_entry", (entry_id, before)):
                connection.execute(connection.sql.settled["forget_attempts"], (entry_id,))
                push_ids.append(push_id)
        gone = sum(_forget_push(connection, push_id) for push_id in push_ids)
        for_nobody = sum(_forget_push(connection, push_id) for push_id in pushes)
        connection.execute(connection.sql.settled["take_from_tally"], (gone + for_nobody, len(push_ids)))
        return len(push_ids) + for_nobody

    entries, pushes = await readers.run(find)
    return await writer.run(forget) if entries or pushes else 0


async def _send_settled(readers: Readers, writer: Writer, redelivery: Redelivery, last_entry: int, now: int) -> int:
    """New series for the settled entries that are asked for, oldest first."""
    states = [state.value for state in redelivery.states]
    is_dead_only = states == ["dead"]
    query = "dead_entries" if is_dead_only else "settled_entries"
    chosen = () if is_dead_only else (json.dumps(states),)
    cursor = count = 0
    while True:
        limits = (cursor, last_entry, redelivery.created_from, _until(redelivery))
        bindings = (redelivery.endpoint_id, *limits, *chosen, PORTION_ROWS)
        found = await readers.run(partial(_ids, query=query, bindings=bindings))
        if not found:
            return count
        count += await _send_again(writer, redelivery.endpoint_id, found, now)
        cursor = found[-1]


async def _send_again(writer: Writer, endpoint_id: int, entry_ids: Sequence[int], now: int) -> int:
    """New series for these entries; how many are due again because of them."""
    count = 0
    for start in range(0, len(entry_ids), PORTION_ROWS):
        portion = entry_ids[start : start + PORTION_ROWS]

        def begin(connection: Connection, portion: Sequence[int] = portion) -> int:
            return sum(_begin_series(connection, endpoint_id, entry_id, now) for entry_id in portion)

        count += await writer.run(begin)
        await asyncio.sleep(0)
    return count


async def _send_untried(readers: Readers, writer: Writer, redelivery: Redelivery, last_push: int, now: int) -> int:
    """First entries for pushes that the endpoint has none of, oldest first."""
    endpoint_id = redelivery.endpoint_id
    chosen = (_until(redelivery), last_push, redelivery.tenant, json.dumps(redelivery.event_types), endpoint_id)
    after = (redelivery.created_from, 0)
    count = 0
    while True:
        bindings = (*after, *chosen, PORTION_ROWS)
        found = await readers.run(partial(_rows, query="untried_pushes", bindings=bindings))
        if not found:
            return count

        def begin(connection: Connection, portion: Sequence[Any] = found) -> int:
            return sum(_first_series(connection, endpoint_id, push, now) for push in portion)

        count += await writer.run(begin)
        after = (found[-1][3], found[-1][0])
        await asyncio.sleep(0)


def _until(redelivery: Redelivery) -> int:
    return _MOMENT_MAX if redelivery.created_until is None else redelivery.created_until


def _begin_series(connection: Connection, endpoint_id: int, entry_id: int, now: int) -> int:
    """Send one again, if it is settled; how many are due again because of it."""
    count = 0
    for line, push_id in rows_of(connection, connection.sql.settled["begin_series"], (entry_id, endpoint_id, now)):
        count = 1 + _bring_along(connection, endpoint_id, push_id, now)
        line_up(connection, endpoint_id, line, now)
    return count


def _first_series(connection: Connection, endpoint_id: int, push: Sequence[Any], now: int) -> int:
    """An entry for a push that the endpoint has none of; how many are due because of it."""
    push_id, session, event_type, created_at = push
    line = line_of(session, event_type)
    if not create_entry(connection, endpoint_id, push_id, line, now, created_at):
        return 0
    connection.execute(connection.sql.settled["add_entries_to_tally"], (1,))
    count = 1 + _bring_along(connection, endpoint_id, push_id, now)
    line_up(connection, endpoint_id, line, now)
    return count


def _bring_along(connection: Connection, endpoint_id: int, push_id: int, now: int) -> int:
    """Later pushes of the same session and type that were delivered go again, too; how many there are."""
    later = _ids(connection, "delivered_later", (push_id, endpoint_id))
    return sum(
        len(rows_of(connection, connection.sql.settled["begin_series"], (entry_id, endpoint_id, now)))
        for entry_id in later
    )


def _forget_push(connection: Connection, push_id: int) -> int:
    connection.execute(connection.sql.settled["forget_push"], (push_id,))
    return connection.changes()


def _ids(connection: Connection, query: str, bindings: Sequence[int | str]) -> list[int]:
    return [id_ for (id_,) in _rows(connection, query, bindings)]


def _rows(connection: Connection, query: str, bindings: Sequence[int | str] = ()) -> list[Any]:
    return rows_of(connection, connection.sql.settled[query], bindings)
