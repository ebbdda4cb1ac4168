"""Holds many open sessions at once and says how many bytes each takes.

`python -m bench.holding FORM METER` prints one JSON line.

Forms: which events the sessions were fed
- progress: up to a random event before the closing, as open sessions are met at any moment.
- end: all events before the closing.
- worst: all events before the closing, in sessions of one minute: all within the tolerance, so that none is settled.

Meters
- traced: what Python asked its allocators for, by tracemalloc.
- resident: what the kernel says the process grew by, with all that the allocators waste.

Every event comes as JSON of its own, as from a socket; policies are shared, texts are not.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random

from afterchat.engine import Session, read_event, write_event
from bench.conversations import SEED, Conversation, conversations, hurried

__all__: list[str] = []

_SESSIONS = 20_000
_WARM_UP_SESSIONS = 500
"""Fed and forgotten first, so that memory which Python keeps for itself is not counted."""


def main() -> None:
    """Measure what the command line names."""
    form, meter = sys.argv[1:]
    if meter == "traced":
        tracemalloc.start()
    read, chance, source = _METERS[meter], Random(SEED), conversations(SEED)
    for told in islice(source, _WARM_UP_SESSIONS):
        _open_session(form, told, chance)
    kept: list[Session | None] = [None] * _SESSIONS
    gc.collect()
    before, events = read(), 0
    for number, told in enumerate(islice(source, _SESSIONS)):
        kept[number], count = _open_session(form, told, chance)
        events += count
    gc.collect()
    print(json.dumps({"bytes": (read() - before) / _SESSIONS, "events": events / _SESSIONS}), flush=True)


def _open_session(form: str, told: Conversation, chance: Random) -> tuple[Session, int]:
    """A session that is open still, and how many events it was fed."""
    count = chance.randint(1, told.closing) if form == "progress" else told.closing
    events = hurried(told).events if form == "worst" else told.events
    session = Session(events[0].session)
    for event in events[:count]:
        session.feed(read_event(write_event(event)))
    return session, count


def _traced_bytes() -> int:
    return tracemalloc.get_traced_memory()[0]


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


_METERS: dict[str, Callable[[], int]] = {"traced": _traced_bytes, "resident": _resident_bytes}

if __name__ == "__main__":
    main()
