"""Keeping a whole group of pushes with a handful of statements: each answer of a server costs a trip to it and back.

    which are there already? -> the new ones in one INSERT -> the repeats counted in two more

Rules
- Row for row the outcome is that of `PushWriter`, which also does what is rare: a label that was never seen before.

What does not belong here: what a row is made of (`sql.push_rows`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from afterchat.store.ports import Arrival, Outcome
from afterchat.store.queries import read_queries
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.push_rows import PushWriter, locality_of, push_digest, storable

__all__ = ["GroupWriter"]

APPEND_SQL = read_queries(Path(__file__).with_name("append.sql"))


class _Known(NamedTuple):
    """A push that is there, or will be with this group."""

    id: int
    signed_at: int


class GroupWriter(PushWriter):
    """See `PushWriter`; for a database to which every statement is a trip."""

    def write_all(self, connection: Connection, arrivals: Sequence[Arrival]) -> list[Outcome]:
        labels = [(one.tenant, one.event_type, one.key_id, one.scheme) for one in arrivals]
        numbers = {label: self._numbers(connection, label) for label in set(labels)}
        if any(None in found for found in numbers.values()):
            return super().write_all(connection, arrivals)
        return self._write(connection, arrivals, [numbers[label] for label in labels])

    def _numbers(self, connection: Connection, label: Sequence[str]) -> tuple[Any, ...]:
        return tuple(self.names.find(connection, storable(text)) for text in label)

    def _write(
        self, connection: Connection, arrivals: Sequence[Arrival], numbers: Sequence[tuple[int, ...]]
    ) -> list[Outcome]:
        keys = [(found[0], locality_of(one.body), one.sha256) for found, one in zip(numbers, arrivals, strict=True)]
        known = self._known(connection, keys)
        next_id = connection.execute(connection.sql.inbox["last_push_id"]).get + 1
        outcomes: list[Outcome] = []
        rows: list[tuple[Any, ...]] = []
        repeats: Counter[int] = Counter()
        signed_again: Counter[tuple[int, int]] = Counter()
        for key, found, arrival in zip(keys, numbers, arrivals, strict=True):
            there = known.get(key)
            if there is None:
                known[key] = _Known(next_id, arrival.signed_at)
                rows.append(self._row(next_id, key[1], found, arrival))
                next_id += 1
                outcomes.append(Outcome.NEW)
                continue
            outcomes.append(Outcome.DUPLICATE)
            repeats[there.id] += 1
            if arrival.signed_at != there.signed_at:
                signed_again[there.id, arrival.signed_at] += 1
        if rows:
            connection.execute(APPEND_SQL["insert_pushes"], _columns(rows))
        self._count(connection, repeats, signed_again)
        return outcomes

    @staticmethod
    def _known(connection: Connection, keys: Sequence[tuple[int, int, bytes]]) -> dict[tuple[int, int, bytes], _Known]:
        """Those of the keys that are in the inbox."""
        rows = connection.execute(APPEND_SQL["known_pushes"], _columns(keys))
        return {keys[place - 1]: _Known(id_, signed_at) for place, id_, signed_at in rows}

    def _row(self, id_: int, locality: int, numbers: tuple[int, ...], arrival: Arrival) -> tuple[Any, ...]:
        tenant_id, *others = numbers
        texts = [storable(text) for text in (arrival.tenant, arrival.event_type, arrival.key_id, arrival.scheme)]
        dictionary_id, stored = self.compressor.compress(arrival.body)
        size = len(arrival.body)
        digest = push_digest(
            id_, locality, arrival.signed_at, arrival.arrived_at, size, dictionary_id, texts, arrival.sha256, stored
        )
        moments = (arrival.signed_at, arrival.arrived_at)
        return (id_, tenant_id, locality, *others, *moments, size, dictionary_id, arrival.sha256, digest, stored)

    @staticmethod
    def _count(connection: Connection, repeats: Counter[int], signed_again: Counter[tuple[int, int]]) -> None:
        if not repeats:
            return
        connection.execute(APPEND_SQL["count_repeats"], _columns(list(repeats.items())))
        if signed_again:
            rows = [(*key, count) for key, count in signed_again.items()]
            connection.execute(APPEND_SQL["note_repeats"], _columns(rows))
        connection.execute(connection.sql.inbox["add_to_tally"], (repeats.total(),))


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The rows as arrays, one for each column."""
    return tuple(list(column) for column in zip(*rows, strict=True))
