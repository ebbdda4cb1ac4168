"""The simulated contact centre of the demonstration: its events, handed in to the sender over HTTP as they happen.

It opened some time ago: what is past comes at full speed, and then it goes on in real time.
It always begins in the morning of its own day, so that somebody is there whenever it is shown.
It runs in a thread, because handing in waits for a socket.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from afterchat.cli.delivery import read_target
from afterchat.cli.handing_in import BATCH_ITEMS_MAX, Door
from afterchat.clock import Clock
from afterchat.contract.codec import encode
from afterchat.engine import write_event
from afterchat.errors import AfterchatError
from afterchat.simulator.centre import Centre
from afterchat.simulator.pacing import Pace, Paced
from afterchat.simulator.sample import VENDOR_SAMPLE

__all__ = ["CentreThread"]

_DAY_MS = 86_400_000
_OPENS_AT_MS = 1 * 3_600_000
"""09:00 in China, by UTC."""
_SESSIONS_PER_DAY = 10_000
_SESSIONS_PER_HOUR = 400
"""So many end in an hour of the morning; measured."""
_FIRST_END_MS = 10 * 60_000
"""So long a centre that just opened has hardly anything to report."""
_WAIT_SECONDS_MAX = 0.5


class _Plan(NamedTuple):
    """Where the events go."""

    url: str
    token: str


class CentreThread:
    """The centre at work; `on_trouble` is told, from its thread, when the sender is away, and when it is back ("")."""

    def __init__(
        self, url: str, token: str, clock: Clock, past_session_count: int, on_trouble: Callable[[str], None]
    ) -> None:
        self._plan = _Plan(url, token)
        self._clock = clock
        self._on_trouble = on_trouble
        self._stop = threading.Event()
        self._past_session_count = past_session_count
        self._thread = threading.Thread(target=self._work, name="contact centre", daemon=True)
        self.has_caught_up = threading.Event()
        """Everything past was handed in."""
        self.event_count = 0

    def start(self) -> None:
        """Open the doors."""
        self._thread.start()

    def stop(self) -> None:
        """Hand in nothing more; waits for the request under way."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        records, events = self._door("/v1/records"), self._door("/v1/events")
        try:
            self._hand_in(records, [encode(VENDOR_SAMPLE)])
            for batch in self._batches():
                self._hand_in(events, batch)
                self.event_count += len(batch)
                if self._stop.is_set():
                    return
        finally:
            records.close()
            events.close()

    def _door(self, path: str) -> Door:
        target = read_target(self._plan.url)._replace(path=path)
        return Door(target, self._plan.token, self._stop.wait)

    def _hand_in(self, door: Door, batch: list[bytes]) -> None:
        """Until it is taken, or the demonstration ends."""
        is_away = False
        while batch and not self._stop.is_set():
            try:
                door.hand_in(batch)
            except AfterchatError as error:
                if not is_away and not self._stop.is_set():
                    self._on_trouble(str(error))
                is_away = True
                self._stop.wait(1.0)
                continue
            if is_away:
                self._on_trouble("")
            return

    def _batches(self) -> Iterator[list[bytes]]:
        """What is due, in batches; waits for what is to come."""
        batch: list[bytes] = []
        for paced in self._events():
            while paced.send_at > self._clock.now_ms() and not self._stop.is_set():
                if batch:
                    yield batch
                    batch = []
                self.has_caught_up.set()
                seconds = (paced.send_at - self._clock.now_ms()) / 1000
                self._stop.wait(min(max(seconds, 0.0), _WAIT_SECONDS_MAX))
            batch.append(write_event(paced.event))
            if len(batch) >= BATCH_ITEMS_MAX:
                yield batch
                batch = []

    def _events(self) -> Iterator[Paced]:
        now = self._clock.now_ms()
        count = self._past_session_count
        past_ms = _FIRST_END_MS + count * 3_600_000 // _SESSIONS_PER_HOUR if count else 0
        begin_at = now - now % _DAY_MS + _OPENS_AT_MS
        centre = Centre(now // 1000, begin_at, sessions_per_day=_SESSIONS_PER_DAY, first_session_id=now)
        return Pace(begin_at, now - past_ms, now).play(centre.events())
