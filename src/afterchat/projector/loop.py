"""The projector's loop: read after the cursors, project, apply, again; it never loses a row and never spins.

    read rows and repeats -> nothing new -> wait, longer each time up to idle_seconds
                          -> project -> apply (rows and cursors in one transaction) -> again, at once if full
    StoreUnavailableError  -> wait, longer each time up to a bound -> again from the cursors in the records

Rules
- What was applied is known from the cursors in the records alone; nothing is remembered across a failure.
- A repeat is handed in only after the row it repeats, so the store always knows the revision that it raises.
- A cause of failure is logged once when it begins and once when it ends.
- While idle, an empty batch is applied now and then: `applied_at` in the records shows that the projector lives.

What does not belong here: what a row means (`projection`), who starts this loop and in which process (`cli`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence

from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.projector.projection import project
from afterchat.store.ports import Applied, Inbox, InboxRow, Records, Repeat

__all__ = ["HEARTBEAT_SECONDS", "project_once", "run_projector"]

_LOG = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
"""How old `applied_at` may get while nothing arrives; costs one small unsynced write."""

_RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits after a failure; the last one repeats, so the lag ends within seconds of the outage."""

_GAP_READ_MAX = 8
"""Rows read for nothing between two that are wanted; about what one more question costs."""


async def run_projector(
    inbox: Inbox,
    records: Records,
    clock: Clock,
    stop: asyncio.Event,
    *,
    batch_rows: int = 1000,
    gather_seconds: float = 0.02,
    idle_seconds: float = 0.2,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
    aside: Callable[[], Awaitable[bool]] | None = None,
) -> None:
    """Project until `stop` is set; the batch under way is finished first.

    `batch_rows` bounds rows and repeats of one transaction each; raises nothing but what is no outage.
    After a batch that was not full it waits `gather_seconds`: many small transactions cost more than a large one.
    While nothing arrives the wait doubles up to `idle_seconds`, which bounds both the idle cost and the lag.
    `aside` does one piece of other work after each batch and says whether there is more: `rebuild.Rebuilds.step`.
    """
    failures = 0
    cause = ""
    applied_at = clock.monotonic()
    pause = min(gather_seconds, idle_seconds)
    while not stop.is_set():
        try:
            applied = await project_once(inbox, records, clock, batch_rows=batch_rows)
            is_busy = aside is not None and await aside()
            if applied is None and clock.monotonic() - applied_at >= heartbeat_seconds:
                await _beat(records, clock)
                applied_at = clock.monotonic()
        except StoreUnavailableError as error:
            if str(error) != cause:
                cause = str(error)
                _LOG.warning("the projector waits for the store: %s", cause)
            await _wait(stop, _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
            failures += 1
            continue
        if failures:
            _LOG.info("the projector goes on after %d failed attempts", failures)
            failures, cause = 0, ""
        if applied is not None:
            applied_at = clock.monotonic()
            pause = min(gather_seconds, idle_seconds)
        if is_busy or (applied is not None and _is_full(applied, batch_rows)):
            await asyncio.sleep(0)
        else:
            await _wait(stop, pause)
            pause = min(pause * 2, idle_seconds)


def _is_full(batch: Applied, batch_rows: int) -> bool:
    """Whether more rows are likely to wait behind this batch."""
    return len(batch.sessions) + len(batch.unreadable) + batch.other_event_count >= batch_rows


async def project_once(inbox: Inbox, records: Records, clock: Clock, *, batch_rows: int) -> Applied | None:
    """One batch from where the records stand; None when nothing is new. Raises StoreUnavailableError."""
    inbox_cursor, repeat_cursor = await records.cursors()
    rows = await inbox.read_after(inbox_cursor, batch_rows)
    reached = rows[-1].id if rows else inbox_cursor
    repeats = _of_rows_up_to(await inbox.repeats_after(repeat_cursor, batch_rows), reached)
    if not rows and not repeats:
        return None
    batch = project(
        rows,
        repeats,
        await _repeated_rows(inbox, repeats, up_to=inbox_cursor),
        inbox_cursor=inbox_cursor,
        repeat_cursor=repeat_cursor,
        now_ms=clock.now_ms(),
    )
    await records.apply(batch)
    return batch


def _of_rows_up_to(repeats: Sequence[Repeat], inbox_id: int) -> Sequence[Repeat]:
    """The first repeats, up to one whose row was not read yet; the rest waits for its row."""
    for position, repeat in enumerate(repeats):
        if repeat.inbox_id > inbox_id:
            return repeats[:position]
    return repeats


async def _repeated_rows(inbox: Inbox, repeats: Sequence[Repeat], *, up_to: int) -> list[InboxRow]:
    """The rows of those repeats that were applied before, each once.

    They are read in runs of neighbouring ids, because whoever sends again sends much again.
    `read_after` rather than `get`: a row whose body is damaged must not stop the others.
    """
    wanted = sorted({repeat.inbox_id for repeat in repeats if repeat.inbox_id <= up_to})
    rows: list[InboxRow] = []
    for first, last in _runs(wanted):
        rows += await inbox.read_after(first - 1, last - first + 1)
    chosen = set(wanted)
    return [row for row in rows if row.id in chosen]


def _runs(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of ascending ids that lie so near each other that reading on is cheaper than asking again."""
    first = last = 0
    for position, inbox_id in enumerate(ids):
        if position and inbox_id - last > _GAP_READ_MAX:
            yield first, last
            first = inbox_id
        elif not position:
            first = inbox_id
        last = inbox_id
    if ids:
        yield first, last


async def _beat(records: Records, clock: Clock) -> None:
    """An empty batch: the cursors stay, `applied_at` moves."""
    inbox_cursor, repeat_cursor = await records.cursors()
    await records.apply(Applied((), (), (), (), 0, inbox_cursor, repeat_cursor, clock.now_ms()))


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait that long, or until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
