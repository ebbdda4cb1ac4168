"""A disk that forgets what was not synced: the model behind `powerfs.py`.

Every file has what a running process sees and what a power cut leaves.
Nothing here knows of FUSE, so that the model can be tested by itself.

Rules of the model:
- Bytes written or cut off are pending until the file is synced; a cut keeps none, a prefix, or a random part of them.
- In mode `random` whole pages of 4096 bytes survive or not, each by itself; in mode `torn` sectors of 512.
- A new, renamed or removed name is pending, too; a sync of its directory settles it.
- Unless `strict`, a sync of the file settles its names as well, as ext4 does.
- Of the pending names a prefix in order survives a cut, as journalled metadata does; in mode `none` none.
- A sync that failed leaves its bytes forgotten and the file clean, as Linux does.

Control: write one line to `.ctl` at the root: `cut SEED none|prefix|random|torn`, `sync`, `err fsync COUNT`,
`delay fsync SECONDS`, `full BYTES`, `full off`. Reading `.ctl` gives counts as JSON.

What does not belong here: lying drives, misdirected writes, and the choice of when to cut.
"""

from __future__ import annotations

import errno
import json
import random
import stat
import time
from pathlib import PurePosixPath
from typing import NamedTuple

__all__ = ["CONTROL", "CUT_MODES", "File", "PowerDisk"]

CONTROL = "/.ctl"
ROOT = "/"
PAGE_BYTES = 4096
SECTOR_BYTES = 512
CUT_MODES = ("none", "prefix", "random", "torn")


class Change(NamedTuple):
    """One pending change of a file's bytes: a write of `data` at `offset`, or, with None, a cut to `offset`."""

    offset: int
    data: bytes | None


class NameChange(NamedTuple):
    """One pending change of the name space: `path` now names `file`, or, with None, nothing."""

    path: str
    file: File | None


class File:
    """One file or directory: what is seen, what is durable, what is pending between the two."""

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self.seen = bytearray()
        self.durable = b""
        self.pending: list[Change] = []
        self.changed_at = time.time_ns()

    def change(self, change: Change) -> None:
        """Let it be seen, and pend."""
        apply(self.seen, change)
        self.pending.append(change)
        self.changed_at = time.time_ns()

    def settle(self) -> None:
        """What is seen is durable."""
        self.durable = bytes(self.seen)
        self.pending.clear()

    def forget(self, mode: str, chance: random.Random) -> int:
        """A power cut: keep the durable bytes and what the mode lets survive; how many changes were pending."""
        pending_count = len(self.pending)
        left = bytearray(self.durable)
        for change in survivors(self.pending, mode, chance):
            apply(left, change)
        self.seen = left
        self.settle()
        return pending_count


def apply(content: bytearray, change: Change) -> None:
    """Make one change to a file's bytes; holes read as zeros."""
    offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    if data is None:
        del content[offset:]
    else:
        content[offset : offset + len(data)] = data


def survivors(pending: list[Change], mode: str, chance: random.Random) -> list[Change]:
    """The pending changes that a power cut of this mode leaves."""
    if mode == "none":
        return []
    if mode == "prefix":
        return pending[: chance.randint(0, len(pending))]
    step = SECTOR_BYTES if mode == "torn" else PAGE_BYTES
    kept = []
    for offset, data in pending:
        if data is None:
            kept.append(Change(offset, None))
            continue
        pieces = range(0, len(data), step)
        kept += [Change(offset + at, data[at : at + step]) for at in pieces if chance.random() < 0.5]
    return kept


class PowerDisk:
    """The file system as a model; raises OSError with the errno that a kernel would give."""

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.files: dict[str, File] = {
            ROOT: File(stat.S_IFDIR | 0o777),
            CONTROL: File(stat.S_IFREG | 0o666),
        }
        self.durable_names: dict[str, File] = {}
        self.pending_names: list[NameChange] = []
        self.counts = {"write": 0, "fsync": 0, "cut": 0, "forgotten": 0}
        self._failing_sync_count = 0
        self._sync_delay_seconds = 0.0
        self._bytes_max: int | None = None
        self._tell()

    def get(self, path: str) -> File:
        """The file of that name as it is seen."""
        if path not in self.files:
            raise OSError(errno.ENOENT, path)
        return self.files[path]

    def names_in(self, directory: str) -> list[str]:
        """The names in a directory as they are seen."""
        return [
            PurePosixPath(path).name
            for path in self.files
            if path != ROOT and str(PurePosixPath(path).parent) == directory
        ]

    def create(self, path: str, mode: int) -> None:
        """A new, empty file or directory; its name is pending."""
        self._name(path, File(mode))

    def write(self, path: str, data: bytes, offset: int) -> int:
        """Write bytes, or obey when the path is CONTROL."""
        if path == CONTROL:
            self.obey(data.decode())
            return len(data)
        self.counts["write"] += 1
        file = self.get(path)
        grows = offset + len(data) > len(file.seen)
        if self._bytes_max is not None and grows and self._used_bytes() + len(data) > self._bytes_max:
            raise OSError(errno.ENOSPC, path)
        file.change(Change(offset, data))
        return len(data)

    def truncate(self, path: str, byte_count: int) -> None:
        """Cut off or fill up with zeros."""
        if path != CONTROL:
            self.get(path).change(Change(byte_count, None))

    def sync(self, path: str) -> None:
        """Make a file durable (fsync, fdatasync); while errors are ordered, forget instead and raise EIO."""
        self.counts["fsync"] += 1
        if self._sync_delay_seconds:
            time.sleep(self._sync_delay_seconds)
        file = self.get(path)
        if self._failing_sync_count:
            self._failing_sync_count -= 1
            file.pending.clear()
            raise OSError(errno.EIO, path)
        file.settle()
        if not self.strict:
            self._settle_names([change for change in self.pending_names if change.file is file])

    def sync_directory(self, directory: str) -> None:
        """Fsync of a directory: every change of a name in it is durable."""
        self._settle_names(
            [change for change in self.pending_names if str(PurePosixPath(change.path).parent) == directory]
        )

    def remove(self, path: str) -> None:
        """Unlink or rmdir; the removal is pending."""
        self.get(path)
        self._name(path, None)

    def rename(self, old: str, new: str) -> None:
        """Move a file or a whole directory; pending as one change for each name."""
        for path in [path for path in self.files if path == old or path.startswith(old + "/")]:
            file = self.files[path]
            self._name(path, None)
            self._name(new + path[len(old) :], file)

    def link(self, path: str, other: str) -> None:
        """A second name of a file; pending."""
        self._name(path, self.get(other))

    def obey(self, line: str) -> None:
        """One command of CONTROL."""
        match line.split():
            case ["cut", seed, mode] if mode in CUT_MODES:
                self.cut(int(seed), mode)
            case ["sync"]:
                for file in self.files.values():
                    file.settle()
                self._settle_names(self.pending_names)
            case ["err", "fsync", count]:
                self._failing_sync_count = int(count)
            case ["delay", "fsync", seconds]:
                self._sync_delay_seconds = float(seconds)
            case ["full", "off"]:
                self._bytes_max = None
            case ["full", byte_count]:
                self._bytes_max = int(byte_count)
            case _:
                raise OSError(errno.EINVAL, line)
        self._tell()

    def cut(self, seed: int, mode: str) -> None:
        """The power is gone: what is seen from now on is what was durable, and what the mode lets survive."""
        chance = random.Random(seed)
        self.counts["cut"] += 1
        kept = 0 if mode == "none" else chance.randint(0, len(self.pending_names))
        self._settle_names(self.pending_names[:kept])
        self.pending_names.clear()
        for file in {id(file): file for file in self.durable_names.values()}.values():
            self.counts["forgotten"] += file.forget(mode, chance)
        self.files = {ROOT: self.files[ROOT], CONTROL: self.files[CONTROL], **self.durable_names}

    def _name(self, path: str, file: File | None) -> None:
        if file is None:
            del self.files[path]
        else:
            self.files[path] = file
        self.pending_names.append(NameChange(path, file))

    def _settle_names(self, changes: list[NameChange]) -> None:
        for path, file in changes:
            if file is None:
                self.durable_names.pop(path, None)
            else:
                self.durable_names[path] = file
        settled = {id(change) for change in changes}
        self.pending_names = [change for change in self.pending_names if id(change) not in settled]

    def _used_bytes(self) -> int:
        return sum(len(file.seen) for file in self.files.values())

    def _tell(self) -> None:
        self.files[CONTROL].seen[:] = json.dumps(self.counts).encode() + b"\n"
