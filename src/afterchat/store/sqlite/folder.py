"""The folder of a store: created privately, its names made durable, its two busy files owned by one process.

Rules
- What we create is 0700 (the folder) and 0600 (files), whatever the umask; what exists keeps its mode.
- A new name is fsynced in its folder, because a power cut may otherwise take the name of a file that is on disk.
- A lock is a flock on `NAME.lock`; the kernel drops it with the process, so no lock outlives a crash.
  The pid written in it is for people only.

What does not belong here: what is inside the databases.
"""

from __future__ import annotations

import fcntl
import os
import statistics
import tempfile
import time
from pathlib import Path

from afterchat.errors import StoreLockedError, StoreUnavailableError

__all__ = ["FileLock", "create_file", "create_folder", "databases_of", "measure_sync_seconds", "sync_folder"]

_RECEIVING = frozenset({"inbox", "records"})
_SENDING = frozenset({"sender"})
_SHARED = frozenset({"registry"})
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_SYNC_SAMPLES = 9
_SYNC_SAMPLE_BYTES = 4096
_SYNC_SAMPLES_MIN = 3
_SYNC_SAMPLING_SECONDS_MAX = 0.1
"""A disk so slow that nine samples take longer is known well enough after three."""


def databases_of(folder: Path) -> frozenset[str]:
    """The databases of the store in `folder`, those that are missing among them: an end has all of its own or none.

    A folder without any is a receiver's.
    """
    there = {name for name in _RECEIVING | _SENDING if (folder / f"{name}.db").exists()}
    receiving = _RECEIVING if there & _RECEIVING or not there else frozenset()
    return _SHARED | receiving | (there & _SENDING)


def create_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, durably; raises StoreUnavailableError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(_FOLDER_MODE)
            sync_folder(path.parent)
    except OSError as error:
        raise _unusable(folder, error) from error


def create_file(file: Path) -> None:
    """Make `file` empty and private unless it exists, durably; raises StoreUnavailableError."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    except FileExistsError:
        return
    except OSError as error:
        raise _unusable(file, error) from error
    try:
        os.fchmod(descriptor, _FILE_MODE)
        os.fsync(descriptor)
        sync_folder(file.parent)
    except OSError as error:
        raise _unusable(file, error) from error
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def measure_sync_seconds(folder: Path) -> float:
    """Median time that a small append takes to become durable in `folder`, in seconds; leaves nothing behind."""
    sync = getattr(os, "fdatasync", os.fsync)
    block = bytes(_SYNC_SAMPLE_BYTES)
    samples = []
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="sync-", suffix=".tmp", buffering=0) as file:
            for _ in range(_SYNC_SAMPLES):
                file.write(block)
                begin = time.perf_counter()
                sync(file.fileno())
                samples.append(time.perf_counter() - begin)
                if len(samples) >= _SYNC_SAMPLES_MIN and sum(samples) > _SYNC_SAMPLING_SECONDS_MAX:
                    break
    except OSError as error:
        raise _unusable(folder, error) from error
    return statistics.median(samples)


class FileLock:
    """Ownership of one busy file by this process, from construction to `release`.

    Raises StoreLockedError, naming the other process, when it is owned already.
    """

    def __init__(self, file: Path, what: str) -> None:
        create_file(file)
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(file, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreLockedError(
                f"{file}: process {owner} writes the {what} already; stop it, or use another --store"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Give it up; the file stays, because removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _unusable(path: Path, error: OSError) -> StoreUnavailableError:
    return StoreUnavailableError(f"{path}: cannot be used: {error.strerror}; check owner, mode and free space")
