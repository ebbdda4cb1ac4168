"""One export from its first row to its sha256: batches in, bytes out, never more than a batch in memory.

    job = ExportJob(FORMATS["csv"], layout, batches, row_count_total=None)
    async for piece in job.pieces(): ...
    job.outcome          rows, bytes and sha256, once the last piece was taken

Encoding runs in a worker thread, so the loop goes on answering; a reader that takes pieces slowly slows the export down
and nothing piles up.
`cancel` ends it at the next batch; so does a reader that goes away.
What a format holds, such as a private folder, is given back in every case.

What does not belong here: which sessions (`query`), who may export what, where the file goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from hashlib import sha256
from typing import NamedTuple, TypeVar

from afterchat.errors import CallerError
from afterchat.export.batch import Batch
from afterchat.export.columns import Layout
from afterchat.export.formats import Format, Writer

__all__ = ["ExportCancelledError", "ExportJob", "Outcome", "Progress", "Source"]

_Result = TypeVar("_Result")

Source = AsyncGenerator[Batch, None]
"""Batches in the order of the file; a few hundred sessions each are fastest, because they stay in the cache."""


class ExportCancelledError(CallerError):
    """Whoever asked for the export ended it; what was handed out is no whole file."""


class Progress(NamedTuple):
    """How far an export is."""

    row_count: int
    row_count_total: int | None
    """None where nobody counted."""
    byte_count: int


class Outcome(NamedTuple):
    """What a whole export was."""

    row_count: int
    byte_count: int
    sha256: str
    """Of all bytes, lower-case hex."""


class ExportJob:
    """One export; its pieces can be taken once."""

    def __init__(self, form: Format, layout: Layout, source: Source, row_count_total: int | None = None) -> None:
        self._form = form
        self._layout = layout
        self._source = source
        self._total = row_count_total
        self._row_count = 0
        self._byte_count = 0
        self._digest = sha256()
        self._is_cancelled = False
        self.outcome: Outcome | None = None
        """Set once the last piece was taken."""

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return Progress(self._row_count, self._total, self._byte_count)

    def cancel(self) -> None:
        """End it at the next batch: `pieces` raises ExportCancelledError."""
        self._is_cancelled = True

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the file, in order, none of them empty.

        Raises OperatorError when the format needs a library that is missing, before the first piece,
        ExportCancelledError, and whatever the source raises.
        """
        held: list[Writer] = []
        try:
            async with aclosing(self._source), aclosing(self._written(held)) as pieces:
                async for piece in pieces:
                    if piece:
                        self._digest.update(piece)
                        self._byte_count += len(piece)
                        yield piece
        finally:
            for writer in held:
                writer.close()
        self.outcome = Outcome(self._row_count, self._byte_count, self._digest.hexdigest())

    async def _written(self, held: list[Writer]) -> AsyncGenerator[bytes, None]:
        """What the writer gives, step by step; `held` is where it is found by whoever closes it."""

        def begun() -> bytes:
            held.append(self._form.writer(self._layout))
            return held[0].begin()

        yield await _in_thread(begun)
        (writer,) = held
        async for batch in self._source:
            self._stop_if_cancelled()
            if len(batch):
                yield await _in_thread(partial(self._encoded, writer, batch))
                self._row_count += len(batch)
        rest = writer.end()
        while (piece := await _in_thread(partial(next, rest, None))) is not None:
            self._stop_if_cancelled()
            yield piece

    def _encoded(self, writer: Writer, batch: Batch) -> bytes:
        return writer.rows(batch.masked(self._layout.masks))

    def _stop_if_cancelled(self) -> None:
        if self._is_cancelled:
            raise ExportCancelledError("the export was cancelled; start it again for a whole file")


async def _in_thread(work: Callable[[], _Result]) -> _Result:
    """The result of `work`, done in a thread; when the caller is cancelled, the thread is waited for.

    So nothing is given back while a thread still uses it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
