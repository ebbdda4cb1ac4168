"""The watermark of the store's disk, and what happens when its free space cannot be read."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from afterchat.receiver import disk as disk_module
from afterchat.receiver.disk import DiskWatch


class Usage(NamedTuple):
    """As shutil gives it."""

    total: int
    used: int
    free: int


class Disk:
    """What the system says of the disk."""

    def __init__(self, monkeypatch, free):
        self.free = free
        monkeypatch.setattr(disk_module.shutil, "disk_usage", self.usage)

    def usage(self, directory):
        if self.free is None:
            raise OSError("planted")
        return Usage(1000, 1000 - self.free, self.free)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(disk_module, "_LOOK_SECONDS", 0.001)


@pytest.mark.parametrize(("free", "is_low"), [(99, True), (100, False), (101, False)])
def test_the_watermark_itself_is_enough_room(monkeypatch, tmp_path, free, is_low):
    Disk(monkeypatch, free)

    assert is_low is DiskWatch(tmp_path, 100).is_low


def test_room_that_comes_back_is_noticed(monkeypatch, tmp_path):
    disk = Disk(monkeypatch, 50)
    looking = DiskWatch(tmp_path, 100)
    disk.free = 500
    looking.look()

    assert (False, 500) == (looking.is_low, looking.free_bytes)


def test_a_disk_that_cannot_be_asked_counts_as_full(monkeypatch, tmp_path):
    Disk(monkeypatch, None)

    assert DiskWatch(tmp_path, 1).is_low


def test_falling_under_the_watermark_is_said_once(monkeypatch, tmp_path, caplog):
    Disk(monkeypatch, 50)
    looking = DiskWatch(tmp_path, 100)
    looking.look()
    looking.look()

    assert 1 == caplog.text.count("watermark")


def test_a_store_in_memory_has_no_watermark():
    assert not DiskWatch(None, 10**18).is_low


def test_the_disk_is_looked_at_again_and_again(monkeypatch, tmp_path, quick):
    disk = Disk(monkeypatch, 50)

    async def main():
        looking = DiskWatch(tmp_path, 100)
        running = asyncio.create_task(looking.run())
        disk.free = 500
        async with asyncio.timeout(10):
            while looking.is_low:
                await asyncio.sleep(0.001)
        running.cancel()

    asyncio.run(main())
