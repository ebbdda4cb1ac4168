"""How commands reach the store: opened for one command, closed whatever happens, beside a running server.

Rules
- Reading commands open every file read-only; nothing they do can hold up an acknowledgement.
- What the inbox's or the records' owner has to do is asked for by an order in the registry when a server owns them.
- This is the one place that starts an event loop for a command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from afterchat.cli.command import current_language
from afterchat.cli.language import Text
from afterchat.cli.options import settings_from
from afterchat.clock import Clock
from afterchat.errors import CallerError, OutageError
from afterchat.store.open import Store, open_store
from afterchat.store.ports import Order, Registry

__all__ = ["opened", "order_carried_out", "run", "store_folder", "store_url"]

ORDER_LOOK_SECONDS = 0.2

_Result = TypeVar("_Result")


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of `work`, in an event loop of its own."""
    return asyncio.run(work)


async def store_folder(url: str) -> Path | None:
    """The folder of a store, whether it exists or not; None for one in memory.

    Nothing is read.
    """
    async with opened(url) as reached:
        return reached.directory


def store_url(store: str | None, config: Path | None) -> str:
    """The store that this command means: its option, else the setting."""
    return settings_from(config, store=store).store


@asynccontextmanager
async def opened(url: str, *writes: str) -> AsyncIterator[Store]:
    """The store with the files in `writes` open for writing and all others read-only."""
    store = await open_store(url, frozenset(writes))
    try:
        yield store
    finally:
        await store.close()


async def order_carried_out(
    registry: Registry,
    clock: Clock,
    kind: str,
    argument: str,
    *,
    wait_seconds: float,
    on_look: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> Order:
    """Place an order for the running server and wait until it was carried out.

    `on_look` is awaited between looks, to show progress.
    Raises CallerError with the server's own words when it failed, OutageError when nobody took it in time.
    """
    order_id = await registry.place_order(kind, argument, clock.now_ms())
    give_up_at = clock.monotonic() + wait_seconds
    while clock.monotonic() < give_up_at:
        await asyncio.sleep(ORDER_LOOK_SECONDS)
        order = next((order for order in await registry.orders(None) if order.id == order_id), None)
        if order is not None and order.state == "done":
            return order
        if order is not None and order.state == "failed":
            raise CallerError(order.result)
        if on_look is not None:
            await on_look()
    text = Text(
        "order {id} was placed and nobody took it within {seconds} s; it stays, and the next server carries it out",
        "指令 {id} 已登记，但 {seconds} 秒内无人执行；它会保留，由下一个启动的服务执行",
    )
    raise OutageError(text.say(current_language(), id=order_id, seconds=f"{wait_seconds:g}"))
