"""The simulated contact centre of the demonstration: its events, handed in to the sender over HTTP as they happen.

Three quiet days lie behind it, and a busy morning that began just now: what is past comes at full speed, and then it
goes on in real time.
It is always morning there, so that somebody is there whenever it is shown; the days before have the hours of China.
It runs in a thread, because handing in waits for a socket.
What does not belong here: waiting for events and for the sender (`cli.playing`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

from afterchat.cli.delivery import read_target
from afterchat.cli.handing_in import Door
from afterchat.cli.playing import ATTEMPTS_MAX, Playing
from afterchat.clock import Clock
from afterchat.contract.codec import encode
from afterchat.engine import Event, SessionOpened, write_event
from afterchat.errors import AfterchatError
from afterchat.simulator.centre import Centre
from afterchat.simulator.pacing import Pace, Paced, backfill
from afterchat.simulator.sample import VENDOR_SAMPLE

__all__ = ["CentreThread"]

_DAY_MS = 86_400_000
_OPENS_AT_MS = 1 * 3_600_000
"""09:00 in China, by UTC."""
_SESSIONS_PER_DAY = 10_000
_EARLIER_DAYS = 3
"""So that yesterday can be asked about, and compared with the day before."""
_RECENT_PART = 4
"""One session of so many lies in the morning."""
_FIRST_END_MS = 10 * 60_000
"""So long a session takes, by and large; what just began has nothing to report."""


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
        self._stop = threading.Event()
        self._playing = Playing(clock, self._stop, on_trouble, waits_for=AfterchatError)
        self._past_session_count = past_session_count
        self._thread = threading.Thread(target=self._work, name="contact centre", daemon=True)
        self.has_caught_up = threading.Event()
        """Everything past was handed in."""

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
            self._playing.hand_in(records, [encode(VENDOR_SAMPLE)])
            for batch in self._playing.batches(self._events(), self.has_caught_up.set):
                self._playing.hand_in(events, [write_event(paced.event) for paced in batch])
        finally:
            records.close()
            events.close()

    def _door(self, path: str) -> Door:
        target = read_target(self._plan.url)._replace(path=path)
        return Door(target, self._plan.token, self._stop.wait, attempts_max=ATTEMPTS_MAX)

    def _events(self) -> Iterator[Paced]:
        now = self._clock.now_ms()
        recent_count = self._past_session_count // _RECENT_PART
        begin_at = now - now % _DAY_MS + _OPENS_AT_MS

        def centre() -> Centre:
            return Centre(now // 1000, begin_at, sessions_per_day=_SESSIONS_PER_DAY, first_session_id=now)

        past_ms = _past_ms(centre().events(), begin_at, recent_count)
        recent = Pace(begin_at, now - past_ms, now).play(centre().events())
        earlier = _earlier(now, now - past_ms, self._past_session_count - recent_count)
        return merge(earlier, recent, key=lambda paced: paced.event.at)


def _earlier(now: int, until: int, session_count: int) -> Iterator[Paced]:
    """Quiet days before: every session that began until then, to its end."""
    if not session_count:
        return
    begin_at = now - _EARLIER_DAYS * _DAY_MS
    per_day = max(1, session_count // _EARLIER_DAYS)
    centre = Centre(now // 1000, begin_at, sessions_per_day=per_day, first_session_id=begin_at)
    begun: set[int] = set()
    for paced in backfill(begin_at, now, _EARLIER_DAYS).play(centre.events()):
        event = paced.event
        if event.at > until + _DAY_MS:
            return
        if isinstance(event, SessionOpened) and event.at < until:
            begun.add(event.session)
        if event.session in begun:
            yield paced


def _past_ms(events: Iterable[Event], begin_at: int, session_count: int) -> int:
    """How long a centre is open until it has so many sessions to report; on a day with a surge that is soon."""
    if not session_count:
        return 0
    openings = (event.at for event in events if isinstance(event, SessionOpened))
    return next(islice(openings, session_count - 1, None)) - begin_at + _FIRST_END_MS
