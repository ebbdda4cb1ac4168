"""A folder on a RAM disk where there is one, and a store in it: these tests ask about files, not about the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from afterchat.store.open import WRITABLE, Store, open_store

RAM_DISK = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as made:
        yield Path(made) / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = asyncio.run(open_store(f"sqlite:///{folder}", WRITABLE, commit_mode="inline"))
    yield opened
    asyncio.run(opened.close())
