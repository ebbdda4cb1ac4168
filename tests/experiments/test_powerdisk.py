"""The model of the power-cut disk keeps its own rules; what it forgets decides what E07 can find."""

from __future__ import annotations

import errno
import random
import stat

import pytest

from experiments.powerdisk import CUT_MODES, PowerDisk

FILE = stat.S_IFREG | 0o644


def disk_with(content: bytes, *, strict: bool = False) -> PowerDisk:
    """A disk with one durable file `/a`."""
    disk = PowerDisk(strict=strict)
    disk.create("/a", FILE)
    disk.write("/a", content, 0)
    disk.obey("sync")
    return disk


@pytest.mark.parametrize("mode", CUT_MODES)
def test_synced_bytes_survive_every_cut(mode: str) -> None:
    disk = disk_with(b"durable")
    disk.cut(1, mode)
    assert bytes(disk.get("/a").seen) == b"durable"


def test_unsynced_bytes_are_forgotten() -> None:
    disk = disk_with(b"durable")
    disk.write("/a", b"!", 7)
    assert bytes(disk.get("/a").seen) == b"durable!"
    disk.cut(1, "none")
    assert bytes(disk.get("/a").seen) == b"durable"
    assert disk.counts["forgotten"] == 1


def test_a_prefix_cut_keeps_writes_in_their_order() -> None:
    left = set()
    for seed in range(40):
        disk = disk_with(b"----")
        for offset in range(4):
            disk.write("/a", b"x", offset)
        disk.cut(seed, "prefix")
        left.add(bytes(disk.get("/a").seen))
    assert left == {b"----", b"x---", b"xx--", b"xxx-", b"xxxx"}


def test_a_torn_cut_keeps_sectors_each_by_itself() -> None:
    disk = disk_with(bytes(4096))
    disk.write("/a", b"x" * 4096, 0)
    disk.cut(3, "torn")
    sectors = {bytes(disk.get("/a").seen[at : at + 512]) for at in range(0, 4096, 512)}
    assert sectors == {bytes(512), b"x" * 512}


def test_an_unsynced_truncation_is_forgotten() -> None:
    disk = disk_with(b"durable")
    disk.truncate("/a", 0)
    disk.cut(1, "none")
    assert bytes(disk.get("/a").seen) == b"durable"


@pytest.mark.parametrize(("strict", "names"), [(False, ["a", "b"]), (True, ["a"])])
def test_a_sync_of_a_new_file_keeps_its_name_unless_strict(strict: bool, names: list[str]) -> None:
    disk = disk_with(b"durable", strict=strict)
    disk.create("/b", FILE)
    disk.sync("/b")
    disk.cut(1, "none")
    assert sorted(set(disk.names_in("/")) - {".ctl"}) == names


def test_a_sync_of_the_folder_keeps_new_names_and_removals() -> None:
    disk = disk_with(b"durable", strict=True)
    disk.create("/b", FILE)
    disk.remove("/a")
    disk.sync_directory("/")
    disk.cut(1, "none")
    assert sorted(set(disk.names_in("/")) - {".ctl"}) == ["b"]


def test_an_unsynced_removal_comes_back() -> None:
    disk = disk_with(b"durable")
    disk.remove("/a")
    disk.cut(1, "none")
    assert bytes(disk.get("/a").seen) == b"durable"


def test_an_unsynced_rename_is_undone() -> None:
    disk = disk_with(b"durable")
    disk.rename("/a", "/b")
    disk.cut(1, "none")
    assert "/b" not in disk.files
    assert bytes(disk.get("/a").seen) == b"durable"


def test_a_failed_sync_forgets_and_a_later_one_does_not_bring_back() -> None:
    disk = disk_with(b"durable")
    disk.write("/a", b"lost...", 0)
    disk.obey("err fsync 1")
    with pytest.raises(OSError, match="/a") as failed:
        disk.sync("/a")
    assert failed.value.errno == errno.EIO
    disk.cut(1, "none")
    assert bytes(disk.get("/a").seen) == b"durable"


def test_a_full_disk_refuses_growth_and_takes_rewrites() -> None:
    disk = disk_with(b"durable")
    disk.obey("full 8")
    with pytest.raises(OSError, match="/a") as failed:
        disk.write("/a", b"0123456789", 0)
    assert failed.value.errno == errno.ENOSPC
    assert disk.write("/a", b"DURABLE", 0) == 7


def test_the_same_seed_leaves_the_same_bytes() -> None:
    left = []
    for _ in range(2):
        disk = disk_with(b"durable")
        for at in range(50):
            disk.write("/a", random.Random(at).randbytes(700), at * 600)
        disk.cut(7, "random")
        left.append(bytes(disk.get("/a").seen))
    assert left[0] == left[1]
