"""The port by which another form of the sessions, such as columns, follows the records.

A change has a number, its version; what changes again is found under the later one alone.

What does not belong here: the records themselves (`ports`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from afterchat.contract.record import FIELDS, CustomField
from afterchat.store.ports import Records

__all__ = ["CHANGE_COLUMNS", "Changes", "Projection", "Remainder"]

CHANGE_COLUMNS: tuple[str, ...] = (
    "version",
    "tenant",
    "inbox_id",
    "signed_at",
    "arrived_at",
    "revision_count",
    "problems",
    *(field.name for field in FIELDS if field.type is not tuple),
)
"""What one row of the feed of changes holds; `problems` is a JSON list of texts or None."""


class Remainder(NamedTuple):
    """What CHANGE_COLUMNS leave out of a session."""

    version: int
    """Of its last change, as the feed has it."""
    problems: tuple[str, ...]
    custom_field: tuple[CustomField, ...]


class Changes(Protocol):
    """The feed by which another form of the sessions is kept up to date; lives with the records."""

    async def generation(self) -> str:
        """Under which name versions are given now: new for each process that begins to write, and for a rebuild."""

    async def stands(self, generation: str, version: int) -> bool:
        """Whether everything up to `version`, as it was read under `generation`, is still part of these records.

        False after a rebuild, and where a power cut or a restored backup took it back: versions are then given again.
        """

    async def changes_after(self, version: int, row_count_max: int) -> list[tuple[Any, ...]]:
        """Sessions whose last change has a greater version, ascending, as rows of CHANGE_COLUMNS.

        A session that changes again gets a greater version and is no longer found under the one before.
        """

    async def remainders(self, inbox_ids: Sequence[int]) -> list[Remainder | None]:
        """Of the sessions that are as these pushes said, in that order; None where none is any more."""


class Projection(Records, Changes, Protocol):
    """The records with their feed."""
