"""Columns of rows that a test has at hand, without store or files."""

from __future__ import annotations

from collections.abc import Iterable

from afterchat.columns.layout import change_of
from afterchat.columns.segment import segment_of
from afterchat.columns.snapshot import Living, Snapshot
from afterchat.store.ports import SessionRow

__all__ = ["snapshot_of"]

_SEGMENT_ROWS = 65_536


def snapshot_of(rows: Iterable[SessionRow], *, segment_rows: int = _SEGMENT_ROWS) -> Snapshot:
    """A snapshot of sessions of which no two have the same tenant and id."""
    changes = [change_of(row, number) for number, row in enumerate(rows, start=1)]
    pieces = [changes[start : start + segment_rows] for start in range(0, len(changes), segment_rows)]
    return Snapshot(len(changes), tuple(Living(segment_of(piece)) for piece in pieces))
