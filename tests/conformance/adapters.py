"""The adapters that the suite runs over: a new one is finished when it passes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from afterchat.store.open import WRITABLE, Store, open_store
from postgres_server import shared_server

RAM_DISK = Path("/dev/shm")
ADAPTERS = ("sqlite in memory", "sqlite inline", "sqlite in a thread", "postgresql")


@contextmanager
def new_store(adapter: str) -> Iterator[Store]:
    """A new, empty store that its caller alone writes; its quarantine holds three.

    On a RAM disk where there is one: the suite is about promises, not about the disk.
    """
    with _address(adapter) as (url, commit_mode):
        opened = asyncio.run(open_store(url, WRITABLE, commit_mode=commit_mode, quarantine_rows_max=3))
        try:
            yield opened
        finally:
            asyncio.run(opened.close())


@contextmanager
def _address(adapter: str) -> Iterator[tuple[str, str]]:
    """A URL with nothing behind it yet, and how to commit there."""
    if adapter == "postgresql":
        server = shared_server()
        url = server.new_database()
        yield url, "auto"
        server.drop(url)
        return
    with TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as folder:
        urls = {
            "sqlite in memory": ("sqlite://", "auto"),
            "sqlite inline": (f"sqlite:///{folder}/store", "inline"),
            "sqlite in a thread": (f"sqlite:///{folder}/store", "thread"),
        }
        yield urls[adapter]
