"""Keeps the columns of a process up with the records, a look at a time."""

from __future__ import annotations

import asyncio
import logging

from afterchat.columns.table import ColumnTable
from afterchat.errors import StoreUnavailableError
from afterchat.store.changes import Changes

__all__ = ["follow_forever"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
"""How late a session may be in lists and figures, beside the projector's lag."""
_AWAY_SECONDS = 2.0


async def follow_forever(table: ColumnTable, changes: Changes) -> None:
    """Look again and again until cancelled; while the records are away the columns stay as they are."""
    while True:
        try:
            await table.follow(changes)
            await asyncio.sleep(_LOOK_SECONDS)
        except StoreUnavailableError as error:
            _LOG.warning("the columns stand still, the records cannot be read: %s", error)
            await asyncio.sleep(_AWAY_SECONDS)
