"""All sessions as columns, kept up with the feed of changes: segments in memory, sealed ones in files.

    feed -> a small segment for each batch -> merged like the digits of a counter -> sealed at SEGMENT_ROWS -> a file

Rules
- Segments follow each other in the order of their versions; what lives in them is each session once, as it is now.
- A session that changed dies where it stood and lives anew at the end.
- Files are a chain from the first version on; what is missing, damaged or was taken back by the records ends it,
  and what comes behind is read again.
- What is shown is a state that the records were in: a first reading is shown when it is whole.
- One process keeps the files of a folder; another one keeps its columns in memory only.
- Heavy work runs in a thread on values that nobody changes; only the loop's thread replaces what `snapshot` gives.

What does not belong here: what is asked of the columns (`selection`, `ordering`).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from afterchat.columns.distinct import distinct
from afterchat.columns.segment import Segment, merged, segment_of
from afterchat.columns.segment_file import DamagedColumnsError, Opened, read_segment, write_segment
from afterchat.columns.selection import Mask
from afterchat.columns.snapshot import Living, Snapshot
from afterchat.store.changes import Changes

__all__ = ["BATCH_ROWS", "SEGMENT_ROWS", "ColumnTable"]

_LOG = logging.getLogger(__name__)

SEGMENT_ROWS = 65_536
"""Rows of a sealed segment: its columns fit a processor's cache, and a million sessions are sixteen of them."""
BATCH_ROWS = 8_192
"""Rows read at a time: about a tenth of a second of work."""
_DEAD_SHARE_MAX = 0.5
"""A segment with more dead rows than this is made anew without them."""
_ENDING = ".columns"


class ColumnTable:
    """The columns of one store; `folder` is None to keep them in memory only."""

    def __init__(self, folder: Path | None, *, segment_rows: int = SEGMENT_ROWS, batch_rows: int = BATCH_ROWS) -> None:
        self._folder, self._lock = _owned(folder)
        self._segment_rows = segment_rows
        self._batch_rows = batch_rows
        self._generation = ""
        self._version = 0
        self._segments: tuple[Living, ...] = ()
        self._shown = Snapshot(0, ())
        self._is_damaged = False

    def snapshot(self) -> Snapshot:
        """Everything up to the last look at the feed that came to its end."""
        return self._shown

    def damaged(self) -> None:
        """Somebody met a damaged file: the next look at the feed makes the columns again."""
        self._is_damaged = True

    def forget(self) -> None:
        """Throw files and rows away; the next look at the feed makes them again, without what the records lost."""
        self._remove_files(())
        self._generation, self._version, self._segments = "", 0, ()
        self._is_damaged = False

    def close(self) -> None:
        """Let another process keep the files."""
        if self._lock is not None:
            self._lock.close()

    async def follow(self, changes: Changes) -> bool:
        """Apply everything new; says whether anything was. Raises StoreUnavailableError."""
        generation = await changes.generation()
        if self._is_damaged:
            self.forget()
        has_changed = False
        if generation != self._generation:
            if not await changes.stands(self._generation, self._version):
                await self._begin(changes)
                has_changed = True
            self._generation = generation
        while rows := await changes.changes_after(self._version, self._batch_rows):
            if await changes.generation() != generation:
                return True  # written by another process meanwhile: the next look finds out from where
            self._segments = await asyncio.to_thread(self._with, rows)
            self._version = rows[-1][0]
            has_changed = True
        if has_changed:
            self._shown = Snapshot(self._version, self._segments)
        return has_changed

    async def _begin(self, changes: Changes) -> None:
        """What the files hold of these records; everything else is thrown away."""
        chain = await asyncio.to_thread(self._chain)
        while chain and not await changes.stands(chain[-1].generation, chain[-1].segment.last_version):
            chain.pop()
        self._segments = await asyncio.to_thread(self._living_of_files, [one.segment for one in chain])
        self._version = self._segments[-1].segment.last_version if self._segments else 0

    def _chain(self) -> list[Opened]:
        """The files that follow each other from the first version on."""
        chain: list[Opened] = []
        for path in sorted(self._folder.glob(f"*{_ENDING}")) if self._folder is not None else ():
            try:
                opened = read_segment(path, self.damaged)
            except (DamagedColumnsError, OSError) as error:
                _LOG.warning("columns are made again from here on: %s", error)
                break
            if opened.after != (chain[-1].segment.last_version if chain else 0):
                break
            chain.append(opened)
        return chain

    def _living_of_files(self, segments: Sequence[Segment]) -> tuple[Living, ...]:
        try:
            living = _living_of(segments)
        except DamagedColumnsError as error:
            _LOG.warning("the columns are made again: %s", error)
            living, segments, self._is_damaged = (), (), False
        self._remove_files(segment.file_name for segment in segments)
        return living

    def _with(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Living, ...]:
        """The segments with one more batch; runs in a thread."""
        added = segment_of(rows)
        segments = [*_without(self._segments, added), Living(added)]
        while len(segments) > 1 and _may_merge(segments[-2], segments[-1], self._segment_rows):
            one = merged(segments[-2:])
            segments[-2:] = [Living(one)] if one is not None else []
        kept: list[Living] = []
        for living in segments:
            if living.row_count or living.segment.file_name:
                kept.append(self._sealed(living, kept[-1].segment.last_version if kept else 0))
        return tuple(kept)

    def _sealed(self, living: Living, after: int) -> Living:
        """The same without its dead rows, when they are many, and in a file if it is full or was in one."""
        compacted = _compacted(living)
        segment = compacted.segment
        if self._folder is None or segment.file_name:
            return compacted
        if segment.row_count < self._segment_rows and not living.segment.file_name:
            return compacted
        path = self._folder / f"{segment.first_version:019d}{_ENDING}"
        try:
            write_segment(path, segment, self._generation, after)
            return Living(read_segment(path, self.damaged).segment, compacted.rows)
        except OSError as error:
            _LOG.warning("a segment of the columns cannot be written and stays in memory: %s", error.strerror or error)
            return compacted

    def _remove_files(self, kept: Iterable[str]) -> None:
        if self._folder is None:
            return
        names = frozenset(kept)
        for path in (*self._folder.glob(f"*{_ENDING}"), *self._folder.glob("*.draft")):
            if path.name not in names:
                with contextlib.suppress(OSError):
                    path.unlink()


def _owned(folder: Path | None) -> tuple[Path | None, IO[bytes] | None]:
    """The folder and our lock on it, or nothing when another process has it or it cannot be had."""
    if folder is None:
        return None, None
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb")
    except OSError as error:
        _LOG.warning("the columns stay in memory, their folder cannot be written: %s", error.strerror or error)
        return None, None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None, None
    return folder, lock


def _may_merge(one: Living, after: Living, segment_rows: int) -> bool:
    """Neighbours of about one size, which together are at most about one sealed segment."""
    is_open = not one.segment.file_name and one.row_count < segment_rows
    return is_open and one.row_count <= 2 * after.row_count


def _compacted(living: Living) -> Living:
    """The same without its dead rows, when they are many."""
    if living.row_count >= living.segment.row_count * (1 - _DEAD_SHARE_MAX):
        return living
    kept = merged([living])
    return living if kept is None else Living(kept)


def _without(segments: Sequence[Living], added: Segment) -> list[Living]:
    """The segments in which the sessions of `added` are dead."""
    ids = distinct(added.numbers["id"].values.astype(np.int64))
    keys = frozenset(_keys(added, np.arange(added.row_count)))
    return [_killed(living, ids, keys) for living in segments]


def _killed(living: Living, ids: Any, keys: frozenset[tuple[str, int]]) -> Living:
    rows = living.segment.rows_with_ids(ids)
    dying = [row for row, key in zip(rows.tolist(), _keys(living.segment, rows), strict=True) if key in keys]
    if not dying:
        return living
    alive: Mask = np.ones(living.segment.row_count, dtype=np.bool_) if living.rows is None else living.rows.copy()
    alive[dying] = False
    return Living(living.segment, alive)


def _keys(segment: Segment, rows: Any) -> list[tuple[str, int]]:
    tenants = segment.texts["tenant"]
    names = [tenants.words[code] for code in tenants.codes[rows].tolist()]
    return list(zip(names, segment.numbers["id"].values[rows].tolist(), strict=True))


def _living_of(segments: Sequence[Segment]) -> tuple[Living, ...]:
    """Each session lives where it stands last."""
    living: list[Living] = []
    for segment in segments:
        living = [*_without(living, segment), Living(segment)]
    return tuple(living)
