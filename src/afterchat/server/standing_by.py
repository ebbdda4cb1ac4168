"""Opening a store for a role that one process at a time may have: wait for it, or stand by.

    a folder        a predecessor may still be finishing: wait a little, then say who is in the way
    a shared store  another process has the role: stand by until it is gone, which is how a role survives its machine

What does not belong here: what is done in the role.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from math import inf

from afterchat.clock import Clock
from afterchat.errors import StoreLockedError
from afterchat.store.open import Store, is_shared, open_store

__all__ = ["open_in_turn"]

_LOG = logging.getLogger(__name__)

_LOCK_SECONDS_MAX = 15.0
"""Longer than a predecessor is given to stop (`server.child`)."""
_LOOK_SECONDS = 0.1
_STAND_BY_SECONDS = 1.0


async def open_in_turn(
    store_url: str, writes: frozenset[str], clock: Clock, stop: asyncio.Event, *, commit_mode: str = "auto"
) -> Store:
    """As `open_store`, once nobody else has the role; raises StoreLockedError when that took too long, or at `stop`."""
    stands_by = is_shared(store_url)
    give_up_at = inf if stands_by else clock.monotonic() + _LOCK_SECONDS_MAX
    told = False
    while True:
        try:
            return await open_store(store_url, writes, commit_mode=commit_mode)
        except StoreLockedError as error:
            if stop.is_set() or clock.monotonic() > give_up_at:
                raise
            if stands_by and not told:
                _LOG.info("standing by: %s", error)
                told = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _STAND_BY_SECONDS if stands_by else _LOOK_SECONDS)
