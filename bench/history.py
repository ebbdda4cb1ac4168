"""A store whose records hold as many sessions as wanted: weeks of the simulated contact centre, repeated through time.

    python -m bench.history FOLDER SESSIONS [DAYS]

The sessions of a few weeks are played through the real engine once, and then told again with other ids and staff,
moved through the span of days so that hours of the day stay what they are.
The records are written as the projector writes them; there are no raw bodies behind them, so nothing here measures
receiving.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import sys
from collections.abc import Iterator
from itertools import islice

import msgspec

from afterchat.contract.record import SessionRecord, latest_moment
from afterchat.engine import Session
from afterchat.simulator.centre.centre import Centre
from afterchat.store.open import open_store
from afterchat.store.ports import Applied, Projected

__all__ = ["ended_records", "fill_records"]

DAY_MS = 86_400_000
SEED = 5
TEMPLATES = 30_000
SESSIONS_PER_DAY = 3_000
STAFF = 40
BATCH_ROWS = 2_000
END_MS = 1_790_000_000_000
"""When the newest session ended; fixed, so that a store is the same on every machine."""

_MOMENTS = ("end_time", "start_time", "staff_first_reply_time", "client_first_message_time", "treated_time")
_MOMENT_TEXTS = ("staff_invited_evaluate_time", "user_join_evaluate_time")
_IDS = ("id", "related_id", "human_transfer_session_id")


def ended_records(count: int, *, seed: int = SEED, begin_at: int = END_MS - 30 * DAY_MS) -> Iterator[SessionRecord]:
    """The last record of each of so many sessions, in the order in which they ended; timers run by the events' time."""
    centre = Centre(seed, begin_at, sessions_per_day=SESSIONS_PER_DAY, staff_count=STAFF, first_session_id=1)
    sessions: dict[int, Session] = {}
    due: list[tuple[int, int]] = []
    told: dict[int, SessionRecord] = {}
    for event in centre.events():
        while due and due[0][0] <= event.at:
            _, session_id = heapq.heappop(due)
            ending = sessions[session_id]
            if ending.due is not None and ending.due.at <= event.at:
                _note(told, ending.feed(ending.due.event).record)
                _wait(due, ending)
        session = sessions.setdefault(event.session, Session(event.session))
        _note(told, session.feed(event).record)
        _wait(due, session)
        if len(told) >= count + SESSIONS_PER_DAY:  # late ratings of the first so many have come by then
            break
    yield from islice(told.values(), count)


def _note(told: dict[int, SessionRecord], record: SessionRecord | None) -> None:
    if record is not None:
        told[record.id] = record


def _wait(due: list[tuple[int, int]], session: Session) -> None:
    if session.due is not None:
        heapq.heappush(due, (session.due.at, session.id))


async def fill_records(url: str, session_count: int, days: int, *, tenant: str = "default") -> None:
    """Write the records of so many sessions, the newest at END_MS, spread over so many days; the store is made."""
    templates = _up_to_the_end(list(ended_records(min(TEMPLATES, session_count))))
    span = max(1, templates[-1].end_time - templates[0].end_time) // DAY_MS + 1
    rounds = -(-session_count // len(templates))
    store = await open_store(url, frozenset({"records", "registry", "inbox"}))
    try:
        await store.registry.put_tenant(tenant, "both", END_MS)
        made = 0
        while made < session_count:
            count = min(BATCH_ROWS, session_count - made)
            rows = [
                _row(templates, number, steps=(rounds, max(0, days - span)), tenant=tenant)
                for number in range(made, made + count)
            ]
            made += count
            await store.records.apply(Applied(rows, (), (), (), 0, made, 0, END_MS))
    finally:
        await store.close()


def _up_to_the_end(records: list[SessionRecord]) -> list[SessionRecord]:
    """The same sessions, moved by whole days so that the last ones end in the day before END_MS."""
    days = (END_MS - max(record.end_time for record in records)) // DAY_MS
    return [_moved(record, 0, days * DAY_MS) for record in records]


def _row(templates: list[SessionRecord], number: int, *, steps: tuple[int, int], tenant: str) -> Projected:
    """The session of that number; `steps` is how often the templates are told, and over how many days that is laid."""
    rounds, spare_days = steps
    round_number, place = divmod(number, len(templates))
    steps_back = (rounds - 1 - round_number) * spare_days // max(1, rounds - 1)
    record = _moved(templates[place], round_number * 10**9, -steps_back * DAY_MS)
    return Projected(
        inbox_id=number + 1,
        tenant=tenant,
        session_id=record.id,
        signed_at=record.end_time // 1000,
        arrived_at=record.end_time + 500,
        sha256=hashlib.sha256(record.id.to_bytes(8, "big")).digest(),
        latest_moment=latest_moment(record),
        record=record,
        problems=(),
    )


def _moved(record: SessionRecord, id_shift: int, ms: int) -> SessionRecord:
    """The same session at another time, under another id."""
    if not id_shift and not ms:
        return record
    numbers = {name: getattr(record, name) + ms for name in _MOMENTS if getattr(record, name) > 0}
    texts = {name: str(int(getattr(record, name)) + ms) for name in _MOMENT_TEXTS if getattr(record, name) != "-1"}
    ids = {name: getattr(record, name) + id_shift for name in _IDS if getattr(record, name) > 0}
    return msgspec.structs.replace(record, **numbers, **texts, **ids)


if __name__ == "__main__":
    folder, count, *rest = sys.argv[1:]
    asyncio.run(fill_records(f"sqlite:///{folder}", int(count), int(rest[0]) if rest else 365))
