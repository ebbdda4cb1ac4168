"""The ports by which stored bodies are blanked, each beside the owner of its file, and the data that crosses them.

    InboxRedaction    inbox.db    pushes and refused pushes
    RecordRedaction   records.db  rows that were made from them
    SenderRedaction   sender.db   events, pushes and answers

The same rules as for `ports`.
What blanks a body is handed in as a function of its bytes, which changes nothing when it is applied again: whoever is
interrupted asks again.

Rules
- A push keeps its identity, the sha256 of the bytes that arrived, so that the same bytes are a repeat for ever.
- Work is done in portions of one short transaction each; between two of them whoever else writes has a turn.
- What was overwritten is gone from the file and, after `fold_log`, from its log.

What does not belong here: whose bodies, and what is blank in them (`contract.person`, `contract.redaction`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from afterchat.store.ports import Projected, Unreadable
from afterchat.store.sending import JournalEvent

__all__ = ["Age", "Blank", "InboxRedaction", "RecordRedaction", "SenderRedaction", "SentBody"]

Blank = Callable[[bytes], bytes]
"""Makes of a body what may be kept of it."""


class Age(Enum):
    """What leaves a body as it grows old."""

    NETWORK = "network"
    """Addresses, and the queries of pages."""
    PERSONAL = "personal"
    """Everything personal."""


class SentBody(NamedTuple):
    """A push of the sender's, as it is looked at."""

    id: int
    tenant: str
    session: int
    body: bytes
    """Empty when it is damaged."""


class InboxRedaction(Protocol):
    """Blanking what arrived."""

    async def blank_pushes(self, ids: Sequence[int], blank: Blank, at: int) -> int:
        """How many of these pushes changed; damaged ones stay as they are."""

    async def blank_refused(self, ids: Sequence[int], blank: Blank) -> int:
        """The same for quarantined pushes; their sha256 is that of what is left."""

    async def blank_older(self, age: Age, before: int, row_count_max: int, blank: Blank, at: int) -> int:
        """Blank the next pushes that arrived before `before`, and remember how far that came; how many were looked at.

        In the order of arrival; the first that is younger ends it.
        """

    async def blanked_through(self) -> dict[Age, int]:
        """The greatest id that `blank_older` looked at, for each kind of ageing."""

    async def drop_refused(self, before: int, row_count_max: int) -> int:
        """Forget the oldest quarantined pushes that were refused before `before`; how many."""

    async def fold_log(self) -> bool:
        """Empty the write-ahead log into the file; False while a reader still needs it."""


class RecordRedaction(Protocol):
    """Blanking what was made of it."""

    async def rewrite(self, sessions: Sequence[Projected], unreadable: Sequence[Unreadable]) -> int:
        """Write those rows anew that these very pushes stand in; rank, counts of revisions and cursors stay."""

    async def blank_drift(self, notes: Sequence[tuple[str, str, str]]) -> int:
        """Empty the samples of these notes (tenant, kind, field); how often they were seen stays."""

    async def aged_left(self, age: Age, after: int, through: int, row_count_max: int) -> tuple[list[int], int]:
        """Of the next current records behind push `after`, up to `through`: those with too much left, and how far.

        Pushes that cannot be read are always among them.

        How far is `through` when there are no more.
        """

    async def begin_anew(self) -> None:
        """Give the records a new generation, so that every other form of them is thrown away and made again."""

    async def compact(self) -> None:
        """Write the file anew, without what was overwritten."""

    async def fold_log(self) -> bool:
        """Empty the write-ahead log into the file; False while a reader still needs it."""


class SenderRedaction(Protocol):
    """Blanking what was handed in and is sent on."""

    async def sent_after(self, push_id: int, row_count_max: int) -> list[SentBody]:
        """Pushes with a greater id, ascending."""

    async def events_after(self, number: int, row_count_max: int) -> list[tuple[int, str, int, JournalEvent]]:
        """(number, tenant, session, event) with a greater number, ascending."""

    async def blank_session(self, tenant: str, session: int, blank_event: Blank, blank_push: Blank) -> int:
        """Events, pushes and answers of one session; how many rows changed."""

    async def fold_log(self) -> bool:
        """Empty the write-ahead log into the file; False while a reader still needs it."""
