"""Which event loop the processes run on: uvloop where it exists, else the standard one."""

from __future__ import annotations

import asyncio

__all__ = ["new_event_loop"]


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A new loop; uvloop halves the cost of a push and is not to be had on Windows."""
    try:
        import uvloop  # noqa: PLC0415 - optional on some platforms
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
