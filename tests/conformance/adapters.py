"""The adapters that the suite runs over: a new one is finished when it passes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from afterchat.store.open import WRITABLE, Store, open_store

RAM_DISK = Path("/dev/shm")
ADAPTERS = ("sqlite in memory", "sqlite inline", "sqlite in a thread")


@contextmanager
def new_store(adapter: str) -> Iterator[Store]:
    """A new, empty store that its caller alone writes; its quarantine holds three.

    On a RAM disk where there is one: the suite is about promises, not about the disk.
    """
    with TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as folder:
        urls = {
            "sqlite in memory": ("sqlite://", "auto"),
            "sqlite inline": (f"sqlite:///{folder}/store", "inline"),
            "sqlite in a thread": (f"sqlite:///{folder}/store", "thread"),
        }
        url, commit_mode = urls[adapter]
        opened = asyncio.run(open_store(url, WRITABLE, commit_mode=commit_mode, quarantine_rows_max=3))
        yield opened
        asyncio.run(opened.close())
