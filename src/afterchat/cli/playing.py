"""Playing a simulation into a sender: what is due goes in batches, what is to come is waited for.

    for batch in playing.batches(pace.play(events), on_caught_up):
        answer = playing.hand_in(door, [write_event(paced.event) for paced in batch])

Rules
- No event is handed in before it happened, and none out of order.
- A sender that is away is waited for, and the events with it: nothing is dropped, nothing gathers in memory.
- Trouble is told once, and once more when it is over.
- Stopping lets the request under way have its answer, so what was counted is what was taken.

What does not belong here: when something happens (`simulator.pacing`), one request (`cli.handing_in`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from afterchat.cli.handing_in import BATCH_ITEMS_MAX, Door
from afterchat.clock import Clock
from afterchat.errors import AfterchatError
from afterchat.simulator.pacing import Paced

__all__ = ["ATTEMPTS_MAX", "Playing"]

ATTEMPTS_MAX = 2
"""Of one batch, before somebody is told; then it is tried again for as long as it takes."""
_AGAIN_SECONDS = 1.0
_WAIT_SECONDS_MAX = 0.5
"""The wall clock is looked at this often: it may be set while an event is waited for."""


class Playing:
    """One simulation on its way in, until `stop` is set.

    `on_trouble` hears why when the sender is away, and "" when it is back.
    `waits_for` are the errors that are waited out; any other ends the play.
    """

    def __init__(
        self,
        clock: Clock,
        stop: threading.Event,
        on_trouble: Callable[[str], None],
        waits_for: type[AfterchatError],
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._on_trouble = on_trouble
        self._waits_for = waits_for

    def batches(self, events: Iterable[Paced], on_caught_up: Callable[[], None]) -> Iterator[list[Paced]]:
        """What is due, in batches; `on_caught_up` is called before each wait, when nothing past is left."""
        batch: list[Paced] = []
        for paced in events:
            if self._stop.is_set():
                return
            if paced.send_at > self._clock.now_ms():
                if batch:
                    yield batch
                    batch = []
                on_caught_up()
                self._wait(paced.send_at)
            if self._stop.is_set():
                return
            batch.append(paced)
            if len(batch) >= BATCH_ITEMS_MAX:
                yield batch
                batch = []
        if batch:
            yield batch

    def hand_in(self, door: Door, items: Sequence[bytes]) -> dict[str, Any] | None:
        """The sender's answer, however long that takes; None when the play was stopped before there was one."""
        is_away = False
        while not self._stop.is_set():
            try:
                answer = door.hand_in(items)
            except self._waits_for as error:
                if not is_away and not self._stop.is_set():
                    self._on_trouble(str(error))
                is_away = True
                self._stop.wait(_AGAIN_SECONDS)
                continue
            if is_away:
                self._on_trouble("")
            return answer
        return None

    def _wait(self, until: int) -> None:
        while (left_ms := until - self._clock.now_ms()) > 0 and not self._stop.is_set():
            self._stop.wait(min(left_ms / 1000, _WAIT_SECONDS_MAX))
