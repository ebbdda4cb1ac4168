"""The projector's process: waits until it may own the records, then projects until told to stop.

A predecessor may still be finishing its last batch when a new server starts, so the records are waited for a little;
in a store that many machines share, for as long as another projector lives.
Beside a server the end of standard input is the only order to stop.
A terminal's Ctrl-C and a supervisor's SIGTERM reach both processes, and while the server drains it still wants records.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from afterchat.clock import Clock
from afterchat.projector.erasure import Ageing, Erasures
from afterchat.projector.loop import project_once, run_projector
from afterchat.projector.rebuild import Rebuilds
from afterchat.server.erasure import forget_columns
from afterchat.server.standing_by import open_in_turn
from afterchat.server.stopping import stop_asked
from afterchat.store.open import Store

__all__ = ["project_until_stopped"]

_BATCH_ROWS = 1000


async def project_until_stopped(store_url: str, clock: Clock, *, once: bool, until_stdin_ends: bool) -> None:
    """Project until caught up (`once`), standard input's end (`until_stdin_ends`), or else SIGTERM or SIGINT.

    Raises StoreLockedError when another projector keeps the records, SchemaError for a store of another version.
    """
    stop = stop_asked(until_stdin_ends=until_stdin_ends, heeds_signals=not until_stdin_ends)
    store = await open_in_turn(store_url, frozenset({"records", "registry"}), clock, stop)
    try:
        if once:
            while await project_once(store.inbox, store.records, clock, batch_rows=_BATCH_ROWS) is not None:
                pass
            return
        await run_projector(store.inbox, store.records, clock, stop, batch_rows=_BATCH_ROWS, aside=_aside(store, clock))
    finally:
        await store.close()


def _aside(store: Store, clock: Clock) -> Callable[[], Awaitable[bool]]:
    """What the projector does between two batches: a rebuild, an erasure, ageing; never two of them at once."""
    rebuilds = Rebuilds(store, store.inbox, store.registry, clock, batch_rows=_BATCH_ROWS)
    forget = partial(forget_columns, store.directory)
    erasures = Erasures(store.inbox, store.record_redaction, store.registry, clock, forget_forms=forget)
    ageing = Ageing(store.inbox, store.inbox_redaction, store.record_redaction, clock)

    async def step() -> bool:
        return await rebuilds.step() or await erasures.step() or await ageing.step()

    return step
