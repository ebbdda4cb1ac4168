"""The records' part of an erasure, and of ageing: rows made again from pushes that were blanked.

    order `erase_records` waits -> rows of its pushes made again, a portion at each step -> file written anew -> settled
    the inbox aged further      -> records that have more left than their push made again, a portion at each step

Rules
- One step is one portion, taken by the projector's loop between two of its batches, and never beside a rebuild: what
  the loop read before an erasure is applied before it, and what it reads later is blank.
- An order is carried out from its beginning after a restart: rows that are blank already are written again as they are.
- Nothing is remembered of ageing: after a start all aged records are looked at once more, which finds what was left.

What does not belong here: blanking the inbox (`server`), which runs first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from afterchat.clock import Clock
from afterchat.errors import CallerError
from afterchat.projector.projection import project
from afterchat.store.erasure import ERASE_RECORDS, Erasure, read_erasure, settled
from afterchat.store.ports import Inbox, Order, Registry
from afterchat.store.redaction import Age, InboxRedaction, RecordRedaction

__all__ = ["Ageing", "Erasures", "erase_records", "remake"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_PORTION_ROWS = 100
_AGEING_ROWS = 500
_AGEING_LOOK_SECONDS = 10.0
_ANEW_SECONDS = 86_400.0
"""Other forms of the records are made again once a day at most because some rows aged."""


async def remake(inbox: Inbox, redaction: RecordRedaction, inbox_ids: Sequence[int]) -> int:
    """Make the rows of these pushes again; how many changed. Raises StoreUnavailableError."""
    found = [await inbox.read_after(inbox_id - 1, 1) for inbox_id in inbox_ids]
    wanted = frozenset(inbox_ids)
    rows = [row for page in found for row in page if row.id in wanted]
    batch = project(rows, (), (), inbox_cursor=0, repeat_cursor=0, now_ms=0)
    return await redaction.rewrite(batch.sessions, batch.unreadable)


async def erase_records(
    inbox: Inbox, redaction: RecordRedaction, erasure: Erasure, forget_forms: Callable[[], None]
) -> int:
    """All but folding the log, for a process that has nothing else to do; how many rows changed."""
    count = 0
    for start in range(0, len(erasure.pushes), _PORTION_ROWS):
        count += await remake(inbox, redaction, erasure.pushes[start : start + _PORTION_ROWS])
    return count + await _write_anew(redaction, erasure, forget_forms)


async def _write_anew(redaction: RecordRedaction, erasure: Erasure, forget_forms: Callable[[], None]) -> int:
    count = await redaction.blank_drift(erasure.drift)
    await redaction.begin_anew()
    forget_forms()
    await redaction.compact()
    return count


class Erasures:
    """Carries out waiting `erase_records` orders, one at a time; `forget_forms` forgets other forms of the records."""

    def __init__(
        self,
        inbox: Inbox,
        redaction: RecordRedaction,
        registry: Registry,
        clock: Clock,
        *,
        forget_forms: Callable[[], None] = lambda: None,
    ) -> None:
        self._forget_forms = forget_forms
        self._inbox = inbox
        self._redaction = redaction
        self._registry = registry
        self._clock = clock
        self._look_at = clock.monotonic()
        self._order: Order | None = None
        self._erasure = Erasure("", 0)
        self._done = 0
        self._rows = 0
        self._is_written_anew = False

    async def step(self) -> bool:
        """One portion; True when there is more to do at once. Raises StoreUnavailableError: then it goes on later."""
        if self._order is None:
            await self._begin()
            return self._order is not None
        portion = self._erasure.pushes[self._done : self._done + _PORTION_ROWS]
        if portion:
            self._rows += await remake(self._inbox, self._redaction, portion)
            self._done += len(portion)
            return True
        if not self._is_written_anew:
            self._rows += await _write_anew(self._redaction, self._erasure, self._forget_forms)
            self._is_written_anew = True
        if not await self._redaction.fold_log():
            return False  # somebody reads; it is tried again behind the next batch
        result = await settled(self._erasure, self._rows, self._registry, self._clock.now_ms())
        await self._registry.settle_order(self._order.id, "done", result)
        _LOG.info("erasure %s: %d rows of the records are blank", self._erasure.id, self._rows)
        self._order = None
        return True

    async def _begin(self) -> None:
        if self._clock.monotonic() < self._look_at:
            return
        self._look_at = self._clock.monotonic() + _LOOK_SECONDS
        waiting = await self._registry.orders("waiting")
        order = next((one for one in waiting if one.kind == ERASE_RECORDS), None)
        if order is None:
            return
        try:
            self._erasure = read_erasure(order.argument)
        except CallerError as error:
            await self._registry.settle_order(order.id, "failed", str(error))
            return
        self._order, self._done, self._rows, self._is_written_anew = order, 0, 0, False


class Ageing:
    """Follows the inbox as what is too old in it is blanked."""

    def __init__(self, inbox: Inbox, aged: InboxRedaction, redaction: RecordRedaction, clock: Clock) -> None:
        self._inbox = inbox
        self._aged = aged
        self._redaction = redaction
        self._clock = clock
        self._look_at = clock.monotonic()
        self._anew_at = clock.monotonic()
        self._through: dict[Age, int] = {}
        self._reached = dict.fromkeys(Age, 0)
        self._is_changed = False

    async def step(self) -> bool:
        """One portion; True when there is more to do at once. Raises StoreUnavailableError."""
        age = self._behind()
        if age is None:
            await self._look()
        else:
            await self._follow(age, self._through[age])
        return self._behind() is not None

    def _behind(self) -> Age | None:
        return next((age for age, through in self._through.items() if self._reached[age] < through), None)

    async def _follow(self, age: Age, through: int) -> None:
        left, reached = await self._redaction.aged_left(age, self._reached[age], through, _AGEING_ROWS)
        for start in range(0, len(left), _PORTION_ROWS):
            if await remake(self._inbox, self._redaction, left[start : start + _PORTION_ROWS]):
                self._is_changed = True
        self._reached[age] = reached

    async def _look(self) -> None:
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _AGEING_LOOK_SECONDS
        if self._is_changed and now >= self._anew_at:
            await self._redaction.begin_anew()
            self._is_changed, self._anew_at = False, now + _ANEW_SECONDS
        self._through = await self._aged.blanked_through()
