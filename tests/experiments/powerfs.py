"""The power-cut file system: `python -m experiments.powerfs MOUNTPOINT [strict]`, with `tests` on the path.

Puts `powerdisk.PowerDisk` behind FUSE (needs /dev/fuse, fuse3 and mfusepy) and serves it until it is unmounted.
Requests come one at a time, so the model needs no lock.

What does not belong here: what is durable and what is forgotten; that is the model's.
"""

from __future__ import annotations

import os
import stat
import sys

import mfusepy  # type: ignore[import-untyped]  # has no stubs

from experiments.powerdisk import File, PowerDisk

__all__ = ["Operations", "main"]


def main() -> None:
    """Mount, and serve until unmounted."""
    mountpoint, *words = sys.argv[1:]
    operations = Operations(PowerDisk(strict="strict" in words))
    mfusepy.FUSE(operations, mountpoint, foreground=True, nothreads=True, attr_timeout=0, entry_timeout=0)


class Operations(mfusepy.Operations):  # type: ignore[misc]  # mfusepy is untyped
    """The kernel's requests, one at a time."""

    use_ns = True

    def __init__(self, disk: PowerDisk) -> None:
        self.disk = disk

    def getattr(self, path: str, _handle: int | None = None) -> dict[str, int]:
        return attributes(self.disk.get(path))

    def readdir(self, path: str, _handle: int) -> list[str]:
        return [".", "..", *self.disk.names_in(path)]

    def create(self, path: str, mode: int, _info: object = None) -> int:
        self.disk.create(path, stat.S_IFREG | stat.S_IMODE(mode))
        return 0

    def mkdir(self, path: str, mode: int) -> None:
        self.disk.create(path, stat.S_IFDIR | stat.S_IMODE(mode))

    def rmdir(self, path: str) -> None:
        self.disk.remove(path)

    def unlink(self, path: str) -> None:
        self.disk.remove(path)

    def open(self, path: str, _flags: int) -> int:
        self.disk.get(path)
        return 0

    def chmod(self, path: str, mode: int) -> None:
        file = self.disk.get(path)
        file.mode = stat.S_IFMT(file.mode) | stat.S_IMODE(mode)

    def chown(self, path: str, _user: int, _group: int) -> None:
        self.disk.get(path)

    def utimens(self, path: str, _times: object = None) -> None:
        self.disk.get(path)

    def statfs(self, _path: str) -> dict[str, int]:
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 20, "f_bavail": 1 << 19, "f_bfree": 1 << 19,
                "f_files": 1 << 16, "f_ffree": 1 << 15, "f_namemax": 255}  # fmt: skip

    def read(self, path: str, byte_count: int, offset: int, _handle: int) -> bytes:
        return bytes(self.disk.get(path).seen[offset : offset + byte_count])

    def write(self, path: str, data: bytes, offset: int, _handle: int) -> int:
        return self.disk.write(path, bytes(data), offset)

    def truncate(self, path: str, byte_count: int, _handle: int | None = None) -> None:
        self.disk.truncate(path, byte_count)

    def fsync(self, path: str, _only_data: int, _handle: int) -> None:
        self.disk.sync(path)

    def fsyncdir(self, path: str, _only_data: int, _handle: int) -> None:
        self.disk.sync_directory(path)

    def rename(self, old: str, new: str, _flags: int = 0) -> None:
        self.disk.rename(old, new)

    def link(self, path: str, other: str) -> None:
        self.disk.link(path, other)


def attributes(file: File) -> dict[str, int]:
    """What stat(2) says."""
    return {
        "st_mode": file.mode,
        "st_nlink": 2 if stat.S_ISDIR(file.mode) else 1,
        "st_size": len(file.seen),
        "st_mtime": file.changed_at,
        "st_ctime": file.changed_at,
        "st_atime": file.changed_at,
        "st_uid": os.getuid(),
        "st_gid": os.getgid(),
    }


if __name__ == "__main__":
    main()
